"""Providers of facts about nodes: what makes, shrinks and repairs them, and what fits on them."""

from collections.abc import Iterable
from typing import Any

from plumbline.domain.compute_pools import POOL_SECTIONS
from plumbline.domain.evidence.kubernetes.cluster import CniSettings, PersistentVolume
from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.evidence.section import Collected, Section
from plumbline.domain.image_names import within_registry
from plumbline.domain.judged import first_missing
from plumbline.domain.kubernetes_facts import WORKLOAD_SECTIONS, Workloads
from plumbline.domain.need import joined, known
from plumbline.domain.node_facts import (
    Autoscalers,
    Cni,
    EbsClaims,
    NodePools,
    RepairTools,
    Shrinking,
)
from plumbline.domain.placement import Offers
from plumbline.domain.provider import FactProvider
from plumbline.domain.signatures import tools_by_image
from plumbline.domain.view import View

KARPENTER, CLUSTER_AUTOSCALER = "Karpenter", "Cluster Autoscaler"
# Names of their Deployments, for images that were copied under another name.
_NAMES = {KARPENTER: "karpenter", CLUSTER_AUTOSCALER: "cluster-autoscaler"}
_VPC_CNI, _NETWORK_TOOLS = "amazon-k8s-cni", "network"
_COMPUTE = ("cluster", "nodegroups", "fargate_profiles", "auto_scaling_groups", "instances")


# --- autoscalers and CNI


def _autoscalers(view: View) -> Section[Autoscalers]:
    listed = view.kubernetes.evidence.deployments
    found = known(listed, ())
    karpenter = [one for one in found if _is(one, KARPENTER)]
    cluster_autoscaler = [one for one in found if _is(one, CLUSTER_AUTOSCALER)]
    return Collected(Autoscalers(karpenter, cluster_autoscaler, first_missing(listed)), view.now)


def _is(workload: Workload, tool: str) -> bool:
    return workload.name == _NAMES[tool] or _runs(workload, tool)


def _runs(workload: Workload, tool: str) -> bool:
    return any(
        one.tool == tool for container in workload.template.containers for one in tools_by_image(container.image)
    )


def _cni(view: View) -> Section[Cni]:
    evidence = view.kubernetes.evidence
    described = known(view.snapshot.cluster.cluster, None)

    def build(daemon_sets: Iterable[Workload]) -> Cni:
        settings: dict[str, str] = {}
        vpc, overlay = described is not None and described.auto_mode, ""
        for workload in daemon_sets:
            for container in workload.template.containers:
                if _VPC_CNI in container.image:
                    vpc = True
                    settings |= {variable.name: variable.setting for variable in container.env if variable.setting}
                named = (one.tool for one in tools_by_image(container.image) if one.category == _NETWORK_TOOLS)
                overlay = overlay or next(named, "")
        return Cni(
            vpc=vpc,
            overlay=overlay,
            prefix_delegation=settings.get("ENABLE_PREFIX_DELEGATION") == "true",
            custom_networking=settings.get("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG") == "true",
            windows_prefix_delegation=joined(_delegates_for_windows, evidence.cni_settings),
        )

    return joined(build, evidence.daemon_sets)


def _delegates_for_windows(settings: CniSettings | None) -> bool:
    return bool(settings and settings.windows_prefix_delegation)


# --- placement


def _offers(view: View) -> Section[Offers]:
    missing = first_missing(view.unread_compute, view.kubernetes.evidence.node_pools)
    return joined(lambda nodes: Offers(nodes.all, view.pools, missing), view.kubernetes.nodes)


# By image repository.
_REPAIR_TOOLS = ("draino", "node-healthcheck-operator", "self-node-remediation")


def _repair_tools(view: View) -> Section[RepairTools]:
    def build(workloads: Workloads) -> RepairTools:
        images = {container.image for one in workloads.all for container in one.template.containers}
        repositories = {within_registry(image) for image in images}
        return RepairTools(tuple(tool for tool in _REPAIR_TOOLS if any(tool in one for one in repositories)))

    return joined(build, view.kubernetes.complete_workloads)


# --- state on EBS

_EBS_DRIVERS = ("ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com")


def _ebs_claims(view: View) -> Section[EbsClaims]:
    evidence = view.kubernetes.evidence
    volumes = known(evidence.persistent_volumes, ())
    claims = (one.spec.claim_ref for one in volumes if _is_on_ebs(one))
    claimed = {(claim.namespace, claim.name) for claim in claims if claim is not None}
    # The claims of a StatefulSet are named after its template, itself, and the number of the pod.
    prefixes = {(namespace, name.rpartition("-")[0]) for namespace, name in claimed}
    owners = tuple(
        one
        for one in known(evidence.stateful_sets, ())
        if any((one.namespace, f"{claim.name}-{one.name}") in prefixes for claim in one.claims)
    )
    missing = first_missing(evidence.persistent_volumes, evidence.stateful_sets)
    return Collected(EbsClaims(owners, missing), view.now)


def _is_on_ebs(volume: PersistentVolume) -> bool:
    spec = volume.spec
    return spec.aws_elastic_block_store is not None or (spec.csi is not None and spec.csi.driver in _EBS_DRIVERS)


# --- shrinking

DOWNSCALER, CRON = "Downscaler", "cron"
_SHRINKING_SECTIONS = ("deployments", "stateful_sets", "daemon_sets", "cron_jobs", "scaled_objects", "node_pools")


def _shrinking(view: View) -> Section[Shrinking]:
    evidence = view.kubernetes.evidence
    found: set[str] = set()
    for name in _SHRINKING_SECTIONS[:4]:
        found |= {f"{one.kind} {one.path}" for one in known(getattr(evidence, name), ()) if _runs(one, DOWNSCALER)}
    for scaled in known(evidence.scaled_objects, ()):
        found |= {f"ScaledObject {scaled.path}" for trigger in scaled.spec.triggers if trigger.type == CRON}
    found |= {f"NodePool {name}" for name in NodePools(known(evidence.node_pools, ())).consolidating}
    missing = first_missing(*(getattr(evidence, name) for name in _SHRINKING_SECTIONS))
    return Collected(Shrinking(tuple(sorted(found)), missing), view.now)


NODE_FACTS: dict[Any, FactProvider[Any]] = {
    NodePools: FactProvider(("node_pools",), lambda view: joined(NodePools, view.kubernetes.evidence.node_pools)),
    Autoscalers: FactProvider(("deployments",), _autoscalers),
    Cni: FactProvider(("daemon_sets", "cluster"), _cni),
    Offers: FactProvider((*POOL_SECTIONS, *_COMPUTE), _offers),
    RepairTools: FactProvider(tuple(WORKLOAD_SECTIONS), _repair_tools),
    EbsClaims: FactProvider(("persistent_volumes", "stateful_sets"), _ebs_claims),
    Shrinking: FactProvider(_SHRINKING_SECTIONS, _shrinking),
}
