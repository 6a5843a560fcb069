from pathlib import Path

from plumbline.events.native import NATIVE_EVENTS
from plumbline.events.related import RELATED_CALLS
from plumbline.events.table import CLUSTER_CONFIG_MEMBERS, EKS_EVENTS
from plumbline_cli.events_page import PAGE, main, render

ROOT = Path(__file__).parents[3]


def test_the_page_in_the_repository_is_up_to_date() -> None:
    """Run `python -m plumbline_cli.events_page` when this fails."""
    assert (ROOT / PAGE).read_text(encoding="utf-8") == render()


def test_the_page_has_every_event() -> None:
    page = render()
    calls = {name for rules in RELATED_CALLS.values() for name in rules}
    wanted = {*EKS_EVENTS, *CLUSTER_CONFIG_MEMBERS, *calls, *NATIVE_EVENTS}
    assert {name for name in wanted if name not in page} == set()


def test_the_page_is_written_where_asked(tmp_path: Path) -> None:
    main([str(tmp_path / "page.md")])
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == render()
