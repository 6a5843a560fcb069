"""The evidence plan as a table: for each section the operations that fill it, and how often each is called.

Every call that collecting makes is one of these. What the reader's role may do and the page for people are generated
from here.
"""

from collections.abc import Iterable

import msgspec
from botocore import xform_name

# Service as botocore names it -> as IAM names it, where the two differ.
_IAM_NAMES = {"service-quotas": "servicequotas"}


class Call(msgspec.Struct, frozen=True):
    """An operation of the evidence plan.

    Attributes:
        service: as botocore names it.
        operation: as the API names it.
        member: the member of the answer that holds the evidence; empty means the whole answer.
        page_size: items per page; 0 leaves the size to the service.
        none: the error codes with which the service says that there is none of what was asked for.

    """

    service: str
    operation: str
    member: str = ""
    page_size: int = 0
    none: tuple[str, ...] = ()

    @property
    def method(self) -> str:
        """The operation as botocore's clients name it."""
        return xform_name(self.operation)

    @property
    def name(self) -> str:
        """Service and operation, for people."""
        return f"{self.service}:{self.operation}"

    @property
    def action(self) -> str:
        """The IAM action that allows the call."""
        return f"{_IAM_NAMES.get(self.service, self.service)}:{self.operation}"


class Row(msgspec.Struct, frozen=True):
    """How a section is read: the calls, and how often each is made, in words."""

    section: str
    calls: tuple[Call, ...]
    often: str


# --- D.1

AUTHORIZATION = Call("iam", "GetAccountAuthorizationDetails", page_size=1000)
SUMMARY = Call("iam", "GetAccountSummary", "SummaryMap")
GENERATE_REPORT = Call("iam", "GenerateCredentialReport", "State")
CREDENTIAL_REPORT = Call("iam", "GetCredentialReport", none=("ReportNotPresent", "ReportInProgress", "ReportExpired"))
OIDC_PROVIDERS = Call("iam", "ListOpenIDConnectProviders", "OpenIDConnectProviderList")
SAML_PROVIDERS = Call("iam", "ListSAMLProviders", "SAMLProviderList")
ORGANIZATION = Call(
    "organizations", "DescribeOrganization", "Organization", none=("AWSOrganizationsNotInUseException",)
)

ROLE = Call("iam", "GetRole", "Role")
ATTACHED_POLICIES = Call("iam", "ListAttachedRolePolicies", "AttachedPolicies", 1000)
INLINE_POLICIES = Call("iam", "ListRolePolicies", "PolicyNames", 1000)
INLINE_POLICY = Call("iam", "GetRolePolicy")
POLICY = Call("iam", "GetPolicy", "Policy")
POLICY_VERSION = Call("iam", "GetPolicyVersion", "PolicyVersion")

OF_ACCOUNT = (
    Row("authorization", (AUTHORIZATION,), "one for each 1,000 users, roles and policies"),
    Row("summary", (SUMMARY,), "1"),
    Row("credential_report", (GENERATE_REPORT, CREDENTIAL_REPORT), "2; again while the report is being made"),
    Row("oidc_providers", (OIDC_PROVIDERS,), "1"),
    Row("saml_providers", (SAML_PROVIDERS,), "1"),
    Row("organization", (ORGANIZATION,), "1"),
)

# --- D.2

CLUSTERS = Call("eks", "ListClusters", "clusters", 100)
VERSIONS = Call("eks", "DescribeClusterVersions", "clusterVersions", 100)
ADDON_CATALOGUE = Call("eks", "DescribeAddonVersions", "addons", 100)
INSTANCES = Call("ec2", "DescribeInstances", "Reservations", 1000)
VOLUMES = Call("ec2", "DescribeVolumes", "Volumes", 500)
EBS_DEFAULT = Call("ec2", "GetEbsEncryptionByDefault")
METADATA_DEFAULTS = Call("ec2", "GetInstanceMetadataDefaults", "AccountLevel")
LOG_GROUPS = Call("logs", "DescribeLogGroups", "logGroups", 50)
QUOTAS = Call("service-quotas", "ListServiceQuotas", "Quotas", 100)
SCALING_POLICIES = Call("autoscaling", "DescribePolicies", "ScalingPolicies", 100)
SCHEDULED_ACTIONS = Call("autoscaling", "DescribeScheduledActions", "ScheduledUpdateGroupActions", 100)
TRAILS = Call("cloudtrail", "DescribeTrails", "trailList")
TRAIL_STATUS = Call("cloudtrail", "GetTrailStatus")
TRAIL_SELECTORS = Call("cloudtrail", "GetEventSelectors")
DETECTORS = Call("guardduty", "ListDetectors", "DetectorIds", 50)
DETECTOR = Call("guardduty", "GetDetector")
REPOSITORIES = Call("ecr", "DescribeRepositories", "repositories", 1000)
REGISTRY_SCANNING = Call("ecr", "GetRegistryScanningConfiguration", "scanningConfiguration")
REPOSITORY_POLICY = Call("ecr", "GetRepositoryPolicy", none=("RepositoryPolicyNotFoundException",))
LIFECYCLE_POLICY = Call("ecr", "GetLifecyclePolicy", none=("LifecyclePolicyNotFoundException",))

VPCS = Call("ec2", "DescribeVpcs", "Vpcs", 1000)
VPC_ATTRIBUTE = Call("ec2", "DescribeVpcAttribute")
SUBNETS = Call("ec2", "DescribeSubnets", "Subnets", 1000)
ROUTE_TABLES = Call("ec2", "DescribeRouteTables", "RouteTables", 100)
NAT_GATEWAYS = Call("ec2", "DescribeNatGateways", "NatGateways", 1000)
SECURITY_GROUPS = Call("ec2", "DescribeSecurityGroups", "SecurityGroups", 1000)
NETWORK_ACLS = Call("ec2", "DescribeNetworkAcls", "NetworkAcls", 1000)
VPC_ENDPOINTS = Call("ec2", "DescribeVpcEndpoints", "VpcEndpoints", 1000)
FLOW_LOGS = Call("ec2", "DescribeFlowLogs", "FlowLogs", 1000)
GROUPS = Call("autoscaling", "DescribeAutoScalingGroups", "AutoScalingGroups", 100)
LIFECYCLE_HOOKS = Call("autoscaling", "DescribeLifecycleHooks", "LifecycleHooks")
TEMPLATES = Call("ec2", "DescribeLaunchTemplateVersions", "LaunchTemplateVersions", 200)
INSTANCE_TYPES = Call("ec2", "DescribeInstanceTypes", "InstanceTypes", 100)
IMAGES = Call("ec2", "DescribeImages", "Images", 1000)
KEY = Call("kms", "DescribeKey", "KeyMetadata")
KEY_ROTATION = Call("kms", "GetKeyRotationStatus")
PARAMETERS = Call("ssm", "GetParameters")

_BY_200_VPCS = "one for each 200 VPCs of clusters"

OF_REGION = (
    Row("clusters", (CLUSTERS,), "1"),
    Row("versions", (VERSIONS,), "1"),
    Row("addon_catalogue", (ADDON_CATALOGUE,), "1"),
    Row("vpcs", (VPCS,), _BY_200_VPCS),
    Row("vpc_attributes", (VPC_ATTRIBUTE,), "2 for each VPC of clusters"),
    Row("subnets", (SUBNETS,), _BY_200_VPCS),
    Row("route_tables", (ROUTE_TABLES,), _BY_200_VPCS),
    Row("nat_gateways", (NAT_GATEWAYS,), _BY_200_VPCS),
    Row("security_groups", (SECURITY_GROUPS,), _BY_200_VPCS),
    Row("network_acls", (NETWORK_ACLS,), _BY_200_VPCS),
    Row("vpc_endpoints", (VPC_ENDPOINTS,), _BY_200_VPCS),
    Row("flow_logs", (FLOW_LOGS,), "one for each 200 VPCs and subnets of clusters"),
    Row("instances", (INSTANCES,), "1"),
    Row("auto_scaling_groups", (GROUPS,), "one for each 200 clusters, and for each 100 groups without their tag"),
    Row("scaling_policies", (SCALING_POLICIES,), "1"),
    Row("scheduled_actions", (SCHEDULED_ACTIONS,), "1"),
    Row("lifecycle_hooks", (LIFECYCLE_HOOKS,), "1 for each self-managed group"),
    Row("launch_templates", (TEMPLATES,), "1; 1 for each template in use at a version neither newest nor default"),
    Row("instance_types", (INSTANCE_TYPES,), "one for each 100 types in use"),
    Row("images", (IMAGES,), "one for each 100 images in use"),
    Row("volumes", (VOLUMES,), "1"),
    Row("ebs_default", (EBS_DEFAULT,), "1"),
    Row("metadata_defaults", (METADATA_DEFAULTS,), "1"),
    Row("keys", (KEY,), "1 for each key of clusters"),
    Row("key_rotations", (KEY_ROTATION,), "1 for each key of clusters"),
    Row("log_groups", (LOG_GROUPS,), "1"),
    Row("trails", (TRAILS,), "1"),
    Row("trail_status", (TRAIL_STATUS,), "1 for each trail, once for all regions that show it"),
    Row("trail_selectors", (TRAIL_SELECTORS,), "1 for each trail, once for all regions that show it"),
    Row("detectors", (DETECTORS, DETECTOR), "1, and 1 for each detector"),
    Row("repositories", (REPOSITORIES,), "1"),
    Row("registry_scanning", (REGISTRY_SCANNING,), "1"),
    Row("repository_policies", (REPOSITORY_POLICY,), "1 for each repository"),
    Row("lifecycle_policies", (LIFECYCLE_POLICY,), "1 for each repository"),
    Row("ami_releases", (PARAMETERS,), "one for each 10 pairs of version and image type in use"),
    Row("quotas", (QUOTAS,), "1"),
    Row(
        "named_roles",
        (ROLE, ATTACHED_POLICIES, INLINE_POLICIES, INLINE_POLICY, POLICY, POLICY_VERSION),
        "only where the account's listing is refused: 3 for each role that clusters name, 1 for each inline policy, "
        "2 for each customer-managed one",
    ),
)

# --- D.3 and D.4

CLUSTER = Call("eks", "DescribeCluster", "cluster")
NODEGROUPS = Call("eks", "ListNodegroups", "nodegroups", 100)
NODEGROUP = Call("eks", "DescribeNodegroup", "nodegroup")
FARGATE_PROFILES = Call("eks", "ListFargateProfiles", "fargateProfileNames", 100)
FARGATE_PROFILE = Call("eks", "DescribeFargateProfile", "fargateProfile")
ADDONS = Call("eks", "ListAddons", "addons", 100)
ADDON = Call("eks", "DescribeAddon", "addon")
INSIGHTS = Call("eks", "ListInsights", "insights", 100)
INSIGHT = Call("eks", "DescribeInsight", "insight")
ACCESS_ENTRIES = Call("eks", "ListAccessEntries", "accessEntries", 100)
ACCESS_POLICIES = Call("eks", "ListAssociatedAccessPolicies", "associatedAccessPolicies", 100)
POD_IDENTITIES = Call("eks", "ListPodIdentityAssociations", "associations", 100)
POD_IDENTITY = Call("eks", "DescribePodIdentityAssociation", "association")
IDENTITY_PROVIDERS = Call("eks", "ListIdentityProviderConfigs", "identityProviderConfigs", 100)
CAPABILITIES = Call("eks", "ListCapabilities", "capabilities", 100)

# EKS refuses to list what such a cluster cannot have with the error it has for every bad request. No error code tells
# the two apart, so `Call.none` does not: the cluster's own description does, and then nothing is asked.
_WITHOUT_ENTRIES = "none for a cluster in mode CONFIG_MAP, which has no entries"

OF_CLUSTER = (
    Row("cluster", (CLUSTER,), "1"),
    Row("nodegroups", (NODEGROUPS, NODEGROUP), "1, and 1 for each node group"),
    Row("fargate_profiles", (FARGATE_PROFILES, FARGATE_PROFILE), "1, and 1 for each profile"),
    Row("addons", (ADDONS, ADDON), "1, and 1 for each add-on"),
    Row("insights", (INSIGHTS, INSIGHT), "1, and 1 for each insight that does not pass"),
    Row("access_entries", (ACCESS_ENTRIES,), f"1; {_WITHOUT_ENTRIES}"),
    Row("administrators", (ACCESS_ENTRIES, ACCESS_POLICIES), f"1, and 1 for each administrator; {_WITHOUT_ENTRIES}"),
    Row("pod_identities", (POD_IDENTITIES, POD_IDENTITY), "1, and 1 for each association"),
    Row("identity_providers", (IDENTITY_PROVIDERS,), "1"),
    Row("capabilities", (CAPABILITIES,), "1"),
)

# Following an update that an event started.
UPDATE = Call("eks", "DescribeUpdate", "update")

ROWS = OF_ACCOUNT + OF_REGION + OF_CLUSTER


def calls() -> frozenset[Call]:
    """Return every call that reading a watched account may make."""
    return frozenset({UPDATE, *(call for row in ROWS for call in row.calls)})


# What the collector inside a VPC is called, with the VPC after it.
COLLECTOR = "plumbline-kubernetes-"
INVOKE = "lambda:InvokeFunction"
COLLECTORS = f"arn:${{AWS::Partition}}:lambda:*:${{AWS::AccountId}}:function:{COLLECTOR}vpc-*"

# AWS publishes parameters for everybody; the account's own are nobody's business.
PUBLIC_PARAMETERS = "arn:${AWS::Partition}:ssm:*::parameter/aws/service/*"


class Grant(msgspec.Struct, frozen=True):
    """A statement of the reader's policy; `resource` may name CloudFormation's pseudo parameters."""

    sid: str
    about: str
    actions: tuple[str, ...]
    resource: str


def grants() -> tuple[Grant, ...]:
    """Return what the reader's role is allowed: the calls of the plan and nothing else."""
    everywhere = {call.action for call in calls()} - {PARAMETERS.action}
    return (
        Grant(
            "Evidence",
            "What is read has no name before it is listed, so none of these can be limited to resources.",
            _sorted(everywhere),
            "*",
        ),
        Grant(
            "PrivateClusters",
            "Plumbline's own collector inside a VPC, which reads private clusters there and answers what it read.",
            (INVOKE,),
            COLLECTORS,
        ),
        Grant(
            "RecommendedImages",
            "AWS's own parameters; the account's are nobody's business.",
            (PARAMETERS.action,),
            PUBLIC_PARAMETERS,
        ),
    )


def _sorted(actions: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(actions, key=str.lower))
