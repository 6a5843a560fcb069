"""collect_cluster: the evidence of a sweep's batch of clusters, or what an event can have changed of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from plumbline import runtime
from plumbline.domain.partitions import subject_in
from plumbline.ports import Target
from plumbline.usecases.collect import collect_clusters
from plumbline.usecases.collect_event import collect_for_event

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


class Work(msgspec.Struct, frozen=True):
    """Either `clusters`, a batch of a sweep, or one `cluster` and the scopes to look at.

    Neither means what clusters share: the region or, without one, the account, of the partition named.
    """

    account: str
    region: str
    clusters: tuple[str, ...] = ()
    cluster: str = ""
    partition: str = ""
    scopes: tuple[str, ...] = ()


@runtime.logger.inject_lambda_context(correlation_id_path="assessment", clear_state=True)
@runtime.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Collect into the evidence store; return how many clusters were read."""
    work = msgspec.convert(event, Work)
    runtime.logger.append_keys(account=work.account, region=work.region, cluster=work.cluster)
    source, store, now = runtime.evidence_source(), runtime.evidence_store(), runtime.clock.now()
    if not work.clusters:
        subject = subject_in(work.account, work.region, work.cluster, work.partition)
        collect_for_event(source, store, subject, work.scopes, now)
    # A batch may name the region itself, by the empty name.
    names = [name for name in work.clusters if name]
    collect_clusters(source, store, Target(work.account, work.region), names, now, run=source.map)
    collected = len(names) + bool(work.cluster)
    runtime.count("ClustersCollected", collected)
    return {"count": collected}
