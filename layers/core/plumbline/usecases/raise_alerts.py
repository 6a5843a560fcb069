"""Raising alerts: what an assessment's record reports becomes messages for people and events for machines."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from plumbline.configuration.routes import Route
from plumbline.domain.control import Control
from plumbline.domain.errors import StoreError
from plumbline.domain.reach import KUBERNETES_ACCESS
from plumbline.domain.records import Assessment, Head, Record, Transition
from plumbline.domain.subject import Subject
from plumbline.domain.updates import UPDATE_FAILED
from plumbline.ports import Announcer, FindingQueries, Message
from plumbline.usecases.alert import default_route, messages
from plumbline.usecases.wording import Context

DETAIL_TYPE = "Finding Transition"

# Publishes a message, once however often it is asked to.
Publish = Callable[[Message], None]


class Raised(msgspec.Struct, frozen=True):
    """How much was announced."""

    transitions: int
    messages: int


class AlertRaiser:
    """Announces the transitions that assessments report.

    The transitions are read from the history, not carried by the caller: whatever was recorded before the assessment's
    record, by however many attempts, is announced with it.
    """

    def __init__(
        self,
        queries: FindingQueries,
        announcer: Announcer,
        controls: Sequence[Control],
        *,
        publish: Publish | None = None,
        route: Route = default_route,
        base_url: str = "",
    ) -> None:
        """Take what it works with.

        Args:
            queries: reads the history.
            announcer: puts events on the bus and, without `publish`, messages on the topics.
            controls: the catalogue.
            publish: takes the place of the announcer for messages, for one that remembers what it has published.
            route: names the topic of a transition.
            base_url: where Plumbline's pages are served; empty means that alerts have no link.

        """
        self._queries = queries
        self._announcer = announcer
        self._controls = {control.id: control for control in (*controls, UPDATE_FAILED, KUBERNETES_ACCESS)}
        self._publish = publish or announcer.announce
        self._route = route
        self._base_url = base_url.rstrip("/")

    def raise_for(self, record: Record) -> Raised:
        """Announce what an assessment's record reports.

        Events on the bus may come twice after a failure; each carries an id by which to tell.

        Raises:
            StoreError: something could not be read or announced: try again.

        """
        reported = self._queries.reported_by(record)
        if not reported:
            return Raised(0, 0)
        transitions = [_decoded(one.body, Transition) for one in reported]
        context = self._context(record)
        alerts = messages(transitions, context, self._route)
        for message in alerts:
            self._publish(message)
        self._announcer.emit([(DETAIL_TYPE, _detail(one, context)) for one in reported])
        return Raised(len(transitions), len(alerts))

    def _context(self, record: Record) -> Context:
        head = self._queries.head(record.subject) or Head(subject=record.subject)
        return Context(
            head=head,
            assessment=_decoded(record.body, Assessment),
            controls=self._controls,
            link=self._link(record.subject),
        )

    def _link(self, subject: Subject) -> str:
        return f"{self._base_url}/clusters/{quote(subject.key, safe='')}" if self._base_url else ""


def _detail(record: Record, context: Context) -> dict[str, Any]:
    subject = record.subject
    return {
        "schema": "plumbline.transition/1",
        "id": f"{subject.key}#{record.sequence}",
        "account": subject.account,
        "region": subject.region,
        "cluster": subject.cluster,
        "cluster_arn": subject.key,
        "environment": str(context.head.facts.get("environment") or ""),
        "assessment": context.assessment.id,
        "sequence": record.sequence,
        "hash": record.hash,
        "transition": record.body,
    }


def _decoded(body: dict[str, Any], kind: type[Any]) -> Any:
    try:
        return msgspec.convert(body, kind)
    except msgspec.ValidationError as error:
        raise StoreError(f"a history record cannot be read as {kind.__name__}: {error}") from error
