"""Clusters read over worker processes are the clusters read in one."""

import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import msgspec
import pytest
from botocore.awsrequest import AWSPreparedRequest

from plumbline.adapters.aws.access import Access
from plumbline.adapters.aws.evidence_source import AwsEvidenceSource
from plumbline.adapters.aws.parallel import _chunks, collect_clusters, workers_for
from plumbline.adapters.aws.sessions import OwnCredentials, Sessions
from plumbline.domain.errors import CredentialsError
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.snapshot import CLUSTER_SECTIONS, ClusterEvidence
from plumbline.domain.verdict import Reason
from plumbline.ports import Target
from tests.adapters.aws.stub import ACCOUNT, NOW, REGION, Refusal, SimulatedAws
from tests.adapters.aws.worlds import Shape, cluster_name, world_of

pytestmark = pytest.mark.usefixtures("simulated_credentials")

TARGET = Target(ACCOUNT, REGION)
NAMES = [cluster_name(number) for number in range(9)]


class Endpoint(ThreadingHTTPServer):
    """The simulators behind a port of this machine: a worker process has no other way to them."""

    daemon_threads = True

    def __init__(self, aws: SimulatedAws) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.aws = aws


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Endpoint

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = cast("Any", dict(self.headers.items()))
        request = AWSPreparedRequest(self.command, f"http://here{self.path}", headers, body, stream_output=False)
        answer = self.server.aws(request)
        self.send_response(answer.status_code)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    do_GET = do_POST = _answer  # noqa: N815 - named by the base class

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        """Say nothing."""


@pytest.fixture
def aws() -> SimulatedAws:
    return SimulatedAws(world_of(Shape(clusters=9)))


@pytest.fixture
def source(aws: SimulatedAws) -> Iterator[AwsEvidenceSource]:
    server = Endpoint(aws)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    access = Access(region=REGION, endpoint_url=f"http://127.0.0.1:{server.server_port}", width=2, attempts=1)
    found = AwsEvidenceSource(Sessions(access))
    yield found
    found.close()
    server.shutdown()
    server.server_close()


def read(source: AwsEvidenceSource, workers: int) -> list[ClusterEvidence]:
    found = dict(collect_clusters(source, TARGET, NAMES, frozenset(CLUSTER_SECTIONS), NOW, workers=workers))
    return [found[name] for name in NAMES]


def test_workers_read_what_one_process_reads(source: AwsEvidenceSource, aws: SimulatedAws) -> None:
    aws.refuse("eks:DescribeAddon", Refusal("AccessDeniedException", 403, holding=NAMES[4]))
    alone = read(source, 1)
    calls = aws.calls.copy()
    aws.calls.clear()
    together = read(source, 2)
    assert together == alone
    assert aws.calls == calls - Counter({"sts:GetCallerIdentity": 1})
    denied = together[4].addons.items["addon-0"]
    assert isinstance(denied, NotCollected)
    assert denied.reason is Reason.ACCESS_DENIED


@pytest.mark.parametrize("workers", [1, 2])
def test_what_else_there_is_to_read_is_read_once(source: AwsEvidenceSource, workers: int) -> None:
    told: list[str] = []
    found = collect_clusters(
        source, TARGET, NAMES, frozenset({"cluster"}), NOW, meanwhile=lambda: told.append("read"), workers=workers
    )
    assert sorted(name for name, _ in found) == NAMES
    assert told == ["read"]


@pytest.mark.parametrize(("clusters", "processes"), [(0, 2), (1, 2), (33, 2), (1000, 2), (1000, 8)])
def test_chunks_grow_smaller_and_hold_every_cluster_once(clusters: int, processes: int) -> None:
    names = [cluster_name(number) for number in range(clusters)]
    chunks = list(_chunks(names, processes))
    assert [name for chunk in chunks for name in chunk] == names
    assert [len(chunk) for chunk in chunks] == sorted(map(len, chunks), reverse=True)


def test_refused_credentials_stop_the_workers_too(source: AwsEvidenceSource, aws: SimulatedAws) -> None:
    aws.refuse("eks:DescribeCluster", Refusal("ExpiredTokenException"))
    with pytest.raises(CredentialsError, match="eks:DescribeCluster ExpiredTokenException: no"):
        read(source, 2)


def test_what_a_lost_worker_did_not_read_is_read_here(
    source: AwsEvidenceSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    unusable = msgspec.structs.replace(source.handover()[0], profile="nobody")
    monkeypatch.setattr(source, "handover", lambda: (unusable, OwnCredentials("a", "b")))
    assert read(source, 2) == read(source, 1)


def test_credentials_are_not_shown() -> None:
    assert repr(OwnCredentials("AKIA", "secret", "token")) == "OwnCredentials(...)"


@pytest.mark.parametrize(
    ("clusters", "cores", "workers"), [(0, 8, 1), (119, 8, 1), (120, 8, 2), (1000, 2, 2), (1000, 1, 1)]
)
def test_workers_are_for_many_clusters(clusters: int, cores: int, workers: int) -> None:
    assert workers_for(clusters, cores) == workers
