import os
from pathlib import Path

import pytest

from plumbline_cli.output.destination import OutputError, opened


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "report"
    with opened(path) as stream:
        stream.write("gr\u00f6\u00dfe\n")
        assert not path.exists()
    assert path.read_bytes() == "gr\u00f6\u00dfe\n".encode()
    assert [found.name for found in tmp_path.iterdir()] == ["report"]


def test_a_report_cut_short_leaves_the_earlier_one(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text("earlier")
    with pytest.raises(KeyboardInterrupt):
        _cut_short(path)
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("report", "earlier")]


def _cut_short(path: Path) -> None:
    with opened(path) as stream:
        stream.write("half")
        raise KeyboardInterrupt


def test_a_device_is_written_and_stays_a_device() -> None:
    with opened(Path(os.devnull)) as stream:
        stream.write("x")
    assert Path(os.devnull).is_char_device()


def test_what_cannot_be_written_is_known_at_once(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written: No such file or directory"), opened(tmp_path / "a" / "b"):
        raise AssertionError
    with pytest.raises(OutputError, match="cannot be written: Is a directory"), opened(tmp_path):
        raise AssertionError


def test_characters_that_cannot_be_encoded_are_made_visible(tmp_path: Path) -> None:
    with opened(tmp_path / "report") as stream:
        stream.write("\ud800")
    assert (tmp_path / "report").read_text() == "\\ud800"
