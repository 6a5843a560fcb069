"""Operations: which function answers which call, and how the call of each service is recognised."""

import re
from collections.abc import Mapping

from benchmarks.fleet.calls import Operation
from benchmarks.fleet.services import eks, identity, instances, keeping, network, offers, scaling_groups, templates

# By service as it signs, and operation. What EKS answers is found by path.
OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("ec2", "DescribeRegions"): offers.describe_regions,
    ("ec2", "DescribeVpcs"): network.describe_vpcs,
    ("ec2", "DescribeSubnets"): network.describe_subnets,
    ("ec2", "DescribeRouteTables"): network.describe_route_tables,
    ("ec2", "DescribeFlowLogs"): network.describe_flow_logs,
    ("ec2", "DescribeInstances"): instances.describe_instances,
    ("ec2", "DescribeLaunchTemplateVersions"): templates.describe_launch_template_versions,
    ("ec2", "DescribeInstanceTypes"): offers.describe_instance_types,
    ("ec2", "GetEbsEncryptionByDefault"): network.get_ebs_encryption_by_default,
    ("autoscaling", "DescribeAutoScalingGroups"): scaling_groups.describe_auto_scaling_groups,
    ("sts", "GetCallerIdentity"): identity.get_caller_identity,
    ("sts", "AssumeRole"): identity.assume_role,
    ("iam", "GetAccountAuthorizationDetails"): identity.get_account_authorization_details,
    ("kms", "DescribeKey"): keeping.describe_key,
    ("kms", "GetKeyRotationStatus"): keeping.get_key_rotation_status,
    ("logs", "DescribeLogGroups"): keeping.describe_log_groups,
    ("cloudtrail", "DescribeTrails"): keeping.describe_trails,
    ("cloudtrail", "GetTrailStatus"): keeping.get_trail_status,
    ("cloudtrail", "GetEventSelectors"): keeping.get_event_selectors,
    ("ssm", "GetParameters"): offers.get_parameters,
}

_EKS = [
    (method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), name, operation)
    for (method, path), (name, operation) in eks.ROUTES.items()
]


def eks_route(method: str, path: str) -> tuple[str, Operation, dict[str, str]] | None:
    """Return the name of the EKS operation at a path, its function and the names in the path; None when unknown."""
    for known, pattern, name, operation in _EKS:
        found = pattern.fullmatch(path.strip("/")) if known == method else None
        if found:
            return name, operation, found.groupdict()
    return None
