"""The insides of the example clusters agree with their AWS side, and show what Kubernetes controls judge."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest
import yaml

from local.fleet.build import build_world
from local.fleet.build_kubernetes import KUBERNETES, build_kubernetes
from local.fleet.kubernetes_manifest import KubernetesManifest
from local.fleet.loading import load_fleet
from local.fleet.site import ClusterSite
from local.kubernetes.components import COMPONENTS, ComponentError, component
from local.kubernetes.kinds import BY_PATH
from local.kubernetes.paging import Listing, page
from local.kubernetes.rbac import AUTHENTICATED, Action, User, allowed
from local.kubernetes.state import ClusterState
from local.simulators.world import World
from plumbline.adapters.kubernetes import permissions
from tests.local.conftest import NOW

FLEET = load_fleet()
INSIDE = [one.name for one in FLEET.clusters if one.status != "CREATING"]
READER = User("plumbline", ("plumbline", AUTHENTICATED))
# Kinds of evidence plan D.5 that every cluster has: group and plural.
LISTED = [
    *(("", plural) for plural in ("namespaces", "nodes", "pods", "services", "serviceaccounts", "persistentvolumes",
                                  "persistentvolumeclaims", "resourcequotas", "limitranges")),
    *(("apps", plural) for plural in ("deployments", "statefulsets", "daemonsets")),
    ("batch", "jobs"), ("batch", "cronjobs"),
    ("policy", "poddisruptionbudgets"), ("autoscaling", "horizontalpodautoscalers"),
    *(("networking.k8s.io", plural) for plural in ("networkpolicies", "ingresses", "ingressclasses")),
    ("storage.k8s.io", "storageclasses"), ("storage.k8s.io", "csidrivers"),
    *(("rbac.authorization.k8s.io", plural) for plural in ("roles", "rolebindings", "clusterroles",
                                                           "clusterrolebindings")),
    ("apiregistration.k8s.io", "apiservices"),
]  # fmt: skip
OPTIONAL = [
    ("karpenter.sh", "nodepools"), ("karpenter.k8s.aws", "ec2nodeclasses"), ("eks.amazonaws.com", "nodeclasses"),
    ("crd.k8s.amazonaws.com", "eniconfigs"), ("autoscaling.k8s.io", "verticalpodautoscalers"),
    ("keda.sh", "scaledobjects"), ("elbv2.k8s.aws", "ingressclassparams"),
    ("eks.amazonaws.com", "ingressclassparams"), ("gateway.networking.k8s.io", "gateways"),
    ("kyverno.io", "clusterpolicies"), ("templates.gatekeeper.sh", "constrainttemplates"),
    ("cilium.io", "ciliumclusterwidenetworkpolicies"), ("crd.projectcalico.org", "globalnetworkpolicies"),
    ("admissionregistration.k8s.io", "validatingadmissionpolicies"),
    ("admissionregistration.k8s.io", "validatingadmissionpolicybindings"),
]  # fmt: skip


@cache
def world() -> World:
    return build_world(FLEET, lambda: NOW)


@cache
def site(name: str) -> ClusterSite:
    manifest = next(one for one in FLEET.clusters if one.name == name)
    return ClusterSite(manifest, world().place(manifest.account, manifest.region), world().catalogue, NOW)


@cache
def inside(name: str) -> ClusterState:
    return build_kubernetes(site(name))


def objects(name: str, plural: str, group: str = "") -> list[dict[str, Any]]:
    return inside(name).objects(BY_PATH[group, plural])


def names(found: Iterable[dict[str, Any]]) -> set[str]:
    return {one["metadata"]["name"] for one in found}


@pytest.mark.parametrize("name", INSIDE)
def test_nodes_are_the_instances(name: str) -> None:
    tag = f"kubernetes.io/cluster/{name}"
    instances = {row["InstanceId"] for row in site(name).place.instances if tag in [one["Key"] for one in row["Tags"]]}
    nodes = objects(name, "nodes")
    assert {one["spec"]["providerID"].rpartition("/")[2] for one in nodes if "providerID" in one["spec"]} == instances
    groups = {one["metadata"]["labels"].get("eks.amazonaws.com/nodegroup") for one in nodes} - {None}
    assert groups == {group.name for group in site(name).manifest.nodegroups if group.sizes[1]}


def test_every_kind_of_pool_has_nodes() -> None:
    labels = [one["metadata"]["labels"] for name in INSIDE for one in objects(name, "nodes")]
    assert {one.get("eks.amazonaws.com/compute-type") for one in labels} == {None, "auto", "fargate", "hybrid"}
    assert {one["karpenter.sh/nodepool"] for one in labels if "karpenter.sh/nodepool" in one} == {
        "anything", "default", "experiments", "general-purpose",
    }  # fmt: skip
    unmanaged = [one for one in labels if not any("amazonaws" in key or "karpenter" in key for key in one)]
    assert len(unmanaged) == sum(group.size for one in FLEET.clusters for group in one.self_managed_groups)


@pytest.mark.parametrize("name", INSIDE)
def test_pods_are_on_nodes_of_their_cluster(name: str) -> None:
    nodes = names(objects(name, "nodes"))
    running = [pod for pod in objects(name, "pods") if pod["status"]["phase"] == "Running"]
    assert {pod["spec"]["nodeName"] for pod in running} <= nodes
    waiting = {pod["metadata"]["name"].partition("-")[0] for pod in objects(name, "pods") if pod not in running}
    assert waiting == {"shop-dev": {"recommender"}, "hackathon": {"coredns"}}.get(name, set())


@pytest.mark.parametrize("kind", [*LISTED, *OPTIONAL], ids=lambda kind: f"{kind[1]}.{kind[0]}")
def test_every_kind_that_is_read_has_objects(kind: tuple[str, str]) -> None:
    assert any(inside(name).count(BY_PATH[kind]) for name in INSIDE if name != "data-lake")


@pytest.mark.parametrize("name", ["payments-prod", "shop-prod", "platform-sandbox"])
def test_the_reader_may_list_what_is_read_and_nothing_else(name: str) -> None:
    for group, plural in [*LISTED, *OPTIONAL]:
        assert allowed(inside(name), READER, Action("list", group, plural))
        assert not allowed(inside(name), READER, Action("get", group, plural, name="x"))
    for plural in ("secrets", "configmaps", "events"):
        assert not allowed(inside(name), READER, Action("list", "", plural))


def test_some_clusters_do_not_let_everything_be_read() -> None:
    refused = [
        plural
        for group, plural in LISTED
        if not allowed(inside("observability"), READER, Action("list", group, plural))
    ]
    assert {"statefulsets", "roles", "ingresses"} <= set(refused)
    assert "pods" not in refused
    assert "plumbline-reader" not in "".join(site("ledger-prod").place.clusters["ledger-prod"].access_entries)


def test_volumes_are_those_of_the_account() -> None:
    for name in INSIDE:
        known = {row["VolumeId"] for row in site(name).place.volumes}
        handles = {
            one["spec"]["csi"]["volumeHandle"]
            for one in objects(name, "persistentvolumes")
            if one["spec"].get("csi", {}).get("driver") == "ebs.csi.aws.com"
        }
        assert handles <= known


def test_the_files_are_of_clusters_that_exist() -> None:
    assert {file.stem for file in KUBERNETES.glob("*.yaml")} <= set(INSIDE)
    used = {name for file in KUBERNETES.glob("*.yaml") for name in _components(file.read_text())}
    assert {file.stem for file in COMPONENTS.glob("*.yaml")} - {"application"} <= used


def _components(text: str) -> list[str]:
    line = next((one for one in text.splitlines() if one.startswith("components:")), "components: []")
    found: list[str] = yaml.safe_load(line)["components"]
    return found


def test_a_cluster_is_the_same_on_every_day() -> None:
    def listed(years: int) -> list[str]:
        now = NOW.replace(year=NOW.year + years)
        other = build_world(FLEET, lambda: now)
        manifest = site("payments-prod").manifest
        place = other.place(manifest.account, manifest.region)
        state = build_kubernetes(ClusterSite(manifest, place, other.catalogue, now))
        return [one["metadata"]["name"] for kind in state.kinds() for one in state.objects(kind)]

    assert listed(0) == listed(3)


def test_an_object_is_merged_into_that_of_a_component_or_takes_it_away() -> None:
    manifest = KubernetesManifest(
        components=("system", "dns"),
        objects=(
            {
                "kind": "Deployment",
                "metadata": {"name": "coredns", "namespace": "kube-system"},
                "spec": {"replicas": 5},
            },
            {"kind": "Service", "metadata": {"name": "kube-dns", "namespace": "kube-system"}, "absent": True},
            {"kind": "Namespace", "metadata": {"name": "young"}, "age": 2},
        ),
    )
    state = build_kubernetes(site("payments-prod"), manifest)
    (coredns,) = state.objects(BY_PATH["apps", "deployments"])
    assert coredns["spec"]["replicas"] == coredns["status"]["readyReplicas"] == 5
    assert names(state.objects(BY_PATH["", "services"])) == {"kubernetes"}
    young = next(one for one in state.objects(BY_PATH["", "namespaces"]) if one["metadata"]["name"] == "young")
    assert young["metadata"]["creationTimestamp"] == (NOW - dt.timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_component_that_wants_an_unknown_value_is_refused() -> None:
    with pytest.raises(ComponentError, match=r"network\.yaml: KeyError: 'region'"):
        component("network", {"account": "1"})
    with pytest.raises(ComponentError, match="No such file"):
        component("nowhere", {})


def test_a_list_of_a_namespace_holds_only_its_objects() -> None:
    found = page(inside("payments-prod"), Listing(BY_PATH["", "pods"], "payments"))
    assert found.count(b'"namespace":"payments"') >= 2
    assert b'"namespace":"kube-system"' not in found


def test_the_reader_is_granted_what_plumbline_asks_for() -> None:
    def grants(found: Iterable[dict[str, Any]]) -> set[tuple[str, ...]]:
        return {
            (one["metadata"].get("namespace", ""), group, resource, verb, *sorted(rule.get("resourceNames", ())))
            for one in found
            if one["kind"] in ("ClusterRole", "Role")
            for rule in one["rules"]
            for group in rule["apiGroups"]
            for resource in rule["resources"]
            for verb in rule["verbs"]
        }

    assert grants(component("reader", {})) == grants(permissions.objects())
