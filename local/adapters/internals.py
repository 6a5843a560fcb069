"""The one door to ministack's private parts."""

from __future__ import annotations

import importlib
import importlib.metadata
from typing import Any

PINNED = "1.5.33"


class InternalsDifferError(RuntimeError):
    """This ministack is not the one that the adapters were written for."""


def require(module: str, *names: str) -> Any:
    """`ministack.<module>`, which must be of the pinned version and have every one of `names`."""
    version = importlib.metadata.version("ministack")
    if version != PINNED:
        raise InternalsDifferError(f"ministack {version} is installed, the adapters are written for {PINNED}")
    loaded = importlib.import_module(f"ministack.{module}")
    missing = [name for name in names if not hasattr(loaded, name)]
    if missing:
        raise InternalsDifferError(f"ministack.{module} has no {', '.join(missing)}")
    return loaded
