"""Refusals: the one place where an error of AWS becomes the reason for which evidence is missing."""

from __future__ import annotations

import re
from datetime import datetime

from botocore import exceptions as aws_errors
from botocore.parsers import ResponseParserError
from msgspec import DecodeError

from plumbline.domain.errors import CredentialsError
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.verdict import Reason

REFUSALS = (aws_errors.ClientError, aws_errors.BotoCoreError, ResponseParserError, DecodeError)

# The first pattern that an error code meets names the reason.
_BY_CODE: tuple[tuple[re.Pattern[str], Reason], ...] = (
    (re.compile(r"OptInRequired|RegionDisabled|UnsupportedRegion|UnknownEndpoint"), Reason.REGION_UNSUPPORTED),
    (
        re.compile(r"Throttl|RequestLimitExceeded|TooManyRequests|SlowDown|BandwidthLimitExceeded"),
        Reason.THROTTLED,
    ),
    (
        re.compile(r"AccessDenied|Unauthorized|NotAuthorized|AuthorizationError|Forbidden|OperationNotPermitted"),
        Reason.ACCESS_DENIED,
    ),
    (re.compile(r"NotFound|NoSuch"), Reason.NOT_FOUND_IN_LISTING),
    (re.compile(r"^Internal|^Server|ServiceException|Unavailable|ServiceFailure|Timeout"), Reason.ENDPOINT_UNREACHABLE),
)
_BY_STATUS = {403: Reason.ACCESS_DENIED, 404: Reason.NOT_FOUND_IN_LISTING, 429: Reason.THROTTLED}
_EXPIRED = re.compile(r"ExpiredToken|RequestExpired|TokenRefreshRequired|SignatureDoesNotMatch|InvalidSignature")
# What a region answers that knows nothing of the account, and what every region answers to a wrong key.
_STRANGER = re.compile(r"InvalidClientTokenId|UnrecognizedClient|AuthFailure|InvalidAccessKeyId|NotSignedUp")

_NO_CREDENTIALS = (
    aws_errors.NoCredentialsError,
    aws_errors.PartialCredentialsError,
    aws_errors.CredentialRetrievalError,
    aws_errors.SSOError,
    aws_errors.LoginError,
    aws_errors.TokenRetrievalError,
    aws_errors.NoAuthTokenError,
    aws_errors.ProfileNotFound,
)
_REGION_UNKNOWN = (
    aws_errors.EndpointProviderError,
    aws_errors.UnknownRegionError,
    aws_errors.UnknownEndpointError,
)
_UNREACHABLE = (aws_errors.HTTPClientError, aws_errors.ConnectionError, aws_errors.IncompleteReadError)
_UNREADABLE = (ResponseParserError, DecodeError, aws_errors.PaginationError)

_LONGEST_MESSAGE = 200


def is_stranger(error: Exception) -> bool:
    """Whether the error means a wrong key, or a right one in a region that is not enabled."""
    return _STRANGER.search(error_code(error)) is not None


def refused(error: Exception, call: str, at: datetime, *, own: bool) -> NotCollected:
    """Return why evidence is missing.

    Args:
        error: one of `REFUSALS`.
        call: service and operation, such as `eks:DescribeCluster`.
        at: when the call was made.
        own: whether the call was signed with Plumbline's own credentials, not with those of an assumed role.

    Raises:
        CredentialsError: the own credentials are missing, expired or wrong: nothing at all can be read.

    """
    if isinstance(error, _NO_CREDENTIALS):
        raise CredentialsError(str(error)) from error
    if isinstance(error, aws_errors.ClientError):
        return _refused_by_service(error, call, at, own=own)
    if isinstance(error, _UNREACHABLE):
        return NotCollected(Reason.ENDPOINT_UNREACHABLE, _detail(call, type(error).__name__, str(error)), at)
    if isinstance(error, _REGION_UNKNOWN):
        return NotCollected(Reason.REGION_UNSUPPORTED, _detail(call, type(error).__name__, str(error)), at)
    if isinstance(error, _UNREADABLE):
        return NotCollected(Reason.PARSE_ERROR, _detail(call, "unexpected answer", str(error)), at)
    raise error


def _refused_by_service(error: aws_errors.ClientError, call: str, at: datetime, *, own: bool) -> NotCollected:
    code = error_code(error)
    assuming = error.operation_name == "AssumeRole"
    if assuming:
        call = "sts:AssumeRole"
    detail = _detail(call, code, str(error.response.get("Error", {}).get("Message", "")))
    if _EXPIRED.search(code) or _STRANGER.search(code):
        if own or assuming:
            raise CredentialsError(detail) from error
        return NotCollected(Reason.ACCESS_DENIED, detail, at)
    return NotCollected(_reason(error, code), detail, at)


def _reason(error: aws_errors.ClientError, code: str) -> Reason:
    for pattern, reason in _BY_CODE:
        if pattern.search(code):
            return reason
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status >= 500:
        return Reason.ENDPOINT_UNREACHABLE
    return _BY_STATUS.get(status, Reason.NOT_COLLECTED)


def error_code(error: Exception) -> str:
    """Return the code with which a service refused a call; empty for what is no service's answer."""
    if not isinstance(error, aws_errors.ClientError):
        return ""
    return str(error.response.get("Error", {}).get("Code", ""))


def _detail(call: str, what: str, message: str) -> str:
    # EC2 appends an encoded explanation, new with every call, that nobody can read.
    said = message.split("Encoded authorization failure message", maxsplit=1)[0].strip()
    return f"{call} {what}: {said[:_LONGEST_MESSAGE]}".rstrip(": ")
