"""Where things are: the repository and what the embedded run keeps in it."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
STATE = REPOSITORY / ".local"
CACHE = STATE / "cache"
EMULATOR_REQUIREMENTS = Path(__file__).with_name("requirements-ministack.txt")
