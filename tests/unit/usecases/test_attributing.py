"""From the call that somebody made to the words of the alert about what it broke."""

import json
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.evidence.eks import Logging
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.records import Assessment, CauseKind, Coverage, RecordKind, Transition
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Resource
from plumbline.usecases.alert import messages
from plumbline.usecases.assess import Assessor, Request
from plumbline.usecases.route import Router
from plumbline.usecases.wording import Context
from tests.fakes.clock import FakeClock
from tests.fakes.posture_store import FakePostureStore
from tests.unit.baseline import compliant
from tests.unit.changes import Change, all_of, cluster, each
from tests.unit.events.records import DEPLOY, call
from tests.unit.names import ACCOUNT, CONTROL_PLANE_GROUP, NAME, NODE_GROUP, NOW, REGION
from tests.unit.surroundings import permission, security_groups

SUBJECT = Subject(ACCOUNT, REGION, NAME)
INGRESS, AUDIT = "network.open-admin-ingress", "logging.audit-log"
CONTROLS = {control.id: control for control in load_catalogue() if control.id in (INGRESS, AUDIT)}
PERMISSIONS = {"items": [{"ipProtocol": "tcp", "fromPort": 22, "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}]}
SSH = permission("tcp", (22, 22), "0.0.0.0/0")


def opened(*groups: str) -> Change:
    """Let everybody in by SSH."""
    described = (
        msgspec.structs.replace(group, ip_permissions=(SSH,)) if group.group_id in groups else group
        for group in security_groups()
    )
    return each("security_groups", *described)


class House:
    """A cluster that was found compliant, and what happens to it then."""

    def __init__(self) -> None:
        self.store = FakePostureStore()
        self.assessor = Assessor(self.store, tuple(CONTROLS.values()), ParameterSet())
        router_clock = FakeClock(NOW)
        self.router = Router(self.store, lambda *_: None, router_clock, 600, lambda _: True, (REGION,))
        self.see(all_of(), NOW, ("cluster",))

    def somebody_calls(self, number: int, service: str, name: str, request: dict[str, Any], **detail: Any) -> None:
        made = call(
            service,
            name,
            request,
            eventID=f"e{number}",
            eventTime=(NOW + timedelta(minutes=number)).isoformat(),
            sourceIPAddress="203.0.113.9",
            userAgent="Terraform/1.9",
            recipientAccountId=ACCOUNT,
            awsRegion=REGION,
            **detail,
        )
        assert self.router.route(json.dumps(made | {"account": ACCOUNT, "region": REGION})).action != "ignored"

    def group_opened(self, number: int, group: str) -> None:
        request = {"groupId": group, "ipPermissions": PERMISSIONS}
        self.somebody_calls(number, "ec2", "AuthorizeSecurityGroupIngress", request)

    def see(self, change: Change, at: datetime, scopes: tuple[str, ...]) -> None:
        request = Request(id=f"a-{at:%H%M}", scopes=scopes, trigger="event", now=at)
        self.assessor.assess(change(compliant()), request)

    def found(self, change: Change, *scopes: str) -> dict[Resource, Transition]:
        """Return what an assessment some minutes later records, by resource."""
        before = len(self.transitions())
        self.see(change, NOW + timedelta(minutes=30), scopes)
        return {moved.resource: moved for moved in self.transitions()[before:]}

    def transitions(self) -> list[Transition]:
        records = self.store.records[SUBJECT]
        return [msgspec.convert(one.body, Transition) for one in records if one.kind is RecordKind.TRANSITION]

    def alert(self, *moved: Transition) -> list[str]:
        (message,) = messages(
            moved,
            Context(
                head=self.store.read(SUBJECT).head,
                assessment=Assessment(
                    id="a", at=NOW + timedelta(minutes=30), scopes=(), coverage=Coverage(by_status={})
                ),
                controls=CONTROLS,
            ),
        )
        return message.text.splitlines()


@pytest.fixture
def house() -> House:
    return House()


NODES, CONTROL_PLANE = Resource("security-group", NODE_GROUP), Resource("security-group", CONTROL_PLANE_GROUP)


def test_a_change_is_stored_with_all_that_is_known_of_it_and_no_secret(house: House) -> None:
    logging = {"clusterLogging": [{"types": ["audit"], "enabled": False}]}
    house.somebody_calls(
        1,
        "eks",
        "UpdateClusterConfig",
        {"name": NAME, "logging": logging, "clientRequestToken": "t-1"},
        responseElements={"update": {"id": "upd-1"}},
    )
    moved = house.found(cluster(logging=Logging()), "cluster-config", "logs")
    ((resource, transition),) = moved.items()
    assert resource == Resource("cluster", NAME)
    (change,) = transition.cause.changes
    assert (change.name, change.event_id, change.update_id) == ("UpdateClusterConfig", "e1", "upd-1")
    assert change.actor.arn == DEPLOY["arn"]
    assert change.actor.session_issuer == "arn:aws:iam::222233334444:role/deploy"
    assert (change.actor.source_ip, change.actor.user_agent) == ("203.0.113.9", "Terraform/1.9")
    assert change.request == {"name": NAME, "logging": logging, "clientRequestToken": "(removed)"}


def test_the_transition_and_its_alert_say_what_was_and_what_is(house: House) -> None:
    house.group_opened(1, NODE_GROUP)
    moved = house.found(opened(NODE_GROUP), "network")[NODES]
    assert moved.before is not None
    assert moved.before.observed["open_to_everybody"] == []
    assert moved.after.observed["open_to_everybody"] == ["22"]
    text = house.alert(moved)
    assert text[0] == (
        f"{NAME}: {NODE_GROUP} admits everybody on the administrative port(s) 22, by {DEPLOY['arn']} from 203.0.113.9"
        " at 2026-03-01 12:01:00 UTC (AuthorizeSecurityGroupIngress); was compliant for 30 minutes."
    )
    assert "  evidence  open_to_everybody: gained 22 (now 22)" in text
    assert f"  resource  security-group {NODE_GROUP}" in text


def test_of_changes_in_the_same_area_the_one_on_the_resource_is_the_cause(house: House) -> None:
    house.group_opened(1, CONTROL_PLANE_GROUP)
    house.group_opened(2, NODE_GROUP)
    moved = house.found(opened(NODE_GROUP, CONTROL_PLANE_GROUP), "network")
    causes = {name: [change.event_id for change in moved[name].cause.changes] for name in (NODES, CONTROL_PLANE)}
    assert causes == {CONTROL_PLANE: ["e1"], NODES: ["e2"]}


def test_two_changes_of_the_resource_are_both_named(house: House) -> None:
    house.group_opened(1, NODE_GROUP)
    house.group_opened(2, NODE_GROUP)
    moved = house.found(opened(NODE_GROUP), "network")[NODES]
    assert [change.event_id for change in moved.cause.changes] == ["e1", "e2"]
    (line,) = (line for line in house.alert(moved) if line.startswith("  cause"))
    assert " at 2026-03-01 12:01:00 UTC (AuthorizeSecurityGroupIngress) and by arn:" in line
    assert line.endswith(" at 2026-03-01 12:02:00 UTC (AuthorizeSecurityGroupIngress)")


@pytest.mark.parametrize("called", [False, True], ids=["nothing-called", "another-group-changed"])
def test_what_no_change_explains_was_seen_by_sweep(house: House, *, called: bool) -> None:
    if called:
        house.group_opened(1, CONTROL_PLANE_GROUP)
    moved = house.found(opened(NODE_GROUP), "cluster")[NODES]
    assert (moved.cause.kind, moved.cause.changes, moved.drift) == (CauseKind.SWEEP, (), True)
    assert "  cause     seen by sweep: no recorded change explains it" in house.alert(moved)
