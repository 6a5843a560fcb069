"""The APIService objects that the API server makes for the groups that it serves itself."""

from __future__ import annotations

from typing import Any

from local.kubernetes.kinds import Kind


def api_services(kinds: list[Kind]) -> list[dict[str, Any]]:
    """One for each group and version of these kinds that no other server serves."""
    served = {(kind.group, kind.version): kind.custom for kind in kinds if not kind.aggregated}
    return [_api_service(group, version, custom=custom) for (group, version), custom in served.items()]


def _api_service(group: str, version: str, *, custom: bool) -> dict[str, Any]:
    available = {
        "type": "Available",
        "status": "True",
        "reason": "Local",
        "message": "Local APIServices are always available",
    }
    return {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {
            "name": f"{version}.{group}",
            "labels": {"kube-aggregator.kubernetes.io/automanaged": "true" if custom else "onstart"},
        },
        "spec": {
            **({"group": group} if group else {}),
            "version": version,
            "groupPriorityMinimum": 1000 if custom else 17800,
            "versionPriority": 100 if custom else 15,
        },
        "status": {"conditions": [available]},
    }
