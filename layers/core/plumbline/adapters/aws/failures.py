"""Failures of AWS calls, as errors of the domain: one place for every store and the announcer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from plumbline.domain.errors import StoreError


def code_of(error: ClientError) -> str:
    """Return the error code of an AWS answer."""
    return error.response.get("Error", {}).get("Code", "")


@contextmanager
def as_store_errors(doing: str) -> Iterator[None]:
    """Raise StoreError for whatever a call fails with; the text says what was being done and why it failed."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise StoreError(f"{doing}: {error}") from error
