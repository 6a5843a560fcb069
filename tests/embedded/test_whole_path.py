"""From an EKS API call to a recorded transition and an alert, with the real templates and IAM enforcement on."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from local.control import LocalControl
from local.demo.hub import DemoError, Hub
from local.fleet.loading import EXAMPLE_FLEET, load_fleet
from local.launcher import EmbeddedAws
from plumbline.adapters.aws.history import record_of
from plumbline.adapters.aws.items import Codec
from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.chain import verify
from plumbline.domain.records import Record, RecordKind
from plumbline.domain.subject import Level
from tests.embedded.conftest import eventually, sweep
from tests.local.fleet.one_sided import NOT_KEPT, ONE_SIDED

pytestmark = pytest.mark.embedded

ACCOUNT, REGION, CLUSTER = "222233334444", "eu-west-1", "payments-prod"
ARN = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{CLUSTER}"
EVENTS = Path(__file__).parents[2] / "events"
ALERT_WITHIN_SECONDS = 60.0


def records(embedded: EmbeddedAws, hub: Hub) -> list[Record]:
    """Every history record of the hub, in order of subject and time."""
    database = embedded.client("dynamodb")
    pages = database.get_paginator("scan").paginate(TableName=hub.output("HistoryTableName"))
    items = [item for page in pages for item in page["Items"]]
    return sorted((record_of(item, Codec(None)) for item in items), key=lambda one: (one.subject, one.sequence))


def by_subject(found: list[Record]) -> dict[str, list[Record]]:
    grouped: dict[str, list[Record]] = {}
    for record in found:
        grouped.setdefault(record.subject.key, []).append(record)
    return grouped


def audit_log(embedded: EmbeddedAws, *, enabled: bool, cluster: str = CLUSTER) -> None:
    eks = embedded.deploy_client("eks", ACCOUNT, REGION)
    setup = {"clusterLogging": [{"types": ["audit"], "enabled": enabled}]}
    eks.update_cluster_config(name=cluster, logging=setup)


def transitions(alert: Any) -> dict[str, dict[str, Any]]:
    return {one["control"]: one for one in alert.document["transitions"]}


def test_the_sweep_assessed_every_cluster(hub: Hub) -> None:
    expected = {(one.account, one.region, one.name) for one in load_fleet(EXAMPLE_FLEET).clusters}
    found = {(one["account"], one["region"], one["cluster"]) for one in hub.pages("/clusters")}
    assert found == expected


def test_the_well_kept_cluster_is_judged_everywhere_and_found_open_to_its_office_alone(hub: Hub) -> None:
    """Its endpoint is open to a named range, which is how it is read from here: a warning, and the only finding."""
    counts = next(one["counts"] for one in hub.pages("/clusters") if one["cluster"] == CLUSTER)
    found = {one["control"] for one in hub.pages("/findings", limit="200") if one["cluster"] == CLUSTER}
    assert found == {"network.endpoint-public-access"}
    assert {status for area in counts.values() for status in area} == {"PASS", "NOT_APPLICABLE", "WARN"}
    of_clusters = {control.area for control in load_catalogue() if control.level is Level.CLUSTER}
    assert set(counts) == of_clusters


def test_findings_are_read_by_index_and_page_by_page(hub: Hub) -> None:
    everything = hub.pages("/findings", limit="200")
    paged = hub.pages("/findings", limit="7")
    assert [one["id"] for one in paged] == [one["id"] for one in everything]
    assert len({one["id"] for one in everything}) == len(everything)
    critical = hub.pages("/findings", severity="critical")
    assert {one["id"] for one in critical} == {
        one["id"] for one in everything if one["state"]["severity"] == "critical"
    }


def test_every_control_is_broken_by_somebody(hub: Hub) -> None:
    catalogue = {control.id for control in load_catalogue()}
    broken = {one["control"] for one in hub.pages("/findings", limit="200") if one["state"]["status"] in NOT_KEPT}
    assert catalogue - broken == {control for control, one in ONE_SIDED.items() if one.missing == "not kept"}


def test_a_wrong_query_is_a_problem_document(hub: Hub) -> None:
    with pytest.raises(DemoError, match=r"answered 400: .*\"title\":\"Bad Request\""):
        hub.get("/findings", severity="dreadful")


def test_a_denied_call_is_unknown_with_its_reason(hub: Hub) -> None:
    found = hub.pages("/findings", control="logging.log-group-retention", account="333344445555")
    assert {(one["state"]["status"], tuple(one["state"]["reasons"])) for one in found} == {
        ("UNKNOWN", ("access_denied",))
    }


def test_a_change_becomes_an_alert_with_its_actor_and_a_recovery(embedded: EmbeddedAws, hub: Hub) -> None:
    audit_log(embedded, enabled=False)
    broken = hub.wait_for_alert(ARN, ALERT_WITHIN_SECONDS)
    moved = transitions(broken)["logging.audit-log"]
    assert (moved["kind"], moved["before"]["status"], moved["after"]["status"]) == ("opened", "PASS", "FAIL")
    assert moved["before"]["observed"]["enabled"] != moved["after"]["observed"]["enabled"]
    change = moved["cause"]["changes"][0]
    assert change["name"] == "UpdateClusterConfig"
    assert change["actor"]["arn"].startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/")

    audit_log(embedded, enabled=True)
    mended = hub.wait_for_alert(ARN, ALERT_WITHIN_SECONDS)
    assert transitions(mended)["logging.audit-log"]["kind"] == "resolved"

    identity = f"{ARN}|logging.audit-log|cluster|{CLUSTER}"
    history = hub.get(f"/findings/{quote(identity, safe='')}")["history"]["items"]
    assert [one["transition"]["kind"] for one in reversed(history)][-2:] == ["opened", "resolved"]


def test_a_malformed_event_is_set_aside_with_its_reason(embedded: EmbeddedAws, hub: Hub) -> None:
    queues = embedded.client("sqs")
    queues.send_message(QueueUrl=hub.output("EventQueueUrl"), MessageBody='{"detail-type": 7}')

    def set_aside() -> list[dict[str, Any]]:
        answer = queues.receive_message(
            QueueUrl=hub.output("EventDeadLettersUrl"), MessageAttributeNames=["All"], WaitTimeSeconds=1
        )
        return list(answer.get("Messages", []))

    message = eventually(set_aside, bool)[0]
    assert message["Body"] == '{"detail-type": 7}'
    assert message["MessageAttributes"]["reason"]["StringValue"].startswith("malformed event: ")


def _event(**detail: Any) -> dict[str, str]:
    made = json.loads((EVENTS / "eks_update_cluster_config.json").read_text())["detail"]
    made.update(recipientAccountId=ACCOUNT, awsRegion=REGION, **detail)
    return {"Source": "aws.eks", "DetailType": "AWS API Call via CloudTrail", "Detail": json.dumps(made)}


def changes(embedded: EmbeddedAws, hub: Hub, event_id: str) -> list[Record]:
    return [one for one in records(embedded, hub) if one.body.get("event_id") == event_id]


def test_a_duplicate_event_changes_nothing(embedded: EmbeddedAws, hub: Hub, control: LocalControl) -> None:
    request = {"name": "payments-staging", "upgradePolicy": {"supportType": "STANDARD"}}
    first = _event(eventID="twice", requestParameters=request, responseElements=None)
    last = _event(eventID="after-it", requestParameters=request, responseElements=None)
    for entry in (first, first, last, first):
        control.put_event(ACCOUNT, REGION, entry)
    eventually(lambda: changes(embedded, hub, "after-it"), bool)
    drained = {"Attributes": {"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "0"}}
    eventually(
        lambda: embedded.client("sqs").get_queue_attributes(
            QueueUrl=hub.output("EventQueueUrl"), AttributeNames=list(drained["Attributes"])
        )["Attributes"],
        lambda found: set(found.values()) == {"0"},
    )
    assert len(changes(embedded, hub, "twice")) == 1


def test_an_event_of_an_unknown_cluster_registers_it(embedded: EmbeddedAws, hub: Hub, control: LocalControl) -> None:
    request = {"name": "nobody-knows-me", "logging": {}}
    control.put_event(ACCOUNT, REGION, _event(eventID="unknown", requestParameters=request, responseElements=None))
    found = eventually(lambda: changes(embedded, hub, "unknown"), bool)
    assert found[0].subject.cluster == "nobody-knows-me"


def test_a_crashing_database_loses_nothing(embedded: EmbeddedAws, hub: Hub, control: LocalControl) -> None:
    control.inject({"operation": "dynamodb:TransactWriteItems", "code": "InternalServerError", "times": 3})
    audit_log(embedded, enabled=False)
    broken = hub.wait_for_alert(ARN, 120)
    assert transitions(broken)["logging.audit-log"]["kind"] == "reopened"
    audit_log(embedded, enabled=True)
    mended = hub.wait_for_alert(ARN, ALERT_WITHIN_SECONDS)
    assert transitions(mended)["logging.audit-log"]["kind"] == "resolved"


def test_an_update_in_progress_is_waited_for(embedded: EmbeddedAws, hub: Hub, control: LocalControl) -> None:
    control.settle_after(4)
    audit_log(embedded, enabled=False)
    broken = hub.wait_for_alert(ARN, ALERT_WITHIN_SECONDS)
    moved = transitions(broken)["logging.audit-log"]
    assert moved["cause"]["changes"][0]["name"] == "UpdateClusterConfig"
    control.settle_after(0)
    eventually(
        lambda: embedded.client("eks", ACCOUNT, REGION).describe_cluster(name=CLUSTER)["cluster"]["status"],
        lambda status: status == "ACTIVE",
    )
    audit_log(embedded, enabled=True)
    hub.wait_for_alert(ARN, ALERT_WITHIN_SECONDS)


def test_another_sweep_records_nothing_new(embedded: EmbeddedAws, hub: Hub) -> None:
    before = Counter((one.subject.key, one.kind) for one in records(embedded, hub))
    sweep(hub)
    added = Counter((one.subject.key, one.kind) for one in records(embedded, hub)) - before
    assert {kind for _, kind in added} == {RecordKind.ASSESSMENT}
    clusters = [one["arn"] for one in hub.pages("/clusters")]
    assert [added[arn, RecordKind.ASSESSMENT] for arn in clusters] == [1] * len(clusters)


def test_every_subjects_history_is_one_sound_chain(embedded: EmbeddedAws, hub: Hub) -> None:
    broken = {key: verify(found) for key, found in by_subject(records(embedded, hub)).items()}
    assert {key: problems for key, problems in broken.items() if problems} == {}
    assert len(broken) > len(hub.pages("/clusters"))
