"""Workload identity: pods can get AWS permissions of their own."""

from plumbline.domain.control import control
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.evidence.section import Section
from plumbline.domain.judged import PodIdentities, PodIdentityAgent
from plumbline.domain.need import known, need
from plumbline.domain.shared import OidcProviders
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed


@control(
    "iam.workload-identity-available",
    title="Pods can get their own AWS identity",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL when there is neither an IAM OIDC provider for the cluster's issuer nor a working Pod Identity agent "
        "(the add-on eks-pod-identity-agent, or Auto Mode), or when Pod Identity associations exist and no agent "
        "runs. PASS otherwise. A provider in another account is not seen."
    ),
    remediation=(
        "aws eks create-addon --cluster-name <cluster> --addon-name eks-pod-identity-agent, or "
        "eksctl utils associate-iam-oidc-provider --cluster <cluster> --approve"
    ),
    references=("CIS 5.2.1",),
)
def pods_can_get_their_own_identity(
    cluster: Cluster,
    agent: Section[PodIdentityAgent],
    identities: Section[PodIdentities],
    providers: Section[OidcProviders],
) -> Verdict:
    """Pods that cannot get a role of their own use the node's, and then each has the permissions of all.

    An association without an agent is worse than none: it looks as if the pod had its role.
    """
    installed = known(agent, PodIdentityAgent(None))
    provider, associations = known(providers, None), known(identities, None)
    observed = {
        "auto_mode": cluster.auto_mode,
        "agent_status": installed.status,
        "oidc_provider": provider.has(cluster.issuer) if provider else None,
        "has_associations": associations.count > 0 if associations else None,
    }
    if cluster.auto_mode or installed.works:
        return passed("the Pod Identity agent works", observed=observed)
    need(agent)
    if associations and associations.count:
        text = f"{associations.count} Pod Identity association(s) have no effect: no working agent"
        return failed("associations_without_agent", text, observed=observed)
    if not need(providers).has(cluster.issuer):
        text = "there is no OIDC provider for the cluster's issuer and no working Pod Identity agent"
        return failed("no_workload_identity", text, observed=observed)
    need(identities)
    return passed("there is an OIDC provider for the cluster's issuer", observed=observed)
