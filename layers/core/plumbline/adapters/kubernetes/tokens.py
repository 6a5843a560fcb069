"""Tokens of EKS: a pre-signed request to STS that says who asks, good for one cluster and a quarter of an hour."""

import base64
from collections.abc import Callable
from typing import Protocol

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

PREFIX = "k8s-aws-v1."
_CLUSTER_HEADER = "x-k8s-aws-id"
_QUERY = "Action=GetCallerIdentity&Version=2011-06-15"
# What the signature asks STS for. The API server takes the token for longer, and may take its time.
_SIGNED_SECONDS = 60
# EKS takes a token for fifteen minutes after it was signed.
_USED_SECONDS = 10 * 60


class Frozen(Protocol):
    """Credentials that may change, and can be had as they are now."""

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Return the credentials as they are now, refreshed when they are about to expire."""
        ...


def signed_token(credentials: Frozen, sts: str, region: str, cluster: str) -> str:
    """Return a token for a cluster.

    Args:
        credentials: of whom the cluster shall see.
        sts: the URL of the region's STS.
        region: of the cluster and of that STS.
        cluster: the name of the cluster.

    Raises:
        BotoCoreError, ClientError: the credentials cannot be refreshed.

    """
    url = f"{sts.rstrip('/')}/?{_QUERY}"
    request = AWSRequest(method="GET", url=url, headers={_CLUSTER_HEADER: cluster})
    signer = SigV4QueryAuth(credentials.get_frozen_credentials(), "sts", region, expires=_SIGNED_SECONDS)
    signer.add_auth(request)
    return PREFIX + base64.urlsafe_b64encode(str(request.url).encode()).decode().rstrip("=")


class CachedToken:
    """A token that is made anew before it stops being good."""

    def __init__(self, make: Callable[[], str], elapsed: Callable[[], float]) -> None:
        self._make = make
        self._elapsed = elapsed
        self._token = ""
        self._until = 0.0

    def authorization(self) -> str:
        """Return the header for the next request.

        Raises:
            BotoCoreError, ClientError: the credentials cannot be refreshed.

        """
        now = self._elapsed()
        if not self._token or now >= self._until:
            self._token, self._until = self._make(), now + _USED_SECONDS
        return f"Bearer {self._token}"
