"""Owners of pods, reduced to what the domain keeps."""

from plumbline.adapters.kubernetes import wire
from plumbline.adapters.kubernetes.templates import template_of
from plumbline.domain.evidence.kubernetes.workloads import ClaimTemplate, Workload

_CRON_JOB = "CronJob"


def deployment(one: wire.Owner) -> Workload:
    """Return a Deployment."""
    return _workload("Deployment", one, one.status.ready_replicas, one.status.replicas)


def stateful_set(one: wire.Owner) -> Workload:
    """Return a StatefulSet."""
    return _workload("StatefulSet", one, one.status.ready_replicas, one.status.replicas)


def daemon_set(one: wire.Owner) -> Workload:
    """Return a DaemonSet."""
    return _workload("DaemonSet", one, one.status.number_ready, one.status.desired_number_scheduled)


def job(one: wire.Owner) -> Workload | None:
    """Return a Job; None when a CronJob made it."""
    controller = one.metadata.controller
    if controller is not None and controller.kind == _CRON_JOB:
        return None
    return _workload("Job", one, one.status.ready, one.status.active)


def cron_job(one: wire.CronJob) -> Workload:
    """Return a CronJob, with the template of its Jobs' pods."""
    made = one.spec.job_template.spec
    controller = one.metadata.controller
    return Workload(
        kind=_CRON_JOB,
        namespace=one.metadata.namespace,
        name=one.metadata.name,
        template=template_of(made.template.metadata, made.template.spec),
        labels=one.metadata.labels,
        created=one.metadata.creation_timestamp,
        owner=controller.kind if controller else "",
        ttl=made.ttl_seconds_after_finished is not None,
        schedule=one.spec.schedule,
    )


def _workload(kind: str, one: wire.Owner, ready: int, desired: int) -> Workload:
    controller = one.metadata.controller
    return Workload(
        kind=kind,
        namespace=one.metadata.namespace,
        name=one.metadata.name,
        template=template_of(one.spec.template.metadata, one.spec.template.spec),
        labels=one.metadata.labels,
        created=one.metadata.creation_timestamp,
        owner=controller.kind if controller else "",
        replicas=one.spec.replicas,
        ready=ready,
        desired=desired,
        strategy=(one.spec.strategy and one.spec.strategy.type) or "",
        ttl=one.spec.ttl_seconds_after_finished is not None,
        claims=tuple(
            [ClaimTemplate(it.metadata.name, it.spec.storage_class_name) for it in one.spec.volume_claim_templates]
        ),
    )
