"""The evidence source on AWS: the evidence plan's calls, each failure a section with its reason."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import msgspec

from plumbline.adapters.aws.access import Access
from plumbline.adapters.aws.account import ACCOUNT_READERS
from plumbline.adapters.aws.calls import Api
from plumbline.adapters.aws.eks import read_cluster
from plumbline.adapters.aws.pool import Pool
from plumbline.adapters.aws.region import REGION_READERS
from plumbline.adapters.aws.registry import POLICY_SECTIONS, read_detectors, read_policies
from plumbline.adapters.aws.related import read_related
from plumbline.adapters.aws.sessions import OwnCredentials, Sessions
from plumbline.adapters.aws.trails import TRAIL_SECTIONS, TrailReader
from plumbline.domain.evidence.section import NOT_ASKED
from plumbline.domain.need import known
from plumbline.domain.snapshot import AccountEvidence, ClusterEvidence, RegionEvidence
from plumbline.domain.subject import Subject
from plumbline.ports import Target

T = TypeVar("T")
R = TypeVar("R")

# The key of a job that answers several sections.
_TRAILS = "all of CloudTrail"


class AwsEvidenceSource:
    """Implements `ports.EvidenceSource` over one set of sessions and one pool of threads.

    Every method raises CredentialsError when Plumbline's own credentials are missing, expired or wrong; whatever else
    goes wrong is recorded in the section concerned.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._pool = Pool(sessions.access.width)
        self._trails = TrailReader()

    def handover(self) -> tuple[Access, OwnCredentials]:
        """Return what a worker process needs to read as this source does.

        Raises:
            CredentialsError: there are no credentials, or they are refused.

        """
        access = self._sessions.access
        if access.role is None:
            access = msgspec.structs.replace(access, account=self._sessions.own_account())
        return access, self._sessions.own_credentials()

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Apply a function to many items in the source's own pool: many clusters at once, in order."""
        return self._pool.map(function, items)

    def close(self) -> None:
        """Give the threads back."""
        self._pool.close()

    def collect_account(self, account: str, sections: frozenset[str], now: datetime) -> AccountEvidence:
        """Read the sections asked for of D.1."""
        api = Api(self._sessions, account, self._sessions.access.region, now)
        wanted = [name for name in ACCOUNT_READERS if name in sections]
        read = self._pool.run(partial(ACCOUNT_READERS[name], api) for name in wanted)
        return AccountEvidence(**dict(zip(wanted, read, strict=True)))

    def collect_region(self, target: Target, sections: frozenset[str], now: datetime) -> RegionEvidence:
        """Read the sections asked for of D.2 that need no cluster's description."""
        api = Api(self._sessions, target.account, target.region, now)
        # The policies are of the repositories, which are listed for them also when nobody else asks.
        listed = sections | {"repositories"} if POLICY_SECTIONS & sections else sections
        jobs: dict[str, Callable[[], Any]] = {
            name: partial(read, api) for name, read in REGION_READERS.items() if name in listed
        }
        if "detectors" in sections:
            jobs["detectors"] = partial(read_detectors, api)
        if TRAIL_SECTIONS & sections:
            jobs[_TRAILS] = partial(self._trails.read, api)
        found = dict(zip(jobs, self._pool.run(jobs.values()), strict=True))
        trails = found.pop(_TRAILS, None)
        found |= {name: getattr(trails, name) for name in TRAIL_SECTIONS & sections}
        found |= read_policies(api, known(found.get("repositories", NOT_ASKED), ()), sections, self._pool)
        return RegionEvidence(**{name: found[name] for name in sections & found.keys()})

    def collect_cluster(
        self, subject: Subject, sections: frozenset[str], now: datetime, nodegroups: frozenset[str] = frozenset()
    ) -> ClusterEvidence:
        """Read the sections asked for of D.3 and D.4 of one cluster; of its node groups only those named, if any."""
        api = Api(self._sessions, subject.account, subject.region, now)
        return read_cluster(api, subject.cluster, sections, self._pool, nodegroups)

    def collect_related(
        self,
        target: Target,
        clusters: Mapping[str, ClusterEvidence],
        region: RegionEvidence,
        sections: frozenset[str],
        now: datetime,
        *,
        by_name: bool = False,
    ) -> RegionEvidence:
        """Read the sections asked for of D.2 that depend on what the clusters' descriptions name."""
        api = Api(self._sessions, target.account, target.region, now)
        return read_related(api, clusters, region, sections, self._pool, by_name=by_name)
