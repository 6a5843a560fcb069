"""Pods: whose they are, what they ask for, and which of them are workloads of their own."""

from typing import Any

import msgspec
import pytest

from plumbline.adapters.kubernetes.pods import PodGathering
from plumbline.adapters.kubernetes.refusals import Refusal
from plumbline.domain.evidence.kubernetes.workloads import Pod, Pods
from tests.adapters.kubernetes.stub import NOW

HASH = "7d9f8c6b5d"
KNOWN = frozenset({("team", "api"), ("team", "api-worker")})


def pod(name: str = "api-1", owner: tuple[str, str] | None = None, **members: Any) -> dict[str, Any]:
    """A pod; `meta`, `spec` and `status` are added to what every pod has."""
    references = [{"kind": owner[0], "name": owner[1], "controller": True}] if owner else []
    meta = {"name": name, "namespace": "team", "ownerReferences": references}
    spec = {"containers": [{"name": "main", "image": "registry/app:1"}], "nodeName": "node-1"}
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    return {
        "metadata": meta | members.get("meta", {}),
        "spec": spec | members.get("spec", {}),
        "status": status | members.get("status", {}),
    }


def gather(*pods: dict[str, Any], known: frozenset[tuple[str, str]] | None = KNOWN) -> Pods:
    gathering = PodGathering(known, NOW)
    gathering.add([msgspec.Raw(msgspec.json.encode(one)) for one in pods])
    return gathering.result()


def only(**members: Any) -> Pod:
    (placed,) = gather(pod(owner=("DaemonSet", "agent"), **members)).placed
    return placed


def of_replica_set(name: str, *, label: str = HASH, **members: Any) -> dict[str, Any]:
    labels = {"pod-template-hash": label} if label else {}
    return pod("pod-1", ("ReplicaSet", name), meta={"labels": labels, **members})


# --- owners


@pytest.mark.parametrize(
    ("replica_set", "label", "owner"),
    [
        (f"api-{HASH}", HASH, ("Deployment", "api")),
        (f"api-worker-{HASH}", HASH, ("Deployment", "api-worker")),
        (f"api-{HASH}", "", ("Deployment", "api")),
        (f"other-{HASH}", HASH, ("ReplicaSet", f"other-{HASH}")),
        ("api", "", ("ReplicaSet", "api")),
        ("api", HASH, ("ReplicaSet", "api")),
    ],
)
def test_a_replica_set_is_its_deployments(replica_set: str, label: str, owner: tuple[str, str]) -> None:
    found = gather(of_replica_set(replica_set, label=label))
    assert (found.placed[0].owner_kind, found.placed[0].owner) == owner
    assert [(one.kind, one.name) for one in found.bare] == ([owner] if owner[0] == "ReplicaSet" else [])


def test_a_deployment_of_another_namespace_is_another() -> None:
    one = of_replica_set(f"api-{HASH}")
    one["metadata"]["namespace"] = "elsewhere"
    assert gather(one).placed[0].owner_kind == "ReplicaSet"


def test_without_the_deployments_replica_sets_are_taken_for_theirs() -> None:
    found = gather(of_replica_set(f"other-{HASH}"), known=None)
    assert (found.placed[0].owner_kind, found.placed[0].owner, found.bare) == ("Deployment", "other", ())


def test_a_pod_younger_than_the_list_of_deployments_may_be_of_one_that_is_not_on_it() -> None:
    found = gather(of_replica_set(f"new-{HASH}", creationTimestamp="2026-03-01T12:00:01Z"))
    assert (found.placed[0].owner_kind, found.bare) == ("Deployment", ())
    older = gather(of_replica_set(f"new-{HASH}", creationTimestamp="2026-03-01T11:59:59Z"))
    assert older.placed[0].owner_kind == "ReplicaSet"


def test_the_first_pod_of_a_replica_set_tells_what_it_is() -> None:
    pods = [of_replica_set("rollout-1", label="") for _ in range(3)]
    for number, one in enumerate(pods):
        one["metadata"]["name"] = f"rollout-1-{number}"
        one["spec"] = one["spec"] | {"nodeName": f"node-{number}"}
    pods[1]["status"]["conditions"] = []
    (workload,) = gather(*pods).bare
    assert (workload.kind, workload.path) == ("ReplicaSet", "team/rollout-1")
    assert (workload.replicas, workload.desired, workload.ready) == (3, 3, 2)
    assert workload.template.node_name == ""
    assert [container.image for container in workload.template.containers] == ["registry/app:1"]


def test_the_order_of_pages_does_not_matter() -> None:
    gathering = PodGathering(KNOWN, NOW)
    for name in ("a", "b"):
        gathering.add([msgspec.Raw(msgspec.json.encode(pod(name, ("ReplicaSet", "rs"))))])
    assert gathering.result().bare[0].replicas == 2


def test_a_pod_without_controller_is_a_workload_of_its_own() -> None:
    found = gather(pod("naked", meta={"labels": {"a": "b"}}))
    (workload,) = found.bare
    assert (workload.kind, workload.path, workload.labels, workload.owner) == ("Pod", "team/naked", {"a": "b"}, "")
    assert workload.replicas is None
    assert (found.placed[0].owner_kind, found.placed[0].owner) == ("", "")


def test_an_owner_that_does_not_control_is_none() -> None:
    one = pod("naked", meta={"ownerReferences": [{"kind": "ReplicaSet", "name": "rs", "controller": False}]})
    assert [workload.kind for workload in gather(one).bare] == ["Pod"]


@pytest.mark.parametrize(
    "one",
    [
        pod(meta={"annotations": {"kubernetes.io/config.mirror": "0123"}}),
        pod(owner=("Node", "node-1"), meta={"annotations": {"kubernetes.io/config.mirror": "0123"}}),
        pod(meta={"ownerReferences": [{"kind": "Node", "name": "node-1"}]}),
        pod("node-debugger-node-1-x7k2p"),
        pod(meta={"labels": {"app.kubernetes.io/managed-by": "kubectl-debug"}}),
        pod(owner=("Workflow", "build")),
        pod(owner=("StatefulSet", "db")),
        pod(owner=("Job", "once")),
    ],
)
def test_what_is_nobodys_workload_is_still_placed(one: dict[str, Any]) -> None:
    found = gather(one)
    assert (len(found.placed), found.bare) == (1, ())


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_pods_that_have_ended_are_left_out(phase: str) -> None:
    assert gather(pod("naked", status={"phase": phase})) == Pods()


def test_pods_that_wait_for_a_node_are_not() -> None:
    found = gather(pod("waiting", spec={"nodeName": None}, status={"phase": "Pending", "conditions": None}))
    assert (found.placed[0].node, found.placed[0].phase, found.placed[0].ready) == ("", "Pending", False)


# --- what they ask for


def asking(cpu: str | None = None, memory: str | None = None, **members: Any) -> dict[str, Any]:
    requests = {name: value for name, value in (("cpu", cpu), ("memory", memory)) if value is not None}
    return {"name": "c", "resources": {"requests": requests}, **members}


def sidecar(cpu: str, memory: str = "0") -> dict[str, Any]:
    return asking(cpu, memory, restartPolicy="Always")


@pytest.mark.parametrize(
    ("spec", "cpu", "memory"),
    [
        ({"containers": [asking("250m", "1Gi"), asking("1", "512Mi")]}, 1250, 1536 * 2**20),
        ({"containers": [{"name": "c"}]}, 0, 0),
        ({"containers": [asking("1")], "initContainers": [asking("500m"), asking("800m")]}, 1000, 0),
        ({"containers": [asking("1")], "initContainers": [asking("2"), asking("1500m")]}, 2000, 0),
        ({"containers": [asking("1")], "initContainers": [sidecar("200m", "64Mi")]}, 1200, 64 * 2**20),
        ({"containers": [asking("1")], "initContainers": [sidecar("200m"), asking("2")]}, 2200, 0),
        ({"containers": [asking("1")], "initContainers": [asking("2"), sidecar("200m")]}, 2000, 0),
        ({"containers": [asking("1")], "overhead": {"cpu": "250m", "memory": "120Mi"}}, 1250, 120 * 2**20),
        ({"containers": [asking("1", "1Gi")], "resources": {"requests": {"cpu": "3"}}}, 3000, 2**30),
        ({"containers": [asking("100u", "1500m")]}, 1, 2),
    ],
)
def test_requests_are_counted_as_the_scheduler_does(spec: dict[str, Any], cpu: int, memory: int) -> None:
    found = only(spec=spec)
    assert (found.cpu, found.memory) == (cpu, memory)


@pytest.mark.parametrize("quantity", ["", "much", "1e999999999", "9" * 400, "9E"])
def test_a_quantity_that_is_none_is_told_with_the_pod(quantity: str) -> None:
    with pytest.raises(Refusal, match="pods"):
        gather(pod("odd", spec={"containers": [asking(quantity)]}))


def test_claims_are_those_it_names_and_those_made_for_it() -> None:
    volumes = [
        {"name": "a", "persistentVolumeClaim": {"claimName": "data-0"}},
        {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {}}},
        {"name": "b", "emptyDir": {}},
    ]
    assert only(spec={"volumes": volumes}).claims == ("data-0", "api-1-scratch")


@pytest.mark.parametrize(
    ("spec", "windows"),
    [
        ({}, False),
        ({"os": {"name": "windows"}}, True),
        ({"os": {"name": "linux"}, "nodeSelector": {"kubernetes.io/os": "windows"}}, False),
        ({"nodeSelector": {"kubernetes.io/os": "windows"}}, True),
    ],
)
def test_windows(spec: dict[str, Any], *, windows: bool) -> None:
    assert only(spec=spec).windows is windows


def test_what_else_is_kept() -> None:
    found = only(
        spec={"hostNetwork": True}, meta={"annotations": {"CapacityProvisioned": "0.25vCPU 0.5GB", "big": "x" * 10_000}}
    )
    assert (found.host_network, found.provisioned, found.node, found.namespace) == (
        True,
        "0.25vCPU 0.5GB",
        "node-1",
        "team",
    )


def test_images_are_told_once_with_those_of_init_containers() -> None:
    spec = {"initContainers": [{"name": "i", "image": "registry/init:2"}]}
    found = gather(pod(spec=spec), pod("other", spec=spec))
    assert found.images == ("registry/app:1", "registry/init:2")


def test_nulls_are_absent_members() -> None:
    one = pod("naked", meta={"labels": None, "annotations": None, "ownerReferences": None})
    one["spec"] |= {"initContainers": None, "volumes": None, "affinity": None, "nodeSelector": None}
    assert [workload.name for workload in gather(one).bare] == ["naked"]


def test_a_pod_that_does_not_fit_is_named_with_the_field() -> None:
    with pytest.raises(Refusal, match=r"pods team/odd: Expected `bool`, got `str` - at `\$\.spec\.hostNetwork`"):
        gather(pod("odd", spec={"hostNetwork": "yes"}))
