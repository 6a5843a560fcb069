"""Add-ons: the components EKS manages fit the cluster and work."""

from typing import Literal

from plumbline.domain.components import Component
from plumbline.domain.control import Parameters, control
from plumbline.domain.errors import EvidenceUnreadable
from plumbline.domain.evidence.eks import Addon, AddonInfo, Cluster
from plumbline.domain.evidence.section import NotCollected, Section
from plumbline.domain.facts import AddonCatalogue
from plumbline.domain.health import judge_health
from plumbline.domain.image_names import tag_of
from plumbline.domain.judged import InstalledAddons, Nodes
from plumbline.domain.semver import addon_order, numbers_of
from plumbline.domain.verdict import (
    Pillar,
    Reason,
    Severity,
    Status,
    Verdict,
    failed,
    not_applicable,
    passed,
    unknown,
    warned,
)

NOT_ENOUGH_REPLICAS = "InsufficientNumberOfReplicas"


class Behind(Parameters, frozen=True):
    """What a version older than the default counts as."""

    behind: Literal["warn", "fail"] = "warn"


@control(
    "addon.version",
    title="Managed add-on version fits the cluster version and is not behind the default",
    pillar=Pillar.OPS,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL, high, when the installed version is not listed as compatible with the cluster's version. WARN (or FAIL "
        "with behind=fail) when it is older than the default for that version. UNKNOWN for an add-on that is not in "
        "the catalogue."
    ),
    remediation=(
        "aws eks update-addon --cluster-name <cluster> --addon-name <addon> --addon-version <default> "
        "--resolve-conflicts PRESERVE (OVERWRITE discards local edits)"
    ),
)
def addon_fits_the_cluster(addon: Addon, cluster: Cluster, catalogue: AddonCatalogue, p: Behind) -> Verdict:
    """An add-on that does not fit the API server fails in ways that look like the fault of the workloads.

    Versions are ordered by their numbers and the eksbuild suffix; one newer than the default is fine.
    """
    observed = {"version": addon.addon_version, "cluster_version": cluster.version}
    on_offer = catalogue.of(addon.addon_name)
    if on_offer is None:
        text = f"the catalogue of AWS has no add-on {addon.addon_name}"
        return unknown(Reason.CATALOGUE_GAP, text, observed=observed)
    default = _default_version(on_offer, cluster.version)
    compatible = _is_compatible(on_offer, addon.addon_version, cluster.version)
    expected = {"default_version": default, "compatible": compatible}
    installed = f"{addon.addon_name} {addon.addon_version}"
    if not compatible:
        text = f"{installed} is not compatible with Kubernetes {cluster.version}"
        return failed("incompatible", text, observed=observed, expected=expected, severity=Severity.HIGH)
    if default and addon_order(addon.addon_version) < addon_order(default):
        text = f"{installed} is older than {default}, the default for Kubernetes {cluster.version}"
        judged = warned if p.behind == "warn" else failed
        return judged("behind_default", text, observed=observed, expected=expected)
    return passed(f"{installed} fits Kubernetes {cluster.version}", observed=observed, expected=expected)


def _is_compatible(on_offer: AddonInfo, version: str, cluster_version: str) -> bool:
    return any(
        entry.addon_version == version and any(fit.cluster_version == cluster_version for fit in entry.compatibilities)
        for entry in on_offer.addon_versions
    )


def _default_version(on_offer: AddonInfo, cluster_version: str) -> str | None:
    defaults = (
        entry.addon_version
        for entry in on_offer.addon_versions
        for fit in entry.compatibilities
        if fit.cluster_version == cluster_version and fit.default_version
    )
    return next(defaults, None)


@control(
    "addon.health",
    title="Managed add-ons are active and healthy",
    pillar=Pillar.REL,
    severity=Severity.HIGH,
    rule=(
        "FAIL when the add-on is degraded, failed to be created, updated or deleted, or has any health issue. "
        "PASS when it is active without one. Missing replicas on a cluster without any node are low (no_compute)."
    ),
    remediation=(
        "aws eks describe-addon --cluster-name <cluster> --addon-name <addon> shows the issue; fix permissions, quota "
        "or conflicting objects, then update the add-on."
    ),
    references=('EventBridge "EKS Addon Health Degraded"',),
)
def addon_is_healthy(addon: Addon, nodes: Section[Nodes]) -> Verdict:
    """DNS, networking and storage of every workload run as add-ons; when one is ill, everything on it is.

    A cluster without nodes has nowhere to run replicas: that is worth knowing, but wakes nobody.
    """
    verdict = judge_health(f"add-on {addon.addon_name}", addon.status, addon.health.issues)
    if verdict.status is Status.FAIL and verdict.reasons == (NOT_ENOUGH_REPLICAS,) and _without_nodes(nodes):
        text = f"add-on {addon.addon_name} has no replicas because the cluster has no node"
        return failed("no_compute", text, observed=verdict.observed, severity=Severity.LOW)
    return verdict


def _without_nodes(nodes: Section[Nodes]) -> bool:
    return not isinstance(nodes, NotCollected) and nodes.value.none


KUBE_PROXY = "kube-proxy"


class Skew(Parameters, frozen=True):
    """How many minors kube-proxy may be older than the control plane."""

    max_behind: int = 3


@control(
    "addon.component-skew",
    title="Self-managed cluster components match the control plane",
    pillar=Pillar.OPS,
    severity=Severity.MEDIUM,
    rule=(
        "For kube-proxy, coredns and aws-node that no add-on manages. kube-proxy: FAIL when its minor is newer than "
        "the control plane's or more than max-behind older, WARN when it differs, PASS when it is the same. The "
        "others: WARN. UNKNOWN when an image is named by digest alone. NOT_APPLICABLE when managed or absent."
    ),
    remediation="aws eks create-addon --cluster-name <cluster> --addon-name kube-proxy --resolve-conflicts PRESERVE",
)
def components_match_the_control_plane(
    component: Component, addons: InstalledAddons, cluster: Cluster, p: Skew
) -> Verdict:
    """Components that nobody manages stay as old as the day they were installed, whatever the cluster becomes.

    A kube-proxy too far from the API server drops or misroutes traffic; an old CNI loses addresses.
    """
    name, version = component.name, tag_of(component.image)
    if not component.image:
        return not_applicable("absent", f"the cluster has no {name}")
    if component.addon in addons.names:
        return not_applicable("managed_addon", f"add-on {component.addon} manages {name}")
    observed = {"version": version, "cluster_version": cluster.version}
    if name != KUBE_PROXY:
        text = f"{name} {version} is no managed add-on: nothing keeps it fit for Kubernetes {cluster.version}"
        return warned("unmanaged_component", text, observed=observed)
    if not version:
        raise EvidenceUnreadable(f"the image of {name} has no tag that tells its version")
    behind = cluster.minor - numbers_of(version.partition("-")[0])[1]
    text = f"{name} {version} is {_distance(behind)} Kubernetes {cluster.version}"
    if behind < 0:
        return failed("newer_than_cluster", text, observed=observed)
    if behind > p.max_behind:
        return failed("too_old", text, observed=observed)
    if behind:
        return warned("older_than_cluster", text, observed=observed)
    return passed(f"{name} {version} fits Kubernetes {cluster.version}", observed=observed)


def _distance(behind: int) -> str:
    minors = "1 minor" if abs(behind) == 1 else f"{abs(behind)} minors"
    return f"{minors} newer than" if behind < 0 else f"{minors} older than"
