"""A wrong data file is refused with file, place and reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from local.fleet.loading import EXAMPLE_FLEET, FleetError, load_fleet


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A copy of the example fleet's data files."""
    for file in EXAMPLE_FLEET.glob("*.yaml"):
        shutil.copy(file, tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("clusters.yaml", 'version: "1.35"', 'version: "2"', "clusters.1.version: String should match pattern"),
        ("clusters.yaml", "deletion_protection: false", "deletion_protected: false", "Extra inputs are not permitted"),
        (
            "clusters.yaml",
            'version: "1.35"',
            'version: "1.99"',
            "payments-staging: version 1.99 is not in the catalogue",
        ),
        ("clusters.yaml", "name: payments-staging", "name: payments-prod", "there are two of this name"),
        ("clusters.yaml", "vpc: payments-us", "vpc: moon", "payments-us: there is no VPC moon"),
        ("clusters.yaml", "zones: [a]", "zones: [z]", "settlement-prod: there is no zone z in VPC payments-legacy"),
        ("clusters.yaml", "key: settlement", "key: lost", "settlement-prod: there is no key lost in eu-west-1"),
        ("organization.yaml", "id: o-plumbline01", "id: plumbline", "id: String should match pattern"),
        ("catalogue.yaml", "versions:", "versions: [", "not YAML"),
    ],
)
def test_a_mistake_is_named(directory: Path, file: str, old: str, new: str, complaint: str) -> None:
    path = directory / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))

    with pytest.raises(FleetError) as refused:
        load_fleet(directory)

    assert str(path) in str(refused.value)
    assert complaint in str(refused.value)


def test_a_missing_file_is_named(directory: Path) -> None:
    (directory / "catalogue.yaml").unlink()
    with pytest.raises(FleetError, match=r"catalogue\.yaml: No such file or directory"):
        load_fleet(directory)


def test_a_cluster_in_a_region_that_its_account_does_not_use(directory: Path) -> None:
    path = directory / "clusters.yaml"
    path.write_text(path.read_text().replace("region: us-east-1", "region: eu-central-1", 1))
    with pytest.raises(FleetError, match="payments-us: 222233334444 has no region eu-central-1"):
        load_fleet(directory)
