"""Settings: the configuration document as frozen values, for use at run time.

The shape is the document's, so the deployed JSON is decoded directly. Every field has a default that works.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, Literal

import msgspec

from plumbline.configuration.routes import Rule
from plumbline.domain.control import Control
from plumbline.domain.environment import PRODUCTION
from plumbline.domain.errors import ConfigurationError
from plumbline.domain.parameters import Environments, ParameterSet
from plumbline.domain.subject import Subject

ORGANIZATION = "organization"
# Where a drift hurts first: these areas are assessed with every tick unless the document says otherwise.
HEADLINE_AREAS = frozenset({"version", "addon", "logging", "encryption", "nodegroup", "cluster"})
# Cadences divide the day, and evidence is never older than it may be when it is read again (domain.scopes).
Hours = Literal[1, 2, 3, 4, 6]


class ClusterPatterns(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Which clusters are watched: patterns with `*` on the name or the ARN; an exclusion wins."""

    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()

    def admit(self, subject: Subject) -> bool:
        """Whether the cluster is watched."""
        return _matches(subject, self.include) and not _matches(subject, self.exclude)


class FleetScope(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """What is watched.

    Attributes:
        accounts: account ids, or `organization` for all of its active accounts; empty means the account that
            Plumbline runs in.
        excluded_accounts: never watched, whatever `accounts` says.
        regions: region names; empty means the region that Plumbline runs in.

    """

    accounts: Literal["organization"] | tuple[str, ...] = ()
    excluded_accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    clusters: ClusterPatterns = ClusterPatterns()

    @property
    def whole_organization(self) -> bool:
        """Whether every active account of the organization is watched."""
        return self.accounts == ORGANIZATION

    @property
    def listed_accounts(self) -> tuple[str, ...] | None:
        """The accounts that are listed, without the excluded ones; None for the whole organization."""
        if isinstance(self.accounts, str):
            return None
        return tuple(account for account in self.accounts if account not in self.excluded_accounts)

    def seen_from(self, account: str, region: str) -> "FleetScope":
        """Return the scope with what it leaves open filled in: the account and the region Plumbline runs in."""
        return msgspec.structs.replace(self, accounts=self.accounts or (account,), regions=self.regions or (region,))

    def admits(self, subject: Subject) -> bool:
        """Whether the cluster (or the region of an account, or the account) is watched; fill in the scope first."""
        listed = self.whole_organization or subject.account in self.accounts
        return (
            listed
            and subject.account not in self.excluded_accounts
            and (not subject.region or subject.region in self.regions)
            and (not subject.cluster or self.clusters.admit(subject))
        )


class EnvironmentNames(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """How to tell a cluster's environment, and which environments are production."""

    tag: str = "environment"
    production: tuple[str, ...] = PRODUCTION
    by_account: dict[str, str] = {}


class Schedules(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """How often areas are assessed by the sweep, in hours. The tick itself comes every hour."""

    headline_hours: Hours = 1
    other_hours: Hours = 6
    area_hours: dict[str, Hours] = {}

    def hours(self, area: str) -> int:
        """Return the cadence of an area."""
        return self.area_hours.get(area) or (self.headline_hours if area in HEADLINE_AREAS else self.other_hours)

    def is_due(self, area: str, tick: datetime) -> bool:
        """Whether the tick of this hour assesses the area: cadences count from midnight UTC."""
        return tick.astimezone(UTC).hour % self.hours(area) == 0

    def due_sections(self, controls: Iterable[Control], tick: datetime) -> frozenset[str]:
        """Return the sections of evidence that the controls due at this tick read."""
        return frozenset[str]().union(*(control.sections for control in controls if self.is_due(control.area, tick)))


class AlertSettings(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """What alerts say besides the facts. `base_url` is where Plumbline's pages are served; empty: no links."""

    base_url: str = ""


class Settings(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Everything the configuration document says."""

    scope: FleetScope = FleetScope()
    environments: EnvironmentNames = EnvironmentNames()
    parameters: ParameterSet = ParameterSet()
    schedules: Schedules = Schedules()
    routes: tuple[Rule, ...] = ()
    alerts: AlertSettings = AlertSettings()

    def parameter_set(self, controls: Iterable[Control]) -> ParameterSet:
        """Return the parameters to evaluate these controls with.

        Environment names that mean production reach every control that guards production by default, and the accounts
        of the scope every control that asks which are the fleet's, unless the document tells that control otherwise.
        The accounts of a whole organization are not in the document.
        """
        names = self.environments
        fleet = dict(self.parameters.fleet)
        for control in controls:
            told = self._told_by_settings(control)
            if told:
                fleet[control.id] = told | fleet.get(control.id, {})
        environment = Environments(tag=names.tag, by_account=names.by_account)
        environments = {name.lower(): overrides for name, overrides in self.parameters.environments.items()}
        return msgspec.structs.replace(self.parameters, fleet=fleet, environments=environments, environment=environment)

    def _told_by_settings(self, control: Control) -> dict[str, Any]:
        """Return the parameters of a control that other parts of the document settle."""
        told: dict[str, Any] = {}
        defaults = msgspec.structs.asdict(control.parameters())
        production, accounts = self.environments.production, self.scope.listed_accounts
        if production != PRODUCTION and defaults.get("environments") == PRODUCTION:
            told["environments"] = list(production)
        if accounts and "fleet_accounts" in defaults:
            told["fleet-accounts"] = list(accounts)
        return told


DEFAULTS = Settings()


def decode(content: bytes) -> Settings:
    """Return the settings in a deployed document; an empty one gives the defaults.

    Raises:
        ConfigurationError: it is not the JSON of a document that `check` accepts.

    """
    if not content.strip():
        return DEFAULTS
    try:
        return msgspec.json.decode(content, type=Settings)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the deployed configuration cannot be read: {error}") from error


def _matches(subject: Subject, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(subject.cluster, pattern) or fnmatchcase(subject.key, pattern) for pattern in patterns)
