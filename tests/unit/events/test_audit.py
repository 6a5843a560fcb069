import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from plumbline.domain.errors import EventError
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS
from plumbline.domain.records import Actor, Change, PendingChange
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import NO_RESOURCE, Resource
from plumbline.events import Ignored, Routed, read_delivery, read_line
from plumbline.events.audit import QUIET, Delivery
from plumbline.events.audit_table import AUDIT_RULES, AWS_AUTH_RULE, AuditRule
from tests.functions.payloads import payload

CLUSTER = Subject("222233334444", "eu-west-1", "payments-prod")
AT = datetime(2026, 3, 1, 14, 2, 11, 123456, tzinfo=UTC)
ROLE = "arn:aws:iam::222233334444:role/deploy"


def packed(**changes: Any) -> bytes:
    return gzip.compress(json.dumps(payload("audit_log") | changes).encode())


def line(**changes: Any) -> str:
    """The edit of a Deployment by a person, with members changed; None takes one away."""
    found = json.loads(payload("audit_log")["logEvents"][0]["message"]) | changes
    return json.dumps({name: value for name, value in found.items() if value is not None})


def changed(group: str, resource: str, namespace: str = "", name: str = "one", **more: str) -> str:
    about = {"apiGroup": group, "resource": resource, "namespace": namespace, "name": name, **more}
    return line(objectRef={key: value for key, value in about.items() if value})


def routed(text: str) -> Routed:
    found = read_line(text, CLUSTER)
    assert isinstance(found, Routed)
    return found


def test_a_delivery_tells_the_cluster_and_its_lines() -> None:
    found = read_delivery(packed(), "us-east-1")
    assert found == (CLUSTER, msgspec.convert(payload("audit_log"), Delivery))
    assert isinstance(found, tuple)
    assert len(found[1].log_events) == 2


@pytest.mark.parametrize(
    ("filters", "region"),
    [
        (["plumbline.us-gov-west-1"], "us-gov-west-1"),
        (["audit", "plumbline.ap-southeast-2"], "ap-southeast-2"),
        (["plumbline"], "us-east-1"),
        (["plumbline.somewhere"], "us-east-1"),
        ([], "us-east-1"),
    ],
)
def test_the_filter_s_name_tells_the_region(filters: list[str], region: str) -> None:
    found = read_delivery(packed(subscriptionFilters=filters), "us-east-1")
    assert isinstance(found, tuple)
    assert found[0].region == region


@pytest.mark.parametrize(
    "changes",
    [
        {"messageType": "CONTROL_MESSAGE", "logGroup": "", "logStream": "", "owner": "CloudwatchLogs"},
        {"logStream": "kube-scheduler-0f0e"},
        {"logGroup": "/aws/lambda/payments-prod"},
        {"logGroup": "/aws/eks/payments-prod/cluster/more"},
    ],
)
def test_what_is_no_audit_log_of_a_cluster_is_dropped(changes: dict[str, Any]) -> None:
    assert isinstance(read_delivery(packed(**changes), "eu-west-1"), Ignored)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"plain text", "not compressed with gzip: Error -3 while decompressing data: incorrect header check"),
        (packed()[:-20], "the compressed delivery is cut short or too large"),
        (gzip.compress(b"plain"), "not JSON: JSON is malformed: invalid character (byte 0)"),
        (gzip.compress(b"[]"), "malformed event: Expected `object`, got `array`"),
    ],
)
def test_a_delivery_that_cannot_be_understood_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(EventError) as refused:
        read_delivery(content, "eu-west-1")
    assert refused.value.reason == reason


def test_a_delivery_that_unpacks_beyond_measure_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plumbline.events.audit._LARGEST", 1000)
    with pytest.raises(EventError, match="too large"):
        read_delivery(packed(), "eu-west-1")


def test_an_edit_by_a_person_is_a_change_with_its_actor() -> None:
    assert routed(line()) == Routed(
        change=Change(
            event_id="b3f1c2d4-0000-4000-8000-000000000001",
            name="patch deployments",
            at=AT,
            actor=Actor(
                arn="arn:aws:sts::222233334444:assumed-role/deploy/ana",
                type="KubernetesUser",
                session_issuer=ROLE,
                source_ip="203.0.113.9",
                user_agent="kubectl/v1.34.1 (linux/amd64) kubernetes/0000000",
            ),
            scopes=("kubernetes",),
            areas=("workload", "image"),
            sections=("deployments", "pods"),
            resource=Resource("Deployment", "shop/checkout"),
            request={"resource": "deployments", "namespace": "shop", "name": "checkout", "apiGroup": "apps"},
        ),
        wait=PendingChange(quiet_until=AT + timedelta(minutes=5)),
        candidates=(CLUSTER,),
    )


def test_it_is_looked_at_when_five_minutes_have_passed() -> None:
    assert timedelta(minutes=5) == QUIET


def test_a_user_of_the_cluster_is_named_as_the_cluster_does() -> None:
    found = routed(line(user={"username": "ana", "groups": []}, sourceIPs=None)).change.actor
    assert (found.arn, found.session_issuer, found.source_ip) == ("ana", "", "")


RBAC, WORKLOAD, NODES = ("rbac", "access"), ("workload", "image"), ("nodegroup", "scaling")


@pytest.mark.parametrize(
    ("group", "resource", "namespace", "judged", "areas"),
    [
        ("rbac.authorization.k8s.io", "roles", "shop", Resource("Role", "shop/one"), RBAC),
        ("rbac.authorization.k8s.io", "rolebindings", "shop", Resource("RoleBinding", "shop/one"), RBAC),
        ("rbac.authorization.k8s.io", "clusterroles", "", Resource("ClusterRole", "one"), RBAC),
        ("rbac.authorization.k8s.io", "clusterrolebindings", "", Resource("ClusterRoleBinding", "one"), RBAC),
        # The audit log gives a namespace its own name as its namespace.
        ("", "namespaces", "one", Resource("Namespace", "one"), ("namespace",)),
        ("networking.k8s.io", "networkpolicies", "shop", Resource("NetworkPolicy", "shop/one"), ("namespace",)),
        ("", "resourcequotas", "shop", Resource("ResourceQuota", "shop/one"), ("namespace",)),
        ("", "limitranges", "shop", Resource("LimitRange", "shop/one"), ("namespace",)),
        ("apps", "statefulsets", "shop", Resource("StatefulSet", "shop/one"), WORKLOAD),
        ("apps", "daemonsets", "shop", Resource("DaemonSet", "shop/one"), WORKLOAD),
        ("batch", "jobs", "shop", Resource("Job", "shop/one"), WORKLOAD),
        ("batch", "cronjobs", "shop", Resource("CronJob", "shop/one"), WORKLOAD),
        ("", "pods", "shop", Resource("Pod", "shop/one"), WORKLOAD),
        ("", "services", "shop", Resource("Service", "shop/one"), ("ingress",)),
        ("networking.k8s.io", "ingresses", "shop", Resource("Ingress", "shop/one"), ("ingress",)),
        ("storage.k8s.io", "storageclasses", "", Resource("StorageClass", "one"), ("storage", "encryption")),
        ("", "persistentvolumes", "", Resource("PersistentVolume", "one"), ("storage", "encryption")),
        ("karpenter.sh", "nodepools", "", Resource("NodePool", "one"), NODES),
        ("karpenter.k8s.aws", "ec2nodeclasses", "", Resource("EC2NodeClass", "one"), NODES),
        ("eks.amazonaws.com", "nodeclasses", "", Resource("NodeClass", "one"), NODES),
    ],
)
def test_what_a_change_of_an_object_can_touch(
    group: str, resource: str, namespace: str, judged: Resource, areas: tuple[str, ...]
) -> None:
    found = routed(changed(group, resource, namespace)).change
    assert (found.resource, found.areas, found.scopes) == (judged, areas, ("kubernetes",))


def test_of_config_maps_only_aws_auth_is_looked_at() -> None:
    found = routed(changed("", "configmaps", "kube-system", "aws-auth")).change
    assert (found.areas, found.sections) == (("access",), ("aws_auth",))
    assert isinstance(read_line(changed("", "configmaps", "kube-system", "coredns"), CLUSTER), Ignored)
    assert isinstance(read_line(changed("", "configmaps", "shop", "aws-auth"), CLUSTER), Ignored)


def test_an_object_that_the_server_names_has_no_name_yet() -> None:
    assert routed(changed("batch", "jobs", "shop", "")).change.resource == NO_RESOURCE


def test_a_change_of_scale_is_one() -> None:
    assert routed(changed("apps", "deployments", "shop", subresource="scale")).change.name == "patch deployments"


@pytest.mark.parametrize("verb", ["create", "update", "patch", "delete"])
def test_every_verb_that_changes_is_told(verb: str) -> None:
    assert routed(line(verb=verb)).change.name == f"{verb} deployments"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (line(stage="ResponseStarted"), "the stage is ResponseStarted"),
        (line(verb="list"), "list changes nothing"),
        (line(responseStatus={"code": 409}), "the request was answered with 409"),
        (line(responseStatus={"code": 300}), "the request was answered with 300"),
        (
            line(user={"username": "system:node:ip-10-0-1-7"}),
            "system:node:ip-10-0-1-7 carries out what others asked for",
        ),
        (changed("", "pods", "shop", subresource="exec"), "pods/exec is not what controls judge"),
        (changed("", "events", "shop"), "events is nothing that the audit table knows"),
        (changed("", "secrets", "shop"), "secrets is nothing that the audit table knows"),
        (changed("extensions", "deployments", "shop"), "deployments is nothing that the audit table knows"),
        (line(objectRef=None), " is nothing that the audit table knows"),
        (line(requestURI="/apis/apps/v1/namespaces/shop/deployments?dryRun=All"), "a dry run"),
    ],
)
def test_what_changes_nothing_that_is_judged_is_dropped(text: str, reason: str) -> None:
    assert read_line(text, CLUSTER) == Ignored(reason)


@pytest.mark.parametrize("text", ["", "E0301 14:02:11 not JSON", "[]", "{}", line(auditID=None), line(user="ana")])
def test_a_line_that_is_no_audit_event_says_so(text: str) -> None:
    with pytest.raises(EventError):
        read_line(text, CLUSTER)


def test_bodies_of_requests_are_not_kept() -> None:
    assert b"privileged" not in msgspec.json.encode(routed(line()).change)


@pytest.mark.parametrize("rule", [*AUDIT_RULES.values(), AWS_AUTH_RULE], ids=lambda rule: rule.kind)
def test_rules_name_evidence_that_is_read(rule: AuditRule) -> None:
    assert set(rule.sections) <= set(KUBERNETES_SECTIONS)
    assert rule.sections
