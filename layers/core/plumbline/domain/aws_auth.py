"""The ConfigMap aws-auth as controls judge it: whom it lets into the cluster, and as what."""

import msgspec

from plumbline.domain.evidence.kubernetes.cluster import AwsAuthMap, AwsAuthMapping

MASTERS = "system:masters"
# The groups of nodes: what joins the cluster belongs there.
_OF_NODES = frozenset({"system:nodes", "system:bootstrappers", "system:node-proxier"})


class AwsAuthObject(msgspec.Struct, frozen=True):
    """The ConfigMap kube-system/aws-auth; None when the cluster has none."""

    found: AwsAuthMap | None


def mappings_of(found: AwsAuthMap) -> tuple[AwsAuthMapping, ...]:
    """Return the mappings of roles and users."""
    return (*found.roles, *found.users)


def is_of_nodes(mapping: AwsAuthMapping) -> bool:
    """Whether a mapping is that of nodes or Fargate pods: its groups are all groups of nodes."""
    return bool(mapping.groups) and _OF_NODES.issuperset(mapping.groups)
