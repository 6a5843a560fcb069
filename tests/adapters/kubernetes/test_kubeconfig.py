"""Kubeconfigs: what they may say, and a clear error for each thing that is wrong with one."""

import base64
import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from plumbline.adapters.kubernetes.endpoints import Endpoint
from plumbline.adapters.kubernetes.kubeconfig import KubeconfigAccess
from plumbline.adapters.kubernetes.source import KubernetesApiSource
from plumbline.domain.errors import ConfigurationError
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.verdict import Reason
from tests.adapters.kubernetes.stub import AT_ONCE, EVERYTHING, NOW, SUBJECT, TOKEN, Cluster, missing

PLUGIN = """
import json, sys
status = json.loads(sys.argv[1])
print(json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}))
"""


class Files:
    """A folder with a kubeconfig that leads to the cluster."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        self.folder = folder
        self.path = folder / "config"
        self.authority = cluster.listener.authority.certificate
        self.cluster: dict[str, Any] = {
            "server": cluster.listener.url,
            "certificate-authority-data": base64.b64encode(self.authority).decode(),
        }
        self.user: dict[str, Any] = {"token": TOKEN}

    def access(self, context: str = "") -> KubeconfigAccess:
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "preferences": {},
            "current-context": "one",
            "clusters": [{"name": "c", "cluster": self.cluster}],
            "users": [{"name": "u", "user": self.user}],
            "contexts": [{"name": "one", "context": {"cluster": "c", "user": "u", "namespace": None}}],
        }
        self.path.write_text(yaml.safe_dump(content))
        return KubeconfigAccess(self.path, context)

    def read(self) -> dict[str, NotCollected]:
        return missing(KubernetesApiSource(self.access(), AT_ONCE).collect_kubernetes(SUBJECT, EVERYTHING, NOW))

    def plugin(self, text: str, *arguments: str) -> dict[str, Any]:
        script = self.folder / "plugin.py"
        script.write_text(text)
        return {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": sys.executable,
            "args": [str(script), *arguments],
            "env": None,
        }


@pytest.fixture
def files(tmp_path: Path, cluster: Cluster) -> Files:
    return Files(tmp_path, cluster)


def test_a_token(files: Files) -> None:
    assert files.read() == {}


def test_a_token_file_beside_the_kubeconfig(files: Files) -> None:
    (files.folder / "token").write_text(f"{TOKEN}\n")
    files.user = {"tokenFile": "token"}
    assert files.read() == {}


def test_an_authority_in_a_file(files: Files) -> None:
    (files.folder / "ca.pem").write_bytes(files.authority)
    files.cluster = {"server": files.cluster["server"], "certificate-authority": "ca.pem"}
    assert files.read() == {}


def test_an_exec_plugin_that_gives_a_token(files: Files) -> None:
    files.user = {"exec": files.plugin(PLUGIN, json.dumps({"token": TOKEN, "clientKeyData": None}))}
    assert files.read() == {}


def test_a_user_name_with_password_is_sent_as_such(files: Files, cluster: Cluster) -> None:
    files.user = {"username": "ada", "password": "engine"}
    assert files.read()["nodes"].detail.startswith("unauthorized: ")
    assert cluster.headers[0]["authorization"] == f"Basic {base64.b64encode(b'ada:engine').decode()}"


def test_another_context_can_be_named(files: Files) -> None:
    access = files.access("one")
    assert (access.context, access.cluster) == ("one", "c")


def certificate(until: dt.datetime) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ada")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(until - dt.timedelta(days=2))
        .not_valid_after(until)
        .sign(key, hashes.SHA256())
    )
    encoding, none = serialization.Encoding.PEM, serialization.NoEncryption()
    return signed.public_bytes(encoding), key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, none)


def in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_a_client_certificate_is_presented_and_leaves_no_file(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "temporary"
    kept.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(kept))
    public, key = certificate(dt.datetime.now(dt.UTC) + dt.timedelta(days=1))
    files.user = {"client-certificate-data": in_base64(public), "client-key-data": in_base64(key), "token": TOKEN}
    assert files.read() == {}
    (files.folder / "c.pem").write_bytes(public)
    (files.folder / "k.pem").write_bytes(key)
    files.user = {"client-certificate": "c.pem", "client-key": "k.pem"}
    assert isinstance(files.access().endpoint(SUBJECT, NOW), Endpoint)
    assert list(kept.iterdir()) == []


def test_a_plugin_may_give_a_client_certificate(files: Files) -> None:
    public, key = certificate(dt.datetime.now(dt.UTC) + dt.timedelta(days=1))
    status = {"clientCertificateData": public.decode(), "clientKeyData": key.decode()}
    files.user = {"exec": files.plugin(PLUGIN, json.dumps(status))}
    assert isinstance(files.access().endpoint(SUBJECT, NOW), Endpoint)


def test_a_key_that_does_not_fit_its_certificate(files: Files) -> None:
    public, _ = certificate(dt.datetime.now(dt.UTC))
    _, key = certificate(dt.datetime.now(dt.UTC))
    files.user = {"client-certificate-data": in_base64(public), "client-key-data": in_base64(key)}
    found = files.read()
    assert set(found) == EVERYTHING
    assert found["nodes"].reason is Reason.ACCESS_DENIED
    assert "the client certificate and key of one" in found["nodes"].detail


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import sys; sys.exit('log in first')", "log in first"),
        ("print('hello')", "failed to decode"),
        ("print('3')", "failed"),
        ("print('{}')", "missing key"),
        (PLUGIN.replace("client.authentication.k8s.io/v1", "v2"), "does not match"),
        (PLUGIN, "gave no token"),
    ],
)
def test_an_exec_plugin_that_fails_is_a_recorded_reason(files: Files, text: str, told: str) -> None:
    files.user = {"exec": files.plugin(text, "{}")}
    found = files.read()
    assert set(found) == EVERYTHING
    assert {section.reason for section in found.values()} == {Reason.ACCESS_DENIED}
    assert found["nodes"].detail.startswith("unauthorized: the exec plugin ")
    assert told in found["nodes"].detail


def test_an_exec_plugin_that_does_not_exist(files: Files) -> None:
    files.user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "/nowhere/plugin"}}
    assert "No such file" in files.read()["nodes"].detail


def test_a_token_file_that_is_gone(files: Files) -> None:
    files.user = {"tokenFile": "gone"}
    found = files.read()
    assert set(found) == EVERYTHING
    assert found["nodes"].detail.startswith("unauthorized: the token file of one")


def test_a_token_of_several_lines_is_not_sent(files: Files, cluster: Cluster) -> None:
    files.user = {"token": "a\r\nX-Other: b"}
    assert "not one line of ASCII" in files.read()["nodes"].detail
    assert not cluster.targets


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"server": "http://127.0.0.1:8001"}, "not asked by https"),
        ({"insecure-skip-tls-verify": True}, "insecure-skip-tls-verify"),
        ({"certificate-authority-data": ""}, "no certificate-authority"),
    ],
)
def test_a_cluster_that_cannot_be_verified_is_not_asked(files: Files, members: dict[str, Any], told: str) -> None:
    files.cluster |= members
    with pytest.raises(ConfigurationError, match=told):
        files.access()


def test_an_authority_that_is_none(files: Files) -> None:
    files.cluster["certificate-authority-data"] = in_base64(b"nothing")
    assert "the certificate-authority of c" in files.read()["nodes"].detail


def test_a_context_that_does_not_exist(files: Files) -> None:
    with pytest.raises(ConfigurationError, match="no context 'two'; it has: one"):
        files.access("two")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("clusters: {", "is not a kubeconfig .line"),
        ("- a", "is not a kubeconfig"),
        ("contexts: 3", "Expected `array`"),
        ("{}", "no current context"),
        ("current-context: a", "no context 'a'; it has: none"),
        ("current-context: a\ncontexts: [{name: a, context: {cluster: b}}]", "no cluster 'b'"),
        ("a: &a [*a]", "is not a kubeconfig"),
    ],
)
def test_a_file_that_leads_nowhere(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=told):
        KubeconfigAccess(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        KubeconfigAccess(tmp_path / "gone")


def test_auth_providers_are_refused(files: Files) -> None:
    files.user = {"auth-provider": {"name": "oidc"}}
    with pytest.raises(ConfigurationError, match="use an exec plugin"):
        files.access()


def test_credentials_are_never_quoted(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("users: [{name: u, user: {token: s3cr3t")
    with pytest.raises(ConfigurationError) as raised:
        KubeconfigAccess(path)
    assert "s3cr3t" not in str(raised.value)
