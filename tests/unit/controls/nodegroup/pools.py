"""Pools of other kinds than the baseline has, and pools without nodes."""

from typing import Any

from plumbline.domain.evidence import ec2, eks
from tests.unit.baseline import NAME, instance, instances, template_version
from tests.unit.changes import Change, all_of, cluster, each

GENERAL, WORKERS, BATCH = "nodegroup/general", "auto-scaling-group/workers", "fargate-profile/batch"
AUTO, OTHERS = "compute-pool/auto-mode", "compute-pool/unattached"
GENERAL_NODE, WORKER_NODE = 0, 2
NO_NODES = each("instances")


def also_runs(identifier: str, tag: str, value: str, **members: Any) -> Change:
    return each("instances", *instances(), instance(identifier, tag, value, **members))


AUTO_MODE = all_of(
    cluster(compute_config=eks.ComputeConfig(enabled=True, node_pools=("system",))),
    also_runs("i-auto", "eks:eks-cluster-name", NAME),
)
LOST_NODE = also_runs("i-lost", "karpenter.sh/nodepool", "default")


def templates(data: ec2.LaunchTemplateData) -> Change:
    """Give the groups general and workers a template that sets this."""
    return each(
        "launch_templates",
        template_version("lt-general", 3),
        template_version("lt-eks-general", 1, launch_template_data=data),
        template_version("lt-eks-rocket", 1),
        template_version("lt-workers", 1, launch_template_data=data),
    )
