"""Changes outside EKS: what they change, what they refuse, and their CloudTrail events."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.simulators.errors import NotSimulated
from tests.local.conftest import InProcess

NODE_ROLE = "payments-prod-node"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def _code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])


def _key(aws: InProcess) -> str:
    described = aws.client("eks").describe_cluster(name="payments-prod")["cluster"]
    return str(described["encryptionConfig"][0]["provider"]["keyArn"])


def test_the_life_of_a_key(aws: InProcess) -> None:
    kms, arn = aws.client("kms"), _key(aws)
    own = {"KeyId": arn.rpartition("/")[2]}

    def state() -> tuple[str, bool]:
        metadata = kms.describe_key(**own)["KeyMetadata"]
        return metadata["KeyState"], metadata["Enabled"]

    kms.disable_key(**own)
    assert state() == ("Disabled", False)
    with pytest.raises(kms.exceptions.DisabledException):
        kms.enable_key_rotation(**own)
    kms.schedule_key_deletion(**own, PendingWindowInDays=7)
    assert state() == ("PendingDeletion", False)
    with pytest.raises(kms.exceptions.KMSInvalidStateException):
        kms.enable_key(**own)
    kms.cancel_key_deletion(**own)
    kms.enable_key(**own)
    assert state() == ("Enabled", True)
    kms.disable_key_rotation(**own)
    assert kms.get_key_rotation_status(**own)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(**own, RotationPeriodInDays=180)
    assert kms.get_key_rotation_status(**own)["RotationPeriodInDays"] == 180

    first = aws.details()[0]
    assert (first["eventSource"], first["requestParameters"]) == ("kms.amazonaws.com", {"keyId": own["KeyId"]})
    assert first["resources"] == [{"accountId": "222233334444", "type": "AWS::KMS::Key", "ARN": arn}]


def test_a_key_outside_the_fleet_is_not_changed_here(aws: InProcess) -> None:
    with pytest.raises(NotSimulated):
        aws.client("kms").disable_key(KeyId="alias/plumbline")
    assert aws.events == []


def test_the_retention_of_a_log_group(aws: InProcess) -> None:
    logs, name = aws.client("logs"), "/aws/eks/payments-prod/cluster"
    logs.put_retention_policy(logGroupName=name, retentionInDays=7)
    [group] = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert group["retentionInDays"] == 7
    logs.delete_retention_policy(logGroupName=name)
    assert "retentionInDays" not in logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    logs.delete_log_group(logGroupName=name)
    assert logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"] == []
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.delete_log_group(logGroupName=name)
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.put_retention_policy(logGroupName="/aws/eks/ledger-prod/cluster", retentionInDays=8)
    with pytest.raises(NotSimulated):
        logs.put_retention_policy(logGroupName="/aws/lambda/own", retentionInDays=7)
    assert aws.details()[0]["requestParameters"] == {"logGroupName": name, "retentionInDays": 7}


def test_a_role_gains_and_loses_a_policy_and_the_event_is_in_us_east_1(aws: InProcess) -> None:
    iam = aws.client("iam")

    def attached() -> list[str]:
        roles = iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
        role = next(row for row in roles if row["RoleName"] == NODE_ROLE)
        return [row["PolicyArn"] for row in role["AttachedManagedPolicies"]]

    iam.attach_role_policy(RoleName=NODE_ROLE, PolicyArn=ADMIN)
    assert ADMIN in attached()
    iam.detach_role_policy(RoleName=NODE_ROLE, PolicyArn=ADMIN)
    assert ADMIN not in attached()
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.detach_role_policy(RoleName=NODE_ROLE, PolicyArn=ADMIN)

    [(account, region, entry), *_] = aws.events
    assert (account, region, entry["Source"]) == ("222233334444", "us-east-1", "aws.iam")
    assert entry["Detail"]["awsRegion"] == "us-east-1"
    assert entry["Detail"]["requestParameters"] == {"roleName": NODE_ROLE, "policyArn": ADMIN}


def test_a_trust_policy_is_replaced(aws: InProcess) -> None:
    iam = aws.client("iam")
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
    iam.update_assume_role_policy(RoleName=NODE_ROLE, PolicyDocument=json.dumps(trust))
    roles = iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
    assert next(row for row in roles if row["RoleName"] == NODE_ROLE)["AssumeRolePolicyDocument"] == trust
    with pytest.raises(iam.exceptions.MalformedPolicyDocumentException):
        iam.update_assume_role_policy(RoleName=NODE_ROLE, PolicyDocument="{")


def test_a_role_that_is_not_the_fleets_is_left_to_the_emulator(aws: InProcess) -> None:
    with pytest.raises(NotSimulated):
        aws.client("iam").attach_role_policy(RoleName="plumbline-reader", PolicyArn=ADMIN)


def test_principals_are_deleted(aws: InProcess) -> None:
    iam = aws.client("iam")
    with pytest.raises(iam.exceptions.DeleteConflictException):
        iam.delete_role(RoleName=NODE_ROLE)
    iam.delete_role(RoleName="payments-ledger")
    iam.delete_user(UserName="terraform")
    details = iam.get_account_authorization_details()
    assert "payments-ledger" not in [row["RoleName"] for row in details["RoleDetailList"]]
    assert [row["UserName"] for row in details["UserDetailList"]] == ["break-glass"]


def test_an_oidc_provider_comes_and_goes(aws: InProcess) -> None:
    iam = aws.client("iam")
    issuer = aws.client("eks").describe_cluster(name="ledger-prod")["cluster"]["identity"]["oidc"]["issuer"]
    arn = iam.create_open_id_connect_provider(Url=issuer, ClientIDList=["sts.amazonaws.com"])[
        "OpenIDConnectProviderArn"
    ]
    assert arn.endswith(issuer.removeprefix("https://"))
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException):
        iam.create_open_id_connect_provider(Url=issuer)
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert arn not in [row["Arn"] for row in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    created, _, deleted = aws.details()
    assert created["requestParameters"] == {"url": issuer, "clientIDList": ["sts.amazonaws.com"]}
    assert deleted["requestParameters"] == {"openIDConnectProviderArn": arn}


def test_a_trail_is_stopped_in_its_home_region_only(aws: InProcess) -> None:
    elsewhere, home = (aws.client("cloudtrail", "111122223333", region) for region in ("us-east-1", "eu-west-1"))
    [trail] = home.describe_trails()["trailList"]
    with pytest.raises(ClientError) as refused:
        elsewhere.stop_logging(Name=trail["TrailARN"])
    assert _code(refused) == "InvalidHomeRegionException"
    home.stop_logging(Name="organization")
    assert home.get_trail_status(Name="organization")["IsLogging"] is False
    home.start_logging(Name="organization")
    assert home.get_trail_status(Name="organization")["IsLogging"] is True
    assert aws.details()[1]["requestParameters"] == {"name": "organization"}


def test_a_feature_of_the_detector_is_switched(aws: InProcess) -> None:
    guardduty = aws.client("guardduty")
    [own] = guardduty.list_detectors()["DetectorIds"]
    guardduty.update_detector(DetectorId=own, Features=[{"Name": "EKS_AUDIT_LOGS", "Status": "DISABLED"}])
    found = guardduty.get_detector(DetectorId=own)
    assert {row["Name"]: row["Status"] for row in found["Features"]}["EKS_AUDIT_LOGS"] == "DISABLED"
    guardduty.update_detector(DetectorId=own, Enable=False)
    assert guardduty.get_detector(DetectorId=own)["Status"] == "DISABLED"
    assert aws.details()[0]["requestParameters"]["detectorId"] == own
    with pytest.raises(guardduty.exceptions.BadRequestException):
        guardduty.get_detector(DetectorId="0" * 32)


def test_the_policies_of_a_repository(aws: InProcess) -> None:
    ecr, name = aws.client("ecr"), {"repositoryName": "payments/ledger"}
    text = json.dumps({"Version": "2012-10-17", "Statement": []})
    with pytest.raises(ecr.exceptions.RepositoryPolicyNotFoundException):
        ecr.get_repository_policy(**name)
    ecr.set_repository_policy(**name, policyText=text)
    assert ecr.get_repository_policy(**name)["policyText"] == text
    ecr.delete_repository_policy(**name)
    with pytest.raises(ecr.exceptions.RepositoryPolicyNotFoundException):
        ecr.delete_repository_policy(**name)
    ecr.delete_lifecycle_policy(**name)
    with pytest.raises(ecr.exceptions.LifecyclePolicyNotFoundException):
        ecr.get_lifecycle_policy(**name)
    rules = json.dumps({"rules": [{"rulePriority": 1, "description": "x" * 100}]})
    ecr.put_lifecycle_policy(**name, lifecyclePolicyText=rules)
    assert ecr.get_lifecycle_policy(**name)["lifecyclePolicyText"] == rules
    with pytest.raises(ecr.exceptions.InvalidParameterException):
        ecr.set_repository_policy(**name, policyText="{")
    with pytest.raises(ecr.exceptions.RepositoryNotFoundException):
        ecr.get_lifecycle_policy(repositoryName="gone")
    assert aws.details()[0]["requestParameters"] == {**name, "policyText": text}


def test_tags_become_mutable_and_scanning_changes(aws: InProcess) -> None:
    ecr, name = aws.client("ecr"), "payments/ledger"
    ecr.put_image_tag_mutability(repositoryName=name, imageTagMutability="MUTABLE")
    ecr.put_image_scanning_configuration(repositoryName=name, imageScanningConfiguration={"scanOnPush": False})
    [row] = ecr.describe_repositories(repositoryNames=[name])["repositories"]
    assert (row["imageTagMutability"], row["imageScanningConfiguration"]) == ("MUTABLE", {"scanOnPush": False})
    rules = [{"scanFrequency": "CONTINUOUS_SCAN", "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}]
    ecr.put_registry_scanning_configuration(scanType="ENHANCED", rules=rules)
    found = ecr.get_registry_scanning_configuration()["scanningConfiguration"]
    assert found == {"scanType": "ENHANCED", "rules": rules}


def test_processes_of_a_group_are_suspended_and_resumed(aws: InProcess) -> None:
    scaling = aws.client("autoscaling", "333344445555", "us-east-1")
    own = {"AutoScalingGroupName": "warehouse-prod-robots"}

    def suspended() -> list[str]:
        [group] = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=list(own.values()))["AutoScalingGroups"]
        return [row["ProcessName"] for row in group["SuspendedProcesses"]]

    scaling.suspend_processes(**own, ScalingProcesses=["AZRebalance", "Launch"])
    assert suspended() == ["AZRebalance", "Launch"]
    scaling.resume_processes(**own, ScalingProcesses=["Launch"])
    assert suspended() == ["AZRebalance"]
    scaling.resume_processes(**own)
    assert suspended() == []
    with pytest.raises(ClientError) as refused:
        scaling.suspend_processes(**own, ScalingProcesses=["Sleep"])
    assert _code(refused) == "ValidationError"
    expected = {"autoScalingGroupName": "warehouse-prod-robots", "scalingProcesses": ["AZRebalance", "Launch"]}
    assert aws.details()[0]["requestParameters"] == expected


def test_a_group_is_resized_within_its_bounds(aws: InProcess) -> None:
    scaling = aws.client("autoscaling", "333344445555", "us-east-1")
    own = {"AutoScalingGroupName": "warehouse-prod-robots"}
    scaling.update_auto_scaling_group(**own, MaxSize=9, CapacityRebalance=True)
    [group] = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=list(own.values()))["AutoScalingGroups"]
    assert (group["MaxSize"], group["MinSize"], group["CapacityRebalance"]) == (9, 1, True)
    with pytest.raises(ClientError) as too_small:
        scaling.update_auto_scaling_group(**own, MaxSize=0)
    with pytest.raises(ClientError) as gone:
        scaling.update_auto_scaling_group(AutoScalingGroupName="gone", MaxSize=1)
    assert (_code(too_small), _code(gone)) == ("ValidationError", "ValidationError")


def test_defaults_of_the_region(aws: InProcess) -> None:
    ec2 = aws.client("ec2")
    ec2.disable_ebs_encryption_by_default()
    assert ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
    ec2.enable_ebs_encryption_by_default()
    assert ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is True
    ec2.modify_instance_metadata_defaults(HttpTokens="required", HttpPutResponseHopLimit=1)
    ec2.modify_instance_metadata_defaults(HttpPutResponseHopLimit=-1)
    assert ec2.get_instance_metadata_defaults()["AccountLevel"] == {"HttpTokens": "required", "ManagedBy": "account"}
    requests: list[dict[str, Any]] = [detail["requestParameters"] for detail in aws.details()]
    assert requests == [
        {"DisableEbsEncryptionByDefaultRequest": {}},
        {"EnableEbsEncryptionByDefaultRequest": {}},
        {"ModifyInstanceMetadataDefaultsRequest": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}},
        {"ModifyInstanceMetadataDefaultsRequest": {"HttpPutResponseHopLimit": -1}},
    ]


def test_a_launch_template_gets_a_version_and_another_default(aws: InProcess) -> None:
    ec2 = aws.client("ec2", region="us-east-1")
    [template] = {
        row["LaunchTemplateId"]
        for row in ec2.describe_launch_template_versions(Versions=["$Default"])["LaunchTemplateVersions"]
        if row["LaunchTemplateName"] == "open-nodes"
    }
    change = {"MetadataOptions": {"HttpTokens": "required"}}
    made = ec2.create_launch_template_version(LaunchTemplateId=template, SourceVersion="4", LaunchTemplateData=change)
    version = made["LaunchTemplateVersion"]
    assert (version["VersionNumber"], version["DefaultVersion"]) == (5, False)
    assert version["LaunchTemplateData"]["MetadataOptions"] == {"HttpTokens": "required"}
    assert version["LaunchTemplateData"]["KeyName"] == "debugging"
    changed = ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion="5")["LaunchTemplate"]
    assert (changed["DefaultVersionNumber"], changed["LatestVersionNumber"]) == (5, 5)
    with pytest.raises(ClientError) as refused:
        ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion="9")
    assert _code(refused) == "InvalidLaunchTemplateId.VersionNotFound"

    created, modified, _ = (detail["requestParameters"] for detail in aws.details())
    assert created["CreateLaunchTemplateVersionRequest"]["LaunchTemplateId"] == template
    asked = modified["ModifyLaunchTemplateRequest"]
    assert (asked["LaunchTemplateId"], asked["SetDefaultVersion"]) == (template, "5")
