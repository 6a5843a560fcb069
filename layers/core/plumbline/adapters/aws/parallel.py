"""Clusters over worker processes: signing and parsing keep one core busy, whatever the number of threads.

Each worker has sessions and threads of its own, and answers with the evidence as msgpack. Credentials are found anew
in each worker, as the command line found them: none are handed over.
"""

import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from itertools import islice

import msgspec

from plumbline.adapters.aws.access import Access
from plumbline.adapters.aws.evidence_source import AwsEvidenceSource
from plumbline.adapters.aws.sessions import Sessions
from plumbline.domain.errors import CredentialsError, WorkerError
from plumbline.domain.snapshot import ClusterEvidence
from plumbline.domain.subject import Subject

# Below this a worker costs more than it saves: it takes as long to start as to read some dozens of clusters.
CLUSTERS_A_WORKER = 60
CHUNK = 20

Read = tuple[Subject, ClusterEvidence]

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(ClusterEvidence)


def workers_for(clusters: int, cores: int | None = None) -> int:
    """Return how many processes are worth starting for so many clusters; 1 means none besides this one."""
    return max(1, min(cores or os.cpu_count() or 1, clusters // CLUSTERS_A_WORKER))


def collect_clusters(
    source: AwsEvidenceSource,
    subjects: Sequence[Subject],
    sections: frozenset[str],
    now: datetime,
    *,
    workers: int | None = None,
) -> Iterator[Read]:
    """Read clusters, in this process when they are few, else over several; yield each with its evidence, in order.

    Args:
        source: reads in this process; the workers are given its access.
        subjects: the clusters, of any accounts and regions.
        sections: what to read of D.3 and D.4.
        now: the time of the reading.
        workers: how many processes; None chooses by the number of clusters and cores.

    Raises:
        CredentialsError: nothing can be read at all.
        WorkerError: a worker died, for lack of memory as a rule.

    """
    count = workers_for(len(subjects)) if workers is None else workers
    if count == 1:
        evidence = source.map(lambda subject: source.collect_cluster(subject, sections, now), subjects)
        yield from zip(subjects, evidence, strict=True)
        return
    yield from _over_processes(source.access, subjects, sections, now, count)


def _over_processes(
    access: Access, subjects: Sequence[Subject], sections: frozenset[str], now: datetime, count: int
) -> Iterator[Read]:
    rest = iter(subjects)
    chunks = [chunk for chunk in iter(lambda: tuple(islice(rest, CHUNK)), ())]
    # Spawned, not forked: a fork would copy locks that other threads hold.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, context, initializer=_open_worker, initargs=(access,)) as processes:
        try:
            jobs = [processes.submit(_read_chunk, chunk, sections, now) for chunk in chunks]
            for chunk, job in zip(chunks, jobs, strict=True):
                yield from zip(chunk, map(_decoder.decode, job.result()), strict=True)
        except BrokenProcessPool as error:
            raise WorkerError("a worker process ended before its time") from error
        finally:
            processes.shutdown(wait=False, cancel_futures=True)
