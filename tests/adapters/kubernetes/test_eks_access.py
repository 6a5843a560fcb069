"""The way to the API server of an EKS cluster, and what is recorded where there is none."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from local.kubernetes.eks_tokens import Credential, caller_of
from local.kubernetes.server import KubernetesServer
from local.simulators.world import World
from plumbline.adapters.kubernetes.eks_access import EksClusterAccess
from plumbline.adapters.kubernetes.endpoints import Endpoint
from plumbline.adapters.kubernetes.source import KubernetesApiSource
from plumbline.domain.errors import CredentialsError
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from tests.adapters.aws.stub import ACCOUNT, OTHER_ACCOUNT, REGION, ROLE, Refusal, SimulatedAws, sessions_of
from tests.adapters.aws.worlds import Shape, cluster_name, world_of
from tests.adapters.kubernetes.stub import AT_ONCE, EVERYTHING, NOW, Cluster, missing

NAME = cluster_name(0)
SUBJECT = Subject(ACCOUNT, REGION, NAME)
pytestmark = pytest.mark.usefixtures("simulated_credentials")


@pytest.fixture
def simulated_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", f"AKIA{ACCOUNT}TEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)


class WithWorld(SimulatedAws):
    """AWS with the world that it answers from."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.world = world


def described(aws: WithWorld, cluster: Cluster, **members: Any) -> str:
    """Make the description of the cluster lead to the simulated API server; return its authority as EKS tells it."""
    authority = base64.b64encode(cluster.listener.authority.certificate).decode()
    description = aws.world.place(ACCOUNT, REGION).clusters[NAME].description
    description |= {"endpoint": cluster.listener.url, "certificateAuthority": {"data": authority}} | members
    return authority


@pytest.fixture
def aws() -> WithWorld:
    world = world_of(Shape(clusters=1))
    return WithWorld(world)


def endpoint(aws: WithWorld, subject: Subject = SUBJECT, **options: Any) -> Endpoint | NotCollected:
    return EksClusterAccess(sessions_of(aws, **options)).endpoint(subject, NOW)


def test_a_cluster_is_found_by_one_call(aws: WithWorld, cluster: Cluster) -> None:
    described(aws, cluster)
    found = endpoint(aws)
    assert isinstance(found, Endpoint)
    assert found.url == cluster.listener.url
    assert len(found.tls.get_ca_certs()) == 1
    assert aws.calls == {"eks:DescribeCluster": 1}
    assert repr(found) == f"Endpoint({found.url})"


def test_the_token_is_signed_with_the_credentials_of_the_account(aws: WithWorld, cluster: Cluster) -> None:
    described(aws, cluster)
    found = endpoint(aws, role=ROLE)
    assert isinstance(found, Endpoint)
    token = found.authorization().removeprefix("Bearer ")

    def known(key: str, session: str) -> Credential | None:
        return (
            Credential("x", f"arn:aws:iam::{ACCOUNT}:role/r") if (key, session) == (f"ASIA{ACCOUNT}ROLE", "t") else None
        )

    assert caller_of(token, NAME, known, datetime.now(UTC)) == f"arn:aws:iam::{ACCOUNT}:role/r"
    assert found.authorization() == f"Bearer {token}"


def test_the_authority_and_the_token_are_no_evidence(aws: WithWorld, server: KubernetesServer) -> None:
    cluster = Cluster(server)
    authority = described(aws, cluster)
    source = KubernetesApiSource(EksClusterAccess(sessions_of(aws)), AT_ONCE)
    found = source.collect_kubernetes(SUBJECT, EVERYTHING, NOW)
    # The simulated cluster does not know the caller.
    assert missing(found)["nodes"].detail.startswith("unauthorized: ")
    assert authority not in repr(found)
    assert cluster.headers[0]["authorization"].startswith("Bearer k8s-aws-v1.")
    assert "k8s-aws-v1" not in repr(found)


def test_a_private_endpoint_is_known_as_one(aws: WithWorld, cluster: Cluster) -> None:
    described(aws, cluster, resourcesVpcConfig={"endpointPublicAccess": False, "endpointPrivateAccess": True})
    found = endpoint(aws)
    assert isinstance(found, Endpoint)
    assert found.private


@pytest.mark.parametrize("members", [{"endpoint": None}, {"certificateAuthority": None}, {"certificateAuthority": {}}])
def test_a_cluster_that_is_being_made_has_no_api_server_yet(
    aws: WithWorld, cluster: Cluster, members: dict[str, Any]
) -> None:
    described(aws, cluster, **members)
    assert endpoint(aws) == NotCollected(Reason.NOT_COLLECTED, f"{NAME} has no API server yet", NOW)


@pytest.mark.parametrize("data", ["c2VjcmV0", "not base64!", "w6k="])
def test_an_authority_that_is_none_is_told(aws: WithWorld, cluster: Cluster, data: str) -> None:
    described(aws, cluster, certificateAuthority={"data": data})
    found = endpoint(aws)
    assert isinstance(found, NotCollected)
    assert found.reason is Reason.PARSE_ERROR
    assert found.detail.startswith("tls: ")
    assert data not in found.detail


def test_a_cluster_that_does_not_exist(aws: WithWorld) -> None:
    found = endpoint(aws, Subject(ACCOUNT, REGION, "gone"))
    assert isinstance(found, NotCollected)
    assert found.reason is Reason.NOT_FOUND_IN_LISTING


def test_a_role_that_cannot_be_assumed(aws: WithWorld) -> None:
    aws.refuse("sts:AssumeRole", Refusal("AccessDenied", 403))
    found = endpoint(aws, Subject(OTHER_ACCOUNT, REGION, NAME), role=ROLE)
    assert isinstance(found, NotCollected)
    assert found.reason is Reason.ACCESS_DENIED


def test_without_credentials_nothing_can_be_read(aws: WithWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    source = KubernetesApiSource(EksClusterAccess(sessions_of(aws)), AT_ONCE)
    with pytest.raises(CredentialsError):
        source.collect_kubernetes(SUBJECT, EVERYTHING, NOW)
