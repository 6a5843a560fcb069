"""Configuration at run time: the document that AppConfig serves, polled no more often than it allows.

AppConfig checks a document with Plumbline's own validator before it deploys it, so a wrong one does not get here.
What cannot be read or decoded all the same never replaces settings that worked.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from plumbline.adapters.aws.failures import code_of
from plumbline.configuration.settings import Settings, decode
from plumbline.domain.errors import ConfigurationError, StoreError

if TYPE_CHECKING:
    from mypy_boto3_appconfigdata import AppConfigDataClient

# The shortest interval that keeps a thousand running functions below the service's rate.
POLL_SECONDS = 60
# What AppConfig says is missing when everything is set up and nothing was deployed yet.
_NOTHING_DEPLOYED = frozenset({"", "Deployment", "Configuration"})

Report = Callable[[str], None]


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Where AppConfig keeps the document: names or ids of application, environment and configuration profile."""

    application: str
    environment: str
    profile: str

    def __str__(self) -> str:
        """Return it as people write it."""
        return f"{self.application}/{self.environment}/{self.profile}"


class ConfigurationSource:
    """Serves the settings last deployed; keep one for the lifetime of a function's environment."""

    def __init__(
        self,
        client: AppConfigDataClient,
        profile: Profile,
        *,
        report: Report,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Ask nothing yet.

        Args:
            client: of the service `appconfigdata`.
            profile: where the document is kept.
            report: told why a new document could not be taken over while an older one stays in force.
            clock: seconds since some moment, for the poll interval.

        """
        self._client = client
        self._profile = profile
        self._report = report
        self._clock = clock
        self._token = ""
        self._next_poll = 0.0
        self._settings: Settings | None = None
        self._deployed = False

    def settings(self) -> Settings:
        """Return the settings in force; the defaults when no document was ever deployed.

        Raises:
            StoreError: AppConfig could not be read, and it never could before.
            ConfigurationError: the document cannot be decoded, and there is no earlier one.

        """
        if self._settings is not None and self._clock() < self._next_poll:
            return self._settings
        # Also after a failure: a broken service is not asked again with every event.
        self._next_poll = self._clock() + POLL_SECONDS
        try:
            content = self._latest()
            # AppConfig answers nothing when nothing changed since the last answer of this session.
            if content or self._settings is None:
                self._settings = decode(content)
        except (ConfigurationError, StoreError) as error:
            # A new session is given the whole document again.
            self._token = ""
            if self._settings is None:
                raise
            self._report(f"the last good configuration stays in force: {error}")
        return self._settings

    def _latest(self) -> bytes:
        resumed = bool(self._token)
        try:
            return self._read()
        except ClientError as error:
            self._token = ""
            if _never_deployed(error) and not self._deployed:
                return b""
            # A token is good for a day: a function that slept longer needs a new session.
            if not resumed or code_of(error) != "BadRequestException":
                raise StoreError(f"reading the configuration {self._profile}: {error}") from error
        except BotoCoreError as error:
            raise StoreError(f"reading the configuration {self._profile}: {error}") from error
        return self._latest()

    def _read(self) -> bytes:
        if not self._token:
            self._token = self._client.start_configuration_session(
                ApplicationIdentifier=self._profile.application,
                EnvironmentIdentifier=self._profile.environment,
                ConfigurationProfileIdentifier=self._profile.profile,
                RequiredMinimumPollIntervalInSeconds=POLL_SECONDS,
            )["InitialConfigurationToken"]
        answer = self._client.get_latest_configuration(ConfigurationToken=self._token)
        self._token = answer["NextPollConfigurationToken"]
        self._next_poll = self._clock() + answer["NextPollIntervalInSeconds"]
        self._deployed = True
        return answer["Configuration"].read()


def _never_deployed(error: ClientError) -> bool:
    missing = str(error.response.get("ResourceType", ""))
    return code_of(error) == "ResourceNotFoundException" and missing in _NOTHING_DEPLOYED
