"""Permissions: what a cluster has to grant for the lists of the table, and nothing more (controls.md D.8)."""

import shlex
from collections.abc import Iterable
from typing import Any

import yaml

from plumbline.adapters.kubernetes.kinds import KINDS, Kind

GROUP = "plumbline"
NAME = "plumbline"
_RBAC = "rbac.authorization.k8s.io"
_VERBS = ("list",)
_HEADER = """\
# What Plumbline may read: lists of these kinds, and of ConfigMaps these three. No Secrets, nothing is changed.
# The Role in a namespace that does not exist is refused; the rest is applied all the same.
"""


def access_entry_command(cluster: str, principal_arn: str, *, region: str = "", group: str = GROUP) -> str:
    """Return the command that lets an IAM principal into a cluster as a member of the group, and no more than that."""
    words = ["aws", "eks", "create-access-entry", "--cluster-name", cluster, "--principal-arn", principal_arn]
    words += ["--type", "STANDARD", "--kubernetes-groups", group]
    return shlex.join([*words, "--region", region] if region else words)


def manifest(group: str = GROUP) -> str:
    """Return the ClusterRole, the Roles and their bindings as YAML, for `kubectl apply`."""
    return _HEADER + yaml.safe_dump_all(objects(group), sort_keys=False, explicit_start=True)


def objects(group: str = GROUP) -> list[dict[str, Any]]:
    """Return the ClusterRole, the Roles and their bindings."""
    everywhere = [kind for kind in KINDS if not kind.namespace]
    made = [*_granted(group, "ClusterRole", {"name": NAME}, _rules(everywhere))]
    for namespace in dict.fromkeys(kind.namespace for kind in KINDS if kind.namespace):
        named = [kind for kind in KINDS if kind.namespace == namespace]
        made += _granted(group, "Role", {"name": NAME, "namespace": namespace}, _rules(named))
    return made


def _rules(kinds: Iterable[Kind]) -> list[dict[str, Any]]:
    groups: dict[str, list[Kind]] = {}
    for kind in kinds:
        groups.setdefault(kind.group, []).append(kind)
    return [_rule(group, members) for group, members in groups.items()]


def _rule(group: str, kinds: list[Kind]) -> dict[str, Any]:
    rule = {"apiGroups": [group], "resources": list(dict.fromkeys(kind.plural for kind in kinds))}
    names = [kind.name for kind in kinds if kind.name]
    return {**rule, **({"resourceNames": names} if names else {}), "verbs": list(_VERBS)}


def _granted(group: str, kind: str, metadata: dict[str, str], rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    role = {"apiVersion": f"{_RBAC}/v1", "kind": kind, "metadata": dict(metadata), "rules": rules}
    binding = {
        "apiVersion": f"{_RBAC}/v1",
        "kind": f"{kind}Binding",
        "metadata": dict(metadata),
        "roleRef": {"apiGroup": _RBAC, "kind": kind, "name": NAME},
        "subjects": [{"apiGroup": _RBAC, "kind": "Group", "name": group}],
    }
    return [role, binding]
