"""Names come from strangers: tags, messages and insights hold whatever somebody wrote."""

import csv
import io
import json
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Resource, Severity, Status, Verdict
from plumbline_cli.output.choices import Format
from plumbline_cli.output.formats import Scanned, writer_for
from plumbline_cli.output.records import harmless
from plumbline_cli.scanning.reading import Assessed
from plumbline_cli.scanning.summary import summarize
from plumbline_cli.scanning.tally import Tally
from plumbline_cli.terminal import notes, plain

EVIL = (
    "=cmd|' /C calc'!A0 [red]x[/red] \x1b[31m\u202e<script>alert(1)</script>\"'><img src=x onerror=y>&amp;\r\n{{ 7*7 }}"
)


def report(form: Format, name: str = EVIL) -> str:
    scanned = Scanned(
        account="111122223333",
        regions=("eu-west-1",),
        now=datetime(2026, 3, 1, tzinfo=UTC),
        controls={control.id: control for control in load_catalogue()},
    )
    tally, stream = Tally(), io.StringIO()
    writer = writer_for(form, stream, scanned)
    for status in (Status.FAIL, Status.WARN, Status.UNKNOWN):
        verdict = Verdict(
            status=status,
            control="nodegroup.health",
            resource=Resource("nodegroup", name),
            severity=Severity.HIGH,
            reasons=("access_denied", name),
            message=name,
            observed={name: [name]},
        )
        assessed = Assessed(
            subject=Subject("111122223333", "eu-west-1", name), verdicts=(verdict,), version=name, environment=name
        )
        writer.add(tally.counted(assessed))
    writer.close(tally)
    return stream.getvalue()


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, set[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, {name for name, _ in attrs}))


def test_no_name_becomes_a_tag_or_an_attribute_of_the_page() -> None:
    page = Tags()
    page.feed(report(Format.HTML))
    tags = [tag for tag, _ in page.seen]
    assert tags.count("script") == 1
    assert "img" not in tags
    assert not any(name.startswith("on") for _, names in page.seen for name in names)


def test_no_name_is_a_template() -> None:
    assert "49" not in report(Format.HTML).split("<h2>Findings</h2>")[1].split("<script>")[0]


def test_no_name_steers_the_terminal_or_marks_up_the_table() -> None:
    table = report(Format.TABLE)
    assert "\x1b" not in table
    assert "\u202e" not in table
    assert "\r" not in table
    assert "[red]" in table.replace("\n", "")


def test_no_cell_starts_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(report(Format.CSV))))
    assert {len(row) for row in rows} == {11}
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)
    assert rows[1][9] == f"'{EVIL}"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\ta", "\ra"])
def test_what_a_spreadsheet_would_compute_is_made_text(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "payments-prod", " =1"])
def test_what_it_would_not_compute_stays(text: str) -> None:
    assert harmless(text) == text


def test_json_keeps_every_name_on_its_line() -> None:
    lines = report(Format.JSONL).splitlines()
    assert [json.loads(line)["message"] for line in lines] == [EVIL] * 3
    assert [row["observed"] for row in json.loads(report(Format.JSON))["verdicts"]] == [{EVIL: [EVIL]}] * 3


def test_the_summary_shows_what_would_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally()
    verdict = Verdict(status=Status.UNKNOWN, control="a.b", reasons=("access_denied",), message=EVIL)
    assert [*tally.counted(Assessed(subject=Subject("1", "r", "c"), verdicts=(verdict,))).verdicts] == [verdict]
    scanned = Scanned(account="1", regions=("r",), now=datetime(2026, 3, 1, tzinfo=UTC), controls={}, context=EVIL)
    summarize(notes(), tally, scanned, 1.0)
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert "\\u001b[31m\\u202e<script>" in said
    assert "[red]x[/red]" in said


def test_text_that_steers_nothing_is_shown_as_it_is() -> None:
    assert plain("größe ✓ 漢字") == "größe ✓ 漢字"
    assert plain("a\tb\nc\x00\u200b") == "a\\u0009b\\u000ac\\u0000\\u200b"
