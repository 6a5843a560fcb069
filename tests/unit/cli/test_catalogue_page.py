from pathlib import Path

from plumbline.domain.catalogue import load_catalogue
from plumbline_cli.catalogue_page import PAGE, areas_of, main, parameters_of, render, resources_of
from tests.unit.controls.cases import named

ROOT = Path(__file__).parents[3]


def test_the_page_in_the_repository_is_up_to_date() -> None:
    """Run `python -m plumbline_cli.catalogue_page` when this fails."""
    assert (ROOT / PAGE).read_text(encoding="utf-8") == render(load_catalogue())


def test_the_page_has_every_control_with_everything_it_says() -> None:
    page = render(load_catalogue())
    for control in load_catalogue():
        assert page.count(f'<a id="{control.id}"></a>') == 1
        assert f"](#{control.id})" in page
        for text in (control.title, control.rationale, control.rule, control.remediation, *control.references):
            assert text in page


def test_areas_say_what_they_are_about() -> None:
    areas = {area.name: area.about for area in areas_of(load_catalogue())}
    assert areas["logging"] == "Logging: what happened can be read afterwards."
    assert list(areas) == sorted(areas)


def test_parameters_and_resources_are_in_the_words_of_people() -> None:
    assert [(p.name, p.default) for p in parameters_of(named("version.minor-lag"))] == [("max-lag", "2")]
    assert [(p.name, p.default) for p in parameters_of(named("logging.audit-log"))] == [
        ("required", '["audit", "authenticator"]')
    ]
    assert resources_of(named("nodegroup.health")) == "node group or fargate profile"
    assert resources_of(named("logging.log-group-retention")) == "control plane log group"


def test_the_page_is_written_where_asked(tmp_path: Path) -> None:
    main([str(tmp_path / "page.md")])
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == render(load_catalogue())
