import pytest

from plumbline.domain.evidence import eks
from tests.unit.baseline import listed
from tests.unit.changes import Change, addon, all_of, cluster, each, section, undescribed, without
from tests.unit.controls.cases import FAIL, PASS, UNKNOWN, Case, check, label

IDENTITY, CLUSTER = "iam.workload-identity-available", "cluster/payments"
AGENT = "eks-pod-identity-agent"
NO_AGENT = section("addons", listed())
NO_PROVIDER = each("oidc_providers", "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/FF")
NO_ASSOCIATIONS = section("pod_identities", listed())
AUTO_MODE = cluster(compute_config=eks.ComputeConfig(enabled=True))


def agent(status: str) -> Change:
    return addon(AGENT, status=status)


CASES = [
    Case(
        IDENTITY,
        CLUSTER,
        all_of(NO_AGENT, NO_PROVIDER, NO_ASSOCIATIONS),
        FAIL,
        "no_workload_identity",
        message="there is no OIDC provider for the cluster's issuer and no working Pod Identity agent",
    ),
    Case(IDENTITY, CLUSTER, all_of(NO_AGENT, NO_ASSOCIATIONS, each("oidc_providers")), FAIL, "no_workload_identity"),
    Case(IDENTITY, CLUSTER, all_of(NO_AGENT, NO_ASSOCIATIONS, cluster(identity=None)), FAIL, "no_workload_identity"),
    Case(IDENTITY, CLUSTER, all_of(NO_AGENT, NO_ASSOCIATIONS), PASS),
    Case(IDENTITY, CLUSTER, all_of(NO_PROVIDER, NO_ASSOCIATIONS), PASS),
    Case(
        IDENTITY,
        CLUSTER,
        NO_AGENT,
        FAIL,
        "associations_without_agent",
        message="4 Pod Identity association(s) have no effect: no working agent",
    ),
    Case(IDENTITY, CLUSTER, agent("DEGRADED"), FAIL, "associations_without_agent"),
    Case(IDENTITY, CLUSTER, agent("UPDATING"), PASS),
    Case(IDENTITY, CLUSTER, all_of(NO_AGENT, NO_PROVIDER, AUTO_MODE), PASS),
    Case(IDENTITY, CLUSTER, all_of(NO_AGENT, NO_ASSOCIATIONS, without("oidc_providers")), UNKNOWN, "access_denied"),
    Case(IDENTITY, CLUSTER, all_of(NO_AGENT, without("oidc_providers")), FAIL, "associations_without_agent"),
    Case(IDENTITY, CLUSTER, all_of(NO_AGENT, without("pod_identities")), UNKNOWN, "access_denied"),
    Case(
        IDENTITY,
        CLUSTER,
        all_of(NO_AGENT, NO_PROVIDER, without("pod_identities")),
        FAIL,
        "no_workload_identity",
    ),
    Case(IDENTITY, CLUSTER, undescribed("addons", AGENT), UNKNOWN, "access_denied"),
    Case(IDENTITY, CLUSTER, all_of(AUTO_MODE, without("addons")), PASS),
    Case(IDENTITY, CLUSTER, without("addons"), UNKNOWN, "access_denied"),
    Case(IDENTITY, CLUSTER, without("cluster"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_workloads(case: Case) -> None:
    check(case)
