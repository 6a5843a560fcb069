"""assess_cluster: evaluates what was collected, records what changed, or records that it could not be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from plumbline import runtime
from plumbline.domain.partitions import subject_in
from plumbline.domain.scopes import Scope
from plumbline.domain.updates import EndedUpdate
from plumbline.domain.verdict import Status
from plumbline.ports import Target
from plumbline.usecases.assess import Request
from plumbline.usecases.assess_batch import Report
from plumbline.usecases.discover import shared_subjects

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Either `clusters`, a batch of a sweep, or one `cluster`; the empty name is the region (or account) itself.

    `ended` are the updates that a workflow waited for, and how they ended.
    `shared` assesses the accounts that the manifest names, and the fleet.
    `partition` is named where no region tells it.
    """

    action: Literal["assess", "fail", "shared"]
    assessment: str
    trigger: str
    account: str = ""
    region: str = ""
    manifest: str = ""
    clusters: tuple[str, ...] = ()
    cluster: str = ""
    partition: str = ""
    scopes: tuple[str, ...] = (str(Scope.CLUSTER),)
    ended: tuple[EndedUpdate, ...] = ()
    error: str = ""


@runtime.logger.inject_lambda_context(correlation_id_path="assessment", clear_state=True)
@runtime.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Assess; return counts, and which subjects failed and why."""
    work = msgspec.convert(event, Work)
    runtime.logger.append_keys(account=work.account, region=work.region, cluster=work.cluster)
    report = _report(work)
    runtime.count("Assessments", report.assessed)
    runtime.count("FailedAssessments", len(report.failed))
    runtime.count("Transitions", report.transitions)
    runtime.count("Verdicts", sum(report.by_status.values()))
    runtime.count("UnknownVerdicts", report.by_status.get(Status.UNKNOWN, 0))
    runtime.count("ControlErrors", len(report.control_errors))
    if report.failed or report.control_errors:
        runtime.logger.error("not everything could be assessed", extra={"report": msgspec.to_builtins(report)})
    answer: dict[str, Any] = msgspec.to_builtins(report)
    return answer


def _report(work: Work) -> Report:
    batch, target = runtime.assessor(), Target(work.account, work.region)
    request = Request(id=work.assessment, scopes=work.scopes, trigger=work.trigger, now=runtime.clock.now())
    if work.action == "shared":
        return batch.assess_shared(shared_subjects(runtime.evidence_store(), work.manifest), request)
    if work.action == "fail":
        return batch.fail(target, work.clusters or (work.cluster,), request, work.error)
    if work.clusters:
        return batch.assess(target, work.clusters, request)
    subject = subject_in(work.account, work.region, work.cluster, work.partition)
    if work.ended:
        runtime.update_recorder().record(subject, work.ended, f"{work.assessment}.updates", request.now)
    return batch.assess_one(subject, request)
