"""The catalogue page: every control as its code describes it, for people, in Markdown.

python -m plumbline_cli.catalogue_page            # writes docs/controls.md
python -m plumbline_cli.catalogue_page other.md
"""

import importlib
import json
import re
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import msgspec

from plumbline.domain.catalogue import CONTROLS_PACKAGE, load_catalogue
from plumbline.domain.control import Control
from plumbline_cli.templates import rendered

PAGE = Path("docs/controls.md")
_TEMPLATE = "catalogue_page.md.jinja"


class Parameter(msgspec.Struct, frozen=True):
    """A parameter as configuration names it, with its default as JSON."""

    name: str
    default: str


class Area(msgspec.Struct, frozen=True):
    """The controls of one area; `about` is what its module says of itself."""

    name: str
    about: str
    controls: tuple[Control, ...]


def render(controls: Sequence[Control]) -> str:
    """Return the page for these controls, ordered by id, as Markdown that ends in a line feed."""
    return rendered(
        _TEMPLATE,
        filters={"parameters": parameters_of, "resources": resources_of, "about": _about_parameters},
        areas=areas_of(controls),
        count=len(controls),
    )


def areas_of(controls: Sequence[Control]) -> tuple[Area, ...]:
    """Return the areas in alphabetical order with their controls in the order given."""
    ordered = sorted(controls, key=lambda control: control.area)
    return tuple(
        Area(name, _about_area(name), tuple(members))
        for name, members in groupby(ordered, lambda control: control.area)
    )


def _about_area(name: str) -> str:
    module = importlib.import_module(f"{CONTROLS_PACKAGE}.{name}")
    return (module.__doc__ or "").strip().splitlines()[0]


def parameters_of(control: Control) -> tuple[Parameter, ...]:
    """Return the control's parameters in the order they are declared."""
    defaults = json.loads(msgspec.json.encode(control.parameters()))
    return tuple(Parameter(name, json.dumps(default)) for name, default in defaults.items())


def resources_of(control: Control) -> str:
    """Return the kinds of resources judged, in words: `node group or fargate profile`."""
    return " or ".join(re.sub(r"(?<!^)(?=[A-Z][a-z])", " ", kind.__name__).lower() for kind in control.resource_types)


def _about_parameters(control: Control) -> str:
    return (control.parameters.__doc__ or "").strip()


def main(arguments: Sequence[str]) -> None:
    """Write the page to the path given, else to `docs/controls.md` below the current directory."""
    page = Path(arguments[0]) if arguments else PAGE
    page.write_text(render(load_catalogue()), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
