"""Deploying a configuration document with AWS AppConfig."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import typer
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from plumbline.adapters.aws.refusals import refused
from plumbline.configuration import Problem, check, compiled
from plumbline.domain.errors import CredentialsError, PlumblineError
from plumbline_cli.scanning.identity import Identity, IdentityError
from plumbline_cli.terminal import plain, say

if TYPE_CHECKING:
    from mypy_boto3_appconfig import AppConfigClient

WRONG = 2


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """Where AppConfig keeps the document, by names or ids, and how it rolls it out.

    Without a strategy it is the one that the hub stack holds, named after the application.
    """

    application: str
    environment: str
    profile: str
    strategy: str


class DeployError(PlumblineError):
    """AppConfig did not take the document; the text says what it answered."""


def text_of(file: Path) -> str:
    """Return the text of a document; `-` is standard input. A file that cannot be read ends the command."""
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        say(f"Error: {file} cannot be read: {error}")
        raise typer.Exit(WRONG) from error


def checked(file: Path) -> str:
    """Return the text of a document that may be deployed; list its problems and end the command otherwise."""
    text = text_of(file)
    problems = check(text, str(file))
    if problems:
        report(problems)
        raise typer.Exit(WRONG)
    return text


def report(problems: list[Problem]) -> None:
    """List problems on standard error, one a line, as compilers do."""
    for problem in problems:
        say(plain(str(problem)))
    say(f"{len(problems)} problem{'' if len(problems) == 1 else 's'}")


def deployed(file: Path, names: Destination, *, profile: str, region: str, endpoint_url: str) -> int:
    """Deploy a document and return its version number; a refusal ends the command with its reason."""
    content = compiled(checked(file), str(file))
    try:
        identity = Identity(profile)
        region = identity.regions((region,) if region else ())[0]
        try:
            return _deploy(_client(profile, region, endpoint_url), names, content)
        except CredentialsError as error:
            reason = identity.renewal(str(error))
    except (IdentityError, DeployError) as error:
        reason = str(error)
    say("Error: " + "\n".join(plain(line) for line in reason.splitlines()))
    raise typer.Exit(WRONG)


def _client(profile: str, region: str, endpoint_url: str) -> AppConfigClient:
    session = Session(profile=profile or None)
    client: AppConfigClient = session.create_client("appconfig", region_name=region, endpoint_url=endpoint_url or None)  # type: ignore[assignment]
    return client


def _deploy(client: AppConfigClient, names: Destination, content: bytes) -> int:
    try:
        application = _found(client.list_applications, names.application, "application")
        within = {"ApplicationId": application["Id"]}
        environment = _found(client.list_environments, names.environment, "environment", **within)
        profile = _found(client.list_configuration_profiles, names.profile, "profile", **within)
        own_strategy = f"{application['Name']}-at-once"
        strategy = _found(client.list_deployment_strategies, names.strategy or own_strategy, "deployment strategy")
        version = client.create_hosted_configuration_version(
            ApplicationId=application["Id"],
            ConfigurationProfileId=profile["Id"],
            Content=content,
            ContentType="application/json",
        )["VersionNumber"]
        client.start_deployment(
            ApplicationId=application["Id"],
            EnvironmentId=environment["Id"],
            ConfigurationProfileId=profile["Id"],
            ConfigurationVersion=str(version),
            DeploymentStrategyId=strategy["Id"],
        )
    except (ClientError, BotoCoreError) as error:
        # Credentials that do not work raise an error of their own here.
        missing = refused(error, "appconfig", datetime.now(UTC), own=True)
        raise DeployError(missing.detail) from error
    return version


def _found(list_page: Any, name: str, what: str, **arguments: str) -> dict[str, str]:
    """Return the one item with this name or id."""
    listed = list(_items(list_page, arguments))
    for item in listed:
        if name in (item["Name"], item["Id"]):
            return item
    known = ", ".join(sorted(item["Name"] for item in listed)) or "none"
    raise DeployError(f"AppConfig has no {what} named {name!r} here; there is: {known}")


def _items(list_page: Any, arguments: dict[str, str]) -> Iterator[dict[str, Any]]:
    page = list_page(**arguments)
    yield from page["Items"]
    while page.get("NextToken"):
        page = list_page(**arguments, NextToken=page["NextToken"])
        yield from page["Items"]
