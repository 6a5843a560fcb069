"""Endpoints: where the API server of a cluster is, whom it is trusted by, and as whom it is asked."""

import ssl
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import msgspec
from urllib3.util.ssl_ import create_urllib3_context

from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.subject import Subject


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An API server and how it is asked; never stored, never printed.

    Attributes:
        url: with the scheme https.
        tls: verifies the server against the cluster's certificate authority; holds the client certificate, if any.
        authorization: returns the header of that name for the next request; empty means that there is none.
        server_name: that the certificate must bear, when it is another than the host's.
        proxy: the URL of a proxy; empty means the one that the environment names, if any.
        private: it can be reached from inside the cluster's network only.

    """

    url: str
    tls: ssl.SSLContext
    authorization: Callable[[], str]
    server_name: str = ""
    proxy: str = ""
    private: bool = False

    def __repr__(self) -> str:
        return f"Endpoint({self.url})"


class ClusterAccess(Protocol):
    """Knows the way to the API servers of clusters."""

    def endpoint(self, subject: Subject, now: datetime) -> Endpoint | NotCollected:
        """Return the API server of a cluster, or why there is no way to it.

        Raises:
            CredentialsError: nothing can be read at all.

        """
        ...


def verifying(authority: str) -> ssl.SSLContext:
    """Return a context that trusts one certificate authority (PEM) and nobody else.

    Chain, dates and host name are verified. The authorities of EKS are older than the form that Python asks for by
    default since 3.13 (they have no key identifiers), so that form is not insisted on.

    Raises:
        ValueError: the text holds no certificate.

    """
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.check_hostname = True
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    try:
        context.load_verify_locations(cadata=authority)
    except ssl.SSLError as error:
        raise ValueError(f"not a certificate: {error}") from error
    return context
