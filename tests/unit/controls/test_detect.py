import pytest

from plumbline.domain.evidence.section import Listed, NotCollected
from plumbline.domain.verdict import Reason
from tests.unit.baseline import listed, listing, read
from tests.unit.changes import DENIED, section, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, Case, check, label
from tests.unit.surroundings import detector

AUDIT, REGION = "detect.guardduty-eks-audit", "region/eu-west-1"
UNSUPPORTED = NotCollected(Reason.REGION_UNSUPPORTED, "GuardDuty is not offered here")

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
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_detect(case: Case) -> None:
    check(case)
