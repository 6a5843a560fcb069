"""Evidence plan D.2: the facts of a region that need no cluster's description."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from plumbline.adapters.aws.calls import Api, Call
from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.section import Section
from plumbline.domain.need import joined

_CLUSTERS = Call("eks", "list_clusters", "clusters", 100)
_VERSIONS = Call("eks", "describe_cluster_versions", "clusterVersions", 100)
_ADDON_CATALOGUE = Call("eks", "describe_addon_versions", "addons", 100)
_INSTANCES = Call("ec2", "describe_instances", "Reservations", 1000)
_EBS_DEFAULT = Call("ec2", "get_ebs_encryption_by_default")
_LOG_GROUPS = Call("logs", "describe_log_groups", "logGroups", 50)
_QUOTAS = Call("service-quotas", "list_service_quotas", "Quotas", 100)

LOG_GROUP_PREFIX = "/aws/eks/"
_CLUSTER_TAG_KEYS = ["kubernetes.io/cluster/*", "eks:cluster-name", "eks:eks-cluster-name"]
_NODES = [
    {"Name": "tag-key", "Values": _CLUSTER_TAG_KEYS},
    {"Name": "instance-state-name", "Values": ["pending", "running"]},
]


class _Reservation(msgspec.Struct):
    instances: tuple[ec2.Instance, ...] = msgspec.field(default=(), name="Instances")


def _instances(api: Api) -> Section[tuple[ec2.Instance, ...]]:
    # An account setting may hide the instances of Auto Mode from a read that does not ask for them.
    read = api.listing(_INSTANCES, _Reservation, Filters=_NODES, IncludeManagedResources=True)
    return joined(lambda reservations: tuple(node for one in reservations for node in one.instances), read)


REGION_READERS: Mapping[str, Callable[[Api], Section[Any]]] = {
    "clusters": lambda api: api.listing(_CLUSTERS, str),
    "versions": lambda api: api.listing(_VERSIONS, eks.ClusterVersion, includeAll=True),
    "addon_catalogue": lambda api: api.listing(_ADDON_CATALOGUE, eks.AddonInfo),
    "instances": _instances,
    "ebs_default": lambda api: api.one(_EBS_DEFAULT, ec2.EbsDefault),
    "log_groups": lambda api: api.listing(_LOG_GROUPS, aws.LogGroup, logGroupNamePrefix=LOG_GROUP_PREFIX),
    "quotas": lambda api: api.listing(_QUOTAS, aws.Quota, ServiceCode="eks"),
}
