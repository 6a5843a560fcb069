"""Gathering: the real evidence of a generated fleet, read by the real source, as input for what comes after reading.

`python -m benchmarks.gathering FILE HOURS` reads the fleet that the environment points to, as if so many hours later.
"""

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from benchmarks.fleet.options import Options
from benchmarks.fleet.process import FleetProcess
from benchmarks.workspace import REPOSITORY
from plumbline.adapters.aws.access import Access
from plumbline.adapters.aws.evidence_source import AwsEvidenceSource
from plumbline.adapters.aws.sessions import Sessions
from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.evidence.section import Collected
from plumbline.domain.snapshot import AccountEvidence, ClusterEvidence, RegionEvidence, Snapshot
from plumbline.domain.subject import Subject
from plumbline.ports import Target


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """The evidence of one region."""

    target: Target
    at: datetime
    account: AccountEvidence
    region: RegionEvidence
    clusters: dict[str, ClusterEvidence]

    def subject(self, cluster: str = "") -> Subject:
        """Return a cluster as a subject; without a name the region itself."""
        return Subject(self.target.account, self.target.region, cluster)

    def snapshot(self, cluster: str = "") -> Snapshot:
        """Return the snapshot of a cluster; without a name that of the region itself."""
        evidence = self.clusters[cluster] if cluster else ClusterEvidence()
        return Snapshot(subject=self.subject(cluster), cluster=evidence, region=self.region, account=self.account)


def gather(options: Options, directory: Path, hours: Sequence[float] = (0,)) -> list[Path]:
    """Read a fleet, once for each number of hours from now, into files of a directory that `load` reads."""
    files = [directory / f"evidence-{options.clusters}-{number}.msgpack" for number in range(len(hours))]
    with FleetProcess(options) as fleet:
        for file, later in zip(files, hours, strict=True):
            command = [sys.executable, "-m", "benchmarks.gathering", str(file), str(later)]
            subprocess.run(command, cwd=REPOSITORY, env=fleet.environment(), check=True)
    return files


def load(file: Path) -> Gathered:
    """Return what `gather` read."""
    return msgspec.msgpack.decode(file.read_bytes(), type=Gathered)


def _read(now: datetime) -> Gathered:
    sessions = Sessions(Access(region=_region()))
    source = AwsEvidenceSource(sessions)
    sections = frozenset({"clusters"}).union(*(control.sections for control in load_catalogue()))
    target = Target(sessions.own_account(), _region())
    account = source.collect_account(target.account, sections, now)
    region = source.collect_region(target, sections, now)
    assert isinstance(region.clusters, Collected)
    names = region.clusters.value
    subjects = [Subject(target.account, target.region, name) for name in names]
    read = source.map(lambda subject: source.collect_cluster(subject, sections, now), subjects)
    clusters = dict(zip(names, read, strict=True))
    region = source.collect_related(target, clusters, region, sections, now)
    return Gathered(target=target, at=now, account=account, region=region, clusters=clusters)


def _region() -> str:
    return Options().regions[0]


if __name__ == "__main__":
    moment = datetime.now(UTC) + timedelta(hours=float(sys.argv[2]))
    Path(sys.argv[1]).write_bytes(msgspec.msgpack.encode(_read(moment)))
