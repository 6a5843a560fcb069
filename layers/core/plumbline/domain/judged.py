"""What is judged besides the things an API describes one by one: joined from several answers, or several resources."""

from collections.abc import Iterable

import msgspec

from plumbline.domain.arn import account_of
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence import eks
from plumbline.domain.evidence.section import NotCollected, Section
from plumbline.domain.pools import ComputePool, PoolKind
from plumbline.domain.verdict import Reason

# Stands for every resource of a kind when the listing itself could not be read.
ALL = "*"


class ControlPlaneLogGroup(msgspec.Struct, frozen=True):
    """The log group EKS writes control-plane logs to, or None when it does not exist; `status` is the cluster's."""

    name: str
    group: aws.LogGroup | None
    status: str = "ACTIVE"


class ClusterVpc(msgspec.Struct, frozen=True):
    """The VPC of a cluster, with every subnet the cluster and its nodes use.

    `unread_subnets` says why subnets may be missing.
    """

    vpc_id: str
    owner: Section[str]
    account: str
    subnet_ids: tuple[str, ...]
    unread_subnets: NotCollected | None = None
    node_subnet_ids: tuple[str, ...] = ()

    def unlisted(self, what: str) -> NotCollected:
        """Say why a thing of the VPC is in no listing: a shared VPC's owner keeps it from the others."""
        if not isinstance(self.owner, NotCollected) and self.owner.value != self.account:
            text = f"{what} was not in the listing: {self.vpc_id} belongs to account {self.owner.value}"
            return NotCollected(Reason.FOREIGN_ACCOUNT, text)
        return NotCollected(Reason.NOT_FOUND_IN_LISTING, f"{what} was not in the listing")


class ClusterKey(msgspec.Struct, frozen=True):
    """The KMS key a cluster is configured with; `arn` is None when it has none."""

    arn: str | None
    key: Section[aws.Key]
    rotation: Section[aws.KeyRotation]
    health_codes: tuple[str, ...]
    cluster_account: str = ""

    @property
    def foreign(self) -> bool:
        """Whether the key belongs to another account than the cluster."""
        return self.arn is not None and account_of(self.arn) != self.cluster_account

    @property
    def status(self) -> str:
        """The key's state in the words of EKS: CREATING and UPDATING are transitional here too."""
        return "ACTIVE" if isinstance(self.key, NotCollected) else self.key.value.key_state.upper()

    def described(self) -> aws.Key:
        """Return what KMS says of the key.

        Raises:
            EvidenceMissing: it could not be read; for another account's key that is the reason given.

        """
        if not isinstance(self.key, NotCollected):
            return self.key.value
        if self.foreign:
            raise EvidenceMissing(NotCollected(Reason.FOREIGN_ACCOUNT, f"key {self.arn} belongs to another account"))
        raise EvidenceMissing(self.key)


class NodeRole(msgspec.Struct, frozen=True):
    """An IAM role that nodes of the cluster run with; `role` is None when the account's listing lacks it."""

    arn: str
    role: aws.Role | None


class ServiceRole(msgspec.Struct, frozen=True):
    """An IAM role that EKS takes for the cluster or for Fargate pods; `role` is None when the listing lacks it."""

    arn: str
    account: str
    role: aws.Role | None
    of_cluster: bool
    of_fargate: bool


class AccessEntry(msgspec.Struct, frozen=True):
    """A principal that an access entry lets in; `account` is the cluster's."""

    principal: str
    account: str


class AwsAuth(msgspec.Struct, frozen=True):
    """The principals that the ConfigMap aws-auth lets in, which only the Kubernetes API of the cluster has.

    Attributes:
        problem: why a part of it could not be understood.
        creator_hidden: access entries are off: whoever created the cluster is an administrator that nothing lists.

    """

    principals: tuple[str, ...]
    problem: str = ""
    creator_hidden: bool = False


class Administrators(msgspec.Struct, frozen=True):
    """The principals with the cluster-admin policy for the whole cluster, and why others are missing."""

    principals: tuple[str, ...]
    missing: NotCollected | None


class PodIdentityAgent(msgspec.Struct, frozen=True):
    """The add-on that hands roles to pods; `status` is None when it is not installed."""

    status: str | None

    @property
    def works(self) -> bool:
        """Whether pods get their roles: an agent keeps running while EKS updates it."""
        return self.status in ("ACTIVE", "UPDATING")


class PodIdentities(msgspec.Struct, frozen=True):
    """How many Pod Identity associations a cluster has."""

    count: int


class ScaledGroup(msgspec.Struct, frozen=True):
    """A pool that Auto Scaling groups stand behind: a managed node group or a self-managed group."""

    pool: ComputePool

    @property
    def status(self) -> str:
        """The pool's lifecycle status."""
        return self.pool.status


class AccountRegion(msgspec.Struct, frozen=True):
    """A region of an account, judged once for all its clusters."""

    account: str
    region: str
    clusters: Section[tuple[str, ...]]


class Insights(msgspec.Struct, frozen=True):
    """The insights of a cluster that could be read, and why others are missing."""

    found: tuple[eks.Insight, ...]
    missing: NotCollected | None


class Compute(msgspec.Struct, frozen=True):
    """The compute pools of a cluster that could be read, and why others may be missing."""

    pools: tuple[ComputePool, ...]
    missing: NotCollected | None

    def only(self, kind: PoolKind) -> bool:
        """Whether the cluster has compute of this kind and no other.

        Raises:
            EvidenceMissing: what was read is of this kind, and the rest is missing.

        """
        if any(pool.kind is not kind for pool in self.pools):
            return False
        if self.missing is not None:
            raise EvidenceMissing(self.missing)
        return bool(self.pools)


class InstalledAddons(msgspec.Struct, frozen=True):
    """The managed add-ons of a cluster, by name."""

    names: frozenset[str]


class Nodes(msgspec.Struct, frozen=True):
    """What of a cluster's nodes AWS can see: its running instances and its Fargate profiles."""

    instances: int
    fargate_profiles: int
    hybrid_possible: bool

    @property
    def none(self) -> bool:
        """Whether the cluster certainly has no node."""
        return not (self.instances or self.fargate_profiles or self.hybrid_possible)


def first_missing(*sections: Section[object] | NotCollected | None) -> NotCollected | None:
    """Return the first of these that was not collected, or None."""
    return next((section for section in sections if isinstance(section, NotCollected)), None)


def sorted_unique(names: Iterable[str | None]) -> tuple[str, ...]:
    """Return the names there are, once each, in order."""
    return tuple(sorted({name for name in names if name}))
