"""The catalogue: every control there is, found by walking the package of controls."""

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache
from types import ModuleType

from plumbline.domain.control import Control
from plumbline.domain.errors import CatalogueError

CONTROLS_PACKAGE = "plumbline.controls"


@cache
def load_catalogue(package_name: str = CONTROLS_PACKAGE) -> tuple[Control, ...]:
    """Return every control below a package, ordered by id.

    Raises:
        CatalogueError: two controls share an id.

    """
    package = importlib.import_module(package_name)
    modules = [
        importlib.import_module(module.name) for module in pkgutil.walk_packages(package.__path__, f"{package_name}.")
    ]
    return unique(found for module in modules for found in controls_of(module))


def controls_of(module: ModuleType) -> tuple[Control, ...]:
    """Return the controls that a module defines."""
    return tuple(
        value
        for value in vars(module).values()
        if isinstance(value, Control) and value.judge.__module__ == module.__name__
    )


def unique(controls: Iterable[Control]) -> tuple[Control, ...]:
    """Return the controls ordered by id.

    Raises:
        CatalogueError: two controls share an id.

    """
    by_id: dict[str, Control] = {}
    for control in controls:
        other = by_id.setdefault(control.id, control)
        if other is not control:
            raise CatalogueError(f"{control.id} stands in {other.judge.__module__} and in {control.judge.__module__}")
    return tuple(by_id[identifier] for identifier in sorted(by_id))
