"""One EKS cluster with its add-ons, entries, profiles and insights."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from local.fleet.build_region import key_arn, subnet_id, vpc_id
from local.fleet.cluster_manifest import Addon, FargateProfile, HealthIssue, Insight
from local.fleet.cluster_manifest import Cluster as ClusterManifest
from local.simulators.eks.clusters import log_setting
from local.simulators.world import Catalogue, Cluster, Place, Row, identifier


@dataclass(frozen=True)
class ClusterSite:
    """A cluster's manifest and where it stands."""

    manifest: ClusterManifest
    place: Place
    catalogue: Catalogue
    now: dt.datetime

    def days_ago(self, days: int) -> dt.datetime:
        """The time so many days ago."""
        return self.now - dt.timedelta(days=days)

    def arn(self, kind: str, *names: str) -> str:
        """The ARN of a part of the cluster."""
        unique = identifier("id", self.place.account, self.manifest.name, kind, *names).removeprefix("id-")
        return self.place.arn("eks", f"{kind}/{self.manifest.name}/{'/'.join(names)}/{unique}")

    def role(self, name: str) -> str:
        """The ARN of a role of the cluster's account."""
        return f"arn:aws:iam::{self.place.account}:role/{name}"

    def subnets(self, zones: tuple[str, ...], *, is_public: bool = False) -> list[str]:
        """The subnets of the cluster's VPC in these zones."""
        return [subnet_id(self.place, self.manifest.vpc, zone, is_public=is_public) for zone in zones]


def build_cluster(site: ClusterSite) -> Cluster:
    """The cluster, without its node groups."""
    manifest = site.manifest
    cluster = Cluster(_description(site))
    cluster.addons = {addon.name: _addon(site, addon) for addon in manifest.addons}
    cluster.fargate_profiles = {one.name: _fargate_profile(site, one) for one in manifest.fargate_profiles}
    cluster.insights = {row["id"]: row for row in (_insight(site, one) for one in manifest.insights)}
    _add_access(site, cluster)
    for identity in manifest.pod_identities:
        own = identifier("a", manifest.account, manifest.name, identity.namespace, identity.service_account)
        cluster.pod_identities[own] = {
            "associationArn": site.place.arn("eks", f"podidentityassociation/{manifest.name}/{own}"),
            "associationId": own,
            "clusterName": manifest.name,
            "createdAt": site.days_ago(60),
            "modifiedAt": site.days_ago(60),
            "namespace": identity.namespace,
            "roleArn": site.role(identity.role),
            "serviceAccount": identity.service_account,
            "tags": {},
        }
    if manifest.log_group:
        site.place.log_groups.append(_log_group(site))
    return cluster


def issues(found: tuple[HealthIssue, ...]) -> Row:
    """The `health` of a resource."""
    return {"issues": [{"code": one.code, "message": one.message, "resourceIds": []} for one in found]}


def _description(site: ClusterSite) -> Row:
    manifest, place = site.manifest, site.place
    platform = next(
        row["defaultPlatformVersion"] for row in site.catalogue.versions if row["clusterVersion"] == manifest.version
    )
    description: dict[str, Any] = {
        "name": manifest.name,
        "arn": place.arn("eks", f"cluster/{manifest.name}"),
        "createdAt": site.days_ago(manifest.age),
        "version": manifest.version,
        "platformVersion": platform,
        "roleArn": site.role(f"{manifest.name}-cluster"),
        "status": manifest.status,
        "health": issues(manifest.issues),
        "resourcesVpcConfig": _network(site),
        "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"},
        "logging": {"clusterLogging": log_setting(set(manifest.logs))},
        "accessConfig": {"authenticationMode": manifest.authentication_mode},
        "upgradePolicy": {"supportType": manifest.support},
        "deletionProtection": manifest.deletion_protection,
        "tags": dict(manifest.tags),
    }
    if manifest.key:
        keys = [{"resources": ["secrets"], "provider": {"keyArn": _key(site, manifest.key)}}]
        description["encryptionConfig"] = keys
    if manifest.auto_mode:
        description["computeConfig"] = {
            "enabled": True,
            "nodePools": ["general-purpose", "system"],
            "nodeRoleArn": site.role(f"{manifest.name}-node"),
        }
        description["storageConfig"] = {"blockStorage": {"enabled": True}}
    if manifest.status != "CREATING":
        unique = identifier("oidc", place.account, manifest.name).removeprefix("oidc-").upper()
        description["endpoint"] = f"https://{unique}.gr7.{place.region}.eks.amazonaws.com"
        description["certificateAuthority"] = {"data": "LS0t"}
        description["identity"] = {"oidc": {"issuer": f"https://oidc.eks.{place.region}.amazonaws.com/id/{unique}"}}
    return description


def _network(site: ClusterSite) -> Row:
    manifest = site.manifest
    vpc = vpc_id(site.place, manifest.vpc)
    private = [row["SubnetId"] for row in site.place.subnets if row["VpcId"] == vpc and not row["MapPublicIpOnLaunch"]]
    return {
        "vpcId": vpc,
        "subnetIds": private,
        "securityGroupIds": [],
        "clusterSecurityGroupId": identifier("sg", manifest.account, manifest.region, manifest.name),
        "endpointPublicAccess": manifest.endpoint.public,
        "endpointPrivateAccess": manifest.endpoint.private,
        "publicAccessCidrs": list(manifest.endpoint.cidrs) or (["0.0.0.0/0"] if manifest.endpoint.public else []),
    }


def _key(site: ClusterSite, name: str) -> str:
    account, _, own = name.rpartition("/")
    return key_arn(Place(account or site.place.account, site.place.region), own)


def _addon(site: ClusterSite, addon: Addon) -> Row:
    return {
        "addonName": addon.name,
        "addonArn": site.arn("addon", addon.name),
        "addonVersion": addon.version or _default_version(site, addon.name),
        "clusterName": site.manifest.name,
        "createdAt": site.days_ago(200),
        "modifiedAt": site.days_ago(30),
        "health": issues(addon.issues),
        "owner": "aws",
        "publisher": "eks",
        "status": addon.status,
        "tags": {},
    }


def _default_version(site: ClusterSite, name: str) -> str:
    return next(
        str(entry["addonVersion"])
        for addon in site.catalogue.addons
        if addon["addonName"] == name
        for entry in addon["addonVersions"]
        for fit in entry["compatibilities"]
        if fit["clusterVersion"] == site.manifest.version and fit["defaultVersion"]
    )


def _fargate_profile(site: ClusterSite, profile: FargateProfile) -> Row:
    return {
        "fargateProfileName": profile.name,
        "fargateProfileArn": site.arn("fargateprofile", profile.name),
        "clusterName": site.manifest.name,
        "createdAt": site.days_ago(100),
        "podExecutionRoleArn": site.role(f"{site.manifest.name}-fargate"),
        "selectors": [{"namespace": profile.namespace}],
        "subnets": site.subnets(("a", "b"), is_public=profile.public),
        "status": profile.status,
        "health": issues(profile.issues),
        "tags": dict(site.manifest.tags if profile.tags is None else profile.tags),
    }


def _add_access(site: ClusterSite, cluster: Cluster) -> None:
    for entry in site.manifest.access_entries:
        principal = f"arn:aws:iam::{site.place.account}:{entry.principal}"
        kind, _, name = entry.principal.partition("/")
        cluster.access_entries[principal] = {
            "accessEntryArn": site.arn("access-entry", kind, site.place.account, name),
            "clusterName": site.manifest.name,
            "createdAt": site.days_ago(90),
            "modifiedAt": site.days_ago(90),
            "kubernetesGroups": list(entry.groups),
            "principalArn": principal,
            "tags": {},
            "type": "STANDARD",
            "username": principal,
        }
        if entry.policy:
            arn = f"arn:aws:eks::aws:cluster-access-policy/{entry.policy}"
            cluster.access_policies[principal] = {
                arn: {
                    "policyArn": arn,
                    "accessScope": {"type": "cluster", "namespaces": []},
                    "associatedAt": site.days_ago(90),
                    "modifiedAt": site.days_ago(90),
                }
            }


def _insight(site: ClusterSite, insight: Insight) -> Row:
    own = identifier("insight", site.place.account, site.manifest.name, insight.name).removeprefix("insight-")
    major, minor = site.manifest.version.split(".")
    row: Row = {
        "id": own,
        "name": insight.name,
        "category": insight.category,
        "kubernetesVersion": f"{major}.{int(minor) + 1}",
        "lastRefreshTime": site.now - dt.timedelta(hours=insight.refreshed_hours_ago),
        "lastTransitionTime": site.days_ago(9),
        "description": insight.name,
        "insightStatus": {"status": insight.status, "reason": insight.reason},
        "recommendation": "Migrate to the replacement before you upgrade." if insight.reason else "",
        "additionalInfo": {},
        "resources": [],
        "categorySpecificSummary": {"deprecationDetails": [], "addonCompatibilityDetails": []},
    }
    if insight.deprecated_api:
        row["categorySpecificSummary"]["deprecationDetails"] = [
            {
                "usage": insight.deprecated_api,
                "stopServingVersion": row["kubernetesVersion"],
                "clientStats": [
                    {
                        "userAgent": insight.user_agent,
                        "numberOfRequestsLast30Days": 412,
                        "lastRequestTime": site.days_ago(1),
                    }
                ],
            }
        ]
    return row


def _log_group(site: ClusterSite) -> Row:
    manifest = site.manifest.log_group
    name = f"/aws/eks/{site.manifest.name}/cluster"
    row = {
        "logGroupName": name,
        "arn": site.place.arn("logs", f"log-group:{name}:*"),
        "logGroupArn": site.place.arn("logs", f"log-group:{name}"),
        "logGroupClass": "STANDARD",
        "creationTime": int(site.days_ago(site.manifest.age).timestamp() * 1000),
        "metricFilterCount": 0,
        "storedBytes": 48_000_000,
    }
    if manifest and manifest.retention_days:
        row["retentionInDays"] = manifest.retention_days
    if manifest and manifest.encrypted:
        row["kmsKeyId"] = key_arn(site.place, "logs")
    return row
