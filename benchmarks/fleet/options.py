"""Options: what the fleet is like and how it answers."""

from datetime import UTC, date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

Share = Annotated[float, Meta(ge=0, le=1)]


def _today() -> date:
    return datetime.now(UTC).date()


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes are per account and region, cluster or node group; the same options give the same fleet."""

    seed: Annotated[int, Meta(description="another number, another fleet")] = 1
    today: Annotated[date, Meta(description="the day from which all dates count")] = msgspec.field(
        default_factory=_today
    )
    accounts: Annotated[int, Meta(ge=1, description="accounts")] = 1
    regions: Annotated[tuple[str, ...], Meta(description="regions, separated by commas")] = ("us-east-1",)
    clusters: Annotated[int, Meta(ge=0, description="clusters in each account and region")] = 10
    nodegroups: Annotated[int, Meta(ge=0, le=16, description="node groups of a cluster")] = 3
    addons: Annotated[int, Meta(ge=0, le=6, description="add-ons of a cluster")] = 4
    fargate_profiles: Annotated[int, Meta(ge=0, description="Fargate profiles of a cluster")] = 1
    insights: Annotated[int, Meta(ge=0, le=5, description="insights on a cluster")] = 5
    instances: Annotated[int, Meta(ge=0, le=16, description="instances of a node group")] = 2
    latency_ms: Annotated[float, Meta(ge=0, description="milliseconds before each answer")] = 0.0
    throttle_rate: Annotated[
        float, Meta(ge=0, description="calls a second of an account, region and operation; 0: no limit")
    ] = 0.0
    throttle_burst: Annotated[float, Meta(ge=0, description="calls at once before the rate counts")] = 0.0
    ghost_rate: Annotated[Share, Meta(description="share of clusters that are listed and then not found")] = 0.0
    denied_rate: Annotated[Share, Meta(description="share of clusters that may not be read")] = 0.0
