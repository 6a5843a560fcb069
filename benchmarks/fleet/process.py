"""The fleet as a process of its own, for programs and tests.

>>> with FleetProcess(Options(clusters=3)) as fleet:      # doctest: +SKIP
...     fleet.truth()["clusters"]
3
"""

import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from benchmarks.fleet.counters import Stats
from benchmarks.fleet.options import Options
from benchmarks.fleet.services.identity import access_key
from benchmarks.fleet.world import FIRST_ACCOUNT

_REPOSITORY = Path(__file__).parents[2]
_PATIENCE_SECONDS = 60
_KEPT = ("HOME", "LANG", "LC_ALL", "PATH", "TZ")
T = TypeVar("T")


class FleetError(RuntimeError):
    """The fleet did not start."""


class FleetProcess:
    """A fleet that is served while the context lasts."""

    def __init__(self, options: Options, port: int = 0) -> None:
        self.options = options
        self.account = f"{FIRST_ACCOUNT:012d}"
        self.url = ""
        self._port = port
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Start the server and wait until it listens.

        Raises:
            FleetError: it ended instead.

        """
        command = [sys.executable, "-m", "benchmarks.fleet", f"--port={self._port}", *_as_arguments(self.options)]
        self._process = subprocess.Popen(command, cwd=_REPOSITORY, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        word, _, url = self._process.stdout.readline().strip().partition(" ")
        if word != "READY":
            self.stop()
            raise FleetError(f"the fleet did not start: {word} {url}")
        self.url = url
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server."""
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=_PATIENCE_SECONDS)

    def environment(self) -> dict[str, str]:
        """Return the environment in which any AWS client speaks to the fleet and to nothing else."""
        kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
        return {
            **kept,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": access_key(self.account),
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": self.options.regions[0],
            "AWS_DEFAULT_REGION": self.options.regions[0],
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def stats(self) -> Stats:
        """Return what was called since the last reset."""
        return self._ask("/_stats", Stats)

    def truth(self) -> dict[str, int]:
        """Return the counts of features, of the whole fleet."""
        return self._ask("/_truth", dict[str, int])

    def reset(self) -> None:
        """Begin to count anew."""
        self._ask("/_reset", dict[str, int], method="POST")

    def _ask(self, path: str, kind: type[T], method: str = "GET") -> T:
        request = urllib.request.Request(self.url + path, method=method)
        with urllib.request.urlopen(request, timeout=_PATIENCE_SECONDS) as answer:
            return msgspec.json.decode(answer.read(), type=kind)


def _as_arguments(options: Options) -> list[str]:
    values = {name: getattr(options, name) for name in options.__struct_fields__}
    texts = {name: ",".join(value) if isinstance(value, tuple) else str(value) for name, value in values.items()}
    return [f"--{name.replace('_', '-')}={text}" for name, text in texts.items()]
