"""Selection: which controls and clusters a scan is about, and which evidence that takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from plumbline.domain.control import Control
from plumbline.domain.errors import PlumblineError

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


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether the name matches one of the patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def sections_for(controls: Iterable[Control]) -> frozenset[str]:
    """Return every section to read for these controls, with what must be read before it."""
    wanted = set(_ALWAYS).union(*(control.sections for control in controls))
    while True:
        added = set[str]().union(*(_BEFORE.get(name, frozenset()) for name in wanted)) - wanted
        if not added:
            return frozenset(wanted)
        wanted |= added
