"""collect_region: the facts that the clusters of a region share, before and after the clusters themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from plumbline import runtime
from plumbline.domain.partitions import subject_in
from plumbline.domain.parts import cluster_names
from plumbline.ports import Target
from plumbline.usecases.collect import collect_region_facts, collect_related

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


class Work(msgspec.Struct, frozen=True):
    """One step of a sweep in one region."""

    account: str
    region: str
    phase: Literal["facts", "related"]
    assessment: str
    tick: datetime


@runtime.logger.inject_lambda_context(correlation_id_path="assessment", clear_state=True)
@runtime.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Collect; return where the list of the region's clusters is and how many there are."""
    work = msgspec.convert(event, Work)
    runtime.logger.append_keys(account=work.account, region=work.region, phase=work.phase)
    return _facts(work) if work.phase == "facts" else _related(work)


def _facts(work: Work) -> dict[str, Any]:
    source, store, target = runtime.evidence_source(), runtime.evidence_store(), Target(work.account, work.region)
    names = _watched(
        target,
        collect_region_facts(
            source,
            store,
            target,
            runtime.clock.now(),
            sections=_sections(),
            resting=_resting(work),
            recorded=_recorded(target),
        ),
    )
    # The empty name stands for the region itself.
    items = [{"cluster": name} for name in (*names, "")]
    key = store.put_manifest(f"{work.assessment}/{work.account}/{work.region}", items)
    runtime.count("Clusters", len(names))
    return {"clusters_key": key, "count": len(names)}


def _related(work: Work) -> dict[str, Any]:
    source, store, target = runtime.evidence_source(), runtime.evidence_store(), Target(work.account, work.region)
    recorded = _recorded(target)
    names = _watched(target, {*cluster_names(store.get_region(target)), *recorded})
    # What a new cluster stands on may never have been read.
    resting = _resting(work) if set(names) <= set(recorded) else frozenset[str]()
    now, sections = runtime.clock.now(), _sections()
    collect_related(source, store, target, names, now, sections=sections, resting=resting, run=source.map)
    runtime.count("RelatedClusters", len(names))
    return {"count": len(names)}


def _sections() -> frozenset[str]:
    """Return what controls read; which clusters there are is always asked."""
    return frozenset({"clusters"}).union(*(control.sections for control in runtime.controls()))


def _resting(work: Work) -> frozenset[str]:
    """Return what only controls read that are not due at this tick."""
    due = runtime.settings().schedules.due_sections(runtime.controls(), work.tick)
    return _sections() - due - {"clusters"}


def _recorded(target: Target) -> list[str]:
    return [subject.cluster for subject in runtime.posture_store().known_clusters(target)]


def _watched(target: Target, names: Iterable[str]) -> list[str]:
    scope = runtime.scope()
    return [name for name in sorted(names) if scope.admits(subject_in(target.account, target.region, name))]
