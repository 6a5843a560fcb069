"""Tokens as EKS takes them: signed by botocore, refused for each thing that can be wrong."""

# ruff: noqa: S107 (no password of anything)

from __future__ import annotations

import base64
import datetime as dt
from typing import Any

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.kubernetes.eks_tokens import Credential, TokenError, caller_of
from local.kubernetes.state import ClusterState
from local.kubernetes.users import EksUsers
from local.simulators.world import Cluster

ROLE = "arn:aws:iam::222233334444:role/plumbline-reader"
SESSION = "arn:aws:sts::222233334444:assumed-role/plumbline-reader/sweep"
KEYS = {
    ("ASIAEXAMPLE", "session"): Credential("secret", SESSION),
    ("AKIAUSER", ""): Credential("own", f"{ROLE[:26]}user/anna"),
}
STS = "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
HEADERS = {"x-k8s-aws-id": "payments-prod"}


def signed(
    url: str = STS,
    *,
    expires: int = 60,
    headers: Any = HEADERS,
    key: str = "ASIAEXAMPLE",
    secret: str = "secret",
    session: str | None = "session",
) -> str:
    request = AWSRequest("GET", url, headers=headers)
    SigV4QueryAuth(Credentials(key, secret, session), "sts", "eu-west-1", expires=expires).add_auth(request)
    assert isinstance(request.url, str)
    return request.url


def token(url: str) -> str:
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def caller(given: str, cluster: str = "payments-prod", after: float = 0) -> str:
    now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=after)
    return caller_of(given, cluster, lambda key, session: KEYS.get((key, session)), now)


@pytest.mark.parametrize(
    "url",
    [
        STS,
        STS.replace("sts.eu-west-1.", "sts."),
        STS.replace("https://sts.eu-west-1.amazonaws.com", "http://127.0.0.1:4566"),
    ],
)
def test_a_session_is_the_role_that_it_is_of(url: str) -> None:
    assert caller(token(signed(url))) == ROLE


def test_a_user_is_itself() -> None:
    assert caller(token(signed(key="AKIAUSER", secret="own", session=None))).endswith(":user/anna")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("nonsense", "prefix"),
        ("k8s-aws-v1.!!!", "not"),
        (token(signed()) + "==", "padding"),
        (token("https://sts.evil.example/?Action=GetCallerIdentity"), "not an address of STS"),
        (token("https://sts.amazonaws.com/path?Action=GetCallerIdentity"), "not an address of STS"),
        (token(STS), "missing"),
        (token(signed() + "&Action=GetCallerIdentity"), "twice"),
        (token(signed(STS.replace("GetCallerIdentity", "AssumeRole"))), "not GetCallerIdentity"),
        (token(signed(headers={})), "is not signed"),
        (token(signed(headers={"x-k8s-aws-id": "another"})), "signature does not fit"),
        (token(signed(secret="guessed")), "signature does not fit"),
        (token(signed(key="ASIAUNKNOWN")), "unknown or expired"),
        (token(signed(session="stolen")), "unknown or expired"),
        (token(signed(expires=3600)), "at most 900"),
    ],
)
def test_a_wrong_token_is_refused(given: str, reason: str) -> None:
    with pytest.raises(TokenError, match=reason):
        caller(given)


def test_a_token_is_good_for_a_quarter_of_an_hour() -> None:
    given = token(signed())
    assert caller(given, after=890) == ROLE
    with pytest.raises(TokenError, match="expired"):
        caller(given, after=910)


def users(cluster: Cluster | None) -> EksUsers:
    return EksUsers(
        "payments-prod", lambda: cluster, lambda key, session: KEYS.get((key, session)), lambda: dt.datetime.now(dt.UTC)
    )


def cluster(mode: str = "API", *, entry: bool = True) -> Cluster:
    made = Cluster({"accessConfig": {"authenticationMode": mode}})
    if entry:
        made.access_entries[ROLE] = {"username": "plumbline", "kubernetesGroups": ["plumbline"]}
    return made


AWS_AUTH = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "aws-auth", "namespace": "kube-system"},
    "data": {"mapRoles": f"- rolearn: {ROLE}\n  username: mapped\n  groups: [readers]\n"},
}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (cluster(), ("plumbline", ("plumbline", "system:authenticated"))),
        (cluster(entry=False), None),
        (cluster("API_AND_CONFIG_MAP", entry=False), ("mapped", ("readers", "system:authenticated"))),
        (cluster("CONFIG_MAP"), ("mapped", ("readers", "system:authenticated"))),
        (None, None),
    ],
)
def test_an_entry_or_a_mapping_lets_in(given: Cluster | None, wanted: tuple[str, tuple[str, ...]] | None) -> None:
    state = ClusterState()
    state.apply(AWS_AUTH)
    found = users(given).of_token(token(signed()), state)
    assert (found and (found.name, found.groups)) == wanted


@pytest.mark.parametrize("content", ["- [", "text", "", "[{rolearn: other}]", "- 1\n- null"])
def test_a_mapping_that_is_wrong_lets_nobody_in(content: str) -> None:
    state = ClusterState()
    state.apply({**AWS_AUTH, "data": {"mapRoles": content}})
    assert users(cluster("CONFIG_MAP")).of_token(token(signed()), state) is None
