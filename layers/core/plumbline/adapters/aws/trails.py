"""CloudTrail's part of evidence plan D.2: the trails a region shows, each read where it lives, once per account."""

import threading
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from plumbline.adapters.aws import plan
from plumbline.adapters.aws.calls import Api
from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence.section import Collected, Section

T = TypeVar("T")

TRAIL_SECTIONS = frozenset({"trails", "trail_status", "trail_selectors"})


class TrailEvidence(msgspec.Struct, frozen=True):
    """The three sections that speak of trails."""

    trails: Section[tuple[aws.TrailDescription, ...]]
    trail_status: dict[str, Section[aws.TrailStatus]]
    trail_selectors: dict[str, Section[aws.TrailSelectors]]


class TrailReader:
    """Reads trails. A multi-region trail shows in every region; the regions of one sweep share what was read of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at: datetime | None = None
        self._read: dict[tuple[str, ...], Section[Any]] = {}

    def read(self, api: Api) -> TrailEvidence:
        """Read the trails that a region shows, with status and selectors of each."""
        trails = api.listing(plan.TRAILS, aws.TrailDescription)
        status: dict[str, Section[aws.TrailStatus]] = {}
        selectors: dict[str, Section[aws.TrailSelectors]] = {}
        for trail in trails.value if isinstance(trails, Collected) else ():
            arn, home = trail.trail_arn, api.elsewhere(trail.home_region or api.region)
            status[arn] = self._once(home, plan.TRAIL_STATUS, aws.TrailStatus, Name=arn)
            selectors[arn] = self._once(home, plan.TRAIL_SELECTORS, aws.TrailSelectors, TrailName=arn)
        return TrailEvidence(trails, status, selectors)

    def _once(self, api: Api, call: plan.Call, kind: type[T], **trail: str) -> Section[T]:
        """Answer from what this sweep has read already; locked while reading, for twice would be once too many."""
        with self._lock:
            if self._at != api.now:
                self._at = api.now
                self._read.clear()
            key = (api.account, call.method, *trail.values())
            if key not in self._read:
                self._read[key] = api.one(call, kind, **trail)
            return self._read[key]
