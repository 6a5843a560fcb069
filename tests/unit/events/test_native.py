import json
from datetime import UTC, datetime
from typing import Any

import pytest

from plumbline.domain.errors import EventError
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import NO_RESOURCE, Resource
from plumbline.events import read_event
from plumbline.events.native import ADDON_EVENTS
from tests.unit.events.records import ACCOUNT, REGION, SERVICE_EVENT, call, native, read, reason

PAYMENTS = Subject(ACCOUNT, REGION, "payments")
ARN = f"arn:aws:eks:{REGION}:{ACCOUNT}:"


# --- of EKS


@pytest.mark.parametrize("kind", ADDON_EVENTS)
def test_an_add_on_is_looked_at_without_waiting(kind: str) -> None:
    got = read(native(kind, {"clusterName": "payments", "addonName": "coredns"}))
    assert (got.subjects, got.wait) == ((PAYMENTS,), None)
    assert (got.change.scopes, got.change.resource) == (("addon",), Resource("addon", "coredns"))
    assert (got.change.name, got.change.event_id) == (kind, "native-1")
    assert got.change.at == datetime(2026, 3, 1, 14, 2, 30, tzinfo=UTC)


def test_an_add_on_is_found_by_the_arn() -> None:
    event = native("EKS Addon Update Failed", {}, resources=[ARN + "addon/payments/coredns/1234"])
    got = read(event)
    assert (got.subjects, got.change.resource) == ((PAYMENTS,), Resource("addon", "coredns"))


def test_an_add_on_of_no_named_cluster_is_looked_for_in_all_of_them() -> None:
    got = read(native("EKS Addon Health Degraded", {}))
    assert (got.subjects, got.clusters_of) == ((), (Subject(ACCOUNT, REGION),))
    assert got.change.resource == NO_RESOURCE


def test_a_pod_to_be_terminated_is_context() -> None:
    detail = {"clusterName": "payments", "fargateProfileName": "jobs", "podName": "a", "podNamespace": "b"}
    got = read(native("EKS Fargate Pod Scheduled Termination", detail))
    assert (got.subjects, got.change.scopes) == ((PAYMENTS,), ())
    assert got.change.resource == Resource("fargate-profile", "jobs")
    assert got.change.request == detail


def test_an_event_without_a_time_is_refused() -> None:
    event = native("EKS Addon Health Degraded", {"clusterName": "payments"})
    del event["time"]
    with pytest.raises(EventError, match="EKS Addon Health Degraded: the event has no time"):
        read_event(json.dumps(event))


def test_a_service_event_of_eks_is_looked_after_and_reported() -> None:
    details = {"clusterName": "payments"}
    got = read(call("eks", "ClusterMoved", detail_type=SERVICE_EVENT, serviceEventDetails=details))
    assert (got.subjects, got.change.scopes, got.change.request) == ((PAYMENTS,), ("cluster-config",), details)
    assert got.notice == "EKS recorded a service event that the event table does not know: ClusterMoved"


def test_a_service_event_of_no_named_cluster_concerns_all_of_them() -> None:
    got = read(call("eks", "SomethingMoved", detail_type=SERVICE_EVENT))
    assert (got.subjects, got.clusters_of) == ((), (Subject(ACCOUNT, REGION),))


# --- of AWS Health


def health(code: str, entities: list[str], **detail: Any) -> dict[str, Any]:
    return native(
        "AWS Health Event",
        {
            "eventArn": f"arn:aws:health:{REGION}::event/EKS/{code}/1",
            "service": "EKS",
            "eventTypeCode": code,
            "eventTypeCategory": "scheduledChange",
            "eventRegion": REGION,
            "affectedAccount": "111111111111",
            "communicationId": "told-1",
            "affectedEntities": [{"entityValue": entity, "status": "PENDING"} for entity in entities],
            "page": "1",
            "totalPages": "1",
            **detail,
        },
        "aws.health",
    )


def test_a_planned_end_of_support_is_looked_at_in_every_cluster_named() -> None:
    arns = [f"arn:aws:eks:us-east-1:111111111111:cluster/{name}" for name in ("a", "b")]
    got = read(health("AWS_EKS_PLANNED_LIFECYCLE_EVENT", arns))
    assert got.subjects == (Subject("111111111111", "us-east-1", "a"), Subject("111111111111", "us-east-1", "b"))
    assert got.change.scopes == ("region-facts", "cluster-config")
    assert (got.change.name, got.change.event_id) == ("AWS_EKS_PLANNED_LIFECYCLE_EVENT", "told-1")


def test_anything_else_is_context() -> None:
    got = read(health("AWS_EKS_OPERATIONAL_ISSUE", [f"{ARN}cluster/payments"]))
    assert (got.subjects, got.change.scopes) == ((PAYMENTS,), ())


def test_what_names_no_cluster_is_told_of_the_region() -> None:
    assert read(health("AWS_EKS_OPERATIONAL_ISSUE", ["AWS_ACCOUNT"])).subjects == (Subject("111111111111", REGION),)


def test_other_services_are_not_watched() -> None:
    event = health("AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED", [], service="EC2")
    assert reason(event) == "AWS Health tells of EC2, which is not watched"
