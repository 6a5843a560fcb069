"""What AWS publishes: Kubernetes versions, add-ons, image releases, instance types."""

from benchmarks.fleet.calls import EC2, Answer, Call, filters, listing, page
from benchmarks.fleet.catalogue import DEFAULT_ADDON_RELEASE, Version
from benchmarks.fleet.errors import AwsError

_RETIRED = "UNSUPPORTED"
_PARAMETERS_A_CALL = 10
_QUOTAS = {
    "L-1194D53C": "Clusters",
    "L-33415657": "Fargate profiles per cluster",
    "L-6D54EA21": "Managed node groups per cluster",
    "L-BD136A63": "Nodes per managed node group",
}


def describe_cluster_versions(call: Call) -> Answer:
    """`eks:DescribeClusterVersions`."""
    asked = call.parameters.get("versionStatus")
    every = call.parameters.get("includeAll") == "true"
    offered = [version for version in reversed(call.world.catalogue.versions) if every or version.support != _RETIRED]
    chosen = [_offered(call, version) for version in offered if asked in (None, version.support)]
    return listing(call, "clusterVersions", chosen)


def _offered(call: Call, version: Version) -> Answer:
    at = call.world.catalogue.at
    return {
        "clusterVersion": version.minor,
        "clusterType": "eks",
        "defaultVersion": version is call.world.catalogue.versions[-2],
        "releaseDate": at(version.standard_ends - 425),
        "endOfStandardSupportDate": at(version.standard_ends),
        "endOfExtendedSupportDate": at(version.extended_ends),
        "versionStatus": version.support,
        "kubernetesPatchVersion": version.patch,
    }


def describe_addon_versions(call: Call) -> Answer:
    """`eks:DescribeAddonVersions`."""
    catalogue = call.world.catalogue
    asked = call.parameters.get("addonName")
    names = [name for name in (*catalogue.addon_names, *catalogue.foreign_addon_names) if asked in (None, name)]
    return listing(call, "addons", [_offered_addon(call, name) for name in names])


def _offered_addon(call: Call, name: str) -> Answer:
    catalogue = call.world.catalogue
    versions = [
        {
            "addonVersion": catalogue.addon_version(name, release),
            "architecture": ["amd64", "arm64"],
            "compatibilities": [
                {"clusterVersion": version.minor, "defaultVersion": release == DEFAULT_ADDON_RELEASE}
                for version in reversed(catalogue.versions)
                if catalogue.addon_fits(release, version)
            ],
        }
        for release in catalogue.addon_releases
    ]
    owner = "aws" if name in catalogue.addon_names else "aws-marketplace"
    return {"addonName": name, "type": "observability", "owner": owner, "addonVersions": versions}


def get_parameters(call: Call) -> Answer:
    """`ssm:GetParameters`."""
    names = call.parameters.get("Names", [])
    if len(names) > _PARAMETERS_A_CALL:
        raise AwsError("ValidationException", f"At most {_PARAMETERS_A_CALL} names")
    known = call.world.catalogue.recommended_releases()
    found = [{"Name": name, "Type": "String", "Value": known[name], "Version": 1} for name in names if name in known]
    return {"Parameters": found, "InvalidParameters": [name for name in names if name not in known]}


def describe_instance_types(call: Call) -> Answer:
    """`ec2:DescribeInstanceTypes`."""
    asked = filters(call.parameters).get("instance-type")
    types = [
        {
            "instanceType": kind.name,
            "currentGeneration": kind.current,
            "burstablePerformanceSupported": kind.burstable,
            "freeTierEligible": False,
            "vCpuInfo": {"defaultVCpus": 2},
            "memoryInfo": {"sizeInMiB": 8192},
        }
        for kind in call.world.catalogue.instance_types
        if asked is None or kind.name in asked
    ]
    found, token = page(call, types, EC2)
    return {"instanceTypeSet": list(found), "nextToken": token}


def describe_regions(call: Call) -> Answer:
    """`ec2:DescribeRegions`: those of the fleet."""
    regions = [
        {"regionName": name, "regionEndpoint": f"ec2.{name}.amazonaws.com", "optInStatus": "opt-in-not-required"}
        for name in call.world.options.regions
    ]
    return {"regionInfo": regions}


def list_service_quotas(_: Call) -> Answer:
    """`servicequotas:ListServiceQuotas`: wide enough for any fleet."""
    quotas = [
        {"ServiceCode": "eks", "QuotaCode": code, "QuotaName": name, "Value": 100_000, "Adjustable": True}
        for code, name in _QUOTAS.items()
    ]
    return {"Quotas": quotas}
