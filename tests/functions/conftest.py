"""A function's environment as the template sets it, with fakes at the ports."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from plumbline import runtime
from plumbline.configuration.settings import Settings
from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.parameters import ParameterSet
from plumbline.usecases.assess import Assessor
from plumbline.usecases.assess_batch import BatchAssessor
from plumbline.usecases.workflow import ClusterWorkflow
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.clock import FakeClock
from tests.fakes.evidence_store import FakeEvidenceStore
from tests.fakes.posture_store import FakePostureStore
from tests.fakes.stability import FakeStability
from tests.functions.payloads import HUB, REGION, Context
from tests.functions.payloads import context as made_context
from tests.functions.source import LaidDown

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_VARIABLES = {
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
    "PLUMBLINE_ACCOUNT": HUB,
    "EVIDENCE_BUCKET": "evidence",
    "LEASE_SECONDS": "600",
    "POLL_SECONDS": "15",
    "POWERTOOLS_METRICS_NAMESPACE": "Plumbline",
    "POWERTOOLS_SERVICE_NAME": "plumbline",
}


@dataclass
class House:
    """Everything the functions work with, as fakes."""

    store: FakePostureStore = field(default_factory=FakePostureStore)
    evidence: FakeEvidenceStore = field(default_factory=FakeEvidenceStore)
    source: LaidDown = field(default_factory=LaidDown)
    stability: FakeStability = field(default_factory=FakeStability)
    announcer: FakeAnnouncer = field(default_factory=FakeAnnouncer)
    clock: FakeClock = field(default_factory=FakeClock)
    settings: Settings = field(default_factory=Settings)

    def workflow(self) -> ClusterWorkflow:
        return ClusterWorkflow(self.store, self.stability, self.clock, lease_seconds=600, poll_seconds=15)

    def assessor(self) -> BatchAssessor:
        return BatchAssessor(Assessor(self.store, load_catalogue(), ParameterSet()), self.evidence, self.store)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set the function's variables, and forget what an earlier test has built."""
    for name, value in _VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(runtime.metrics.provider, "namespace", "Plumbline")
    monkeypatch.setattr(runtime.metrics.provider, "service", "plumbline")
    forget()
    yield
    forget()


def forget() -> None:
    """Drop every object the runtime keeps."""
    for value in vars(runtime).values():
        if hasattr(value, "cache_clear"):
            value.cache_clear()


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    """Put fakes where the runtime would build adapters."""
    made = House()
    parts: dict[str, Callable[..., Any]] = {
        "posture_store": lambda: made.store,
        "queries": lambda: made.store,
        "evidence_store": lambda: made.evidence,
        "evidence_source": lambda: made.source,
        "settings": lambda: made.settings,
        "workflow": made.workflow,
        "assessor": made.assessor,
    }
    for name, part in parts.items():
        monkeypatch.setattr(runtime, name, part)
    monkeypatch.setattr(runtime, "clock", made.clock)
    return made


@pytest.fixture
def context() -> Context:
    """Return what Lambda hands to a handler besides the event."""
    return made_context()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run AWS in this process."""
    # Behind a proxy clients do not share one pool of connections, whose place nobody could take.
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid")
    with mock_aws():
        yield


@pytest.fixture
def counted(capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, float]]:
    """Return a function that tells the metrics written so far: name -> sum."""

    def read() -> dict[str, float]:
        found: dict[str, float] = {}
        for line in capsys.readouterr().out.splitlines():
            blob = json.loads(line)
            for directive in blob.get("_aws", {}).get("CloudWatchMetrics", []):
                for metric in directive["Metrics"]:
                    values = blob[metric["Name"]]
                    found[metric["Name"]] = sum(values) if isinstance(values, list) else values
        return found

    return read


@pytest.fixture
def dead_letters(aws: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, str]]]:
    """Make the dead-letter queue; return a function that reads it: body and reason of each message."""
    queue: SQSClient = runtime.own("sqs")
    url = queue.create_queue(QueueName="dead-letters")["QueueUrl"]
    monkeypatch.setenv("DEAD_LETTER_QUEUE", url)

    def read() -> list[dict[str, str]]:
        answer = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        return [
            {"body": message["Body"], "reason": message["MessageAttributes"]["reason"]["StringValue"]}
            for message in answer.get("Messages", [])
        ]

    return read
