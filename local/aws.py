"""boto3 clients for the embedded AWS: as an account's root, or as a role that somebody assumes."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 3}, inject_host_prefix=False)


def client(service: str, endpoint: str, account: str, region: str) -> Any:
    """A client of `service`: a 12-digit access key is the root of that account."""
    return _client(service, endpoint, region, aws_access_key_id=account, aws_secret_access_key="local")  # noqa: S106


def client_with(service: str, endpoint: str, region: str, access_key: tuple[str, str]) -> Any:
    """A client of `service` with an access key (id, secret) of an IAM user."""
    return _client(service, endpoint, region, aws_access_key_id=access_key[0], aws_secret_access_key=access_key[1])


def client_as(
    service: str, endpoint: str, region: str, access_key: tuple[str, str], role_arn: str, **assume: str
) -> Any:
    """A client of `service` in the session of a role that the holder of `access_key` (id, secret) assumes.

    `assume` are further parameters of AssumeRole, such as ExternalId.
    """
    sts = client_with("sts", endpoint, region, access_key)
    session = sts.assume_role(RoleArn=role_arn, RoleSessionName="local-session", **assume)["Credentials"]
    return _client(
        service,
        endpoint,
        region,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )


def _client(service: str, endpoint: str, region: str, **keys: str) -> Any:
    return boto3.client(  # type: ignore[call-overload]
        service, endpoint_url=endpoint, region_name=region, config=_CONFIG, **keys
    )
