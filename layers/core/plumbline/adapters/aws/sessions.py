"""Sessions: one client for each account, region and service, all over one pool of connections."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any
from urllib.request import getproxies

import botocore
import msgspec
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.config import Config
from botocore.credentials import CredentialProvider, CredentialResolver, Credentials, DeferredRefreshableCredentials
from botocore.exceptions import ConfigParseError, NoCredentialsError, ProfileNotFound
from botocore.httpsession import URLLib3Session
from botocore.session import Session

from plumbline import __version__
from plumbline.adapters.aws.access import Access, ReaderRole
from plumbline.adapters.aws.decoding import decode_directly
from plumbline.adapters.aws.pace import Pace
from plumbline.adapters.aws.refusals import REFUSALS, refused
from plumbline.domain.errors import CredentialsError
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.verdict import Reason

Transport = Callable[[AWSPreparedRequest], AWSResponse]

SESSION_NAME = "plumbline"
CONNECT_SECONDS = 5
READ_SECONDS = 30
_WHO_AM_I = "sts:GetCallerIdentity"


class OwnCredentials(msgspec.Struct, frozen=True):
    """Credentials on their way to a worker process; never printed."""

    access_key: str
    secret_key: str
    token: str | None = None

    def __repr__(self) -> str:
        return "OwnCredentials(...)"


class Sessions:
    """Clients by account, region and service, each built on first use.

    Every session shares one loader of service models and every client one pool of connections: a client of its own
    pool would load the bundle of certificates anew. Credentials are never shared between accounts.
    """

    def __init__(
        self,
        access: Access,
        transport: Transport | None = None,
        credentials: OwnCredentials | None = None,
        pace: Pace | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """Build nothing but the first session.

        Args:
            access: how AWS is reached.
            transport: takes the place of the network, for tests.
            credentials: Plumbline's own, when they are known already; None finds them by the usual chain.
            pace: of the calls in watched accounts, retries included, when access asks for one; None keeps the time.
            sleep: waits for so many seconds, where an answer takes time.

        Raises:
            CredentialsError: the profile does not exist, or the shared configuration cannot be read.

        """
        self.access = access
        self.sleep = sleep
        self._pace = (pace or Pace()) if access.paced else None
        self._config = Config(
            retries={"mode": "adaptive", "total_max_attempts": access.attempts},
            max_pool_connections=access.width,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            # botocore spells its own out anew, twice, for every call.
            user_agent=f"Botocore/{botocore.__version__} plumbline/{__version__}",
        )
        self._lock = threading.RLock()
        self._clients: dict[tuple[str, str, str], BaseClient] = {}
        self._members: dict[str, Session] = {}
        self._account = access.account
        self._recognised: set[str] = set()
        self._own = _own_session(access.profile)
        if credentials is not None:
            _give(self._own, Credentials(credentials.access_key, credentials.secret_key, credentials.token))
        self._transport = transport or self._shared_pool()

    def client(self, account: str, region: str, service: str) -> BaseClient:
        """Return the client of one account, region and service; any thread may ask."""
        key = (account, region, service)
        found = self._clients.get(key)
        if found is not None:
            return found
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._create(account, region, service)
            return self._clients[key]

    def patient_client(self, account: str, region: str, service: str, read_seconds: int) -> BaseClient:
        """Return the client of what may answer late: it asks once, over connections of its own."""
        key = (account, region, f"{service} {read_seconds}")
        with self._lock:
            if key not in self._clients:
                patient = self._config.merge(Config(read_timeout=read_seconds, retries={"total_max_attempts": 1}))
                self._clients[key] = self._session_of(account).create_client(
                    service, region_name=region, endpoint_url=self.access.endpoint_url or None, config=patient
                )
            return self._clients[key]

    def is_own(self, account: str) -> bool:
        """Whether the account is read with Plumbline's own credentials, without assuming a role."""
        return self.access.role is None or not account

    def own_credentials(self) -> OwnCredentials:
        """Return Plumbline's own credentials as they are now.

        Raises:
            CredentialsError: there are none.

        """
        try:
            found = self._own.get_credentials()
            if found is None:
                raise NoCredentialsError
            frozen = found.get_frozen_credentials()
        except REFUSALS as error:
            raise CredentialsError(str(error)) from error
        return OwnCredentials(str(frozen.access_key), str(frozen.secret_key), frozen.token)

    def credentials(self, account: str) -> Credentials:
        """Return the credentials that an account is read with, which refresh themselves.

        Raises:
            CredentialsError: there are none.

        """
        found = self._session_of(account).get_credentials()
        if found is None:
            raise CredentialsError(str(NoCredentialsError()))
        return found

    def own_account(self) -> str:
        """Return the account of the credentials in use, asking STS once.

        Raises:
            CredentialsError: there are none, or they are refused.

        """
        with self._lock:
            if not self._account:
                try:
                    self._account = self._sts("").get_caller_identity()["Account"]
                except REFUSALS as error:
                    missing = refused(error, _WHO_AM_I, datetime.now(UTC), own=True)
                    raise CredentialsError(missing.detail) from error
            return self._account

    def refusal(self, account: str, at: datetime) -> NotCollected | None:
        """Return why nothing can be read in an account, or None when its credentials are at hand.

        Raises:
            CredentialsError: the own credentials are missing, expired or wrong.

        """
        if self.access.role is None:
            if account == self.own_account():
                return None
            return NotCollected(Reason.ACCESS_DENIED, f"no role is configured to read account {account}", at)
        try:
            credentials = self._session_of(account).get_credentials()
            if credentials is not None:
                credentials.get_frozen_credentials()
        except REFUSALS as error:
            return refused(error, "sts:AssumeRole", at, own=True)
        return None

    def recognises(self, account: str) -> bool:
        """Whether STS in the home region knows the account's credentials: then a region that does not is not enabled.

        Raises:
            CredentialsError: the own credentials are missing, expired or wrong.

        """
        if account not in self._recognised:
            try:
                self._sts(account).get_caller_identity()
            except REFUSALS as error:
                refused(error, _WHO_AM_I, datetime.now(UTC), own=self.is_own(account))
                return False
            self._recognised.add(account)
        return True

    def _sts(self, account: str) -> Any:
        return self.client(account, self.access.region, "sts")

    def _session_of(self, account: str) -> Session:
        role = self.access.role
        if role is None or not account:
            return self._own
        with self._lock:
            if account not in self._members:
                given = DeferredRefreshableCredentials(lambda: self._assume(role, account), "assume-role")
                member = Session(profile=self.access.profile or None)
                member.register_component("data_loader", _service_models())
                _give(member, given)
                self._members[account] = member
            return self._members[account]

    def _create(self, account: str, region: str, service: str) -> BaseClient:
        client = self._session_of(account).create_client(
            service,
            region_name=region,
            endpoint_url=self.access.endpoint_url or None,
            config=self._config,
        )
        decode_directly(client, service)
        if self._pace is not None and account:
            # Plumbline's own tables, buckets and topics are its own: they are called without an account.
            client.meta.events.register("before-send", partial(_await_turn, self._pace, account, region, service))
        if self._transport is not None:
            send = partial(_send, self._transport)
            # The stubs know of no handler that answers, which is what this event is for.
            client.meta.events.register("before-send", send)  # type: ignore[arg-type]
        return client

    def _shared_pool(self) -> Transport | None:
        """Return the pool of connections, or None behind a proxy: botocore decides by host which one to take."""
        if getproxies():
            return None
        bundle = self._own.get_config_variable("ca_bundle")
        pool = URLLib3Session(
            verify=bundle or True,
            timeout=(CONNECT_SECONDS, READ_SECONDS),  # type: ignore[arg-type] # botocore itself passes the pair
            max_pool_connections=self.access.width,
        )
        return pool.send

    def _assume(self, role: ReaderRole, account: str) -> dict[str, str]:
        arguments: dict[str, Any] = {}
        if role.external_id:
            arguments["ExternalId"] = role.external_id
        if role.session_tags:
            arguments["Tags"] = [{"Key": key, "Value": value} for key, value in sorted(role.session_tags.items())]
        partition = self._own.get_partition_for_region(self.access.region)
        answer = self._sts("").assume_role(
            RoleArn=role.arn(partition, account), RoleSessionName=SESSION_NAME, **arguments
        )
        given = answer["Credentials"]
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"].isoformat(),
        }


def _own_session(profile: str) -> Session:
    session = Session(profile=profile or None)
    try:
        session.get_scoped_config()
    except (ProfileNotFound, ConfigParseError) as error:
        raise CredentialsError(str(error)) from error
    session.register_component("data_loader", _service_models())
    return session


@cache
def _service_models() -> Any:
    """Return the one loader of service models: each loader keeps what it read."""
    return Session().get_component("data_loader")


def _await_turn(pace: Pace, account: str, region: str, service: str, event_name: str, **_: object) -> None:
    pace.wait(account, region, service, event_name.rpartition(".")[2])


def _send(transport: Transport, request: AWSPreparedRequest, **_: object) -> AWSResponse:
    return transport(request)


def _give(session: Session, credentials: Credentials) -> None:
    session.register_component("credential_provider", CredentialResolver([_Given(credentials)]))


class _Given(CredentialProvider):
    """A provider of credentials that are known already."""

    METHOD = "plumbline"

    def __init__(self, credentials: Credentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> Credentials:
        return self._credentials
