"""Updates: an update of EKS that did not succeed is a finding of its own.

It is no control of the catalogue: no API lists how the last update of each part ended, so a sweep cannot judge it.
It is judged when the update that an event started has ended, and stands until an update of that type succeeds there.
"""

import msgspec

from plumbline.domain.control import Control, Parameters
from plumbline.domain.evidence import eks
from plumbline.domain.verdict import Pillar, Resource, Severity, Verdict, failed, passed


class EndedUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """An update that has ended.

    Attributes:
        id, type: as EKS calls them; the type is empty for a part that was deleted.
        resource: the cluster or the part that was updated.
        problem: why it did not succeed, for people; empty when it did.
        reasons: codes of that.
        gone: the part does not exist any more.

    """

    id: str
    resource: Resource
    type: str = ""
    problem: str = ""
    reasons: tuple[str, ...] = ()
    gone: bool = False


def judge_update(update: EndedUpdate) -> Verdict:
    """Judge an update that has ended."""
    observed = {"update": update.id, "type": update.type}
    about = f"{update.type or 'update'} of {update.resource.kind} {update.resource.name}"
    if update.problem:
        return failed(update.reasons, f"{about} did not succeed: {update.problem}", observed=observed)
    return passed(f"{about} succeeded", observed=observed)


UPDATE_FAILED = Control(
    id="cluster.failed-update",
    title="What EKS was told to change was changed",
    rationale=(
        "The call was accepted, so whoever made it believes that it is done. The cluster still runs as before, or half "
        "way between."
    ),
    rule=(
        "FAIL when the update that a recorded call started failed or was cancelled. Resolved when an update of that "
        "type succeeds on the same cluster, node group, add-on or capability, or when that is deleted."
    ),
    pillar=Pillar.OPS,
    severity=Severity.MEDIUM,
    remediation="aws eks describe-update --name <cluster> --update-id <id>; mend what it names and update again.",
    references=(),
    flags=frozenset(),
    judge=judge_update,
    resource_types=(eks.Cluster,),
    facts=(),
    parameters=Parameters,
    parameters_argument=None,
)
