"""Stability: whether an update has ended, asked of EKS."""

from typing import Any

import msgspec

from plumbline.adapters.aws import plan
from plumbline.adapters.aws.calls import Api
from plumbline.adapters.aws.sessions import Sessions
from plumbline.domain.evidence.eks import TRANSITIONAL
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.records import PendingChange
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from plumbline.ports import Clock, Stability

IN_PROGRESS = "InProgress"

# Worth asking again; any other refusal will not change by waiting.
_PASSING = frozenset({Reason.THROTTLED, Reason.ENDPOINT_UNREACHABLE})
# How an update ends that did not succeed, and the reason code of its finding.
_NOT_SUCCESSFUL = {"Failed": "update_failed", "Cancelled": "update_cancelled"}


class _Problem(msgspec.Struct, rename="camel"):
    error_code: str = ""
    error_message: str = ""


class _Status(msgspec.Struct):
    status: str
    type: str = ""
    errors: tuple[_Problem, ...] = ()


class AwsStability:
    """Implements `ports.StabilitySource`."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    def stability(self, subject: Subject, wait: PendingChange) -> Stability:
        """Return whether an update has ended; without an update id, whether the thing named is at rest.

        What cannot be read is not waited for: the assessment that follows records the reason. What no longer exists
        has settled, and is reported as gone.

        Raises:
            CredentialsError: the hub's credentials are missing, expired or wrong.

        """
        api = Api(self._sessions, subject.account, subject.region, self._clock.now())
        if wait.update_id:
            update = _update(api, subject.cluster, wait)
            if not _is_gone(update):
                return _stability(update, f"update {wait.update_id}")
        return _stability(*_resource(api, subject.cluster, wait))


def _update(api: Api, cluster: str, wait: PendingChange) -> Section[_Status]:
    parts = {"nodegroupName": wait.nodegroup, "addonName": wait.addon, "capabilityName": wait.capability}
    named: dict[str, Any] = {member: name for member, name in parts.items() if name}
    return api.one(plan.UPDATE, _Status, name=cluster, updateId=wait.update_id, **named)


def _resource(api: Api, cluster: str, wait: PendingChange) -> tuple[Section[_Status], str]:
    if wait.nodegroup:
        section = api.one(plan.NODEGROUP, _Status, clusterName=cluster, nodegroupName=wait.nodegroup)
        return section, f"nodegroup {wait.nodegroup}"
    if wait.addon:
        return api.one(plan.ADDON, _Status, clusterName=cluster, addonName=wait.addon), f"addon {wait.addon}"
    if wait.fargate_profile:
        section = api.one(plan.FARGATE_PROFILE, _Status, clusterName=cluster, fargateProfileName=wait.fargate_profile)
        return section, f"fargate profile {wait.fargate_profile}"
    return api.one(plan.CLUSTER, _Status, name=cluster), f"cluster {cluster}"


def _stability(answer: Section[_Status], what: str) -> Stability:
    if isinstance(answer, Collected):
        found = answer.value
        moving = found.status == IN_PROGRESS or found.status in TRANSITIONAL
        return Stability(
            stable=not moving,
            moving=(f"{what} is {found.status}",) if moving else (),
            status=found.status,
            type=found.type,
            failed=_problem(found) if found.status in _NOT_SUCCESSFUL else "",
            failure=_reasons(found) if found.status in _NOT_SUCCESSFUL else (),
        )
    if answer.reason in _PASSING:
        return Stability(stable=False, moving=(f"{what}: {answer.detail}",))
    return Stability(stable=True, gone=_is_gone(answer))


def _problem(update: _Status) -> str:
    told = [": ".join(part for part in (one.error_code, one.error_message) if part) for one in update.errors]
    return "; ".join(told) or f"EKS says {update.status}"


def _reasons(update: _Status) -> tuple[str, ...]:
    codes = sorted({one.error_code for one in update.errors if one.error_code})
    return (_NOT_SUCCESSFUL[update.status], *codes)


def _is_gone(answer: Section[_Status]) -> bool:
    return isinstance(answer, NotCollected) and answer.reason is Reason.NOT_FOUND_IN_LISTING
