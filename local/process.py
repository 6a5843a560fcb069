"""The server process: starts it on a free loopback port, watches it, stops it and cleans up after it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from local.environments import emulator_python, lambda_python
from local.paths import REPOSITORY

_READY_WITHIN_SECONDS = 60.0
_STOP_WITHIN_SECONDS = 10.0
_LOG_LINES = 40


class ServerError(RuntimeError):
    """The server did not start or has died; the message holds the end of its log."""


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class ServerProcess:
    """One server. `state` is the directory for its log and its temporary files."""

    def __init__(self, state: Path, fleet: Path, account: str, region: str, port: int | None = None) -> None:
        self.port = port or free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.log = state / "server.log"
        self._scratch = scratch_directory(state)
        self._fleet = fleet
        self._account = account
        self._region = region
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id, which is also its process group's."""
        if self._child is None:
            raise ServerError("the server has not been started")
        return self._child.pid

    def start(self) -> None:
        """Starts the server and waits until it answers; raises `ServerError`."""
        if not _is_free(self.port):
            raise ServerError(f"port {self.port} is taken; choose another with --port")
        self._scratch.mkdir(parents=True, exist_ok=True)
        command = [str(emulator_python()), "-m", "local.server", str(self._fleet)]
        with self.log.open("wb") as log:
            # A group of its own: Lambda workers end with it, and a Ctrl-C reaches it only through stop().
            self._child = subprocess.Popen(
                command,
                cwd=REPOSITORY,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_until_ready()

    def _environment(self) -> dict[str, str]:
        kept = {key: os.environ[key] for key in ("HOME", "LANG", "LC_ALL", "PATH", "TZ") if key in os.environ}
        return {
            **kept,
            "AUTH": "true",
            "AWS_EC2_METADATA_DISABLED": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "IOT_MTLS_ENABLED": "0",
            "LOCAL_LAMBDA_PYTHON": str(lambda_python()),
            "LOG_LEVEL": "WARNING",
            "MINISTACK_ACCOUNT_ID": self._account,
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": self._region,
            "PYTHONUNBUFFERED": "1",
            "SFTP_ENABLED": "0",
            "TMPDIR": str(self._scratch),
        }

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_WITHIN_SECONDS
        while time.monotonic() < deadline:
            self.check()
            try:
                with urllib.request.urlopen(f"{self.endpoint}/_local/health", timeout=2):
                    return
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.05)
        self.stop()
        raise ServerError(f"the server did not answer within {_READY_WITHIN_SECONDS:.0f} s\n{self.log_end()}")

    def check(self) -> None:
        """Raises `ServerError` with the end of the log when the server has died."""
        if self._child is not None and self._child.poll() is not None:
            raise ServerError(f"the server ended with code {self._child.returncode}\n{self.log_end()}")

    def log_end(self) -> str:
        """The last lines of the log."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-_LOG_LINES:])

    def stop(self) -> None:
        """Ends the server with everything it started, and removes its temporary files."""
        if self._child is not None:
            end_group(self._child.pid)
            self._child.wait()
        shutil.rmtree(self._scratch, ignore_errors=True)


def scratch_directory(state: Path) -> Path:
    """Where the server and its Lambda workers keep temporary files."""
    return state / "tmp"


def end_group(pid: int) -> None:
    """Ends a process group: asks first, insists after a while."""
    for number, patience in ((signal.SIGTERM, _STOP_WITHIN_SECONDS), (signal.SIGKILL, 2.0)):
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and is_running(pid):
            time.sleep(0.05)


def is_running(pid: int) -> bool:
    """Whether a process lives; one that has ended and waits to be collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return _answers_signal(pid)
    return state != "Z"


def _answers_signal(pid: int) -> bool:
    if Path("/proc").is_dir():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
