import pytest

from plumbline.domain.evidence import eks
from tests.unit.changes import item, nodegroup, undescribed, without
from tests.unit.controls.cases import FAIL, UNKNOWN, WARN, Case, check, label

HEALTH, GENERAL, BATCH = "nodegroup.health", "nodegroup/general", "fargate-profile/batch"
ISSUES = eks.Health(
    issues=(
        eks.HealthIssue(code="InsufficientFreeAddresses", message="subnet-a is full"),
        eks.HealthIssue(code="AsgInstanceLaunchFailures", message="no capacity"),
    )
)

CASES = [
    Case(HEALTH, GENERAL, nodegroup("general", status="DEGRADED"), FAIL, "degraded"),
    Case(HEALTH, GENERAL, nodegroup("general", status="CREATE_FAILED"), FAIL, "create_failed"),
    Case(HEALTH, GENERAL, nodegroup("general", status="DELETE_FAILED"), FAIL, "delete_failed"),
    Case(
        HEALTH,
        GENERAL,
        nodegroup("general", health=ISSUES),
        FAIL,
        "AsgInstanceLaunchFailures InsufficientFreeAddresses",
        message=(
            "node group general is ACTIVE with AsgInstanceLaunchFailures: no capacity; "
            "InsufficientFreeAddresses: subnet-a is full"
        ),
    ),
    Case(HEALTH, GENERAL, nodegroup("general", status="DELETING"), WARN, "in_transition", during_transition=True),
    Case(HEALTH, GENERAL, nodegroup("general", status="DREAMING"), UNKNOWN, "parse_error"),
    Case(
        HEALTH,
        BATCH,
        item("fargate_profiles", "batch", status="CREATE_FAILED"),
        FAIL,
        "create_failed",
        message="Fargate profile batch is CREATE_FAILED",
    ),
    Case(
        HEALTH,
        BATCH,
        item(
            "fargate_profiles",
            "batch",
            health=eks.Health(issues=(eks.HealthIssue(code="PodExecutionRoleAlreadyInUse"),)),
        ),
        FAIL,
        "PodExecutionRoleAlreadyInUse",
        message="Fargate profile batch is ACTIVE with PodExecutionRoleAlreadyInUse",
    ),
    Case(HEALTH, GENERAL, undescribed("nodegroups", "general"), UNKNOWN, "access_denied"),
    Case(HEALTH, BATCH, undescribed("fargate_profiles", "batch"), UNKNOWN, "access_denied"),
    Case(HEALTH, "nodegroup/*", without("nodegroups"), UNKNOWN, "access_denied"),
    Case(HEALTH, "fargate-profile/*", without("fargate_profiles"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_health(case: Case) -> None:
    check(case)
