import shlex

import pytest
import yaml
from typer.testing import CliRunner, Result

from plumbline.adapters.kubernetes.kinds import KINDS
from plumbline_cli.main import app

ROLE = "arn:aws:iam::111122223333:role/plumbline-reader"


def printed(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["kubernetes-access", *arguments])


def test_it_prints_the_access_entry_and_what_kubectl_applies() -> None:
    result = printed("--cluster", "payments", "--role-arn", ROLE, "--region", "eu-west-1")
    assert (result.exit_code, result.stderr) == (0, "")
    command = next(line for line in result.stdout.splitlines() if line.startswith("#   aws "))
    assert shlex.split(command.removeprefix("#")) == [
        *("aws", "eks", "create-access-entry", "--cluster-name", "payments", "--principal-arn", ROLE),
        *("--type", "STANDARD", "--kubernetes-groups", "plumbline", "--region", "eu-west-1"),
    ]
    documents = list(yaml.safe_load_all(result.stdout))
    assert [document["kind"] for document in documents] == [
        "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "Role", "RoleBinding",
    ]  # fmt: skip


def test_it_grants_the_lists_that_are_read_and_nothing_else() -> None:
    documents = list(yaml.safe_load_all(printed("--cluster", "payments").stdout))
    granted = {
        (document["metadata"].get("namespace", ""), group, resource, tuple(rule.get("resourceNames", ())))
        for document in documents
        for rule in document.get("rules", ())
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    by_name = {
        namespace: tuple(k.name for k in KINDS if k.namespace == namespace)
        for namespace in {kind.namespace for kind in KINDS if kind.namespace}
    }
    assert granted == {(kind.namespace, kind.group, kind.plural, by_name.get(kind.namespace, ())) for kind in KINDS}
    verbs = {verb for document in documents for rule in document.get("rules", ()) for verb in rule["verbs"]}
    assert verbs == {"list"}
    assert "secrets" not in {resource for _, _, resource, _ in granted}


def test_the_group_is_the_one_bound() -> None:
    result = printed("--cluster", "payments", "--group", "auditors")
    documents = list(yaml.safe_load_all(result.stdout))
    bound = {one["name"] for document in documents for one in document.get("subjects", ())}
    assert bound == {"auditors"}
    assert "--kubernetes-groups auditors" in result.stdout


def test_without_a_role_it_says_what_to_fill_in() -> None:
    result = printed("--cluster", "payments")
    assert "arn:aws:iam::ACCOUNT:role/plumbline-reader" in result.stdout
    assert result.stderr == "ACCOUNT stands for the cluster's account; --role-arn names the role.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--cluster", "pay\nments"),
        ("--cluster", ""),
        ("--cluster", "payments", "--role-arn", "plumbline-reader"),
        ("--cluster", "payments", "--role-arn", "arn:aws:sts::111122223333:assumed-role/reader/me"),
        ("--cluster", "payments", "--group", "system:masters"),
        ("--cluster", "payments", "--group", "a\nb"),
        ("--cluster", "payments", "--region", "eu-west-1\n"),
        (),
    ],
)
def test_what_cannot_be_right_ends_in_2(arguments: tuple[str, ...]) -> None:
    result = printed(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
