"""The ids and ARNs of what the fleet consists of: the same for the same names."""

from __future__ import annotations

from local.simulators.world import Place, identifier

# The role that the hub assumes everywhere, and the group of its access entries.
READER_ROLE, READER_GROUP = "plumbline-reader", "plumbline"


def key_arn(place: Place, name: str) -> str:
    """The ARN of the key of this name in an account and region."""
    digits = identifier("key", place.account, place.region, name).removeprefix("key-") + "0" * 15
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32])
    return place.arn("kms", f"key/{'-'.join(parts)}")


def vpc_id(place: Place, vpc: str) -> str:
    """The id of the VPC of this name."""
    return identifier("vpc", place.account, place.region, vpc)


def subnet_id(place: Place, vpc: str, zone: str, *, is_public: bool) -> str:
    """The id of the private or public subnet of a VPC in a zone."""
    kind = "public" if is_public else "private"
    return identifier("subnet", place.account, place.region, vpc, kind, zone)


def cluster_group_id(place: Place, cluster: str) -> str:
    """The id of the security group that EKS makes for a cluster."""
    return identifier("sg", place.account, place.region, cluster)


def issuer(account: str, region: str, cluster: str) -> str:
    """The OIDC issuer of a cluster, without its scheme."""
    unique = identifier("oidc", account, cluster).removeprefix("oidc-").upper()
    return f"oidc.eks.{region}.amazonaws.com/id/{unique}"


def provider_arn(account: str, of_issuer: str) -> str:
    """The ARN of the IAM OIDC provider for an issuer."""
    return f"arn:aws:iam::{account}:oidc-provider/{of_issuer}"


def role_arn(account: str, name: str) -> str:
    """The ARN of a role."""
    return f"arn:aws:iam::{account}:role/{name}"


def node_profile_arn(account: str, cluster: str) -> str:
    """The ARN of the instance profile of a cluster's nodes."""
    return f"arn:aws:iam::{account}:instance-profile/{cluster}-node"
