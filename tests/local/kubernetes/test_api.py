"""Discovery, lists, refusals and changes, in the shapes of the API's documentation."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from local.kubernetes.state import ClusterState
from tests.local.kubernetes.conftest import AGGREGATED, Client

PAGES = "/api/v1/pods?limit=50"


def test_aggregated_discovery_tells_everything_in_two_answers(client: Client) -> None:
    core, groups = client("/api", Accept=f"{AGGREGATED},application/json"), client("/apis", Accept=AGGREGATED)
    assert core.headers["content-type"] == groups.headers["content-type"] == AGGREGATED
    assert (core.json["kind"], core.json["apiVersion"]) == ("APIGroupDiscoveryList", "apidiscovery.k8s.io/v2")
    (version,) = core.json["items"][0]["versions"]
    assert (version["version"], version["freshness"]) == ("v1", "Current")
    pods = next(one for one in version["resources"] if one["resource"] == "pods")
    assert pods["responseKind"] == {"group": "", "version": "v1", "kind": "Pod"}
    assert (pods["scope"], pods["singularResource"]) == ("Namespaced", "pod")
    assert {one["metadata"]["name"] for one in groups.json["items"]} >= {"apps", "batch", "metrics.k8s.io"}
    assert "karpenter.sh" not in {one["metadata"]["name"] for one in groups.json["items"]}


def test_discovery_in_the_old_form(client: Client) -> None:
    assert client("/api").json["versions"] == ["v1"]
    apps = next(one for one in client("/apis").json["groups"] if one["name"] == "apps")
    assert apps["preferredVersion"] == {"groupVersion": "apps/v1", "version": "v1"}
    assert client("/apis/apps").json["kind"] == "APIGroup"
    resources = client("/apis/apps/v1").json
    assert (resources["kind"], resources["groupVersion"]) == ("APIResourceList", "apps/v1")
    assert [one["name"] for one in resources["resources"]] == [
        "daemonsets",
        "deployments",
        "replicasets",
        "statefulsets",
    ]
    assert client("/api/v1").json["groupVersion"] == "v1"


@pytest.mark.parametrize(("minor", "served"), [(34, "apidiscovery.k8s.io/v2"), (27, "v1")])
def test_an_old_server_answers_in_the_old_form(client: Client, state: ClusterState, minor: int, served: str) -> None:
    state.minor = minor
    assert client("/apis", Accept=f"{AGGREGATED},application/json").json["apiVersion"] == served
    policies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
    assert client(policies).status == (200 if minor == 34 else 404)


def test_pages_hold_every_object_once_in_order(client: Client) -> None:
    pages, proceed = [], ""
    while True:
        page = client(PAGES + (f"&continue={quote(proceed)}" if proceed else "")).json
        pages.append(page)
        proceed = page["metadata"].get("continue", "")
        if not proceed:
            break
    assert [len(page["items"]) for page in pages] == [50, 50, 20]
    assert [page["metadata"].get("remainingItemCount") for page in pages] == [70, 20, None]
    assert len({page["metadata"]["resourceVersion"] for page in pages}) == 1
    names = [(one["metadata"]["namespace"], one["metadata"]["name"]) for page in pages for one in page["items"]]
    assert names == sorted(set(names))
    assert (pages[0]["kind"], pages[0]["apiVersion"]) == ("PodList", "v1")
    assert "kind" not in pages[0]["items"][0]


def test_pages_come_from_one_snapshot(client: Client, state: ClusterState) -> None:
    first = client(PAGES).json
    state.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "zz", "namespace": "zz"}})
    second = client(f"{PAGES}&continue={first['metadata']['continue']}").json
    assert second["metadata"]["remainingItemCount"] == 20
    assert client("/api/v1/namespaces/zz/pods").json["items"][0]["metadata"]["name"] == "zz"


def test_a_continue_token_expires_and_says_how_to_go_on(client: Client, state: ClusterState) -> None:
    first = client(PAGES).json
    state.forget_snapshots()
    refused = client(f"{PAGES}&continue={first['metadata']['continue']}")
    assert (refused.status, refused.json["reason"], refused.json["code"]) == (410, "Expired", 410)
    assert refused.json["kind"] == "Status"
    rest = client(f"{PAGES}&continue={refused.json['metadata']['continue']}").json
    assert len(rest["items"]) == 50


def test_a_continue_token_expires_with_time(client: Client, state: ClusterState) -> None:
    now = 0.0
    state.clock = lambda: now
    token = client(PAGES).json["metadata"]["continue"]
    now = 299.0
    assert client(f"{PAGES}&continue={token}").status == 200
    now = 301.0
    assert client(f"{PAGES}&continue={token}").status == 410


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/api/v1/pods?continue=nonsense", 400, "BadRequest"),
        (f"/api/v1/pods?continue={'e30'}", 400, "BadRequest"),
        ("/api/v1/pods?limit=many", 400, "BadRequest"),
        ("/api/v1/pods?resourceVersion=soon", 400, "BadRequest"),
        ("/api/v1/pods?resourceVersion=99999999", 504, "Timeout"),
        ("/api/v1/pods?fieldSelector=spec.colour%3Dred", 400, "BadRequest"),
        ("/api/v1/pods?watch=true", 400, "BadRequest"),
        ("/api/v1/colours", 404, "NotFound"),
        ("/api/v2/pods", 404, "NotFound"),
        ("/apis/karpenter.sh/v1/nodepools", 404, "NotFound"),
        ("/apis/nowhere.example/v1", 404, "NotFound"),
        ("/apis/apps/v1/namespaces/team-0000/deployments/gone", 404, "NotFound"),
    ],
)
def test_a_wrong_request_is_refused_with_a_status(client: Client, path: str, status: int, reason: str) -> None:
    refused = client(path, token="admin")
    assert (refused.status, refused.json["kind"], refused.json["reason"]) == (status, "Status", reason)
    assert (refused.json["status"], refused.json["code"]) == ("Failure", status)


def test_resource_version_zero_is_any(client: Client) -> None:
    assert client("/api/v1/nodes?resourceVersion=0").status == 200


def test_nobody_without_a_token_and_nothing_with_a_wrong_one(client: Client) -> None:
    assert client("/api", token="").status == 403
    assert client("/version", token="").json["minor"] == "34"
    refused = client("/api", token="wrong")
    assert (refused.status, refused.json["reason"], refused.json["message"]) == (401, "Unauthorized", "Unauthorized")


def test_only_what_the_role_says_is_listed(client: Client) -> None:
    assert client("/apis/apps/v1/deployments").status == 200
    for path in ("/api/v1/secrets", "/api/v1/configmaps", "/apis/apps/v1/replicasets"):
        refused = client(path)
        assert (refused.status, refused.json["reason"]) == (403, "Forbidden")
        assert 'User "reader" cannot list resource' in refused.json["message"]
    assert (
        client("/api/v1/nodes/gone").json["message"].startswith('nodes "gone" is forbidden: User "reader" cannot get')
    )
    assert client("/apis/apps/v1/deployments", token="nobody").status == 403
    assert client("/api", token="nobody").status == 200


@pytest.mark.parametrize(
    ("query", "status", "found"),
    [
        ("?fieldSelector=metadata.name%3Damazon-vpc-cni", 200, ["amazon-vpc-cni"]),
        ("?fieldSelector=metadata.name%3Daws-auth", 200, []),
        ("?fieldSelector=metadata.name%3Danother", 403, None),
        ("", 403, None),
    ],
)
def test_config_maps_by_name_alone(client: Client, query: str, status: int, found: list[str] | None) -> None:
    answer = client(f"/api/v1/namespaces/kube-system/configmaps{query}")
    assert answer.status == status
    if found is not None:
        assert [one["metadata"]["name"] for one in answer.json["items"]] == found


def test_selectors_narrow_lists(client: Client) -> None:
    node = client("/api/v1/nodes?limit=1").json["items"][0]["metadata"]["name"]
    on_node = client(f"/api/v1/pods?fieldSelector=spec.nodeName%3D{node}").json["items"]
    assert {one["spec"]["nodeName"] for one in on_node} == {node}
    dns = client("/api/v1/pods?labelSelector=k8s-app%3Dkube-dns&limit=1").json
    assert dns["items"][0]["metadata"]["labels"]["k8s-app"] == "kube-dns"
    assert "remainingItemCount" not in dns["metadata"]


def test_an_aggregated_api_without_its_server(client: Client, state: ClusterState) -> None:
    state.unavailable = {"metrics.k8s.io"}
    refused = client("/apis/metrics.k8s.io/v1beta1/nodes", token="admin")
    assert (refused.status, refused.json["reason"]) == (503, "ServiceUnavailable")
    groups = client("/apis", Accept=AGGREGATED).json["items"]
    stale = {one["metadata"]["name"] for one in groups if one["versions"][0]["freshness"] == "Stale"}
    assert stale == {"metrics.k8s.io"}


def test_objects_are_made_changed_and_removed(client: Client) -> None:
    base = "/apis/apps/v1/namespaces/team-0000/deployments"
    given: dict[str, Any] = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "new"},
        "spec": {
            "template": {
                "metadata": {"labels": {"app": "new"}},
                "spec": {"containers": [{"name": "a", "image": "nginx"}]},
            }
        },
    }
    assert client(base, method="POST", body=given).status == 403
    made = client(base, method="POST", token="admin", body=given)
    assert (made.status, made.json["spec"]["replicas"], made.json["metadata"]["namespace"]) == (201, 1, "team-0000")
    container = made.json["spec"]["template"]["spec"]["containers"][0]
    assert container["imagePullPolicy"] == "Always"
    assert made.json["metadata"]["managedFields"][0]["fieldsType"] == "FieldsV1"
    assert client(base, method="POST", token="admin", body=given).json["reason"] == "AlreadyExists"
    given["spec"]["replicas"] = 3
    changed = client(f"{base}/new", method="PUT", token="admin", body=given)
    assert (changed.status, changed.json["spec"]["replicas"]) == (200, 3)
    assert int(changed.json["metadata"]["resourceVersion"]) > int(made.json["metadata"]["resourceVersion"])
    assert client(f"{base}/other", method="PUT", token="admin", body=given).status == 404
    assert client(f"{base}/new", method="DELETE", token="admin").json["status"] == "Success"
    assert client(f"{base}/new", token="admin").status == 404
    assert client(f"{base}/new", method="PATCH", token="admin", body={}).status == 405


def test_a_namespace_takes_its_objects_with_it(client: Client) -> None:
    assert client("/api/v1/namespaces/team-0001", method="DELETE", token="admin").status == 200
    assert client("/api/v1/namespaces/team-0001/pods").json["items"] == []
    assert client("/apis/apps/v1/namespaces/team-0001/deployments").json["items"] == []


def test_a_custom_kind_is_served_from_its_first_object_on(client: Client, state: ClusterState) -> None:
    pool = {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "default"}, "spec": {}}
    pools = "/apis/karpenter.sh/v1/nodepools"
    assert client(pools, method="POST", token="admin", body=pool).status == 404
    state.apply(pool)
    (item,) = client(pools).json["items"]
    assert (item["apiVersion"], item["kind"], item["metadata"]["name"]) == ("karpenter.sh/v1", "NodePool", "default")
    assert client("/apis/karpenter.sh").json["preferredVersion"]["groupVersion"] == "karpenter.sh/v1"
