import pytest

from plumbline.domain.evidence import ec2, eks
from tests.unit.baseline import NAME, listed, read
from tests.unit.changes import DENIED, all_of, keyed, nodegroup, one, section, undescribed, without
from tests.unit.controls.cases import NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.controls.nodegroup.pools import AUTO, AUTO_MODE, BATCH, GENERAL, LOST_NODE, NO_NODES, OTHERS, WORKERS

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
    Case(DRAINED, WORKERS, REBALANCES, UNKNOWN, "not_collected"),
    Case(
        DRAINED,
        WORKERS,
        NO_HOOK,
        UNKNOWN,
        "not_collected",
        message=(
            "whether a termination handler drains the nodes of workers: only the Kubernetes API of the cluster knows, "
            "and it was not read"
        ),
    ),
    Case(DRAINED, WORKERS, OTHER_HOOK, UNKNOWN, "not_collected"),
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
    Case(REPAIRED, WORKERS, NO_NODES, UNKNOWN, "not_collected"),
    Case(REPAIRED, OTHERS, all_of(LOST_NODE, NO_ADDONS), UNKNOWN, "not_collected"),
    Case(REPAIRED, AUTO, AUTO_MODE, NA, "built_in"),
    Case(REPAIRED, BATCH, NO_ADDONS, NA, "built_in"),
    Case(REPAIRED, WORKERS, without("addons"), UNKNOWN, "access_denied"),
    Case(REPAIRED, GENERAL, undescribed("nodegroups", "general"), UNKNOWN, "access_denied"),
    Case(REPAIRED, "nodegroup/*", without("nodegroups"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_termination(case: Case) -> None:
    check(case)
