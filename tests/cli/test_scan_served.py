"""Scans of API servers that are really asked: over TLS, by a kubeconfig and by the token of EKS."""

import base64
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from local.kubernetes.__main__ import kubeconfig_of
from local.kubernetes.api import Answer, Api, Request
from local.kubernetes.eks_tokens import Credential
from local.kubernetes.faults import operation
from local.kubernetes.generator import Size, generated
from local.kubernetes.rbac import AUTHENTICATED, User
from local.kubernetes.server import KubernetesServer, Listener
from local.kubernetes.state import ClusterState
from local.kubernetes.users import EksUsers, FixedUsers, Users
from local.simulators.world import World
from plumbline.domain.reach import KUBERNETES_ACCESS
from plumbline_cli.main import app
from tests.adapters.aws.stub import ACCOUNT, REGION, SimulatedAws
from tests.cli.scanning import Scan, rows_of

ROLE = f"arn:aws:iam::{ACCOUNT}:role/auditor"
JUDGED = ("--control", "workload.*", "--control", "cluster.kubernetes-access", "--format", "jsonl")


@pytest.fixture(scope="module")
def state() -> ClusterState:
    return generated(Size(namespaces=4, pods=120))


class Served:
    """A cluster behind TLS; `asked` counts its requests."""

    def __init__(self, server: KubernetesServer, state: ClusterState, users: Users) -> None:
        self._api = Api(state, users)
        self.asked: Counter[str] = Counter()
        self.listener: Listener = server.listen(self._answer)

    def _answer(self, request: Request) -> Answer:
        self.asked[operation(request)] += 1
        return self._api.answer(request)


@pytest.fixture
def server() -> Iterator[KubernetesServer]:
    with KubernetesServer() as running:
        yield running


@pytest.fixture
def served(server: KubernetesServer, state: ClusterState) -> Served:
    reader = User("reader", ("plumbline", AUTHENTICATED))
    return Served(server, state, FixedUsers({"reader": reader, "nobody": User("nobody", (AUTHENTICATED,))}))


def scan_by_kubeconfig(folder: Path, listener: Listener, token: str, *arguments: str) -> Result:
    kubeconfig = folder / "config"
    kubeconfig.write_text(json.dumps(kubeconfig_of(listener, token, "staging")))
    command = ["scan", "--kubeconfig", str(kubeconfig), *arguments]
    return CliRunner().invoke(app, command, catch_exceptions=False)


def test_a_kubeconfig_leads_to_verdicts(served: Served, tmp_path: Path) -> None:
    result = scan_by_kubeconfig(tmp_path, served.listener, "reader", *JUDGED)
    rows = rows_of(result)
    assert result.exit_code == 0
    assert {row["status"] for row in rows if row["control"] == KUBERNETES_ACCESS.id} == {"PASS"}
    assert sum(row["control"] == "workload.privileged" and row["status"] == "FAIL" for row in rows) > 0
    # Two of discovery and one of each list that is always there: none is longer than a page.
    assert served.asked["kubernetes:discovery"] == 2
    assert served.asked.total() >= 33
    assert "kubernetes:secrets" not in served.asked


@pytest.mark.parametrize(("token", "cause"), [("stranger", "unauthorized"), ("nobody", "forbidden")])
def test_who_may_not_read_learns_why(served: Served, tmp_path: Path, token: str, cause: str) -> None:
    result = scan_by_kubeconfig(tmp_path, served.listener, token, *JUDGED)
    rows = rows_of(result)
    (access,) = (row for row in rows if row["control"] == KUBERNETES_ACCESS.id)
    assert (access["status"], access["reason"]) == ("FAIL", cause)
    assert {row["reason"] for row in rows if row["status"] == "UNKNOWN"} == {"access_denied"}
    assert not {row["status"] for row in rows if row is not access} & {"PASS", "FAIL", "WARN"}
    assert result.exit_code == 3


def test_a_server_that_is_gone_is_told_by_its_cause(state: ClusterState, tmp_path: Path) -> None:
    with KubernetesServer() as server:
        listener = Served(server, state, FixedUsers({})).listener
    result = scan_by_kubeconfig(tmp_path, listener, "reader", *JUDGED)
    (access,) = (row for row in rows_of(result) if row["control"] == KUBERNETES_ACCESS.id)
    assert (access["status"], access["reason"]) == ("FAIL", "refused")
    assert result.exit_code == 3


def test_another_servers_certificate_is_not_taken(served: Served, server: KubernetesServer, tmp_path: Path) -> None:
    other = server.listen(lambda _: Answer(200, b"{}"))
    impostor = Listener(served.listener.url, other.authority, other.answers)
    result = scan_by_kubeconfig(tmp_path, impostor, "reader", *JUDGED)
    (access,) = (row for row in rows_of(result) if row["control"] == KUBERNETES_ACCESS.id)
    assert (access["status"], access["reason"]) == ("FAIL", "tls")
    assert served.asked.total() == 0


def test_a_kubeconfig_that_leads_nowhere_ends_in_2(tmp_path: Path) -> None:
    missing = tmp_path / "none"
    result = CliRunner().invoke(app, ["scan", "--kubeconfig", str(missing)], catch_exceptions=False)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"Error: {missing} cannot be read: No such file or directory\n"


def test_a_context_that_is_not_there_ends_in_2_and_names_those_that_are(served: Served, tmp_path: Path) -> None:
    result = scan_by_kubeconfig(tmp_path, served.listener, "reader", "--context", "prod")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "has no context 'prod'; it has: staging" in result.stderr


def test_without_the_kubernetes_client_it_says_how_to_get_it() -> None:
    code = "import sys; sys.modules['kubernetes'] = None; from plumbline_cli.main import app; app()"
    command = [sys.executable, "-c", code, "scan", "--kubeconfig", "x"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Error: reading inside clusters takes the Kubernetes client: pip install kubernetes\n"


def test_a_kubeconfig_alone_loads_nothing_of_aws(served: Served, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(json.dumps(kubeconfig_of(served.listener, "reader")))
    code = (
        "import sys; from plumbline_cli.main import app;"
        "app(sys.argv[1:], standalone_mode=False); print([name for name in sys.modules if name[:8] == 'botocore'])"
    )
    command = [sys.executable, "-c", code, "scan", "--kubeconfig", str(kubeconfig), "--control", "namespace.*"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_token_of_eks_opens_the_clusters_that_know_the_caller(
    server: KubernetesServer, state: ClusterState, scan: Scan, world: World, aws: SimulatedAws
) -> None:
    clusters = world.place(ACCOUNT, REGION).clusters
    for name, cluster in clusters.items():
        users = EksUsers(
            name,
            lambda cluster=cluster: cluster,  # type: ignore[misc]
            lambda key, _: Credential("x", ROLE) if key == f"AKIA{ACCOUNT}TEST" else None,
            lambda: datetime.now(UTC),
        )
        listener = Served(server, state, users).listener
        authority = base64.b64encode(listener.authority.certificate).decode()
        cluster.description |= {"endpoint": listener.url, "certificateAuthority": {"data": authority}}
    clusters["cluster-0000"].access_entries[ROLE] = {"principalArn": ROLE, "kubernetesGroups": ["plumbline"]}
    result = scan("--kubernetes", *JUDGED)
    rows = rows_of(result)
    access = {row["cluster"]: (row["status"], row["reason"]) for row in rows if row["control"] == KUBERNETES_ACCESS.id}
    assert access == {"cluster-0000": ("PASS", ""), "cluster-0001": ("FAIL", "unauthorized")}
    found = [row for row in rows if row["cluster"] == "cluster-0000" and row["control"] == "workload.privileged"]
    assert "FAIL" in {row["status"] for row in found}
    assert result.exit_code == 3
    # One description for the AWS side, one for the way in; the token itself costs no call.
    assert aws.calls["eks:DescribeCluster"] == 4
    assert aws.calls["sts:GetCallerIdentity"] == 1
