"""A cluster with a private endpoint, before and after the member stack has placed a collector in its VPC."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator

import msgspec
import pytest

from local.deployer import Deployer
from local.environments import installed_layer
from local.launcher import EmbeddedAws
from local.packaging import archive
from local.paths import REPOSITORY
from local.rollout import MEMBER_STACK
from plumbline.domain.evidence.section import Collected, NotCollected
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS, KubernetesEvidence
from plumbline.domain.reach import cause_of

pytestmark = pytest.mark.embedded
ACCOUNT, REGION, CLUSTER = "222233334444", "eu-west-1", "data-lake-dev"
_OF_HUB = ("HubAccountId", "HubRegion", "HubBusArn", "CollectorRoleArns", "ReaderRoleName")


def code() -> bytes:
    """What `make collector` builds, for the interpreter at hand."""
    layers = REPOSITORY / "layers"
    roots = [installed_layer(layers / name / "requirements.txt") for name in ("dependencies", "kubernetes")]
    roots += [layers / "core", REPOSITORY / "functions" / "collect_kubernetes"]
    files = [
        (str(path.relative_to(root)), path)
        for root in roots
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    ]
    return archive(files)


class Member:
    """The member stack of the cluster's account, with and without a collector."""

    def __init__(self, embedded: EmbeddedAws, vpc: str) -> None:
        assert embedded.outputs is not None
        self._embedded, self._vpc = embedded, vpc
        self._hub = embedded.outputs.stack_outputs
        self._deployer = Deployer(embedded.outputs.endpoint, ACCOUNT, REGION)

    def deploy(self, **parameters: str) -> dict[str, str]:
        known = {name: self._hub[name] for name in _OF_HUB}
        template = REPOSITORY / "org" / "member.yaml"
        return self._deployer.deploy(MEMBER_STACK, template, {**known, **parameters})

    def place(self) -> dict[str, str]:
        bucket = f"plumbline-artifacts-{ACCOUNT}-{REGION}"
        self._embedded.client("s3", ACCOUNT, REGION).put_object(Bucket=bucket, Key="collector.zip", Body=code())
        return self.deploy(
            CollectorVpcId=self._vpc,
            CollectorSubnetIds="subnet-0f0e0d0c0b0a00001",
            CollectorSecurityGroupIds="sg-0f0e0d0c0b0a00001",
            CollectorCodeBucket=bucket,
            CollectorCodeKey="collector.zip",
        )

    def collected(self) -> KubernetesEvidence:
        """Collect, as a sweep does, and return what is kept."""
        work = json.dumps({"account": ACCOUNT, "region": REGION, "clusters": [CLUSTER]})
        answer = self._embedded.client("lambda").invoke(FunctionName=self._hub["CollectKubernetesName"], Payload=work)
        assert json.loads(answer["Payload"].read()) == {"count": 1}
        key = f"evidence/{ACCOUNT}/{REGION}/kubernetes/{CLUSTER}"
        kept = self._embedded.client("s3").get_object(Bucket=self._hub["EvidenceBucketName"], Key=key)
        return msgspec.msgpack.decode(zlib.decompress(kept["Body"].read()), type=KubernetesEvidence)


@pytest.fixture
def member(embedded: EmbeddedAws, hub: object) -> Iterator[Member]:
    """The fleet is swept, so that the cluster is described; afterwards all is as it was."""
    eks = embedded.client("eks", ACCOUNT, REGION)
    made = Member(embedded, eks.describe_cluster(name=CLUSTER)["cluster"]["resourcesVpcConfig"]["vpcId"])
    yield made
    made.deploy(CollectorVpcId="")
    made.collected()


def test_a_private_cluster_is_read_from_inside_its_vpc(member: Member) -> None:
    before = member.collected()
    assert {type(getattr(before, name)) for name in KUBERNETES_SECTIONS} == {NotCollected}
    assert isinstance(before.api_groups, NotCollected)
    assert cause_of(before.api_groups) == "private"
    assert "deploy org/member.yaml" in before.api_groups.detail
    assert member.place()["KubernetesCollectorName"].startswith("plumbline-kubernetes-vpc-")
    after = member.collected()
    assert {type(getattr(after, name)) for name in KUBERNETES_SECTIONS} == {Collected}
