"""lease_cluster: the right to assess one cluster, and whether it has come to rest."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from plumbline import runtime
from plumbline.domain.partitions import subject_in

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


class Ask(msgspec.Struct, frozen=True):
    """What a workflow asks. `since` is the one of the claim before, none for the first of a round."""

    action: Literal["claim", "release", "abandon"]
    account: str
    region: str
    cluster: str
    owner: str
    partition: str = ""
    since: datetime | None = None


@runtime.logger.inject_lambda_context(correlation_id_path="owner", clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Claim, release or abandon the lease; return what the workflow may do now."""
    ask = msgspec.convert(event, Ask)
    runtime.logger.append_keys(account=ask.account, region=ask.region, cluster=ask.cluster)
    subject, workflow = subject_in(ask.account, ask.region, ask.cluster, ask.partition), runtime.workflow()
    if ask.action == "release":
        return {"again": workflow.release(subject, ask.owner)}
    if ask.action == "abandon":
        workflow.abandon(subject, ask.owner)
        return {"again": False}
    claim = workflow.claim(subject, ask.owner, ask.since)
    runtime.logger.info("claimed", extra={"claim": msgspec.to_builtins(claim)})
    answer: dict[str, Any] = msgspec.to_builtins(claim)
    return answer
