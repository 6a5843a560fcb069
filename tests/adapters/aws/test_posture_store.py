"""What is DynamoDB's own: counts of writes, limits, throttles, lost answers, the form of the items."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from moto import mock_aws

from plumbline.adapters.aws.history import record_of_image
from plumbline.adapters.aws.items import Codec, head_item, stamp
from plumbline.adapters.aws.pages import Question, page
from plumbline.adapters.aws.posture_store import DynamoPostureStore, chunked
from plumbline.adapters.aws.queries import DynamoFindingQueries
from plumbline.adapters.aws.tables import ATTEMPTS, Tables
from plumbline.domain.chain import verify
from plumbline.domain.errors import ConflictError, QueryError, StoreError
from plumbline.domain.records import Head
from plumbline.domain.verdict import Severity, Status
from plumbline.ports import Commit, FindingFilter
from tests.adapters.aws.recording_tables import HISTORY, POSTURE, Watched, created_tables
from tests.contracts.assessing import LEASE, SUBJECT, assess, change, commit_of, group, statuses, transitions_of, wait
from tests.unit.domain.examples import LOGGING, NOON, minutes

FAIL, PASS = Status.FAIL, Status.PASS
Call = Callable[[], Any]


class MemoryBlobs:
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        key = f"blobs/{len(self.kept)}"
        self.kept[key] = data
        return key

    def get(self, key: str) -> bytes:
        return self.kept[key]


@pytest.fixture
def watched() -> Iterator[Watched]:
    with mock_aws():
        yield Watched(created_tables())


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def store(watched: Watched, pauses: list[float]) -> DynamoPostureStore:
    return DynamoPostureStore(watched.as_client, POSTURE, HISTORY, sleep=pauses.append, jitter=lambda: 1.0)


@pytest.fixture
def queries(watched: Watched) -> DynamoFindingQueries:
    return DynamoFindingQueries(watched.as_client, POSTURE, HISTORY)


def cancelled(*codes: str) -> ClientError:
    reasons: Any = [{"Code": code} for code in codes]
    answer: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
        "CancellationReasons": reasons,
    }
    return ClientError(answer, "TransactWriteItems")


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "TransactWriteItems")


def timeout() -> ReadTimeoutError:
    return ReadTimeoutError(endpoint_url="dynamodb")


def history(queries: DynamoFindingQueries) -> list[str]:
    records = queries.history(SUBJECT, limit=500).items
    assert verify(records) == []
    return [str(record.kind) for record in records]


def items(watched: Watched, table: str) -> list[dict[str, Any]]:
    found = watched.scan(TableName=table)["Items"]
    watched.calls.clear()
    return list(found)


# Counts


def test_an_unchanged_assessment_is_one_read_and_one_transaction_of_two_writes(
    store: DynamoPostureStore, watched: Watched
) -> None:
    assess(store, statuses(30, FAIL), NOON)
    watched.calls.clear()
    assess(store, statuses(30, FAIL), minutes(60), "a2")
    assert watched.operations() == ["query", "transact_write_items"]
    assert watched.calls[0][1]["ConsistentRead"] is True
    written = [
        (action["Put"]["TableName"], action["Put"]["Item"]["sk"]["S"])
        for action in watched.calls[1][1]["TransactItems"]
    ]
    assert written == [(HISTORY, "2026-03-01T13:00:00.000Z#000000000032"), (POSTURE, "HEAD")]


def test_an_unchanged_assessment_moves_no_index(store: DynamoPostureStore, watched: Watched) -> None:
    assess(store, {group(1): FAIL}, NOON)
    before = next(item for item in items(watched, POSTURE) if item["sk"]["S"] == "HEAD")
    assess(store, {group(1): FAIL}, minutes(60), "a2")
    after = next(item for item in items(watched, POSTURE) if item["sk"]["S"] == "HEAD")
    assert {name for name in after if after[name] != before[name]} == {"body", "revision"}


def test_a_head_of_a_real_size_takes_one_kilobyte() -> None:
    sections = [f"section_number_{number}" for number in range(30)]
    areas = [f"area-{number}" for number in range(20)]
    head = Head(
        subject=SUBJECT,
        sequence=123456,
        chain=os.urandom(32).hex(),
        map_digest=os.urandom(16).hex(),
        facts={
            "version": "x.y",
            "status": "ACTIVE",
            "environment": "prod",
            "tags": {f"tag-{n}": "v" * 20 for n in range(10)},
        },
        counts={area: {"PASS": 12, "FAIL": number, "UNKNOWN": 1} for number, area in enumerate(areas)},
        section_times={name: minutes(number % 3) for number, name in enumerate(sections)},
        first_assessed_at=NOON,
        last_assessed_at=NOON,
        recorded_at=NOON,
    )
    item = head_item(head)
    assert isinstance(body := item["body"].get("B"), bytes)
    assert len(body) + sum(len(str(part)) for name, part in item.items() if name != "body") < 1024


def test_a_single_transition_is_one_transaction_of_five_writes(store: DynamoPostureStore, watched: Watched) -> None:
    assess(store, statuses(30, FAIL), NOON)
    watched.calls.clear()
    assess(store, {**statuses(30, FAIL), group(3): PASS}, minutes(60), "a2")
    assert watched.operations() == ["query", "transact_write_items"]
    keys = [action["Put"]["Item"]["sk"]["S"].split("#")[0] for action in watched.calls[1][1]["TransactItems"]]
    assert keys == ["2026-03-01T13:00:00.000Z", "2026-03-01T13:00:00.000Z", "FINDING", "MAP", "HEAD"]


def test_an_event_is_one_read_and_one_transaction(store: DynamoPostureStore, watched: Watched) -> None:
    store.admit(SUBJECT, change(1, NOON), wait(1), "one", NOON, LEASE)
    assert watched.operations() == ["get_item", "transact_write_items"]
    event = watched.calls[1][1]["TransactItems"][0]["Put"]["Item"]
    assert event == {
        "pk": {"S": "EVENT#event-1"},
        "sk": {"S": f"EVENT#{SUBJECT.key}"},
        "expires_at": {"N": str(int(NOON.timestamp()) + 14 * 86400)},
    }


def test_no_transaction_is_larger_than_a_hundred_writes(store: DynamoPostureStore, watched: Watched) -> None:
    assess(store, statuses(120, FAIL), NOON)
    sizes = [len(arguments["TransactItems"]) for name, arguments in watched.calls if name == "transact_write_items"]
    # 48 transitions with their findings, the map and the head; the assessment's record comes with the last.
    assert sizes == [98, 98, 51]


def test_history_is_only_ever_added_to(store: DynamoPostureStore, watched: Watched) -> None:
    store.admit(SUBJECT, change(1, NOON), wait(1), "one", NOON, LEASE)
    assess(store, statuses(60, FAIL), NOON)
    store.claim(SUBJECT, "one", NOON, LEASE)
    store.release(SUBJECT, "one", NOON, LEASE)
    assert set(watched.operations()) <= {"get_item", "query", "put_item", "transact_write_items"}
    actions = [
        one for name, arguments in watched.calls if name == "transact_write_items" for one in arguments["TransactItems"]
    ]
    assert {next(iter(action)) for action in actions} == {"Put"}
    additions = [action["Put"] for action in actions if action["Put"]["TableName"] == HISTORY]
    assert len(additions) == 62
    assert {addition["ConditionExpression"] for addition in additions} == {"attribute_not_exists(pk)"}
    assert all(arguments["TableName"] == POSTURE for name, arguments in watched.calls if name == "put_item")


def test_queries_never_scan(store: DynamoPostureStore, queries: DynamoFindingQueries, watched: Watched) -> None:
    assess(store, {group(1): FAIL}, NOON)
    watched.calls.clear()
    for wanted in (
        FindingFilter(),
        FindingFilter(severity=Severity.HIGH),
        FindingFilter(control=LOGGING.id),
        FindingFilter(account=SUBJECT.account),
        FindingFilter(account=SUBJECT.account, region=SUBJECT.region, cluster=SUBJECT.cluster),
    ):
        queries.findings(wanted)
    queries.clusters()
    assert set(watched.operations()) == {"query", "batch_get_item"}
    asked = [arguments.get("IndexName", "table") for name, arguments in watched.calls if name == "query"]
    assert asked == ["open-by-severity"] * 6 + ["by-control", "by-account", "table", "heads"]


# The form of the items


def test_only_open_findings_are_in_the_sparse_indexes(store: DynamoPostureStore, watched: Watched) -> None:
    assess(store, {group(1): FAIL, group(2): FAIL}, NOON)
    assess(store, {group(1): PASS, group(2): FAIL}, minutes(1), "a2")
    found = {item["sk"]["S"]: item for item in items(watched, POSTURE)}
    resolved = found["FINDING#logging.audit-log#nodegroup#group-1"]
    still_open = found["FINDING#logging.audit-log#nodegroup#group-2"]
    indexed = {"open_pk", "open_sk", "control_pk", "control_sk", "account_pk", "account_sk"}
    assert indexed & set(resolved) == set()
    identity = f"{SUBJECT.key}|logging.audit-log|nodegroup|group-2"
    assert {name: still_open[name]["S"] for name in indexed} == {
        "open_pk": "OPEN#high",
        "open_sk": f"2026-03-01T12:00:00.000Z#{identity}",
        "control_pk": "CONTROL#logging.audit-log",
        "control_sk": "111122223333#eu-west-1#payments#nodegroup#group-2",
        "account_pk": "ACCOUNT#111122223333",
        "account_sk": f"1#2026-03-01T12:00:00.000Z#{identity}",
    }


def test_history_items_carry_what_indexes_and_the_stream_filter_read(
    store: DynamoPostureStore, watched: Watched
) -> None:
    store.admit(SUBJECT, change(1, NOON), wait(1), "one", NOON, LEASE)
    assess(store, {group(1): FAIL}, NOON)
    assess(store, {group(1): FAIL}, minutes(1), "a2")
    change_item, transition, first, second = items(watched, HISTORY)
    assert [one["kind"]["S"] for one in (change_item, transition, first, second)] == [
        "change",
        "transition",
        "assessment",
        "assessment",
    ]
    assert {one["account_month"]["S"] for one in (change_item, transition, first)} == {"111122223333#2026-03"}
    assert transition["control_month"]["S"] == "logging.audit-log#2026-03"
    assert [one for one in (change_item, first, second) if "control_month" in one] == []
    assert (first["transitions"]["N"], second["transitions"]["N"]) == ("1", "0")
    assert "transitions" not in transition


def test_a_record_is_read_from_a_stream_image(store: DynamoPostureStore, watched: Watched) -> None:
    *_, last = assess(store, {group(1): FAIL}, NOON)
    image = items(watched, HISTORY)[-1]
    assert record_of_image(msgspec.json.decode(msgspec.json.encode(image)), Codec()) == last
    packed = {**image, "body": Codec().binary(msgspec.json.encode(last.body))}
    assert record_of_image(msgspec.json.decode(msgspec.json.encode(packed)), Codec()) == last


def test_times_sort_as_text_in_utc() -> None:
    assert stamp(datetime.fromisoformat("2026-03-01T14:00:00.123999+02:00")) == "2026-03-01T12:00:00.123Z"


# Sizes


def observing(commit: Commit, observed: object) -> Commit:
    moved = tuple(
        msgspec.structs.replace(one, after=msgspec.structs.replace(one.after, observed={"value": observed}))
        for one in commit.transitions
    )
    findings = {key: msgspec.structs.replace(finding, state=moved[0].after) for key, finding in commit.findings.items()}
    return msgspec.structs.replace(commit, transitions=moved, findings=findings)


@pytest.mark.parametrize(
    ("observed", "form"),
    [("x" * 1000, "S"), ("x" * 100_000, "B"), (os.urandom(500_000).hex(), "M")],
    ids=["text", "compressed", "blob"],
)
def test_a_record_of_any_size_is_kept_and_verifies(
    watched: Watched, queries: DynamoFindingQueries, observed: str, form: str
) -> None:
    blobs = MemoryBlobs()
    store = DynamoPostureStore(watched.as_client, POSTURE, HISTORY, blobs=blobs)
    queries = DynamoFindingQueries(watched.as_client, POSTURE, HISTORY, blobs=blobs)
    records = store.commit(observing(commit_of(store.read(SUBJECT), {group(1): FAIL}, NOON), observed))
    forms = {item["sk"]["S"].split("#")[-1]: next(iter(item["body"])) for item in items(watched, HISTORY)}
    assert forms == {"000000000001": form, "000000000002": "S"}
    read = queries.history(SUBJECT).items
    assert read == records
    assert verify(read) == []
    finding = queries.finding(SUBJECT, LOGGING.id, group(1))
    assert finding is not None
    assert finding.state.observed == {"value": observed}


def test_a_large_posture_map_is_a_blob(watched: Watched) -> None:
    blobs = MemoryBlobs()
    store = DynamoPostureStore(watched.as_client, POSTURE, HISTORY, blobs=blobs)
    commit = commit_of(store.read(SUBJECT), {group(1): FAIL}, NOON)
    noise = {
        f"logging.audit-log|nodegroup|{os.urandom(200).hex()}": entry
        for entry in commit.entries.values()
        for _ in range(2000)
    }
    store.commit(msgspec.structs.replace(commit, entries=noise))
    assert len(blobs.kept) == 1
    assert store.read(SUBJECT).entries == noise


def test_without_a_store_for_blobs_what_is_too_large_is_refused(store: DynamoPostureStore) -> None:
    commit = observing(commit_of(store.read(SUBJECT), {group(1): FAIL}, NOON), os.urandom(500_000).hex())
    with pytest.raises(StoreError, match="too many for an item, and there is no store for blobs"):
        store.commit(commit)
    assert store.read(SUBJECT).entries == {}


def test_a_transaction_stays_below_its_size_limit(store: DynamoPostureStore) -> None:
    commit = commit_of(store.read(SUBJECT), statuses(10, FAIL), NOON)
    heavy = observing(commit, "x" * 400_000)
    assert [len(chunk) for chunk in chunked(heavy.transitions, heavy.findings)] == [3, 3, 3, 1]


# Failures


def fail_with(watched: Watched, name: str, failures: list[Exception], *, carry_out: bool = False) -> None:
    def around(called: str, _arguments: dict[str, Any], call: Call) -> Any:
        if called == name and failures:
            if carry_out:
                call()
            raise failures.pop(0)
        return call()

    watched.around = around


@pytest.mark.parametrize("carried_out", [False, True])
def test_an_answer_that_was_lost_does_not_write_twice(
    store: DynamoPostureStore,
    queries: DynamoFindingQueries,
    watched: Watched,
    pauses: list[float],
    *,
    carried_out: bool,
) -> None:
    fail_with(watched, "transact_write_items", [timeout()], carry_out=carried_out)
    records = assess(store, {group(1): FAIL}, NOON)
    assert history(queries) == ["transition", "assessment"]
    assert store.read(SUBJECT).head.chain == records[-1].hash
    assert pauses == ([] if carried_out else [0.05])


def test_a_repeated_transaction_carries_the_same_token(store: DynamoPostureStore, watched: Watched) -> None:
    fail_with(watched, "transact_write_items", [timeout(), timeout()])
    assess(store, {group(1): FAIL}, NOON)
    assess(store, {group(1): FAIL}, minutes(1), "a2")
    tokens = [arguments["ClientRequestToken"] for name, arguments in watched.calls if name == "transact_write_items"]
    assert tokens[0] == tokens[1] == tokens[2] != tokens[3]
    assert len(tokens[0]) == 36


@pytest.mark.parametrize("carried_out", [False, True])
def test_an_event_whose_answer_was_lost_is_recorded_once_and_names_its_owner(
    store: DynamoPostureStore, queries: DynamoFindingQueries, watched: Watched, *, carried_out: bool
) -> None:
    fail_with(watched, "transact_write_items", [timeout()], carry_out=carried_out)
    assert store.admit(SUBJECT, change(1, NOON), wait(1), "one", NOON, LEASE).owner == "one"
    assert history(queries) == ["change"]
    assert store.read(SUBJECT).head.pending == frozenset({"cluster"})


@pytest.mark.parametrize(
    "failure",
    [
        cancelled("None", "ThrottlingError"),
        cancelled("ProvisionedThroughputExceeded", "None"),
        refused("ThrottlingException"),
        refused("TransactionInProgressException"),
        EndpointConnectionError(endpoint_url="dynamodb"),
        timeout(),
    ],
)
def test_what_passes_is_tried_again_and_then_given_up(
    store: DynamoPostureStore, queries: DynamoFindingQueries, watched: Watched, pauses: list[float], failure: Exception
) -> None:
    fail_with(watched, "transact_write_items", [failure] * (ATTEMPTS - 1))
    assess(store, {group(1): FAIL}, NOON)
    assert pauses == [0.05, 0.1, 0.2, 0.4]
    fail_with(watched, "transact_write_items", [failure] * ATTEMPTS)
    with pytest.raises(StoreError, match="given up after 5 attempts"):
        assess(store, {group(1): PASS}, minutes(1), "a2")
    assert history(queries) == ["transition", "assessment"]


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        (refused("AccessDeniedException"), "AccessDeniedException"),
        (cancelled("ValidationError", "None"), r"\['ValidationError', 'None'\]"),
    ],
)
def test_what_stays_is_not_tried_again(
    store: DynamoPostureStore, watched: Watched, pauses: list[float], failure: Exception, text: str
) -> None:
    fail_with(watched, "transact_write_items", [failure])
    with pytest.raises(StoreError, match=text):
        assess(store, {group(1): FAIL}, NOON)
    assert pauses == []


def test_another_transaction_at_the_same_head_is_waited_for_and_then_a_conflict(
    store: DynamoPostureStore, watched: Watched
) -> None:
    busy = cancelled("None", "TransactionConflict")
    fail_with(watched, "transact_write_items", [busy])
    assess(store, {group(1): FAIL}, NOON)
    fail_with(watched, "transact_write_items", [busy] * ATTEMPTS)
    with pytest.raises(ConflictError):
        assess(store, {group(1): PASS}, minutes(1), "a2")


def test_writers_at_the_same_head_both_get_through(
    store: DynamoPostureStore, queries: DynamoFindingQueries, watched: Watched, pauses: list[float]
) -> None:
    first = True

    def around(name: str, _arguments: dict[str, Any], call: Call) -> Any:
        nonlocal first
        if name == "transact_write_items" and first:
            first = False
            store.admit(SUBJECT, change(2, NOON, "kms"), wait(2), "two", NOON, LEASE)
        return call()

    watched.around = around
    admission = store.admit(SUBJECT, change(1, NOON, "addon"), wait(1), "one", NOON, LEASE)
    assert (admission.duplicate, admission.owner) == (False, "")
    assert history(queries) == ["change", "change"]
    assert store.read(SUBJECT).head.pending == frozenset({"addon", "kms"})
    assert pauses == [0.1]


def test_a_claim_whose_head_keeps_moving_gives_up(store: DynamoPostureStore, watched: Watched) -> None:
    fail_with(watched, "put_item", [refused("ConditionalCheckFailedException")] * 10)
    with pytest.raises(ConflictError, match="others kept writing"):
        store.claim(SUBJECT, "one", NOON, LEASE)


def test_a_claim_that_is_refused_is_a_store_error(store: DynamoPostureStore, watched: Watched) -> None:
    fail_with(watched, "put_item", [refused("AccessDeniedException"), timeout()])
    for text in ("AccessDeniedException", "Read timeout"):
        with pytest.raises(StoreError, match=text):
            store.claim(SUBJECT, "one", NOON, LEASE)


def test_a_crash_between_two_steps_leaves_a_record_that_the_next_assessment_continues(
    store: DynamoPostureStore, queries: DynamoFindingQueries, watched: Watched
) -> None:
    calls = iter([True, False])

    def around(name: str, _arguments: dict[str, Any], call: Call) -> Any:
        if name == "transact_write_items" and not next(calls, True):
            raise KeyboardInterrupt
        return call()

    watched.around = around
    with pytest.raises(KeyboardInterrupt):
        assess(store, statuses(60, FAIL), NOON)
    posture = store.read(SUBJECT)
    assert len(posture.entries) == 48
    assert (posture.head.sequence, posture.head.first_assessed_at) == (48, None)
    records = assess(store, statuses(60, FAIL), minutes(1), "a2")
    assert [str(record.kind) for record in records] == ["transition"] * 12 + ["assessment"]
    assert records[-1].body["transitions"] == 60
    reported = queries.reported_by(records[-1])
    assert len({moved.resource for moved in transitions_of(reported)}) == len(reported) == 60
    assert history(queries) == ["transition"] * 60 + ["assessment"]


def test_a_map_that_does_not_belong_to_its_head_is_read_again(
    store: DynamoPostureStore, watched: Watched, pauses: list[float]
) -> None:
    assess(store, {group(1): FAIL}, NOON)
    expected = store.read(SUBJECT)
    torn = 2

    def around(name: str, _arguments: dict[str, Any], call: Call) -> Any:
        nonlocal torn
        answer = call()
        if name == "query" and torn:
            torn -= 1
            answer["Items"] = [item for item in answer["Items"] if item["sk"]["S"] == "HEAD"]
        return answer

    watched.around = around
    assert store.read(SUBJECT) == expected
    assert len(pauses) == 2
    torn = 100
    with pytest.raises(StoreError, match="does not belong to its head"):
        store.read(SUBJECT)


def test_a_map_that_was_changed_by_hand_is_refused(store: DynamoPostureStore, watched: Watched) -> None:
    assess(store, {group(1): FAIL}, NOON)
    forged = Codec().binary(msgspec.msgpack.encode({}))
    watched.put_item(
        TableName=POSTURE, Item={"pk": {"S": f"SUBJECT#{SUBJECT.key}"}, "sk": {"S": "MAP"}, "body": forged}
    )
    with pytest.raises(StoreError, match="does not belong to its head"):
        store.read(SUBJECT)


@pytest.mark.parametrize("body", [{"B": b"not compressed"}, {"B": b"x\x9c\x03\x00\x00\x00\x00\x01"}, {"M": {}}])
def test_a_head_that_cannot_be_read_is_a_store_error(
    store: DynamoPostureStore, watched: Watched, body: dict[str, Any]
) -> None:
    watched.put_item(TableName=POSTURE, Item={"pk": {"S": f"SUBJECT#{SUBJECT.key}"}, "sk": {"S": "HEAD"}, "body": body})
    with pytest.raises(StoreError, match="cannot be"):
        store.read(SUBJECT)


def test_findings_that_a_batch_leaves_out_are_asked_for_again(store: DynamoPostureStore, watched: Watched) -> None:
    assess(store, statuses(3, FAIL), NOON)
    left_out = 1

    def around(name: str, arguments: dict[str, Any], call: Call) -> Any:
        nonlocal left_out
        if name != "batch_get_item" or not left_out:
            return call()
        left_out -= 1
        return {"Responses": {}, "UnprocessedKeys": arguments["RequestItems"]}

    watched.around = around
    keys = [f"{LOGGING.id}|nodegroup|group-{number}" for number in range(3)]
    assert set(store.open_findings(SUBJECT, keys)) == set(keys)
    left_out = 100
    with pytest.raises(StoreError, match="3 were not answered"):
        store.open_findings(SUBJECT, keys)


# Pages


def test_a_filter_that_matches_little_ends_in_a_short_page_with_a_cursor(
    store: DynamoPostureStore, queries: DynamoFindingQueries, watched: Watched
) -> None:
    assess(store, {group(1): FAIL}, NOON)
    watched.calls.clear()
    watched.around = _endless
    short = queries.findings(FindingFilter(account=SUBJECT.account, region="eu-west-1"), limit=5)
    assert (short.items, len(watched.calls)) == ((), 10)
    watched.around = lambda _name, _arguments, call: call()
    rest = queries.findings(FindingFilter(account=SUBJECT.account, region="eu-west-1"), limit=5, cursor=short.cursor)
    assert rest.cursor == ""


def _endless(name: str, arguments: dict[str, Any], call: Call) -> Any:
    answer = call()
    value = arguments["ExpressionAttributeValues"]
    answer["Items"] = []
    answer["LastEvaluatedKey"] = {
        "pk": {"S": "SUBJECT#x"},
        "sk": {"S": "FINDING#x"},
        "account_pk": value[":hash"],
        "account_sk": {"S": "0#x"},
    }
    return answer


@pytest.mark.parametrize(
    ("position", "key"),
    [(1, ()), (-1, ()), (0, ("a", "b")), (0, ("SUBJECT#other", "FINDING#x")), (0, (f"SUBJECT#{SUBJECT.key}", "HEAD"))],
)
def test_a_forged_cursor_never_leaves_its_question(watched: Watched, position: int, key: tuple[str, ...]) -> None:
    tables = Tables(watched.as_client, POSTURE, HISTORY)
    question = Question(table=POSTURE, value=f"SUBJECT#{SUBJECT.key}", low="FINDING#", high="FINDING#~")
    store = DynamoPostureStore(watched.as_client, POSTURE, HISTORY)
    assess(store, statuses(3, FAIL), NOON)
    real = page(tables, [question], dict, limit=1, cursor="").cursor
    name, *_ = msgspec.json.decode(urlsafe_b64decode(real))
    forged = urlsafe_b64encode(msgspec.json.encode([name, position, key])).decode()
    with pytest.raises(QueryError, match="the cursor is damaged"):
        page(tables, [question], dict, limit=1, cursor=forged)
