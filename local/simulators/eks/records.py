"""What every EKS operation needs: find a resource, refuse a busy one, start an update and let it settle."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

from local.simulators.calls import Call
from local.simulators.errors import AwsError
from local.simulators.world import Cluster, Row

_IN_TRANSITION = ("CREATING", "UPDATING", "DELETING")


def cluster_of(call: Call) -> Cluster:
    """The cluster that a call names, with the updates that are over by now settled."""
    name = call.params.get("clusterName") or call.params["name"]
    cluster = call.place.clusters.get(name)
    if cluster is None:
        raise AwsError("ResourceNotFoundException", f"No cluster found for name: {name}.")
    _settle(cluster, call.world.clock())
    return cluster


def part_of(parts: dict[str, Row], kind: str, name: str) -> Row:
    """One part of a cluster (node group, add-on, ...) by its name or id."""
    if name not in parts:
        raise AwsError("ResourceNotFoundException", f"No {kind} found for name: {name}.")
    return parts[name]


def refuse_existing(parts: dict[str, Any], kind: str, name: str) -> None:
    """The error of a Create call for a name that is taken."""
    if name in parts:
        raise AwsError("ResourceInUseException", f"{kind} already exists with name: {name}")


def start_update(call: Call, cluster: Cluster, target: Row, kind: str, changes: Row) -> dict[str, Any]:
    """Records an update of `target` (the cluster's or a part's description) and answers it.

    The target is UPDATING until the world's settling time has passed; the next call sees it settled.
    """
    if target["status"] in _IN_TRANSITION:
        raise AwsError("ResourceInUseException", f"Cannot {kind} because the resource is {target['status']}")
    now = call.world.clock()
    update: Row = {
        "id": str(uuid.uuid4()),
        "status": "InProgress",
        "type": kind,
        "createdAt": now,
        "errors": [],
        "params": [{"type": name, "value": _text(value)} for name, value in changes.items()],
        "_target": target,
        "_settles_at": now + dt.timedelta(seconds=call.world.settle_seconds),
    }
    target["status"] = "UPDATING"
    cluster.updates[update["id"]] = update
    return {"update": dict(update)}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _settle(cluster: Cluster, now: dt.datetime) -> None:
    for update in cluster.updates.values():
        if update["status"] == "InProgress" and now >= update["_settles_at"]:
            update["status"] = "Successful"
            if update["_target"]["status"] == "UPDATING":
                update["_target"]["status"] = "ACTIVE"
