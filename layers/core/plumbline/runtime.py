"""The composition root: what a function is made of, from the environment it runs in.

Everything is built on first use and kept for the lifetime of the function's environment; a function imports only the
adapters it uses. Nothing here decides anything.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from plumbline.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from plumbline.adapters.aws.dead_letters import DeadLetters
    from plumbline.adapters.aws.evidence_source import AwsEvidenceSource
    from plumbline.adapters.aws.evidence_store import S3EvidenceStore
    from plumbline.adapters.aws.fleet import AwsFleet
    from plumbline.adapters.aws.objects import S3Blobs
    from plumbline.adapters.aws.pool import Pool
    from plumbline.adapters.aws.posture_store import DynamoPostureStore
    from plumbline.adapters.aws.queries import DynamoFindingQueries
    from plumbline.adapters.aws.sessions import Sessions
    from plumbline.configuration.settings import FleetScope, Settings
    from plumbline.domain.control import Control
    from plumbline.domain.records import Record
    from plumbline.ports import KubernetesSource, Message
    from plumbline.usecases.assess_batch import BatchAssessor
    from plumbline.usecases.raise_alerts import AlertRaiser
    from plumbline.usecases.route import Router
    from plumbline.usecases.updates import UpdateRecorder
    from plumbline.usecases.workflow import ClusterWorkflow

# Of a batch whose Kubernetes APIs are read.
CLUSTERS_AT_ONCE = 8

logger = Logger()
metrics = Metrics()


class SystemClock:
    """Implements `ports.Clock`."""

    def now(self) -> datetime:
        """Return the present time in UTC."""
        return datetime.now(UTC)


clock = SystemClock()


def variable(name: str) -> str:
    """Return an environment variable of the function.

    Raises:
        ConfigurationError: it is missing or empty.

    """
    value = os.environ.get(name, "")
    if not value:
        raise ConfigurationError(f"the environment variable {name} is missing; template.yaml sets it")
    return value


def number(name: str) -> int:
    """Return an environment variable that is a whole number.

    Raises:
        ConfigurationError: it is missing or is none.

    """
    value = variable(name)
    try:
        return int(value)
    except ValueError as error:
        raise ConfigurationError(f"the environment variable {name} is {value!r}, not a whole number") from error


def count(name: str, value: float = 1) -> None:
    """Add to a metric."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


@cache
def sessions() -> Sessions:
    """Clients of the hub's own account, and of the watched accounts by way of their read-only role."""
    from plumbline.adapters.aws.access import Access, ReaderRole
    from plumbline.adapters.aws.sessions import Sessions

    role_name = os.environ.get("READER_ROLE", "")
    role = ReaderRole(name=role_name, external_id=os.environ.get("EXTERNAL_ID", "")) if role_name else None
    # An emulator has nobody else's automation to be considerate of.
    paced = os.environ.get("PACE", "") != "off"
    return Sessions(
        Access(region=variable("AWS_REGION"), account=variable("PLUMBLINE_ACCOUNT"), role=role, paced=paced)
    )


def own(service: str) -> Any:
    """Return the client of a service in the hub's own account and region, with the function's own rights."""
    return sessions().client("", variable("AWS_REGION"), service)


class LargeContent:
    """Implements `ports.Blobs` in the evidence bucket. Few records need it, so its client is built when one does."""

    def put(self, data: bytes) -> str:
        """Keep the bytes; return their key."""
        return _objects().put(data)

    def get(self, key: str) -> bytes:
        """Return the bytes kept under a key."""
        return _objects().get(key)


@cache
def _objects() -> S3Blobs:
    from plumbline.adapters.aws.objects import S3Blobs

    return S3Blobs(own("s3"), variable("EVIDENCE_BUCKET"))


@cache
def evidence_store() -> S3EvidenceStore:
    """The evidence."""
    from plumbline.adapters.aws.evidence_store import S3EvidenceStore

    return S3EvidenceStore(own("s3"), variable("EVIDENCE_BUCKET"))


@cache
def evidence_source() -> AwsEvidenceSource:
    """The watched accounts."""
    from plumbline.adapters.aws.evidence_source import AwsEvidenceSource

    return AwsEvidenceSource(sessions())


@cache
def kubernetes_api() -> KubernetesSource:
    """The Kubernetes APIs of the watched accounts' clusters, asked from here."""
    from plumbline.adapters.kubernetes.connection import Limits
    from plumbline.adapters.kubernetes.eks_access import EksClusterAccess
    from plumbline.adapters.kubernetes.source import KubernetesApiSource

    return KubernetesApiSource(EksClusterAccess(sessions()), Limits(seconds=number("KUBERNETES_SECONDS")))


@cache
def kubernetes_source() -> KubernetesSource:
    """The same, and of private clusters from inside their VPC."""
    from plumbline.adapters.aws.vpc_collector import PlacedSource

    store = evidence_store()
    return PlacedSource(kubernetes_api(), sessions(), lambda subject: store.get_cluster(subject)[0].cluster)


@cache
def few_at_once() -> Pool:
    """Threads for clusters that are mostly waited for; what each of them reads is in memory."""
    from plumbline.adapters.aws.pool import Pool

    return Pool(CLUSTERS_AT_ONCE)


@cache
def posture_store() -> DynamoPostureStore:
    """Posture and history, for what never touches a posture map."""
    from plumbline.adapters.aws.posture_store import DynamoPostureStore

    return DynamoPostureStore(own("dynamodb"), variable("POSTURE_TABLE"), variable("HISTORY_TABLE"))


@cache
def queries() -> DynamoFindingQueries:
    """The records, for reading."""
    from plumbline.adapters.aws.queries import DynamoFindingQueries

    tables = variable("POSTURE_TABLE"), variable("HISTORY_TABLE")
    return DynamoFindingQueries(own("dynamodb"), *tables, blobs=LargeContent())


@cache
def _configuration() -> Callable[[], Settings]:
    from plumbline.adapters.aws.configuration import ConfigurationSource, Profile

    profile = Profile(
        application=variable("CONFIGURATION_APPLICATION"),
        environment=variable("CONFIGURATION_ENVIRONMENT"),
        profile=variable("CONFIGURATION_PROFILE"),
    )
    return ConfigurationSource(own("appconfigdata"), profile, report=_not_read).settings


def _not_read(problem: str) -> None:
    logger.error(problem)
    count("ConfigurationNotRead")


def settings() -> Settings:
    """Return the configuration in force.

    Raises:
        StoreError, ConfigurationError: there is none and never was.

    """
    return _configuration()()


def scope() -> FleetScope:
    """Return what is watched, the hub's own account and region standing for what the configuration leaves open."""
    return settings().scope.seen_from(variable("PLUMBLINE_ACCOUNT"), variable("AWS_REGION"))


def fleet() -> AwsFleet:
    """Return the accounts and regions to watch."""
    from plumbline.adapters.aws.fleet import AwsFleet

    watched = scope()
    return AwsFleet(
        sessions(),
        regions=watched.regions,
        accounts=watched.listed_accounts,
        excluded=watched.excluded_accounts,
    )


def controls() -> tuple[Control, ...]:
    """Return the catalogue."""
    from plumbline.domain.catalogue import load_catalogue

    return load_catalogue()


def assessor() -> BatchAssessor:
    """Return what assesses clusters, under the configuration in force."""
    from plumbline.domain.reach import KUBERNETES_ACCESS
    from plumbline.usecases.assess import Assessor
    from plumbline.usecases.assess_batch import BatchAssessor

    judged = Assessor(_recording_store(), (*controls(), KUBERNETES_ACCESS), settings().parameter_set(controls()))
    return BatchAssessor(judged, evidence_store(), queries())


def _recording_store() -> DynamoPostureStore:
    """Posture and history, for what writes posture maps."""
    from plumbline.adapters.aws.posture_store import DynamoPostureStore

    tables = variable("POSTURE_TABLE"), variable("HISTORY_TABLE")
    return DynamoPostureStore(own("dynamodb"), *tables, blobs=LargeContent())


def update_recorder() -> UpdateRecorder:
    """Return what records how updates ended."""
    from plumbline.usecases.updates import UpdateRecorder

    return UpdateRecorder(_recording_store())


def workflow() -> ClusterWorkflow:
    """Return what holds a cluster's lease."""
    from plumbline.adapters.aws.stability import AwsStability
    from plumbline.usecases.workflow import ClusterWorkflow

    return ClusterWorkflow(
        posture_store(),
        AwsStability(sessions(), clock),
        clock,
        lease_seconds=number("LEASE_SECONDS"),
        poll_seconds=number("POLL_SECONDS"),
    )


def router() -> Router:
    """Return what routes events, under the configuration in force."""
    from plumbline.adapters.aws.workflows import Workflows
    from plumbline.usecases.route import Router

    workflows = Workflows(own("stepfunctions"), variable("ASSESS_WORKFLOW"))
    watched = scope()
    return Router(posture_store(), workflows.start, clock, number("LEASE_SECONDS"), watched.admits, watched.regions)


@cache
def dead_letters() -> DeadLetters:
    """Events that cannot be understood."""
    from plumbline.adapters.aws.dead_letters import DeadLetters

    return DeadLetters(own("sqs"), variable("DEAD_LETTER_QUEUE"))


def record_in(image: Mapping[str, Any]) -> Record:
    """Return the history record in the NewImage of a stream event.

    Raises:
        StoreError: its content cannot be unpacked.

    """
    from plumbline.adapters.aws.history import record_of_image
    from plumbline.adapters.aws.items import Codec

    return record_of_image(image, Codec(LargeContent()))


def alert_raiser(once: Callable[[Callable[[Message], None]], Callable[[Message], None]]) -> AlertRaiser:
    """Return what announces transitions, under the configuration in force.

    Args:
        once: makes publishing a message happen once, however often it is asked for.

    """
    from plumbline.adapters.aws.announcer import AwsAnnouncer
    from plumbline.configuration.routes import route_by
    from plumbline.usecases.alert import default_route
    from plumbline.usecases.raise_alerts import AlertRaiser

    topics = {name: variable(f"{name.upper()}_TOPIC") for name in ("critical", "standard", "digest")}
    announcer = AwsAnnouncer(own("sns"), own("events"), topics, variable("TRANSITION_BUS"))
    in_force = settings()
    return AlertRaiser(
        queries(),
        announcer,
        controls(),
        publish=once(announcer.announce),
        route=route_by(in_force.routes, default_route),
        base_url=in_force.alerts.base_url,
    )
