"""Reading a cluster: what is asked, page by page, and what becomes of each answer that is no list."""

import json

import msgspec
import pytest

from local.kubernetes.api import Answer, Request
from local.kubernetes.faults import faulty_answer
from local.kubernetes.generator import Size, generated
from local.kubernetes.server import KubernetesServer
from local.kubernetes.state import encode
from plumbline.adapters.kubernetes.connection import Limits
from plumbline.adapters.kubernetes.kinds import KINDS
from plumbline.domain.evidence.section import Collected, NotCollected
from plumbline.domain.kubernetes_evidence import KubernetesEvidence
from plumbline.domain.verdict import Reason
from tests.adapters.kubernetes.stub import AT_ONCE, EVERYTHING, NOW, Cluster, missing, one, read


def shorter(**limits: object) -> Limits:
    return msgspec.structs.replace(AT_ONCE, **limits)


# --- what is asked


def test_an_empty_cluster_costs_33_calls(cluster: Cluster) -> None:
    read(cluster)
    assert sum(cluster.asked.values()) == 33
    assert cluster.asked["discovery"] == 2
    assert cluster.asked["configmaps"] == 3
    assert cluster.targets[:2] == ["/api", "/apis"]


def test_each_installed_kind_costs_one_more(cluster: Cluster) -> None:
    cluster.state.groups |= {kind.group for kind in KINDS if kind.optional}
    read(cluster)
    assert sum(cluster.asked.values()) == 33 + 13
    assert cluster.asked["ingressclassparams"] == 2


def test_the_calls_of_a_large_cluster_follow_the_formula(server: KubernetesServer) -> None:
    cluster = Cluster(server)
    state = generated(Size(namespaces=20, pods=1_200))
    cluster._api = type(cluster._api)(state, cluster._api.users)
    read(cluster)
    counts = {kind: state.count(kind) for kind in state.kinds()}
    listed = {(kind.group, kind.plural) for kind in KINDS if not kind.name}
    extra = sum(max(0, -(-count // 500) - 1) for kind, count in counts.items() if (kind.group, kind.plural) in listed)
    q = sum(1 for kind in KINDS if kind.optional and (kind.group, kind.plural) in {(k.group, k.plural) for k in counts})
    assert extra >= 2
    assert sum(cluster.asked.values()) == 33 + q + extra


def test_every_list_asks_for_json_pages_and_nothing_is_sent_elsewhere(cluster: Cluster) -> None:
    read(cluster)
    assert all("limit=500" in target for target in cluster.targets[2:])
    assert {headers["authorization"] for headers in cluster.headers} == {"Bearer reader"}
    assert {headers["accept"] for headers in cluster.headers[2:]} == {"application/json"}
    assert not any("resourceVersion" in target or "/secrets" in target for target in cluster.targets)


def test_what_is_not_asked_for_is_not_read(cluster: Cluster) -> None:
    assert read(cluster, ()) == KubernetesEvidence()
    assert not cluster.targets
    found = read(cluster, {"nodes"})
    assert found == KubernetesEvidence(nodes=Collected((), NOW))
    assert sum(cluster.asked.values()) == 3


def test_several_requests_at_once_read_the_same(cluster: Cluster) -> None:
    cluster.state.apply(*(one("Namespace", "v1", f"n{number}") for number in range(3)))
    assert read(cluster, limits=shorter(in_flight=4)) == read(cluster)


# --- pages


def test_all_pages_are_read(cluster: Cluster) -> None:
    names = [f"n{number:04d}" for number in range(1_201)]
    cluster.state.apply(*(one("Namespace", "v1", name) for name in names))
    found = read(cluster, {"namespaces"}).namespaces
    assert isinstance(found, Collected)
    assert [namespace.name for namespace in found.value] == names
    assert cluster.asked["namespaces"] == 3


def expiring(cluster: Cluster, times: int) -> None:
    left = [times]

    def answer(request: Request) -> Answer | None:
        if "continue=" in request.target and left[0]:
            left[0] -= 1
            return faulty_answer("Expired", "", request)
        return None

    cluster.override("namespaces", answer)


def test_a_list_that_expires_is_begun_again_once(cluster: Cluster) -> None:
    cluster.state.apply(*(one("Namespace", "v1", f"n{number:04d}") for number in range(600)))
    expiring(cluster, 1)
    found = read(cluster, {"namespaces"}).namespaces
    assert isinstance(found, Collected)
    assert len(found.value) == 600
    assert cluster.asked["namespaces"] == 4


def test_a_list_that_expires_again_is_missing(cluster: Cluster) -> None:
    cluster.state.apply(*(one("Namespace", "v1", f"n{number:04d}") for number in range(600)))
    expiring(cluster, 2)
    found = read(cluster, {"namespaces", "nodes"})
    assert found.namespaces == NotCollected(
        Reason.NOT_COLLECTED, "namespaces: the list expired twice while it was read", NOW
    )
    assert isinstance(found.nodes, Collected)


def test_a_list_that_never_ends_is_missing(cluster: Cluster) -> None:
    cluster.fault("roles", "EndlessList")
    found = read(cluster, {"roles", "nodes"}, limits=shorter(pages=7))
    told = "roles.rbac.authorization.k8s.io: the list does not end within 7 pages"
    assert found.roles == NotCollected(Reason.NOT_COLLECTED, told, NOW)
    assert isinstance(found.nodes, Collected)
    assert cluster.asked["roles"] == 7


def test_a_page_that_leads_back_to_itself_ends_the_list(cluster: Cluster) -> None:
    body = encode({"kind": "RoleList", "metadata": {"continue": "again"}, "items": []})
    cluster.override("roles", lambda _: Answer(200, body))
    found = read(cluster, {"roles"}).roles
    assert isinstance(found, NotCollected)
    assert "never ends" in found.detail
    assert cluster.asked["roles"] == 2


def test_an_answer_that_is_too_long_is_missing(cluster: Cluster) -> None:
    cluster.state.apply(one("Namespace", "v1", "big", status={"x": "y" * 10_000}))
    found = read(cluster, {"namespaces", "nodes"}, limits=shorter(answer_bytes=8_000))
    # Discovery is longer, too.
    assert {section.reason for section in missing(found).values()} == {Reason.NOT_COLLECTED}
    assert "more than 8000 bytes" in missing(found)["namespaces"].detail


# --- refusals


ONE_KIND = [
    ("Forbidden", Reason.ACCESS_DENIED, "forbidden: "),
    ("Html", Reason.PARSE_ERROR, "nodes: "),
    ("BadJson", Reason.PARSE_ERROR, "nodes: "),
    ("Empty", Reason.PARSE_ERROR, "nodes: "),
    ("Redirect", Reason.PARSE_ERROR, "/api/v1/nodes was answered with HTTP 302"),
    ("HtmlError", Reason.ENDPOINT_UNREACHABLE, "/api/v1/nodes was answered with HTTP 502"),
    ("InternalError", Reason.ENDPOINT_UNREACHABLE, "/api/v1/nodes was answered with HTTP 500: injected"),
    ("ServiceUnavailable", Reason.ENDPOINT_UNREACHABLE, "/api/v1/nodes was answered with HTTP 503: injected"),
    ("TooManyRequests", Reason.THROTTLED, "/api/v1/nodes was answered with HTTP 429"),
    ("NotFound", Reason.NOT_FOUND_IN_LISTING, "/api/v1/nodes was answered with HTTP 404"),
    ("Expired", Reason.NOT_COLLECTED, "nodes: the list expired twice"),
]


@pytest.mark.parametrize(("fault", "reason", "detail"), ONE_KIND, ids=[name for name, *_ in ONE_KIND])
def test_what_goes_wrong_with_one_kind_leaves_the_others(
    cluster: Cluster, fault: str, reason: Reason, detail: str
) -> None:
    cluster.fault("nodes", fault)
    found = missing(read(cluster))
    assert set(found) == {"nodes"}
    assert (found["nodes"].reason, found["nodes"].at) == (reason, NOW)
    assert found["nodes"].detail.startswith(detail)


@pytest.mark.parametrize("fault", ["TooManyRequests", "ServiceUnavailable", "InternalError", "HtmlError"])
def test_a_busy_server_is_asked_again(cluster: Cluster, fault: str) -> None:
    cluster.fault("nodes", fault, times=4)
    assert isinstance(read(cluster, {"nodes"}).nodes, Collected)
    assert cluster.asked["nodes"] == 5
    cluster.fault("nodes", fault)
    assert isinstance(read(cluster, {"nodes"}).nodes, NotCollected)
    assert cluster.asked["nodes"] == 10


def test_a_server_that_is_busy_for_every_kind_is_left_alone(cluster: Cluster) -> None:
    cluster.fault("*", "TooManyRequests")
    cluster.override("discovery", cluster._api.answer)
    found = read(cluster)
    assert {section.reason for section in missing(found).values()} == {Reason.THROTTLED}
    assert isinstance(found.api_groups, Collected)
    # What is not installed is known to be empty all the same.
    assert set(missing(found)) == {kind.section for kind in KINDS if not kind.optional}
    assert sum(cluster.asked.values()) == 2 + 2 * AT_ONCE.attempts


@pytest.mark.parametrize(
    ("fault", "reason", "word"),
    [
        ("Unauthorized", Reason.ACCESS_DENIED, "unauthorized: "),
        ("Forbidden", Reason.ACCESS_DENIED, "forbidden: "),
        ("Html", Reason.PARSE_ERROR, "/api: "),
        ("Redirect", Reason.PARSE_ERROR, "/api was answered with HTTP 302"),
        ("NullItems", Reason.PARSE_ERROR, "/api: the answer is of kind 'List', not discovery"),
        ("InternalError", Reason.ENDPOINT_UNREACHABLE, "/api was answered with HTTP 500"),
        ("NotFound", Reason.NOT_FOUND_IN_LISTING, "/api was answered with HTTP 404"),
    ],
)
def test_without_discovery_nothing_is_read(cluster: Cluster, fault: str, reason: Reason, word: str) -> None:
    cluster.fault("discovery", fault)
    found = missing(read(cluster))
    assert set(found) == EVERYTHING
    assert {(section.reason, section.at) for section in found.values()} == {(reason, NOW)}
    assert {section.detail for section in found.values()} == {found["nodes"].detail}
    assert found["nodes"].detail.startswith(word)


def test_a_token_that_is_not_taken_any_more_ends_the_reading(cluster: Cluster) -> None:
    cluster.fault("services", "Unauthorized")
    found = read(cluster, {"namespaces", "nodes", "services", "roles", "pods"})
    assert set(missing(found)) == {"services", "roles", "pods"}
    assert all(section.detail.startswith("unauthorized: ") for section in missing(found).values())
    assert cluster.asked["roles"] == 0


def test_nobody_is_let_in_without_a_token(cluster: Cluster) -> None:
    assert missing(read(cluster, {"nodes"}, token="stranger"))["nodes"].detail.startswith("unauthorized: ")


# --- discovery


def test_groups_with_their_versions_are_found(cluster: Cluster) -> None:
    cluster.state.groups.add("karpenter.sh")
    found = read(cluster, {"api_groups"}).api_groups
    assert isinstance(found, Collected)
    assert found.value[""] == ("v1",)
    assert found.value["karpenter.sh"] == ("v1",)
    assert "keda.sh" not in found.value


def old_form(cluster: Cluster) -> None:
    def answer(request: Request) -> Answer | None:
        plain = Request(request.method, request.target, {**request.headers, "accept": "application/json"}, b"")
        return cluster._api.answer(plain)

    cluster.override("discovery", answer)


def test_the_old_form_of_discovery_says_the_same(cluster: Cluster) -> None:
    cluster.state.groups |= {"karpenter.sh", "elbv2.k8s.aws", "eks.amazonaws.com"}
    cluster.state.apply(one("NodePool", "karpenter.sh/v1", "general"))
    before = read(cluster)
    old_form(cluster)
    assert read(cluster) == before
    assert isinstance(before.node_pools, Collected)
    assert [pool.name for pool in before.node_pools.value] == ["general"]


@pytest.mark.parametrize("minor", [29, 34])
def test_older_clusters_are_read_too(server: KubernetesServer, minor: int) -> None:
    cluster = Cluster(server, minor=minor)
    assert missing(read(cluster)) == {}
    assert sum(cluster.asked.values()) == 33


def discovered(cluster: Cluster, *versions: dict[str, object]) -> None:
    """Answer discovery with one group, karpenter.sh."""
    group = {"metadata": {"name": "karpenter.sh", "creationTimestamp": None}, "versions": versions}
    body = encode({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": [group]})
    cluster.override("discovery", lambda request: Answer(200, body) if request.path == "/apis" else None)


def test_the_preferred_version_that_is_served_is_read(cluster: Cluster) -> None:
    resources = [{"resource": "nodepools", "verbs": ["list"]}]
    discovered(cluster, {"version": "v1alpha5", "resources": None}, {"version": "v1beta1", "resources": resources})
    cluster.page("nodepools", "NodePoolList", one("NodePool", "karpenter.sh/v1beta1", "old"))
    found = read(cluster, {"node_pools"}).node_pools
    assert isinstance(found, Collected)
    assert [pool.name for pool in found.value] == ["old"]
    assert any(target.startswith("/apis/karpenter.sh/v1beta1/nodepools") for target in cluster.targets)


def test_a_kind_in_versions_that_nobody_understands_is_missing(cluster: Cluster) -> None:
    discovered(cluster, {"version": "v3", "resources": [{"resource": "nodepools"}]})
    found = read(cluster, {"node_pools"}).node_pools
    assert isinstance(found, NotCollected)
    assert found.detail == "nodepools.karpenter.sh is served as v3 only, which is not understood"


def test_a_group_that_does_not_answer_is_not_taken_for_absent(cluster: Cluster) -> None:
    discovered(cluster, {"version": "v1", "resources": [], "freshness": "Stale"})
    found = read(cluster, {"node_pools", "nodes"})
    assert isinstance(found.node_pools, NotCollected)
    assert found.node_pools.reason is Reason.ENDPOINT_UNREACHABLE
    assert isinstance(found.nodes, Collected)


def test_a_kind_that_an_old_cluster_does_not_have_is_a_fact(server: KubernetesServer) -> None:
    found = read(Cluster(server, minor=28)).admission_policies
    assert found == Collected((), NOW)


def test_a_section_of_two_groups_needs_both(cluster: Cluster) -> None:
    cluster.state.groups |= {"elbv2.k8s.aws", "eks.amazonaws.com"}
    cluster.state.apply(
        one("IngressClassParams", "elbv2.k8s.aws/v1beta1", "controller"),
        one("IngressClassParams", "eks.amazonaws.com/v1", "auto"),
    )
    found = read(cluster, {"ingress_class_params"}).ingress_class_params
    assert isinstance(found, Collected)
    assert sorted(params.name for params in found.value) == ["auto", "controller"]
    denied = json.dumps({"message": "no"}).encode()
    cluster.override("ingressclassparams", lambda request: Answer(403, denied) if "elbv2" in request.path else None)
    assert isinstance(read(cluster, {"ingress_class_params"}).ingress_class_params, NotCollected)


# --- nulls


def test_explicit_nulls_are_absent_members(cluster: Cluster) -> None:
    cluster.page(
        "clusterroles",
        "ClusterRoleList",
        {"metadata": {"name": "aggregated", "creationTimestamp": None, "labels": None}, "rules": None},
        {"metadata": {"name": "one"}, "rules": [{"verbs": ["get"], "resources": None, "apiGroups": [None, ""]}]},
    )
    found = read(cluster, {"cluster_roles"}).cluster_roles
    assert isinstance(found, Collected)
    assert [role.name for role in found.value] == ["aggregated", "one"]
    assert found.value[1].rules[0].api_groups == ("",)


def test_an_empty_list_may_be_null(cluster: Cluster) -> None:
    cluster.fault("nodes", "NullItems")
    assert read(cluster, {"nodes"}).nodes == Collected((), NOW)


@pytest.mark.parametrize("body", [b"{}", b'{"kind":"NodeList"}', b'{"kind":"Status","items":[]}', b"[]", b"null", b"3"])
def test_what_is_no_list_is_no_empty_list(cluster: Cluster, body: bytes) -> None:
    cluster.override("nodes", lambda _: Answer(200, body))
    found = read(cluster, {"nodes"}).nodes
    assert isinstance(found, NotCollected)
    assert found.reason is Reason.PARSE_ERROR


def test_an_object_that_does_not_fit_is_named_with_the_field(cluster: Cluster) -> None:
    good = {"metadata": {"name": "fine"}}
    cluster.page("nodes", "NodeList", good, {"metadata": {"name": "odd"}, "spec": {"unschedulable": "perhaps"}})
    found = read(cluster, {"nodes"}).nodes
    assert isinstance(found, NotCollected)
    assert (found.reason, found.detail) == (
        Reason.PARSE_ERROR,
        "nodes odd: Expected `bool`, got `str` - at `$.spec.unschedulable`",
    )


def test_a_number_that_cannot_be_kept_is_unreadable(cluster: Cluster) -> None:
    cluster.page("horizontalpodautoscalers", "HorizontalPodAutoscalerList",
                 {"metadata": {"name": "a"}, "spec": {"maxReplicas": 10**30}})  # fmt: skip
    found = read(cluster, {"horizontal_autoscalers"}).horizontal_autoscalers
    assert isinstance(found, NotCollected)
    assert found.reason is Reason.PARSE_ERROR


def test_what_is_nested_too_deeply_is_unreadable(cluster: Cluster) -> None:
    deep = b'{"kind":"NodeList","items":[' + b'{"metadata":' * 100_000 + b"1" + b"}" * 100_000 + b"]}"
    cluster.override("nodes", lambda _: Answer(200, deep))
    found = read(cluster, {"nodes"}).nodes
    assert isinstance(found, NotCollected)
    assert found.reason is Reason.PARSE_ERROR


def test_huge_annotations_are_not_kept(cluster: Cluster) -> None:
    annotations = {
        "kubectl.kubernetes.io/last-applied-configuration": '{"spec": "small, but a copy of everything"}',
        "example.com/state": "x" * 250_000,
        "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/pods",
    }
    account = one("ServiceAccount", "v1", "api", "team")
    account["metadata"]["annotations"] = annotations
    cluster.state.apply(account)
    found = read(cluster, {"service_accounts"}).service_accounts
    assert isinstance(found, Collected)
    assert found.value[0].metadata.annotations == {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/pods"}
