"""Keys, trails, log groups, quotas, parameters, principals and the organization, read with boto3."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from botocore.exceptions import ClientError

from local.simulators.errors import NotSimulated
from tests.local.conftest import NOW, Clock, InProcess


def _key(aws: InProcess, cluster: str, account: str = "222233334444") -> str:
    described = aws.client("eks", account).describe_cluster(name=cluster)["cluster"]
    return str(described["encryptionConfig"][0]["provider"]["keyArn"])


def test_the_state_and_the_rotation_of_keys(aws: InProcess) -> None:
    kms = aws.client("kms")
    good, dying, slow = (_key(aws, name) for name in ("payments-prod", "ledger-prod", "settlement-prod"))

    assert kms.describe_key(KeyId=good)["KeyMetadata"]["KeyState"] == "Enabled"
    metadata = kms.describe_key(KeyId=dying)["KeyMetadata"]
    assert (metadata["KeyState"], metadata["DeletionDate"] - NOW) == ("PendingDeletion", dt.timedelta(days=12))
    assert kms.get_key_rotation_status(KeyId=good)["RotationPeriodInDays"] == 365
    assert kms.get_key_rotation_status(KeyId=slow)["RotationPeriodInDays"] == 730


def test_a_key_of_another_account_needs_its_consent(aws: InProcess) -> None:
    kms = aws.client("kms")
    assert kms.describe_key(KeyId=_key(aws, "data-lake-dev"))["KeyMetadata"]["AWSAccountId"] == "111122223333"
    with pytest.raises(ClientError) as refused:
        kms.describe_key(KeyId=_key(aws, "data-lake"))
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


def test_a_key_outside_the_fleet_is_left_to_the_emulator(aws: InProcess) -> None:
    with pytest.raises(NotSimulated):
        aws.client("kms").describe_key(KeyId="alias/plumbline")


def test_log_groups_of_clusters(aws: InProcess) -> None:
    groups = aws.client("logs").describe_log_groups(logGroupNamePrefix="/aws/eks/")["logGroups"]
    kept = {row["logGroupName"]: row.get("retentionInDays") for row in groups}

    assert kept["/aws/eks/payments-prod/cluster"] == 365
    assert [row["logGroupName"] for row in groups if "kmsKeyId" in row] == ["/aws/eks/payments-prod/cluster"]


def test_trails_with_their_shadows(aws: InProcess) -> None:
    elsewhere = aws.client("cloudtrail", "111122223333", "us-east-1")
    [trail] = elsewhere.describe_trails()["trailList"]
    assert (trail["HomeRegion"], trail["IsMultiRegionTrail"]) == ("eu-west-1", True)
    assert elsewhere.describe_trails(includeShadowTrails=False)["trailList"] == []
    assert elsewhere.get_trail_status(Name=trail["TrailARN"])["IsLogging"] is True
    selectors = elsewhere.get_event_selectors(TrailName=trail["TrailARN"])["EventSelectors"]
    assert (selectors[0]["ReadWriteType"], selectors[0]["IncludeManagementEvents"]) == ("All", True)


def test_a_trail_that_does_not_exist(aws: InProcess) -> None:
    trails = aws.client("cloudtrail")
    with pytest.raises(trails.exceptions.TrailNotFoundException):
        trails.get_trail_status(Name="gone")


def test_recommended_releases_and_the_names_that_do_not_exist(aws: InProcess) -> None:
    known = "/aws/service/eks/optimized-ami/1.34/amazon-linux-2023/x86_64/standard/recommended/release_version"
    unknown = known.replace("1.34", "1.99")
    answer = aws.client("ssm").get_parameters(Names=[known, unknown])

    assert [row["Value"] for row in answer["Parameters"]] == ["1.34.5-20261116"]
    assert answer["InvalidParameters"] == [unknown]


def test_eleven_parameters_at_once_are_too_many(aws: InProcess) -> None:
    with pytest.raises(ClientError) as refused:
        aws.client("ssm").get_parameters(Names=[f"/aws/service/{number}" for number in range(11)])
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_quotas_are_those_applied(aws: InProcess) -> None:
    quotas = aws.client("service-quotas", "333344445555", "us-east-1").list_service_quotas(ServiceCode="eks")["Quotas"]
    assert {row["QuotaName"]: row["Value"] for row in quotas}["Clusters"] == 3


def test_the_roles_of_nodes_with_their_policies(aws: InProcess) -> None:
    answer = aws.client("iam").get_account_authorization_details(Filter=["Role"])
    roles = {row["RoleName"]: row for row in answer["RoleDetailList"]}
    attached = [row["PolicyName"] for row in roles["settlement-prod-node"]["AttachedManagedPolicies"]]

    assert "AmazonS3FullAccess" in attached
    assert answer["UserDetailList"] == []
    statement = roles["settlement-prod-node"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert statement["Principal"] == {"Service": "ec2.amazonaws.com"}


def test_counts_of_the_account(aws: InProcess) -> None:
    iam = aws.client("iam", "333344445555")
    summary = iam.get_account_summary()["SummaryMap"]
    assert (summary["Roles"], summary["RolesQuota"]) == (870, 1000)
    assert len(iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]) == 97


def test_the_organization_from_inside_and_from_outside(aws: InProcess) -> None:
    member = aws.client("organizations")
    assert member.describe_organization()["Organization"]["MasterAccountId"] == "111122223333"
    with pytest.raises(ClientError) as refused:
        member.list_accounts()
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    with pytest.raises(ClientError) as outside:
        aws.client("organizations", "999999999999").describe_organization()
    assert outside.value.response["Error"]["Code"] == "AWSOrganizationsNotInUseException"


def _report(aws: InProcess, account: str) -> dict[str, dict[str, str]]:
    iam = aws.client("iam", account)
    assert iam.generate_credential_report()["State"] == "STARTED"
    content = iam.get_credential_report()["Content"].decode()
    return {row["user"]: row for row in csv.DictReader(io.StringIO(content))}


def test_the_credential_report_of_a_well_kept_account_and_of_a_bad_one(aws: InProcess) -> None:
    good, bad = _report(aws, "222233334444"), _report(aws, "333344445555")

    assert list(good) == ["<root_account>", "break-glass", "terraform"]
    assert (good["<root_account>"]["mfa_active"], good["<root_account>"]["access_key_1_active"]) == ("true", "false")
    assert bad["<root_account>"]["mfa_active"] == "false"
    assert bad["<root_account>"]["access_key_1_last_used_date"] == "2026-10-06T12:00:00+00:00"
    assert bad["jenkins"]["access_key_1_last_rotated"] == "2025-10-06T12:00:00+00:00"
    assert bad["agency"]["access_key_1_active"] == "false"
    assert (bad["break-glass"]["access_key_1_last_rotated"], bad["break-glass"]["cert_1_active"]) == ("N/A", "false")
    assert aws.events == []


def test_a_report_is_made_first_then_ready_then_kept_four_hours(aws: InProcess, clock: Clock) -> None:
    iam, aws.world.settle_seconds = aws.client("iam"), 30

    with pytest.raises(iam.exceptions.CredentialReportNotPresentException):
        iam.get_credential_report()
    assert iam.generate_credential_report()["State"] == "STARTED"
    assert iam.generate_credential_report()["State"] == "INPROGRESS"
    with pytest.raises(iam.exceptions.CredentialReportNotReadyException):
        iam.get_credential_report()
    clock.pass_seconds(30)
    assert iam.generate_credential_report()["State"] == "COMPLETE"
    assert iam.get_credential_report()["GeneratedTime"] == clock.now
    clock.pass_seconds(4 * 3600)
    with pytest.raises(iam.exceptions.CredentialReportExpiredException):
        iam.get_credential_report()
    assert iam.generate_credential_report()["State"] == "STARTED"


def test_the_root_user_in_the_summary(aws: InProcess) -> None:
    names = ("AccountMFAEnabled", "AccountAccessKeysPresent", "AccountPasswordPresent")
    found = {}
    for account in ("111122223333", "222233334444", "333344445555"):
        summary = aws.client("iam", account).get_account_summary()["SummaryMap"]
        found[account] = tuple(summary[name] for name in names)
        assert len(summary) > 30
    assert found == {"111122223333": (0, 0, 0), "222233334444": (1, 0, 1), "333344445555": (0, 1, 1)}


def test_saml_providers(aws: InProcess) -> None:
    [provider] = aws.client("iam").list_saml_providers()["SAMLProviderList"]
    assert provider["Arn"] == "arn:aws:iam::222233334444:saml-provider/workforce"


def test_trusts_of_roles_for_pods(aws: InProcess) -> None:
    roles = aws.client("iam", "333344445555").get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
    trusts = {row["RoleName"]: row["AssumeRolePolicyDocument"]["Statement"][0] for row in roles}
    issuer = aws.client("eks", "333344445555").describe_cluster(name="shop-prod")["cluster"]["identity"]["oidc"][
        "issuer"
    ]
    own = issuer.removeprefix("https://")

    assert trusts["shop-cart"]["Principal"] == {"Federated": f"arn:aws:iam::333344445555:oidc-provider/{own}"}
    assert trusts["shop-cart"]["Condition"] == {
        "StringEquals": {f"{own}:sub": "system:serviceaccount:shop:cart", f"{own}:aud": "sts.amazonaws.com"}
    }
    assert trusts["shop-images"]["Condition"]["StringLike"] == {f"{own}:sub": "system:serviceaccount:*:*"}
    assert trusts["shop-legacy"]["Condition"] == {"StringEquals": {f"{own}:aud": "sts.amazonaws.com"}}
    assert "Condition" not in trusts["shop-stock"]
    assert "Condition" in trusts["shop-preview"]
