import json
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import pytest

from functions.query_findings.app import handler
from plumbline import runtime
from plumbline.domain.errors import StoreError
from plumbline.domain.verdict import Status
from tests.contracts.assessing import SUBJECT, assess, group, statuses
from tests.functions.conftest import House
from tests.functions.payloads import Context, payload
from tests.unit.domain.examples import LOGGING, NOON

FINDING = f"{SUBJECT.key}|{LOGGING.id}|nodegroup|{group(0).name}"


@pytest.fixture(autouse=True)
def three_findings(house: House) -> None:
    """Record a cluster with three violations, one of them new."""
    assess(house.store, statuses(3, Status.PASS) | statuses(2, Status.FAIL), NOON, "first")
    assess(house.store, statuses(3, Status.FAIL), NOON + timedelta(hours=1), "second")


def get(context: Context, path: str, name: str = "query_findings_clusters", **query: str) -> tuple[int, str, Any]:
    """Ask the API; return status, content type and body."""
    event = payload(name) | {"rawPath": path, "queryStringParameters": query}
    event["requestContext"]["http"]["path"] = path
    answer = handler(event, context)
    return answer["statusCode"], answer["headers"]["Content-Type"], json.loads(answer["body"])


def test_clusters_are_listed(context: Context) -> None:
    status, kind, body = get(context, "/clusters")
    assert (status, kind, body["cursor"]) == (HTTPStatus.OK, "application/json", "")
    (cluster,) = body["items"]
    assert (cluster["arn"], cluster["cluster"]) == (SUBJECT.key, "payments")
    assert cluster["last_assessed_at"] == "2026-03-01T13:00:00Z"


def test_the_payload_file_s_question_is_answered(context: Context) -> None:
    answer = handler(payload("query_findings_list"), context)
    assert (answer["statusCode"], json.loads(answer["body"])["items"]) == (HTTPStatus.OK, [])


def test_findings_are_listed_page_by_page(context: Context) -> None:
    _, _, first = get(context, "/findings", limit="2")
    _, _, second = get(context, "/findings", limit="2", cursor=first["cursor"])
    names = [item["resource"]["name"] for item in first["items"] + second["items"]]
    assert sorted(names) == [group(number).name for number in range(3)]
    assert second["cursor"] == ""


def test_findings_are_narrowed(context: Context) -> None:
    assert len(get(context, "/findings", severity="high", status="FAIL")[2]["items"]) == 3
    assert get(context, "/findings", severity="low")[2]["items"] == []
    assert get(context, "/findings", control="version.minor-lag")[2]["items"] == []


@pytest.mark.parametrize("identity", [FINDING, quote(FINDING), quote(FINDING, safe="")])
def test_a_finding_is_found_by_its_id_however_it_is_encoded(context: Context, identity: str) -> None:
    status, _, body = get(context, f"/findings/{identity}")
    assert (status, body["finding"]["id"], body["finding"]["open"]) == (HTTPStatus.OK, FINDING, True)
    (transition,) = body["history"]["items"]
    assert transition["transition"]["kind"] == "opened"
    assert len(transition["hash"]) == 64


def test_a_finding_that_never_was_is_a_problem(context: Context) -> None:
    status, kind, body = get(context, f"/findings/{FINDING}-other")
    assert (status, kind) == (HTTPStatus.NOT_FOUND, "application/problem+json")
    assert body == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is and was no such finding.",
    }


@pytest.mark.parametrize(
    ("path", "query", "detail"),
    [
        ("/findings", {"severity": "terrible"}, "Invalid enum value 'terrible' - at `$.severity`"),
        ("/findings", {"limit": "0"}, "Expected `int` >= 1 - at `$.limit`"),
        ("/findings", {"limit": "many"}, "Expected `int`, got `str` - at `$.limit`"),
        ("/findings", {"sevrity": "high"}, "Object contains unknown field `sevrity`"),
        ("/clusters", {"cluster": "payments"}, "Object contains unknown field `cluster`"),
    ],
)
def test_a_wrong_query_says_what_is_wrong(context: Context, path: str, query: dict[str, str], detail: str) -> None:
    status, kind, body = get(context, path, **query)
    assert (status, kind) == (HTTPStatus.BAD_REQUEST, "application/problem+json")
    assert body["detail"] == f"The query is wrong: {detail}."


@pytest.mark.parametrize("identity", ["payments", "arn:aws:s3:::bucket|a|b|c", f"{SUBJECT.key}|logging.audit-log"])
def test_what_is_no_id_is_a_wrong_question(context: Context, identity: str) -> None:
    status, _, body = get(context, f"/findings/{identity}")
    assert (status, body["detail"]) == (HTTPStatus.BAD_REQUEST, f"{identity!r} is not the id of a finding")


def test_a_forged_cursor_is_a_wrong_question(context: Context) -> None:
    status, _, body = get(context, "/findings", cursor="bm9uc2Vuc2U=")
    assert status == HTTPStatus.BAD_REQUEST
    assert "cursor" in body["detail"]


def test_an_unknown_path_is_a_problem(context: Context) -> None:
    status, kind, body = get(context, "/secrets")
    assert (status, kind) == (HTTPStatus.NOT_FOUND, "application/problem+json")
    assert body["detail"] == "There is nothing at /secrets."


def test_records_that_cannot_be_read_are_no_secret_but_their_error_is(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> Any:
        raise StoreError("reading records: arn:aws:dynamodb:… is throttled")

    monkeypatch.setattr(runtime, "queries", refuse)
    status, kind, body = get(context, "/clusters")
    assert (status, kind) == (HTTPStatus.SERVICE_UNAVAILABLE, "application/problem+json")
    assert body["detail"] == "The records cannot be read at the moment; try again."
