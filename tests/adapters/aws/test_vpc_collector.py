"""Which clusters are read from inside their VPC, and what becomes of an answer that is none."""

import io
import json
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from plumbline.adapters.aws.access import Access
from plumbline.adapters.aws.sessions import Sessions
from plumbline.adapters.aws.vpc_collector import READ_SECONDS, PlacedSource
from plumbline.domain.evidence import eks
from plumbline.domain.evidence.section import NOT_ASKED, Collected, NotCollected, Section
from plumbline.domain.kubernetes_evidence import KubernetesEvidence
from plumbline.domain.parcel import packed
from plumbline.domain.reach import cause_of
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from tests.unit.baseline import NOW, compliant
from tests.unit.kubernetes_baseline import compliant_kubernetes
from tests.unit.usecases.test_collect_kubernetes import Clusters

CLUSTER = Subject("222233334444", "eu-west-1", "payments")
SECTIONS = frozenset({"api_groups", "pods"})
NAME = "plumbline-kubernetes-vpc-0f0e0d0c0b0a00001"
HOW_TO_MEND = (
    f"private: the endpoint of payments is private, and there is no function {NAME} in its VPC: deploy org/member.yaml "
    "in 222233334444 eu-west-1 with CollectorVpcId=vpc-0f0e0d0c0b0a00001"
)
PUBLIC = KubernetesEvidence(nodes=Collected((), NOW))


class Functions:
    """Stands for a client of Lambda and for the sessions that give it."""

    def __init__(self, answer: bytes = b"", error: Exception | None = None, **more: str) -> None:
        self.answer, self.error, self.more = answer, error, more
        self.invoked: list[tuple[str, Mapping[str, Any]]] = []
        self.clients: list[tuple[Any, ...]] = []

    def patient_client(self, *what: Any) -> "Functions":
        self.clients.append(what)
        return self

    def is_own(self, account: str) -> bool:
        return False

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - as AWS names them
        self.invoked.append((FunctionName, json.loads(Payload)))
        if self.error is not None:
            raise self.error
        return {"Payload": io.BytesIO(self.answer), **self.more}


def described(**network: Any) -> Collected[eks.Cluster]:
    found = compliant().cluster.cluster
    assert isinstance(found, Collected)
    changes = {"vpc_id": "vpc-0f0e0d0c0b0a00001", "endpoint_public_access": False, **network}
    placed = msgspec.structs.replace(found.value.resources_vpc_config, **changes)
    return Collected(msgspec.structs.replace(found.value, resources_vpc_config=placed), NOW)


def collected(functions: Functions, cluster: Section[eks.Cluster] | None = None) -> KubernetesEvidence:
    direct = Clusters({"payments": PUBLIC})
    known = described() if cluster is None else cluster
    # Only what is stood for is asked of the sessions.
    sessions: Any = functions
    source = PlacedSource(direct, sessions, lambda _: known)
    return source.collect_kubernetes(CLUSTER, SECTIONS, NOW)


def answer_of(evidence: KubernetesEvidence) -> bytes:
    return msgspec.json.encode(packed(evidence, NOW))


def refused(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Invoke")


def test_a_private_cluster_is_read_by_the_function_in_its_vpc() -> None:
    functions = Functions(answer_of(compliant_kubernetes()))
    assert collected(functions) == compliant_kubernetes()
    asked = {"account": CLUSTER.account, "region": CLUSTER.region, "cluster": "payments", "sections": sorted(SECTIONS)}
    assert functions.invoked == [(NAME, asked)]
    assert functions.clients == [(CLUSTER.account, CLUSTER.region, "lambda", READ_SECONDS)]


@pytest.mark.parametrize(
    "cluster",
    [
        described(endpoint_public_access=True),
        described(endpoint_public_access=None),
        described(vpc_id=None),
        NOT_ASKED,
        NotCollected(Reason.ACCESS_DENIED, "eks:DescribeCluster AccessDenied"),
    ],
    ids=["public", "not told", "no VPC", "not described", "denied"],
)
def test_every_other_cluster_is_read_from_here(cluster: Section[eks.Cluster]) -> None:
    functions = Functions()
    assert collected(functions, cluster) == PUBLIC
    assert functions.invoked == []


@pytest.mark.parametrize(
    ("functions", "reason", "detail"),
    [
        (
            Functions(error=refused("ResourceNotFoundException")),
            Reason.ENDPOINT_UNREACHABLE,
            HOW_TO_MEND,
        ),
        (
            Functions(error=refused("AccessDeniedException", "not authorized to perform: lambda:InvokeFunction")),
            Reason.ACCESS_DENIED,
            f"private: lambda:Invoke {NAME} AccessDeniedException: not authorized to perform: lambda:InvokeFunction",
        ),
        (
            Functions(error=refused("TooManyRequestsException")),
            Reason.THROTTLED,
            f"private: lambda:Invoke {NAME} TooManyRequestsException: no",
        ),
        (
            Functions(error=ReadTimeoutError(endpoint_url="https://lambda")),
            Reason.ENDPOINT_UNREACHABLE,
            f'private: lambda:Invoke {NAME} ReadTimeoutError: Read timeout on endpoint URL: "https://lambda"',
        ),
        (
            Functions(b'{"errorMessage": "Task timed out"}', FunctionError="Unhandled"),
            Reason.ENDPOINT_UNREACHABLE,
            f'private: {NAME} failed: {{"errorMessage": "Task timed out"}}',
        ),
        (
            Functions(b"{}"),
            Reason.PARSE_ERROR,
            f"private: {NAME} answered what cannot be read: Object missing required field `evidence`",
        ),
        (
            Functions(b'{"evidence": "?"}'),
            Reason.PARSE_ERROR,
            f"private: {NAME} answered what cannot be read: Error: Only base64 data is allowed",
        ),
    ],
    ids=["absent", "denied", "throttled", "late", "failed", "another answer", "unreadable"],
)
def test_without_an_answer_everything_asked_for_is_missing_for_that_reason(
    functions: Functions, reason: Reason, detail: str
) -> None:
    why = NotCollected(reason, detail, NOW)
    assert collected(functions) == KubernetesEvidence(api_groups=why, pods=why)
    assert cause_of(why) == "private"


def test_a_client_that_waits_asks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    sessions = Sessions(Access(region="eu-west-1", account="222233334444"))
    client: Any = sessions.patient_client("222233334444", "eu-west-1", "lambda", READ_SECONDS)
    assert client.meta.config.read_timeout == READ_SECONDS
    assert client.meta.config.retries == {"total_max_attempts": 1, "mode": "standard"}
    assert sessions.patient_client("222233334444", "eu-west-1", "lambda", READ_SECONDS) is client
