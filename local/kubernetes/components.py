"""Parts of clusters as files: lists of manifests with `$names` that are filled in for the cluster."""

from __future__ import annotations

import functools
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

Object = dict[str, Any]
COMPONENTS = Path(__file__).parent.parent / "fleet" / "kubernetes" / "components"
# The loader of libyaml where PyYAML was built with it: ten times as fast.
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ComponentError(ValueError):
    """A component is not there, is not YAML, or wants a value that is not given."""


def component(name: str, values: Mapping[str, str], directory: Path = COMPONENTS) -> list[Object]:
    """The objects of a component; raises `ComponentError`."""
    return load_template(directory / f"{name}.yaml", values) or []


def load_template(file: Path, values: Mapping[str, str]) -> Any:
    """The YAML of a file with its `$names` filled in; raises `ComponentError`."""
    try:
        return load_yaml(_template(file).substitute(values))
    except OSError as error:
        raise ComponentError(f"{file}: {error.strerror}") from error
    except (KeyError, ValueError, yaml.YAMLError) as error:
        raise ComponentError(f"{file}: {type(error).__name__}: {error}") from error


def load_yaml(text: str) -> Any:
    """The value of a YAML text, of its safe part."""
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 (a safe loader)


@functools.cache
def _template(file: Path) -> string.Template:
    return string.Template(file.read_text())


def component_values(cluster: str, account: str, region: str, minor: int) -> dict[str, str]:
    """What every component may ask for."""
    return {
        "account": account,
        "cluster": cluster,
        "cni": "v1.21.1-eksbuild.3",
        "coredns": "v1.13.1-eksbuild.1",
        "minor": str(minor),
        "region": region,
        "version": f"1.{minor}",
    }
