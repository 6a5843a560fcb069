"""The workspace: where benchmarks keep what they install and what a run leaves, and how peers are installed."""

import hashlib
import re
import shutil
import subprocess
import venv
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TypeVar

REPOSITORY = Path(__file__).parents[1]
WORK = REPOSITORY / "benchmarks" / ".work"
T = TypeVar("T")


class InstallError(RuntimeError):
    """A peer could not be installed; the message holds the end of what pip said."""


def installed(peer: str) -> Path:
    """Return the directory of a peer's programs, installed once from its hash-locked requirements.

    Raises:
        InstallError: pip could not install it.

    """
    requirements = _requirements(peer)
    fingerprint = hashlib.sha256(requirements.read_bytes()).hexdigest()
    environment = WORK / peer
    programs, ready = environment / "bin", environment / ".ready"
    if not ready.exists() or ready.read_text() != fingerprint:
        shutil.rmtree(environment, ignore_errors=True)
        venv.create(environment, with_pip=True, symlinks=True)
        options = ("--quiet", "--no-input", "--disable-pip-version-check", "--require-hashes")
        command = [str(programs / "python"), "-m", "pip", "install", *options, "--requirement", str(requirements)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise InstallError((done.stderr or done.stdout)[-600:].strip())
        ready.write_text(fingerprint)
    return programs


def prepared(
    makers: Mapping[str, Callable[[], T]], without: Collection[str], told: Callable[[str], None]
) -> tuple[list[T], dict[str, str]]:
    """Install what is missing; return the contenders, and by name why others are absent.

    Args:
        makers: return a contender once it is installed, by name.
        without: names of those to leave out.

    """
    absent = {name: "left out on request" for name in makers if name in without}
    found: list[T] = []
    for name, make in makers.items():
        if name in absent:
            continue
        told(f"preparing {name}")
        try:
            found.append(make())
        except InstallError as error:
            absent[name] = f"it could not be installed: {error}"
    return found, absent


def locked_version(peer: str, package: str) -> str:
    """Return the version of a package that a peer's requirements lock."""
    found = re.search(rf"^{re.escape(package)}==(\S+)", _requirements(peer).read_text(), re.MULTILINE)
    return found[1] if found else "unlocked"


def _requirements(peer: str) -> Path:
    return REPOSITORY / "benchmarks" / f"requirements-{peer}.txt"


def emptied(name: str) -> Path:
    """Return an empty directory of that name."""
    directory = WORK / name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory
