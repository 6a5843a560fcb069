"""The permissions printed for a cluster are those that reading it takes."""

from typing import Any

import pytest
import yaml

from plumbline.adapters.kubernetes.kinds import KINDS
from plumbline.adapters.kubernetes.permissions import access_entry_command, manifest, objects
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.verdict import Reason
from tests.adapters.kubernetes.stub import Cluster, missing, one, read


def rules(*kinds: str) -> list[dict[str, Any]]:
    return [rule for made in objects() if made["kind"] in kinds for rule in made["rules"]]


def granted(rule: dict[str, Any], namespace: str) -> set[tuple[str, str, str, str]]:
    names = rule.get("resourceNames", [""])
    return {
        (group, plural, namespace, name)
        for group in rule["apiGroups"]
        for plural in rule["resources"]
        for name in names
    }


def test_exactly_the_table_is_granted() -> None:
    found: set[tuple[str, str, str, str]] = set()
    for made in objects():
        for rule in made.get("rules", []):
            found |= granted(rule, made["metadata"].get("namespace", ""))
    assert found == {(kind.group, kind.plural, kind.namespace, kind.name) for kind in KINDS}


def test_the_only_verb_is_list() -> None:
    assert {verb for rule in rules("ClusterRole", "Role") for verb in rule["verbs"]} == {"list"}


def test_config_maps_are_granted_by_name_only_and_secrets_not_at_all() -> None:
    assert "configmaps" not in {plural for rule in rules("ClusterRole") for plural in rule["resources"]}
    assert [rule["resourceNames"] for rule in rules("Role")] == [["aws-auth", "amazon-vpc-cni"], ["aws-logging"]]
    assert "secrets" not in manifest().split("# ")[0]
    assert all("secrets" not in rule["resources"] for rule in rules("ClusterRole", "Role"))


def test_the_manifest_is_yaml_with_role_and_binding_for_each_place() -> None:
    documents = list(yaml.safe_load_all(manifest("auditors")))
    told = [(one["kind"], one["metadata"].get("namespace", "")) for one in documents]
    assert told == [
        ("ClusterRole", ""),
        ("ClusterRoleBinding", ""),
        ("Role", "kube-system"),
        ("RoleBinding", "kube-system"),
        ("Role", "aws-observability"),
        ("RoleBinding", "aws-observability"),
    ]
    subjects = [one["subjects"] for one in documents if "subjects" in one]
    assert subjects == [[{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "auditors"}]] * 3


def test_the_manifest_is_enough_to_read_everything(cluster: Cluster) -> None:
    cluster.state.groups |= {kind.group for kind in KINDS if kind.optional}
    cluster.state.apply(one("Namespace", "v1", "kube-system"), one("Namespace", "v1", "aws-observability"))
    assert missing(read(cluster)) == {}


@pytest.mark.parametrize(
    "plural", ["pods", "deployments", "nodepools", "clusterroles", "services", "validatingadmissionpolicies"]
)
def test_a_kind_that_is_not_granted_is_missing_and_no_other(cluster: Cluster, plural: str) -> None:
    cluster.state.groups |= {kind.group for kind in KINDS if kind.optional}
    role = objects()[0]
    for rule in role["rules"]:
        rule["resources"] = [name for name in rule["resources"] if name != plural]
    cluster.state.apply(role)
    denied = {kind.section for kind in KINDS if kind.plural == plural}
    found = missing(read(cluster))
    assert set(found) == denied
    assert {section.reason for section in found.values()} == {Reason.ACCESS_DENIED}
    assert all(section.detail.startswith("forbidden: ") and plural in section.detail for section in found.values())


def test_a_config_map_in_a_namespace_that_does_not_exist_is_none(cluster: Cluster) -> None:
    cluster.state.delete(*_named("Role", "aws-observability"))
    cluster.state.apply(one("Namespace", "v1", "kube-system"))
    assert read(cluster).fargate_logging.value is None  # type: ignore[union-attr]
    cluster.state.apply(one("Namespace", "v1", "aws-observability"))
    assert isinstance(read(cluster).fargate_logging, NotCollected)


def _named(kind: str, namespace: str) -> tuple[Any, str, str]:
    from local.kubernetes.kinds import BY_NAME

    return BY_NAME["rbac.authorization.k8s.io/v1", kind], namespace, "plumbline"


def test_the_access_entry_command() -> None:
    arn = "arn:aws:iam::111122223333:role/plumbline-reader"
    assert access_entry_command("payments", arn) == (
        f"aws eks create-access-entry --cluster-name payments --principal-arn {arn} "
        "--type STANDARD --kubernetes-groups plumbline"
    )
    assert access_entry_command("a b", arn, region="eu-west-1", group="auditors").endswith(
        "--kubernetes-groups auditors --region eu-west-1"
    )
    assert "'a b'" in access_entry_command("a b", arn)
