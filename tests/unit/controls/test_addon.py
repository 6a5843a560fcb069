import pytest

from plumbline.domain.evidence import eks
from plumbline.domain.evidence.section import Listed
from tests.unit.baseline import addon_info, listed, read
from tests.unit.changes import Change, addon, all_of, cluster, each, section, undescribed, without
from tests.unit.controls.cases import FAIL, HIGH, LOW, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.controls.system import gone, running

VERSION, HEALTH, CNI, DNS = "addon.version", "addon.health", "addon/vpc-cni", "addon/coredns"
NO_REPLICAS = addon(
    "coredns", status="DEGRADED", health=eks.Health(issues=(eks.HealthIssue(code="InsufficientNumberOfReplicas"),))
)
NO_NODES = all_of(each("instances"), section("fargate_profiles", Listed(names=read(()))))
TWO_ISSUES = eks.Health(
    issues=(
        eks.HealthIssue(code="ConfigurationConflict", message="a field is managed by kubectl"),
        eks.HealthIssue(code="AccessDenied", message="the role may not"),
    )
)

SKEW, PROXY = "addon.component-skew", "component/kube-proxy"


def proxy(version: str) -> Change:
    return running("DaemonSet", "kube-proxy", f"eks/kube-proxy:v{version}-eksbuild.2")


CASES = [
    # Ordered by numbers: build 10 is newer than build 2, and 1.9 older than 1.20.
    Case(VERSION, CNI, addon("vpc-cni", addon_version="v1.20.4-eksbuild.10"), PASS),
    Case(
        VERSION,
        CNI,
        addon("vpc-cni", addon_version="v1.9.0-eksbuild.1"),
        WARN,
        "behind_default",
        message="vpc-cni v1.9.0-eksbuild.1 is older than v1.20.4-eksbuild.2, the default for Kubernetes 1.33",
    ),
    Case(
        VERSION,
        CNI,
        addon("vpc-cni", addon_version="v1.9.0-eksbuild.1"),
        FAIL,
        "behind_default",
        parameters={"behind": "fail"},
    ),
    Case(
        VERSION,
        CNI,
        addon("vpc-cni", addon_version="v1.19.0-eksbuild.1"),
        FAIL,
        "incompatible",
        HIGH,
        message="vpc-cni v1.19.0-eksbuild.1 is not compatible with Kubernetes 1.33",
    ),
    Case(VERSION, CNI, cluster(version="1.34"), FAIL, "incompatible", HIGH),
    Case(VERSION, CNI, each("addon_catalogue"), UNKNOWN, "catalogue_gap"),
    Case(
        VERSION,
        CNI,
        each("addon_catalogue", addon_info("vpc-cni", ("v1.20.4-eksbuild.2", False), ("v2-rc", True))),
        UNKNOWN,
        "parse_error",
    ),
    Case(VERSION, CNI, each("addon_catalogue", addon_info("vpc-cni", ("v1.20.4-eksbuild.2", False))), PASS),
    Case(VERSION, CNI, without("addon_catalogue"), UNKNOWN, "access_denied"),
    Case(VERSION, CNI, without("cluster"), UNKNOWN, "access_denied"),
    Case(VERSION, CNI, undescribed("addons", "vpc-cni"), UNKNOWN, "access_denied"),
    Case(VERSION, "addon/*", without("addons"), UNKNOWN, "access_denied"),
    Case(VERSION, CNI, addon("vpc-cni"), UNKNOWN, "control_error", parameters={"behind": "maybe"}),
    # --- health
    Case(HEALTH, DNS, addon("coredns", status="DEGRADED"), FAIL, "degraded", message="add-on coredns is DEGRADED"),
    Case(HEALTH, DNS, addon("coredns", status="CREATE_FAILED"), FAIL, "create_failed"),
    Case(HEALTH, DNS, addon("coredns", status="UPDATE_FAILED"), FAIL, "update_failed"),
    Case(HEALTH, DNS, addon("coredns", status="DELETE_FAILED"), FAIL, "delete_failed"),
    Case(
        HEALTH,
        DNS,
        addon("coredns", health=TWO_ISSUES),
        FAIL,
        "AccessDenied ConfigurationConflict",
        message=(
            "add-on coredns is ACTIVE with AccessDenied: the role may not; "
            "ConfigurationConflict: a field is managed by kubectl"
        ),
    ),
    Case(HEALTH, DNS, addon("coredns", status="UPDATING"), WARN, "in_transition", during_transition=True),
    Case(HEALTH, DNS, addon("coredns", status="RESTING"), UNKNOWN, "parse_error"),
    Case(HEALTH, DNS, NO_REPLICAS, FAIL, "InsufficientNumberOfReplicas"),
    Case(
        HEALTH,
        DNS,
        all_of(NO_REPLICAS, NO_NODES),
        FAIL,
        "no_compute",
        LOW,
        message="add-on coredns has no replicas because the cluster has no node",
    ),
    Case(HEALTH, DNS, all_of(NO_REPLICAS, each("instances")), FAIL, "InsufficientNumberOfReplicas"),
    Case(HEALTH, DNS, all_of(NO_REPLICAS, NO_NODES, without("instances")), FAIL, "InsufficientNumberOfReplicas"),
    Case(
        HEALTH,
        DNS,
        all_of(NO_REPLICAS, NO_NODES, cluster(remote_network_config={"remoteNodeNetworks": []})),
        FAIL,
        "InsufficientNumberOfReplicas",
    ),
    Case(
        HEALTH,
        DNS,
        all_of(NO_NODES, addon("coredns", health=TWO_ISSUES)),
        FAIL,
        "AccessDenied ConfigurationConflict",
    ),
    Case(HEALTH, DNS, undescribed("addons", "coredns"), UNKNOWN, "access_denied"),
    Case(HEALTH, "addon/*", without("addons"), UNKNOWN, "access_denied"),
    Case(
        SKEW,
        PROXY,
        proxy("1.32.9"),
        WARN,
        "older_than_cluster",
        message="kube-proxy v1.32.9-eksbuild.2 is 1 minor older than Kubernetes 1.33",
    ),
    Case(SKEW, PROXY, proxy("1.30.0"), WARN, "older_than_cluster"),
    Case(
        SKEW,
        PROXY,
        proxy("1.29.0"),
        FAIL,
        "too_old",
        message="kube-proxy v1.29.0-eksbuild.2 is 4 minors older than Kubernetes 1.33",
    ),
    Case(SKEW, PROXY, proxy("1.31.0"), FAIL, "too_old", parameters={"max-behind": 1}),
    Case(SKEW, PROXY, proxy("1.34.0"), FAIL, "newer_than_cluster"),
    Case(SKEW, PROXY, running("DaemonSet", "kube-proxy", f"eks/kube-proxy@sha256:{'a' * 64}"), UNKNOWN, "parse_error"),
    Case(SKEW, PROXY, running("DaemonSet", "kube-proxy", "eks/kube-proxy:latest"), UNKNOWN, "parse_error"),
    Case(SKEW, PROXY, running("DaemonSet", "kube-proxy", "registry:5000/eks/kube-proxy:v1.33.0"), PASS),
    Case(SKEW, PROXY, gone("DaemonSet", "kube-proxy"), NA, "absent"),
    Case(
        SKEW,
        PROXY,
        section("addons", listed(**{"kube-proxy": eks.Addon(addon_name="p", addon_version="v1", status="ACTIVE")})),
        NA,
        "managed_addon",
    ),
    Case(
        SKEW,
        "component/coredns",
        section("addons", listed()),
        WARN,
        "unmanaged_component",
        message="coredns v1.12.3-eksbuild.1 is no managed add-on: nothing keeps it fit for Kubernetes 1.33",
    ),
    Case(SKEW, "component/aws-node", section("addons", listed()), WARN, "unmanaged_component"),
    Case(SKEW, PROXY, without("daemon_sets"), UNKNOWN, "access_denied"),
    Case(SKEW, "component/coredns", without("deployments"), UNKNOWN, "access_denied"),
    Case(SKEW, PROXY, without("addons"), UNKNOWN, "access_denied"),
    Case(SKEW, PROXY, without("cluster"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_addon(case: Case) -> None:
    check(case)
