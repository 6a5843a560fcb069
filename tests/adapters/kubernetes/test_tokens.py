"""Tokens, verified as EKS does: by the signature of the request that they are."""

import base64
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.credentials import Credentials

from local.kubernetes.eks_tokens import Credential, TokenError, caller_of
from plumbline.adapters.kubernetes.tokens import PREFIX, CachedToken, signed_token

KEY, SECRET, SESSION = "ASIA111122223333TEST", "secret/key+x", "session//token=="
STS = "https://sts.eu-west-1.amazonaws.com"
ARN = "arn:aws:sts::111122223333:assumed-role/plumbline-reader/plumbline"


def token(cluster: str = "payments", session: str | None = SESSION) -> str:
    return signed_token(Credentials(KEY, SECRET, session), STS, "eu-west-1", cluster)


def known(key: str, session: str) -> Credential | None:
    return Credential(SECRET, ARN) if (key, session) == (KEY, SESSION) else None


def url_of(given: str) -> str:
    encoded = given.removeprefix(PREFIX)
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()


def test_the_caller_is_recognised_by_the_signature() -> None:
    assert caller_of(token(), "payments", known, datetime.now(UTC)) == (
        "arn:aws:iam::111122223333:role/plumbline-reader"
    )


def test_a_token_is_good_for_one_cluster_only() -> None:
    with pytest.raises(TokenError, match="signature"):
        caller_of(token("payments"), "other", known, datetime.now(UTC))


def test_the_token_is_a_signed_query_of_the_regions_sts() -> None:
    given = token()
    assert given.startswith("k8s-aws-v1.")
    assert "=" not in given
    url = urlsplit(url_of(given))
    query = parse_qs(url.query)
    assert (url.scheme, url.netloc, url.path) == ("https", "sts.eu-west-1.amazonaws.com", "/")
    assert query["Action"] == ["GetCallerIdentity"]
    assert query["Version"] == ["2011-06-15"]
    assert query["X-Amz-Expires"] == ["60"]
    assert query["X-Amz-SignedHeaders"] == ["host;x-k8s-aws-id"]
    assert query["X-Amz-Security-Token"] == [SESSION]
    assert query["X-Amz-Credential"][0].endswith("/eu-west-1/sts/aws4_request")
    assert SECRET not in url.query


def test_keys_without_a_session_sign_without_one() -> None:
    assert "X-Amz-Security-Token" not in url_of(token(session=None))


def test_a_token_is_kept_for_ten_minutes() -> None:
    made, clock = iter(["first", "second", "third"]), [0.0]
    cached = CachedToken(lambda: next(made), lambda: clock[0])
    assert [cached.authorization(), cached.authorization()] == ["Bearer first", "Bearer first"]
    clock[0] = 599
    assert cached.authorization() == "Bearer first"
    clock[0] = 600
    assert cached.authorization() == "Bearer second"
