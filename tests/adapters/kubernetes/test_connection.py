"""What goes wrong on the way to an API server is named in one word."""

import datetime as dt
import socket
import ssl
from collections.abc import Iterator

import msgspec
import pytest

from local.kubernetes import certificates
from local.kubernetes.api import Answer, Request
from local.kubernetes.certificates import make_authority
from local.kubernetes.server import KubernetesServer
from plumbline.adapters.kubernetes.connection import Connection, Limits
from plumbline.adapters.kubernetes.endpoints import Endpoint, verifying
from plumbline.adapters.kubernetes.refusals import LONGEST_DETAIL, Refusal, refused_with
from plumbline.adapters.kubernetes.source import KubernetesApiSource
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.reach import CAUSES, cause_of
from plumbline.domain.verdict import Reason
from tests.adapters.kubernetes.stub import AT_ONCE, EVERYTHING, NOW, SUBJECT, Cluster, FixedAccess, missing, read

AUTHORITY = make_authority()


def refusal(url: str, *, private: bool = False, limits: Limits = AT_ONCE, authority: bytes = b"") -> NotCollected:
    """Return why nothing was read; it is the same for every section."""
    access = FixedAccess(url, authority or AUTHORITY.certificate, private=private)
    found = missing(KubernetesApiSource(access, limits).collect_kubernetes(SUBJECT, EVERYTHING, NOW))
    assert set(found) == EVERYTHING
    (only,) = {(section.reason, section.detail, section.at) for section in found.values()}
    return NotCollected(*only)


def unused() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"https://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"


def without_names(*_: object, **__: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def assert_cause(found: NotCollected, word: str) -> None:
    assert found.reason is Reason.ENDPOINT_UNREACHABLE
    assert found.detail.startswith(f"{word}: ")
    assert cause_of(found) == word
    assert word in CAUSES
    assert found.at == NOW


def test_a_name_that_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", without_names)
    assert_cause(refusal("https://0123.gr7.eu-west-1.eks.amazonaws.com"), "dns")


def test_a_port_that_nobody_listens_on() -> None:
    assert_cause(refusal(unused()), "refused")


def test_a_server_that_says_nothing(silent: str) -> None:
    limits = msgspec.structs.replace(AT_ONCE, connect_seconds=0.05, read_seconds=0.05)
    assert_cause(refusal(silent, limits=limits), "timeout")


def test_an_authority_that_is_not_the_clusters(cluster: Cluster) -> None:
    assert_cause(refusal(cluster.listener.url), "tls")
    assert not cluster.targets


def test_an_expired_certificate(server: KubernetesServer) -> None:
    expired = Cluster(server, make_authority(expired=True))
    found = refusal(expired.listener.url, authority=expired.listener.authority.certificate)
    assert_cause(found, "tls")
    assert "certificate has expired" in found.detail
    assert not expired.targets


def test_a_name_that_the_certificate_does_not_bear(cluster: Cluster) -> None:
    found = missing(read(cluster, {"nodes"}, server_name="other.example.com"))["nodes"]
    assert_cause(found, "tls")


def test_a_server_without_tls() -> None:
    with KubernetesServer() as server:
        cluster = Cluster(server)
        port = cluster.listener.url.rpartition(":")[2]
        assert refusal(f"http://127.0.0.1:{port}").reason is Reason.ENDPOINT_UNREACHABLE


def test_a_private_endpoint_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", without_names)
    found = refusal("https://0123.gr7.eu-west-1.eks.amazonaws.com", private=True)
    assert_cause(found, "private")
    assert "(dns: " in found.detail


def test_a_private_endpoint_that_refuses_is_told_that(cluster: Cluster) -> None:
    cluster.fault("discovery", "Unauthorized")
    assert missing(read(cluster, {"nodes"}, private=True))["nodes"].detail.startswith("unauthorized: ")


def test_an_endpoint_that_goes_away_ends_the_reading() -> None:
    server = KubernetesServer()
    cluster = Cluster(server)

    def go_away(request: Request) -> None:
        server.stop()

    cluster.override("services", go_away)
    found = missing(read(cluster, {"namespaces", "nodes", "services", "roles", "pods"}))
    assert set(found) == {"services", "roles", "pods"}
    assert {section.detail.partition(":")[0] for section in found.values()} == {"refused"}
    assert cluster.asked["roles"] == 0


def test_a_redirect_is_not_followed(server: KubernetesServer) -> None:
    first, second = Cluster(server), Cluster(server)
    first.override("nodes", lambda _: Answer(302, b"", headers={"Location": f"{second.listener.url}/api/v1/nodes"}))
    assert missing(read(first, {"nodes"}))["nodes"].reason is Reason.PARSE_ERROR
    assert not second.targets


def test_a_cluster_is_read_for_so_long_and_no_longer(cluster: Cluster) -> None:
    times = iter(range(0, 10_000, 3))
    listener = cluster.listener
    source = KubernetesApiSource(
        FixedAccess(listener.url, listener.authority.certificate),
        msgspec.structs.replace(AT_ONCE, seconds=100),
        lambda: float(next(times)),
    )
    found = source.collect_kubernetes(SUBJECT, EVERYTHING, NOW)
    late = missing(found)
    assert 0 < len(late) < 33
    assert {section.detail.partition(":")[0] for section in late.values()} == {"timeout"}
    assert "pods" in late


def test_the_time_is_kept_within_an_answer_too(cluster: Cluster) -> None:
    cluster.override("nodes", lambda _: Answer(200, b"x" * 5_000_000))
    clock = [0.0]

    def elapsed() -> float:
        clock[0] += 30
        return clock[0]

    listener = cluster.listener
    endpoint = FixedAccess(listener.url, listener.authority.certificate).endpoint(SUBJECT, NOW)
    assert isinstance(endpoint, Endpoint)
    limits = msgspec.structs.replace(AT_ONCE, seconds=100)
    with Connection(endpoint, limits, elapsed) as connection, pytest.raises(Refusal, match="was not read within 100 s"):
        connection.get("/api/v1/nodes")


def test_a_server_is_asked_to_wait_no_longer_than_allowed() -> None:
    assert Limits().longest_wait <= 30


def test_only_the_clusters_authority_is_trusted() -> None:
    context = verifying(AUTHORITY.certificate.decode())
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert len(context.get_ca_certs()) == 1
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT


@pytest.mark.parametrize("text", ["", "no certificate", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----"])
def test_an_authority_must_be_one(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        verifying(text)


def test_an_authority_as_old_as_those_of_eks_is_trusted() -> None:
    """The authorities of EKS have no key identifiers, which Python asks for since 3.13."""
    authority = without_identifiers()
    with KubernetesServer() as server:
        cluster = Cluster(server, authority)
        assert missing(read(cluster, {"nodes"})) == {}


def without_identifiers() -> certificates.Authority:
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    now = dt.datetime.now(dt.UTC)
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = certificates._name("kubernetes")

    def builder(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(hours=1))
        )

    root = builder(name, authority_key.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    leaf = builder(certificates._name("kube-apiserver"), key.public_key()).add_extension(
        x509.SubjectAlternativeName([address]), critical=False
    )
    signed = leaf.sign(authority_key, hashes.SHA256())
    context = certificates._context(certificates._pem(signed), certificates._private(key))
    return certificates.Authority(certificates._pem(root.sign(authority_key, hashes.SHA256())), context)


def test_details_are_short_and_of_one_line() -> None:
    body = msgspec.json.encode({"message": "much\nto say " * 100})
    detail = refused_with(403, body, "/api/v1/pods").detail
    assert detail.startswith("forbidden: /api/v1/pods was answered with HTTP 403: much to say")
    assert len(detail) <= LONGEST_DETAIL
    assert "\n" not in detail


def test_no_request_is_sent_beside_another_one(cluster: Cluster) -> None:
    running, most = [0], [0]

    def answer(_: Request) -> Answer | None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        running[0] -= 1
        return None

    cluster.override("*", answer)
    read(cluster)
    assert most == [1]
