"""The simulators cover the evidence plan, and every change to EKS that a client makes."""

from __future__ import annotations

from local.simulators.calls import simulated_operations
from local.simulators.models import service_model

EVIDENCE_PLAN = {
    "autoscaling": "DescribeAutoScalingGroups DescribeLifecycleHooks DescribePolicies DescribeScheduledActions",
    "cloudtrail": "DescribeTrails GetEventSelectors GetTrailStatus",
    "ec2": "DescribeFlowLogs DescribeImages DescribeInstanceTypes DescribeInstances DescribeLaunchTemplateVersions "
    "DescribeNatGateways DescribeNetworkAcls DescribeRouteTables DescribeSecurityGroups DescribeSubnets "
    "DescribeVolumes DescribeVpcAttribute DescribeVpcEndpoints DescribeVpcs GetEbsEncryptionByDefault "
    "GetInstanceMetadataDefaults",
    "ecr": "DescribeRepositories GetLifecyclePolicy GetRegistryScanningConfiguration GetRepositoryPolicy",
    "eks": "DescribeAccessEntry DescribeAddon DescribeAddonVersions DescribeCluster DescribeClusterVersions "
    "DescribeFargateProfile DescribeInsight DescribeNodegroup DescribePodIdentityAssociation DescribeUpdate "
    "ListAccessEntries ListAddons ListAssociatedAccessPolicies ListCapabilities ListClusters ListFargateProfiles "
    "ListIdentityProviderConfigs ListInsights ListNodegroups ListPodIdentityAssociations ListUpdates",
    "guardduty": "GetDetector ListDetectors",
    "iam": "GenerateCredentialReport GetAccountAuthorizationDetails GetAccountSummary GetCredentialReport "
    "ListOpenIDConnectProviders ListSAMLProviders",
    "kms": "DescribeKey GetKeyRotationStatus",
    "logs": "DescribeLogGroups",
    "organizations": "DescribeOrganization ListAccounts",
    "servicequotas": "ListServiceQuotas",
    "ssm": "GetParameters",
}
# Writes of the EKS API that no control depends on.
LEFT_OUT = {
    "ActivateCertificateAuthority",
    "CancelUpdate",
    "CreateCertificateAuthority",
    "CreateEksAnywhereSubscription",
    "DeleteCertificateAuthority",
    "DeleteEksAnywhereSubscription",
    "DeregisterCluster",
    "RegisterCluster",
    "UpdateEksAnywhereSubscription",
}


def test_every_read_of_the_evidence_plan_is_simulated() -> None:
    wanted = {(service, name) for service, names in EVIDENCE_PLAN.items() for name in names.split()}
    assert wanted - simulated_operations() == set()


def test_every_change_to_eks_is_simulated_or_left_out_by_name() -> None:
    writes = {name for name in service_model("eks").operation_names if not name.startswith(("Describe", "List"))}
    simulated = {name for service, name in simulated_operations() if service == "eks"}
    assert writes - simulated == LEFT_OUT
