import pytest

from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence.section import Listed, NotCollected
from plumbline.domain.verdict import Reason
from tests.unit.baseline import listed, listing, read
from tests.unit.changes import DENIED, all_of, each, section, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.controls.system import changed, gone, running
from tests.unit.surroundings import detector

AUDIT, REGION = "detect.guardduty-eks-audit", "region/eu-west-1"
UNSUPPORTED = NotCollected(Reason.REGION_UNSUPPORTED, "GuardDuty is not offered here")

RUNTIME, CLUSTER = "detect.runtime-monitoring", "cluster/payments"
RUNTIME_OFF = section("detectors", listed(main=detector(runtime="DISABLED")))
FARGATE_ALONE = all_of(
    section("nodegroups", Listed(names=read(()))), each("auto_scaling_groups"), each("instances"), each("nodes")
)


def older() -> aws.Detector:
    return aws.Detector(
        status="ENABLED", features=(aws.DetectorFeature(name="EKS_RUNTIME_MONITORING", status="ENABLED"),)
    )


CASES = [
    Case(
        AUDIT,
        REGION,
        section("detectors", listed()),
        FAIL,
        "no_detector",
        message="GuardDuty is not set up in eu-west-1",
    ),
    Case(AUDIT, REGION, section("detectors", listed(main=detector(status="DISABLED"))), FAIL, "detector_off"),
    Case(
        AUDIT,
        REGION,
        section("detectors", listed(main=detector(audit_logs="DISABLED"))),
        FAIL,
        "audit_logs_not_watched",
        message="GuardDuty does not watch EKS audit logs in eu-west-1",
    ),
    Case(AUDIT, REGION, section("detectors", listing({"a": detector(status="DISABLED"), "b": detector()})), PASS),
    Case(AUDIT, REGION, section("detectors", Listed(read(("a", "b")), {"a": read(detector()), "b": DENIED})), PASS),
    Case(
        AUDIT,
        REGION,
        section("detectors", Listed(read(("a", "b")), {"a": read(detector(status="DISABLED")), "b": DENIED})),
        UNKNOWN,
        "access_denied",
    ),
    Case(AUDIT, REGION, section("detectors", Listed(names=UNSUPPORTED)), UNKNOWN, "region_unsupported"),
    Case(AUDIT, REGION, section("clusters", read(())), NA, "no_clusters"),
    Case(AUDIT, REGION, without("detectors"), UNKNOWN, "access_denied"),
    Case(AUDIT, REGION, without("clusters"), UNKNOWN, "access_denied"),
    Case(
        RUNTIME,
        CLUSTER,
        changed("DaemonSet", "aws-guardduty-agent", ready=2),
        WARN,
        "low_coverage",
        message="GuardDuty Runtime Monitoring is enabled and covers too few nodes",
    ),
    Case(RUNTIME, CLUSTER, gone("DaemonSet", "aws-guardduty-agent"), WARN, "low_coverage"),
    Case(
        RUNTIME,
        CLUSTER,
        RUNTIME_OFF,
        FAIL,
        "no_runtime_monitoring",
        message="nothing watches the nodes of payments",
    ),
    Case(RUNTIME, CLUSTER, section("detectors", listed()), FAIL, "no_runtime_monitoring"),
    Case(
        RUNTIME, CLUSTER, section("detectors", listed(main=detector(status="DISABLED"))), FAIL, "no_runtime_monitoring"
    ),
    Case(RUNTIME, CLUSTER, section("detectors", listed(main=older())), PASS),
    Case(
        RUNTIME,
        CLUSTER,
        all_of(RUNTIME_OFF, running("DaemonSet", "falco", "docker.io/falcosecurity/falco:0.42")),
        PASS,
        message="Falco watches the nodes",
    ),
    Case(
        RUNTIME,
        CLUSTER,
        all_of(RUNTIME_OFF, running("DaemonSet", "falco", "docker.io/falcosecurity/falco:0.42", ready=1)),
        WARN,
        "low_coverage",
    ),
    Case(
        RUNTIME,
        CLUSTER,
        changed("DaemonSet", "aws-guardduty-agent", ready=2),
        PASS,
        parameters={"min-ready-ratio": 0.5},
    ),
    Case(RUNTIME, CLUSTER, FARGATE_ALONE, NA, "fargate_only"),
    Case(RUNTIME, CLUSTER, all_of(RUNTIME_OFF, without("deployments")), UNKNOWN, "access_denied"),
    Case(RUNTIME, CLUSTER, without("daemon_sets"), UNKNOWN, "access_denied"),
    Case(RUNTIME, CLUSTER, without("detectors"), UNKNOWN, "access_denied"),
    Case(RUNTIME, CLUSTER, without("cluster"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_detect(case: Case) -> None:
    check(case)
