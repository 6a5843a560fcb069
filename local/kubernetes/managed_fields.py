"""`metadata.managedFields`: who set which field, the part of an object that is longer than what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Object = dict[str, Any]
_UNMANAGED = frozenset({"creationTimestamp", "managedFields", "name", "namespace", "resourceVersion", "uid"})
# By what the items of lists are told apart.
_KEYS = {"containers": "name", "initContainers": "name", "volumes": "name", "env": "name", "ports": "containerPort",
         "volumeMounts": "mountPath", "conditions": "type"}  # fmt: skip


def managed_fields(one: Mapping[str, Any], manager: str) -> list[Object]:
    """The entries for an object that `manager` applied and whose status the control plane keeps."""
    metadata = {key: value for key, value in one.get("metadata", {}).items() if key not in _UNMANAGED}
    time = one.get("metadata", {}).get("creationTimestamp")
    content = {
        key: value for key, value in one.items() if key not in ("kind", "apiVersion", "metadata", "status") and value
    }
    fields = {**({"f:metadata": fields_of(metadata)} if metadata else {}), **fields_of(content)}
    entries = [_entry(one, manager, time, fields)]
    if one.get("status"):
        status = {"f:status": fields_of(one["status"])}
        entries.append({**_entry(one, "kube-controller-manager", time, status), "subresource": "status"})
    return entries


def _entry(one: Mapping[str, Any], manager: str, time: str | None, fields: Object) -> Object:
    return {
        "manager": manager,
        "operation": "Update",
        "apiVersion": one["apiVersion"],
        **({"time": time} if time else {}),
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }


def fields_of(value: Mapping[str, Any]) -> Object:
    """The set of fields, as FieldsV1 writes it."""
    return {f"f:{key}": _field(key, member) for key, member in value.items()}


def _field(name: str, value: Any) -> Object:
    if isinstance(value, Mapping):
        return {".": {}, **fields_of(value)} if value else {}
    key = _KEYS.get(name)
    if key and isinstance(value, list) and all(isinstance(one, Mapping) and key in one for one in value):
        own: Object = {".": {}}
        for one in value:
            index = f'"{one[key]}"' if isinstance(one[key], str) else one[key]
            own[f'k:{{"{key}":{index}}}'] = {".": {}, **fields_of(one)}
        return own
    return {}
