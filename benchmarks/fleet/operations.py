"""Operations: which function answers which call, and how the call of each service is recognised."""

import re
from collections.abc import Mapping

from benchmarks.fleet.calls import Operation
from benchmarks.fleet.services import (
    access,
    eks,
    guarding,
    identity,
    instances,
    keeping,
    network,
    offers,
    scaling_groups,
    templates,
)

# By service as it signs, and operation. What is asked by path is in `ROUTES`.
OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("ec2", "DescribeRegions"): offers.describe_regions,
    ("ec2", "DescribeVpcs"): network.describe_vpcs,
    ("ec2", "DescribeSubnets"): network.describe_subnets,
    ("ec2", "DescribeRouteTables"): network.describe_route_tables,
    ("ec2", "DescribeVpcAttribute"): network.describe_vpc_attribute,
    ("ec2", "DescribeNatGateways"): network.describe_nat_gateways,
    ("ec2", "DescribeSecurityGroups"): network.describe_security_groups,
    ("ec2", "DescribeNetworkAcls"): network.describe_network_acls,
    ("ec2", "DescribeVpcEndpoints"): network.describe_vpc_endpoints,
    ("ec2", "DescribeFlowLogs"): network.describe_flow_logs,
    ("ec2", "DescribeInstances"): instances.describe_instances,
    ("ec2", "DescribeLaunchTemplateVersions"): templates.describe_launch_template_versions,
    ("ec2", "DescribeInstanceTypes"): offers.describe_instance_types,
    ("ec2", "DescribeImages"): instances.describe_images,
    ("ec2", "DescribeVolumes"): instances.describe_volumes,
    ("ec2", "GetEbsEncryptionByDefault"): network.get_ebs_encryption_by_default,
    ("ec2", "GetInstanceMetadataDefaults"): instances.get_instance_metadata_defaults,
    ("autoscaling", "DescribeAutoScalingGroups"): scaling_groups.describe_auto_scaling_groups,
    ("autoscaling", "DescribePolicies"): scaling_groups.describe_policies,
    ("autoscaling", "DescribeScheduledActions"): scaling_groups.describe_scheduled_actions,
    ("autoscaling", "DescribeLifecycleHooks"): scaling_groups.describe_lifecycle_hooks,
    ("sts", "GetCallerIdentity"): identity.get_caller_identity,
    ("sts", "AssumeRole"): identity.assume_role,
    ("iam", "GetAccountAuthorizationDetails"): identity.get_account_authorization_details,
    ("iam", "GetAccountSummary"): identity.get_account_summary,
    ("iam", "GenerateCredentialReport"): identity.generate_credential_report,
    ("iam", "GetCredentialReport"): identity.get_credential_report,
    ("iam", "ListOpenIDConnectProviders"): identity.list_open_id_connect_providers,
    ("iam", "ListSAMLProviders"): identity.list_saml_providers,
    ("organizations", "DescribeOrganization"): identity.describe_organization,
    ("ecr", "DescribeRepositories"): guarding.describe_repositories,
    ("ecr", "GetRegistryScanningConfiguration"): guarding.get_registry_scanning_configuration,
    ("ecr", "GetRepositoryPolicy"): guarding.get_repository_policy,
    ("ecr", "GetLifecyclePolicy"): guarding.get_lifecycle_policy,
    ("servicequotas", "ListServiceQuotas"): offers.list_service_quotas,
    ("kms", "DescribeKey"): keeping.describe_key,
    ("kms", "GetKeyRotationStatus"): keeping.get_key_rotation_status,
    ("logs", "DescribeLogGroups"): keeping.describe_log_groups,
    ("cloudtrail", "DescribeTrails"): keeping.describe_trails,
    ("cloudtrail", "GetTrailStatus"): keeping.get_trail_status,
    ("cloudtrail", "GetEventSelectors"): keeping.get_event_selectors,
    ("ssm", "GetParameters"): offers.get_parameters,
}

# Services that are asked by path.
ROUTES: Mapping[str, Mapping[tuple[str, str], tuple[str, Operation]]] = {
    "eks": {**eks.ROUTES, **access.ROUTES},
    "guardduty": guarding.ROUTES,
}
_PATTERNS = {
    service: [
        (method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), name, operation)
        for (method, path), (name, operation) in routes.items()
    ]
    for service, routes in ROUTES.items()
}


def route(service: str, method: str, path: str) -> tuple[str, Operation, dict[str, str]] | None:
    """Return the name of the operation at a path, its function and the names in the path; None when unknown."""
    for known, pattern, name, operation in _PATTERNS[service]:
        found = pattern.fullmatch(path.strip("/")) if known == method else None
        if found:
            return name, operation, found.groupdict()
    return None
