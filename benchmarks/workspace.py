"""The workspace: where benchmarks keep what they install and what a run leaves, and how peers are installed."""

import hashlib
import re
import shutil
import subprocess
import venv
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
WORK = REPOSITORY / "benchmarks" / ".work"


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
