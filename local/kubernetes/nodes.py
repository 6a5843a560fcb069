"""Nodes as the kubelet registers them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.kubernetes.defaults import condition, digest, timestamp, unique_id
from local.kubernetes.managed_fields import managed_fields

Object = dict[str, Any]


@dataclass(frozen=True)
class Shape:
    """What an instance type offers: cores, memory in GiB, network interfaces and the addresses of each."""

    cores: int
    memory: int
    interfaces: int
    addresses: int

    @property
    def pods(self) -> int:
        """How many pods get an address: the first one of each interface is the node's, two pods need none."""
        return self.interfaces * (self.addresses - 1) + 2


SHAPES: Mapping[str, Shape] = {
    "g6.xlarge": Shape(4, 16, 4, 15),
    "m4.large": Shape(2, 8, 2, 10),
    "m6i.large": Shape(2, 8, 3, 10),
    "m7a.large": Shape(2, 8, 3, 10),
    "m7g.large": Shape(2, 8, 3, 10),
    "m7i.large": Shape(2, 8, 3, 10),
    "m7i.xlarge": Shape(4, 16, 4, 15),
    "t3.medium": Shape(2, 4, 3, 6),
}


@dataclass(frozen=True)
class NodeFacts:
    """What a node says of itself. `labels` come on top of those that every node has."""

    name: str
    zone: str
    region: str
    instance_type: str
    created: dt.datetime
    kubelet: str
    os_image: str = "Amazon Linux 2023.9.20260217"
    kernel: str = "6.12.64-87.122.amzn2023.x86_64"
    os: str = "linux"
    arch: str = "amd64"
    instance: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[Mapping[str, str]] = ()
    pods: int | None = None
    ready: bool = True
    unschedulable: bool = False


def made_node(facts: NodeFacts, now: dt.datetime) -> Object:
    """A node."""
    shape = SHAPES.get(facts.instance_type, SHAPES["m7i.large"])
    pods = facts.pods or shape.pods
    placed = {"topology.kubernetes.io/region": facts.region, "topology.kubernetes.io/zone": facts.zone}
    labels = {
        "beta.kubernetes.io/arch": facts.arch,
        "beta.kubernetes.io/os": facts.os,
        "kubernetes.io/arch": facts.arch,
        "kubernetes.io/hostname": facts.name,
        "kubernetes.io/os": facts.os,
        **({"node.kubernetes.io/instance-type": facts.instance_type} if facts.instance_type else {}),
        **(placed if facts.zone else {}),
        **facts.labels,
    }
    spec: Object = {}
    if facts.instance:
        spec["providerID"] = f"aws:///{facts.zone}/{facts.instance}"
    if facts.taints:
        spec["taints"] = [dict(one) for one in facts.taints]
    if facts.unschedulable:
        spec["unschedulable"] = True
    one: Object = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": facts.name,
            "uid": unique_id("node", facts.name),
            "creationTimestamp": timestamp(facts.created),
            "labels": labels,
            "annotations": {
                "node.alpha.kubernetes.io/ttl": "0",
                "volumes.kubernetes.io/controller-managed-attach-detach": "true",
            },
        },
        "spec": spec,
        "status": {
            "capacity": _resources(shape.cores * 1000, shape.memory * 1024 * 1024 - 260_000, pods),
            "allocatable": _resources(shape.cores * 1000 - 70, shape.memory * 1024 * 1024 - 950_000, pods),
            "conditions": _conditions(facts, now),
            "addresses": [{"type": "InternalIP", "address": "10.0.0.10"}, {"type": "Hostname", "address": facts.name}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {
                "machineID": digest(facts.name)[:32],
                "systemUUID": unique_id("system", facts.name),
                "bootID": unique_id("boot", facts.name),
                "kernelVersion": facts.kernel,
                "osImage": facts.os_image,
                "containerRuntimeVersion": "containerd://2.1.5",
                "kubeletVersion": facts.kubelet,
                "kubeProxyVersion": facts.kubelet,
                "operatingSystem": facts.os,
                "architecture": facts.arch,
            },
        },
    }
    one["metadata"]["managedFields"] = managed_fields(one, "kubelet")
    return one


def _resources(cpu: int, memory: int, pods: int) -> dict[str, str]:
    cores = f"{cpu}m" if cpu % 1000 else str(cpu // 1000)
    return {
        "cpu": cores,
        "ephemeral-storage": "20893676Ki",
        "hugepages-1Gi": "0",
        "hugepages-2Mi": "0",
        "memory": f"{memory}Ki",
        "pods": str(pods),
    }


def _conditions(facts: NodeFacts, now: dt.datetime) -> list[Object]:
    since, beat = timestamp(facts.created), timestamp(now)
    rows = [
        condition("MemoryPressure", "False", "KubeletHasSufficientMemory", since),
        condition("DiskPressure", "False", "KubeletHasNoDiskPressure", since),
        condition("PIDPressure", "False", "KubeletHasSufficientPID", since),
        condition("Ready", "True" if facts.ready else "False",
                  "KubeletReady" if facts.ready else "KubeletNotReady", since),
    ]  # fmt: skip
    return [{**row, "lastHeartbeatTime": beat} for row in rows]
