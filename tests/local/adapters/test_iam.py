"""Contract: policies are enforced for simulated and for emulated operations, each error in its own form."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.launcher import EmbeddedAws

READER = "arn:aws:iam::333344445555:role/fixture-reader"


def _reader(embedded: EmbeddedAws, service: str) -> Any:
    return embedded.client_as(service, READER, ExternalId="fixture")


def test_the_reader_reads_what_its_policy_allows(embedded: EmbeddedAws) -> None:
    assert _reader(embedded, "eks").list_clusters()["clusters"] == ["shop-dev", "shop-prod"]
    assert _reader(embedded, "ec2").describe_vpcs()["Vpcs"]


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code"),
    [
        ("eks", "delete_cluster", {"name": "shop-dev"}, "AccessDeniedException"),
        ("autoscaling", "describe_auto_scaling_groups", {}, "AccessDenied"),
        ("ecr", "describe_repositories", {}, "AccessDeniedException"),
        ("ec2", "authorize_security_group_ingress", {"GroupId": "sg-0"}, "UnauthorizedOperation"),
        ("guardduty", "list_detectors", {}, "AccessDeniedException"),
        ("iam", "generate_credential_report", {}, "AccessDenied"),
        ("ec2", "get_ebs_encryption_by_default", {}, "UnauthorizedOperation"),
        ("iam", "get_account_summary", {}, "AccessDenied"),
        ("kms", "describe_key", {"KeyId": "alias/any"}, "AccessDeniedException"),
        ("logs", "describe_log_groups", {"logGroupNamePrefix": "/aws/eks/"}, "AccessDeniedException"),
        ("organizations", "list_accounts", {}, "AccessDeniedException"),
        ("service-quotas", "list_service_quotas", {"ServiceCode": "eks"}, "AccessDeniedException"),
        ("dynamodb", "list_tables", {}, "AccessDeniedException"),
    ],
)
def test_and_nothing_else(
    embedded: EmbeddedAws, service: str, operation: str, arguments: dict[str, str], code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(_reader(embedded, service), operation)(**arguments)
    assert refused.value.response["Error"]["Code"] == code


def test_public_parameters_are_authorized_by_their_own_arn(embedded: EmbeddedAws) -> None:
    name = "/aws/service/bottlerocket/aws-k8s-1.34/x86_64/latest/image_version"
    reader = _reader(embedded, "ssm")
    assert reader.get_parameters(Names=[name])["Parameters"][0]["Value"] == "1.52.0-4a1d6b2c"
    with pytest.raises(ClientError) as refused:
        reader.get_parameters(Names=["/plumbline/own"])
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


def test_the_loopback_counts_as_secure_transport(embedded: EmbeddedAws, stack: dict[str, str]) -> None:
    own_reader = READER.replace("333344445555", "111122223333")
    s3 = embedded.client_as("s3", own_reader, ExternalId="fixture")
    assert s3.list_objects_v2(Bucket=stack["ManifestsBucket"])["IsTruncated"] is False


def test_without_the_external_id_nobody_becomes_the_reader(embedded: EmbeddedAws) -> None:
    with pytest.raises(ClientError) as refused:
        embedded.client_as("eks", READER)
    assert refused.value.response["Error"]["Code"] == "AccessDenied"


def test_a_bad_signature_is_refused(embedded: EmbeddedAws) -> None:
    assert embedded.outputs is not None
    stranger = embedded.outputs.engineers[0].model_copy(update={"secret_access_key": "guessed"})
    with pytest.raises(ClientError) as refused:
        embedded.client_of(stranger, "eks").list_clusters()
    assert refused.value.response["Error"]["Code"] == "InvalidSignatureException"
