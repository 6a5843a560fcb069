"""Which calls a fault strikes."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from local.server.faults import Fault, FaultPlan

CALL = ("eks:DescribeCluster", "222233334444", "eu-west-1", "/clusters/payments-prod")


@pytest.mark.parametrize(
    ("fault", "strikes"),
    [
        (Fault(operation="eks:DescribeCluster"), True),
        (Fault(operation="eks:*"), True),
        (Fault(operation="eks:ListClusters"), False),
        (Fault(operation="ec2:*"), False),
        (Fault(operation="eks:*", account="222233334444", region="eu-west-1"), True),
        (Fault(operation="eks:*", account="111122223333"), False),
        (Fault(operation="eks:*", region="us-east-1"), False),
        (Fault(operation="eks:*", resource="payments-prod"), True),
        (Fault(operation="eks:*", resource="ledger-prod"), False),
        (Fault(operation="eks:*", times=0), False),
    ],
)
def test_a_fault_strikes_what_it_names(fault: Fault, strikes: bool) -> None:
    assert (FaultPlan([fault]).next_for(*CALL) is fault) is strikes


def test_a_fault_is_used_up() -> None:
    plan = FaultPlan([Fault(operation="eks:*", times=2)])
    assert [plan.next_for(*CALL) is not None for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize(
    "fields", [{"operation": "eks"}, {"operation": "eks:*", "times": -1}, {"operation": "eks:*", "tims": 1}]
)
def test_a_wrong_fault_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Fault.model_validate(fields)
