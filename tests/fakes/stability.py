"""A stability source that answers what a test has laid down."""

from plumbline.domain.subject import Subject
from plumbline.ports import Stability


class FakeStability:
    """Implements `ports.StabilitySource`: what `moving` names is moving, everything else is at rest.

    `asked` keeps (update id, node group, add-on) of every call, in order.
    """

    def __init__(self) -> None:
        self.moving: set[str] = set()
        self.asked: list[tuple[str, str, str]] = []

    def stability(self, subject: Subject, update_id: str, nodegroup: str, addon: str) -> Stability:
        self.asked.append((update_id, nodegroup, addon))
        what = update_id or nodegroup or addon or "cluster"
        if what in self.moving:
            return Stability(stable=False, moving=(f"{what} is moving",))
        return Stability(stable=True)
