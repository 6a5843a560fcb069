import pytest

from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence import eks
from tests.unit.baseline import KEY, LOG_GROUP
from tests.unit.changes import Change, all_of, cluster, each, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label

AUDIT, TYPES, RETENTION = "logging.audit-log", "logging.control-plane-types", "logging.log-group-retention"
CLUSTER, GROUP = "cluster/payments", f"log-group/{LOG_GROUP}"


def logging(*entries: tuple[bool, tuple[str, ...]]) -> Change:
    setups = tuple(eks.LogSetup(types=types, enabled=enabled) for enabled, types in entries)
    return cluster(logging=eks.Logging(cluster_logging=setups))


def log_group(days: int | None, key: str | None = None) -> Change:
    return each("log_groups", aws.LogGroup(log_group_name=LOG_GROUP, retention_in_days=days, kms_key_id=key))


OFF = logging((False, ("api", "audit", "authenticator", "controllerManager", "scheduler")))

CASES = [
    Case(AUDIT, CLUSTER, logging((False, ("api",)), (True, ("audit",)), (True, ("authenticator",))), PASS),
    Case(
        AUDIT,
        CLUSTER,
        logging((True, ("api", "authenticator")), (False, ("audit",))),
        FAIL,
        "log_types_disabled",
        message="log types are off: audit",
    ),
    Case(AUDIT, CLUSTER, OFF, FAIL, "log_types_disabled"),
    Case(AUDIT, CLUSTER, cluster(logging=eks.Logging()), FAIL, "log_types_disabled"),
    Case(AUDIT, CLUSTER, logging((True, ("audit",))), PASS, parameters={"required": ["audit"]}),
    Case(AUDIT, CLUSTER, cluster(status="UPDATING"), PASS, during_transition=True),
    Case(AUDIT, CLUSTER, without("cluster"), UNKNOWN, "access_denied"),
    # --- control-plane-types
    Case(
        TYPES,
        CLUSTER,
        logging((True, ("audit", "authenticator", "api"))),
        FAIL,
        "log_types_disabled",
        message="log types are off: controllerManager, scheduler",
    ),
    Case(TYPES, CLUSTER, logging((True, ("audit",))), PASS, parameters={"required": ["audit"]}),
    Case(TYPES, CLUSTER, without("cluster"), UNKNOWN, "access_denied"),
    # --- log-group-retention
    Case(RETENTION, GROUP, log_group(90), PASS),
    Case(
        RETENTION,
        GROUP,
        log_group(89),
        FAIL,
        "retention_too_short",
        message=f"{LOG_GROUP} keeps logs for 89 days, fewer than 90",
    ),
    Case(RETENTION, GROUP, log_group(None), WARN, "never_expires", message=f"{LOG_GROUP} keeps logs for ever"),
    Case(
        RETENTION,
        GROUP,
        each("log_groups"),
        FAIL,
        "log_group_missing",
        message=f"logs are enabled, but log group {LOG_GROUP} does not exist",
    ),
    Case(RETENTION, GROUP, log_group(365), FAIL, "no_customer_key", parameters={"require-cmk": True}),
    Case(RETENTION, GROUP, log_group(365, KEY), PASS, parameters={"require-cmk": True}),
    Case(RETENTION, GROUP, log_group(7), FAIL, "retention_too_short no_customer_key", parameters={"require-cmk": True}),
    Case(RETENTION, GROUP, log_group(30), PASS, parameters={"min-days": 30}),
    Case(RETENTION, GROUP, all_of(OFF, each("log_groups")), NA, "logging_off"),
    Case(
        RETENTION,
        GROUP,
        all_of(each("log_groups"), cluster(status="UPDATING")),
        FAIL,
        "log_group_missing",
        during_transition=True,
    ),
    Case(RETENTION, GROUP, without("log_groups"), UNKNOWN, "access_denied"),
    Case(RETENTION, GROUP, without("cluster"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_control_plane(case: Case) -> None:
    check(case)
