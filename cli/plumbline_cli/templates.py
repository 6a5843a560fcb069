"""The templates of the pages that the project keeps in Markdown."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape


def rendered(template: str, filters: dict[str, Callable[..., Any]] | None = None, **values: Any) -> str:
    """Return a page as Markdown that ends in a line feed.

    Args:
        template: the name of a file beside this one.
        filters: functions that the template calls on values, by name.
        values: what the template names.

    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= filters or {}
    return environment.get_template(template).render(**values)
