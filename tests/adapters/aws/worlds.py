"""Worlds of a wanted shape for the collecting tests: rows as the APIs name them."""

import json
from dataclasses import dataclass
from urllib.parse import quote

from local.simulators.world import Account, Cluster, Place, Row, World
from tests.adapters.aws.stub import ACCOUNT, NOW, REGION

PASSING, ERROR = "PASSING", "ERROR"
ADMINISTRATOR = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


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
    administrators: int = 1
    entries: int = 2
    associations: int = 1
    self_managed: int = 0
    repositories: int = 2
    detectors: int = 1
    volumes: int = 1


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
    for number in range(shape.repositories):
        _repository(place, number)
    for number in range(shape.detectors):
        place.detectors[f"detector-{number}"] = {"Status": "ENABLED", "Features": []}
    for number in range(shape.volumes):
        tags = [{"Key": "KubernetesCluster", "Value": "c"}]
        place.volumes.append({"VolumeId": f"vol-{number}", "Encrypted": True, "State": "in-use", "Tags": tags})
    for number in range(shape.stale_templates):
        _supersede(place, number)
    place.ebs_encryption_by_default = True
    place.metadata_defaults = {"HttpTokens": "required"}
    place.registry_scanning = {"scanType": "BASIC", "rules": []}
    place.images = [{"ImageId": "ami-1", "ImdsSupport": "v2.0"}]
    world.organization = {"Id": "o-1"}
    world.members = [{"Id": ACCOUNT}]
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
    user = {"Arn": f"arn:aws:iam::{ACCOUNT}:user/ops", "UserName": "ops"}
    return Account(
        ACCOUNT,
        users=[user],
        roles=roles,
        summary={"Roles": 3, "RolesQuota": 1000},
        oidc_providers=[provider],
        saml_providers=[{"Arn": f"arn:aws:iam::{ACCOUNT}:saml-provider/corp"}],
        credentials=[
            {"user": "<root_account>", "password_last_used": "no_information", "mfa_active": "true"},
            {
                "user": "ops",
                "password_last_used": "2026-02-01T10:00:00+00:00",
                "mfa_active": "false",
                "access_key_1_active": "true",
                "access_key_1_last_rotated": "2025-12-01T00:00:00+00:00",
            },
        ],
    )


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
    names = {"_dns_support": True, "_dns_hostnames": True}
    place.vpcs.append({"VpcId": vpc, "OwnerId": place.account, "CidrBlock": "10.0.0.0/16", **names})
    place.nat_gateways.append({"NatGatewayId": f"nat-{number}", "VpcId": vpc, "State": "available"})
    place.security_groups.append({"GroupId": f"sg-{number}", "GroupName": "default", "VpcId": vpc})
    place.network_acls.append({"NetworkAclId": f"acl-{number}", "VpcId": vpc})
    place.vpc_endpoints.append({"VpcEndpointId": f"vpce-{number}", "VpcId": vpc})
    place.subnets.append({"SubnetId": f"subnet-{number}", "VpcId": vpc, "AvailabilityZone": f"{place.region}a"})
    place.route_tables.append({"RouteTableId": f"rtb-{number}", "VpcId": vpc, "Associations": [{"Main": True}]})
    place.flow_logs.append({"FlowLogId": f"fl-{number}", "ResourceId": vpc, "TrafficType": "ALL"})


def _repository(place: Place, number: int) -> None:
    name = f"team/app-{number:03d}"
    row: Row = {"repositoryName": name, "repositoryArn": place.arn("ecr", f"repository/{name}")}
    if number:
        row |= {"_policy": '{"Statement": []}', "_lifecycle_policy": '{"rules": []}'}
    place.repositories[name] = row


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
        "accessConfig": {"authenticationMode": "API"},
        "roleArn": f"arn:aws:iam::{place.account}:role/cluster",
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
    _access(cluster, shape)
    for item in range(shape.self_managed):
        _self_managed_group(place, name, item)
    place.log_groups.append({"logGroupName": f"/aws/eks/{name}/cluster", "retentionInDays": 90})
    return cluster


def _access(cluster: Cluster, shape: Shape) -> None:
    for item in range(shape.entries):
        principal = f"arn:aws:iam::{ACCOUNT}:role/person-{item:03d}"
        cluster.access_entries[principal] = {"principalArn": principal}
        if item < shape.administrators:
            cluster.access_policies[principal] = {
                ADMINISTRATOR: {"policyArn": ADMINISTRATOR, "accessScope": {"type": "cluster", "namespaces": []}}
            }
    for item in range(shape.associations):
        identifier = f"a-{item:03d}"
        cluster.pod_identities[identifier] = {
            "associationId": identifier,
            "clusterName": cluster.description["name"],
            "namespace": "payments",
            "serviceAccount": f"app-{item}",
            "roleArn": f"arn:aws:iam::{ACCOUNT}:role/app",
        }
    cluster.identity_providers["corp"] = {"identityProviderConfigName": "corp"}
    cluster.capabilities["argo"] = {"capabilityName": "argo", "type": "ARGOCD", "status": "ACTIVE"}


def _self_managed_group(place: Place, cluster: str, item: int) -> None:
    name = f"own-{cluster}-{item}"
    place.autoscaling_groups.append(
        {
            "AutoScalingGroupName": name,
            "VPCZoneIdentifier": "",
            "Tags": [{"Key": f"kubernetes.io/cluster/{cluster}", "Value": "owned"}],
        }
    )
    hook = {"LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING", "DefaultResult": "CONTINUE"}
    place.lifecycle_hooks.append({"AutoScalingGroupName": name, **hook})


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
        "nodeRole": f"arn:aws:iam::{place.account}:role/node-0",
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
            "ImageId": "ami-1",
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
