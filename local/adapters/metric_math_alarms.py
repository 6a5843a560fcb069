"""CloudFormation: alarms on metric math, which ministack refuses.

They are made as alarms on the first metric of the expression. No alarm rings in the embedded AWS anyway:
it has no metrics of AWS services.
"""

# ruff: noqa: SLF001 (the adapter's subject is private)
from __future__ import annotations

from typing import Any

from local.adapters.internals import require


def install() -> None:
    """Patches the CloudFormation handler of AWS::CloudWatch::Alarm."""
    provisioners = require("services.cloudformation.provisioners", "_RESOURCE_HANDLERS")
    handler = provisioners._RESOURCE_HANDLERS["AWS::CloudWatch::Alarm"]
    original_create, original_update = handler["create"], handler["update"]

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        return original_create(logical_id, _on_one_metric(properties), stack)

    def update(name: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str | None = None) -> Any:
        return original_update(name, _on_one_metric(old), _on_one_metric(new), stack, logical_id)

    handler["create"], handler["update"] = create, update


def _on_one_metric(properties: dict[str, Any]) -> dict[str, Any]:
    if "Metrics" not in properties:
        return properties
    stat = next(row["MetricStat"] for row in properties["Metrics"] if "MetricStat" in row)
    kept = {key: value for key, value in properties.items() if key != "Metrics"}
    return {**kept, **stat["Metric"], "Period": stat["Period"], "Statistic": stat["Stat"]}
