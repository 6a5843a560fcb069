import pytest

from plumbline.domain.evidence import ec2, eks
from tests.unit.baseline import NAME, listed, read
from tests.unit.changes import DENIED, all_of, each, keyed, nodegroup, nothing, one, section, undescribed, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.controls.nodegroup.pools import AUTO, AUTO_MODE, BATCH, GENERAL, LOST_NODE, NO_NODES, OTHERS, WORKERS
from tests.unit.kubernetes_baseline import component, daemon_sets
from tests.unit.node_changes import POOL, aws_alone, karpenter, unreachable, without_deployment

DRAINED, REPAIRED = "nodegroup.asg-safe-termination", "nodegroup.auto-repair"
WORKERS_INDEX = 2
NO_HOOK = keyed("lifecycle_hooks", "workers", read(()))
OTHER_HOOK = keyed(
    "lifecycle_hooks", "workers", read((ec2.LifecycleHook(lifecycle_transition="autoscaling:EC2_INSTANCE_LAUNCHING"),))
)
REBALANCES = one("auto_scaling_groups", WORKERS_INDEX, suspended_processes=())
TAGGED = one(
    "auto_scaling_groups",
    WORKERS_INDEX,
    tags=(
        ec2.Tag(key=f"kubernetes.io/cluster/{NAME}", value="owned"),
        ec2.Tag(key="k8s.io/cluster-autoscaler/enabled", value="true"),
    ),
)
ONE_ZONE = one("auto_scaling_groups", WORKERS_INDEX, availability_zones=("eu-west-1a",))
NO_ADDONS = section("addons", listed())

HANDLER = each(
    "daemon_sets",
    *daemon_sets(),
    component("DaemonSet", "handler", "public.ecr.aws/aws-ec2/aws-node-termination-handler:v1.25.0"),
)
# This Cluster Autoscaler is told its groups by name.
NAMED_GROUPS = each(
    "deployments",
    component("Deployment", "cluster-autoscaler", "registry.k8s.io/autoscaling/cluster-autoscaler:v1.33.1"),
)

CASES = [
    Case(
        DRAINED,
        WORKERS,
        all_of(REBALANCES, TAGGED),
        WARN,
        "rebalances_under_autoscaler",
        message="workers rebalances between zones under Cluster Autoscaler",
    ),
    Case(DRAINED, WORKERS, TAGGED, PASS),
    Case(DRAINED, WORKERS, all_of(REBALANCES, TAGGED, ONE_ZONE), PASS),
    Case(DRAINED, WORKERS, all_of(REBALANCES, ONE_ZONE), PASS),
    # Whether an autoscaler or a termination handler runs only Kubernetes knows.
    Case(DRAINED, WORKERS, aws_alone(REBALANCES), UNKNOWN, "not_collected"),
    Case(
        DRAINED,
        WORKERS,
        aws_alone(NO_HOOK),
        UNKNOWN,
        "not_collected",
        message=(
            "whether a termination handler drains the nodes of workers: only the Kubernetes API of the cluster knows, "
            "and it was not read"
        ),
    ),
    Case(DRAINED, WORKERS, aws_alone(OTHER_HOOK), UNKNOWN, "not_collected"),
    Case(DRAINED, GENERAL, NO_HOOK, NA, "managed"),
    Case(DRAINED, WORKERS, keyed("lifecycle_hooks", "workers", DENIED), UNKNOWN, "access_denied"),
    Case(DRAINED, WORKERS, section("lifecycle_hooks", {}), UNKNOWN, "not_collected"),
    Case(DRAINED, "auto-scaling-group/*", without("auto_scaling_groups"), UNKNOWN, "access_denied"),
    Case(DRAINED, GENERAL, undescribed("nodegroups", "general"), UNKNOWN, "access_denied"),
    # --- auto-repair
    Case(
        REPAIRED,
        GENERAL,
        nodegroup("general", node_repair_config=eks.NodeRepair(enabled=False)),
        WARN,
        "repair_off",
        message="node repair of general is off",
    ),
    Case(REPAIRED, GENERAL, nodegroup("general", node_repair_config=None), WARN, "repair_off"),
    Case(REPAIRED, GENERAL, without("addons"), PASS),
    Case(REPAIRED, WORKERS, NO_ADDONS, WARN, "no_monitoring_agent"),
    Case(REPAIRED, WORKERS, aws_alone(NO_NODES), UNKNOWN, "not_collected"),
    Case(REPAIRED, OTHERS, aws_alone(LOST_NODE, NO_ADDONS), UNKNOWN, "not_collected"),
    Case(REPAIRED, AUTO, AUTO_MODE, NA, "built_in"),
    Case(REPAIRED, BATCH, NO_ADDONS, NA, "built_in"),
    Case(REPAIRED, WORKERS, without("addons"), UNKNOWN, "access_denied"),
    Case(REPAIRED, GENERAL, undescribed("nodegroups", "general"), UNKNOWN, "access_denied"),
    Case(REPAIRED, "nodegroup/*", without("nodegroups"), UNKNOWN, "access_denied"),
    # --- with the Kubernetes side
    Case(
        DRAINED,
        WORKERS,
        NO_HOOK,
        FAIL,
        "not_drained",
        message="nothing drains the nodes of workers before they go: no lifecycle hook, no termination handler",
    ),
    Case(DRAINED, WORKERS, all_of(NO_HOOK, HANDLER), PASS),
    Case(DRAINED, WORKERS, all_of(NO_HOOK, HANDLER, without("deployments")), PASS),
    Case(DRAINED, WORKERS, all_of(NO_HOOK, without("daemon_sets")), UNKNOWN, "access_denied"),
    # Cluster Autoscaler finds its groups by tag, and this one has none.
    Case(DRAINED, WORKERS, REBALANCES, PASS),
    Case(DRAINED, WORKERS, all_of(REBALANCES, NAMED_GROUPS), WARN, "rebalances_under_autoscaler"),
    Case(DRAINED, WORKERS, all_of(REBALANCES, TAGGED, without_deployment("cluster-autoscaler")), PASS),
    Case(DRAINED, WORKERS, all_of(REBALANCES, TAGGED, without("deployments")), WARN, "rebalances_under_autoscaler"),
    Case(DRAINED, WORKERS, all_of(REBALANCES, without("deployments")), UNKNOWN, "access_denied"),
    Case(REPAIRED, WORKERS, nothing, PASS, message="draino repairs the nodes of workers"),
    Case(REPAIRED, WORKERS, without_deployment("draino"), WARN, "no_repair_tool"),
    Case(REPAIRED, WORKERS, without("deployments"), UNKNOWN, "access_denied"),
    Case(REPAIRED, POOL, all_of(karpenter(), NO_ADDONS), WARN, "no_monitoring_agent"),
    Case(REPAIRED, POOL, karpenter(), PASS),
    Case(REPAIRED, OTHERS, all_of(LOST_NODE, NO_ADDONS), WARN, "no_monitoring_agent"),
    Case(REPAIRED, OTHERS, all_of(LOST_NODE, unreachable), UNKNOWN, "endpoint_unreachable"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_termination(case: Case) -> None:
    check(case)
