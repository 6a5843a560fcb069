"""Reading and judging apart: processor time and memory of each, by the size of the cluster.

`python -m benchmarks.kubernetes.judging KUBECONFIG FILE` reads the cluster of a kubeconfig, judges it together with
the gathered AWS side of a cluster in a file, and prints a `Judged`.
"""

import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchmarks.gathering import load
from benchmarks.measuring import forget_peak, memory
from benchmarks.workspace import REPOSITORY
from plumbline.configuration import DEFAULTS
from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.evaluation import Judging
from plumbline.domain.facts import RegionFacts
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS
from plumbline_cli.scanning.insides import opened_kubeconfig


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What a cluster took: CPU seconds and bytes.

    Attributes:
        reading_bytes: what reading added at its peak, of which the evidence keeps `evidence_bytes`.
        judging_bytes: what judging added at its peak.
        controls: how many were judged: those of clusters.

    """

    reading_s: float
    judging_s: float
    reading_bytes: int
    evidence_bytes: int
    judging_bytes: int
    verdicts: int
    controls: int


def judged(kubeconfig: Path, aws: Path, environment: Mapping[str, str]) -> Judged:
    """Read and judge the cluster of a kubeconfig in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.kubernetes.judging", str(kubeconfig), str(aws)]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, stdout=subprocess.PIPE)
    return msgspec.json.decode(done.stdout, type=Judged)


def _judge(kubeconfig: Path, aws: Path) -> Judged:
    source, _, _ = opened_kubeconfig(kubeconfig, "")
    gathered, controls, now = load(aws), load_catalogue(), datetime.now(UTC)
    name = next(iter(gathered.clusters))
    snapshot, parameters = gathered.snapshot(name), DEFAULTS.parameter_set(controls)
    forget_peak()
    before, begun = memory().now, time.process_time()
    kubernetes = source.collect_kubernetes(snapshot.subject, frozenset(KUBERNETES_SECTIONS), now)
    read, after = time.process_time() - begun, memory()
    snapshot = msgspec.structs.replace(snapshot, kubernetes=kubernetes)
    forget_peak()
    begun = time.process_time()
    judging = Judging(snapshot, controls, parameters, now, RegionFacts(gathered.region, gathered.account))
    verdicts = sum(1 for _ in judging.verdicts())
    return Judged(
        reading_s=read,
        judging_s=time.process_time() - begun,
        reading_bytes=after.peak - before,
        evidence_bytes=after.now - before,
        judging_bytes=memory().peak - after.now,
        verdicts=verdicts,
        controls=len(judging.controls),
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(_judge(Path(sys.argv[1]), Path(sys.argv[2]))))
