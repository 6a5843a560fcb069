"""EKS: clusters, their parts, and what AWS publishes for them."""

from collections.abc import Mapping, Sequence

from benchmarks.fleet.calls import Answer, Call, Operation, listing
from benchmarks.fleet.errors import AwsError
from benchmarks.fleet.names import eks_arn, role_arn
from benchmarks.fleet.services.nodegroups import described_group
from benchmarks.fleet.services.offers import describe_addon_versions, describe_cluster_versions
from benchmarks.fleet.services.owners import subnets_of
from benchmarks.fleet.traits import LOG_TYPES, Access, Cluster
from benchmarks.fleet.world import CLUSTERS_PER_VPC

_INSIGHTS = (
    "Deprecated APIs removed in a later Kubernetes version",
    "Kubelet version skew",
    "kube-proxy version skew",
    "EKS add-on version compatibility",
    "Cluster health issues",
)


def not_found(what: str) -> AwsError:
    """Return the error by which EKS says that there is no such thing."""
    return AwsError("ResourceNotFoundException", f"No {what}", 404)


def cluster_of(call: Call) -> Cluster:
    """Return the cluster that a call names, unless it is gone or denied."""
    name = call.parameters["cluster"]
    number = call.world.cluster_number(call.place, name)
    cluster = None if number is None else call.world.cluster(call.place, number)
    if cluster is None or cluster.access is Access.GHOST:
        raise not_found(f"cluster found for name: {name}.")
    if cluster.access is Access.DENIED:
        raise AwsError("AccessDeniedException", f"User is not authorized to access {name}", 403)
    return cluster


def _number_of(call: Call, names: Sequence[str], what: str) -> int:
    name = call.parameters["part"]
    if name not in names:
        raise not_found(f"{what} found for name: {name}.")
    return names.index(name)


def _list_clusters(call: Call) -> Answer:
    world = call.world
    return listing(call, "clusters", [world.cluster_name(n) for n in range(world.cluster_count(call.place))])


def _describe_cluster(call: Call) -> Answer:
    cluster = cluster_of(call)
    described = {
        "name": cluster.name,
        "arn": eks_arn(call.place, "cluster", cluster.name),
        "createdAt": call.world.catalogue.at(-500 + cluster.index % 300),
        "version": cluster.version.minor,
        "roleArn": role_arn(call.place.account, f"eks-cluster-{call.place.region}-{cluster.name}"),
        "resourcesVpcConfig": _network(call, cluster),
        "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"},
        "logging": {"clusterLogging": _logging(cluster)},
        "status": cluster.status,
        "platformVersion": "eks.9",
        "tags": cluster_tags(cluster),
        "health": {"issues": _issues(call, cluster)},
        "accessConfig": {"authenticationMode": cluster.authentication},
        "upgradePolicy": {"supportType": cluster.support_type},
        "computeConfig": {"enabled": False},
        "deletionProtection": cluster.protected,
        "endpoint": f"https://{cluster.index:032X}.gr7.{call.place.region}.eks.amazonaws.com",
        "identity": {"oidc": {"issuer": f"https://oidc.eks.{call.place.region}.amazonaws.com/id/{cluster.index:032X}"}},
        "certificateAuthority": {"data": "Y2VydGlmaWNhdGU=" * 90},
    }
    if cluster.encrypted:
        key = call.world.key(call.place, cluster.index)
        described["encryptionConfig"] = [{"resources": ["secrets"], "provider": {"keyArn": key.arn}}]
    return {"cluster": described}


def cluster_tags(cluster: Cluster) -> dict[str, str]:
    """Return the tags of a cluster, which its parts carry too."""
    owner = {"owner": f"{cluster.name.split('-')[1]}@example.com"} if cluster.has_owner else {}
    return {"environment": cluster.environment, "cost-center": f"cc-{cluster.index % 97:04d}", **owner}


def _network(call: Call, cluster: Cluster) -> Answer:
    vpc = cluster.index // CLUSTERS_PER_VPC
    addresses = ["0.0.0.0/0"] if cluster.open_to_the_world else ["203.0.113.0/24", "198.51.100.7/32"]
    return {
        "subnetIds": subnets_of(call, cluster),
        "securityGroupIds": [call.names.id("sg", call.place, cluster.index, 1)],
        "clusterSecurityGroupId": call.names.id("sg", call.place, cluster.index),
        "vpcId": call.names.id("vpc", call.place, vpc),
        "endpointPublicAccess": cluster.public,
        "endpointPrivateAccess": True,
        "publicAccessCidrs": addresses if cluster.public else [],
    }


def _logging(cluster: Cluster) -> list[Answer]:
    off = [kind for kind in LOG_TYPES if kind not in cluster.log_types]
    setups = ((list(cluster.log_types), True), (off, False))
    return [{"types": types, "enabled": enabled} for types, enabled in setups if types]


def _issues(call: Call, cluster: Cluster) -> list[Answer]:
    if not cluster.has_issue:
        return []
    subnet = call.names.id("subnet", call.place, cluster.index // CLUSTERS_PER_VPC, 2)
    return [{"code": "Ec2SubnetNotFound", "message": "We couldn't find a subnet.", "resourceIds": [subnet]}]


def _list_nodegroups(call: Call) -> Answer:
    cluster_of(call)
    return listing(call, "nodegroups", _group_names(call))


def _group_names(call: Call) -> list[str]:
    return [call.world.group_name(number) for number in range(call.world.options.nodegroups)]


def _describe_nodegroup(call: Call) -> Answer:
    cluster = cluster_of(call)
    number = _number_of(call, _group_names(call), "node group")
    group = call.world.group(call.place, cluster.index, number)
    described = described_group(call, cluster, group)
    described["tags"] = cluster_tags(cluster)
    return {"nodegroup": described}


def _profile_names(call: Call) -> list[str]:
    return [f"profile-{number:02d}" for number in range(call.world.options.fargate_profiles)]


def _list_fargate_profiles(call: Call) -> Answer:
    cluster_of(call)
    return listing(call, "fargateProfileNames", _profile_names(call))


def _describe_fargate_profile(call: Call) -> Answer:
    cluster = cluster_of(call)
    name = _profile_names(call)[_number_of(call, _profile_names(call), "Fargate profile")]
    profile = {
        "fargateProfileName": name,
        "fargateProfileArn": call.names.eks_arn(call.place, "fargateprofile", cluster.name, name),
        "clusterName": cluster.name,
        "createdAt": call.world.catalogue.at(-100),
        "podExecutionRoleArn": role_arn(call.place.account, f"fargate-{cluster.name}"),
        "subnets": subnets_of(call, cluster),
        "selectors": [{"namespace": "serverless", "labels": {}}],
        "status": "ACTIVE",
        "tags": cluster_tags(cluster),
        "health": {"issues": []},
    }
    return {"fargateProfile": profile}


def _addon_names(call: Call) -> Sequence[str]:
    return call.world.catalogue.addon_names[: call.world.options.addons]


def _list_addons(call: Call) -> Answer:
    cluster_of(call)
    return listing(call, "addons", _addon_names(call))


def _describe_addon(call: Call) -> Answer:
    cluster = cluster_of(call)
    addon = call.world.addon(call.place, cluster.index, _number_of(call, _addon_names(call), "addon"))
    degraded = {"code": "InsufficientNumberOfReplicas", "message": "The add-on lacks replicas.", "resourceIds": []}
    described = {
        "addonName": addon.name,
        "clusterName": cluster.name,
        "status": addon.status,
        "addonVersion": call.world.catalogue.addon_version(addon.name, addon.release),
        "health": {"issues": [degraded] if addon.status == "DEGRADED" else []},
        "addonArn": call.names.eks_arn(call.place, "addon", cluster.name, addon.name),
        "createdAt": call.world.catalogue.at(-100),
        "modifiedAt": call.world.catalogue.at(-20),
        "tags": cluster_tags(cluster),
    }
    return {"addon": described}


def _insight(call: Call, cluster: Cluster, number: int) -> Answer:
    status = call.world.insight_status(call.place, cluster.index, number)
    return {
        "id": call.world.draws.identifier("insight", *call.place, cluster.index, number),
        "name": _INSIGHTS[number],
        "category": "UPGRADE_READINESS",
        "kubernetesVersion": cluster.version.minor,
        "lastRefreshTime": call.world.catalogue.at(-0.2),
        "lastTransitionTime": call.world.catalogue.at(-30),
        "description": f"Checks for {_INSIGHTS[number]}",
        "insightStatus": {"status": status, "reason": "No issues" if status == "PASSING" else "Issues detected"},
    }


def _list_insights(call: Call) -> Answer:
    cluster = cluster_of(call)
    return listing(call, "insights", [_insight(call, cluster, number) for number in range(call.world.options.insights)])


def _describe_insight(call: Call) -> Answer:
    cluster = cluster_of(call)
    insights = [_insight(call, cluster, number) for number in range(call.world.options.insights)]
    found = insights[_number_of(call, [insight["id"] for insight in insights], "insight")]
    client = {"userAgent": "kube-state-metrics", "lastRequestTime": call.world.catalogue.at(-1)}
    deprecated = {
        "usage": "/apis/flowcontrol.apiserver.k8s.io/v1beta3/flowschemas",
        "stopServingVersion": cluster.version.minor,
        "clientStats": [client],
    }
    details = {"recommendation": "Update the resources.", "resources": []}
    return {"insight": {**found, **details, "categorySpecificSummary": {"deprecationDetails": [deprecated]}}}


# Paths: {cluster} and {part} are names.
ROUTES: Mapping[tuple[str, str], tuple[str, Operation]] = {
    ("GET", "clusters"): ("ListClusters", _list_clusters),
    ("GET", "clusters/{cluster}"): ("DescribeCluster", _describe_cluster),
    ("GET", "clusters/{cluster}/node-groups"): ("ListNodegroups", _list_nodegroups),
    ("GET", "clusters/{cluster}/node-groups/{part}"): ("DescribeNodegroup", _describe_nodegroup),
    ("GET", "clusters/{cluster}/fargate-profiles"): ("ListFargateProfiles", _list_fargate_profiles),
    ("GET", "clusters/{cluster}/fargate-profiles/{part}"): ("DescribeFargateProfile", _describe_fargate_profile),
    ("GET", "clusters/{cluster}/addons"): ("ListAddons", _list_addons),
    ("GET", "clusters/{cluster}/addons/{part}"): ("DescribeAddon", _describe_addon),
    ("POST", "clusters/{cluster}/insights"): ("ListInsights", _list_insights),
    ("GET", "clusters/{cluster}/insights/{part}"): ("DescribeInsight", _describe_insight),
    ("GET", "cluster-versions"): ("DescribeClusterVersions", describe_cluster_versions),
    ("GET", "addons/supported-versions"): ("DescribeAddonVersions", describe_addon_versions),
}
