"""One EKS cluster with its add-ons, entries, profiles and insights."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from local.fleet.build_access import add_access, add_identities
from local.fleet.build_security import add_cluster_group, add_open_group
from local.fleet.cluster_manifest import Addon, FargateProfile, HealthIssue, Insight
from local.fleet.names import cluster_group_id, issuer, key_arn
from local.fleet.site import ClusterSite
from local.simulators.eks.clusters import log_setting
from local.simulators.world import Cluster, Place, Row, identifier


def build_cluster(site: ClusterSite) -> Cluster:
    """The cluster, without its node groups."""
    manifest = site.manifest
    cluster = Cluster(_description(site))
    cluster.addons = {addon.name: _addon(site, addon) for addon in manifest.addons}
    cluster.fargate_profiles = {one.name: _fargate_profile(site, one) for one in manifest.fargate_profiles}
    cluster.insights = {row["id"]: row for row in (_insight(site, one) for one in manifest.insights)}
    add_access(site, cluster)
    add_identities(site, cluster)
    cluster.capabilities = {kind.lower(): _capability(site, kind) for kind in manifest.capabilities}
    add_cluster_group(site.place, manifest.name, site.vpc)
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
        "accessConfig": {
            "authenticationMode": manifest.authentication_mode,
            "bootstrapClusterCreatorAdminPermissions": False,
        },
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
        own = issuer(place.account, place.region, manifest.name)
        description["endpoint"] = f"https://{own.rpartition('/')[2]}.gr7.{place.region}.eks.amazonaws.com"
        description["certificateAuthority"] = {"data": "LS0t"}
        description["identity"] = {"oidc": {"issuer": f"https://{own}"}}
    return description


def _network(site: ClusterSite) -> Row:
    manifest = site.manifest
    own = f"{manifest.name}-control-plane"
    groups = [add_open_group(site.place, own, site.vpc, manifest.ingress)] if manifest.ingress else []
    return {
        "vpcId": site.vpc,
        "subnetIds": site.subnets(site.zones, is_public=manifest.public_subnets),
        "securityGroupIds": groups,
        "clusterSecurityGroupId": cluster_group_id(site.place, manifest.name),
        "endpointPublicAccess": manifest.endpoint.public,
        "endpointPrivateAccess": manifest.endpoint.private,
        "publicAccessCidrs": list(manifest.endpoint.cidrs) or (["0.0.0.0/0"] if manifest.endpoint.public else []),
    }


def _key(site: ClusterSite, name: str) -> str:
    account, _, own = name.rpartition("/")
    return key_arn(Place(account or site.place.account, site.place.region), own)


_GOOD_SETTINGS = {"vpc-cni": {"enableNetworkPolicy": "true"}}


def _addon(site: ClusterSite, addon: Addon) -> Row:
    settings = _GOOD_SETTINGS.get(addon.name, {}) if addon.settings is None else addon.settings
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
        **({"configurationValues": json.dumps(settings)} if settings else {}),
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


def _capability(site: ClusterSite, kind: str) -> Row:
    return {
        "capabilityName": kind.lower(),
        "arn": site.arn("capability", kind.lower()),
        "clusterName": site.manifest.name,
        "type": kind,
        "roleArn": site.role(f"{site.manifest.name}-cluster"),
        "status": "ACTIVE",
        "version": "1",
        "health": issues(()),
        "createdAt": site.days_ago(60),
        "modifiedAt": site.days_ago(60),
        "tags": {},
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
