"""Evidence plan D.2: the facts of a region that need no cluster's description."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from plumbline.adapters.aws import plan
from plumbline.adapters.aws.calls import Api
from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.section import Section
from plumbline.domain.need import joined

LOG_GROUP_PREFIX = "/aws/eks/"
_CLUSTER_TAG_KEYS = ["kubernetes.io/cluster/*", "eks:cluster-name", "eks:eks-cluster-name"]
_NODES = [
    {"Name": "tag-key", "Values": _CLUSTER_TAG_KEYS},
    {"Name": "instance-state-name", "Values": ["pending", "running"]},
]
# What the in-tree driver, the CSI driver and Kubernetes itself put on the volumes they make.
_VOLUME_TAG_KEYS = ["kubernetes.io/created-for/pvc/name", "ebs.csi.aws.com/cluster", "KubernetesCluster"]
_OF_PODS = [{"Name": "tag-key", "Values": _VOLUME_TAG_KEYS}]


class _Reservation(msgspec.Struct):
    instances: tuple[ec2.Instance, ...] = msgspec.field(default=(), name="Instances")


def _instances(api: Api) -> Section[tuple[ec2.Instance, ...]]:
    # An account setting may hide the instances of Auto Mode from a read that does not ask for them.
    read = api.listing(plan.INSTANCES, _Reservation, Filters=_NODES, IncludeManagedResources=True)
    return joined(lambda reservations: tuple(node for one in reservations for node in one.instances), read)


REGION_READERS: Mapping[str, Callable[[Api], Section[Any]]] = {
    "clusters": lambda api: api.listing(plan.CLUSTERS, str),
    "versions": lambda api: api.listing(plan.VERSIONS, eks.ClusterVersion, includeAll=True),
    "addon_catalogue": lambda api: api.listing(plan.ADDON_CATALOGUE, eks.AddonInfo),
    "instances": _instances,
    "volumes": lambda api: api.listing(plan.VOLUMES, ec2.Volume, Filters=_OF_PODS, IncludeManagedResources=True),
    "ebs_default": lambda api: api.one(plan.EBS_DEFAULT, ec2.EbsDefault),
    "metadata_defaults": lambda api: api.one(plan.METADATA_DEFAULTS, ec2.MetadataDefaults),
    "scaling_policies": lambda api: api.listing(plan.SCALING_POLICIES, ec2.ScalingPolicy),
    "scheduled_actions": lambda api: api.listing(plan.SCHEDULED_ACTIONS, ec2.ScheduledAction),
    "log_groups": lambda api: api.listing(plan.LOG_GROUPS, aws.LogGroup, logGroupNamePrefix=LOG_GROUP_PREFIX),
    "repositories": lambda api: api.listing(plan.REPOSITORIES, aws.Repository),
    "registry_scanning": lambda api: api.one(plan.REGISTRY_SCANNING, aws.RegistryScanning),
    "quotas": lambda api: api.listing(plan.QUOTAS, aws.Quota, ServiceCode="eks"),
}
