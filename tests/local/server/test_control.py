"""The `/_local` endpoints of a running embedded AWS."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.control import LocalControl
from local.launcher import EmbeddedAws


@pytest.fixture
def control(embedded: EmbeddedAws) -> Iterator[LocalControl]:
    """The controls, everything set back afterwards."""
    assert embedded.outputs is not None
    local = LocalControl(embedded.outputs.endpoint)
    yield local
    local.clear_faults()
    local.settle_after(0)
    local.reset_calls()


def _eks(embedded: EmbeddedAws, account: str = "222233334444") -> Any:
    return embedded.client("eks", account)


def test_calls_are_counted_by_account_region_and_operation(embedded: EmbeddedAws, control: LocalControl) -> None:
    control.reset_calls()
    for _ in range(3):
        _eks(embedded).describe_cluster(name="payments-prod")
    embedded.client("sqs", region="us-east-1").list_queues()

    assert control.calls() == {
        ("111122223333", "us-east-1", "sqs:ListQueues"): 1,
        ("222233334444", "eu-west-1", "eks:DescribeCluster"): 3,
    }


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code"),
    [
        ("eks", "list_clusters", {}, "AccessDeniedException"),
        ("ec2", "describe_vpcs", {}, "UnauthorizedOperation"),
        ("autoscaling", "describe_auto_scaling_groups", {}, "Throttled"),
        ("dynamodb", "list_tables", {}, "InternalServerError"),
        ("s3", "list_buckets", {}, "SlowDown"),
    ],
)
def test_an_injected_error_arrives_as_the_services_own(
    embedded: EmbeddedAws, control: LocalControl, service: str, operation: str, arguments: dict[str, Any], code: str
) -> None:
    control.inject({"operation": f"{service}:*", "code": code, "times": 9})
    with pytest.raises(ClientError) as struck:
        getattr(embedded.client(service), operation)(**arguments)
    assert struck.value.response["Error"]["Code"] == code
    control.clear_faults()
    getattr(embedded.client(service), operation)(**arguments)


def test_a_throttled_call_is_tried_again_by_the_sdk(embedded: EmbeddedAws, control: LocalControl) -> None:
    control.reset_calls()
    control.inject({"operation": "eks:ListClusters", "code": "ThrottlingException", "times": 1})
    assert "payments-prod" in _eks(embedded).list_clusters()["clusters"]
    assert control.calls()["222233334444", "eu-west-1", "eks:ListClusters"] == 2


def test_a_call_is_delayed(embedded: EmbeddedAws, control: LocalControl) -> None:
    control.inject({"operation": "eks:ListClusters", "delay_seconds": 0.3})
    start = time.monotonic()
    _eks(embedded).list_clusters()
    assert time.monotonic() - start >= 0.3


def test_updates_settle_after_the_time_set(embedded: EmbeddedAws, control: LocalControl) -> None:
    control.settle_after(60)
    eks = _eks(embedded)
    eks.update_cluster_config(name="payments-staging", deletionProtection=False)
    assert eks.describe_cluster(name="payments-staging")["cluster"]["status"] == "UPDATING"
    control.rebuild_fleet()
    cluster = eks.describe_cluster(name="payments-staging")["cluster"]
    assert (cluster["status"], cluster["deletionProtection"]) == ("ACTIVE", True)


def test_a_wrong_fault_is_refused_with_its_place(control: LocalControl) -> None:
    with pytest.raises(ValueError, match="delay_seconds"):
        control.inject({"operation": "eks:*", "delay_seconds": -1})
