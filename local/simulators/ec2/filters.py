"""The `Filters` of EC2's Describe operations."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from typing import Any

from local.simulators.errors import AwsError
from local.simulators.world import Row

# Filter name -> member of a row whose value it compares.
Fields = Mapping[str, str]


def matching(rows: Iterable[Row], filters: Iterable[Row], fields: Fields) -> list[Row]:
    """The rows that meet every filter; wildcards `*` and `?` count, names that are unknown are an error."""
    checked = list(filters)
    for entry in checked:
        name = entry["Name"]
        if name not in fields and name != "tag-key" and not name.startswith("tag:"):
            raise AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")
    return [row for row in rows if all(_meets(row, entry, fields) for entry in checked)]


def _meets(row: Row, entry: Row, fields: Fields) -> bool:
    values = _values(row, entry["Name"], fields)
    return any(fnmatch.fnmatchcase(value, wanted) for value in values for wanted in entry.get("Values", ()))


def _values(row: Row, name: str, fields: Fields) -> list[str]:
    tags = row.get("Tags", [])
    if name == "tag-key":
        return [tag["Key"] for tag in tags]
    if name.startswith("tag:"):
        return [tag["Value"] for tag in tags if tag["Key"] == name.removeprefix("tag:")]
    value: Any = row
    for step in fields[name].split("."):
        value = value.get(step, {})
    return [str(value).lower() if isinstance(value, bool) else str(value)] if value != {} else []


def with_ids(rows: Iterable[Row], asked: list[str] | None, member: str, missing: str) -> list[Row]:
    """All rows, or those whose `member` is asked for; an id that does not exist is the error `missing`."""
    listed = list(rows)
    if not asked:
        return listed
    known = {row[member]: row for row in listed}
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise AwsError(missing, f"The following do not exist: {', '.join(unknown)}")
    return [known[name] for name in asked]
