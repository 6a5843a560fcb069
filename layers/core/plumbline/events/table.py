"""The event table: EKS API call -> control areas it can touch, scope to assess again (event table E.2).

`areas` empty means all areas. UpdateClusterConfig is told apart by the members of its request, tagging by the ARN.
"""

from plumbline.domain.scopes import Scope
from plumbline.events.naming import kind_of_arn
from plumbline.events.rule import EventRule

_NODEGROUP_AREAS = ("nodegroup", "version", "encryption", "network", "capacity", "cost")
_ADDON_AREAS = ("addon", "iam", "network", "storage", "dns", "logging", "observability")


def _nodegroup(areas: tuple[str, ...], *more: Scope, one_group: bool = False) -> EventRule:
    return EventRule(
        areas=areas,
        scopes=(Scope.NODEGROUP, *more),
        resource_kind="nodegroup",
        resource_member="nodegroupName",
        one_group=one_group,
    )


def _addon() -> EventRule:
    return EventRule(areas=_ADDON_AREAS, scopes=(Scope.ADDON,), resource_kind="addon", resource_member="addonName")


def _profile() -> EventRule:
    return EventRule(
        areas=("fargate", "nodegroup", "logging", "cluster"),
        scopes=(Scope.FARGATE_PROFILE,),
        resource_kind="fargate-profile",
        resource_member="fargateProfileName",
    )


_ENTRY = EventRule(
    areas=("access",),
    scopes=(Scope.ACCESS,),
    resource_kind="access-entry",
    resource_member="principalArn",
    waits=False,
)
_PROVIDER = EventRule(areas=("access",), scopes=(Scope.ACCESS,))
_IDENTITY = EventRule(areas=("iam",), scopes=(Scope.IDENTITY,), waits=False)
_CAPABILITY = EventRule(
    areas=("iam",),
    scopes=(Scope.CLUSTER_CONFIG, Scope.IDENTITY),
    resource_kind="capability",
    resource_member="capabilityName",
)
_AUTHORITY = EventRule(areas=("cluster",), scopes=(Scope.CLUSTER_CONFIG,))
# A tag of the cluster may name its environment, and with it change every parameter.
_TAGS = EventRule(scopes=(Scope.CLUSTER_CONFIG, Scope.NODEGROUP, Scope.FARGATE_PROFILE), waits=False)

# Kind of resource in the ARN of a call that tags -> what it means; tags of other parts are judged by nobody.
TAGGED_PARTS: dict[str, EventRule] = {
    "cluster": _TAGS,
    "nodegroup": EventRule(
        areas=("cluster",),
        scopes=(Scope.NODEGROUP,),
        resource_kind="nodegroup",
        resource_member="resourceArn",
        one_group=True,
        waits=False,
    ),
    "fargateprofile": EventRule(
        areas=("cluster",),
        scopes=(Scope.FARGATE_PROFILE,),
        resource_kind="fargate-profile",
        resource_member="resourceArn",
        waits=False,
    ),
}

EKS_EVENTS: dict[str, EventRule] = {
    "CreateCluster": EventRule(scopes=(Scope.CLUSTER,)),
    "DeleteCluster": EventRule(scopes=(Scope.CLUSTER,), closes=True),
    "UpdateClusterVersion": EventRule(
        areas=("version", "addon", "scaling", "nodegroup", "encryption"), scopes=(Scope.CLUSTER,)
    ),
    "CancelUpdate": EventRule(areas=("version",), scopes=(Scope.CLUSTER_CONFIG,)),
    "AssociateEncryptionConfig": EventRule(areas=("encryption",), scopes=(Scope.CLUSTER_CONFIG, Scope.KMS)),
    "AssociateIdentityProviderConfig": _PROVIDER,
    "DisassociateIdentityProviderConfig": _PROVIDER,
    "CreateCertificateAuthority": _AUTHORITY,
    "ActivateCertificateAuthority": _AUTHORITY,
    "DeleteCertificateAuthority": _AUTHORITY,
    "CreateNodegroup": _nodegroup(_NODEGROUP_AREAS, Scope.NETWORK),
    "UpdateNodegroupConfig": _nodegroup(("nodegroup", "scaling", "workload", "cluster"), one_group=True),
    "UpdateNodegroupVersion": _nodegroup(("version", "nodegroup", "encryption"), one_group=True),
    "DeleteNodegroup": _nodegroup(("nodegroup", "version", "cost"), Scope.CLUSTER_CONFIG),
    "CreateFargateProfile": _profile(),
    "DeleteFargateProfile": _profile(),
    "CreateAddon": _addon(),
    "UpdateAddon": _addon(),
    "DeleteAddon": _addon(),
    "CreateAccessEntry": _ENTRY,
    "UpdateAccessEntry": _ENTRY,
    "DeleteAccessEntry": _ENTRY,
    "AssociateAccessPolicy": _ENTRY,
    "DisassociateAccessPolicy": _ENTRY,
    "CreatePodIdentityAssociation": _IDENTITY,
    "UpdatePodIdentityAssociation": _IDENTITY,
    "DeletePodIdentityAssociation": _IDENTITY,
    "CreateCapability": _CAPABILITY,
    "UpdateCapability": _CAPABILITY,
    "DeleteCapability": _CAPABILITY,
    "TagResource": _TAGS,
    "UntagResource": _TAGS,
    # Nothing that is read tells when the refresh has ended.
    "StartInsightsRefresh": EventRule(areas=("version", "cluster"), scopes=(Scope.INSIGHTS,), delay_seconds=600),
}

_CONFIG_ONLY = EventRule(areas=("cluster", "network"), scopes=(Scope.CLUSTER_CONFIG,))
_WHOLE = EventRule(areas=("scaling", "nodegroup", "storage", "network", "iam", "encryption"), scopes=(Scope.CLUSTER,))

# Member of UpdateClusterConfig's request -> what it means.
CLUSTER_CONFIG_MEMBERS: dict[str, EventRule] = {
    "logging": EventRule(areas=("logging",), scopes=(Scope.CLUSTER_CONFIG, Scope.LOGS)),
    "resourcesVpcConfig": EventRule(
        areas=("network", "version", "logging"), scopes=(Scope.CLUSTER_CONFIG, Scope.NETWORK)
    ),
    "accessConfig": EventRule(areas=("access",), scopes=(Scope.CLUSTER_CONFIG, Scope.ACCESS)),
    "upgradePolicy": EventRule(areas=("version",), scopes=(Scope.CLUSTER_CONFIG,)),
    "computeConfig": _WHOLE,
    "storageConfig": _WHOLE,
    "kubernetesNetworkConfig": _WHOLE,
    "deletionProtection": EventRule(areas=("cluster",), scopes=(Scope.CLUSTER_CONFIG,)),
    "zonalShiftConfig": _CONFIG_ONLY,
    "remoteNetworkConfig": _CONFIG_ONLY,
    "controlPlaneScalingConfig": _CONFIG_ONLY,
    "kubeApiServerConfig": _CONFIG_ONLY,
    "kubeSchedulerConfig": _CONFIG_ONLY,
    "kubeControllerManagerConfig": _CONFIG_ONLY,
}

# Write calls that change nothing Plumbline watches: connected clusters are out of scope, subscriptions are no cluster.
IGNORED_EKS_EVENTS = frozenset(
    {
        "RegisterCluster",
        "DeregisterCluster",
        "CreateEksAnywhereSubscription",
        "UpdateEksAnywhereSubscription",
        "DeleteEksAnywhereSubscription",
    }
)


def rule_of(name: str, request: dict[str, object]) -> EventRule | None:
    """Return what a call means, or None for one the table does not know: the caller looks at the whole cluster."""
    if name in ("TagResource", "UntagResource"):
        return TAGGED_PARTS.get(kind_of_arn(request.get("resourceArn")), _TAGS)
    if name != "UpdateClusterConfig":
        return EKS_EVENTS.get(name)
    rules = [rule for member, rule in CLUSTER_CONFIG_MEMBERS.items() if request.get(member) is not None]
    if not rules:
        return EventRule(scopes=(Scope.CLUSTER,))
    return EventRule(
        areas=tuple(dict.fromkeys(area for rule in rules for area in rule.areas)),
        scopes=tuple(dict.fromkeys(scope for rule in rules for scope in rule.scopes)),
    )
