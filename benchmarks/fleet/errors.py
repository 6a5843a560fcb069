"""Errors that the fleet answers with."""


class AwsError(Exception):
    """An error of an AWS API: its code, message and HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.message, self.status = code, message, status
