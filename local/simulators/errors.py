"""The two ways in which a simulated operation ends without an answer.

Exception
├── AwsError        the documented error of the service
└── NotSimulated    the resource is not one of the example fleet: the emulator behind answers
"""

from __future__ import annotations


class AwsError(Exception):
    """An error as the service documents it: `code` on the wire; the HTTP status comes from the model."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class NotSimulated(Exception):  # noqa: N818 (not an error: it hands the request on)
    """The request concerns nothing of the example fleet."""
