"""The tokens of EKS: a pre-signed GetCallerIdentity of STS that names the cluster in a signed header.

EKS sends the request to STS, with the header of its own cluster, and lets STS verify the signature. Here the signature
is calculated from the caller's secret key, which comes to the same.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlsplit

PREFIX = "k8s-aws-v1."
CLUSTER_HEADER = "x-k8s-aws-id"
# A token is good for a quarter of an hour whatever its URL says, and the signed time may be that much off.
_LIFETIME = dt.timedelta(minutes=15)
_HOSTS = re.compile(r"^(sts(-fips)?(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?|127\.0\.0\.1:\d+|localhost:\d+)$")
_REQUIRED = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature")


class TokenError(ValueError):
    """The token is not accepted; the message is for the log, the client learns nothing."""


@dataclass(frozen=True)
class Credential:
    """What AWS knows of an access key: its secret, and the ARN of the caller."""

    secret: str
    arn: str


# (access key id, session token) -> credential, None for an unknown or expired one.
Credentials = Callable[[str, str], Credential | None]


def caller_of(token: str, cluster: str, credentials: Credentials, now: dt.datetime) -> str:
    """The IAM ARN of who made the token for this cluster: of the role, where a session of it did.

    Raises `TokenError`.
    """
    url = urlsplit(_url(token))
    if url.scheme not in ("https", "http") or not _HOSTS.match(url.netloc) or url.path not in ("", "/"):
        raise TokenError(f"not an address of STS: {url.scheme}://{url.netloc}{url.path}")
    pairs = parse_qsl(url.query, keep_blank_values=True)
    query = dict(pairs)
    if len(query) != len(pairs) or any(name not in query for name in _REQUIRED):
        raise TokenError("parameters are missing or given twice")
    if query.get("Action") != "GetCallerIdentity" or query.get("Version") != "2011-06-15":
        raise TokenError(f"not GetCallerIdentity: {query.get('Action')} {query.get('Version')}")
    if CLUSTER_HEADER not in query["X-Amz-SignedHeaders"].split(";"):
        raise TokenError(f"{CLUSTER_HEADER} is not signed")
    _refuse_old(query, now)
    key = query["X-Amz-Credential"].split("/")[0]
    credential = credentials(key, query.get("X-Amz-Security-Token", ""))
    if credential is None:
        raise TokenError(f"unknown or expired credentials: {key}")
    headers = {"host": url.netloc, CLUSTER_HEADER: cluster}
    if not hmac.compare_digest(query["X-Amz-Signature"], _signature(query, headers, credential.secret)):
        raise TokenError(f"the signature does not fit: another cluster than {cluster}, or another key")
    return _principal(credential.arn)


def _url(token: str) -> str:
    if not token.startswith(PREFIX):
        raise TokenError(f"the prefix {PREFIX} is missing")
    encoded = token.removeprefix(PREFIX)
    if "=" in encoded:
        raise TokenError("base64url must come without padding")
    try:
        return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError) as wrong:
        raise TokenError(f"not base64url: {wrong}") from wrong


def _refuse_old(query: Mapping[str, str], now: dt.datetime) -> None:
    try:
        signed = dt.datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
        expires = dt.timedelta(seconds=int(query.get("X-Amz-Expires", "60")))
    except ValueError as wrong:
        raise TokenError(f"not a time: {wrong}") from wrong
    if expires > _LIFETIME or expires <= dt.timedelta():
        raise TokenError("X-Amz-Expires must be positive and at most 900 seconds")
    if not signed - _LIFETIME <= now <= signed + _LIFETIME:
        raise TokenError(f"expired: signed at {signed:%H:%M:%S}, now {now:%H:%M:%S}")


def _signature(query: Mapping[str, str], headers: Mapping[str, str], secret: str) -> str:
    pairs = sorted((quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in query.items() if k != "X-Amz-Signature")
    names = query["X-Amz-SignedHeaders"].split(";")
    canonical = "\n".join(
        (
            "GET",
            "/",
            "&".join(f"{name}={value}" for name, value in pairs),
            *(f"{name}:{headers.get(name, '')}" for name in names),
            "",
            ";".join(names),
            hashlib.sha256(b"").hexdigest(),
        )
    )
    scope = query["X-Amz-Credential"].split("/")[1:]
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join((query["X-Amz-Algorithm"], query["X-Amz-Date"], "/".join(scope), digest))
    key = f"AWS4{secret}".encode()
    for part in scope:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _principal(arn: str) -> str:
    """The ARN that access entries name: a session's role without the session."""
    _, partition, service, _, account, who = arn.split(":", 5)
    if service == "sts" and who.startswith("assumed-role/"):
        return f"arn:{partition}:iam::{account}:role/{who.split('/')[1]}"
    return arn
