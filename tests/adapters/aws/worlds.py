"""Worlds of a wanted shape for the collecting tests: rows as the APIs name them."""

import json
from dataclasses import dataclass
from urllib.parse import quote

from local.simulators.world import Account, Cluster, Place, Row, World
from tests.adapters.aws.stub import ACCOUNT, NOW, REGION

PASSING, ERROR = "PASSING", "ERROR"


@dataclass(frozen=True)
class Shape:
    """How much there is: `clusters` in a region, the rest per cluster."""

    clusters: int = 2
    nodegroups: int = 2
    profiles: int = 1
    addons: int = 2
    insights: tuple[str, ...] = (PASSING, ERROR)
    keys: int = 1
    vpcs: int = 1
    ami_types: tuple[str, ...] = ("AL2023_x86_64_STANDARD",)
    stale_templates: int = 0
    trails: int = 1
    roles: int = 3


def cluster_name(number: int) -> str:
    return f"cluster-{number:04d}"


def key_arn(number: int, account: str = ACCOUNT) -> str:
    return f"arn:aws:kms:{REGION}:{account}:key/{number}"


def world_of(shape: Shape) -> World:
    """One region with the clusters of the shape, and what the plan reads of it."""
    world = World(clock=lambda: NOW)
    place = world.place(ACCOUNT, REGION)
    world.accounts[ACCOUNT] = _account(shape)
    _catalogue(world, shape)
    for number in range(shape.vpcs):
        _vpc(place, number)
    for number in range(shape.keys):
        add_key(place, key_arn(number))
    for number in range(shape.trails):
        add_trail(place, f"trail-{number}")
    for number in range(shape.clusters):
        place.clusters[cluster_name(number)] = _cluster(place, shape, number)
    for number in range(shape.stale_templates):
        _supersede(place, number)
    place.ebs_encryption_by_default = True
    place.quotas = [{"ServiceCode": "eks", "QuotaCode": "L-1", "QuotaName": "Clusters", "Value": 100.0}]
    return world


def _account(shape: Shape) -> Account:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    roles: list[Row] = [
        {
            "Arn": f"arn:aws:iam::{ACCOUNT}:role/node-{number}",
            "RoleName": f"node-{number}",
            "RolePolicyList": [{"PolicyName": "inline", "PolicyDocument": _encoded(policy)}],
            "AttachedManagedPolicies": [{"PolicyName": "p", "PolicyArn": "arn:aws:iam::aws:policy/p"}],
        }
        for number in range(shape.roles)
    ]
    provider = {"Arn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/a"}
    return Account(ACCOUNT, roles=roles, summary={"Roles": 3, "RolesQuota": 1000}, oidc_providers=[provider])


def _encoded(policy: Row) -> str:
    """Write a policy document as IAM sends it."""
    return quote(json.dumps(policy))


def _catalogue(world: World, shape: Shape) -> None:
    world.catalogue.versions = [{"clusterVersion": "1.33", "clusterType": "eks", "versionStatus": "STANDARD_SUPPORT"}]
    world.catalogue.addons = [
        {"addonName": f"addon-{number}", "addonVersions": [{"addonVersion": "v1.0.0-eksbuild.1"}]}
        for number in range(max(shape.addons, 1))
    ]
    world.catalogue.instance_types = [{"InstanceType": "m7i.large", "CurrentGeneration": True}]
    family = "/aws/service/eks/optimized-ami/1.33/amazon-linux-2023"
    world.catalogue.parameters = {
        f"{family}/x86_64/standard/recommended/release_version": "1.33.1-20260201",
        f"{family}/arm64/standard/recommended/release_version": "1.33.1-20260202",
    }


def _vpc(place: Place, number: int) -> None:
    vpc = f"vpc-{number}"
    place.vpcs.append({"VpcId": vpc, "OwnerId": place.account, "CidrBlock": "10.0.0.0/16"})
    place.subnets.append({"SubnetId": f"subnet-{number}", "VpcId": vpc, "AvailabilityZone": f"{place.region}a"})
    place.route_tables.append({"RouteTableId": f"rtb-{number}", "VpcId": vpc, "Associations": [{"Main": True}]})
    place.flow_logs.append({"FlowLogId": f"fl-{number}", "ResourceId": vpc, "TrafficType": "ALL"})


def add_key(place: Place, arn: str) -> None:
    place.keys[arn] = {
        "Arn": arn,
        "KeyId": arn.rsplit("/", 1)[1],
        "KeyState": "Enabled",
        "_shared": False,
        "_rotation_days": 365,
    }


def add_trail(place: Place, name: str, *, multi_region: bool = True) -> None:
    arn = place.arn("cloudtrail", f"trail/{name}")
    place.trails.append(
        {
            "trail": {
                "Name": name, "TrailARN": arn, "HomeRegion": place.region, "IsMultiRegionTrail": multi_region,
            },
            "status": {"IsLogging": True},
            "selectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}],
        }
    )  # fmt: skip


def _cluster(place: Place, shape: Shape, number: int) -> Cluster:
    name, vpc = cluster_name(number), number % max(shape.vpcs, 1)
    description: Row = {
        "name": name,
        "arn": place.arn("eks", f"cluster/{name}"),
        "status": "ACTIVE",
        "version": "1.33",
        "createdAt": NOW,
        "certificateAuthority": {"data": "c2VjcmV0"},
        "resourcesVpcConfig": {"vpcId": f"vpc-{vpc}", "subnetIds": [f"subnet-{vpc}"]},
        "logging": {"clusterLogging": [{"types": ["audit"], "enabled": True}]},
        "tags": {"environment": "prod"},
    }
    if shape.keys:
        provider = {"keyArn": key_arn(number % shape.keys)}
        description["encryptionConfig"] = [{"resources": ["secrets"], "provider": provider}]
    cluster = Cluster(description)
    for item in range(shape.nodegroups):
        _nodegroup(place, cluster, shape, number, item)
    for item in range(shape.profiles):
        cluster.fargate_profiles[f"profile-{item}"] = {
            "fargateProfileName": f"profile-{item}",
            "fargateProfileArn": place.arn("eks", f"fargateprofile/{name}/profile-{item}"),
            "status": "ACTIVE",
            "subnets": [f"subnet-{vpc}"],
        }
    for item in range(shape.addons):
        cluster.addons[f"addon-{item}"] = {
            "addonName": f"addon-{item}",
            "addonVersion": "v1.0.0-eksbuild.1",
            "status": "ACTIVE",
        }
    for item, status in enumerate(shape.insights):
        cluster.insights[f"insight-{item}"] = {
            "id": f"insight-{item}",
            "name": "Deprecated APIs",
            "category": "UPGRADE_READINESS",
            "kubernetesVersion": "1.34",
            "lastRefreshTime": NOW,
            "insightStatus": {"status": status},
            "recommendation": "Move on.",
        }
    place.log_groups.append({"logGroupName": f"/aws/eks/{name}/cluster", "retentionInDays": 90})
    return cluster


def _nodegroup(place: Place, cluster: Cluster, shape: Shape, number: int, item: int) -> None:
    owner, name = cluster.description["name"], f"group-{item}"
    group, template = f"eks-{owner}-{name}", f"lt-{number}-{item}"
    subnet = cluster.description["resourcesVpcConfig"]["subnetIds"][0]
    cluster.nodegroups[name] = {
        "nodegroupName": name,
        "nodegroupArn": place.arn("eks", f"nodegroup/{owner}/{name}"),
        "clusterName": owner,
        "status": "ACTIVE",
        "version": "1.33",
        "releaseVersion": "1.33.1-20260201",
        "amiType": shape.ami_types[item % len(shape.ami_types)],
        "instanceTypes": ["m7i.large"],
        "subnets": [subnet],
        "resources": {"autoScalingGroups": [{"name": group}]},
    }
    place.autoscaling_groups.append(
        {
            "AutoScalingGroupName": group,
            "AvailabilityZones": [],
            "VPCZoneIdentifier": subnet,
            "LaunchTemplate": {"LaunchTemplateId": template, "Version": "1"},
            "Tags": [
                {"Key": f"kubernetes.io/cluster/{owner}", "Value": "owned"},
                {"Key": "eks:nodegroup-name", "Value": name},
            ],
        }
    )
    place.launch_template_versions.append(template_version(template, 1, default=True))
    place.instances.append(
        {
            "InstanceId": f"i-{number}-{item}",
            "InstanceType": "m7i.large",
            "SubnetId": subnet,
            "State": {"Name": "running"},
            "Tags": [{"Key": "eks:cluster-name", "Value": owner}, {"Key": "eks:nodegroup-name", "Value": name}],
        }
    )


def template_version(template: str, number: int, *, default: bool) -> Row:
    return {
        "LaunchTemplateId": template,
        "LaunchTemplateName": template,
        "VersionNumber": number,
        "DefaultVersion": default,
        "LaunchTemplateData": {
            "ImageId": "ami-1",
            "UserData": "c2VjcmV0",
            "MetadataOptions": {"HttpTokens": "required"},
        },
    }


def _supersede(place: Place, number: int) -> None:
    """Give a template two newer versions, so that the one in use is neither newest nor default."""
    template = place.launch_template_versions[number]["LaunchTemplateId"]
    place.launch_template_versions[number]["DefaultVersion"] = False
    place.launch_template_versions += [
        template_version(template, 2, default=True),
        template_version(template, 3, default=False),
    ]
