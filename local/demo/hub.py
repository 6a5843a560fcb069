"""The hub as its users meet it: the signed query API, the sweep, and a queue that subscribes to the alerts."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.launcher import EmbeddedAws

_ALERT_TOPICS = ("CriticalTopicArn", "StandardTopicArn")


class DemoError(RuntimeError):
    """Something in the demo did not happen; the message says what and where to look."""


@dataclass(frozen=True)
class Alert:
    """An alert as a subscriber receives it."""

    subject: str
    text: str
    document: dict[str, Any]
    received_at: float


class Hub:
    """The deployed hub."""

    def __init__(self, embedded: EmbeddedAws) -> None:
        self._embedded = embedded
        outputs = embedded.outputs
        if outputs is None:
            raise DemoError("the embedded AWS has not been started")
        self._outputs = outputs
        self._http = urllib3.PoolManager()
        self._queue = ""

    def output(self, name: str) -> str:
        """Return an output of the hub's stack."""
        try:
            return self._outputs.stack_outputs[name]
        except KeyError as missing:
            raise DemoError(f"the hub's stack has no output {name}") from missing

    # --- the API -----------------------------------------------------------------------------------------------------

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Call the query API, signed as IAM asks."""
        base = f"{self._outputs.endpoint}/_aws/execute-api/{self.output('ApiId')}/$default"
        url = f"{base}{path}" + (f"?{urlencode(query)}" if query else "")
        request = AWSRequest("GET", url)
        credentials = Credentials(self._outputs.account, "local")
        SigV4Auth(credentials, "execute-api", self._outputs.region).add_auth(request)
        answer = self._http.request("GET", url, headers=dict(request.headers))
        if answer.status != 200:
            raise DemoError(f"GET {path} answered {answer.status}: {answer.data.decode()[:300]}")
        content: dict[str, Any] = json.loads(answer.data)
        return content

    def pages(self, path: str, **query: str) -> list[dict[str, Any]]:
        """Call the query API until its last page."""
        items: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, **query, **cursor)
            items += page["items"]
            if not page["cursor"]:
                return items
            cursor = {"cursor": page["cursor"]}

    # --- the sweep ---------------------------------------------------------------------------------------------------

    def start_sweep(self) -> str:
        """Start the sweep as the schedule would; return the execution."""
        states = self._embedded.client("stepfunctions")
        answer = states.start_execution(stateMachineArn=self.output("SweepFleetArn"), input="{}")
        return str(answer["executionArn"])

    def sweep_status(self, execution: str) -> str:
        """Return RUNNING, SUCCEEDED or what went wrong."""
        states = self._embedded.client("stepfunctions")
        return str(states.describe_execution(executionArn=execution)["status"])

    # --- alerts ------------------------------------------------------------------------------------------------------

    def subscribe(self, topics_by_output: Sequence[str] = _ALERT_TOPICS) -> None:
        """Subscribe a queue to alert topics, as a team's tool would."""
        queues, topics = self._embedded.client("sqs"), self._embedded.client("sns")
        self._queue = queues.create_queue(QueueName="demo-alerts")["QueueUrl"]
        attributes = queues.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        arn = attributes["Attributes"]["QueueArn"]
        sources = [self.output(name) for name in topics_by_output]
        policy = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sns.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": sources}},
                }
            ],
        }
        queues.set_queue_attributes(QueueUrl=self._queue, Attributes={"Policy": json.dumps(policy)})
        for topic in sources:
            topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def drain(self, quiet_seconds: int = 3) -> int:
        """Take what is on the queue until nothing comes for a while; return how many alerts that were."""
        taken = 0
        while self._receive(wait_seconds=quiet_seconds) is not None:
            taken += 1
        return taken

    def wait_for_alert(self, arn: str, within_seconds: float) -> Alert:
        """Return the next alert about a cluster, or about what clusters share, by the ARN in its records.

        The summary of a first assessment is none: it may come late, when the fleet is large.
        """
        deadline = time.monotonic() + within_seconds
        while time.monotonic() < deadline:
            alert = self._receive(wait_seconds=1)
            about = alert.document if alert is not None else {}
            if alert is not None and about.get("cluster_arn") == arn and about.get("topic") != "onboarding":
                return alert
        raise DemoError(f"no alert about {arn} within {within_seconds:.0f} seconds; see .local/server.log")

    def _receive(self, wait_seconds: int) -> Alert | None:
        queues = self._embedded.client("sqs")
        answer = queues.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=1, WaitTimeSeconds=wait_seconds)
        for message in answer.get("Messages", []):
            queues.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
            notification = json.loads(message["Body"])
            document = json.loads(notification["Message"])
            text = document.get("text", "")
            return Alert(notification.get("Subject", ""), text, document, time.time())
        return None
