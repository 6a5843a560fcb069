"""Contract: the routes of an HTTP API made by SAM, with IAM authorization."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.launcher import EmbeddedAws


def _url(embedded: EmbeddedAws, path: str) -> str:
    assert embedded.outputs is not None
    return f"{embedded.outputs.api_url}{path}"


def _get(url: str, headers: dict[str, str]) -> tuple[int, bytes]:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 (loopback)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_a_signed_request_reaches_the_function(embedded: EmbeddedAws) -> None:
    url = _url(embedded, "/echo/anna")
    request = AWSRequest(method="GET", url=url)
    SigV4Auth(Credentials("111122223333", "local"), "execute-api", "eu-west-1").add_auth(request)

    status, body = _get(url, dict(request.headers))

    event = json.loads(body)["event"]
    assert (status, event["version"], event["routeKey"]) == (200, "2.0", "GET /echo/{name}")
    assert event["pathParameters"] == {"name": "anna"}


@pytest.mark.parametrize("key", [None, "222233334444"])
def test_nobody_else_does(embedded: EmbeddedAws, key: str | None) -> None:
    url = _url(embedded, "/echo/anna")
    request = AWSRequest(method="GET", url=url)
    if key:
        assert embedded.outputs is not None
        who = next(one for one in embedded.outputs.engineers if one.account == key)
        keys = Credentials(who.access_key_id, who.secret_access_key)
        SigV4Auth(keys, "execute-api", "eu-west-1").add_auth(request)
    status, _ = _get(url, dict(request.headers))
    assert status in (403, 404)
