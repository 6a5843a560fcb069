"""Private clusters: read by the collector inside their VPC, a function that the member stack places there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from plumbline.adapters.aws.plan import COLLECTOR
from plumbline.adapters.aws.refusals import REFUSALS, error_code, refused
from plumbline.adapters.aws.sessions import Sessions
from plumbline.domain.evidence import eks
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.kubernetes_evidence import KubernetesEvidence
from plumbline.domain.parcel import Asked, Parcel, missing, unpacked
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from plumbline.ports import KubernetesSource

# A little longer than the function may run.
READ_SECONDS = 72
_ABSENT = "ResourceNotFoundException"
_LONGEST_ERROR = 300

# What is known of a cluster by its description.
Described = Callable[[Subject], Section[eks.Cluster]]


class PlacedSource:
    """Implements `ports.KubernetesSource`: from here or, where the endpoint is private, from inside the VPC."""

    def __init__(self, direct: KubernetesSource, sessions: Sessions, described: Described) -> None:
        """Take what it works with.

        Args:
            direct: reads from where this runs.
            sessions: reach the collectors in the watched accounts, as their reader.
            described: returns the description of a cluster.

        """
        self._direct = direct
        self._sessions = sessions
        self._described = described

    def collect_kubernetes(self, subject: Subject, sections: frozenset[str], now: datetime) -> KubernetesEvidence:
        """Read the sections asked for; a private cluster without a collector in its VPC says how to mend it.

        Raises:
            CredentialsError: the own credentials are missing, expired or wrong.

        """
        vpc = private_vpc(self._described(subject))
        if not vpc:
            return self._direct.collect_kubernetes(subject, sections, now)
        answered = self._answer(subject, f"{COLLECTOR}{vpc}", sections, now)
        return missing(sections, answered) if isinstance(answered, NotCollected) else answered

    def _answer(
        self, subject: Subject, function: str, sections: frozenset[str], now: datetime
    ) -> KubernetesEvidence | NotCollected:
        asked = Asked(subject.account, subject.region, subject.cluster, tuple(sorted(sections)))
        try:
            functions: Any = self._sessions.patient_client(subject.account, subject.region, "lambda", READ_SECONDS)
            answer = functions.invoke(FunctionName=function, Payload=msgspec.json.encode(asked))
            content: bytes = answer["Payload"].read()
        except REFUSALS as error:
            if error_code(error) == _ABSENT:
                return _private(Reason.ENDPOINT_UNREACHABLE, _how_to_mend(subject, function), now)
            why = refused(error, f"lambda:Invoke {function}", now, own=self._sessions.is_own(subject.account))
            return _private(why.reason, why.detail, now)
        if "FunctionError" in answer:
            told = content[:_LONGEST_ERROR].decode(errors="replace")
            return _private(Reason.ENDPOINT_UNREACHABLE, f"{function} failed: {told}", now)
        try:
            return unpacked(msgspec.json.decode(content, type=Parcel))
        except ValueError as error:
            return _private(Reason.PARSE_ERROR, f"{function} answered what cannot be read: {error}", now)


def private_vpc(described: Section[eks.Cluster]) -> str:
    """Return the VPC that a cluster can be read from alone; empty when there is another way, or none is known."""
    if not isinstance(described, Collected):
        return ""
    network = described.value.resources_vpc_config
    return network.vpc_id or "" if network.endpoint_public_access is False else ""


def _private(reason: Reason, detail: str, now: datetime) -> NotCollected:
    return NotCollected(reason, f"private: {detail}", now)


def _how_to_mend(subject: Subject, function: str) -> str:
    return (
        f"the endpoint of {subject.cluster} is private, and there is no function {function} in its VPC: deploy "
        f"org/member.yaml in {subject.account} {subject.region} with CollectorVpcId={function.removeprefix(COLLECTOR)}"
    )
