"""The same from inside a VPC (org/member.yaml): what the Kubernetes API of one cluster lists, as the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from plumbline import runtime
from plumbline.domain.parcel import Asked, packed
from plumbline.domain.partitions import subject_in

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@runtime.logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Read one cluster; return the evidence as the hub takes it."""
    asked, now = msgspec.convert(event, Asked), runtime.clock.now()
    runtime.logger.append_keys(account=asked.account, region=asked.region, cluster=asked.cluster)
    subject = subject_in(asked.account, asked.region, asked.cluster)
    evidence = runtime.kubernetes_api().collect_kubernetes(subject, frozenset(asked.sections), now)
    answer: dict[str, Any] = msgspec.to_builtins(packed(evidence, now))
    runtime.logger.info("answered", extra={"bytes": len(answer["evidence"])})
    return answer
