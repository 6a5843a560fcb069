"""A stability source that answers what a test has laid down."""

from plumbline.domain.records import PendingChange
from plumbline.domain.subject import Subject
from plumbline.ports import Stability


class FakeStability:
    """Implements `ports.StabilitySource`: what `moving` names is moving, `ended` says how others ended.

    `asked` keeps (update id, node group, add-on) of every call, in order.
    """

    def __init__(self) -> None:
        self.moving: set[str] = set()
        self.ended: dict[str, Stability] = {}
        self.asked: list[tuple[str, str, str]] = []

    def stability(self, subject: Subject, wait: PendingChange) -> Stability:
        self.asked.append((wait.update_id, wait.nodegroup, wait.addon))
        what = wait.update_id or wait.nodegroup or wait.addon or "cluster"
        if what in self.moving:
            return Stability(stable=False, moving=(f"{what} is moving",))
        return self.ended.get(what, Stability(stable=True))
