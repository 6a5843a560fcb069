"""Lists page by page, with continue tokens as the API server makes them."""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_left
from dataclasses import dataclass

from local.kubernetes.kinds import Kind
from local.kubernetes.selectors import Test
from local.kubernetes.state import ClusterState, Entry, Key, Snapshot, encode, items
from local.kubernetes.statuses import bad_request, expired, too_large_version

# The version of a token that goes on without a snapshot.
_INCONSISTENT = -1


@dataclass(frozen=True)
class Listing:
    """What a list request asks for."""

    kind: Kind
    namespace: str = ""
    limit: int = 0
    proceed: str = ""
    resource_version: str = ""
    tests: tuple[Test, ...] = ()


def page(state: ClusterState, wanted: Listing) -> bytes:
    """One page of a list; raises `Refusal`."""
    snapshot, start = _start(state, wanted)
    found = _narrowed(snapshot.entries, wanted)
    first = bisect_left(found, start, key=lambda entry: entry.key) if start else 0
    shown = found[first : first + wanted.limit] if wanted.limit else found[first:]
    left = len(found) - first - len(shown)
    metadata: dict[str, object] = {"resourceVersion": str(snapshot.version)}
    if left:
        if snapshot is not state.recall(wanted.kind, snapshot.version):
            state.remember(wanted.kind, snapshot)
        metadata["continue"] = _token(snapshot.version, found[first + len(shown)].key)
        # The API server cannot tell how many are left when it narrows the list down itself.
        if not wanted.tests:
            metadata["remainingItemCount"] = left
    head = {"kind": f"{wanted.kind.name}List", "apiVersion": wanted.kind.api_version, "metadata": metadata}
    return encode(head)[:-1] + b',"items":[' + items(shown) + b"]}"


def _start(state: ClusterState, wanted: Listing) -> tuple[Snapshot, Key | None]:
    if not wanted.proceed:
        _refuse_version(state, wanted.resource_version)
        return state.current(wanted.kind), None
    if wanted.resource_version not in ("", "0"):
        raise bad_request("specifying resource version is not allowed when using continue")
    version, start = _read(wanted.proceed)
    if version == _INCONSISTENT:
        return state.current(wanted.kind), start
    snapshot = state.recall(wanted.kind, version)
    if snapshot is None:
        raise expired(_token(_INCONSISTENT, start))
    return snapshot, start


def _refuse_version(state: ClusterState, text: str) -> None:
    if not text:
        return
    if not text.isdecimal():
        raise bad_request(
            f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax'
        )
    if int(text) > state.version:
        raise too_large_version(int(text), state.version)


def _narrowed(entries: tuple[Entry, ...], wanted: Listing) -> tuple[Entry, ...]:
    if not wanted.namespace and not wanted.tests:
        return entries
    return tuple(
        entry
        for entry in entries
        if (not wanted.namespace or entry.fields.namespace == wanted.namespace)
        and all(test(entry.fields) for test in wanted.tests)
    )


def _token(version: int, start: Key) -> str:
    content = {"v": "meta.k8s.io/v1", "rv": version, "start": "/".join(filter(None, start)) + "\u0000"}
    return base64.urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode().rstrip("=")


def _read(token: str) -> tuple[int, Key]:
    try:
        content = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        version, start = content["rv"], content["start"]
        if content["v"] != "meta.k8s.io/v1" or not isinstance(version, int):
            raise bad_request(
                f"continue key is not valid: server does not recognize this encoded version {content['v']}"
            )
        namespace, _, name = start.removesuffix("\u0000").rpartition("/")
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise bad_request(f"continue key is not valid: {wrong}") from wrong
    return version, (namespace, name)
