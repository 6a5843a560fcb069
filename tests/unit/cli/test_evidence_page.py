from pathlib import Path

import pytest

from plumbline.adapters.aws import plan
from plumbline_cli.evidence_page import PAGE, TEMPLATES, main, refresh_of, render, statements, with_statements

ROOT = Path(__file__).parents[3]


def test_the_page_in_the_repository_is_up_to_date() -> None:
    """Run `python -m plumbline_cli.evidence_page` when this fails."""
    assert (ROOT / PAGE).read_text(encoding="utf-8") == render()


def test_the_page_has_every_section_with_its_calls_and_every_action() -> None:
    page = render()
    for row in plan.ROWS:
        calls = ", ".join(call.operation for call in row.calls)
        actions = ", ".join(f"`{call.action}`" for call in row.calls)
        assert f"| `{row.section}` | {calls} | {row.often} | {refresh_of(row.section)} | {actions} |" in page
    for call in plan.calls():
        assert f"- `{call.action}`\n" in page


@pytest.mark.parametrize(
    ("section", "words"), [("vpcs", "every sweep"), ("keys", "daily"), ("images", "weekly"), ("summary", "daily")]
)
def test_how_often_a_section_is_read(section: str, words: str) -> None:
    assert refresh_of(section) == words


def test_statements_are_written_into_a_template() -> None:
    template = (ROOT / TEMPLATES[1]).read_text(encoding="utf-8")
    without = template.replace("                  - ec2:DescribeVpcs\n", "")
    assert without != template
    assert with_statements(without) == template


def test_a_template_without_statements_is_refused() -> None:
    with pytest.raises(ValueError, match="0 times"):
        with_statements("Resources: {}\n")


def test_the_page_and_the_templates_are_written_where_asked(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "org").mkdir()
    for template in TEMPLATES:
        (tmp_path / template).write_text(statements().replace("ec2:DescribeVpcs", "ec2:DescribeHosts"))
    main([str(tmp_path)])
    assert (tmp_path / PAGE).read_text() == render()
    assert [(tmp_path / template).read_text() for template in TEMPLATES] == [statements(), statements()]
