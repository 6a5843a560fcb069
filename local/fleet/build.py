"""Builds the world that the simulators answer from out of a fleet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from local.fleet.build_account import build_account
from local.fleet.build_catalogue import build_catalogue
from local.fleet.build_cluster import build_cluster
from local.fleet.build_compute import build_compute
from local.fleet.build_region import build_region
from local.fleet.loading import Fleet
from local.fleet.site import ClusterSite
from local.simulators.world import Place, World


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def build_world(fleet: Fleet, clock: Callable[[], dt.datetime] = _now) -> World:
    """The world as it is now: days of the data files count from today."""
    organization = fleet.organization
    world = World(clock=clock, catalogue=build_catalogue(fleet.catalogue, clock()))
    hub = next(account for account in organization.accounts if account.id == organization.hub)
    arn = f"arn:aws:organizations::{hub.id}"
    world.organization = {
        "Id": organization.id,
        "Arn": f"{arn}:organization/{organization.id}",
        "FeatureSet": "ALL",
        "MasterAccountId": hub.id,
        "MasterAccountArn": f"{arn}:account/{organization.id}/{hub.id}",
        "MasterAccountEmail": hub.email,
        "AvailablePolicyTypes": [],
    }
    for account in organization.accounts:
        world.members.append(
            {
                "Id": account.id,
                "Arn": f"{arn}:account/{organization.id}/{account.id}",
                "Email": account.email,
                "Name": account.name,
                "Status": "ACTIVE",
                "State": "ACTIVE",
                "JoinedMethod": "CREATED",
                "JoinedTimestamp": clock() - dt.timedelta(days=900),
            }
        )
        own = [cluster for cluster in fleet.clusters if cluster.account == account.id]
        world.accounts[account.id] = build_account(account, own, clock())
        for name, region in account.regions.items():
            place = Place(account.id, name)
            build_region(place, region, organization, clock())
            world.places[account.id, name] = place
    _build_clusters(fleet, world)
    return world


def _build_clusters(fleet: Fleet, world: World) -> None:
    for manifest in fleet.clusters:
        place = world.place(manifest.account, manifest.region)
        site = ClusterSite(manifest, place, world.catalogue, world.clock())
        place.clusters[manifest.name] = build_cluster(site)
        build_compute(site)
