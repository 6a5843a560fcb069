"""Deploys the hub stack, then the member stack to every account and region of the fleet."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from local.deployer import Deployer
from local.fleet.manifest import Organization
from local.outputs import MemberOutputs
from local.paths import REPOSITORY
from local.progress import Progress, Step

HUB_STACK = "plumbline"
MEMBER_STACK = "plumbline-member"


@dataclass(frozen=True)
class Templates:
    """The templates to deploy and the file with their parameters for this environment."""

    hub: Path = REPOSITORY / "template.yaml"
    member: Path | None = REPOSITORY / "org" / "member.yaml"
    samconfig: Path = REPOSITORY / "samconfig.toml"


def deploy_hub(endpoint: str, organization: Organization, templates: Templates, progress: Progress) -> dict[str, str]:
    """Deploys the hub stack; its outputs."""
    progress(Step("deploy", 0, _total(organization, templates), HUB_STACK))
    known = {**_facts(organization), **overrides(templates.samconfig)}
    deployer = Deployer(endpoint, organization.hub, organization.hub_region)
    return deployer.deploy(HUB_STACK, templates.hub, _fitting(templates.hub, known))


def deploy_members(
    endpoint: str,
    organization: Organization,
    templates: Templates,
    hub_outputs: dict[str, str],
    progress: Progress,
) -> list[MemberOutputs]:
    """Deploys the member stack everywhere, each parameter taken from what is known under its name."""
    if templates.member is None:
        return []
    known = {**hub_outputs, **_facts(organization), **overrides(templates.samconfig)}
    parameters = _fitting(templates.member, known)
    deployed = []
    for number, (account, region) in enumerate(_places(organization), start=1):
        progress(Step("deploy", number, _total(organization, templates), f"{MEMBER_STACK} {account} {region}"))
        outputs = Deployer(endpoint, account, region).deploy(MEMBER_STACK, templates.member, parameters)
        deployed.append(MemberOutputs(account=account, region=region, outputs=outputs))
    progress(Step("deploy", _total(organization, templates), _total(organization, templates)))
    return deployed


def overrides(samconfig: Path) -> dict[str, str]:
    """`parameter_overrides` of the environment `local`, which SAM allows as a list or as one string."""
    if not samconfig.exists():
        return {}
    local: dict[str, Any] = tomllib.loads(samconfig.read_text()).get("local", {})
    given = local.get("deploy", {}).get("parameters", {}).get("parameter_overrides", [])
    pairs = given.split() if isinstance(given, str) else given
    return {key: value.strip("\"'") for key, _, value in (pair.partition("=") for pair in pairs)}


def _facts(organization: Organization) -> dict[str, str]:
    return {
        "HubAccountId": organization.hub,
        "HubRegion": organization.hub_region,
        "OrganizationId": organization.id,
        "RoleRegion": organization.hub_region,
    }


def _fitting(template: Path, known: dict[str, str]) -> dict[str, str]:
    parameters = yaml_parse(template.read_text()).get("Parameters") or {}
    return {key: value for key, value in known.items() if key in parameters}


def _places(organization: Organization) -> list[tuple[str, str]]:
    """The hub's own region of each account first: that is where a member stack makes its role."""
    places = [(account.id, region) for account in organization.accounts for region in account.regions]
    return sorted(places, key=lambda place: place[1] != organization.hub_region)


def _total(organization: Organization, templates: Templates) -> int:
    return 1 + (len(_places(organization)) if templates.member else 0)
