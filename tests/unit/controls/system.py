"""Changes of the components that run beside the application."""

from typing import Any

import msgspec

from plumbline.domain.evidence import eks
from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.snapshot import Snapshot
from tests.unit.baseline import listing, read
from tests.unit.changes import Change, section
from tests.unit.kubernetes_baseline import component

SECTIONS = {"Deployment": "deployments", "StatefulSet": "stateful_sets", "DaemonSet": "daemon_sets"}
replace = msgspec.structs.replace


def running(kind: str, name: str, image: str, **members: Any) -> Change:
    """Put a component over the one of its name, or beside the others."""
    return put(component(kind, name, image, **members))


def put(*workloads: Workload) -> Change:
    def change(snapshot: Snapshot) -> Snapshot:
        for workload in workloads:
            name = SECTIONS[workload.kind]
            others = [one for one in getattr(snapshot.kubernetes, name).value if one.path != workload.path]
            snapshot = section(name, read((*others, workload)))(snapshot)
        return snapshot

    return change


def changed(kind: str, name: str, **members: Any) -> Change:
    """Change members of a component."""

    def change(snapshot: Snapshot) -> Snapshot:
        listed = getattr(snapshot.kubernetes, SECTIONS[kind]).value
        found = next(one for one in listed if one.name == name)
        return put(replace(found, **members))(snapshot)

    return change


def gone(kind: str, *names: str) -> Change:
    """Take components away."""

    def change(snapshot: Snapshot) -> Snapshot:
        listed = getattr(snapshot.kubernetes, SECTIONS[kind]).value
        return section(SECTIONS[kind], read(tuple(one for one in listed if one.name not in names)))(snapshot)

    return change


def with_addon(name: str, **members: Any) -> Change:
    """Put an add-on over the one of its name, or beside the others."""

    def change(snapshot: Snapshot) -> Snapshot:
        described = eks.Addon(addon_name=name, addon_version="v1.0.0-eksbuild.1", status="ACTIVE", **members)
        items = {one.addon_name: one for one in (*snapshot.cluster.addons.collected(), described)}
        return section("addons", listing(items))(snapshot)

    return change
