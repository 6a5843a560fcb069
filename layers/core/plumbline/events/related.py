"""The event table for services beside EKS (event table E.3): source -> event name -> what it means."""

from plumbline.domain.index import Kind
from plumbline.domain.scopes import Scope
from plumbline.events.rule import Named, Reach, RelatedRule

_Rules = dict[str, RelatedRule]


def _each(names: str, rule: RelatedRule) -> _Rules:
    return dict.fromkeys(names.split(), rule)


def _network(sections: str, *names: Named, areas: tuple[str, ...] = ("network",)) -> RelatedRule:
    return RelatedRule(areas=areas, scopes=(Scope.NETWORK,), sections=tuple(sections.split()), names=names)


_VPC = Named("vpcId", Kind.VPC)
_SUBNET = Named("subnetId", Kind.SUBNET)
_GATEWAY_AREAS = ("network", "registry", "nodegroup")

_EC2: _Rules = {
    **_each(
        "AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress AuthorizeSecurityGroupEgress "
        "RevokeSecurityGroupEgress ModifySecurityGroupRules DeleteSecurityGroup",
        _network("security_groups", Named("groupId", Kind.SECURITY_GROUP)),
    ),
    **_each(
        "CreateNetworkAclEntry ReplaceNetworkAclEntry DeleteNetworkAclEntry ReplaceNetworkAclAssociation",
        _network("network_acls", Named("associationId", Kind.NETWORK_ACL), Named("networkAclId", Kind.NETWORK_ACL)),
    ),
    **_each(
        "CreateRoute ReplaceRoute DeleteRoute AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation",
        _network(
            "route_tables",
            Named("associationId", Kind.ROUTE_TABLE),
            _SUBNET,
            Named("routeTableId", Kind.ROUTE_TABLE),
            areas=("network", "nodegroup"),
        ),
    ),
    **_each(
        "DeleteSubnet ModifySubnetAttribute AssociateSubnetCidrBlock",
        _network("subnets cluster", _SUBNET, areas=("network", "nodegroup", "version")),
    ),
    **_each("CreateSubnet", _network("subnets", _VPC)),
    **_each(
        "ModifyVpcAttribute AssociateVpcCidrBlock DisassociateVpcCidrBlock",
        _network("vpcs vpc_attributes", _VPC),
    ),
    **_each("CreateNatGateway", _network("nat_gateways", _SUBNET, areas=_GATEWAY_AREAS)),
    **_each(
        "DeleteNatGateway",
        _network("nat_gateways route_tables", Named("natGatewayId", Kind.NAT_GATEWAY), areas=_GATEWAY_AREAS),
    ),
    **_each("CreateVpcEndpoint", _network("vpc_endpoints", _VPC, areas=_GATEWAY_AREAS)),
    **_each(
        "ModifyVpcEndpoint DeleteVpcEndpoints",
        _network("vpc_endpoints", Named("vpcEndpointId", Kind.VPC_ENDPOINT), areas=_GATEWAY_AREAS),
    ),
    **_each(
        "AttachInternetGateway DetachInternetGateway",
        _network("route_tables", _VPC, areas=_GATEWAY_AREAS),
    ),
    **_each(
        "CreateFlowLogs",
        _network("flow_logs", Named("resourceId", Kind.VPC), Named("resourceId", Kind.SUBNET), areas=("logging",)),
    ),
    **_each("DeleteFlowLogs", _network("flow_logs", Named("flowLogId", Kind.FLOW_LOG), areas=("logging",))),
    **_each(
        "CreateTags DeleteTags",
        _network("subnets", Named("resourcesSet.resourceId", Kind.SUBNET)),
    ),
    **_each(
        "CreateLaunchTemplateVersion ModifyLaunchTemplate DeleteLaunchTemplateVersions DeleteLaunchTemplate",
        RelatedRule(
            areas=("nodegroup", "encryption"),
            scopes=(Scope.NODEGROUP,),
            sections=("launch_templates",),
            names=(
                Named("launchTemplateId", Kind.LAUNCH_TEMPLATE),
                Named("launchTemplateName", Kind.LAUNCH_TEMPLATE),
            ),
        ),
    ),
    "ModifyInstanceMetadataOptions": RelatedRule(
        areas=("nodegroup",),
        scopes=(Scope.NODEGROUP,),
        sections=("instances",),
        names=(Named("instanceId", Kind.INSTANCE),),
    ),
    **_each(
        "ModifyInstanceMetadataDefaults EnableEbsEncryptionByDefault DisableEbsEncryptionByDefault "
        "ModifyEbsDefaultKmsKeyId",
        RelatedRule(
            areas=("nodegroup", "encryption"),
            scopes=(Scope.COMPUTE_DEFAULTS,),
            sections=("ebs_default", "metadata_defaults"),
            reach=(Reach.REGION, Reach.CLUSTERS),
        ),
    ),
}

_GROUP = (Named("autoScalingGroupName", Kind.AUTO_SCALING_GROUP), Named("tags.resourceId", Kind.AUTO_SCALING_GROUP))

_AUTO_SCALING: _Rules = {
    **_each(
        "CreateAutoScalingGroup UpdateAutoScalingGroup DeleteAutoScalingGroup SuspendProcesses ResumeProcesses "
        "PutLifecycleHook DeleteLifecycleHook CreateOrUpdateTags DeleteTags",
        RelatedRule(
            areas=("nodegroup", "scaling", "capacity", "network"),
            scopes=(Scope.NODEGROUP,),
            sections=("auto_scaling_groups", "lifecycle_hooks"),
            names=_GROUP,
            tagged=True,
        ),
    ),
    **_each(
        "PutScalingPolicy DeletePolicy PutScheduledUpdateGroupAction BatchPutScheduledUpdateGroupAction "
        "DeleteScheduledAction BatchDeleteScheduledAction",
        RelatedRule(
            areas=("cost", "scaling"),
            scopes=(Scope.SCALING,),
            sections=("scaling_policies", "scheduled_actions"),
            names=_GROUP,
        ),
    ),
}

_IDENTITY_AREAS = ("nodegroup", "iam", "access")


def _role(mentions: str = "") -> RelatedRule:
    return RelatedRule(
        areas=_IDENTITY_AREAS,
        scopes=(Scope.IDENTITY,),
        sections=("authorization",),
        names=(Named("roleName", Kind.ROLE),),
        mentions=mentions,
    )


_IAM: _Rules = {
    **_each(
        "AttachRolePolicy DetachRolePolicy PutRolePolicy DeleteRolePolicy DeleteRole PutRolePermissionsBoundary "
        "DeleteRolePermissionsBoundary",
        _role(),
    ),
    # A trust in a cluster's OIDC provider makes it a role of a workload, which is judged with the account.
    **_each("CreateRole UpdateAssumeRolePolicy", _role(mentions="oidc-provider/")),
    **_each(
        "CreatePolicyVersion DeletePolicyVersion SetDefaultPolicyVersion",
        RelatedRule(
            areas=_IDENTITY_AREAS,
            scopes=(Scope.IDENTITY,),
            sections=("authorization",),
            names=(Named("policyArn", Kind.POLICY),),
        ),
    ),
    **_each(
        "CreateOpenIDConnectProvider DeleteOpenIDConnectProvider UpdateOpenIDConnectProviderThumbprint",
        RelatedRule(
            areas=("iam",),
            scopes=(Scope.IDENTITY,),
            sections=("oidc_providers",),
            names=(Named("url", Kind.ISSUER), Named("openIDConnectProviderArn", Kind.ISSUER)),
        ),
    ),
    **_each(
        "DeleteUser CreateAccessKey DeleteAccessKey UpdateAccessKey DeactivateMFADevice DeleteVirtualMFADevice "
        "EnableMFADevice",
        RelatedRule(
            areas=("iam", "access"),
            scopes=(Scope.ACCOUNT,),
            sections=("authorization", "credential_report", "summary"),
            names=(Named("userName", Kind.USER),),
            reach=(Reach.DEPENDENTS, Reach.ACCOUNT),
        ),
    ),
}

_KEY = RelatedRule(
    areas=("encryption",),
    scopes=(Scope.KMS, Scope.CLUSTER_CONFIG),
    sections=("keys", "key_rotations", "cluster"),
    names=(Named("", Kind.KEY), Named("keyId", Kind.KEY)),
)

_KMS: _Rules = _each(
    "DisableKey EnableKey ScheduleKeyDeletion CancelKeyDeletion EnableKeyRotation DisableKeyRotation PutKeyPolicy "
    "RevokeGrant RetireGrant",
    _KEY,
)

_LOGS: _Rules = _each(
    "PutRetentionPolicy DeleteRetentionPolicy CreateLogGroup DeleteLogGroup AssociateKmsKey DisassociateKmsKey",
    RelatedRule(
        areas=("logging",),
        scopes=(Scope.LOGS,),
        sections=("log_groups",),
        names=(Named("logGroupName", Kind.LOG_GROUP), Named("resourceIdentifier", Kind.LOG_GROUP)),
    ),
)


def _trail(*reach: Reach, notice: str = "") -> RelatedRule:
    return RelatedRule(
        areas=("logging",),
        scopes=(Scope.TRAIL,),
        sections=("trails", "trail_status", "trail_selectors"),
        names=(Named("name", Kind.TRAIL), Named("trailName", Kind.TRAIL)),
        reach=(Reach.DEPENDENTS, *reach),
        notice=notice,
    )


_NO_MORE_EVENTS = "a trail stopped recording: without one no event arrives, and only the sweep sees changes"

_CLOUDTRAIL: _Rules = {
    **_each("StartLogging", _trail()),
    **_each("StopLogging DeleteTrail", _trail(notice=_NO_MORE_EVENTS)),
    **_each("PutEventSelectors", _trail(notice="a trail records other events than before")),
    # A trail of all regions concerns them all, and nobody depends on it before it is there.
    **_each("CreateTrail UpdateTrail", _trail(Reach.REGIONS)),
}


def _detector(accounts: str = "") -> RelatedRule:
    return RelatedRule(
        areas=("detect",),
        scopes=(Scope.DETECTOR,),
        sections=("detectors",),
        names=(Named("detectorId", Kind.DETECTOR),),
        reach=(Reach.REGION,),
        accounts=accounts,
    )


_GUARDDUTY: _Rules = {
    **_each("CreateDetector UpdateDetector DeleteDetector DisassociateFromAdministratorAccount", _detector()),
    **_each("UpdateMemberDetectors", _detector("accountIds")),
}


def _registry(sections: str) -> RelatedRule:
    return RelatedRule(
        areas=("registry",),
        scopes=(Scope.REGISTRY,),
        sections=tuple(sections.split()),
        names=(Named("repositoryName", Kind.REPOSITORY),),
        reach=(Reach.REGION,),
    )


_ECR: _Rules = {
    **_each("CreateRepository DeleteRepository", _registry("repositories repository_policies lifecycle_policies")),
    **_each("PutImageTagMutability PutImageScanningConfiguration", _registry("repositories")),
    **_each("SetRepositoryPolicy DeleteRepositoryPolicy", _registry("repository_policies")),
    **_each("PutLifecyclePolicy DeleteLifecyclePolicy", _registry("lifecycle_policies")),
    **_each("PutRegistryScanningConfiguration", _registry("registry_scanning")),
}


def _membership(accounts: str = "") -> RelatedRule:
    return RelatedRule(scopes=(Scope.ACCOUNT,), sections=("organization",), reach=(Reach.ACCOUNT,), accounts=accounts)


_ORGANIZATIONS: _Rules = {
    **_each("MoveAccount RemoveAccountFromOrganization", _membership("accountId")),
    "InviteAccountToOrganization": _membership("target.id"),
    "LeaveOrganization": _membership(),
    "TagResource": _membership("resourceId"),
}

_ROOT = RelatedRule(
    areas=("iam",),
    scopes=(Scope.ACCOUNT,),
    sections=("summary", "credential_report"),
    reach=(Reach.ACCOUNT,),
)

# Calls by event source, which is the service's name before `.amazonaws.com`.
RELATED_CALLS: dict[str, _Rules] = {
    "ec2": _EC2,
    "autoscaling": _AUTO_SCALING,
    "iam": _IAM,
    "kms": _KMS,
    "logs": _LOGS,
    "cloudtrail": _CLOUDTRAIL,
    "guardduty": _GUARDDUTY,
    "ecr": _ECR,
    "organizations": _ORGANIZATIONS,
}

# What services record that nobody called.
RELATED_SERVICE_EVENTS: dict[str, _Rules] = {
    "kms": _each("RotateKey DeleteKey", _KEY),
    "organizations": {"CreateAccountResult": _membership("createAccountStatus.accountId")},
}

# Only the root user's: others do not sign in to what is judged.
ROOT_SIGN_IN = {"ConsoleLogin": _ROOT}

# Changes without a rule, and why. A test holds the list against the specification.
LEFT_TO_THE_SWEEP = {
    "ec2 CreateVolume, ModifyVolume, DeleteVolume": "volumes come and go with the pods that use them",
    "autoscaling SetDesiredCapacity, TerminateInstanceInAutoScalingGroup": "the work of autoscalers",
}
