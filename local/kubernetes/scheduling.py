"""Where pods go: a small scheduler for the example fleet, and the owners' status that follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Object = dict[str, Any]
_KEEPS_OFF = frozenset({"NoSchedule", "NoExecute"})


def fitting(spec: Mapping[str, Any], nodes: Iterable[Object]) -> list[Object]:
    """The nodes on which a pod of this spec may run."""
    return [node for node in nodes if _fits(spec, node)]


def placed(spec: Mapping[str, Any], nodes: Sequence[Object], count: int, start: int, *, packed: bool) -> list[str]:
    """The node of each of so many pods, empty where none fits; `packed` puts all of them on one node."""
    candidates = [node["metadata"]["name"] for node in fitting(spec, nodes)]
    if not candidates:
        return [""] * count
    if packed:
        return [candidates[0]] * count
    return [candidates[(start + number) % len(candidates)] for number in range(count)]


def _fits(spec: Mapping[str, Any], node: Object) -> bool:
    labels = node["metadata"]["labels"]
    if labels.get("eks.amazonaws.com/compute-type") == "fargate" or node["spec"].get("unschedulable"):
        return False
    selected = all(labels.get(key) == value for key, value in (spec.get("nodeSelector") or {}).items())
    return selected and _is_attracted(spec, labels) and _is_tolerated(spec, node["spec"].get("taints") or ())


def _is_attracted(spec: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if not required:
        return True
    return any(
        all(_matches(one, labels) for one in term.get("matchExpressions") or ())
        for term in required["nodeSelectorTerms"]
    )


def _matches(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value, values = labels.get(expression["key"]), expression.get("values") or ()
    match expression["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    return False


def _is_tolerated(spec: Mapping[str, Any], taints: Iterable[Mapping[str, str]]) -> bool:
    tolerations = spec.get("tolerations") or ()
    return all(any(_tolerates(one, taint) for one in tolerations) for taint in taints if taint["effect"] in _KEEPS_OFF)


def _tolerates(toleration: Mapping[str, str], taint: Mapping[str, str]) -> bool:
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, "", taint["key"])
    return toleration.get("key") == taint["key"] and toleration.get("value", "") == taint.get("value", "")


def status_of(kind: str, wanted: int, running: int) -> Object:
    """The status that a controller gives an owner of so many wanted and running pods."""
    match kind:
        case "DaemonSet":
            return {
                "currentNumberScheduled": wanted,
                "desiredNumberScheduled": wanted,
                "numberAvailable": running,
                "numberMisscheduled": 0,
                "numberReady": running,
                "observedGeneration": 1,
                "updatedNumberScheduled": wanted,
            }
        case "Job":
            return {"active": running, "ready": running} if wanted else {"succeeded": 1}
    status: Object = {"observedGeneration": 1, "replicas": wanted, "updatedReplicas": wanted}
    if running:
        status |= {"readyReplicas": running, "availableReplicas": running}
    if wanted > running:
        status["unavailableReplicas"] = wanted - running
    return status
