"""The configuration document as pydantic checks it: shape and words. `settings` holds the same shape for run time.

What the catalogue knows (controls, their parameters, areas) is checked in `references`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)

from plumbline.configuration.settings import Hours
from plumbline.domain.environment import PRODUCTION
from plumbline.domain.records import TransitionKind
from plumbline.domain.verdict import Severity, Status


def _kebab(name: str) -> str:
    return name.replace("_", "-")


def _digits(value: Any) -> Any:
    """Take an account id that YAML reads as a number: it has lost nothing, for a leading zero makes it a text."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _none_is_empty(value: Any) -> Any:
    """Take `routes:` with nothing after it for an empty list."""
    return [] if value is None else value


def _form(value: Any) -> str:
    return "word" if isinstance(value, str) else "list"


Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
AccountId = Annotated[str, BeforeValidator(_digits), StringConstraints(pattern=r"^\d{12}$")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,}(-[a-z]+)+-\d+$")]
Accounts = Annotated[
    Annotated[Literal["organization"], Tag("word")] | Annotated[list[AccountId], Tag("list")],
    Discriminator(_form),
    BeforeValidator(_none_is_empty),
]
Texts = Annotated[list[Text], BeforeValidator(_none_is_empty)]
Regions = Annotated[list[Region], BeforeValidator(_none_is_empty)]
AccountIds = Annotated[list[AccountId], BeforeValidator(_none_is_empty)]
Word = Field(strict=False)
# control id -> parameter -> value
Overrides = dict[str, dict[str, Any]]


class Section(BaseModel):
    """A part of the document: known keys only, every one optional, in kebab-case."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=_kebab)

    @model_validator(mode="before")
    @classmethod
    def _empty(cls, value: Any) -> Any:
        return {} if value is None else value


class ClustersSection(Section):
    """`scope.clusters`."""

    include: Texts = ["*"]
    exclude: Texts = []


class ScopeSection(Section):
    """`scope`."""

    accounts: Accounts = []
    excluded_accounts: AccountIds = []
    regions: Regions = []
    clusters: ClustersSection = ClustersSection()


class EnvironmentsSection(Section):
    """`environments`."""

    tag: Text = "environment"
    production: Texts = list(PRODUCTION)
    by_account: dict[AccountId, Text] = {}


class ResourceSection(Section):
    """One of `parameters.resources`."""

    cluster: Text = "*"
    kind: Text = "*"
    name: Text = "*"
    parameters: Overrides


class ParametersSection(Section):
    """`parameters`."""

    fleet: Overrides = {}
    environments: dict[str, Overrides] = {}
    clusters: dict[str, Overrides] = {}
    namespaces: dict[str, Overrides] = {}
    resources: Annotated[list[ResourceSection], BeforeValidator(_none_is_empty)] = []


class SchedulesSection(Section):
    """`schedules`."""

    headline_hours: Hours = 1
    other_hours: Hours = 6
    area_hours: dict[str, Hours] = {}


class RouteSection(Section):
    """One of `routes`."""

    to: Literal["critical", "standard", "digest", "none"]
    severities: list[Annotated[Severity, Word]] = []
    statuses: list[Annotated[Status, Word]] = []
    areas: list[Text] = []
    environments: list[Text] = []
    transitions: list[Annotated[TransitionKind, Word]] = []


class AlertsSection(Section):
    """`alerts`."""

    base_url: Annotated[str, StringConstraints(pattern=r"^(https?://\S+)?$")] = ""


class DocumentSection(Section):
    """The whole document."""

    scope: ScopeSection = ScopeSection()
    environments: EnvironmentsSection = EnvironmentsSection()
    parameters: ParametersSection = ParametersSection()
    schedules: SchedulesSection = SchedulesSection()
    routes: Annotated[list[RouteSection], BeforeValidator(_none_is_empty)] = []
    alerts: AlertsSection = AlertsSection()
