"""Reads the data files of a fleet; a wrong file is refused with file, place and reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from local.fleet.cluster_manifest import Cluster, Clusters
from local.fleet.manifest import Catalogue, Organization

EXAMPLE_FLEET = Path(__file__).parent
_Model = TypeVar("_Model", bound=BaseModel)


class FleetError(ValueError):
    """A data file is wrong; one line for each mistake."""


@dataclass(frozen=True)
class Fleet:
    """The content of the data files, consistent among themselves."""

    organization: Organization
    catalogue: Catalogue
    clusters: tuple[Cluster, ...]


def load_fleet(directory: Path = EXAMPLE_FLEET) -> Fleet:
    """The fleet in `organization.yaml`, `catalogue.yaml` and `clusters.yaml`; raises `FleetError`."""
    fleet = Fleet(
        organization=_load(directory / "organization.yaml", Organization),
        catalogue=_load(directory / "catalogue.yaml", Catalogue),
        clusters=_load(directory / "clusters.yaml", Clusters).clusters,
    )
    mistakes = [f"{directory / 'clusters.yaml'}: {mistake}" for mistake in _inconsistencies(fleet)]
    if mistakes:
        raise FleetError("\n".join(mistakes))
    return fleet


def _load(path: Path, model: type[_Model]) -> _Model:
    try:
        return model.model_validate(yaml.safe_load(path.read_text()))
    except OSError as error:
        raise FleetError(f"{path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise FleetError(f"{path}: not YAML: {error}") from error
    except ValidationError as error:
        lines = [f"{path}: {'.'.join(map(str, one['loc'])) or 'file'}: {one['msg']}" for one in error.errors()]
        raise FleetError("\n".join(lines)) from error


def _inconsistencies(fleet: Fleet) -> Iterator[str]:
    regions = {
        (account.id, name): region
        for account in fleet.organization.accounts
        for name, region in account.regions.items()
    }
    versions = {row.version for row in fleet.catalogue.versions}
    names = Counter((cluster.account, cluster.region, cluster.name) for cluster in fleet.clusters)
    for cluster in fleet.clusters:
        region = regions.get((cluster.account, cluster.region))
        if names[cluster.account, cluster.region, cluster.name] > 1:
            yield f"{cluster.name}: there are two of this name in {cluster.account} {cluster.region}"
        if region is None:
            yield f"{cluster.name}: {cluster.account} has no region {cluster.region}"
            continue
        zones = {vpc.name: vpc.zones for vpc in region.vpcs}
        if cluster.vpc not in zones:
            yield f"{cluster.name}: there is no VPC {cluster.vpc} in {cluster.account} {cluster.region}"
        used = {*(cluster.zones or ()), *(zone for group in cluster.nodegroups for zone in group.zones)}
        for zone in sorted(used - set(zones.get(cluster.vpc, used))):
            yield f"{cluster.name}: there is no zone {zone} in VPC {cluster.vpc}"
        if cluster.version not in versions:
            yield f"{cluster.name}: version {cluster.version} is not in the catalogue"
        keys = {
            f"{account}/{key.name}"
            for (account, name), one in regions.items()
            if name == cluster.region
            for key in one.keys
        }
        if cluster.key and cluster.key not in keys and f"{cluster.account}/{cluster.key}" not in keys:
            yield f"{cluster.name}: there is no key {cluster.key} in {cluster.region}"
