"""Functions: what template.yaml says of each one, and its layers as they are deployed."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from benchmarks.workspace import REPOSITORY, emptied
from local.environments import installed_layer, lambda_python

_FUNCTION = "AWS::Serverless::Function"
_USED = re.compile(r"\bruntime\.([a-z]\w*)\(")
# What a function calls on the composition root that builds nothing.
_BUILDS_NOTHING = frozenset({"count", "own", "record_in", "variable", "number", "settings"})
_KNOWN_VARIABLES = {"POWERTOOLS_LOG_LEVEL": "INFO"}


class Variant(StrEnum):
    """How the layers are packed."""

    # As pip and the build of SAM leave them: Python compiles every module at every cold start.
    SOURCE = "source"
    COMPILED = "compiled"


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """One function.

    Attributes:
        layers: their names, in the order in which Lambda looks into them.
        builds: what it asks of the composition root at its first call.
        variables: its environment; references are filled with something.

    """

    name: str
    directory: Path
    layers: tuple[str, ...]
    builds: tuple[str, ...]
    variables: Mapping[str, str]


def functions() -> list[Function]:
    """Return every function of the hub, by name."""
    template = _template()
    usual = template["Globals"]["Function"]
    found = [
        _function(resource["Properties"], usual)
        for resource in template["Resources"].values()
        if resource["Type"] == _FUNCTION
    ]
    return sorted(found, key=lambda function: function.name)


def _template() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml_parse((REPOSITORY / "template.yaml").read_text())
    return parsed


def _function(properties: Mapping[str, Any], usual: Mapping[str, Any]) -> Function:
    directory = REPOSITORY / properties["CodeUri"]
    own = properties.get("Environment", {}).get("Variables", {})
    variables = usual["Environment"]["Variables"] | own
    source = (directory / "app.py").read_text()
    return Function(
        name=directory.name,
        directory=directory,
        layers=tuple(layer["Ref"] for layer in (*properties.get("Layers", ()), *usual["Layers"])),
        builds=tuple(sorted(set(_USED.findall(source)) - _BUILDS_NOTHING)),
        variables={name: _KNOWN_VARIABLES.get(name) or _text(value) for name, value in variables.items()},
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else "1"


class Layers:
    """The layers of the template, unpacked as Lambda does."""

    def __init__(self) -> None:
        """Build every layer in every variant.

        Raises:
            InstallError: a package could not be installed.

        """
        self._root = emptied("layers")
        resources = _template()["Resources"]
        for name, resource in resources.items():
            if resource["Type"] == "AWS::Serverless::LayerVersion":
                self._build(name, REPOSITORY / resource["Properties"]["ContentUri"])

    def _build(self, name: str, content: Path) -> None:
        source = self.path(name, Variant.SOURCE)
        requirements = content / "requirements.txt"
        origin = installed_layer(requirements) if requirements.exists() else content
        shutil.copytree(origin, source, ignore=shutil.ignore_patterns("__pycache__"))
        compiled = self.path(name, Variant.COMPILED)
        shutil.copytree(source, compiled)
        subprocess.run([str(lambda_python()), "-m", "compileall", "-q", str(compiled)], check=True, env={})

    def path(self, name: str, variant: Variant) -> Path:
        """Return where a layer's packages are."""
        return self._root / variant / name

    def megabytes(self, function: Function) -> float:
        """Return the size of a function with its layers, unzipped and not compiled."""
        roots = [function.directory, *(self.path(layer, Variant.SOURCE) for layer in function.layers)]
        files = (path for root in roots for path in root.rglob("*") if path.is_file() and path.suffix != ".pyc")
        return sum(path.stat().st_size for path in files) / 1e6
