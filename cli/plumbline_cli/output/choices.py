"""The formats of a scan, by name: apart, because the help needs no more."""

from enum import StrEnum


class Format(StrEnum):
    """The formats of a scan."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    HTML = "html"
