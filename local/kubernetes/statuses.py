"""The Status objects with which the API server refuses, in the words of the API conventions."""

from __future__ import annotations

import json
from typing import Any


class Refusal(Exception):  # noqa: N818 (an answer of the API, not a mistake of ours)
    """A request is answered with a Status; `headers` go with it."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        details: dict[str, Any] | None = None,
        *,
        headers: dict[str, str] | None = None,
        proceed: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.headers = headers or {}
        self._status = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {"continue": proceed} if proceed else {},
            "status": "Failure",
            "message": message,
            **({"reason": reason} if reason else {}),
            **({"details": details} if details else {}),
            "code": code,
        }

    @property
    def body(self) -> bytes:
        """The Status as JSON."""
        return json.dumps(self._status).encode()


def success(details: dict[str, Any]) -> dict[str, Any]:
    """The Status that answers a deletion."""
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def unauthorized() -> Refusal:
    """Nobody knows who asks."""
    return Refusal(401, "Unauthorized", "Unauthorized")


def forbidden(user: str, verb: str, resource: tuple[str, str], namespace: str, name: str = "") -> Refusal:
    """`user` may not do this; `resource` is (group, plural)."""
    group, plural = resource
    where = f' in the namespace "{namespace}"' if namespace else " at the cluster scope"
    subject = (f"{plural}.{group}" if group else plural) + (f' "{name}"' if name else "")
    message = f'{subject} is forbidden: User "{user}" cannot {verb} resource "{plural}" in API group "{group}"{where}'
    details: dict[str, Any] = {
        **({"name": name} if name else {}),
        **({"group": group} if group else {}),
        "kind": plural,
    }
    return Refusal(403, "Forbidden", message, details)


def forbidden_path(user: str, path: str) -> Refusal:
    """`user` may not read this path."""
    return Refusal(403, "Forbidden", f'forbidden: User "{user}" cannot get path "{path}"', {})


def no_such_path() -> Refusal:
    """There is no such group, version or resource."""
    return Refusal(404, "NotFound", "the server could not find the requested resource", {})


def no_such_object(resource: str, name: str) -> Refusal:
    """There is no object of this name."""
    group_free = resource.partition(".")
    details = {"name": name, **({"group": group_free[2]} if group_free[2] else {}), "kind": group_free[0]}
    return Refusal(404, "NotFound", f'{resource} "{name}" not found', details)


def bad_request(message: str) -> Refusal:
    """The request makes no sense."""
    return Refusal(400, "BadRequest", message)


def conflict(resource: str, name: str) -> Refusal:
    """The object is there already."""
    details = {"name": name, "kind": resource.partition(".")[0]}
    return Refusal(409, "AlreadyExists", f'{resource} "{name}" already exists', details)


def expired(proceed: str) -> Refusal:
    """A continue token is too old; `proceed` is the one that goes on inconsistently."""
    message = (
        "The provided continue parameter is too old to display a consistent list result. You can start a new list "
        "without the continue parameter, or use the continue token in this response to retrieve the remainder of the "
        "results. Continuing with the provided token results in an inconsistent list - objects that were created, "
        "modified, or deleted between the time the first chunk was returned and now may show up in the list."
    )
    return Refusal(410, "Expired", message, proceed=proceed)


def too_many_requests(seconds: int) -> Refusal:
    """Come again after so many seconds."""
    message = "The server has received too many requests and has asked us to try again later"
    details = {"retryAfterSeconds": seconds}
    return Refusal(429, "TooManyRequests", message, details, headers={"Retry-After": str(seconds)})


def unavailable() -> Refusal:
    """The server behind an aggregated API does not answer: plain text in reality, as here in the message."""
    return Refusal(503, "ServiceUnavailable", "service unavailable")


def too_large_version(wanted: int, current: int) -> Refusal:
    """The list asked for is younger than the server's own state."""
    message = f"Too large resource version: {wanted}, current: {current}"
    causes = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
    details = {"causes": causes, "retryAfterSeconds": 1}
    return Refusal(504, "Timeout", message, details, headers={"Retry-After": "1"})
