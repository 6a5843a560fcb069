"""Virtual environments and installed layers, made once from hash-locked requirements and then kept."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable
from pathlib import Path

from local.paths import CACHE, EMULATOR_REQUIREMENTS


class InstallError(RuntimeError):
    """pip could not install; the message holds the end of what it said."""


def emulator_python() -> Path:
    """The interpreter of the environment that holds ministack."""
    directory = CACHE / f"emulator-{_fingerprint(EMULATOR_REQUIREMENTS)}"
    if not directory.exists():
        with _under_construction(directory) as building:
            venv.create(building, with_pip=True, symlinks=True)
            _pip(_python(building), "install", "--require-hashes", "--requirement", str(EMULATOR_REQUIREMENTS))
    return _python(directory)


def lambda_python() -> Path:
    """An interpreter without any packages for the Lambda workers: the layers bring everything."""
    directory = CACHE / f"lambda-{_version()}"
    if not directory.exists():
        with _under_construction(directory) as building:
            venv.create(building, with_pip=False, symlinks=True)
    return _python(directory)


def installed_layer(requirements: Path) -> Path:
    """A directory with the packages of a layer's hash-locked requirements, for this interpreter.

    Beside them a layer may say what it leaves out: then its requirements are all there is, and not only the roots.
    """
    pruned = requirements.with_name("pruned.txt")
    files = (requirements, pruned) if pruned.exists() else (requirements,)
    directory = CACHE / f"layer-{requirements.parent.name}-{_fingerprint(*files)}"
    if not directory.exists():
        with _under_construction(directory) as building:
            options = ("--require-hashes", "--no-compile", "--target", str(building))
            alone = ("--no-deps",) if pruned.exists() else ()
            _pip(emulator_python(), "install", *options, *alone, "--requirement", str(requirements))
            for pattern in pruned.read_text().split() if pruned.exists() else ():
                _remove(building.glob(pattern))
            # Hash-based, unchecked: the zip gives files another time, which would void ordinary bytecode.
            _compile(building)
    return directory


def _remove(paths: Iterable[Path]) -> None:
    for path in list(paths):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _compile(directory: Path) -> None:
    mode = ("--invalidation-mode", "unchecked-hash")
    _run(str(emulator_python()), "-m", "compileall", "-q", "-q", *mode, str(directory))


def _version() -> str:
    return f"py{sys.version_info.major}{sys.version_info.minor}"


def _fingerprint(*files: Path) -> str:
    content = b"".join(file.read_bytes() for file in files)
    return f"{_version()}-{hashlib.sha256(content).hexdigest()[:12]}"


def _python(environment: Path) -> Path:
    return environment / "bin" / "python"


def _pip(python: Path, *arguments: str) -> None:
    _run(str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments)


def _run(*command: str) -> None:
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode != 0:
        raise InstallError(f"{' '.join(command)} failed:\n{(found.stderr or found.stdout)[-2000:]}")


class _under_construction:  # noqa: N801 (reads as a statement)
    """Builds at a side and moves into place when all went well, so a half-made directory is never used."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._building = directory.with_name(f"{directory.name}.{os.getpid()}")

    def __enter__(self) -> Path:
        self._building.parent.mkdir(parents=True, exist_ok=True)
        return self._building

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None and not self._directory.exists():
            self._building.rename(self._directory)
        shutil.rmtree(self._building, ignore_errors=True)
