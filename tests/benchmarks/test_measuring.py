"""What is measured is counted right; how long it takes is nobody's promise."""

import sys
from pathlib import Path

from benchmarks.measuring import Spread, measured, memory, spread


def run(code: str, directory: Path, timeout_s: float = 60) -> tuple[int, float]:
    usage = measured([sys.executable, "-c", code], {}, directory, directory / "out", timeout_s)
    return usage.code, usage.peak_mb


def test_output_and_exit_code_are_kept(tmp_path: Path) -> None:
    code, _ = run("import sys; print('said'); print('wrong', file=sys.stderr); sys.exit(3)", tmp_path)
    assert code == 3
    assert (tmp_path / "out").read_text() == "said\n"
    assert (tmp_path / "out.err").read_text() == "wrong\n"


def test_children_count_for_memory(tmp_path: Path) -> None:
    hold = "import time; held = bytearray(b'x' * 80_000_000); time.sleep(1)"
    _, alone = run(hold, tmp_path)
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hold!r}])"
    _, with_child = run(child, tmp_path)
    assert alone > 80
    assert with_child > 80


def test_command_that_never_ends_is_killed(tmp_path: Path) -> None:
    code, _ = run("import time; time.sleep(600)", tmp_path, timeout_s=0.2)
    assert code == -9


def test_median_and_extremes() -> None:
    assert spread([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0, 3)


def test_memory_of_a_process_that_ended_is_none() -> None:
    assert memory(2**22 + 1) == (0, 0)
    assert memory().peak >= memory().now > 0
