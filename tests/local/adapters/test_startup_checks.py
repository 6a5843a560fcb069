"""A ministack that differs from the pinned one is refused at start, with what is missing."""

from __future__ import annotations

import subprocess

import pytest

from local.environments import emulator_python
from local.paths import REPOSITORY

# Takes each internal that an adapter needs away in turn; prints those whose absence nobody notices.
_EACH_IN_TURN = """
import importlib, os
os.environ.update(GATEWAY_PORT="1", LOG_LEVEL="ERROR")
from local import adapters
from local.adapters import internals

needed = []
def record(module, *names):
    needed.extend((module, name) for name in names)
    return importlib.import_module(f"ministack.{module}")

parts = [*adapters._ALL, adapters.organization]
for part in parts:
    part.require, kept = record, part.require
    part.install(*([lambda: None] if part is adapters.organization else []))
    part.require = kept
unnoticed = []
for module, name in dict.fromkeys(needed):
    owner = importlib.import_module(f"ministack.{module}")
    value = getattr(owner, name)
    delattr(owner, name)
    try:
        internals.require(module, name)
        unnoticed.append(f"{module}.{name}")
    except internals.InternalsDifferError as error:
        assert name in str(error)
    setattr(owner, name, value)
print(len(set(needed)) > 60, unnoticed)
"""


def _run(script: str) -> subprocess.CompletedProcess[str]:
    command = [str(emulator_python()), "-c", script]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60)


def test_each_internal_that_is_needed_is_missed_when_it_is_gone() -> None:
    found = _run(_EACH_IN_TURN)
    assert (found.stdout, found.returncode) == ("True []\n", 0), found.stderr


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        (
            "from local.adapters.internals import require; require('services.eventbridge', '_gone')",
            "ministack.services.eventbridge has no _gone",
        ),
        (
            "from local.adapters import internals; internals.PINNED = '0.0.1'; internals.require('app')",
            "is installed, the adapters are written for 0.0.1",
        ),
    ],
)
def test_a_difference_is_named(script: str, complaint: str) -> None:
    found = _run(script)
    assert found.returncode == 1
    assert complaint in found.stderr
