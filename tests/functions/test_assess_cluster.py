from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from functions.assess_cluster import app
from plumbline import runtime
from plumbline.domain.evidence.section import Collected
from plumbline.domain.records import Assessment, RecordKind
from plumbline.domain.snapshot import RegionEvidence
from plumbline.domain.subject import Subject
from plumbline.ports import Target
from tests.fakes.clock import FakeClock
from tests.functions.conftest import House
from tests.functions.payloads import MEMBER, REGION, Context, as_json, payload
from tests.unit.baseline import NOW, compliant

PROD = Subject(MEMBER, REGION, "payments-prod")
SUBJECTS = (PROD, Subject(MEMBER, REGION, "payments-staging"), Subject(MEMBER, REGION))


@pytest.fixture(autouse=True)
def two_clusters(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the evidence of two clusters of one region."""
    monkeypatch.setattr(runtime, "clock", FakeClock(NOW))
    snapshot = compliant()
    house.evidence.put_account(MEMBER, snapshot.account)
    house.evidence.put_region(Target(MEMBER, REGION), snapshot.region)
    for subject in SUBJECTS[:2]:
        house.evidence.put_cluster(subject, snapshot.cluster, RegionEvidence())


def handler(event: dict[str, Any], context: Context) -> Any:
    return as_json(app.handler(event, context))


def assessments(house: House, subject: Subject) -> list[Assessment]:
    records = [one for one in house.store.records.get(subject, []) if one.kind is RecordKind.ASSESSMENT]
    return [msgspec.convert(one.body, Assessment) for one in records]


def test_a_batch_assesses_clusters_and_their_region(
    house: House, context: Context, counted: Callable[[], dict[str, float]]
) -> None:
    answer = handler(payload("assess_cluster_batch"), context)
    assert (answer["assessed"], answer["failed"], answer["control_errors"]) == (3, {}, [])
    for subject in SUBJECTS:
        (assessment,) = assessments(house, subject)
        assert (assessment.id, assessment.trigger, assessment.scopes) == ("sweep-1", "sweep", ("cluster",))
    metrics = counted()
    assert (metrics["Assessments"], metrics["FailedAssessments"], metrics["ControlErrors"]) == (3, 0, 0)
    assert metrics["Verdicts"] == sum(answer["by_status"].values())
    assert metrics["UnknownVerdicts"] == answer["by_status"]["UNKNOWN"]


def test_an_event_assesses_one_cluster_within_its_scopes(house: House, context: Context) -> None:
    assert handler(payload("assess_cluster_event"), context)["assessed"] == 1
    (assessment,) = assessments(house, PROD)
    assert (assessment.trigger, assessment.scopes) == ("event", ("cluster-config", "logs"))
    assert house.store.heads.keys() == {PROD}


def test_what_changed_is_counted(house: House, context: Context, counted: Callable[[], dict[str, float]]) -> None:
    handler(payload("assess_cluster_batch"), context)
    counted()
    part, overlay = house.evidence.get_cluster(PROD)
    assert isinstance(part.cluster, Collected)
    unprotected = msgspec.structs.replace(part.cluster.value, deletion_protection=False)
    changed = msgspec.structs.replace(part, cluster=Collected(unprotected, NOW))
    house.evidence.put_cluster(PROD, changed, overlay)
    assert handler(payload("assess_cluster_event"), context)["transitions"] == 1
    assert counted()["Transitions"] == 1


def test_a_failure_is_recorded_and_counted(
    house: House, context: Context, counted: Callable[[], dict[str, float]]
) -> None:
    answer = handler(payload("assess_cluster_failure"), context)
    error = "States.Timeout: the collection took too long"
    assert answer["failed"] == {"payments-prod": error}
    assert [assessment.error for assessment in assessments(house, PROD)] == [error]
    assert counted()["FailedAssessments"] == 1


def test_a_region_that_could_not_be_read_has_a_record_of_its_own(house: House, context: Context) -> None:
    failure = payload("assess_cluster_batch") | {"action": "fail", "clusters": [""], "error": "no"}
    assert handler(failure, context)["failed"] == {f"{MEMBER} {REGION}": "no"}
    assert [assessment.error for assessment in assessments(house, SUBJECTS[2])] == ["no"]


def test_assessing_again_under_the_same_name_changes_nothing(house: House, context: Context) -> None:
    handler(payload("assess_cluster_batch"), context)
    again = handler(payload("assess_cluster_batch"), context)
    assert again["transitions"] == 0


def test_an_event_on_an_account_assesses_it_in_its_partition(house: House, context: Context) -> None:
    event = payload("assess_cluster_event") | {"region": "", "cluster": "", "scopes": ["account"]}
    assert handler(event | {"partition": "aws-cn"}, context)["assessed"] == 1
    assert house.store.heads.keys() == {Subject(MEMBER, "", partition="aws-cn")}


def test_what_regions_share_is_assessed_after_them(house: House, context: Context) -> None:
    key = house.evidence.put_manifest("sweep-1", [{"account": MEMBER, "region": REGION}])
    event = {"action": "shared", "trigger": "sweep", "assessment": "sweep-1", "manifest": key}
    assert handler(event, context)["assessed"] == 2
    assert house.store.heads.keys() == {Subject(MEMBER, ""), Subject("", "")}


@pytest.mark.filterwarnings("ignore:No application metrics to publish")
def test_a_payload_without_an_action_is_refused(house: House, context: Context) -> None:
    with pytest.raises(msgspec.ValidationError, match="action"):
        handler({"account": MEMBER, "region": REGION, "assessment": "a", "trigger": "sweep"}, context)
    assert house.store.heads == {}
