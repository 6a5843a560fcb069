import io
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ConnectTimeoutError
from botocore.response import StreamingBody
from botocore.session import Session
from botocore.stub import Stubber

from plumbline.adapters.aws.configuration import POLL_SECONDS, ConfigurationSource, Profile
from plumbline.configuration import DEFAULTS, compiled, load
from plumbline.domain.errors import ConfigurationError, StoreError

PROFILE = Profile(application="plumbline", environment="live", profile="plumbline")
ONE, OTHER = "scope: {accounts: organization}", "scope: {regions: [us-east-1]}"


class Service:
    """AppConfig's data API with the answers that a test queues, and a clock that it moves."""

    def __init__(self) -> None:
        session = Session()
        session.set_credentials("AKIA111122223333TEST", "x")
        self.client: BaseClient = session.create_client("appconfigdata", region_name="eu-west-1")
        self.stub = Stubber(self.client)
        self.stub.activate()
        self.now = 0.0
        self.reports: list[str] = []

    def source(self) -> ConfigurationSource:
        return ConfigurationSource(
            self.client,  # type: ignore[arg-type]
            PROFILE,
            report=self.reports.append,
            clock=lambda: self.now,
        )

    def session(self, token: str) -> None:
        asked = {
            "ApplicationIdentifier": "plumbline",
            "EnvironmentIdentifier": "live",
            "ConfigurationProfileIdentifier": "plumbline",
            "RequiredMinimumPollIntervalInSeconds": POLL_SECONDS,
        }
        self.stub.add_response("start_configuration_session", {"InitialConfigurationToken": token}, asked)

    def answer(self, token: str, following: str, content: bytes, *, poll: int = POLL_SECONDS) -> None:
        body = StreamingBody(io.BytesIO(content), len(content))
        answer = {
            "NextPollConfigurationToken": following,
            "NextPollIntervalInSeconds": poll,
            "Configuration": body,
        }
        self.stub.add_response("get_latest_configuration", answer, {"ConfigurationToken": token})

    def refuse(self, method: str, code: str, **more: Any) -> None:
        self.stub.add_client_error(method, code, "no", modeled_fields=more)


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.stub.assert_no_pending_responses()


def test_the_deployed_document_is_read_once_until_the_interval_is_over(service: Service) -> None:
    service.session("t1")
    service.answer("t1", "t2", compiled(ONE), poll=90)
    source = service.source()
    assert source.settings() == load(ONE)
    service.now = 89
    assert source.settings() == load(ONE)


def test_a_new_document_replaces_the_old_one_and_no_news_keeps_it(service: Service) -> None:
    service.session("t1")
    service.answer("t1", "t2", compiled(ONE))
    service.answer("t2", "t3", b"")
    service.answer("t3", "t4", compiled(OTHER))
    source = service.source()
    seen = []
    for minute in range(3):
        service.now = minute * POLL_SECONDS
        seen.append(source.settings())
    assert seen == [load(ONE), load(ONE), load(OTHER)]
    assert service.reports == []


def test_a_document_that_cannot_be_decoded_leaves_the_last_good_one(service: Service) -> None:
    service.session("t1")
    service.answer("t1", "t2", compiled(ONE))
    service.answer("t2", "t3", b"scope: yaml")
    # The whole document is asked for again: no news must not be taken for good news.
    service.session("t4")
    service.answer("t4", "t5", compiled(OTHER))
    source = service.source()
    source.settings()
    service.now = POLL_SECONDS
    assert source.settings() == load(ONE)
    assert [report.split(":")[0] for report in service.reports] == ["the last good configuration stays in force"]
    service.now += POLL_SECONDS
    assert source.settings() == load(OTHER)


def test_a_service_that_fails_leaves_the_last_good_document_and_is_left_alone_for_a_while(service: Service) -> None:
    service.session("t1")
    service.answer("t1", "t2", compiled(ONE))
    service.refuse("get_latest_configuration", "ThrottlingException")
    source = service.source()
    source.settings()
    service.now = POLL_SECONDS
    assert [source.settings(), source.settings()] == [load(ONE), load(ONE)]
    assert len(service.reports) == 1


def test_an_expired_token_starts_a_new_session(service: Service) -> None:
    service.session("t1")
    service.answer("t1", "t2", compiled(ONE))
    service.refuse("get_latest_configuration", "BadRequestException")
    service.session("t3")
    service.answer("t3", "t4", compiled(OTHER))
    source = service.source()
    source.settings()
    service.now = 2 * 86400
    assert source.settings() == load(OTHER)
    assert service.reports == []


def test_a_new_session_that_is_refused_as_well_is_an_error(service: Service) -> None:
    service.session("t1")
    service.refuse("get_latest_configuration", "BadRequestException")
    with pytest.raises(StoreError, match=r"^reading the configuration plumbline/live/plumbline: "):
        service.source().settings()


@pytest.mark.parametrize("missing", [{}, {"ResourceType": "Deployment"}, {"ResourceType": "Configuration"}])
def test_without_any_deployment_the_defaults_hold_until_there_is_one(service: Service, missing: dict[str, str]) -> None:
    service.refuse("start_configuration_session", "ResourceNotFoundException", **missing)
    service.refuse("start_configuration_session", "ResourceNotFoundException", **missing)
    service.session("t1")
    service.answer("t1", "t2", compiled(ONE))
    source = service.source()
    seen = []
    for minute in range(3):
        service.now = minute * POLL_SECONDS
        seen.append(source.settings())
    assert seen == [DEFAULTS, DEFAULTS, load(ONE)]
    assert service.reports == []


def test_an_empty_document_gives_the_defaults(service: Service) -> None:
    service.session("t1")
    service.answer("t1", "t2", b"")
    assert service.source().settings() == DEFAULTS


@pytest.mark.parametrize("missing", ["Application", "Environment", "ConfigurationProfile"])
def test_a_wrong_name_is_no_missing_deployment(service: Service, missing: str) -> None:
    service.refuse("start_configuration_session", "ResourceNotFoundException", ResourceType=missing)
    with pytest.raises(StoreError, match="plumbline/live/plumbline"):
        service.source().settings()


def test_a_document_in_force_that_disappears_is_kept(service: Service) -> None:
    service.session("t1")
    service.answer("t1", "t2", compiled(ONE))
    service.refuse("get_latest_configuration", "ResourceNotFoundException", ResourceType="Deployment")
    source = service.source()
    source.settings()
    service.now = POLL_SECONDS
    assert source.settings() == load(ONE)
    assert len(service.reports) == 1


def test_without_an_earlier_document_a_failure_is_an_error_and_the_next_call_tries_again(service: Service) -> None:
    service.refuse("start_configuration_session", "InternalServerException")
    service.session("t1")
    service.answer("t1", "t2", b"no json")
    service.session("t3")
    service.answer("t3", "t4", compiled(ONE))
    source = service.source()
    with pytest.raises(StoreError):
        source.settings()
    with pytest.raises(ConfigurationError):
        source.settings()
    assert source.settings() == load(ONE)


def test_a_network_that_fails_is_an_error_of_the_store(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**_: object) -> None:
        raise ConnectTimeoutError(endpoint_url="https://appconfigdata.eu-west-1")

    monkeypatch.setattr(service.client, "start_configuration_session", unreachable)
    with pytest.raises(StoreError, match="Connect timeout"):
        service.source().settings()
