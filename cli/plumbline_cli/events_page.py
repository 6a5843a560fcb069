"""The events page: what is watched between two sweeps, from the event table, in Markdown.

python -m plumbline_cli.events_page            # writes docs/events.md
python -m plumbline_cli.events_page other.md
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from plumbline.domain.updates import UPDATE_FAILED
from plumbline.events.native import ADDON_EVENTS, FARGATE_TERMINATION, PLANNED_LIFECYCLE
from plumbline.events.patterns import patterns
from plumbline.events.related import LEFT_TO_THE_SWEEP, RELATED_CALLS, RELATED_SERVICE_EVENTS, ROOT_SIGN_IN
from plumbline.events.rule import EventRule, Named, RelatedRule
from plumbline.events.table import CLUSTER_CONFIG_MEMBERS, EKS_EVENTS, IGNORED_EKS_EVENTS
from plumbline_cli.templates import rendered

PAGE = Path("docs/events.md")
_TEMPLATE = "events_page.md.jinja"

Rule = TypeVar("Rule", EventRule, RelatedRule)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that mean the same, in the words of the page."""

    names: str
    areas: str
    scopes: str
    waits: str = ""
    named: str = ""
    reach: str = ""


class Service(msgspec.Struct, frozen=True):
    """The calls of one service."""

    name: str
    rows: tuple[Row, ...]


def render() -> str:
    """Return the page, as Markdown that ends in a line feed."""
    return rendered(
        _TEMPLATE,
        eks=eks_rows(),
        ignored=sorted(IGNORED_EKS_EVENTS),
        services=services(),
        left=LEFT_TO_THE_SWEEP,
        addons=ADDON_EVENTS,
        fargate=FARGATE_TERMINATION,
        lifecycle=PLANNED_LIFECYCLE,
        failed=UPDATE_FAILED,
        told=told(),
        patterns=patterns(),
    )


def eks_rows() -> tuple[Row, ...]:
    """Return the calls of EKS, UpdateClusterConfig by the members of its request."""
    config = {f"UpdateClusterConfig with {member}": rule for member, rule in CLUSTER_CONFIG_MEMBERS.items()}
    return tuple(
        Row(names=names, areas=_areas(rule.areas), scopes=", ".join(rule.scopes), waits=_waits(rule))
        for rule, names in _together(EKS_EVENTS | config)
    )


def services() -> tuple[Service, ...]:
    """Return the services beside EKS with their calls."""
    calls = RELATED_CALLS | {"signin": ROOT_SIGN_IN}
    return tuple(Service(name, _related(calls[name])) for name in calls)


def told() -> tuple[Mapping[str, str], ...]:
    """Return what services record that nobody called."""
    return tuple({"service": name, "names": ", ".join(rules)} for name, rules in RELATED_SERVICE_EVENTS.items())


def _related(rules: Mapping[str, RelatedRule]) -> tuple[Row, ...]:
    return tuple(
        Row(
            names=names,
            areas=_areas(rule.areas),
            scopes=", ".join(rule.scopes),
            named=_named(rule.names) or rule.accounts or "-",
            reach=", ".join([*rule.reach, *(["the account, if the trust names a cluster"] if rule.mentions else [])]),
        )
        for rule, names in _together(rules)
    )


def _together(rules: Mapping[str, Rule]) -> Iterator[tuple[Rule, str]]:
    """Yield the rules in the order of the table, with the names of all the calls that have it."""
    names: dict[Rule, list[str]] = {}
    for name, rule in rules.items():
        names.setdefault(rule, []).append(name)
    for rule, shared in names.items():
        yield rule, ", ".join(shared)


def _areas(areas: Sequence[str]) -> str:
    return ", ".join(areas) or "all"


def _waits(rule: EventRule) -> str:
    if rule.delay_seconds:
        return f"{rule.delay_seconds // 60} minutes"
    return "until it has ended" if rule.waits else "no"


def _named(names: Sequence[Named]) -> str:
    return ", ".join(dict.fromkeys(f"{name.kind} ({name.member or 'ARN of the record'})" for name in names))


def main(arguments: Sequence[str]) -> None:
    """Write the page to the path given, else to `docs/events.md` below the current directory."""
    page = Path(arguments[0]) if arguments else PAGE
    page.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
