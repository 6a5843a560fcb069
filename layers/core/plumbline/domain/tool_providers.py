"""Providers of the tools in a cluster: what its lists show, held against the signatures of table F."""

from collections.abc import Callable, Iterator
from typing import Any

from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.image_names import tag_of
from plumbline.domain.need import joined
from plumbline.domain.provider import FactProvider
from plumbline.domain.signatures import (
    WORKLOAD_KINDS,
    Signature,
    in_group,
    tool_table,
    tools_by_account,
    tools_by_image,
)
from plumbline.domain.tools import RunningTools, Tool, Tools, tool_of
from plumbline.domain.view import View

# Kind of workload -> the list that has it.
RUNNING = dict(zip(WORKLOAD_KINDS, ("deployments", "stateful_sets", "daemon_sets"), strict=True))
RUNNING_SECTIONS = tuple(RUNNING.values())
TOOL_SECTIONS = (*RUNNING_SECTIONS, "api_groups", "addons", "capabilities", "csi_drivers")


def running_tools(view: View) -> RunningTools:
    """Return the tools whose workloads run, as far as the lists were read."""
    found: list[Tool] = []
    missing: dict[str, NotCollected] = {}
    workloads: list[Workload] = []
    for kind, name in RUNNING.items():
        section = view.kubernetes.workloads_in(name)
        if isinstance(section, NotCollected):
            missing[kind] = section
        else:
            workloads += section.value
    for workload in workloads:
        found += _tools_of(workload)
    return RunningTools(found, missing, workloads)


def _tools_of(workload: Workload) -> Iterator[Tool]:
    account = workload.template.service_account
    versions: dict[Signature, str] = {}
    for container in workload.template.containers:
        for signature in tools_by_image(container.image):
            versions.setdefault(signature, tag_of(container.image))
    for signature in tools_by_account().get(account, ()):
        versions.setdefault(signature, "")
    for signature, version in versions.items():
        if signature.fits(workload.kind, account):
            yield tool_of(workload, signature.category, signature.tool, version)


def tools_of(view: View) -> Tools:
    """Return every tool that the evidence shows."""
    running = running_tools(view)
    found = list(running.everything)
    missing = dict(running.missing)
    for place, (section, matches) in _elsewhere(view).items():
        if isinstance(section, NotCollected):
            missing[place] = section
        else:
            found += _matching(section.value, matches)
    return Tools(found, missing)


_Matches = Callable[[Signature, str], bool]


def _elsewhere(view: View) -> dict[str, tuple[Section[tuple[str, ...]], _Matches]]:
    """Return the names to look at for each kind of signature that is no image, and how they match."""
    part, evidence = view.snapshot.cluster, view.kubernetes.evidence
    drivers = joined(lambda listed: tuple(driver.name for driver in listed), evidence.csi_drivers)
    return {
        "groups": (joined(tuple, evidence.api_groups), lambda one, name: in_group(name, one.groups)),
        "addons": (part.addons.names, lambda one, name: name in one.addons),
        "capabilities": (part.capabilities, lambda one, name: name in one.capabilities),
        "csi_drivers": (drivers, lambda one, name: name in one.csi_drivers),
    }


def _matching(names: tuple[str, ...], matches: _Matches) -> Iterator[Tool]:
    for signature in tool_table().signatures:
        if any(matches(signature, name) for name in names):
            yield Tool(category=signature.category, name=signature.tool)


TOOL_FACTS: dict[Any, FactProvider[Any]] = {
    Tools: FactProvider(TOOL_SECTIONS, lambda view: Collected(tools_of(view), view.now)),
    RunningTools: FactProvider(RUNNING_SECTIONS, lambda view: Collected(running_tools(view), view.now)),
}
