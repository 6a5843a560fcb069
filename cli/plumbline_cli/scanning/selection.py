"""Selection: which controls and clusters a scan is about, and which evidence that takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.control import Control
from plumbline.domain.errors import PlumblineError
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS
from plumbline.domain.reach import KUBERNETES_ACCESS

# What must be read before a section can be: batched calls take their arguments from it.
_IN_VPCS = ("vpcs", "subnets", "route_tables", "nat_gateways", "security_groups", "network_acls", "vpc_endpoints")
_COMPUTE = frozenset({"nodegroups", "auto_scaling_groups", "launch_templates", "instances"})
_BEFORE: dict[str, frozenset[str]] = {
    **dict.fromkeys((*_IN_VPCS, "vpc_attributes", "keys", "key_rotations"), frozenset({"cluster"})),
    "flow_logs": frozenset({"cluster", "nodegroups", "fargate_profiles", "auto_scaling_groups", "instances"}),
    "auto_scaling_groups": frozenset({"nodegroups"}),
    "launch_templates": frozenset({"nodegroups", "auto_scaling_groups"}),
    "instance_types": _COMPUTE,
    "images": _COMPUTE,
    "lifecycle_hooks": frozenset({"auto_scaling_groups"}),
    # Who may not read in a namespace that is not there is not told that it is not.
    "fargate_logging": frozenset({"namespaces"}),
    "ami_releases": frozenset({"cluster", "nodegroups"}),
    # Where an account does not list its roles, those are read that clusters and what is in them name.
    "authorization": frozenset({"cluster", "nodegroups", "fargate_profiles"}),
}
# The cluster's description tells its environment and whether it still exists; the listing tells that it does.
_ALWAYS = frozenset({"cluster", "clusters"})


class NothingSelectedError(PlumblineError):
    """A pattern matches nothing: a misspelt filter must not look like a clean result."""


def select_controls(catalogue: Sequence[Control], patterns: Sequence[str]) -> tuple[Control, ...]:
    """Return the controls whose id matches one of the patterns; all of them without a pattern.

    Raises:
        NothingSelectedError: a pattern matches no control; the text names the nearest id.

    """
    for pattern in patterns:
        if not any(fnmatchcase(control.id, pattern) for control in catalogue):
            alike = get_close_matches(pattern, [control.id for control in catalogue], n=1, cutoff=0.4)
            hint = f"; did you mean {alike[0]}?" if alike else "; `plumbline controls` lists them"
            raise NothingSelectedError(f"no control matches {pattern!r}{hint}")
    return tuple(control for control in catalogue if not patterns or matches(control.id, patterns))


def judged_controls(catalogue: Sequence[Control], patterns: Sequence[str], *, inside: bool) -> tuple[Control, ...]:
    """Return the controls to judge: with the Kubernetes side all that match, without it those that can do without.

    Raises:
        NothingSelectedError: a pattern matches no control, or all that match need the Kubernetes side.

    """
    with_access = sorted((*catalogue, KUBERNETES_ACCESS), key=lambda control: control.id)
    chosen = select_controls(with_access, patterns)
    judged = tuple(control for control in chosen if inside or not control.needs_kubernetes)
    if not judged:
        raise NothingSelectedError(
            f"{' and '.join(map(repr, patterns))} can only be judged inside the clusters: add --kubernetes"
        )
    return judged


def left_out(judged: Iterable[Control], patterns: Sequence[str], *, inside: bool) -> str:
    """Say how many of the controls asked for are not judged, and what would have them judged; empty when all are."""
    known = {control.id for control in judged}
    count = sum(
        control.id not in known for control in load_catalogue() if not patterns or matches(control.id, patterns)
    )
    if not count:
        return ""
    side = "the AWS side (--profile or --region)" if inside else "the clusters' Kubernetes APIs (--kubernetes)"
    return f"{'1 control was' if count == 1 else f'{count} controls were'} left out for want of {side}."


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether the name matches one of the patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def sections_for(controls: Iterable[Control]) -> frozenset[str]:
    """Return every section to read for these controls, with what must be read before it."""
    judged = tuple(controls)
    wanted = set(_ALWAYS).union(*(control.sections for control in judged))
    if wanted.intersection(KUBERNETES_SECTIONS):
        wanted.add("api_groups")
    if any(control.id == KUBERNETES_ACCESS.id for control in judged):
        # It tells which lists were refused: those that nobody asked for cannot be told.
        wanted.update(KUBERNETES_SECTIONS)
    while True:
        added = set[str]().union(*(_BEFORE.get(name, frozenset()) for name in wanted)) - wanted
        if not added:
            return frozenset(wanted)
        wanted |= added
