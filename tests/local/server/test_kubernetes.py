"""The Kubernetes APIs of the example clusters in a running embedded AWS, asked as a client of EKS asks."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.error import URLError

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.control import LocalControl
from local.kubernetes.certificates import make_authority
from local.kubernetes.server import Listener
from local.launcher import EmbeddedAws
from tests.local.kubernetes.conftest import Client, Response

ACCOUNT, REGION, CLUSTER = "222233334444", "eu-west-1", "payments-prod"
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "made-by-a-test"}}
Ask = Callable[..., Response]


@pytest.fixture
def control(embedded: EmbeddedAws) -> Iterator[LocalControl]:
    assert embedded.outputs is not None
    local = LocalControl(embedded.outputs.endpoint)
    yield local
    local.clear_faults()
    local.reset_calls()


def _client(embedded: EmbeddedAws, cluster: str, account: str = ACCOUNT) -> Client:
    described = embedded.client("eks", account).describe_cluster(name=cluster)["cluster"]
    authority = base64.b64decode(described["certificateAuthority"]["data"])
    known = replace(make_authority(), certificate=authority)
    return Client(Listener(described["endpoint"], known, lambda _: pytest.fail("is not asked")))


def _token(embedded: EmbeddedAws, cluster: str, role: str = "deploy", account: str = ACCOUNT) -> str:
    assert embedded.outputs is not None
    who = next(one for one in embedded.outputs.engineers if one.account == account)
    arn = f"arn:aws:iam::{account}:role/{role}"
    given = embedded.client_of(who, "sts").assume_role(RoleArn=arn, RoleSessionName="anna")["Credentials"]
    credentials = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    url = f"https://sts.{REGION}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
    request = AWSRequest("GET", url, headers={"x-k8s-aws-id": cluster})
    SigV4QueryAuth(credentials, "sts", REGION, expires=60).add_auth(request)
    return "k8s-aws-v1." + base64.urlsafe_b64encode(str(request.url).encode()).decode().rstrip("=")


@pytest.fixture
def ask(embedded: EmbeddedAws) -> Ask:
    """Asks payments-prod as the role that deploys."""
    client, token = _client(embedded, CLUSTER), _token(embedded, CLUSTER)

    def asked(path: str, **given: Any) -> Response:
        return client(path, token=token, **given)

    return asked


def test_a_role_with_an_entry_is_let_in(ask: Ask) -> None:
    names = [one["metadata"]["name"] for one in ask("/api/v1/namespaces").json["items"]]
    assert {"kube-system", "payments", "reporting"} <= set(names)


def test_a_token_is_good_for_one_cluster(embedded: EmbeddedAws) -> None:
    assert _client(embedded, CLUSTER)("/api", token=_token(embedded, "payments-staging")).status == 401


def test_a_deleted_entry_closes_the_door(embedded: EmbeddedAws, control: LocalControl) -> None:
    eks, role = embedded.client("eks", ACCOUNT), f"arn:aws:iam::{ACCOUNT}:role/deploy"
    client, token = _client(embedded, "payments-staging"), _token(embedded, "payments-staging")
    assert client("/api", token=token).status == 200
    eks.delete_access_entry(clusterName="payments-staging", principalArn=role)
    try:
        assert client("/api", token=token).status == 401
    finally:
        control.rebuild_fleet()
    assert client("/api", token=token).status == 200


def test_a_cluster_may_refuse_connections(embedded: EmbeddedAws) -> None:
    with pytest.raises(URLError, match="refused"):
        _client(embedded, "data-lake")("/api")


def test_faults_strike_the_list_and_cluster_that_they_name(ask: Ask, control: LocalControl) -> None:
    control.inject({"operation": "kubernetes:pods", "code": "TooManyRequests", "resource": CLUSTER})
    assert ask("/api/v1/nodes").status == 200
    struck = ask("/api/v1/pods")
    assert (struck.status, struck.headers["retry-after"], struck.json["reason"]) == (429, "1", "TooManyRequests")
    assert ask("/api/v1/pods").status == 200


def test_requests_are_counted(ask: Ask, control: LocalControl) -> None:
    control.reset_calls()
    ask("/apis")
    ask("/api/v1/pods?limit=1")
    assert control.calls() == {
        (ACCOUNT, REGION, "kubernetes:discovery"): 1,
        (ACCOUNT, REGION, "kubernetes:pods"): 1,
    }


def test_objects_change_at_run_time(ask: Ask, control: LocalControl) -> None:
    control.apply(ACCOUNT, REGION, CLUSTER, NAMESPACE)
    assert ask("/api/v1/namespaces/made-by-a-test").json["status"] == {"phase": "Active"}
    assert control.delete(ACCOUNT, REGION, CLUSTER, NAMESPACE) == 1
    assert control.delete(ACCOUNT, REGION, CLUSTER, NAMESPACE) == 0
    assert ask("/api/v1/namespaces/made-by-a-test").status == 404


def test_a_rebuilt_fleet_forgets_changes(ask: Ask, control: LocalControl) -> None:
    assert ask("/api/v1/namespaces/payments", method="DELETE").status == 200
    assert ask("/api/v1/namespaces/payments").status == 404
    control.rebuild_fleet()
    assert ask("/api/v1/namespaces/payments").status == 200


def test_continue_tokens_expire_when_told(ask: Ask, control: LocalControl) -> None:
    token = ask("/api/v1/pods?limit=1").json["metadata"]["continue"]
    control.expire_continue_tokens()
    assert ask(f"/api/v1/pods?limit=1&continue={token}").status == 410


@pytest.mark.parametrize(
    ("cluster", "given", "message"),
    [
        ("nowhere", NAMESPACE, "no such cluster"),
        (CLUSTER, {"apiVersion": "v1", "kind": "Colour", "metadata": {"name": "red"}}, "no such kind: v1 Colour"),
    ],
)
def test_a_wrong_change_is_refused(control: LocalControl, cluster: str, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        control.apply(ACCOUNT, REGION, cluster, given)
