from typing import Any

import pytest

from plumbline.domain.evidence import eks
from plumbline.domain.snapshot import Snapshot
from tests.unit.baseline import addon_catalogue, read
from tests.unit.changes import Change, addon, all_of, cluster, each, replace, section, undescribed, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.controls.system import running, with_addon
from tests.unit.kubernetes_baseline import SYSTEM, service_account
from tests.unit.names import POD_ROLE

OWN = "iam.controllers-use-workload-identity"
AUTOSCALER, CNI = "Deployment/kube-system/cluster-autoscaler", "DaemonSet/kube-system/aws-node"
DNS, CLUSTER, BACKUP = "Deployment/kube-system/external-dns", "cluster/payments", "addon/aws-backup-agent"
IPV6 = cluster(kubernetes_network_config=eks.KubernetesNetwork(ip_family="ipv6"))
NO_ROLE = addon("vpc-cni", service_account_role_arn=None)
EXTERNAL_DNS = running("Deployment", "external-dns", "registry.k8s.io/external-dns/external-dns:v0.15")


def disassociated(account: str) -> Change:
    def change(snapshot: Snapshot) -> Snapshot:
        listed = snapshot.cluster.pod_identities
        left = {name: one for name, one in listed.items.items() if name != f"a-{account}"}
        return section("pod_identities", replace(listed, items=left, names=read(tuple(left))))(snapshot)

    return change


def annotated(name: str) -> Change:
    one = service_account(SYSTEM, name, annotations={"eks.amazonaws.com/role-arn": POD_ROLE})
    return each("service_accounts", one)


def backup(*, needed: bool, **members: Any) -> Change:
    offered = eks.AddonVersionInfo(addon_version="v1.0.0-eksbuild.1", requires_iam_permissions=needed)
    info = eks.AddonInfo(addon_name="aws-backup-agent", addon_versions=(offered,))
    return all_of(with_addon("aws-backup-agent", **members), each("addon_catalogue", *addon_catalogue(), info))


def extra(image: str, **members: Any) -> Change:
    return running("Deployment", "seeder", image, **members)


SEEDER = {"extra-controllers": ["acme/seeder"]}

CASES = [
    Case(
        OWN,
        AUTOSCALER,
        disassociated("cluster-autoscaler"),
        FAIL,
        "uses_node_role",
        message=(
            "cluster-autoscaler (kube-system/cluster-autoscaler) uses the node's role: service account "
            "cluster-autoscaler has none"
        ),
    ),
    Case(OWN, AUTOSCALER, all_of(disassociated("cluster-autoscaler"), annotated("cluster-autoscaler")), PASS),
    Case(OWN, CNI, NO_ROLE, FAIL, "uses_node_role"),
    Case(OWN, CNI, all_of(NO_ROLE, IPV6), WARN, "node_role_ipv6"),
    Case(OWN, CNI, addon("vpc-cni", service_account_role_arn=None, pod_identity_associations=("a-9",)), PASS),
    Case(OWN, DNS, EXTERNAL_DNS, FAIL, "uses_node_role"),
    Case(OWN, DNS, all_of(EXTERNAL_DNS, annotated("external-dns")), PASS),
    # A copy of an image under another name is given away by its service account.
    Case(OWN, DNS, running("Deployment", "external-dns", "example.com/names:1"), FAIL, "uses_node_role"),
    Case(
        OWN,
        BACKUP,
        backup(needed=True),
        FAIL,
        "uses_node_role",
        message="add-on aws-backup-agent needs IAM permissions and was given no role",
    ),
    Case(OWN, BACKUP, backup(needed=True, service_account_role_arn=POD_ROLE), PASS),
    Case(OWN, CLUSTER, extra("example.com/acme/seeder:1"), FAIL, "uses_node_role", parameters=SEEDER),
    Case(
        OWN,
        CLUSTER,
        all_of(extra("example.com/acme/seeder:1"), annotated("seeder")),
        PASS,
        parameters=SEEDER,
    ),
    Case(OWN, CLUSTER, extra("example.com/other:1"), NA, "none_installed", parameters=SEEDER),
    Case(OWN, CLUSTER, without("stateful_sets"), UNKNOWN, "access_denied", parameters=SEEDER),
    Case(OWN, AUTOSCALER, without("service_accounts"), PASS),
    Case(
        OWN,
        AUTOSCALER,
        all_of(disassociated("cluster-autoscaler"), without("service_accounts")),
        UNKNOWN,
        "access_denied",
    ),
    Case(OWN, CNI, undescribed("addons", "vpc-cni"), UNKNOWN, "access_denied"),
    Case(OWN, CNI, all_of(NO_ROLE, without("cluster")), UNKNOWN, "access_denied"),
    Case(OWN, "DaemonSet/*", without("daemon_sets"), UNKNOWN, "access_denied"),
    Case(OWN, "addon/*", without("addon_catalogue"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_controllers(case: Case) -> None:
    check(case)
