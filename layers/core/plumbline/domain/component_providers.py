"""Providers of components: EKS's own, retired ones, controllers that call AWS, and what add-ons are set to."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from plumbline.domain.addon_settings import AddonSettings
from plumbline.domain.components import (
    AddonWithRole,
    ApiServices,
    AwsController,
    Component,
    ComputeClass,
    OtherControllers,
    RetiredSighting,
)
from plumbline.domain.dns_facts import ClusterDns, coredns, nodes_of
from plumbline.domain.evidence import eks
from plumbline.domain.evidence.kubernetes.cluster import ApiService, CniSettings, FargateLogging
from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.identities import WorkloadIdentities
from plumbline.domain.judged import ALL, first_missing
from plumbline.domain.need import joined, known
from plumbline.domain.network_engines import NetworkEngines, agent_enabled
from plumbline.domain.pools import PoolKind
from plumbline.domain.provider import FactProvider, Judged, ResourceProvider
from plumbline.domain.signatures import (
    addons_of,
    addons_with_controllers,
    in_group,
    retired_by_image,
    retired_table,
)
from plumbline.domain.tool_providers import RUNNING, RUNNING_SECTIONS, running_tools
from plumbline.domain.verdict import Resource
from plumbline.domain.view import View

SYSTEM = "kube-system"
# The components that EKS installs: by name, the list that has them and the add-on that can manage them.
_COMPONENTS = {
    "kube-proxy": ("daemon_sets", "kube-proxy"),
    "coredns": ("deployments", "coredns"),
    "aws-node": ("daemon_sets", "vpc-cni"),
}
_RETIRED_SECTIONS = ("deployments", "daemon_sets", "api_services")


def _components(view: View) -> Judged[Component]:
    for name, (listed, addon) in _COMPONENTS.items():
        section: Section[tuple[Workload, ...]] = getattr(view.kubernetes.evidence, listed)
        if isinstance(section, NotCollected):
            yield Resource("component", name), section
        else:
            component = Component(name=name, addon=addon, image=_image_of(section.value, name))
            yield Resource("component", name), Collected(component, section.at)


def _image_of(workloads: tuple[Workload, ...], name: str) -> str:
    found = next((one for one in workloads if one.namespace == SYSTEM and one.name == name), None)
    containers = (one for one in found.template.containers if not one.init) if found else ()
    return next((one.image for one in containers), "")


# --- retired components


def _retired(view: View) -> Judged[RetiredSighting]:
    evidence = view.kubernetes.evidence
    places: dict[str, set[str]] = defaultdict(set)
    for workload in (*known(evidence.deployments, ()), *known(evidence.daemon_sets, ())):
        for name in _running(workload):
            places[name].add(f"{workload.kind} {workload.path}")
    for service in known(evidence.api_services, ()):
        for name, what in _served(service):
            places[name].add(what)
    unread, unlisted = first_missing(evidence.deployments, evidence.daemon_sets), first_missing(evidence.api_services)
    for one in retired_table().components:
        running, served = one.images or one.host_paths, one.groups or one.versions
        missing = (unread if running else None) or (unlisted if served else None)
        sighting = RetiredSighting(one, tuple(sorted(places[one.component])), missing)
        yield Resource("component", one.component), Collected(sighting, view.now)


def _running(workload: Workload) -> Iterator[str]:
    template = workload.template
    for container in template.containers:
        yield from (one.component for one in retired_by_image(container.image))
    for volume in template.volumes:
        if volume.host_path:
            yield from (one.component for one in retired_table().components if _below(volume.host_path, one.host_paths))


def _below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path.rstrip("/") == one or path.startswith(f"{one}/") for one in folders)


def _served(service: ApiService) -> Iterator[tuple[str, str]]:
    """Yield the retired components that an API belongs to, and what of it."""
    group, version = service.spec.group, f"{service.spec.group}/{service.spec.version}"
    for one in retired_table().components:
        if in_group(group, one.groups):
            yield one.component, f"API group {group}"
        elif version in one.versions:
            yield one.component, f"API {version}"


# --- controllers that call AWS


def _controllers(view: View) -> Judged[AwsController]:
    for kind, name in RUNNING.items():
        section = view.kubernetes.workloads_in(name)
        if isinstance(section, NotCollected):
            yield Resource(kind, ALL), section
    # Of a workload with the images of two controllers the first stands for both: they share a service account.
    found = {(tool.kind, tool.path): tool for tool in reversed(running_tools(view).seen("aws-controller"))}
    for (kind, path), tool in found.items():
        yield Resource(kind, path), Collected(AwsController(tool, addons_of(tool.name)), view.now)


def _addons_with_roles(view: View) -> Judged[AddonWithRole]:
    addons, catalogue = view.snapshot.cluster.addons, view.facts.addon_catalogue
    missing = first_missing(addons.complete(), catalogue)
    if missing:
        yield Resource("addon", ALL), missing
    if isinstance(catalogue, NotCollected):
        return
    for addon in addons.collected():
        offered = catalogue.value.of(addon.addon_name)
        if addon.addon_name not in addons_with_controllers() and offered and _needs_role(addon, offered):
            yield Resource("addon", addon.addon_name), Collected(AddonWithRole(addon), catalogue.at)


def _needs_role(addon: eks.Addon, offered: eks.AddonInfo) -> bool:
    versions = offered.addon_versions
    own = next((one for one in versions if one.addon_version == addon.addon_version), None)
    return own.requires_iam_permissions if own else any(one.requires_iam_permissions for one in versions)


def _other_controllers(view: View) -> Judged[OtherControllers]:
    yield Resource("cluster", view.name), Collected(OtherControllers(view.name), view.now)


def _identities(view: View) -> Section[WorkloadIdentities]:
    part = view.snapshot.cluster
    found = WorkloadIdentities(view.kubernetes.evidence.service_accounts, part.pod_identities, part.addons)
    return Collected(found, view.now)


# --- classes of compute


def _compute_classes(view: View) -> Judged[ComputeClass]:
    kinds = {pool.kind for pool in view.pools}
    on_nodes = bool(kinds - {PoolKind.FARGATE}) or known(
        joined(lambda cluster: cluster.auto_mode, view.snapshot.cluster.cluster), otherwise=False
    )
    for name, used in (("ec2", on_nodes), ("fargate", PoolKind.FARGATE in kinds)):
        section: Section[bool] = Collected(used, view.now)
        if not used and view.unread_compute:
            section = view.unread_compute
        yield Resource("compute-class", name), Collected(ComputeClass(name, section), view.now)


def _fargate_logging(view: View) -> Section[FargateLogging]:
    return joined(lambda found: found or FargateLogging(has_output=False), view.kubernetes.evidence.fargate_logging)


def _cni_settings(view: View) -> Section[CniSettings]:
    return joined(lambda found: found or CniSettings(), view.kubernetes.evidence.cni_settings)


def _addon_settings(view: View) -> Section[AddonSettings]:
    return Collected(AddonSettings(view.snapshot.cluster.addons), view.now)


def _network_engines(view: View) -> Section[NetworkEngines]:
    evidence = view.kubernetes.evidence
    found = NetworkEngines(
        agent_enabled=joined(agent_enabled, evidence.daemon_sets),
        classes=evidence.node_classes,
        policies=joined(len, evidence.network_policies),
    )
    return Collected(found, view.now)


def _dns(view: View) -> Section[ClusterDns]:
    evidence = view.kubernetes.evidence
    deployment = coredns(known(evidence.deployments, ()))
    daemon_set = coredns(known(evidence.daemon_sets, ()))
    found = ClusterDns(
        listed=joined(lambda *_: deployment is not None, evidence.deployments, evidence.daemon_sets),
        ready=deployment.ready if deployment else 0,
        on_each_node=daemon_set is not None and daemon_set.ready > 0,
        nodes=joined(lambda placements: nodes_of(placements, "Deployment"), view.kubernetes.placements),
    )
    return Collected(found, view.now)


_COMPUTE = ("cluster", "nodegroups", "fargate_profiles", "auto_scaling_groups", "instances")

COMPONENT_RESOURCES: dict[type, ResourceProvider[Any]] = {
    Component: ResourceProvider(("daemon_sets", "deployments"), _components),
    RetiredSighting: ResourceProvider(_RETIRED_SECTIONS, _retired),
    AwsController: ResourceProvider(RUNNING_SECTIONS, _controllers),
    AddonWithRole: ResourceProvider(("addons", "addon_catalogue"), _addons_with_roles),
    OtherControllers: ResourceProvider((), _other_controllers),
    ComputeClass: ResourceProvider(_COMPUTE, _compute_classes),
}

COMPONENT_FACTS: dict[Any, FactProvider[Any]] = {
    WorkloadIdentities: FactProvider(("service_accounts", "pod_identities", "addons"), _identities),
    FargateLogging: FactProvider(("fargate_logging",), _fargate_logging),
    CniSettings: FactProvider(("cni_settings",), _cni_settings),
    AddonSettings: FactProvider(("addons",), _addon_settings),
    ClusterDns: FactProvider(("deployments", "daemon_sets", "pods"), _dns),
    ApiServices: FactProvider(
        ("api_services",), lambda view: joined(ApiServices, view.kubernetes.evidence.api_services)
    ),
    NetworkEngines: FactProvider(("daemon_sets", "node_classes", "network_policies"), _network_engines),
}
