"""What a cluster's API server holds: objects kept as the bytes that lists consist of, and snapshots for paging."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.kubernetes.kinds import BY_NAME, KINDS, Kind
from local.kubernetes.selectors import Fields

Object = dict[str, Any]
Key = tuple[str, str]  # namespace, name
# etcd is compacted every five minutes, and with it go the snapshots that continue tokens speak of.
CONTINUE_SECONDS = 300.0


class UnknownKindError(ValueError):
    """An object is of a kind that the API server does not know."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An object: what selectors look at, and its bytes as they stand in a list.

    `values` are still to be put into the bytes, for objects of which there are too many to keep each one.
    """

    fields: Fields
    template: bytes
    values: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def key(self) -> Key:
        """Namespace and name."""
        return self.fields.namespace, self.fields.name

    @property
    def content(self) -> bytes:
        """The object as JSON."""
        content = self.template
        for name, value in self.values:
            content = content.replace(name, value)
        return content

    def rendered(self) -> Entry:
        """The same with the values in place."""
        return Entry(self.fields, self.content)


@dataclass(frozen=True)
class Snapshot:
    """The objects of one kind in the order of their keys, as they were at a resource version."""

    version: int
    entries: tuple[Entry, ...]
    taken: float


@dataclass
class ClusterState:
    """The objects of a cluster by kind. `groups` are the groups of custom kinds that are installed.

    `minor` is the minor version of the API server; `unavailable` are aggregated groups that do not answer.
    """

    minor: int = 34
    groups: set[str] = field(default_factory=set)
    unavailable: set[str] = field(default_factory=set)
    continue_seconds: float = CONTINUE_SECONDS
    clock: Callable[[], float] = time.monotonic
    version: int = 1
    _objects: dict[Kind, dict[Key, Entry]] = field(default_factory=dict)
    _snapshots: dict[tuple[Kind, int], Snapshot] = field(default_factory=dict)
    _current: dict[Kind, Snapshot] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def serves(self, kind: Kind) -> bool:
        """Whether this cluster has the kind."""
        installed = not (kind.custom or kind.aggregated) or kind.group in self.groups
        return installed and kind.since <= self.minor

    def kinds(self) -> list[Kind]:
        """The kinds of this cluster."""
        return [kind for kind in KINDS if self.serves(kind)]

    def apply(self, *objects: Mapping[str, Any]) -> None:
        """Adds objects or puts them in the place of those of the same name; custom kinds are thereby installed.

        Raises `UnknownKindError`.
        """
        with self._lock:
            for one in objects:
                self._put(kind_of(one), one)

    def _put(self, kind: Kind, one: Mapping[str, Any]) -> None:
        self.version += 1
        if kind.custom or kind.aggregated:
            self.groups.add(kind.group)
        metadata = {"resourceVersion": str(self.version), **one["metadata"]}
        entry = _entry(kind, {**one, "metadata": metadata})
        self._objects.setdefault(kind, {})[entry.key] = entry
        self._current.pop(kind, None)

    def load(self, kind: Kind, entry: Entry) -> None:
        """Adds an object that is encoded already."""
        with self._lock:
            self.version += 1
            self._objects.setdefault(kind, {})[entry.key] = entry
            self._current.pop(kind, None)

    def delete(self, kind: Kind, namespace: str, name: str) -> bool:
        """Removes an object; whether there was one. A namespace takes with it what is in it."""
        with self._lock:
            found = self._objects.get(kind, {}).pop((namespace, name), None)
            if found is None:
                return False
            self.version += 1
            self._current.pop(kind, None)
            if kind.name == "Namespace":
                self._empty(name)
            return True

    def _empty(self, namespace: str) -> None:
        for kind, entries in self._objects.items():
            gone = [key for key in entries if key[0] == namespace and kind.namespaced]
            for key in gone:
                del entries[key]
            if gone:
                self._current.pop(kind, None)

    def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """An object with kind and API version, or None."""
        entry = self._objects.get(kind, {}).get((namespace, name))
        if entry is None:
            return None
        return {"kind": kind.name, "apiVersion": kind.api_version, **json.loads(entry.content)}

    def objects(self, kind: Kind) -> list[Object]:
        """Every object of a kind, decoded."""
        return [json.loads(entry.content) for entry in self.current(kind).entries]

    def count(self, kind: Kind) -> int:
        """How many objects of a kind there are."""
        return len(self._objects.get(kind, {}))

    def total(self) -> int:
        """How many objects there are."""
        return sum(map(len, self._objects.values()))

    def current(self, kind: Kind) -> Snapshot:
        """The objects of a kind as they are now."""
        with self._lock:
            known = self._current.get(kind)
            if known is None:
                entries = tuple(entry for _, entry in sorted(self._objects.get(kind, {}).items()))
                known = Snapshot(self.version, entries, self.clock())
                self._current[kind] = known
            return known

    def remember(self, kind: Kind, snapshot: Snapshot) -> None:
        """Keeps a snapshot for the pages that follow; forgets those that are too old."""
        with self._lock:
            now = self.clock()
            old = [key for key, one in self._snapshots.items() if now - one.taken > self.continue_seconds]
            for key in old:
                del self._snapshots[key]
            self._snapshots[kind, snapshot.version] = Snapshot(snapshot.version, snapshot.entries, now)

    def recall(self, kind: Kind, version: int) -> Snapshot | None:
        """The snapshot of a continue token, or None when it is too old."""
        found = self._snapshots.get((kind, version))
        if found is None or self.clock() - found.taken > self.continue_seconds:
            return None
        return found

    def forget_snapshots(self) -> None:
        """Makes every continue token too old."""
        with self._lock:
            self._snapshots.clear()


def kind_of(one: Mapping[str, Any]) -> Kind:
    """The kind of an object; raises `UnknownKindError`."""
    try:
        return BY_NAME[one["apiVersion"], one["kind"]]
    except KeyError as unknown:
        raise UnknownKindError(f"no such kind: {one.get('apiVersion')} {one.get('kind')}") from unknown


def encode(value: object) -> bytes:
    """JSON as the API server writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _entry(kind: Kind, one: Mapping[str, Any]) -> Entry:
    metadata = one["metadata"]
    # In lists of built-in kinds the items do not repeat kind and version; those of custom kinds do.
    shown = one if kind.custom else {key: value for key, value in one.items() if key not in ("kind", "apiVersion")}
    namespace = metadata.get("namespace", "default") if kind.namespaced else ""
    others = _pod_fields(one) if kind.name == "Pod" else {}
    fields = Fields(namespace, metadata["name"], metadata.get("labels") or {}, others)
    return Entry(fields, encode(shown))


def _pod_fields(pod: Mapping[str, Any]) -> dict[str, str]:
    spec = pod.get("spec", {})
    return {
        "spec.nodeName": spec.get("nodeName", ""),
        "spec.serviceAccountName": spec.get("serviceAccountName", ""),
        "status.phase": pod.get("status", {}).get("phase", ""),
    }


def items(entries: Iterable[Entry]) -> bytes:
    """The items of a list."""
    return b",".join(entry.content for entry in entries)
