from pathlib import Path

import yaml

from plumbline.adapters.kubernetes.kinds import KINDS
from plumbline.adapters.kubernetes.permissions import manifest
from plumbline_cli.kubernetes_page import PAGE, main, render

ROOT = Path(__file__).parents[3]


def test_the_page_in_the_repository_is_up_to_date() -> None:
    """Run `python -m plumbline_cli.kubernetes_page` when this fails."""
    assert (ROOT / PAGE).read_text(encoding="utf-8") == render()


def test_the_page_has_every_list_and_no_other() -> None:
    part = render().split("## What is read\n")[1].split("## What is never read")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line[:1] == "|"]
    told = {(row[0], name) for row in rows if row[1].startswith("v") for name in row[2].split(", ")}
    assert told == {(kind.group or "core", kind.plural) for kind in KINDS if not kind.name}
    named = {row[0].strip("`") for row in rows if "/" in row[0]}
    assert named == {f"{kind.namespace}/{kind.name}" for kind in KINDS if kind.name}


def test_the_manifest_of_the_page_is_the_one_the_command_prints() -> None:
    block = render().split("```yaml\n")[1].split("```")[0]
    assert list(yaml.safe_load_all(block)) == list(yaml.safe_load_all(manifest()))


def test_the_page_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    main([str(tmp_path / "page.md")])
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == render()
