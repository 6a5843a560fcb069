"""query_findings: the HTTP API for auditors. Every answer is a page; every refusal a problem document (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from urllib.parse import unquote

import msgspec
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.logging import correlation_paths

from plumbline import runtime
from plumbline.domain.errors import QueryError, StoreError
from plumbline.domain.partitions import partition_of
from plumbline.domain.records import Finding, Head, Record, split_entry_key
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Resource, Severity, Status
from plumbline.ports import FindingFilter

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

app = APIGatewayHttpResolver()
_FINDING = "/findings/"


class _Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every question may carry: which page, and how long it may be."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    cursor: str = ""


class _ClustersQuery(_Query, frozen=True, kw_only=True, forbid_unknown_fields=True):
    account: str = ""
    region: str = ""


class _FindingsQuery(_ClustersQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    cluster: str = ""
    control: str = ""
    severity: Severity | None = None
    status: Status | None = None


Q = TypeVar("Q", bound=_Query)


@runtime.logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP, clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    return app.resolve(event, context)


@app.get("/clusters")
def clusters() -> Response[str]:
    """List the clusters: by account, region and name."""
    query = _asked(_ClustersQuery)
    page = runtime.queries().clusters(**msgspec.structs.asdict(query))
    return _answer({"items": [_cluster(head) for head in page.items], "cursor": page.cursor})


@app.get("/findings")
def findings() -> Response[str]:
    """List findings, narrowed by the query."""
    query = _asked(_FindingsQuery)
    wanted = FindingFilter(
        severity=query.severity,
        control=query.control,
        account=query.account,
        region=query.region,
        cluster=query.cluster,
        status=query.status,
        partition=partition_of(runtime.variable("AWS_REGION")),
    )
    page = runtime.queries().findings(wanted, limit=query.limit, cursor=query.cursor)
    return _answer({"items": [_finding(found) for found in page.items], "cursor": page.cursor})


# The id holds an ARN and may hold slashes, encoded or not: the route takes the whole rest of the path.
@app.get(f"{_FINDING}.+")
def finding() -> Response[str]:
    """Return one finding and, page by page, its transitions, newest first."""
    query = _asked(_Query)
    subject, control, resource = _identity(unquote(app.current_event.path).removeprefix(_FINDING))
    found = runtime.queries().finding(subject, control, resource)
    if found is None:
        return _problem(HTTPStatus.NOT_FOUND, "There is and was no such finding.")
    history = runtime.queries().finding_history(subject, control, resource, limit=query.limit, cursor=query.cursor)
    return _answer(
        {
            "finding": _finding(found),
            "history": {"items": [_record(one) for one in history.items], "cursor": history.cursor},
        }
    )


def _refuse_query(error: msgspec.ValidationError) -> Response[str]:
    return _problem(HTTPStatus.BAD_REQUEST, f"The query is wrong: {error}.")


def _refuse_question(error: QueryError) -> Response[str]:
    return _problem(HTTPStatus.BAD_REQUEST, str(error))


def _admit_failure(error: StoreError) -> Response[str]:
    runtime.logger.error("the records could not be read", extra={"error": str(error)})
    return _problem(HTTPStatus.SERVICE_UNAVAILABLE, "The records cannot be read at the moment; try again.")


def _no_such_path(_: Exception) -> Response[str]:
    return _problem(HTTPStatus.NOT_FOUND, f"There is nothing at {app.current_event.path}.")


app.exception_handler(msgspec.ValidationError)(_refuse_query)
app.exception_handler(QueryError)(_refuse_question)
app.exception_handler(StoreError)(_admit_failure)
app.not_found(_no_such_path)


def _asked(kind: type[Q]) -> Q:
    return msgspec.convert(app.current_event.query_string_parameters, kind, strict=False)


def _identity(text: str) -> tuple[Subject, str, Resource]:
    key, _, entry = text.partition("|")
    try:
        return Subject.from_key(key), *split_entry_key(entry)
    except ValueError as error:
        raise QueryError(f"{text!r} is not the id of a finding") from error


def _cluster(head: Head) -> dict[str, Any]:
    shown = ("facts", "counts", "first_assessed_at", "last_assessed_at")
    return {"arn": head.subject.key, **_subject(head.subject), **{name: getattr(head, name) for name in shown}}


def _finding(found: Finding) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.to_builtins(found)
    del content["subject"]
    return {"id": found.id, **_subject(found.subject), **content}


def _record(record: Record) -> dict[str, Any]:
    return {"sequence": record.sequence, "at": record.at, "hash": record.hash, "transition": record.body}


def _subject(subject: Subject) -> dict[str, str]:
    return {"account": subject.account, "region": subject.region, "cluster": subject.cluster}


def _answer(content: object, status: HTTPStatus = HTTPStatus.OK, kind: str = "application/json") -> Response[str]:
    return Response(status_code=status, content_type=kind, body=msgspec.json.encode(content).decode())


def _problem(status: HTTPStatus, detail: str, **more: object) -> Response[str]:
    content = {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": detail, **more}
    return _answer(content, status, "application/problem+json")
