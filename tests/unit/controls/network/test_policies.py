import pytest

from plumbline.domain.evidence.section import Listed
from tests.unit.changes import Change, addon, all_of, cluster, each, section, undescribed, without
from tests.unit.controls.cases import PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.controls.nodegroup.pools import AUTO_MODE, LOST_NODE
from tests.unit.names import NAME, listed, read

ENGINE, CLUSTER = "network.policy-engine", f"cluster/{NAME}"
NO_GROUPS = all_of(section("nodegroups", listed()), each("auto_scaling_groups"), each("instances"))
NO_PROFILES = section("fargate_profiles", listed())
OFF, UNSAID = addon("vpc-cni", network_policy=False), addon("vpc-cni", network_policy=None)
NOT_MANAGED = section("addons", Listed(names=read(())))
HYBRID: Change = cluster(remote_network_config={"remoteNodeNetworks": []})

CASES = [
    Case(ENGINE, CLUSTER, OFF, UNKNOWN, "not_collected"),
    Case(ENGINE, CLUSTER, UNSAID, UNKNOWN, "not_collected"),
    Case(ENGINE, CLUSTER, NOT_MANAGED, UNKNOWN, "not_collected"),
    Case(ENGINE, CLUSTER, LOST_NODE, PASS, message="the add-on vpc-cni enforces network policy"),
    Case(ENGINE, CLUSTER, cluster(), UNKNOWN, "not_collected", parameters={"engines": ["cilium"]}),
    # The nodes of Auto Mode do not run the add-on.
    Case(ENGINE, CLUSTER, AUTO_MODE, UNKNOWN, "not_collected"),
    # --- Fargate alone
    Case(
        ENGINE,
        CLUSTER,
        NO_GROUPS,
        WARN,
        "fargate_only",
        message=f"all pods of {NAME} run on Fargate, where network policy is not enforced",
    ),
    Case(ENGINE, CLUSTER, all_of(NO_GROUPS, OFF), WARN, "fargate_only"),
    Case(ENGINE, CLUSTER, all_of(NO_GROUPS, without("addons")), WARN, "fargate_only"),
    Case(ENGINE, CLUSTER, all_of(NO_GROUPS, HYBRID), PASS),
    Case(ENGINE, CLUSTER, all_of(NO_GROUPS, LOST_NODE), PASS),
    Case(ENGINE, CLUSTER, all_of(NO_GROUPS, NO_PROFILES), PASS),
    Case(ENGINE, CLUSTER, all_of(NO_GROUPS, NO_PROFILES, OFF), UNKNOWN, "not_collected"),
    # Whether there are nodes decides, so it must be known.
    Case(ENGINE, CLUSTER, all_of(NO_GROUPS, without("nodegroups")), UNKNOWN, "access_denied"),
    Case(ENGINE, CLUSTER, without("fargate_profiles"), PASS),
    Case(ENGINE, CLUSTER, without("addons"), UNKNOWN, "access_denied"),
    Case(ENGINE, CLUSTER, undescribed("addons", "vpc-cni"), UNKNOWN, "access_denied"),
    Case(ENGINE, CLUSTER, without("cluster"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_policies(case: Case) -> None:
    check(case)
