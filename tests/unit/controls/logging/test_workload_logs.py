import pytest

from plumbline.domain.evidence.section import Listed
from tests.unit.baseline import read
from tests.unit.changes import all_of, each, section, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.controls.system import changed, gone, running

LOGS, EC2, FARGATE = "logging.workload-log-collection", "compute-class/ec2", "compute-class/fargate"
NONE = gone("DaemonSet", "fluent-bit")
NO_PROFILES = section("fargate_profiles", Listed(names=read(())))
FARGATE_ALONE = all_of(
    section("nodegroups", Listed(names=read(()))), each("auto_scaling_groups"), each("instances"), each("nodes")
)

CASES = [
    Case(LOGS, EC2, NONE, FAIL, "no_log_agent", message="no known log agent runs on the nodes"),
    Case(
        LOGS,
        EC2,
        changed("DaemonSet", "fluent-bit", ready=8, desired=10),
        WARN,
        "agent_not_ready",
        message="Fluent Bit (kube-system/fluent-bit) is ready on 8 of 10 nodes",
    ),
    Case(LOGS, EC2, changed("DaemonSet", "fluent-bit", ready=9, desired=10), PASS),
    Case(LOGS, EC2, changed("DaemonSet", "fluent-bit", ready=0, desired=0), WARN, "agent_not_ready"),
    Case(
        LOGS,
        EC2,
        changed("DaemonSet", "fluent-bit", ready=8, desired=10),
        PASS,
        parameters={"min-ready-ratio": 0.5},
    ),
    # An aggregator that is no DaemonSet reads no node's logs.
    Case(LOGS, EC2, all_of(NONE, running("Deployment", "hub", "fluent/fluentd:v1")), FAIL, "no_log_agent"),
    Case(LOGS, EC2, all_of(NONE, running("DaemonSet", "logs", "docker.io/grafana/alloy:v1")), PASS),
    Case(
        LOGS,
        EC2,
        all_of(NONE, running("Deployment", "app", "example.com/acme/shipper:1")),
        PASS,
        parameters={"extra-agent-signatures": ["acme/shipper"]},
        message="acme/shipper collects the logs of the nodes",
    ),
    Case(LOGS, EC2, FARGATE_ALONE, NA, "class_not_used"),
    Case(LOGS, EC2, without("daemon_sets"), UNKNOWN, "access_denied"),
    Case(
        LOGS,
        EC2,
        all_of(NONE, without("deployments")),
        UNKNOWN,
        "access_denied",
        parameters={"extra-agent-signatures": ["acme/shipper"]},
    ),
    Case(LOGS, EC2, all_of(FARGATE_ALONE, without("instances")), UNKNOWN, "access_denied"),
    Case(
        LOGS,
        FARGATE,
        section("fargate_logging", read(None)),
        FAIL,
        "no_fargate_logging",
        message="no ConfigMap aws-observability/aws-logging names where logs of Fargate pods go",
    ),
    Case(LOGS, FARGATE, NO_PROFILES, NA, "class_not_used"),
    Case(LOGS, FARGATE, without("fargate_logging"), UNKNOWN, "access_denied"),
    Case(LOGS, FARGATE, without("daemon_sets"), PASS),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_workload_logs(case: Case) -> None:
    check(case)
