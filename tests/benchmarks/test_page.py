"""Each part has its block of the page, and touches no other."""

from pathlib import Path

import pytest

from benchmarks.page import PAGE, PageError, budgets, table, write_block

PARTS = ("scan", "kubernetes", "cold", "writes", "evaluation")


def test_only_the_block_of_the_part_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- measured: a -->old<!-- end: a -->\nbetween\n<!-- measured: b -->\n<!-- end: b -->\n")
    write_block(page, "a", "make a", r"new \1")
    text = page.read_text()
    assert text.startswith("before\n<!-- measured: a -->\n\n`make a`, ")
    assert "\n\nnew \\1\n\n<!-- end: a -->\nbetween\n<!-- measured: b -->\n<!-- end: b -->\n" in text
    assert "old" not in text


def test_part_without_a_block_is_an_error(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing")
    with pytest.raises(PageError):
        write_block(page, "a", "make a", "new")


@pytest.mark.parametrize("part", PARTS)
def test_page_has_a_block_for_every_part(part: str) -> None:
    text = PAGE.read_text()
    assert text.count(f"<!-- measured: {part} -->") == text.count(f"<!-- end: {part} -->") == 1


def test_tables() -> None:
    assert table(("a", "b"), [("x", 1)]) == "| a | b |\n| --- | --: |\n| x | 1 |"
    assert budgets([("less", "more", False)]).endswith("| less | more | **missed** |")
