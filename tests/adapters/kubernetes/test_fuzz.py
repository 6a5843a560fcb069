"""Whatever an API server answers, nothing is raised and nothing unreadable is taken for evidence."""

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plumbline.adapters.kubernetes.connection import JSON
from plumbline.adapters.kubernetes.kinds import KINDS, Kind
from plumbline.adapters.kubernetes.lists import gathered
from plumbline.adapters.kubernetes.pods import PodGathering
from plumbline.adapters.kubernetes.readers import READERS, ObjectGathering
from plumbline.adapters.kubernetes.refusals import Refusal, refused_with
from plumbline.domain.evidence.kubernetes.workloads import Pods
from plumbline.domain.evidence.section import Collected
from plumbline.domain.kubernetes_evidence import KubernetesEvidence
from tests.adapters.kubernetes.stub import AT_ONCE, NOW

# Legal names are narrower; labels and annotations may hold nearly anything.
NAMES = st.from_regex(r"[a-z0-9]([-a-z0-9.]{0,40}[a-z0-9])?", fullmatch=True)
TEXTS = st.text(max_size=12) | st.just("x" * 5_000)
JSONS: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
MEMBERS = (
    "spec", "status", "metadata", "name", "namespace", "labels", "annotations", "ownerReferences", "kind", "controller",
    "template", "containers", "initContainers", "image", "env", "value", "valueFrom", "resources", "requests", "limits",
    "cpu", "memory", "ports", "securityContext", "volumes", "affinity", "data", "rules", "subjects", "roleRef",
    "jobTemplate", "selector", "matchLabels", "matchExpressions", "type", "creationTimestamp", "replicas", "conditions",
    "readinessProbe", "httpGet", "exec", "lifecycle", "preStop", "validate", "failureAction", "phase", "nodeName",
)  # fmt: skip
LIKELY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | NAMES | st.sampled_from(["1", "250m", "1Gi", "Always", ""]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=5),
    max_leaves=25,
)
QUICKLY = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Answers:
    """A connection that answers every request with the same body."""

    limits = AT_ONCE

    def __init__(self, body: bytes) -> None:
        self.body = body

    def get(self, path: str, accept: str = JSON) -> bytes:
        return self.body


def page(*items: Any) -> bytes:
    return msgspec.json.encode({"kind": "AnyList", "metadata": {}, "items": items})


def read(kind: Kind, body: bytes) -> Any:
    """Return what is kept of a page, or the refusal."""
    try:
        if kind.section == "pods":
            return gathered(Answers(body), kind, "v1", msgspec.Raw, lambda: PodGathering(frozenset(), NOW))  # type: ignore[arg-type]
        reader = READERS[kind.section]
        return gathered(Answers(body), kind, "v1", reader.wire, lambda: ObjectGathering(reader, kind.label))  # type: ignore[arg-type]
    except Refusal as refusal:
        return refusal


def assert_kept_or_refused(kind: Kind, body: bytes) -> None:
    found = read(kind, body)
    if isinstance(found, Refusal):
        assert found.detail
        assert found.detail.startswith(kind.label.partition(" ")[0].partition(".")[0])
        return
    value = (found[0] if found else None) if kind.name else found
    sections: dict[str, Any] = {kind.section: Collected(value, NOW)}
    evidence = KubernetesEvidence(**sections)
    # It can be stored and is the same when it comes back.
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(evidence), type=KubernetesEvidence) == evidence


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.label)
@given(items=st.lists(JSONS | LIKELY, max_size=3))
@QUICKLY
def test_any_page(kind: Kind, items: list[Any]) -> None:
    assert_kept_or_refused(kind, page(*items))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.label)
@given(name=NAMES, labels=st.dictionaries(TEXTS, TEXTS, max_size=3), members=st.dictionaries(
    st.sampled_from(["spec", "status", "data", "rules", "subjects"]), LIKELY, max_size=2))  # fmt: skip
@QUICKLY
def test_any_object(kind: Kind, name: str, labels: dict[str, str], members: dict[str, Any]) -> None:
    metadata = {"name": name, "namespace": "team", "labels": labels, "annotations": labels}
    assert_kept_or_refused(kind, page({"metadata": metadata} | members))


@pytest.mark.parametrize("section", ["pods", "nodes", "deployments", "aws_auth"])
@given(body=st.binary(max_size=200))
@QUICKLY
def test_any_body(section: str, body: bytes) -> None:
    kind = next(kind for kind in KINDS if kind.section == section)
    assert isinstance(read(kind, body), Refusal)


@given(status=st.integers(100, 599), body=st.binary(max_size=100))
@QUICKLY
def test_any_refusal(status: int, body: bytes) -> None:
    assert refused_with(status, body, "/api").detail


NULLABLE = {
    "metadata": {
        "name": "api-1",
        "namespace": "team",
        "labels": {"a": "b"},
        "annotations": {"c": "d"},
        "creationTimestamp": "2026-03-01T11:00:00Z",
        "ownerReferences": [{"kind": "Node", "name": "n", "controller": False}],
    },
    "spec": {
        "containers": [
            {
                "name": "c",
                "image": "i",
                "env": [{"name": "A", "value": "1", "valueFrom": {"secretKeyRef": {"name": "s"}}}],
                "resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "1"}},
                "securityContext": {"capabilities": {"add": ["A"]}, "runAsUser": 1},
                "readinessProbe": {"httpGet": {"port": 1}, "periodSeconds": 1},
            }
        ],
        "volumes": [{"name": "v", "hostPath": {"path": "/"}}],
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}},
        "tolerations": [{"key": "a", "value": "b"}],
    },
    "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
}


def with_null_at(value: Any, place: int) -> tuple[Any, int]:
    """Return the value with its member of that number null, and how many members were passed."""
    if isinstance(value, dict):
        made: dict[str, Any] = {}
        for key, member in value.items():
            place -= 1
            made[key], place = (None, place) if place == 0 else with_null_at(member, place)
        return made, place
    if isinstance(value, list):
        items = []
        for member in value:
            changed, place = with_null_at(member, place)
            items.append(changed)
        return items, place
    return value, place


MEMBER_COUNT = -with_null_at(NULLABLE, 0)[1]
# Without these an object is none: it has no name, or a part of it has none.
NEEDED = ("metadata", "name")


@pytest.mark.parametrize("place", range(1, MEMBER_COUNT + 1))
def test_any_member_of_a_pod_may_be_null(place: int) -> None:
    kind = next(kind for kind in KINDS if kind.section == "pods")
    changed, _ = with_null_at(NULLABLE, place)
    found = read(kind, page(changed))
    if isinstance(found, Refusal):
        assert any(f"required field `{name}`" in found.detail for name in NEEDED)
    else:
        assert isinstance(found, Pods)
        assert len(found.placed) == 1
        assert len(found.bare) in (0, 1)
