"""Clusters over worker processes: signing and parsing keep one core busy, whatever the number of threads.

Each worker has sessions and threads of its own, and answers with the evidence as msgpack. It is handed the credentials
that this process found, over a pipe: finding them anew could ask the person for a second factor once more.
"""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from math import ceil

import msgspec

from plumbline.adapters.aws.access import Access
from plumbline.adapters.aws.calls import batches
from plumbline.adapters.aws.evidence_source import AwsEvidenceSource
from plumbline.adapters.aws.sessions import OwnCredentials, Sessions
from plumbline.domain.partitions import subject_in
from plumbline.domain.snapshot import ClusterEvidence
from plumbline.ports import Target

# Below this a worker costs more than it saves: it takes as long to start as to read some dozens of clusters.
CLUSTERS_A_WORKER = 60
# More would let threads idle at the end of each chunk; fewer would let a worker idle at the end of the reading.
CHUNKS_A_WORKER = 4

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(ClusterEvidence)


def workers_for(clusters: int, cores: int) -> int:
    """Return how many processes are worth having for so many clusters; 1 means this one alone."""
    return max(1, min(cores, clusters // CLUSTERS_A_WORKER))


def collect_clusters(
    source: AwsEvidenceSource,
    target: Target,
    names: Sequence[str],
    sections: frozenset[str],
    now: datetime,
    *,
    workers: int | None = None,
) -> Iterator[ClusterEvidence]:
    """Read clusters of a region, in this process when they are few, else over several; yield them in order.

    Args:
        source: reads in this process; the workers are given its access and credentials.
        target: the region of an account.
        names: the clusters.
        sections: what to read of D.3 and D.4.
        now: the time of the reading.
        workers: how many processes; None chooses by the number of clusters and cores.

    Raises:
        CredentialsError: nothing can be read at all.

    """
    asked = _Asked(target, sections, now)
    count = workers_for(len(names), os.cpu_count() or 1) if workers is None else workers
    if count == 1:
        return _read(source, asked, names)
    return _over_processes(source, asked, names, count)


class _Asked(msgspec.Struct, frozen=True):
    target: Target
    sections: frozenset[str]
    now: datetime


def _over_processes(
    source: AwsEvidenceSource, asked: _Asked, names: Sequence[str], count: int
) -> Iterator[ClusterEvidence]:
    # Spawned, not forked: a fork would copy locks that other threads hold.
    context = multiprocessing.get_context("spawn")
    size = ceil(len(names) / (count * CHUNKS_A_WORKER))
    done = 0
    with ProcessPoolExecutor(count, context, initializer=_open_worker, initargs=source.handover()) as processes:
        try:
            jobs = deque(processes.submit(_read_chunk, asked, chunk) for chunk in batches(names, size))
            while jobs:
                # What was handed on is let go of at once.
                read = jobs.popleft().result()
                done += len(read)
                yield from map(_decoder.decode, read)
        except BrokenProcessPool:
            # A worker was killed, for want of memory as a rule. What is left is read here, more slowly.
            yield from _read(source, asked, names[done:])
        finally:
            processes.shutdown(wait=False, cancel_futures=True)


def _read(source: AwsEvidenceSource, asked: _Asked, names: Sequence[str]) -> Iterator[ClusterEvidence]:
    def read(name: str) -> ClusterEvidence:
        subject = subject_in(asked.target.account, asked.target.region, name)
        return source.collect_cluster(subject, asked.sections, asked.now)

    return source.map(read, names)


_workers_source: AwsEvidenceSource | None = None


def _open_worker(access: Access, credentials: OwnCredentials) -> None:
    global _workers_source  # noqa: PLW0603 - a pool's initializer has no other way to leave something behind
    # An interrupt from the keyboard is the parent's to handle.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _workers_source = AwsEvidenceSource(Sessions(access, credentials=credentials))


def _read_chunk(asked: _Asked, names: Sequence[str]) -> list[bytes]:
    if _workers_source is None:
        raise RuntimeError("the worker was not opened")
    return [_encoder.encode(evidence) for evidence in _read(_workers_source, asked, names)]
