"""The bare boto3 thread pool: the calls of `plumbline scan` in one process, and nothing done with the answers.

This is what a scan costs that is written straight on boto3, one task for each call.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from itertools import chain, islice
from typing import Any

import boto3
from botocore.config import Config

from benchmarks.fleet.catalogue import Catalogue

# More threads gain nothing: boto3 signs and parses on one core.
THREADS = 32
_CLUSTER_TAG = "kubernetes.io/cluster/"
_VOLUME_TAGS = ["kubernetes.io/created-for/pvc/name", "ebs.csi.aws.com/cluster", "KubernetesCluster"]
_PARTS = (
    ("nodegroups", "list_nodegroups", "describe_nodegroup", "nodegroupName"),
    ("fargateProfileNames", "list_fargate_profiles", "describe_fargate_profile", "fargateProfileName"),
    ("addons", "list_addons", "describe_addon", "addonName"),
)
_ADMINISTRATOR = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
_ALL = {"IncludeManagedResources": True}
Answer = dict[str, Any]


class Scan:
    """One scan of one region."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        session: Any = boto3.Session()
        config = Config(max_pool_connections=THREADS, retries={"mode": "adaptive", "total_max_attempts": 5})
        services = (
            *("sts", "iam", "eks", "ec2", "autoscaling", "kms", "logs", "cloudtrail", "ssm"),
            *("guardduty", "ecr", "service-quotas"),
        )
        self._clients: dict[str, Any] = {name: session.client(name, config=config) for name in services}

    def run(self) -> int:
        """Make every call; return how many clusters there are."""
        self._clients["sts"].get_caller_identity()
        facts = [self._pool.submit(job) for job in self._region_facts()]
        names = self._pages("eks", "list_clusters", "clusters", PageSize=100)
        clusters, groups = self._clusters(names)
        instances = facts[0].result()
        related = [self._pool.submit(job) for job in self._related(clusters, groups, instances)]
        _finish([*facts, *related])
        return len(clusters)

    def _pages(self, service: str, method: str, member: str, PageSize: int = 0, **arguments: Any) -> list[Any]:  # noqa: N803
        paging = {"PageSize": PageSize} if PageSize else {}
        pages = self._clients[service].get_paginator(method).paginate(**arguments, PaginationConfig=paging)
        return [item for page in pages for item in page.get(member, [])]

    def _region_facts(self) -> Iterator[Callable[[], Any]]:
        node_tags = {"Name": "tag-key", "Values": [_CLUSTER_TAG + "*", "eks:cluster-name", "eks:eks-cluster-name"]}
        running = {"Name": "instance-state-name", "Values": ["pending", "running"]}
        yield self._job("ec2", "describe_instances", "Reservations", 1000, Filters=[node_tags, running], **_ALL)
        of_pods = {"Name": "tag-key", "Values": _VOLUME_TAGS}
        yield self._job("ec2", "describe_volumes", "Volumes", 500, Filters=[of_pods], **_ALL)
        entities = ["User", "Role", "LocalManagedPolicy"]
        yield self._job("iam", "get_account_authorization_details", "RoleDetailList", 1000, Filter=entities)
        iam = self._clients["iam"]
        yield iam.get_account_summary
        yield self._credential_report
        yield iam.list_open_id_connect_providers
        yield self._job("eks", "describe_cluster_versions", "clusterVersions", 100, includeAll=True)
        yield self._job("eks", "describe_addon_versions", "addons", 100)
        yield self._job("logs", "describe_log_groups", "logGroups", 50, logGroupNamePrefix="/aws/eks/")
        yield self._clients["ec2"].get_ebs_encryption_by_default
        yield self._clients["ec2"].get_instance_metadata_defaults
        yield self._job("autoscaling", "describe_scheduled_actions", "ScheduledUpdateGroupActions", 100)
        yield self._job("service-quotas", "list_service_quotas", "Quotas", 100, ServiceCode="eks")
        yield self._trails
        yield self._detectors
        yield self._registry

    def _credential_report(self) -> None:
        self._clients["iam"].generate_credential_report()
        self._clients["iam"].get_credential_report()

    def _detectors(self) -> None:
        for detector in self._pages("guardduty", "list_detectors", "DetectorIds", 50):
            self._clients["guardduty"].get_detector(DetectorId=detector)

    def _registry(self) -> None:
        ecr = self._clients["ecr"]
        ecr.get_registry_scanning_configuration()
        for repository in self._pages("ecr", "describe_repositories", "repositories", 1000):
            ecr.get_repository_policy(repositoryName=repository["repositoryName"])
            ecr.get_lifecycle_policy(repositoryName=repository["repositoryName"])

    def _job(self, service: str, method: str, member: str, size: int, **arguments: Any) -> Callable[[], list[Any]]:
        return partial(self._pages, service, method, member, PageSize=size, **arguments)

    def _trails(self) -> None:
        client = self._clients["cloudtrail"]
        for trail in client.describe_trails()["trailList"]:
            client.get_trail_status(Name=trail["TrailARN"])
            client.get_event_selectors(TrailName=trail["TrailARN"])

    def _clusters(self, names: Sequence[str]) -> tuple[list[Answer], list[Answer]]:
        """Describe every cluster with all its parts; return clusters and node groups."""
        eks = self._clients["eks"]
        described = [self._pool.submit(eks.describe_cluster, name=name) for name in names]
        insights = [self._pool.submit(self._insights, name) for name in names]
        others = [self._pool.submit(self._identities, name) for name in names]
        parts = [(name, self._pool.submit(self._names_of, name, *part[:2]), part) for name in names for part in _PARTS]
        single = [
            self._pool.submit(getattr(eks, describe), clusterName=name, **{argument: item})
            for name, listed, (_, _, describe, argument) in parts
            for item in listed.result()
        ]
        answers = [future.result() for future in single]
        clusters = [future.result()["cluster"] for future in described]
        others += [
            self._pool.submit(self._access, cluster["name"])
            for cluster in clusters
            if cluster["accessConfig"]["authenticationMode"] != "CONFIG_MAP"
        ]
        _finish([*insights, *others])
        return clusters, [answer["nodegroup"] for answer in answers if "nodegroup" in answer]

    def _names_of(self, cluster: str, member: str, method: str) -> list[str]:
        return self._pages("eks", method, member, PageSize=100, clusterName=cluster)

    def _insights(self, cluster: str) -> None:
        for insight in self._pages("eks", "list_insights", "insights", PageSize=100, clusterName=cluster):
            if insight["insightStatus"]["status"] != "PASSING":
                self._clients["eks"].describe_insight(clusterName=cluster, id=insight["id"])

    def _identities(self, cluster: str) -> None:
        for one in self._pages("eks", "list_pod_identity_associations", "associations", 100, clusterName=cluster):
            identifier = one["associationId"]
            self._clients["eks"].describe_pod_identity_association(clusterName=cluster, associationId=identifier)

    def _access(self, cluster: str) -> None:
        entries = partial(self._pages, "eks", "list_access_entries", "accessEntries", 100, clusterName=cluster)
        entries()
        for principal in entries(associatedPolicyArn=_ADMINISTRATOR):
            self._clients["eks"].list_associated_access_policies(clusterName=cluster, principalArn=principal)

    def _related(
        self, clusters: Sequence[Answer], groups: Sequence[Answer], reservations: Sequence[Answer]
    ) -> Iterator[Callable[[], Any]]:
        networks = [cluster["resourcesVpcConfig"] for cluster in clusters]
        vpcs = {network["vpcId"] for network in networks}
        subnets = {subnet for network in networks for subnet in network["subnetIds"]}
        for batch in _batches(vpcs, 200):
            inside = {"Filters": [{"Name": "vpc-id", "Values": batch}]}
            yield self._job("ec2", "describe_vpcs", "Vpcs", 1000, **inside)
            yield self._job("ec2", "describe_subnets", "Subnets", 1000, **inside)
            yield self._job("ec2", "describe_route_tables", "RouteTables", 100, **inside)
            yield self._job("ec2", "describe_nat_gateways", "NatGateways", 1000, Filter=inside["Filters"])
            yield self._job("ec2", "describe_security_groups", "SecurityGroups", 1000, **inside)
            yield self._job("ec2", "describe_network_acls", "NetworkAcls", 1000, **inside)
            yield self._job("ec2", "describe_vpc_endpoints", "VpcEndpoints", 1000, **inside)
        for vpc in sorted(vpcs):
            for attribute in ("enableDnsSupport", "enableDnsHostnames"):
                yield partial(self._clients["ec2"].describe_vpc_attribute, VpcId=vpc, Attribute=attribute)
        for batch in _batches(vpcs | subnets, 200):
            watched = [{"Name": "resource-id", "Values": batch}]
            yield self._job("ec2", "describe_flow_logs", "FlowLogs", 1000, Filter=watched)
        for batch in _batches((_CLUSTER_TAG + cluster["name"] for cluster in clusters), 200):
            tagged = [{"Name": "tag-key", "Values": batch}]
            yield self._job("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", 100, Filters=tagged)
        newest = ["$Latest", "$Default"]
        yield self._job(
            "ec2", "describe_launch_template_versions", "LaunchTemplateVersions", 200, Versions=newest, **_ALL
        )
        types = {node["InstanceType"] for one in reservations for node in one["Instances"]}
        for batch in _batches(types, 100):
            named = [{"Name": "instance-type", "Values": batch}]
            yield self._job("ec2", "describe_instance_types", "InstanceTypes", 100, Filters=named)
        images = {node["ImageId"] for one in reservations for node in one["Instances"]}
        for batch in _batches(images, 100):
            identified = [{"Name": "image-id", "Values": batch}]
            yield self._job("ec2", "describe_images", "Images", 1000, Filters=identified, IncludeDeprecated=True)
        for arn in _keys(clusters):
            yield partial(self._clients["kms"].describe_key, KeyId=arn)
            yield partial(self._clients["kms"].get_key_rotation_status, KeyId=arn)
        for batch in _batches(_parameters(groups), 10):
            yield partial(self._clients["ssm"].get_parameters, Names=batch)


def _keys(clusters: Sequence[Answer]) -> set[str]:
    configs = chain.from_iterable(cluster.get("encryptionConfig", ()) for cluster in clusters)
    return {config["provider"]["keyArn"] for config in configs}


def _parameters(groups: Sequence[Answer]) -> set[str]:
    names = {image.type: image.parameter for image in Catalogue(datetime.now(UTC).date()).images if not image.custom}
    return {names[kind].format(minor=group["version"]) for group in groups if (kind := group["amiType"]) in names}


def _batches(values: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(sorted(values))
    while batch := list(islice(rest, size)):
        yield batch


def _finish(futures: Iterable[Future[Any]]) -> None:
    for future in futures:
        future.result()


if __name__ == "__main__":
    with ThreadPoolExecutor(THREADS) as threads:
        print(f"{Scan(threads).run()} clusters")
