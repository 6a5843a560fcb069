"""What is served is what tools ask for, and every request is counted."""

import json

from benchmarks.kubernetes.serving import Counting, served
from local.kubernetes.api import Api, Request
from local.kubernetes.generator import Size, generated
from local.kubernetes.rbac import AUTHENTICATED, MASTERS, User
from local.kubernetes.users import FixedUsers

STATE = generated(Size(namespaces=3, pods=60))
HEADERS = {"authorization": "Bearer token"}


def counting() -> Counting:
    return Counting(Api(STATE, FixedUsers({"token": User("benchmark", (MASTERS, AUTHENTICATED))})))


def test_requests_are_counted_by_kind_until_they_are_asked_for() -> None:
    cluster = counting()
    for target in ("/apis", "/api/v1/pods?limit=1", "/api/v1/namespaces/kube-system/pods"):
        assert cluster(Request("GET", target, HEADERS)).status == 200
    assert cluster.asked() == {"discovery": 1, "pods": 2}
    assert cluster.asked() == {}


def test_older_version_of_autoscalers_is_served_too() -> None:
    cluster = counting()
    kinds = [
        json.loads(cluster(Request("GET", f"/apis/autoscaling/{version}/horizontalpodautoscalers", HEADERS)).body)
        for version in ("v1", "v2")
    ]
    assert kinds[0]["items"] == kinds[1]["items"] != []


def test_what_is_served_is_told_by_kind() -> None:
    found = served(STATE)
    assert (found.kinds["pods"], found.kinds["nodes"]) == (60, 3)
    assert found.kinds["deployments.apps"] > 0
    assert found.objects == STATE.total()
