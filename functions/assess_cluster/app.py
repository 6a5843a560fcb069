"""assess_cluster: evaluates what was collected, records what changed, or records that it could not be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from plumbline import runtime
from plumbline.domain.partitions import subject_in
from plumbline.domain.scopes import Scope
from plumbline.domain.verdict import Status
from plumbline.ports import Target
from plumbline.usecases.assess import Request
from plumbline.usecases.assess_batch import Report

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Either `clusters`, a batch of a sweep, or one `cluster`; the empty name in a batch is the region itself."""

    action: Literal["assess", "fail"]
    account: str
    region: str
    assessment: str
    trigger: str
    clusters: tuple[str, ...] = ()
    cluster: str = ""
    scopes: tuple[str, ...] = (str(Scope.CLUSTER),)
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
    if work.action == "fail":
        return batch.fail(target, (work.cluster,) if work.cluster else work.clusters, request, work.error)
    if work.cluster:
        return batch.assess_one(subject_in(work.account, work.region, work.cluster), request)
    return batch.assess(target, work.clusters, request)
