from typing import Any

import pytest

from plumbline.domain.evidence import eks
from tests.unit import surroundings
from tests.unit.baseline import TAGS, cluster_listing
from tests.unit.changes import Change, all_of, cluster, each, insight, item, member, nodegroup, undescribed, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label

QUOTA = "cluster.quota-headroom"
HEALTH, PROTECTION, TAGGED = "cluster.health", "cluster.deletion-protection", "cluster.required-tags"
CLUSTER, GENERAL, BATCH = "cluster/payments", "nodegroup/general", "fargate-profile/batch"
SUBNET_GONE = eks.Health(issues=(eks.HealthIssue(code="Ec2SubnetNotFound", message="subnet-x is gone"),))
UNPROTECTED = cluster(deletion_protection=False)


def misconfiguration(status: str) -> Change:
    return insight("hybrid", insight_status=eks.InsightStatus(status=status))


def tagged(**changes: Any) -> Change:
    return cluster(tags={key: value for key, value in (TAGS | changes).items() if value is not None})


def quota(code: str, value: float) -> Change:
    return each("quotas", surroundings.quota(code, value))


def listing(**members: Any) -> Change:
    """Put a cluster with these numbers beside another one."""
    return each("inventory", cluster_listing("small"), cluster_listing(**members))


CASES = [
    Case(HEALTH, CLUSTER, cluster(status="FAILED"), FAIL, "failed", message="cluster payments is FAILED"),
    Case(
        HEALTH,
        CLUSTER,
        cluster(health=SUBNET_GONE),
        FAIL,
        "Ec2SubnetNotFound",
        message="cluster payments is ACTIVE with Ec2SubnetNotFound: subnet-x is gone",
    ),
    Case(HEALTH, CLUSTER, misconfiguration("ERROR"), FAIL, "misconfiguration"),
    Case(
        HEALTH,
        CLUSTER,
        all_of(misconfiguration("ERROR"), cluster(health=SUBNET_GONE)),
        FAIL,
        "misconfiguration Ec2SubnetNotFound",
        message=(
            "cluster payments is ACTIVE with Ec2SubnetNotFound: subnet-x is gone; EKS reports 'about hybrid' as ERROR"
        ),
    ),
    Case(HEALTH, CLUSTER, misconfiguration("WARNING"), WARN, "misconfiguration"),
    Case(HEALTH, CLUSTER, insight("upgrade", insight_status=eks.InsightStatus(status="ERROR")), PASS),
    Case(HEALTH, CLUSTER, cluster(status="UPDATING"), WARN, "in_transition", during_transition=True),
    Case(HEALTH, CLUSTER, cluster(status="HIBERNATING"), UNKNOWN, "parse_error"),
    Case(HEALTH, CLUSTER, without("cluster"), UNKNOWN, "access_denied"),
    Case(HEALTH, CLUSTER, without("insights"), UNKNOWN, "access_denied"),
    Case(HEALTH, CLUSTER, undescribed("insights", "upgrade"), UNKNOWN, "access_denied"),
    # A violation seen in a part of the evidence is one.
    Case(HEALTH, CLUSTER, all_of(cluster(health=SUBNET_GONE), without("insights")), FAIL, "Ec2SubnetNotFound"),
    # --- deletion-protection
    Case(PROTECTION, CLUSTER, UNPROTECTED, FAIL, "deletion_protection_off", message="deletion protection is off"),
    Case(PROTECTION, CLUSTER, cluster(deletion_protection=None), FAIL, "deletion_protection_off"),
    Case(PROTECTION, CLUSTER, all_of(UNPROTECTED, tagged(environment="Production")), FAIL, "deletion_protection_off"),
    Case(PROTECTION, CLUSTER, all_of(UNPROTECTED, tagged(environment="dev")), NA, "other_environment"),
    Case(PROTECTION, CLUSTER, tagged(environment="dev"), NA, "other_environment"),
    Case(
        PROTECTION,
        CLUSTER,
        all_of(UNPROTECTED, tagged(environment="dev")),
        FAIL,
        "deletion_protection_off",
        parameters={"environments": []},
    ),
    Case(PROTECTION, CLUSTER, tagged(environment=None), PASS),
    Case(PROTECTION, CLUSTER, all_of(UNPROTECTED, tagged(environment=None)), UNKNOWN, "not_collected"),
    Case(
        PROTECTION,
        CLUSTER,
        all_of(UNPROTECTED, tagged(environment=None)),
        FAIL,
        "deletion_protection_off",
        parameters={"environments": []},
    ),
    Case(PROTECTION, CLUSTER, without("cluster"), UNKNOWN, "access_denied"),
    # --- required-tags
    Case(
        TAGGED,
        CLUSTER,
        tagged(Owner=None),
        FAIL,
        "tag_missing",
        message="governance tags are not in order: missing: owner",
    ),
    Case(TAGGED, CLUSTER, cluster(tags={"aws:owner": "x"}), FAIL, "tag_missing"),
    Case(TAGGED, CLUSTER, tagged(**{"aws:owner": "x", "Owner": None}), FAIL, "tag_missing"),
    Case(TAGGED, GENERAL, nodegroup("general", tags={}), FAIL, "tag_missing"),
    Case(TAGGED, BATCH, item("fargate_profiles", "batch", tags={}), FAIL, "tag_missing"),
    # Tags of the cluster do not count for its parts.
    Case(TAGGED, GENERAL, cluster(tags={}), PASS),
    Case(
        TAGGED,
        CLUSTER,
        cluster(),
        FAIL,
        "tag_value_not_allowed",
        parameters={"allowed-values": {"Cost-Center": "[0-9]{3}"}},
        message="governance tags are not in order: cost-center has the value '4711', which is not allowed",
    ),
    Case(TAGGED, CLUSTER, cluster(), PASS, parameters={"allowed-values": {"cost-center": "[0-9]{4}"}}),
    Case(
        TAGGED,
        CLUSTER,
        tagged(Owner=None),
        FAIL,
        "tag_missing tag_value_not_allowed",
        parameters={"allowed-values": {"environment": "test"}},
    ),
    Case(TAGGED, CLUSTER, cluster(), FAIL, "tag_missing", parameters={"required-keys": ["team"]}),
    Case(TAGGED, CLUSTER, cluster(), UNKNOWN, "control_error", parameters={"allowed-values": {"owner": "("}}),
    Case(TAGGED, CLUSTER, without("cluster"), UNKNOWN, "access_denied"),
    Case(TAGGED, GENERAL, undescribed("nodegroups", "general"), UNKNOWN, "access_denied"),
    Case(TAGGED, "nodegroup/*", without("nodegroups"), UNKNOWN, "access_denied"),
    Case(TAGGED, "fargate-profile/*", without("fargate_profiles"), UNKNOWN, "access_denied"),
    # --- quota-headroom
    Case(QUOTA, "quota/clusters", quota("L-1194D53C", 2), PASS, message="Clusters: 1 of 2 (quota code L-1194D53C)"),
    Case(QUOTA, "quota/clusters", quota("L-1194D53C", 1), FAIL, "quota_nearly_used_up"),
    Case(
        QUOTA,
        "quota/nodes-per-nodegroup",
        listing(largest_nodegroup=428),
        FAIL,
        "quota_nearly_used_up",
        message="Nodes per managed node group: 428 of 450 (quota code L-BD136A63)",
    ),
    Case(QUOTA, "quota/nodes-per-nodegroup", listing(largest_nodegroup=427), WARN, "quota_filling_up"),
    Case(QUOTA, "quota/nodes-per-nodegroup", listing(largest_nodegroup=360), WARN, "quota_filling_up"),
    Case(QUOTA, "quota/nodes-per-nodegroup", listing(largest_nodegroup=359), PASS),
    Case(QUOTA, "quota/nodes-per-nodegroup", listing(largest_nodegroup=360), PASS, parameters={"warn-ratio": 0.9}),
    Case(
        QUOTA,
        "quota/nodes-per-nodegroup",
        listing(largest_nodegroup=360),
        FAIL,
        "quota_nearly_used_up",
        parameters={"fail-ratio": 0.8},
    ),
    Case(QUOTA, "quota/nodegroups-per-cluster", listing(nodegroups=24), WARN, "quota_filling_up"),
    Case(QUOTA, "quota/fargate-profiles-per-cluster", listing(fargate_profiles=10), FAIL, "quota_nearly_used_up"),
    Case(
        QUOTA,
        "quota/pod-identities-per-cluster",
        listing(pod_identities=950),
        FAIL,
        "quota_nearly_used_up",
        message="Pod Identity associations per cluster: 950 of 1000",
    ),
    Case(QUOTA, "quota/iam-roles", member("summary", roles=799), PASS),
    Case(QUOTA, "quota/iam-roles", member("summary", roles=800), WARN, "quota_filling_up"),
    Case(QUOTA, "quota/iam-roles", member("summary", roles=950), FAIL, "quota_nearly_used_up"),
    Case(QUOTA, "quota/oidc-providers", each("oidc_providers", *map(str, range(80))), WARN, "quota_filling_up"),
    Case(
        QUOTA,
        "quota/oidc-providers",
        each("oidc_providers", *map(str, range(80))),
        PASS,
        parameters={"oidc-provider-quota": 700},
    ),
    Case(QUOTA, "quota/clusters", each("clusters"), NA, "no_clusters"),
    Case(QUOTA, "quota/clusters", each("quotas"), UNKNOWN, "not_found_in_listing"),
    Case(QUOTA, "quota/clusters", without("quotas"), UNKNOWN, "access_denied"),
    Case(QUOTA, "quota/clusters", without("clusters"), UNKNOWN, "access_denied"),
    Case(QUOTA, "quota/iam-roles", member("summary", roles_quota=None), UNKNOWN, "not_collected"),
    Case(QUOTA, "quota/iam-roles", without("summary"), UNKNOWN, "access_denied"),
    Case(QUOTA, "quota/iam-roles", without("quotas"), PASS),
    Case(QUOTA, "quota/oidc-providers", without("oidc_providers"), UNKNOWN, "access_denied"),
    Case(QUOTA, "quota/nodegroups-per-cluster", without("inventory"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_cluster(case: Case) -> None:
    check(case)
