"""Starting and stopping: what is said, what is written, what is left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.launcher import AlreadyRunningError, EmbeddedAws, outputs_file, running_outputs, stop_running
from local.outputs import Outputs
from local.paths import REPOSITORY
from local.process import ServerError, ServerProcess, is_running
from local.progress import Step
from local.rollout import overrides


@pytest.fixture
def running(tmp_path: Path) -> Iterator[EmbeddedAws]:
    """A server without stacks, stopped afterwards."""
    embedded = EmbeddedAws(state=tmp_path / "state")
    embedded.start()
    yield embedded
    embedded.stop()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _check_for_seconds(embedded: EmbeddedAws, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        embedded.check()
        time.sleep(0.05)


def _port(outputs: Outputs) -> int:
    return int(outputs.endpoint.rpartition(":")[2])


def test_outputs_tell_how_to_reach_it_and_stopping_leaves_nothing(tmp_path: Path) -> None:
    state = tmp_path / "state"
    steps: list[Step] = []
    with EmbeddedAws(state=state, progress=steps.append) as embedded:
        outputs = Outputs.read(outputs_file(state))
        assert outputs is not None
        assert outputs == embedded.outputs
        assert outputs.endpoint.startswith("http://127.0.0.1:")
        assert (outputs.account, outputs.region) == ("111122223333", "eu-west-1")
        assert [engineer.account for engineer in outputs.engineers] == ["111122223333", "222233334444", "333344445555"]
        assert _answers(_port(outputs))

    assert steps[-1] == Step("start", 1, 1, outputs.endpoint)
    assert not _answers(_port(outputs))
    assert not is_running(outputs.pid)
    assert sorted(path.name for path in state.iterdir()) == ["server.log"]


def test_a_second_start_says_that_it_runs(running: EmbeddedAws, tmp_path: Path) -> None:
    assert running.outputs is not None
    with pytest.raises(AlreadyRunningError, match=running.outputs.endpoint):
        EmbeddedAws(state=tmp_path / "state").start()
    assert running_outputs(tmp_path / "state") == running.outputs


def test_what_one_process_started_another_stops(running: EmbeddedAws, tmp_path: Path) -> None:
    assert running.outputs is not None
    assert stop_running(tmp_path / "state") is True
    assert not _answers(_port(running.outputs))
    assert stop_running(tmp_path / "state") is False


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=f"port {port} is taken"):
            EmbeddedAws(state=tmp_path / "state", port=port).start()


def test_a_server_that_does_not_start_is_reported_with_its_log(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    server = ServerProcess(state, tmp_path / "no-fleet", "111122223333", "eu-west-1")
    with pytest.raises(ServerError, match=r"(?s)the server ended with code 1.*FleetError: .*organization\.yaml"):
        server.start()


def test_a_server_that_dies_later_is_reported(running: EmbeddedAws, tmp_path: Path) -> None:
    assert running.outputs is not None
    os.kill(running.outputs.pid, signal.SIGKILL)
    with pytest.raises(ServerError, match=r"(?s)the server ended with code -9.*Running on"):
        _check_for_seconds(running, 10)
    assert running_outputs(tmp_path / "state") is None


def test_the_commands(tmp_path: Path) -> None:
    def local(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "local", *arguments, "--state", str(tmp_path / "state")]
        return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60)

    assert (local("status").stdout, local("status").returncode) == ("not running\n", 1)
    assert (local("down").stderr, local("down").returncode) == ("nothing was running\n", 0)


def test_an_interrupted_start_stops_the_server(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys, time\n"
        "from local.launcher import EmbeddedAws\n"
        "with EmbeddedAws(state=pathlib.Path(sys.argv[1])) as embedded:\n"
        "    print(embedded.outputs.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "state")]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        pid = int(child.stdout.readline())
        os.kill(child.pid, signal.SIGINT)
        child.wait(timeout=20)
    deadline = time.monotonic() + 5
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(pid)
    assert not (tmp_path / "state" / "tmp").exists()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('parameter_overrides = ["Stage=local", "ExternalId=abc"]', {"Stage": "local", "ExternalId": "abc"}),
        ("parameter_overrides = \"Stage=local ExternalId='abc'\"", {"Stage": "local", "ExternalId": "abc"}),
        ("", {}),
    ],
)
def test_parameters_come_from_the_local_environment(tmp_path: Path, text: str, wanted: dict[str, str]) -> None:
    file = tmp_path / "samconfig.toml"
    file.write_text(f"version = 0.1\n[local.deploy.parameters]\n{text}\n[prod.deploy.parameters]\nstack_name = 'x'\n")
    assert overrides(file) == wanted
