"""Steers a running embedded AWS through its `/_local` endpoints: calls, faults, settling, events, clusters."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any


class LocalControl:
    """The controls of the embedded AWS at `endpoint`. A value that it refuses is a `ValueError`."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def calls(self) -> dict[tuple[str, str, str], int]:
        """API calls so far by (account, region, operation such as `eks:DescribeCluster`)."""
        rows = self._send("GET", "calls")
        return {(row["account"], row["region"], row["operation"]): row["calls"] for row in rows}

    def reset_calls(self) -> None:
        """Counts from zero again."""
        self._send("DELETE", "calls")

    def inject(self, *faults: dict[str, Any]) -> None:
        """Puts faults in force, in place of those before; the fields are those of `local.server.faults.Fault`."""
        self._send("PUT", "faults", list(faults))

    def clear_faults(self) -> None:
        """Takes all faults away."""
        self._send("DELETE", "faults")

    def settle_after(self, seconds: float) -> None:
        """How long EKS updates stay in progress from now on."""
        self._send("PUT", "settings", {"settle_seconds": seconds})

    def put_event(self, account: str, region: str, entry: dict[str, str]) -> None:
        """PutEvents on the default bus of a place, as an AWS service does it."""
        self._send("POST", "events", {"account": account, "region": region, "entry": entry})

    def rebuild_fleet(self) -> None:
        """Sets the example fleet back to its start."""
        self._send("POST", "fleet")

    def apply(self, account: str, region: str, cluster: str, *objects: dict[str, Any]) -> None:
        """Applies Kubernetes manifests inside a cluster."""
        self._send("PUT", "kubernetes", _inside(account, region, cluster, objects))

    def delete(self, account: str, region: str, cluster: str, *objects: dict[str, Any]) -> int:
        """Removes Kubernetes objects, told by API version, kind and name; how many there were."""
        count: int = self._send("DELETE", "kubernetes", _inside(account, region, cluster, objects))
        return count

    def expire_continue_tokens(self) -> None:
        """Lets the next page of every list under way be answered with 410."""
        self._send("POST", "compaction")

    def _send(self, method: str, name: str, value: Any = None) -> Any:
        body = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(f"{self._endpoint}/_local/{name}", data=body, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(error.read().decode()) from error


def _inside(account: str, region: str, cluster: str, objects: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"account": account, "region": region, "cluster": cluster, "objects": list(objects)}
