"""`plumbline controls`: the catalogue, for people and for machines."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from plumbline.domain.control import Control

EPILOG = """Examples:

  plumbline controls

  plumbline controls 'logging.*' --format json
"""


class FormatName(StrEnum):
    """The formats, by name."""

    TABLE = "table"
    JSON = "json"


def controls(
    pattern: Annotated[list[str] | None, typer.Argument(help="Ids to list, with * and ?; all without.")] = None,
    format_: Annotated[FormatName, typer.Option("--format", help="Format of the list.")] = FormatName.TABLE,
) -> None:
    """List the controls: what each judges, how much it matters, its parameters and how to mend a violation."""
    from plumbline.domain.catalogue import load_catalogue
    from plumbline_cli.scanning.selection import NothingSelectedError, select_controls
    from plumbline_cli.terminal import plain, say

    try:
        chosen = select_controls(load_catalogue(), tuple(pattern or ()))
    except NothingSelectedError as error:
        say(f"Error: {plain(str(error))}")
        raise typer.Exit(2) from error
    if format_ is FormatName.JSON:
        _as_json(chosen)
    else:
        _as_table(chosen)


def _as_json(chosen: tuple[Control, ...]) -> None:
    import msgspec

    encoded = msgspec.json.format(msgspec.json.encode([described(control) for control in chosen]), indent=2)
    sys.stdout.write(f"{encoded.decode()}\n")


def described(control: Control) -> dict[str, Any]:
    """Return what there is to know of a control, as JSON values."""
    from plumbline_cli.catalogue_page import resources_of

    return {
        "id": control.id,
        "title": control.title,
        "area": control.area,
        "pillar": str(control.pillar),
        "severity": str(control.severity),
        "resource": resources_of(control),
        "flags": sorted(str(flag) for flag in control.flags),
        "rule": control.rule,
        "rationale": control.rationale,
        "parameters": parameters_of(control),
        "evidence": sorted(control.sections),
        "remediation": control.remediation,
        "references": list(control.references),
    }


def parameters_of(control: Control) -> dict[str, Any]:
    """Return the parameters with their defaults, as a configuration document writes them."""
    import msgspec

    defaults: dict[str, Any] = msgspec.to_builtins(control.parameters())
    return defaults


def _as_table(chosen: tuple[Control, ...]) -> None:
    from rich.table import Table
    from rich.text import Text

    from plumbline_cli.output.table import SEVERITY_STYLES
    from plumbline_cli.terminal import answers

    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    grid.add_column("control", no_wrap=True)
    grid.add_column("severity", no_wrap=True)
    grid.add_column("pillar", no_wrap=True)
    grid.add_column("passes when", overflow="fold")
    grid.add_column("parameters", overflow="fold", style="dim")
    for control in chosen:
        parameters = ", ".join(f"{name}={_short(value)}" for name, value in parameters_of(control).items())
        severity = Text(str(control.severity), style=SEVERITY_STYLES[control.severity])
        grid.add_row(control.id, severity, str(control.pillar), Text(control.title), Text(parameters))
    answers(sys.stdout).print(grid)


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list | tuple) else str(value)
