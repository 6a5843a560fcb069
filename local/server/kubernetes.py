"""The Kubernetes APIs of the fleet's clusters: each on a port of its own, their addresses in DescribeCluster.

The inside of a cluster is built when its API is asked for the first time.
"""

from __future__ import annotations

import base64
import datetime as dt
import threading
import time
from collections.abc import Callable, Sequence

from local.fleet.build_kubernetes import KUBERNETES, build_kubernetes, site_values
from local.fleet.cluster_manifest import Cluster as Manifest
from local.fleet.kubernetes_manifest import load_kubernetes
from local.fleet.loading import Fleet
from local.fleet.site import ClusterSite
from local.kubernetes.api import Answer, Api, Request
from local.kubernetes.defaults import stored
from local.kubernetes.eks_tokens import Credentials
from local.kubernetes.faults import faulty_answer, operation
from local.kubernetes.server import KubernetesServer, Listener
from local.kubernetes.state import ClusterState, Object, kind_of
from local.kubernetes.users import EksUsers
from local.server.call_log import CallLog
from local.server.faults import FaultPlan
from local.simulators.world import Cluster, World

Name = tuple[str, str, str]  # account, region, cluster
# Nobody listens on this port: it is reserved, and below those that servers of users take.
_REFUSED = "https://127.0.0.1:1"


class UnknownClusterError(ValueError):
    """There is no such cluster in the fleet."""


class KubernetesFleet:
    """The APIs of all clusters of a fleet. `world` is the world as it is now, which may be built anew."""

    def __init__(
        self,
        fleet: Fleet,
        world: Callable[[], World],
        credentials: Credentials,
        calls: CallLog,
        faults: FaultPlan,
    ) -> None:
        self._world = world
        self._server = KubernetesServer()
        self._clusters = {
            (one.account, one.region, one.name): _Inside(one, world)
            for one in fleet.clusters
            if one.status != "CREATING"
        }
        self._listeners: dict[Name, Listener] = {}
        for name, inside in self._clusters.items():
            users = self._users(name, credentials)
            self._listeners[name] = self._server.listen(_Answers(name, inside, users, calls, faults))
        self.announce()

    def _users(self, name: Name, credentials: Credentials) -> EksUsers:
        # Clients sign with the time that it is, whatever the time of the world.
        return EksUsers(name[2], lambda: _cluster(self._world(), name), credentials, lambda: dt.datetime.now(dt.UTC))

    def announce(self) -> None:
        """Writes the addresses into what EKS says of the clusters, and forgets the insides: they are built anew."""
        world = self._world()
        for name, inside in self._clusters.items():
            inside.forget()
            cluster = _cluster(world, name)
            if cluster is not None:
                self._announce(cluster, inside.reach(), self._listeners[name])

    def _announce(self, cluster: Cluster, reach: str, listener: Listener) -> None:
        if reach != "dns":
            cluster.description["endpoint"] = listener.url if reach == "served" else _REFUSED
        authority = base64.b64encode(listener.authority.certificate).decode()
        cluster.description["certificateAuthority"] = {"data": authority}

    def state(self, name: Name) -> ClusterState:
        """The state of a cluster; raises `UnknownClusterError`."""
        if name not in self._clusters:
            raise UnknownClusterError(f"no such cluster: {' '.join(name)}")
        return self._clusters[name].state()

    def apply(self, name: Name, objects: Sequence[Object]) -> None:
        """Applies manifests, as the API server stores them; raises `UnknownClusterError`, `UnknownKindError`."""
        state = self.state(name)
        for one in objects:
            kind_of(one)
        state.apply(*(stored(one, self._world().clock()) for one in objects))

    def delete(self, name: Name, objects: Sequence[Object]) -> int:
        """Removes objects; how many there were. Raises `UnknownClusterError`, `UnknownKindError`."""
        state = self.state(name)
        keys = [(kind_of(one), one["metadata"].get("namespace", ""), one["metadata"]["name"]) for one in objects]
        return sum(state.delete(*key) for key in keys)

    def compact(self) -> None:
        """Makes every continue token too old."""
        for inside in self._clusters.values():
            inside.state().forget_snapshots()

    def stop(self) -> None:
        """Closes every port."""
        self._server.stop()


def _cluster(world: World, name: Name) -> Cluster | None:
    account, region, own = name
    return world.place(account, region).clusters.get(own)


class _Inside:
    """The state of a cluster, built when it is asked for."""

    def __init__(self, manifest: Manifest, world: Callable[[], World]) -> None:
        self._manifest = manifest
        self._world = world
        self._lock = threading.Lock()
        self._state: ClusterState | None = None

    def _site(self) -> ClusterSite:
        world, manifest = self._world(), self._manifest
        return ClusterSite(manifest, world.place(manifest.account, manifest.region), world.catalogue, world.clock())

    def reach(self) -> str:
        """How the endpoint is reached."""
        return load_kubernetes(KUBERNETES, self._manifest.name, site_values(self._site())).reach

    def state(self) -> ClusterState:
        """The state as it is now."""
        with self._lock:
            if self._state is None:
                self._state = build_kubernetes(self._site())
            return self._state

    def forget(self) -> None:
        """Builds it anew when it is asked for again."""
        with self._lock:
            self._state = None


class _Answers:
    """Counts the requests to a cluster, puts faults in their way, answers the others."""

    def __init__(self, name: Name, inside: _Inside, users: EksUsers, calls: CallLog, faults: FaultPlan) -> None:
        self._name = name
        self._inside = inside
        self._users = users
        self._calls = calls
        self._faults = faults

    def __call__(self, request: Request) -> Answer:
        account, region, cluster = self._name
        what = operation(request)
        self._calls.add(account, region, what)
        fault = self._faults.next_for(what, account, region, f"{cluster}{request.target}")
        if fault is not None:
            time.sleep(fault.delay_seconds)
            if fault.code is not None:
                return faulty_answer(fault.code, fault.message, request)
        return Api(self._inside.state(), self._users).answer(request)
