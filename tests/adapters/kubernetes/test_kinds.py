"""The table of kinds is the evidence plan, and nothing else is asked for."""

import json
from collections import Counter

import pytest

from local.kubernetes.kinds import KINDS as SIMULATED
from plumbline.adapters.kubernetes.kinds import KINDS, kinds_of
from plumbline.adapters.kubernetes.readers import READERS
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS

DISCOVERY = 2


def test_a_cluster_costs_33_calls_and_13_more_when_everything_is_installed() -> None:
    always = [kind for kind in KINDS if not kind.optional]
    assert len(always) + DISCOVERY == 33
    assert len(KINDS) - len(always) == 13


def test_the_table_fills_every_section_but_discovery() -> None:
    assert {kind.section for kind in KINDS} == set(KUBERNETES_SECTIONS) - {"api_groups"}


def test_there_is_a_reader_for_every_section_but_the_pods() -> None:
    assert set(READERS) == {kind.section for kind in KINDS} - {"pods"}


def test_only_the_controllers_of_two_groups_share_a_section() -> None:
    shared = [name for name, count in Counter(kind.section for kind in KINDS).items() if count > 1]
    assert shared == ["ingress_class_params"]


def test_no_secret_is_asked_for_and_no_config_map_at_large() -> None:
    plurals = {kind.plural for kind in KINDS}
    assert not plurals & {"secrets", "replicasets", "endpoints", "events", "leases"}
    named = [kind.label for kind in KINDS if kind.plural == "configmaps"]
    assert named == [
        "configmaps kube-system/aws-auth",
        "configmaps kube-system/amazon-vpc-cni",
        "configmaps aws-observability/aws-logging",
    ]
    assert all(bool(kind.namespace) is bool(kind.name) is (kind.plural == "configmaps") for kind in KINDS)


def test_pods_are_read_last_whoever_asks() -> None:
    assert kinds_of(KUBERNETES_SECTIONS)[-1].section == "pods"
    assert [kind.section for kind in kinds_of(["pods", "nodes"])] == ["nodes", "pods"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.label)
def test_every_kind_is_known_to_the_api_server(kind: object) -> None:
    known = {(one.group, one.plural): one.version for one in SIMULATED}
    assert known[kind.group, kind.plural] in kind.versions  # type: ignore[attr-defined]


def test_paths_and_queries() -> None:
    by_section = {kind.section: kind for kind in KINDS}
    assert by_section["pods"].path("v1") == "/api/v1/pods"
    assert by_section["node_pools"].path("v1") == "/apis/karpenter.sh/v1/nodepools"
    aws_auth = by_section["aws_auth"]
    assert aws_auth.path("v1") == "/api/v1/namespaces/kube-system/configmaps"
    assert aws_auth.query() == "limit=500&fieldSelector=metadata.name%3Daws-auth"
    assert by_section["pods"].query(json.dumps({"a": "b&c"})) == "limit=500&continue=%7B%22a%22%3A%20%22b%26c%22%7D"
    assert (aws_auth.label, by_section["deployments"].label) == ("configmaps kube-system/aws-auth", "deployments.apps")
