"""The cluster as a process of its own, whose processor time and memory count for nobody."""

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from benchmarks.kubernetes.serving import Served
from benchmarks.workspace import REPOSITORY
from local.kubernetes.generator import Size

_PATIENCE_SECONDS = 60


class ClusterError(RuntimeError):
    """The cluster did not start."""


class ClusterProcess:
    """A generated cluster that is served while the context lasts.

    Attributes:
        kubeconfig: leads to it.
        served: what it holds.

    """

    def __init__(self, size: Size, kubeconfig: Path) -> None:
        self.size = size
        self.kubeconfig = kubeconfig
        self.served = Served(kinds={})
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Start the server and wait until it listens.

        Raises:
            ClusterError: it ended instead.

        """
        arguments = (str(self.size.namespaces), str(self.size.pods), str(self.kubeconfig))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.kubernetes.serving", *arguments],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self._line()
        if not line:
            self.stop()
            raise ClusterError(f"the cluster of {self.size.pods} pods did not start")
        self.served = msgspec.json.decode(line, type=Served)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server."""
        if self._process is not None:
            self._process.communicate(timeout=_PATIENCE_SECONDS)

    def asked(self) -> dict[str, int]:
        """Return how often each kind was asked for since the last time."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return msgspec.json.decode(self._line(), type=dict[str, int])

    def _line(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.readline()
