from typing import Any

import pytest

from plumbline.domain.evidence import eks
from tests.unit.baseline import TAGS
from tests.unit.changes import Change, all_of, cluster, insight, item, nodegroup, undescribed, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label

HEALTH, PROTECTION, TAGGED = "cluster.health", "cluster.deletion-protection", "cluster.required-tags"
CLUSTER, GENERAL, BATCH = "cluster/payments", "nodegroup/general", "fargate-profile/batch"
SUBNET_GONE = eks.Health(issues=(eks.HealthIssue(code="Ec2SubnetNotFound", message="subnet-x is gone"),))
UNPROTECTED = cluster(deletion_protection=False)


def misconfiguration(status: str) -> Change:
    return insight("hybrid", insight_status=eks.InsightStatus(status=status))


def tagged(**changes: Any) -> Change:
    return cluster(tags={key: value for key, value in (TAGS | changes).items() if value is not None})


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
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_cluster(case: Case) -> None:
    check(case)
