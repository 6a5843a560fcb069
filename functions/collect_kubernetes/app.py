"""collect_kubernetes: what the Kubernetes APIs of a sweep's batch of clusters list, or that of one cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from plumbline import runtime
from plumbline.ports import Target
from plumbline.usecases.collect_kubernetes import collect_kubernetes

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


class Work(msgspec.Struct, frozen=True):
    """Either `clusters`, a batch of a sweep, or one `cluster`."""

    account: str
    region: str
    clusters: tuple[str, ...] = ()
    cluster: str = ""


@runtime.logger.inject_lambda_context(correlation_id_path="assessment", clear_state=True)
@runtime.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Collect into the evidence store; return how many clusters were read, or refused."""
    work = msgspec.convert(event, Work)
    runtime.logger.append_keys(account=work.account, region=work.region, cluster=work.cluster)
    source, store, now = runtime.kubernetes_source(), runtime.evidence_store(), runtime.clock.now()
    names = work.clusters or (work.cluster,)
    target = Target(work.account, work.region)
    collected = collect_kubernetes(source, store, target, names, now, run=runtime.few_at_once().map)
    runtime.count("KubernetesCollected", collected)
    return {"count": collected}
