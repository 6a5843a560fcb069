"""The way to the API server of an EKS cluster: its description, and a token as EKS takes it."""

import base64
import binascii
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

import msgspec

from plumbline.adapters.aws import plan
from plumbline.adapters.aws.calls import Api
from plumbline.adapters.aws.refusals import REFUSALS, refused
from plumbline.adapters.aws.sessions import Sessions
from plumbline.adapters.kubernetes.endpoints import Endpoint, verifying
from plumbline.adapters.kubernetes.refusals import Refusal
from plumbline.adapters.kubernetes.tokens import CachedToken, signed_token
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason

_CREDENTIALS = "credentials for the token"


class _Authority(msgspec.Struct, frozen=True):
    """The certificate authority of a cluster: PEM in base64."""

    data: str = ""


class _Network(msgspec.Struct, frozen=True, rename="camel"):
    """Whether the endpoint is on the internet."""

    endpoint_public_access: bool = True


class _Described(msgspec.Struct, frozen=True, rename="camel"):
    """What the description of a cluster says of its API server; both are absent while it is created."""

    endpoint: str | None = None
    certificate_authority: _Authority | None = None
    resources_vpc_config: _Network = _Network()


class EksClusterAccess:
    """Implements `ClusterAccess` with the credentials that the sessions have for the cluster's account.

    A cluster is described by one call; its certificate authority is used and forgotten.
    """

    def __init__(self, sessions: Sessions, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._sessions = sessions
        self._elapsed = elapsed

    def endpoint(self, subject: Subject, now: datetime) -> Endpoint | NotCollected:
        """Return the API server of a cluster, or why there is no way to it.

        Raises:
            CredentialsError: the own credentials are missing, expired or wrong.

        """
        api = Api(self._sessions, subject.account, subject.region, now)
        described = api.one(plan.CLUSTER, _Described, name=subject.cluster)
        if isinstance(described, NotCollected):
            return described
        url, authority = described.value.endpoint, described.value.certificate_authority
        if not url or authority is None or not authority.data:
            return NotCollected(Reason.NOT_COLLECTED, f"{subject.cluster} has no API server yet", now)
        try:
            tls = verifying(base64.b64decode(authority.data, validate=True).decode("ascii"))
        except (binascii.Error, ValueError) as error:
            return NotCollected(
                Reason.PARSE_ERROR, f"tls: the certificate authority of {subject.cluster}: {error}", now
            )
        token = CachedToken(partial(self._token, subject, now), self._elapsed)
        private = not described.value.resources_vpc_config.endpoint_public_access
        return Endpoint(url=url, tls=tls, authorization=token.authorization, private=private)

    def _token(self, subject: Subject, now: datetime) -> str:
        """Return a fresh token.

        Raises:
            CredentialsError: the own credentials are missing, expired or wrong.
            Refusal: the account's role is not there to be assumed any more.

        """
        sts = str(self._sessions.client(subject.account, subject.region, "sts").meta.endpoint_url)
        try:
            credentials = self._sessions.credentials(subject.account)
            return signed_token(credentials, sts, subject.region, subject.cluster)
        except REFUSALS as error:
            missing = refused(error, _CREDENTIALS, now, own=self._sessions.is_own(subject.account))
            raise Refusal(missing.reason, missing.detail, everything=True) from error
