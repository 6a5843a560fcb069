"""Step Functions: Distributed Map in JSONata, with ItemBatcher and ResultWriter."""

# ruff: noqa: SLF001 (the adapter's subject is private)
from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import Any

from local.adapters.internals import require
from local.adapters.sdk import client

_LIMITS = ("MaxConcurrency", "ToleratedFailurePercentage", "ToleratedFailureCount")
_PLAIN = ("Label", "Next", "End", "Type", *_LIMITS)


def install() -> None:
    """Patches the run of a Distributed Map."""
    machines = require(
        "services.stepfunctions",
        "_run_distributed_map",
        "_apply_jsonata_template",
        "_apply_jsonata_output",
        "_apply_state_assign",
        "_apply_result_selector",
        "_apply_result_path",
        "_apply_output_path",
        "_jsonata_state_field",
        "_resolve_params_obj",
        "_resolve_path_or_ctx",
        "_read_map_items",
        "_map_runs",
        "_executions",
    )
    plain_run = machines._run_distributed_map

    def run(state: dict[str, Any], raw: Any, effective: Any, iterator: Any, execution: Any, context: Any) -> Any:
        is_jsonata = (state.get("QueryLanguage") or context.get("QueryLanguage")) == "JSONata"
        if not (is_jsonata or "ItemBatcher" in state or "ResultWriter" in state):
            return plain_run(state, raw, effective, iterator, execution, context)
        fields = _Fields(machines, state, raw, effective, context, is_jsonata)
        before = set(machines._map_runs)
        items = fields.items()
        results, following = plain_run(fields.plain_state(), items, items, iterator, execution, context)
        own = execution["executionArn"]
        run_arn = next(
            arn for arn, row in machines._map_runs.items() if arn not in before and row["executionArn"] == own
        )
        children = [row for row in machines._executions.values() if row.get("mapRunArn") == run_arn]
        if any(row["status"] != "SUCCEEDED" for row in children):
            results = [json.loads(row["output"]) for row in children if row["status"] == "SUCCEEDED"]
        if "ResultWriter" in state:
            results = _write_results(fields.value(_arguments(state["ResultWriter"])), run_arn, children)
        return fields.output(results), following

    machines._run_distributed_map = run


def _arguments(field: dict[str, Any]) -> dict[str, Any]:
    return field.get("Arguments") or field.get("Parameters") or {}


@dataclass
class _Fields:
    """The fields of one Map state, evaluated in its query language."""

    machines: Any
    state: dict[str, Any]
    raw: Any
    effective: Any
    context: dict[str, Any]
    is_jsonata: bool

    def value(self, template: Any, context: dict[str, Any] | None = None) -> Any:
        within = context or self.context
        if self.is_jsonata:
            return self.machines._apply_jsonata_template(template, self.raw, within)
        return self.machines._resolve_params_obj(template, self.effective, within)

    def items(self) -> list[Any]:
        found = self._listed()
        selector = self.state.get("ItemSelector") or self.state.get("Parameters")
        if selector:
            found = [self.value(selector, self._about(index, item)) for index, item in enumerate(found)]
        return self._batched(found) if "ItemBatcher" in self.state else found

    def _listed(self) -> list[Any]:
        if "ItemReader" in self.state:
            reader = copy.deepcopy(self.state["ItemReader"])
            reader["Parameters"] = self.value(_arguments(reader))
            reader.pop("Arguments", None)
            plain = {**self.context, "QueryLanguage": "JSONPath"}
            return list(self.machines._read_map_items(reader, self.effective, plain))
        if self.is_jsonata and "Items" in self.state:
            return list(self.machines._jsonata_state_field(self.state, "Items", "array", self.raw, self.context))
        if self.is_jsonata:
            return list(self.raw)
        path = self.state.get("ItemsPath", "$")
        return list(self.machines._resolve_path_or_ctx(path, self.effective, self.context))

    def _about(self, index: int, item: Any) -> dict[str, Any]:
        return {**copy.deepcopy(self.context), "Map": {"Item": {"Index": index, "Value": item}}}

    def _batched(self, items: list[Any]) -> list[Any]:
        batcher = self.state["ItemBatcher"]
        size = int(self._number(batcher.get("MaxItemsPerBatch")) or len(items) or 1)
        common = {"BatchInput": self.value(batcher["BatchInput"])} if "BatchInput" in batcher else {}
        return [{**common, "Items": items[start : start + size]} for start in range(0, len(items), size)]

    def _number(self, field: Any) -> Any:
        return self.value(field) if isinstance(field, str) else field

    def plain_state(self) -> dict[str, Any]:
        """The state with its items already read, as ministack's own run understands it."""
        plain = {key: value for key, value in self.state.items() if key in _PLAIN}
        return {key: self._number(value) if key in _LIMITS else value for key, value in plain.items()}

    def output(self, results: Any) -> Any:
        machines, state = self.machines, self.state
        if self.is_jsonata:
            output = machines._apply_jsonata_output(state, self.raw, self.context, result=results, default=results)
            machines._apply_state_assign(state, self.raw, self.context, result=results)
            return output
        selected = machines._apply_result_selector(state, results)
        return machines._apply_output_path(state, machines._apply_result_path(state, self.raw, selected), self.context)


def _write_results(target: dict[str, Any], run_arn: str, children: list[dict[str, Any]]) -> Any:
    scope = require("core.responses", "get_account_id", "get_region")
    s3 = client("s3", scope.get_account_id(), scope.get_region())
    base = f"{target.get('Prefix', '')}/{run_arn.rsplit(':', maxsplit=1)[-1]}".lstrip("/")
    files: dict[str, list[dict[str, Any]]] = {}
    for status in ("SUCCEEDED", "FAILED", "PENDING"):
        rows = [_result_row(row) for row in children if row["status"] == status]
        files[status] = []
        if rows:
            body = json.dumps(rows).encode()
            s3.put_object(Bucket=target["Bucket"], Key=f"{base}/{status}_0.json", Body=body)
            files[status] = [{"Key": f"{base}/{status}_0.json", "Size": len(body)}]
    manifest = {"DestinationBucket": target["Bucket"], "MapRunArn": run_arn, "ResultFiles": files}
    s3.put_object(Bucket=target["Bucket"], Key=f"{base}/manifest.json", Body=json.dumps(manifest).encode())
    details = {"Bucket": target["Bucket"], "Key": f"{base}/manifest.json"}
    return {"MapRunArn": run_arn, "ResultWriterDetails": details}


def _result_row(execution: dict[str, Any]) -> dict[str, Any]:
    members = {"ExecutionArn": "executionArn", "Input": "input", "Name": "name", "Status": "status"}
    outcome = {"Output": "output"} if execution["status"] == "SUCCEEDED" else {"Error": "error", "Cause": "cause"}
    return {name: execution.get(key) for name, key in {**members, **outcome}.items()}
