"""The families of events: for each one real API call that breaks a control, and one that mends it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import pytest

from local.fleet.names import issuer as issuer_of
from local.fleet.names import key_arn, provider_arn, role_arn
from local.launcher import EmbeddedAws
from local.simulators.world import Place
from plumbline.domain.subject import Subject

ACCOUNT = "222233334444"
PROD = Subject(ACCOUNT, "eu-west-1", "payments-prod")
DEV = Subject(ACCOUNT, "eu-west-1", "data-lake-dev")
US = Subject(ACCOUNT, "us-east-1", "payments-us")
ROBOTS = Subject("333344445555", "us-east-1", "warehouse-prod")
HOME, WHOLE_ACCOUNT = Subject(ACCOUNT, "eu-west-1"), Subject(ACCOUNT, "")
# Where CloudTrail records the calls of IAM.
GLOBAL_REGION = "us-east-1"


class Engineer:
    """A person who changes things, with what they need to know of the cluster they work on."""

    def __init__(self, embedded: EmbeddedAws, about: Subject) -> None:
        self._embedded = embedded
        self._about = about

    def client(self, service: str) -> Any:
        return self._embedded.deploy_client(service, self._about.account, self._about.region or GLOBAL_REGION)

    def eks(self, operation: str, **parameters: Any) -> Any:
        return getattr(self.client("eks"), operation)(**parameters)

    @cached_property
    def cluster(self) -> dict[str, Any]:
        described: dict[str, Any] = self.eks("describe_cluster", name=self._about.cluster)["cluster"]
        return described

    @property
    def key(self) -> str:
        return str(self.cluster["encryptionConfig"][0]["provider"]["keyArn"])

    @property
    def network(self) -> str:
        return str(self.cluster["resourcesVpcConfig"]["vpcId"])

    @property
    def security_group(self) -> str:
        return str(self.cluster["resourcesVpcConfig"]["clusterSecurityGroupId"])

    @property
    def public_subnet(self) -> str:
        for table in self.in_network("describe_route_tables", "vpc-id")["RouteTables"]:
            if any(route.get("GatewayId", "").startswith("igw-") for route in table["Routes"]):
                subnets = [one["SubnetId"] for one in table["Associations"] if one.get("SubnetId")]
                if subnets:
                    return str(subnets[0])
        pytest.fail("the example fleet has no public subnet in this VPC")

    def in_network(self, operation: str, name: str) -> Any:
        """Call a describing operation of EC2 for what lies in the cluster's VPC."""
        filters = [{"Name": name, "Values": [self.network]}]
        parameter = "Filter" if operation == "describe_flow_logs" else "Filters"
        return getattr(self.client("ec2"), operation)(**{parameter: filters})

    def first_group(self) -> str:
        return str(self.eks("list_nodegroups", clusterName=self._about.cluster)["nodegroups"][0])


class Family(NamedTuple):
    """One family of events.

    `control` notices what `breaks` does on `about`, and what `mends` undoes; without `breaks` it is broken from the
    start and cannot be broken again.
    """

    control: str
    breaks: Callable[[Engineer], object] | None
    mends: Callable[[Engineer], object]
    about: Subject = PROD


SSH_FROM_ANYWHERE = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
GROUP = f"/aws/eks/{PROD.cluster}/cluster"
NOBODY = role_arn(ACCOUNT, "nobody")
OPEN = {"endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/0"]}
CLOSED = {"endpointPublicAccess": False}
REBALANCING = {"AutoScalingGroupName": f"{ROBOTS.cluster}-conveyors", "ScalingProcesses": ["AZRebalance"]}
US_KEY = key_arn(Place(ACCOUNT, US.region), "payments-us")


def audit(engineer: Engineer, *, enabled: bool) -> None:
    setup = {"clusterLogging": [{"types": ["audit"], "enabled": enabled}]}
    engineer.eks("update_cluster_config", name=DEV.cluster, logging=setup)


def encrypt(engineer: Engineer) -> None:
    config = [{"resources": ["secrets"], "provider": {"keyArn": US_KEY}}]
    engineer.eks("associate_encryption_config", clusterName=US.cluster, encryptionConfig=config)


def rolling(engineer: Engineer, percent: int) -> None:
    config = {"maxUnavailablePercentage": percent}
    engineer.eks(
        "update_nodegroup_config", clusterName=PROD.cluster, nodegroupName=engineer.first_group(), updateConfig=config
    )


def upgrade(engineer: Engineer) -> None:
    engineer.eks("update_cluster_version", name=DEV.cluster, version="1.34")


def renew(engineer: Engineer) -> None:
    group = engineer.first_group()
    engineer.eks("update_nodegroup_version", clusterName=DEV.cluster, nodegroupName=group, version="1.34")


def profile(engineer: Engineer) -> None:
    engineer.eks(
        "create_fargate_profile",
        clusterName=PROD.cluster,
        fargateProfileName="public",
        podExecutionRoleArn=role_arn(ACCOUNT, "payments-fargate"),
        subnets=[engineer.public_subnet],
        selectors=[{"namespace": "public"}],
    )


def addon_version(engineer: Engineer, *, newest: bool) -> None:
    offered = engineer.eks("describe_addon_versions", addonName="vpc-cni")["addons"][0]["addonVersions"]
    version = offered[0 if newest else -1]["addonVersion"]
    engineer.eks("update_addon", clusterName=PROD.cluster, addonName="vpc-cni", addonVersion=version)


def associate(engineer: Engineer) -> None:
    engineer.eks(
        "create_pod_identity_association",
        clusterName=US.cluster,
        namespace="payments",
        serviceAccount="promised",
        roleArn=role_arn(ACCOUNT, "payments-ledger"),
    )


def dissociate(engineer: Engineer) -> None:
    for one in engineer.eks("list_pod_identity_associations", clusterName=US.cluster)["associations"]:
        engineer.eks("delete_pod_identity_association", clusterName=US.cluster, associationId=one["associationId"])


def retention(engineer: Engineer, days: int) -> None:
    engineer.client("logs").put_retention_policy(logGroupName=GROUP, retentionInDays=days)


def flow_logs_off(engineer: Engineer) -> None:
    found = engineer.in_network("describe_flow_logs", "resource-id")["FlowLogs"]
    engineer.client("ec2").delete_flow_logs(FlowLogIds=[one["FlowLogId"] for one in found])


def flow_logs_on(engineer: Engineer) -> None:
    engineer.client("ec2").create_flow_logs(
        ResourceIds=[engineer.network],
        ResourceType="VPC",
        TrafficType="ALL",
        LogDestinationType="s3",
        LogDestination="arn:aws:s3:::flow-logs",
    )


def trust(engineer: Engineer, service_account: str) -> None:
    issuer = issuer_of(ACCOUNT, PROD.region, PROD.cluster)
    condition = {
        "StringEquals": {f"{issuer}:aud": "sts.amazonaws.com"},
        "StringLike": {f"{issuer}:sub": f"system:serviceaccount:{service_account}"},
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider_arn(ACCOUNT, issuer)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    engineer.client("iam").update_assume_role_policy(RoleName="payments-reports", PolicyDocument=document)


def detector(engineer: Engineer, *, enabled: bool) -> None:
    guardduty = engineer.client("guardduty")
    guardduty.update_detector(DetectorId=guardduty.list_detectors()["DetectorIds"][0], Enable=enabled)


def tags_of_images(engineer: Engineer, mutability: str) -> None:
    engineer.client("ecr").put_image_tag_mutability(repositoryName="payments/ledger", imageTagMutability=mutability)


FAMILIES = {
    "logging": Family("logging.audit-log", lambda e: audit(e, enabled=False), lambda e: audit(e, enabled=True), DEV),
    "endpoint": Family(
        "network.endpoint-public-access",
        lambda e: e.eks("update_cluster_config", name=PROD.cluster, resourcesVpcConfig=OPEN),
        lambda e: e.eks("update_cluster_config", name=PROD.cluster, resourcesVpcConfig=CLOSED),
    ),
    # What is encrypted with a key once stays so.
    "encryption": Family("encryption.secrets-customer-key", None, encrypt, US),
    "version": Family("version.nodegroup-skew", upgrade, renew, DEV),
    "node group": Family("nodegroup.update-config", lambda e: rolling(e, 100), lambda e: rolling(e, 10)),
    "add-on": Family(
        "addon.version", lambda e: addon_version(e, newest=False), lambda e: addon_version(e, newest=True)
    ),
    "access entry": Family(
        "access.orphaned-entries",
        lambda e: e.eks("create_access_entry", clusterName=PROD.cluster, principalArn=NOBODY),
        lambda e: e.eks("delete_access_entry", clusterName=PROD.cluster, principalArn=NOBODY),
    ),
    "pod identity": Family("iam.workload-identity-available", associate, dissociate, US),
    "Fargate profile": Family(
        "nodegroup.private-placement",
        profile,
        lambda e: e.eks("delete_fargate_profile", clusterName=PROD.cluster, fargateProfileName="public"),
    ),
    "security group": Family(
        "network.open-admin-ingress",
        lambda e: e.client("ec2").authorize_security_group_ingress(
            GroupId=e.security_group, IpPermissions=SSH_FROM_ANYWHERE
        ),
        lambda e: e.client("ec2").revoke_security_group_ingress(
            GroupId=e.security_group, IpPermissions=SSH_FROM_ANYWHERE
        ),
    ),
    "key disabled": Family(
        "encryption.kms-key-usable",
        lambda e: e.client("kms").disable_key(KeyId=e.key),
        lambda e: e.client("kms").enable_key(KeyId=e.key),
    ),
    "log retention": Family("logging.log-group-retention", lambda e: retention(e, 7), lambda e: retention(e, 365)),
    "flow log": Family("logging.vpc-flow-logs", flow_logs_off, flow_logs_on),
    "scaling group": Family(
        "nodegroup.asg-safe-termination",
        lambda e: e.client("autoscaling").resume_processes(**REBALANCING),
        lambda e: e.client("autoscaling").suspend_processes(**REBALANCING),
        ROBOTS,
    ),
    # What is a region's or an account's own is assessed as such.
    "trail": Family(
        "logging.cloudtrail",
        lambda e: e.client("cloudtrail").stop_logging(Name="payments"),
        lambda e: e.client("cloudtrail").start_logging(Name="payments"),
        HOME,
    ),
    "default encryption": Family(
        "encryption.ebs-default",
        lambda e: e.client("ec2").disable_ebs_encryption_by_default(),
        lambda e: e.client("ec2").enable_ebs_encryption_by_default(),
        HOME,
    ),
    "detector": Family(
        "detect.guardduty-eks-audit", lambda e: detector(e, enabled=False), lambda e: detector(e, enabled=True), HOME
    ),
    "repository": Family(
        "registry.tag-immutability",
        lambda e: tags_of_images(e, "MUTABLE"),
        lambda e: tags_of_images(e, "IMMUTABLE"),
        HOME,
    ),
    "trust of a role": Family(
        "iam.irsa-trust-scoped",
        lambda e: trust(e, "*:*"),
        lambda e: trust(e, "payments:reports"),
        WHOLE_ACCOUNT,
    ),
}
