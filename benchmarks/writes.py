"""Writes: what assessments of a region write to DynamoDB, counted at the real store over a simulated one (moto)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
import msgspec
from moto import mock_aws
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from benchmarks.fleet.options import Options
from benchmarks.gathering import Gathered, gather, load
from benchmarks.page import budgets, table
from benchmarks.workspace import REPOSITORY
from plumbline.adapters.aws.posture_store import DynamoPostureStore
from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.evidence.eks import Logging
from plumbline.domain.evidence.section import Collected
from plumbline.domain.parameters import ParameterSet
from plumbline.usecases.assess import Assessor, Request

POSTURE, HISTORY = "PostureTable", "HistoryTable"
_TABLE_PROPERTIES = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
_WRITES = ("TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem")
_BUDGET = 2
Sweeps = dict[str, Counter[str]]


def measure(clusters: int) -> Sweeps:
    """Assess a region three times: at first, unchanged an hour later, and with one cluster's logging switched off.

    Returns:
        For each sweep how many items of which kind were written, and `requests`.

    """
    with TemporaryDirectory(prefix="plumbline-bench-") as directory:
        files = gather(Options(clusters=clusters), Path(directory), hours=(0, 1, 2))
        first, unchanged, later = map(load, files)
    with mock_aws(), _assessor() as (assessor, written):
        sweeps = {}
        for name, gathered in (("first", first), ("unchanged", unchanged), ("one change", _with_a_change(later))):
            written.clear()
            _sweep(assessor, gathered, name)
            sweeps[name] = Counter(written)
    return sweeps


def report(sweeps: Sweeps, clusters: int) -> str:
    """Return what was counted, as Markdown."""
    kinds = sorted({kind for counts in sweeps.values() for kind in counts})
    rows = [
        (kind, *(f"{counts[kind]} ({counts[kind] / clusters:.2f})" for counts in sweeps.values())) for kind in kinds
    ]
    subjects = clusters + 1
    items = sum(count for kind, count in sweeps["unchanged"].items() if kind != "requests")
    each = items / subjects
    kept = budgets([("an unchanged assessment writes 2 items", f"{each:.2f} items", each <= _BUDGET)])
    text = (
        f"Three sweeps of {clusters} clusters and their region, which is a subject of its own: items written by kind, "
        "in brackets a cluster."
    )
    headings = ("written", *(f"{name} sweep" for name in sweeps))
    return f"{text}\n\n{kept}\n\n{table(headings, rows)}"


@contextmanager
def _assessor() -> Iterator[tuple[Assessor, Counter[str]]]:
    client = boto3.client("dynamodb", region_name=Options().regions[0])
    for name in (POSTURE, HISTORY):
        client.create_table(TableName=name, **_table(name))
    written: Counter[str] = Counter()
    for operation in _WRITES:
        client.meta.events.register(f"provide-client-params.dynamodb.{operation}", _counting(written))
    store = DynamoPostureStore(client, POSTURE, HISTORY)
    yield Assessor(store, load_catalogue(), ParameterSet()), written


def _table(name: str) -> dict[str, Any]:
    """Return the properties of a table as the template has them."""
    template = yaml_parse((REPOSITORY / "template.yaml").read_text())
    properties = template["Resources"][name]["Properties"]
    return {key: properties[key] for key in _TABLE_PROPERTIES if key in properties}


def _counting(written: Counter[str]) -> Any:
    def count(params: Mapping[str, Any], **_: object) -> None:
        written["requests"] += 1
        for action in params.get("TransactItems", [{"Single": params}]):
            ((_, details),) = action.items()
            written[_kind(details)] += 1

    return count


def _kind(action: Mapping[str, Any]) -> str:
    item = action.get("Item") or action["Key"]
    if action["TableName"] == HISTORY:
        return f"history: {item['kind']['S']}"
    return f"posture: {item['sk']['S'].partition('#')[0].lower()}"


def _sweep(assessor: Assessor, gathered: Gathered, name: str) -> None:
    request = Request(id=name, scopes=("cluster",), trigger="sweep", now=gathered.at + timedelta(minutes=1))
    for cluster in ("", *gathered.clusters):
        assessor.assess(gathered.snapshot(cluster), request)


def _with_a_change(gathered: Gathered) -> Gathered:
    """Return the evidence as if the control-plane logging of one cluster had been switched off."""
    name = next(name for name, part in gathered.clusters.items() if _logs(part.cluster))
    part = gathered.clusters[name]
    assert isinstance(part.cluster, Collected)
    silent = msgspec.structs.replace(part.cluster.value, logging=Logging())
    changed = msgspec.structs.replace(part, cluster=Collected(silent, part.cluster.at))
    return msgspec.structs.replace(gathered, clusters={**gathered.clusters, name: changed})


def _logs(section: Any) -> bool:
    return isinstance(section, Collected) and bool(section.value.enabled_log_types)
