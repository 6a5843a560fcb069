"""The example fleet shows every rule of the first areas kept and broken somewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from local.fleet.build import build_world
from local.fleet.loading import load_fleet
from local.simulators.world import Place, World
from tests.local.conftest import NOW

Facts = Callable[[World], Iterable[Any]]


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(load_fleet(), lambda: NOW)


def _clusters(world: World) -> list[Any]:
    return [cluster for place in world.places.values() for cluster in place.clusters.values()]


def _descriptions(world: World) -> list[dict[str, Any]]:
    return [cluster.description for cluster in _clusters(world)]


def _groups(world: World) -> list[dict[str, Any]]:
    return [group for cluster in _clusters(world) for group in cluster.nodegroups.values()]


def _addons(world: World) -> list[dict[str, Any]]:
    return [addon for cluster in _clusters(world) for addon in cluster.addons.values()]


def _keys(world: World) -> list[dict[str, Any]]:
    return [key for place in world.places.values() for key in place.keys.values()]


def _places(world: World) -> list[Place]:
    return [place for place in world.places.values() if place.clusters]


def _data(world: World) -> list[dict[str, Any]]:
    rows = [row for place in world.places.values() for row in place.launch_template_versions]
    return [row["LaunchTemplateData"] for row in rows]


def _scaling(world: World) -> list[dict[str, Any]]:
    return [group for place in world.places.values() for group in place.autoscaling_groups]


def _has_cost_centre(description: dict[str, Any]) -> bool:
    return "cost-center" in {key.lower() for key in description["tags"]}


def _template_versions(group: dict[str, Any]) -> int:
    return len({one["LaunchTemplate"]["Version"] for one in group["Instances"] if one["LaunchTemplate"]})


def _audited(description: dict[str, Any]) -> bool:
    return any("audit" in one["types"] for one in description["logging"]["clusterLogging"] if one["enabled"])


VARIETY: list[tuple[str, Facts, set[Any]]] = [
    ("version", lambda w: [d["version"] for d in _descriptions(w)], {"1.35", "1.34", "1.33", "1.32", "1.31", "1.27"}),
    ("insight", lambda w: [i["insightStatus"]["status"] for c in _clusters(w) for i in c.insights.values()],
     {"PASSING", "WARNING", "ERROR", "UNKNOWN"}),
    ("cluster status", lambda w: [d["status"] for d in _descriptions(w)], {"ACTIVE", "CREATING", "UPDATING"}),
    ("cluster health", lambda w: [bool(d["health"]["issues"]) for d in _descriptions(w)], {True, False}),
    ("deletion protection", lambda w: [d["deletionProtection"] for d in _descriptions(w)], {True, False}),
    ("cost centre", lambda w: [_has_cost_centre(d) for d in _descriptions(w)], {True, False}),
    ("audit log", lambda w: [_audited(d) for d in _descriptions(w)], {True, False}),
    ("retention", lambda w: [g.get("retentionInDays") for p in _places(w) for g in p.log_groups], {365, 30, None}),
    ("customer key", lambda w: ["encryptionConfig" in d for d in _descriptions(w)], {True, False}),
    ("key state", lambda w: [k["KeyState"] for k in _keys(w)], {"Enabled", "Disabled", "PendingDeletion"}),
    ("key rotation", lambda w: [k["_rotation_days"] for k in _keys(w)], {365, 730, None}),
    ("default encryption", lambda w: [p.ebs_encryption_by_default for p in _places(w)], {True, False}),
    ("trail", lambda w: [t["status"]["IsLogging"] for p in _places(w) for t in p.trails], {True, False}),
    ("flow log", lambda w: [f["TrafficType"] for p in _places(w) for f in p.flow_logs], {"ALL", "ACCEPT"}),
    ("add-on status", lambda w: [a["status"] for a in _addons(w)], {"ACTIVE", "DEGRADED", "UPDATING"}),
    ("group status", lambda w: [g["status"] for g in _groups(w)], {"ACTIVE", "DEGRADED", "UPDATING"}),
    ("image family", lambda w: [g["amiType"].split("_")[0] for g in _groups(w)],
     {"AL2023", "AL2", "BOTTLEROCKET", "WINDOWS", "CUSTOM"}),
    ("capacity", lambda w: [(g["capacityType"], len(g["instanceTypes"])) for g in _groups(w)],
     {("ON_DEMAND", 1), ("SPOT", 1), ("SPOT", 3)}),
    ("repair", lambda w: [g["nodeRepairConfig"]["enabled"] for g in _groups(w)], {True, False}),
    ("remote access", lambda w: ["remoteAccess" in g for g in _groups(w)], {True, False}),
    ("zones", lambda w: [len(g["subnets"]) for g in _groups(w)], {1, 2, 3}),
    ("tokens", lambda w: [d["MetadataOptions"]["HttpTokens"] for d in _data(w)], {"required", "optional"}),
    ("hops", lambda w: [d["MetadataOptions"]["HttpPutResponseHopLimit"] for d in _data(w)], {1, 2}),
    ("volumes", lambda w: [d["BlockDeviceMappings"][0]["Ebs"].get("Encrypted") for d in _data(w)], {True, False, None}),
    ("launch configuration", lambda w: ["LaunchConfigurationName" in g for g in _scaling(w)], {True, False}),
    ("template versions", lambda w: [_template_versions(g) for g in _scaling(w)], {0, 1, 2}),
    ("profile status", lambda w: [f["status"] for c in _clusters(w) for f in c.fargate_profiles.values()],
     {"ACTIVE", "CREATE_FAILED"}),
    ("persistent volumes", lambda w: [v["Encrypted"] for p in _places(w) for v in p.volumes], {True, False}),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "wanted"), [row[1:] for row in VARIETY], ids=[row[0] for row in VARIETY])
def test_the_fleet_shows_every_case(world: World, facts: Facts, wanted: set[Any]) -> None:
    assert set(facts(world)) == wanted


def test_the_fleet_is_large_enough(world: World) -> None:
    inhabited = _places(world)
    assert len(_clusters(world)) == 15
    assert {place.account for place in inhabited} == {"111122223333", "222233334444", "333344445555"}
    assert {place.region for place in inhabited} == {"eu-west-1", "us-east-1"}


def test_the_fleet_is_the_same_on_every_day() -> None:
    def statuses(year: int) -> list[str]:
        built = build_world(load_fleet(), lambda: NOW.replace(year=year))
        return [row["versionStatus"] for row in built.catalogue.versions]

    assert statuses(2026) == statuses(2031)


@pytest.mark.parametrize(
    ("account", "region", "name"),
    [
        ("222233334444", "eu-west-1", "payments-prod"),
        ("222233334444", "eu-west-1", "payments-staging"),
        ("111122223333", "eu-west-1", "platform-tools"),
    ],
)
def test_the_good_clusters_stand_in_good_places(world: World, account: str, region: str, name: str) -> None:
    place = world.places[account, region]
    description = place.clusters[name].description
    network = description["resourcesVpcConfig"]["vpcId"]

    assert place.ebs_encryption_by_default
    assert [row["TrafficType"] for row in place.flow_logs if row["ResourceId"] == network] == ["ALL"]
    assert all(row["status"]["IsLogging"] and row["trail"]["LogFileValidationEnabled"] for row in place.trails)
    assert place.keys[description["encryptionConfig"][0]["provider"]["keyArn"]]["KeyState"] == "Enabled"
    assert description["version"] in ("1.34", "1.35")
