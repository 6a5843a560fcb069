import base64

import pytest

from functions.check_configuration.app import handler
from plumbline.domain.errors import ConfigurationError
from tests.functions.payloads import Context, payload


def test_a_right_document_is_accepted(context: Context) -> None:
    handler(payload("check_configuration"), context)


def test_a_wrong_document_is_refused_with_place_and_reason(context: Context) -> None:
    with pytest.raises(ConfigurationError) as refused:
        handler(payload("check_configuration_wrong"), context)
    (problem,) = str(refused.value).splitlines()
    assert problem.startswith("configuration:3:3: scope.region: ")
    assert "did you mean regions?" in problem


def test_an_empty_document_means_the_defaults(context: Context) -> None:
    handler(payload("check_configuration") | {"content": ""}, context)


def test_every_problem_is_told_at_once(context: Context) -> None:
    content = base64.b64encode(b"scope:\n  accounts: all\nroutes: no\n").decode()
    with pytest.raises(ConfigurationError) as refused:
        handler(payload("check_configuration") | {"content": content}, context)
    assert len(str(refused.value).splitlines()) > 1


@pytest.mark.parametrize("content", ["%%%", base64.b64encode(b"\xff\xfe").decode()])
def test_what_is_no_text_is_refused(context: Context, content: str) -> None:
    with pytest.raises(ConfigurationError, match="not UTF-8 text"):
        handler(payload("check_configuration") | {"content": content}, context)
