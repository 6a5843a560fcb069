"""The example fleet shows every rule of the first areas kept and broken somewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

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


def _entries(world: World) -> list[dict[str, Any]]:
    return [entry for cluster in _clusters(world) for entry in cluster.access_entries.values()]


def _admins(cluster: Any) -> int:
    return sum("ClusterAdmin" in arn for policies in cluster.access_policies.values() for arn in policies)


def _repositories(world: World) -> list[dict[str, Any]]:
    return [row for place in world.places.values() for row in place.repositories.values()]


def _features(world: World) -> list[dict[str, str] | None]:
    """The features of each inhabited region's detector, None where there is none."""
    found: list[dict[str, str] | None] = []
    for place in _places(world):
        detectors = list(place.detectors.values())
        found.append({row["Name"]: row["Status"] for row in detectors[0]["Features"]} if detectors else None)
    return found


def _trusts(world: World) -> list[dict[str, Any]]:
    """The statement of each role's trust policy."""
    roles = [role for account in world.accounts.values() for role in account.roles]
    return [json.loads(unquote(role["AssumeRolePolicyDocument"]))["Statement"][0] for role in roles]


def _subjects(world: World) -> list[str | None]:
    """What each trust of an OIDC provider says of the subject."""
    found = []
    for statement in _trusts(world):
        if "Federated" in statement["Principal"]:
            conditions = [item for test in statement["Condition"].values() for item in test.items()]
            found.append(next((value for key, value in conditions if key.endswith(":sub")), None))
    return found


def _bound(world: World, service: str) -> list[bool]:
    return ["Condition" in one for one in _trusts(world) if one["Principal"] == {"Service": service}]


def _ingress(world: World) -> list[tuple[Any, ...]]:
    """(first port, range) of each rule that admits addresses."""
    rules = [rule for place in _places(world) for group in place.security_groups for rule in group["IpPermissions"]]
    return [
        (rule.get("FromPort"), *peer.values())
        for rule in rules
        for peer in (*rule.get("IpRanges", ()), *rule.get("Ipv6Ranges", ()))
    ]


def _default_groups(world: World) -> list[bool]:
    """Whether the default group of each VPC has rules."""
    groups = [row for place in _places(world) for row in place.security_groups if row["GroupName"] == "default"]
    return [bool(row["IpPermissions"] or row["IpPermissionsEgress"]) for row in groups]


def _identity(cluster: Any, world: World) -> tuple[bool, bool, bool]:
    """Whether a cluster has an OIDC provider, the agent, and associations."""
    issuer = cluster.description.get("identity", {}).get("oidc", {}).get("issuer", "https://none")
    account = world.accounts[cluster.description["arn"].split(":")[4]]
    has_provider = any(row["Arn"].endswith(issuer.removeprefix("https://")) for row in account.oidc_providers)
    return has_provider, "eks-pod-identity-agent" in cluster.addons, bool(cluster.pod_identities)


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
    ("authentication", lambda w: [d["accessConfig"]["authenticationMode"] for d in _descriptions(w)],
     {"API", "API_AND_CONFIG_MAP", "CONFIG_MAP"}),
    ("administrators", lambda w: [_admins(c) for c in _clusters(w)], {0, 1, 2, 5}),
    ("principals", lambda w: [e["principalArn"].split(":")[5].split("/")[0] for e in _entries(w)], {"role", "user"}),
    ("endpoint", lambda w: [
        (n["endpointPublicAccess"], n["endpointPrivateAccess"], tuple(n["publicAccessCidrs"]))
        for n in (d["resourcesVpcConfig"] for d in _descriptions(w))
     ], {(False, True, ()), (True, True, ("198.51.100.0/24",)), (True, False, ("0.0.0.0/0",))}),
    ("cluster subnets", lambda w: [len(d["resourcesVpcConfig"]["subnetIds"]) for d in _descriptions(w)], {2, 3}),
    ("nat", lambda w: [n["AvailabilityMode"] for p in _places(w) for n in p.nat_gateways], {"zonal", "regional"}),
    ("nat per vpc", lambda w: [
        sum(n["VpcId"] == v["VpcId"] for n in p.nat_gateways) for p in _places(w) for v in p.vpcs
     ], {0, 1, 3}),
    ("dns", lambda w: [(v["_dns_support"], v["_dns_hostnames"]) for p in _places(w) for v in p.vpcs],
     {(True, True), (True, False)}),
    ("default group", _default_groups, {True, False}),
    ("ingress", _ingress, {(22, "0.0.0.0/0"), (30000, "0.0.0.0/0"), (None, "::/0")}),
    ("network ACLs", lambda w: [n["IsDefault"] for p in _places(w) for n in p.network_acls if n["Associations"]],
     {True, False}),
    ("endpoints", lambda w: [
        sum(e["VpcId"] == v["VpcId"] for e in p.vpc_endpoints) for p in _places(w) for v in p.vpcs
     ], {0, 2, 5, 8}),
    ("small subnets", lambda w: [
        s["CidrBlock"].split("/")[1] for p in _places(w) for s in p.subnets if not s["MapPublicIpOnLaunch"]
     ], {"20", "21", "24"}),
    ("few addresses", lambda w: [
        n for p in _places(w) for s in p.subnets if (n := s["AvailableIpAddressCount"]) < 1000
     ], {4, 12, 238, 300, 700}),
    ("workload identity", lambda w: [_identity(c, w) for c in _clusters(w)],
     {(True, True, True), (True, False, False), (False, True, False), (False, True, True), (False, False, True),
      (False, False, False)}),
    ("service account", _subjects,
     {f"system:serviceaccount:{n}" for n in ("payments:reports", "shop:cart", "shop:*", "shop:mail", "*:*")} | {None}),
    ("trust of pods", lambda w: _bound(w, "pods.eks.amazonaws.com"), {True, False}),
    ("trust of Fargate", lambda w: _bound(w, "eks-fargate-pods.amazonaws.com"), {True, False}),
    ("root", lambda w: [
        tuple(a.summary[f"Account{k}"] for k in ("MFAEnabled", "AccessKeysPresent", "PasswordPresent"))
        for a in w.accounts.values()
     ], {(0, 0, 0), (1, 0, 1), (0, 1, 1)}),
    ("keys of users", lambda w: [c["access_key_1_active"] for a in w.accounts.values() for c in a.credentials],
     {"true", "false"}),
    ("detector", lambda w: [f and f["EKS_AUDIT_LOGS"] for f in _features(w)], {"ENABLED", "DISABLED", None}),
    ("detector status", lambda w: [d["Status"] for p in _places(w) for d in p.detectors.values()],
     {"ENABLED", "DISABLED"}),
    ("tags of images", lambda w: [r["imageTagMutability"] for r in _repositories(w)],
     {"IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE", "MUTABLE_WITH_EXCLUSION"}),
    ("scan on push", lambda w: [r["imageScanningConfiguration"]["scanOnPush"] for r in _repositories(w)],
     {True, False}),
    ("repository policy", lambda w: [json.loads(r["_policy"])["Statement"][0]["Sid"] if "_policy" in r else None
                                     for r in _repositories(w)], {None, "organization", "public", "foreign-push"}),
    ("lifecycle policy", lambda w: ["_lifecycle_policy" in r for r in _repositories(w)], {True, False}),
    ("clusters with scheduled actions", lambda w: [len(p.scheduled_actions) for p in _places(w)], {0, 1}),
    ("scaling policies", lambda w: [len(p.scaling_policies) for p in _places(w)], {0, 1}),
    ("attached volumes", lambda w: [v["State"] for p in _places(w) for v in p.volumes], {"in-use", "available"}),
    ("kinds of volumes", lambda w: [v["VolumeType"] for p in _places(w) for v in p.volumes], {"gp2", "gp3"}),
    ("node volumes", lambda w: [d["BlockDeviceMappings"][0]["Ebs"].get("VolumeType") for d in _data(w)],
     {"gp2", "gp3", None}),
    ("persistent volumes", lambda w: [v["Encrypted"] for p in _places(w) for v in p.volumes], {True, False}),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "wanted"), [row[1:] for row in VARIETY], ids=[row[0] for row in VARIETY])
def test_the_fleet_shows_every_case(world: World, facts: Facts, wanted: set[Any]) -> None:
    assert set(facts(world)) == wanted


def test_the_fleet_is_large_enough(world: World) -> None:
    inhabited = _places(world)
    assert len(_clusters(world)) == 17
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

    zones = {row["SubnetId"]: row["AvailabilityZone"] for row in place.subnets}
    gateways = {row["NatGatewayId"]: zones[row["SubnetId"]] for row in place.nat_gateways if row["VpcId"] == network}
    ways_out = {
        zones[association["SubnetId"]]: gateways[route["NatGatewayId"]]
        for table in place.route_tables
        for association in table["Associations"]
        for route in table["Routes"]
        if table["VpcId"] == network and "NatGatewayId" in route
    }
    assert len(ways_out) == 3
    assert all(zone == of_gateway for zone, of_gateway in ways_out.items())
    # Plumbline's hub is outside of the VPC, so the API servers let its addresses in.
    assert description["resourcesVpcConfig"]["publicAccessCidrs"] == ["198.51.100.0/24"]
    assert 2 <= _admins(place.clusters[name]) <= 4
    assert "eks-pod-identity-agent" in place.clusters[name].addons
    roles = {row["Arn"] for row in (*world.accounts[account].roles, *world.accounts[account].stack_roles)}
    assert set(place.clusters[name].access_entries) <= roles
    assert [row["Status"] for row in place.detectors.values()] == ["ENABLED"]
    assert {row["imageTagMutability"] for row in place.repositories.values()} == {"IMMUTABLE"}
