"""The way to the API server that a kubeconfig names: for people's machines, never for a function.

Client certificate, token, token file, user name with password, and exec plugin are known. The key of a client
certificate is in a file for the moment of loading it only.
"""

from __future__ import annotations

import base64
import binascii
import ssl
import tempfile
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import yaml

from plumbline.adapters.kubernetes.endpoints import Endpoint, verifying
from plumbline.adapters.kubernetes.refusals import Refusal
from plumbline.domain.errors import ConfigurationError
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason

_HTTPS = "https://"


class _Part(msgspec.Struct, frozen=True, rename="kebab"):
    """Unknown members are skipped."""


class _Cluster(_Part, frozen=True):
    server: str = ""
    certificate_authority: str = ""
    certificate_authority_data: str = ""
    insecure_skip_tls_verify: bool = False
    tls_server_name: str = ""
    proxy_url: str = ""


class _User(_Part, frozen=True):
    token: str = ""
    token_file: str = msgspec.field(default="", name="tokenFile")
    client_certificate: str = ""
    client_certificate_data: str = ""
    client_key: str = ""
    client_key_data: str = ""
    username: str = ""
    password: str = ""
    exec: dict[str, Any] | None = None
    auth_provider: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return "_User(...)"


class _Context(_Part, frozen=True):
    cluster: str = ""
    user: str = ""


class _NamedCluster(_Part, frozen=True):
    name: str
    cluster: _Cluster = _Cluster()


class _NamedUser(_Part, frozen=True):
    name: str
    user: _User = _User()


class _NamedContext(_Part, frozen=True):
    name: str
    context: _Context = _Context()


class _Kubeconfig(_Part, frozen=True):
    current_context: str = ""
    clusters: tuple[_NamedCluster, ...] = ()
    users: tuple[_NamedUser, ...] = ()
    contexts: tuple[_NamedContext, ...] = ()


class KubeconfigAccess:
    """Implements `ClusterAccess` for the one cluster of a context: every subject is that cluster."""

    def __init__(self, path: Path, context: str = "") -> None:
        """Read the file; ask no plugin yet.

        Args:
            path: of the kubeconfig; the files that it names are looked for beside it.
            context: its name; empty means the current one.

        Raises:
            ConfigurationError: the file cannot be read or does not lead to a cluster; the text says why.

        """
        self._folder = path.expanduser().parent
        self._path = path
        config = _read(path)
        self.context = context or config.current_context
        if not self.context:
            raise ConfigurationError(f"{path} has no current context; name one of: {_names(config.contexts)}")
        chosen = self._named(config.contexts, self.context, "context").context
        self.cluster = chosen.cluster
        self._cluster = self._named(config.clusters, chosen.cluster, "cluster").cluster
        self._user = self._named(config.users, chosen.user, "user").user if chosen.user else _User()
        self._check()

    def endpoint(self, subject: Subject, now: datetime) -> Endpoint | NotCollected:  # noqa: ARG002 - one cluster
        """Return the API server of the context, or why its credentials or certificates cannot be used."""
        try:
            user = self._credentials()
            tls = self._tls(user)
        except ConfigurationError as error:
            return _unusable(error).at(now)
        return Endpoint(
            url=self._cluster.server,
            tls=tls,
            authorization=partial(self._authorization, user),
            server_name=self._cluster.tls_server_name,
            proxy=self._cluster.proxy_url,
        )

    def _check(self) -> None:
        where = f"cluster {self.cluster} of {self._path}"
        if not self._cluster.server.startswith(_HTTPS):
            raise ConfigurationError(f"{where}: the server {self._cluster.server!r} is not asked by https")
        if self._cluster.insecure_skip_tls_verify:
            raise ConfigurationError(
                f"{where} sets insecure-skip-tls-verify: credentials go to a server that is verified only; "
                "give its certificate-authority"
            )
        if not (self._cluster.certificate_authority or self._cluster.certificate_authority_data):
            raise ConfigurationError(f"{where} has no certificate-authority")
        if self._user.auth_provider is not None:
            raise ConfigurationError(f"{self._path}: auth-provider is not supported; use an exec plugin")

    def _named(self, entries: tuple[Any, ...], name: str, what: str) -> Any:
        found = next((entry for entry in entries if entry.name == name), None)
        if found is None:
            raise ConfigurationError(f"{self._path} has no {what} {name!r}; it has: {_names(entries)}")
        return found

    def _credentials(self) -> _User:
        """Return the user, with what the exec plugin gives in its place when there is one."""
        user = self._user
        if user.exec is None or user.token or user.token_file:
            return user
        given = self._plugin(user.exec)
        return _User(
            token=given.get("token") or "",
            client_certificate_data=_encoded(given.get("clientCertificateData") or ""),
            client_key_data=_encoded(given.get("clientKeyData") or ""),
        )

    def _plugin(self, settings: dict[str, Any]) -> dict[str, str]:
        where = f"the exec plugin {str(settings.get('command', ''))!r} of {self._path}"
        cluster = msgspec.to_builtins(self._cluster)
        try:
            given = msgspec.convert(_run(settings, str(self._folder), cluster), dict[str, str | None])
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ConfigurationError(f"{where} failed: {error}") from error
        if not given.get("token") and not (given.get("clientCertificateData") and given.get("clientKeyData")):
            raise ConfigurationError(f"{where} gave no token and no client certificate with its key")
        return {name: value for name, value in given.items() if value is not None}

    def _tls(self, user: _User) -> ssl.SSLContext:
        cluster = self._cluster
        authority = self._content(cluster.certificate_authority, cluster.certificate_authority_data, "authority")
        try:
            tls = verifying(authority.decode("ascii"))
        except ValueError as error:
            raise ConfigurationError(f"the certificate-authority of {self.cluster} in {self._path}: {error}") from error
        certificate = self._content(user.client_certificate, user.client_certificate_data, "client certificate")
        key = self._content(user.client_key, user.client_key_data, "client key")
        if certificate:
            self._present(tls, certificate, key)
        return tls

    def _present(self, tls: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
        # The ssl module reads keys from files only.
        with tempfile.TemporaryDirectory(prefix="plumbline-") as folder:
            file = Path(folder) / "client.pem"
            file.touch(mode=0o600)
            file.write_bytes(certificate + b"\n" + key)
            try:
                # Without a password OpenSSL would ask for one.
                tls.load_cert_chain(file, password="")
            except (ssl.SSLError, ValueError) as error:
                told = f"the client certificate and key of {self.context} in {self._path} cannot be used: {error}"
                raise ConfigurationError(told) from error

    def _authorization(self, user: _User) -> str:
        """Return the header for the next request.

        Raises:
            Refusal: the token file cannot be read.

        """
        try:
            token = self._token_of(user)
        except ConfigurationError as error:
            raise _unusable(error) from error
        if token:
            return f"Bearer {token}"
        if user.username and user.password:
            return f"Basic {_encoded(f'{user.username}:{user.password}')}"
        return ""

    def _token_of(self, user: _User) -> str:
        """Return the token; one in a file is read anew each time, for something may renew it."""
        token = self._content(user.token_file, "", "token file").decode("latin-1") if user.token_file else user.token
        found = token.strip()
        if not (found.isascii() and found.isprintable()):
            raise ConfigurationError(f"the token of {self.context} in {self._path} is not one line of ASCII")
        return found

    def _content(self, file: str, data: str, what: str) -> bytes:
        """Return what a file or a base64 text holds; the text comes first, as for kubectl."""
        try:
            if data:
                return base64.b64decode(data, validate=True)
            return (self._folder / Path(file).expanduser()).read_bytes() if file else b""
        except (OSError, binascii.Error, ValueError) as error:
            raise ConfigurationError(f"the {what} of {self.context} in {self._path} cannot be read: {error}") from error


def _run(settings: dict[str, Any], folder: str, cluster: dict[str, Any]) -> object:
    """Return what an exec plugin answers. The client that runs it has no annotations.

    Raises:
        ValueError: the settings are wrong or the plugin fails; also OSError, TypeError and KeyError.

    """
    # They bring OAuth along, which only plugins need.
    from kubernetes.config.config_exception import ConfigException
    from kubernetes.config.exec_provider import ExecProvider
    from kubernetes.config.kube_config import ConfigNode

    try:
        nodes = ConfigNode("exec", settings), folder, ConfigNode("cluster", cluster)  # type: ignore[no-untyped-call]
        provider = ExecProvider(*nodes)  # type: ignore[no-untyped-call]
        return provider.run()  # type: ignore[no-untyped-call]
    except ConfigException as error:
        raise ValueError(error) from error


def _read(path: Path) -> _Kubeconfig:
    try:
        content = yaml.safe_load(path.expanduser().read_text(encoding="utf-8"))
        return msgspec.convert(_without_nulls(content), _Kubeconfig)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror or error}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # What is quoted from the file may be a credential; the place is enough.
        mark = getattr(error, "problem_mark", None)
        place = f" (line {mark.line + 1})" if mark is not None else ""
        told = str(error) if isinstance(error, msgspec.ValidationError) else type(error).__name__
        raise ConfigurationError(f"{path} is not a kubeconfig{place}: {told}") from None


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(member) for key, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_without_nulls(member) for member in value]
    return value


def _unusable(error: ConfigurationError) -> Refusal:
    return Refusal(Reason.ACCESS_DENIED, f"unauthorized: {error}", everything=True)


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _names(entries: tuple[Any, ...]) -> str:
    return ", ".join(sorted(entry.name for entry in entries)) or "none"
