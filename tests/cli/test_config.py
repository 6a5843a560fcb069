from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session
from botocore.stub import ANY, Stubber
from typer.testing import CliRunner, Result

from plumbline.configuration import compiled
from plumbline_cli import deploying
from plumbline_cli.main import app

DOCUMENT = "scope: {accounts: organization}\n"


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "plumbline.yaml"
    path.write_text(DOCUMENT)
    return path


def test_a_right_document_is_fine(document: Path) -> None:
    result = CliRunner().invoke(app, ["config", "check", str(document)])
    assert (result.exit_code, result.stdout) == (0, f"{document}: fine\n")


def test_a_wrong_document_is_refused_with_every_problem_on_standard_error(document: Path) -> None:
    document.write_text("scpoe: {}\nroutes: [{to: pager}]\n")
    result = CliRunner().invoke(app, ["config", "check", str(document)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        f"{document}:1:1: scpoe: there is no such key (did you mean scope?)",
        f"{document}:2:15: routes[0].to: must be 'critical', 'standard', 'digest' or 'none', not \"pager\"",
        "2 problems",
    ]


def test_standard_input_is_checked() -> None:
    result = CliRunner().invoke(app, ["config", "check", "-"], input="scpoe: {}\n")
    assert result.exit_code == 2
    assert result.stderr.startswith("-:1:1: scpoe: there is no such key")


def test_a_document_that_cannot_be_read_ends_in_2(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["config", "check", str(tmp_path / "none.yaml")])
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: ")


class Hub:
    """AppConfig with the answers that a test queues."""

    def __init__(self) -> None:
        session = Session()
        session.set_credentials("AKIA111122223333TEST", "x")
        self.client: Any = session.create_client("appconfig", region_name="eu-west-1")
        self.stub = Stubber(self.client)
        self.stub.activate()

    def lists(self, method: str, items: dict[str, str], **asked: str) -> None:
        answer = {"Items": [{"Id": identifier, "Name": name} for identifier, name in items.items()]}
        self.stub.add_response(method, answer, asked)

    def has_everything(self) -> None:
        self.lists("list_applications", {"a1aaaaa": "other", "a2aaaaa": "plumbline"})
        self.lists("list_environments", {"e1eeeee": "live"}, ApplicationId="a2aaaaa")
        self.lists("list_configuration_profiles", {"p1ppppp": "plumbline"}, ApplicationId="a2aaaaa")
        self.lists("list_deployment_strategies", {"s1sssss": "plumbline-at-once", "s2sssss": "slow"})


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    hub = Hub()
    monkeypatch.setattr(deploying, "_client", lambda *_: hub.client)
    yield hub
    hub.stub.assert_no_pending_responses()


def deploy(document: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["config", "deploy", str(document), "--region", "eu-west-1", *arguments])


@pytest.mark.parametrize("application", ["plumbline", "a2aaaaa"])
def test_a_document_is_deployed_as_a_new_version(hub: Hub, document: Path, application: str) -> None:
    hub.has_everything()
    hub.stub.add_response(
        "create_hosted_configuration_version",
        {"VersionNumber": 7},
        {
            "ApplicationId": "a2aaaaa",
            "ConfigurationProfileId": "p1ppppp",
            "Content": compiled(DOCUMENT),
            "ContentType": "application/json",
        },
    )
    hub.stub.add_response(
        "start_deployment",
        {"DeploymentNumber": 3},
        {
            "ApplicationId": "a2aaaaa",
            "EnvironmentId": "e1eeeee",
            "ConfigurationProfileId": "p1ppppp",
            "ConfigurationVersion": "7",
            "DeploymentStrategyId": "s1sssss",
        },
    )
    result = deploy(document, "--application", application)
    assert result.exit_code == 0
    assert result.stdout == f"{document}: version 7 is being deployed to {application}/live\n"


@pytest.mark.usefixtures("hub")
def test_a_wrong_document_is_not_even_sent(document: Path) -> None:
    document.write_text("scpoe: {}\n")
    result = deploy(document)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "scpoe: there is no such key" in result.stderr


def test_a_refusal_of_the_validator_is_shown(hub: Hub, document: Path) -> None:
    hub.has_everything()
    created = {"ApplicationId": ANY, "ConfigurationProfileId": ANY, "Content": ANY, "ContentType": ANY}
    hub.stub.add_response("create_hosted_configuration_version", {"VersionNumber": 7}, created)
    hub.stub.add_client_error("start_deployment", "BadRequestException", "the validator refused the document")
    result = deploy(document)
    assert result.exit_code == 2
    assert result.stderr == "Error: appconfig BadRequestException: the validator refused the document\n"


def test_a_name_that_appconfig_does_not_have_is_told_with_those_it_has(hub: Hub, document: Path) -> None:
    hub.lists("list_applications", {"a1aaaaa": "other", "a2aaaaa": "plumbline"})
    result = deploy(document, "--application", "plumblin")
    assert result.exit_code == 2
    assert result.stderr == ("Error: AppConfig has no application named 'plumblin' here; there is: other, plumbline\n")


def test_expired_credentials_say_how_to_renew_them(hub: Hub, document: Path) -> None:
    hub.stub.add_client_error("list_applications", "ExpiredTokenException", "the token has expired")
    result = deploy(document)
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: The credentials in the environment have expired: appconfig ExpiredToken")
