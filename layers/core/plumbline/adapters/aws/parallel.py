"""Clusters over processes: signing and parsing keep one core busy, whatever the number of threads.

This process is one of them: the others cost memory. Each has sessions and threads of its own; a worker answers with
the evidence as msgpack. It is handed the credentials that this process found, over a pipe: finding them anew could ask
the person for a second factor once more.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from math import ceil

import msgspec

from plumbline.adapters.aws.access import Access
from plumbline.adapters.aws.evidence_source import AwsEvidenceSource
from plumbline.adapters.aws.sessions import OwnCredentials, Sessions
from plumbline.domain.partitions import subject_in
from plumbline.domain.snapshot import ClusterEvidence
from plumbline.ports import Target

# Below this a process costs more than it saves: it takes as long to start as to read some dozens of clusters.
CLUSTERS_A_PROCESS = 60
# At the end of a chunk threads idle, so it is a share of what is left; a small one would have idle threads from the
# beginning.
_SHARE = 2
_LEAST_CHUNK = 32

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(ClusterEvidence)


def workers_for(clusters: int, cores: int) -> int:
    """Return how many processes are worth having for so many clusters; 1 means this one alone."""
    return max(1, min(cores, clusters // CLUSTERS_A_PROCESS))


def collect_clusters(
    source: AwsEvidenceSource,
    target: Target,
    names: Sequence[str],
    sections: frozenset[str],
    now: datetime,
    *,
    meanwhile: Callable[[], None] = lambda: None,
    workers: int | None = None,
) -> Iterator[tuple[str, ClusterEvidence]]:
    """Read clusters of a region, in this process when they are few, else over several; yield them as they are read.

    Args:
        source: reads in this process; the workers are given its access and credentials.
        target: the region of an account.
        names: the clusters.
        sections: what to read of D.3 and D.4.
        now: the time of the reading.
        meanwhile: what else to read here, while workers have begun with the clusters.
        workers: how many processes, this one included; None chooses by the number of clusters and cores.

    Raises:
        CredentialsError: nothing can be read at all.

    """
    asked = _Asked(target, sections, now)
    count = workers_for(len(names), os.cpu_count() or 1) if workers is None else workers
    if count > 1:
        yield from _over_processes(source, asked, names, count, meanwhile)
    else:
        meanwhile()
        yield from _read(source, asked, names)


class _Asked(msgspec.Struct, frozen=True):
    target: Target
    sections: frozenset[str]
    now: datetime


def _over_processes(
    source: AwsEvidenceSource, asked: _Asked, names: Sequence[str], count: int, meanwhile: Callable[[], None]
) -> Iterator[tuple[str, ClusterEvidence]]:
    # Spawned, not forked: a fork would copy locks that other threads hold.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count - 1, context, initializer=_open_worker, initargs=source.handover()) as processes:
        try:
            jobs = {processes.submit(_read_chunk, asked, chunk): chunk for chunk in _chunks(names, count)}
            meanwhile()
            while jobs:
                job = next((job for job in jobs if job.cancel()), next(iter(jobs)))
                chunk = jobs[job]
                yield from _read(source, asked, chunk) if job.cancelled() else _decoded(chunk, job.result())
                # What was handed on is let go of at once.
                del jobs[job], job
        except BrokenProcessPool:
            # A worker was killed, for want of memory as a rule. What is left is read here, more slowly.
            yield from _read(source, asked, [name for chunk in jobs.values() for name in chunk])
        finally:
            processes.shutdown(wait=False, cancel_futures=True)


def _chunks(names: Sequence[str], count: int) -> Iterator[Sequence[str]]:
    """Yield all names in chunks that grow smaller, so that all processes end at about the same time."""
    start = 0
    while start < len(names):
        size = max(ceil((len(names) - start) / (_SHARE * count)), _LEAST_CHUNK)
        yield names[start : start + size]
        start += size


def _decoded(names: Sequence[str], read: Iterable[bytes]) -> Iterator[tuple[str, ClusterEvidence]]:
    return zip(names, map(_decoder.decode, read), strict=True)


def _read(source: AwsEvidenceSource, asked: _Asked, names: Sequence[str]) -> Iterator[tuple[str, ClusterEvidence]]:
    def read(name: str) -> ClusterEvidence:
        subject = subject_in(asked.target.account, asked.target.region, name)
        return source.collect_cluster(subject, asked.sections, asked.now)

    return zip(names, source.map(read, names), strict=True)


_workers_source: AwsEvidenceSource | None = None


def _open_worker(access: Access, credentials: OwnCredentials) -> None:
    global _workers_source  # noqa: PLW0603 - a pool's initializer has no other way to leave something behind
    # An interrupt from the keyboard is the parent's to handle.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _workers_source = AwsEvidenceSource(Sessions(access, credentials=credentials))


def _read_chunk(asked: _Asked, names: Sequence[str]) -> list[bytes]:
    if _workers_source is None:
        raise RuntimeError("the worker was not opened")
    return [_encoder.encode(evidence) for _, evidence in _read(_workers_source, asked, names)]
