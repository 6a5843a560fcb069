"""What the EKS simulator answers, read with boto3."""

from __future__ import annotations

import datetime as dt

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import NOW, InProcess


def test_a_cluster_is_described_with_the_types_of_the_sdk(aws: InProcess) -> None:
    cluster = aws.client("eks").describe_cluster(name="payments-prod")["cluster"]

    assert cluster["arn"] == "arn:aws:eks:eu-west-1:222233334444:cluster/payments-prod"
    assert cluster["createdAt"] == NOW - dt.timedelta(days=300)
    assert cluster["status"] == "ACTIVE"
    assert cluster["deletionProtection"] is True
    assert cluster["logging"]["clusterLogging"] == [
        {"types": ["api", "audit", "authenticator", "controllerManager", "scheduler"], "enabled": True}
    ]
    assert cluster["upgradePolicy"] == {"supportType": "STANDARD"}


def test_a_cluster_being_created_has_no_endpoint_yet(aws: InProcess) -> None:
    cluster = aws.client("eks", "333344445555", "us-east-1").describe_cluster(name="promo-new")["cluster"]

    assert cluster["status"] == "CREATING"
    assert not {"endpoint", "certificateAuthority", "identity"} & set(cluster)


def test_accounts_and_regions_are_apart(aws: InProcess) -> None:
    listed = {
        (account, region): aws.client("eks", account, region).list_clusters()["clusters"]
        for account in ("111122223333", "999999999999")
        for region in ("eu-west-1", "us-east-1")
    }
    assert listed == {
        ("111122223333", "eu-west-1"): ["platform-sandbox", "platform-tools"],
        ("111122223333", "us-east-1"): ["hackathon", "observability", "status-page"],
        ("999999999999", "eu-west-1"): [],
        ("999999999999", "us-east-1"): [],
    }


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("describe_cluster", {"name": "gone"}),
        ("describe_nodegroup", {"clusterName": "payments-prod", "nodegroupName": "gone"}),
        ("describe_addon", {"clusterName": "payments-prod", "addonName": "gone"}),
        ("describe_fargate_profile", {"clusterName": "payments-prod", "fargateProfileName": "gone"}),
        ("describe_insight", {"clusterName": "payments-prod", "id": "gone"}),
        ("describe_update", {"name": "payments-prod", "updateId": "gone"}),
        ("list_insights", {"clusterName": "gone"}),
        ("list_associated_access_policies", {"clusterName": "payments-prod", "principalArn": "arn:aws:iam::1:role/x"}),
    ],
)
def test_what_does_not_exist_is_the_documented_error(aws: InProcess, operation: str, arguments: dict[str, str]) -> None:
    eks = aws.client("eks")
    with pytest.raises(eks.exceptions.ResourceNotFoundException) as refused:
        getattr(eks, operation)(**arguments)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_the_version_calendar_counts_from_today(aws: InProcess) -> None:
    rows = aws.client("eks").describe_cluster_versions(includeAll=True)["clusterVersions"]

    states = {row["clusterVersion"]: row["versionStatus"] for row in rows}
    assert states == {
        "1.35": "STANDARD_SUPPORT",
        "1.34": "STANDARD_SUPPORT",
        "1.33": "STANDARD_SUPPORT",
        "1.32": "EXTENDED_SUPPORT",
        "1.31": "EXTENDED_SUPPORT",
        "1.30": "UNSUPPORTED",
        "1.27": "UNSUPPORTED",
    }
    ends = {row["clusterVersion"]: (row["endOfExtendedSupportDate"] - NOW).days for row in rows}
    assert ends["1.31"] == 19


def test_unsupported_versions_are_hidden_unless_asked_for(aws: InProcess) -> None:
    rows = aws.client("eks").describe_cluster_versions()["clusterVersions"]
    assert "1.27" not in [row["clusterVersion"] for row in rows]


def test_administrators_are_listed_by_their_policy(aws: InProcess) -> None:
    eks = aws.client("eks")
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    roles = "arn:aws:iam::222233334444:role/"
    everyone = eks.list_access_entries(clusterName="payments-prod")["accessEntries"]
    admins = eks.list_access_entries(clusterName="payments-prod", associatedPolicyArn=policy)["accessEntries"]

    names = ("deploy", "payments-prod-node", "platform-admins", "plumbline-reader")
    assert everyone == [f"{roles}{name}" for name in names]
    assert admins == [f"{roles}deploy", f"{roles}platform-admins"]
    other = policy.replace("ClusterAdminPolicy", "ViewPolicy")
    assert eks.list_access_entries(clusterName="payments-prod", associatedPolicyArn=other)["accessEntries"] == []
    associated = eks.list_associated_access_policies(clusterName="payments-prod", principalArn=admins[0])
    assert [row["policyArn"] for row in associated["associatedAccessPolicies"]] == [policy]


def test_a_cluster_of_the_config_map_has_no_access_entries(aws: InProcess) -> None:
    eks = aws.client("eks", "333344445555", "us-east-1")
    with pytest.raises(eks.exceptions.InvalidRequestException, match="API_AND_CONFIG_MAP"):
        eks.list_access_entries(clusterName="warehouse-legacy")


def test_nodes_and_fargate_have_entries_of_their_own_kind(aws: InProcess) -> None:
    eks, roles = aws.client("eks", "111122223333"), "arn:aws:iam::111122223333:role/"
    kinds = {
        (cluster, name): eks.describe_access_entry(clusterName=cluster, principalArn=f"{roles}{cluster}-{name}")[
            "accessEntry"
        ]["type"]
        for cluster, name in (("platform-tools", "node"), ("platform-tools", "fargate"), ("platform-sandbox", "node"))
    }
    assert list(kinds.values()) == ["EC2_LINUX", "FARGATE_LINUX", "EC2"]


def test_identity_providers_and_capabilities(aws: InProcess) -> None:
    eks = aws.client("eks", "333344445555")
    [config] = eks.list_identity_provider_configs(clusterName="shop-prod")["identityProviderConfigs"]
    assert config == {"type": "oidc", "name": "corporate"}
    [capability] = eks.list_capabilities(clusterName="shop-prod")["capabilities"]
    assert (capability["capabilityName"], capability["type"], capability["status"]) == ("argocd", "ARGOCD", "ACTIVE")


def test_the_list_of_pod_identities_holds_no_roles(aws: InProcess) -> None:
    eks = aws.client("eks")
    rows = eks.list_pod_identity_associations(clusterName="payments-prod")["associations"]

    own = [row["serviceAccount"] for row in rows if row["namespace"] == "payments"]
    assert sorted(own) == ["ledger-writer", "webhook"]
    assert "roleArn" not in rows[0]
    one = eks.describe_pod_identity_association(clusterName="payments-prod", associationId=rows[0]["associationId"])
    assert one["association"]["roleArn"] == "arn:aws:iam::222233334444:role/payments-ledger"


def test_insights_are_filtered_and_described(aws: InProcess) -> None:
    eks = aws.client("eks")
    errors = eks.list_insights(clusterName="ledger-prod", filter={"statuses": ["ERROR"]})["insights"]

    assert [row["name"] for row in errors] == ["Deprecated APIs removed in Kubernetes v1.34"]
    insight = eks.describe_insight(clusterName="ledger-prod", id=errors[0]["id"])["insight"]
    stats = insight["categorySpecificSummary"]["deprecationDetails"][0]["clientStats"][0]
    assert (stats["userAgent"], stats["lastRequestTime"]) == ("argo-cd/2.9", NOW - dt.timedelta(days=1))


def test_a_denied_action_is_denied_to_everybody_in_the_account(aws: InProcess) -> None:
    logs = aws.client("logs", "333344445555")
    with pytest.raises(ClientError) as refused:
        logs.describe_log_groups(logGroupNamePrefix="/aws/eks/")
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
