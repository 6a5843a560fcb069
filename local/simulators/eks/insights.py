"""EKS cluster insights."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.eks.records import cluster_of, part_of
from local.simulators.world import Row


@simulates("eks", "ListInsights")
def list_insights(call: Call) -> dict[str, Any]:
    """The insights of the cluster, by category, version and status when a filter is given."""
    wanted = call.params.get("filter", {})
    return {"insights": [row for row in cluster_of(call).insights.values() if _is_wanted(row, wanted)]}


def _is_wanted(row: Row, wanted: Row) -> bool:
    return (
        row["category"] in wanted.get("categories", [row["category"]])
        and row["kubernetesVersion"] in wanted.get("kubernetesVersions", [row["kubernetesVersion"]])
        and row["insightStatus"]["status"] in wanted.get("statuses", [row["insightStatus"]["status"]])
    )


@simulates("eks", "DescribeInsight")
def describe_insight(call: Call) -> dict[str, Any]:
    """One insight with the resources it speaks of."""
    return {"insight": part_of(cluster_of(call).insights, "insight", call.params["id"])}


@simulates("eks", "StartInsightsRefresh")
def start_insights_refresh(call: Call) -> dict[str, Any]:
    """Reads the insights anew, at once."""
    for row in cluster_of(call).insights.values():
        row["lastRefreshTime"] = call.world.clock()
    return {"message": "Insights refresh successfully started", "status": "IN_PROGRESS"}
