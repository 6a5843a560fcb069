"""The composition root, composed for real."""

import json
import re
from typing import Any

import pytest

from plumbline import runtime
from plumbline.configuration.settings import FleetScope, Settings
from plumbline.domain.errors import ConfigurationError, StoreError
from plumbline.domain.records import RecordKind
from plumbline.domain.subject import Subject
from plumbline.ports import Target
from tests.functions.payloads import HUB, MEMBER, REGION, payload
from tests.template.loading import HUB as HUB_TEMPLATE
from tests.template.loading import REPOSITORY, of_type, written

FUNCTIONS = of_type("AWS::Serverless::Function")
COMMON = written(HUB_TEMPLATE)["Globals"]["Function"]["Environment"]["Variables"]
ALL_VARIABLES = {name for found in FUNCTIONS.values() for name in found.get("Environment", {}).get("Variables", {})}
# These take arguments and compose nothing.
NOT_COMPOSED = {"count", "variable", "number", "own", "record_in"}
_MACHINE = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
_ROLE = f"arn:aws:iam::{HUB}:role/example"
_SUBJECT = Subject(MEMBER, REGION, "payments-prod")


@pytest.fixture
def everything_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a configuration in force that watches the member account."""
    scope = FleetScope(accounts=(MEMBER,), regions=(REGION,))
    monkeypatch.setattr(runtime, "settings", lambda: Settings(scope=scope))


@pytest.fixture
def tables(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the two tables with the keys alone."""
    for name in ("POSTURE_TABLE", "HISTORY_TABLE"):
        monkeypatch.setenv(name, name.lower())
        runtime.own("dynamodb").create_table(
            TableName=name.lower(),
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        )


@pytest.fixture
def workflow_arn(aws: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make a state machine that does nothing."""
    states = runtime.own("stepfunctions")
    arn: str = states.create_state_machine(name="assess", definition=json.dumps(_MACHINE), roleArn=_ROLE)[
        "stateMachineArn"
    ]
    monkeypatch.setenv("ASSESS_WORKFLOW", arn)
    return arn


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("POSTURE_TABLE", raising=False)
    if value is not None:
        monkeypatch.setenv("POSTURE_TABLE", value)
    with pytest.raises(ConfigurationError, match=r"POSTURE_TABLE is missing; template\.yaml sets it"):
        runtime.variable("POSTURE_TABLE")


def test_a_variable_that_is_no_number_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEASE_SECONDS", "ten")
    with pytest.raises(ConfigurationError, match="LEASE_SECONDS is 'ten', not a whole number"):
        runtime.number("LEASE_SECONDS")


def settings_of_any_source() -> Settings:
    """Compose the source of the configuration, and ask it nothing."""
    runtime._configuration()
    return Settings()


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_the_template_gives_each_function_the_variables_it_needs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything a function takes from the runtime is composed from just the variables that the template sets."""
    properties = FUNCTIONS[name]
    given = {**COMMON, **properties.get("Environment", {}).get("Variables", {})}
    for variable in ALL_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    for variable, value in given.items():
        monkeypatch.setenv(variable, value if isinstance(value, str) else "60")
    monkeypatch.setattr(runtime, "settings", settings_of_any_source)
    code = (REPOSITORY / properties["CodeUri"] / "app.py").read_text()
    for factory in sorted(set(re.findall(r"runtime\.(\w+)\(", code)) - NOT_COMPOSED):
        getattr(runtime, factory)(*([lambda publish: publish] if factory == "alert_raiser" else []))
    for variable in re.findall(r"runtime\.(?:variable|number)\(\"(\w+)\"\)", code):
        assert runtime.variable(variable)


def test_a_client_is_built_once() -> None:
    assert runtime.own("dynamodb") is runtime.own("dynamodb")


def test_members_are_read_by_the_reader_role_when_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert runtime.sessions().access.role is None
    runtime.sessions.cache_clear()
    monkeypatch.setenv("READER_ROLE", "plumbline-reader")
    monkeypatch.setenv("EXTERNAL_ID", "shared")
    role = runtime.sessions().access.role
    assert role is not None
    assert (role.name, role.external_id) == ("plumbline-reader", "shared")


def test_the_hub_stands_for_what_the_scope_leaves_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "settings", Settings)
    assert list(runtime.fleet().targets()) == [Target(HUB, REGION)]


def test_an_event_is_recorded_and_its_workflow_started(
    tables: None, workflow_arn: str, everything_watched: None
) -> None:
    event = json.dumps(payload("eks_update_cluster_config"))
    assert runtime.router().route(event).action == "started"
    (execution,) = runtime.own("stepfunctions").list_executions(stateMachineArn=workflow_arn)["executions"]
    head = runtime.queries().head(_SUBJECT)
    assert head is not None
    assert head.lease is not None
    assert head.lease.owner == execution["name"]
    started = runtime.own("stepfunctions").describe_execution(executionArn=execution["executionArn"])
    assert json.loads(started["input"]) == {
        "account": MEMBER,
        "region": REGION,
        "cluster": "payments-prod",
        "partition": "aws",
        "owner": execution["name"],
    }
    page = runtime.queries().history(_SUBJECT)
    assert [record.kind for record in page.items] == [RecordKind.CHANGE]


def test_an_event_again_starts_no_second_workflow(tables: None, workflow_arn: str, everything_watched: None) -> None:
    event = json.dumps(payload("eks_update_cluster_config"))
    assert [runtime.router().route(event).action for _ in range(2)] == ["started", "duplicate"]
    assert len(runtime.own("stepfunctions").list_executions(stateMachineArn=workflow_arn)["executions"]) == 1


def test_an_event_of_an_account_that_is_not_watched_is_dropped(
    tables: None, workflow_arn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "settings", Settings)
    assert runtime.router().route(json.dumps(payload("eks_update_cluster_config"))).action == "ignored"


def test_a_workflow_that_cannot_be_started_is_tried_again(
    tables: None, workflow_arn: str, everything_watched: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSESS_WORKFLOW", f"{workflow_arn}-gone")
    with pytest.raises(StoreError, match="starting the workflow payments-prod-"):
        runtime.router().route(json.dumps(payload("eks_update_cluster_config")))


def test_large_content_goes_to_the_bucket(aws: None) -> None:
    runtime.own("s3").create_bucket(Bucket="evidence", CreateBucketConfiguration={"LocationConstraint": REGION})
    key = runtime.LargeContent().put(b"a map")
    assert runtime.LargeContent().get(key) == b"a map"


def test_a_configuration_that_cannot_be_read_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    @runtime.metrics.log_metrics
    def handler(_event: dict[str, Any], _context: object) -> None:
        runtime._not_read("AppConfig does not answer")

    handler({}, object())
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line["ConfigurationNotRead"] == [1.0]
