"""Tools: found by the signatures of the tables, or known to be missing from the evidence."""

import re
from datetime import UTC, datetime

import pytest

from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.section import Collected
from plumbline.domain.image_names import repository_of, tag_of, within_registry
from plumbline.domain.providers import FACTS
from plumbline.domain.signatures import Signature, in_group, retired_table, tool_table, tools_by_image
from plumbline.domain.tools import RunningTools, Tools
from plumbline.domain.view import View
from tests.unit.baseline import NOW, compliant, read
from tests.unit.changes import Change, all_of, each, section, without
from tests.unit.controls.system import put, running, with_addon
from tests.unit.kubernetes_baseline import component, csi_drivers, workload


def tools(*changes: Change) -> Tools:
    found = FACTS[Tools].build(View(all_of(*changes)(compliant()), NOW))
    assert isinstance(found, Collected)
    assert isinstance(found.value, Tools)
    return found.value


def names(found: Tools, category: str) -> list[str]:
    return [tool.name for tool in found.seen(category)]


@pytest.mark.parametrize(
    ("image", "repository", "tag", "inside"),
    [
        ("redis", "redis", "", "redis"),
        ("docker.io/library/Redis:7", "docker.io/library/Redis", "7", "library/redis"),
        ("registry:5000/a/b", "registry:5000/a/b", "", "a/b"),
        ("localhost/a:1@sha256:00", "localhost/a", "1", "a"),
        ("grafana/grafana:12", "grafana/grafana", "12", "grafana/grafana"),
        ("ghcr.io/a/b@sha256:00", "ghcr.io/a/b", "", "a/b"),
    ],
)
def test_an_image_reference_is_taken_apart(image: str, repository: str, tag: str, inside: str) -> None:
    assert (repository_of(image), tag_of(image), within_registry(image)) == (repository, tag, inside)


@pytest.mark.parametrize(
    ("image", "tool"),
    [
        ("602401143452.dkr.ecr.eu-west-1.amazonaws.com/aws-for-fluent-bit:3", "Fluent Bit"),
        ("public.ecr.aws/karpenter/controller:1.8.0", "Karpenter"),
        ("registry.example.com/mirror/Falcosecurity/FALCO:1", "Falco"),
        ("jaegertracing/all-in-one:1", "Jaeger"),
    ],
)
def test_a_signature_is_a_part_of_the_repository_after_the_registry(image: str, tool: str) -> None:
    assert tool in {signature.tool for signature in tools_by_image(image)}


def test_a_registry_is_no_signature() -> None:
    assert tools_by_image("falco.example.com/shop/web:1") == ()


def test_an_api_group_matches_as_it_is_or_below() -> None:
    assert in_group("s3.services.k8s.aws", ("*.services.k8s.aws",))
    assert in_group("keda.sh", ("keda.sh",))
    assert not in_group("eventing.keda.sh", ("keda.sh",))
    assert not in_group("services.k8s.aws", ("*.services.k8s.aws",))


def test_tools_are_found_by_image_group_addon_capability_and_driver() -> None:
    found = tools(
        running("Deployment", "traefik", "docker.io/traefik:v3.1"),
        section("api_groups", read({"keda.sh": ("v1",), "s3.services.k8s.aws": ("v1",)})),
        section("capabilities", read(("ARGOCD",))),
        with_addon("adot"),
        each("csi_drivers", *csi_drivers()),
    )
    [traefik] = found.of("ingress")
    assert (traefik.kind, traefik.path, traefik.namespace) == ("Deployment", "kube-system/traefik", "kube-system")
    assert (traefik.version, traefik.ready, traefik.desired) == ("v3.1", 3, 3)
    assert names(found, "autoscaler") == ["Cluster Autoscaler", "KEDA"]
    assert names(found, "gitops") == ["Argo CD"]
    assert names(found, "provisioning") == ["ACK"]
    assert names(found, "storage") == ["EBS CSI", "EFS CSI"]
    assert "ADOT" in names(found, "metrics")
    assert [tool.path for tool in found.named("Fluent Bit")] == ["kube-system/fluent-bit"]


def test_a_database_is_one_where_it_keeps_its_state() -> None:
    exporter = component("Deployment", "exporter", "docker.io/library/redis:8")
    assert names(tools(put(exporter)), "database") == []
    assert names(tools(put(workload("StatefulSet", name="redis", template=exporter.template))), "database") == ["Redis"]


def test_a_part_of_a_tool_that_does_not_call_aws_is_no_controller() -> None:
    image = "ghcr.io/external-secrets/external-secrets:v1"
    found = tools(
        running("Deployment", "external-secrets", image), running("Deployment", "external-secrets-webhook", image)
    )
    assert [tool.path for tool in found.seen("aws-controller") if tool.name == "external-secrets"] == [
        "kube-system/external-secrets"
    ]


@pytest.mark.parametrize(
    ("category", "lost", "known"),
    [
        ("autoscaler", "deployments", False),
        ("autoscaler", "api_groups", False),
        ("autoscaler", "addons", True),
        ("mesh", "deployments", True),
        ("gitops", "capabilities", False),
        ("storage", "csi_drivers", False),
        ("database", "deployments", True),
        ("database", "stateful_sets", False),
    ],
)
def test_absence_needs_the_lists_that_could_show_the_tool_and_no_others(category: str, lost: str, known: bool) -> None:
    found = tools(without(lost))
    if known:
        found.of(category)
    else:
        with pytest.raises(EvidenceMissing):
            found.of(category)


def test_what_one_list_shows_is_seen_though_another_is_missing() -> None:
    found = tools(without("api_groups"))
    assert [tool.name for tool in found.seen("autoscaler")] == ["Cluster Autoscaler"]
    assert [tool.name for tool in found.named("Cluster Autoscaler")] == ["Cluster Autoscaler"]
    with pytest.raises(EvidenceMissing):
        found.named("KEDA")
    assert found.seen_named("KEDA") == ()


def test_only_the_lists_of_workloads_tell_what_runs() -> None:
    change = all_of(without("addons"), without("api_groups"), without("deployments"))
    section_of = FACTS[RunningTools].build(View(change(compliant()), NOW))
    assert isinstance(section_of, Collected)
    found: RunningTools = section_of.value
    assert [tool.name for tool in found.of("log-agent", "DaemonSet")] == ["Fluent Bit"]
    with pytest.raises(EvidenceMissing):
        found.of("log-agent")
    with pytest.raises(EvidenceMissing):
        found.complete()
    assert [tool.path for tool in found.with_image(["FLUENT-bit"])] == ["kube-system/fluent-bit"]


def test_a_tool_runs_when_enough_of_its_pods_are_ready() -> None:
    [agent] = tools(running("DaemonSet", "fluent-bit", "fluent-bit:1", ready=9, desired=10)).of("log-agent")
    assert agent.runs(0.9)
    assert not agent.runs(0.95)
    [agent] = tools(running("DaemonSet", "fluent-bit", "fluent-bit:1", ready=0, desired=0)).of("log-agent")
    assert not agent.runs(0.9)


# --- the tables themselves


def is_lower_case(signature: Signature) -> bool:
    return all(part == part.lower() for part in (*signature.images, *signature.groups, *signature.csi_drivers))


def test_the_tables_are_dated_and_well_formed() -> None:
    table = tool_table()
    assert datetime(2026, 1, 1, tzinfo=UTC).date() < table.as_of
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", one.category) for one in table.signatures)
    assert all(one.places for one in table.signatures)
    assert all(is_lower_case(one) for one in table.signatures)
    pairs = [(one.category, one.tool) for one in table.signatures]
    assert len(set(pairs)) == len(pairs)
    assert len({one.category for one in table.signatures}) == 24


def test_every_retired_component_can_be_recognised() -> None:
    table = retired_table()
    assert datetime(2026, 1, 1, tzinfo=UTC).date() < table.as_of
    assert all(one.images or one.groups or one.versions or one.host_paths for one in table.components)
    assert all(one.status and one.successor for one in table.components)
    assert len({one.component for one in table.components}) == len(table.components) == 13
