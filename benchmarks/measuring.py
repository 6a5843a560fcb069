"""Measuring: one command in a process of its own: how long, how much processor time, how much memory (Linux)."""

import os
import signal
import statistics
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

_INTERVAL_SECONDS = 0.05
_MEGABYTE = 1e6


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What one run of a command took.

    Attributes:
        began_at: Unix time.
        cpu_s: user and system time of the process and of the children it waited for.
        peak_mb: the largest sum of the resident sizes of the process and all below it, looked at every 50 ms, and at
            least the peak of the largest one. What they share counts for each of them.

    """

    began_at: float
    wall_s: float
    cpu_s: float
    peak_mb: float
    code: int


class Spread(msgspec.Struct, frozen=True):
    """Several measurements of one thing."""

    median: float
    least: float
    most: float
    count: int


def spread(values: Iterable[float]) -> Spread:
    """Return the median and the extremes of some values; there must be one."""
    found = sorted(values)
    return Spread(statistics.median(found), found[0], found[-1], len(found))


def measured(
    command: Sequence[str], environment: Mapping[str, str], directory: Path, output: Path, timeout_s: float
) -> Usage:
    """Run a command to its end and measure it.

    Args:
        command: program and arguments.
        environment: all of its environment.
        directory: where it runs.
        output: takes what it prints; standard error goes beside it with the suffix `.err`.
        timeout_s: after so many seconds it is killed with everything it started.

    """
    with output.open("wb") as out, output.with_suffix(".err").open("wb") as err:
        began_at, begun = time.time(), time.perf_counter()
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        timer = threading.Timer(timeout_s, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        sampler = _Sampler(process.pid)
        sampler.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        timer.cancel()
        sampler.stop()
    process.returncode = os.waitstatus_to_exitcode(status)
    return Usage(
        began_at=began_at,
        wall_s=wall,
        cpu_s=used.ru_utime + used.ru_stime,
        peak_mb=sampler.peak_bytes / _MEGABYTE,
        code=process.returncode,
    )


class _Sampler(threading.Thread):
    """Watches the memory of a process and of all below it."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak_bytes = 0
        self._pid = pid
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(_INTERVAL_SECONDS):
            found = [memory(pid) for pid in _tree(self._pid)]
            self.peak_bytes = max(self.peak_bytes, sum(one.now for one in found), *(one.peak for one in found))

    def stop(self) -> None:
        self._stopped.set()
        self.join()


def _tree(pid: int) -> list[int]:
    found = [pid]
    for process in found:
        try:
            for thread in Path(f"/proc/{process}/task").iterdir():
                found += map(int, (thread / "children").read_text().split())
        except OSError:
            # It has ended in the meantime.
            continue
    return found


class Memory(NamedTuple):
    """Resident bytes of a process: at this moment, and at most since it began or was `forgotten`."""

    now: int = 0
    peak: int = 0


def memory(pid: int | str = "self") -> Memory:
    """Return the memory of a process; none when it has ended. What it was before `exec` does not count."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return Memory()
    found = dict(line.split(":", 1) for line in status.splitlines())
    return Memory(*(int(found.get(name, "0 kB").split()[0]) * 1024 for name in ("VmRSS", "VmHWM")))


def forget_peak() -> None:
    """Let the peak of this process count from now on."""
    Path("/proc/self/clear_refs").write_text("5")
