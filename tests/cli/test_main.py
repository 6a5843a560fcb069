import subprocess
import sys

import pytest
from typer.testing import CliRunner

from plumbline import __version__
from plumbline_cli.main import app


def test_the_version_is_told() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"plumbline {__version__}\n")


@pytest.mark.parametrize(
    "command",
    [(), ("scan",), ("controls",), ("kubernetes-access",), ("config",), ("config", "check"), ("config", "deploy")],
)
def test_every_command_has_help(command: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*command, "--help"])
    assert result.exit_code == 0
    assert "Usage: plumbline" in result.stdout


def test_help_shows_examples_and_exit_codes() -> None:
    told = CliRunner().invoke(app, ["scan", "--help"], env={"COLUMNS": "160"}).stdout
    assert "plumbline scan --format html --output posture.html" in told
    assert "Exit codes: 0 fine, 1 violations at or above --fail-on, 2 wrong usage or no credentials, 3" in told


def test_help_loads_nothing_that_only_work_needs() -> None:
    code = (
        "import sys; from plumbline_cli.main import app; app(['scan', '--help'], standalone_mode=False);"
        "print([name for name in ('botocore', 'yaml', 'jinja2', 'plumbline.controls') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.splitlines()[-1] == "[]"
