"""Stability: whether an update has ended, asked of EKS."""

from typing import Any

import msgspec

from plumbline.adapters.aws.calls import Api, Call
from plumbline.adapters.aws.sessions import Sessions
from plumbline.domain.evidence.eks import TRANSITIONAL
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from plumbline.ports import Clock, Stability

IN_PROGRESS = "InProgress"

_UPDATE = Call("eks", "describe_update", "update")
_CLUSTER = Call("eks", "describe_cluster", "cluster")
_NODEGROUP = Call("eks", "describe_nodegroup", "nodegroup")
_ADDON = Call("eks", "describe_addon", "addon")

# Worth asking again; any other refusal will not change by waiting.
_PASSING = frozenset({Reason.THROTTLED, Reason.ENDPOINT_UNREACHABLE})


class _Status(msgspec.Struct):
    status: str


class AwsStability:
    """Implements `ports.StabilitySource`."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    def stability(self, subject: Subject, update_id: str, nodegroup: str, addon: str) -> Stability:
        """Return whether an update has ended; without an update id, whether the thing named is at rest.

        What cannot be read is not waited for: the assessment that follows records the reason. What no longer exists
        has settled, and is reported as gone.

        Raises:
            CredentialsError: the hub's credentials are missing, expired or wrong.

        """
        api = Api(self._sessions, subject.account, subject.region, self._clock.now())
        if update_id:
            update = _update(api, subject.cluster, update_id, nodegroup, addon)
            if not _is_gone(update):
                return _stability(update, f"update {update_id}")
        return _stability(*_resource(api, subject.cluster, nodegroup, addon))


def _update(api: Api, cluster: str, update_id: str, nodegroup: str, addon: str) -> Section[_Status]:
    part: dict[str, Any] = {}
    if nodegroup:
        part["nodegroupName"] = nodegroup
    if addon:
        part["addonName"] = addon
    return api.one(_UPDATE, _Status, name=cluster, updateId=update_id, **part)


def _resource(api: Api, cluster: str, nodegroup: str, addon: str) -> tuple[Section[_Status], str]:
    if nodegroup:
        section = api.one(_NODEGROUP, _Status, clusterName=cluster, nodegroupName=nodegroup)
        return section, f"nodegroup {nodegroup}"
    if addon:
        return api.one(_ADDON, _Status, clusterName=cluster, addonName=addon), f"addon {addon}"
    return api.one(_CLUSTER, _Status, name=cluster), f"cluster {cluster}"


def _stability(answer: Section[_Status], what: str) -> Stability:
    if isinstance(answer, Collected):
        status = answer.value.status
        moving = status == IN_PROGRESS or status in TRANSITIONAL
        return Stability(stable=not moving, moving=(f"{what} is {status}",) if moving else ())
    if answer.reason in _PASSING:
        return Stability(stable=False, moving=(f"{what}: {answer.detail}",))
    return Stability(stable=True, gone=_is_gone(answer))


def _is_gone(answer: Section[_Status]) -> bool:
    return isinstance(answer, NotCollected) and answer.reason is Reason.NOT_FOUND_IN_LISTING
