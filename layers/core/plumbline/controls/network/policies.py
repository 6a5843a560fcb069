"""Network policies: what a namespace forbids is really refused."""

from plumbline.domain.control import Parameters, control
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.evidence.section import Section
from plumbline.domain.judged import Compute, VpcCni
from plumbline.domain.need import known, need, without_kubernetes
from plumbline.domain.network_providers import CNI
from plumbline.domain.pools import PoolKind
from plumbline.domain.verdict import Pillar, Severity, Verdict, passed, warned


class Engines(Parameters, frozen=True):
    """The engines that count."""

    engines: tuple[str, ...] = (CNI, "calico", "cilium", "antrea")


@control(
    "network.policy-engine",
    title="A network-policy engine enforces NetworkPolicy objects",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "PASS when the configuration of the managed add-on vpc-cni turns network policy on. WARN when all pods run on "
        "Fargate, where it is not enforced. Every other engine, and what Auto Mode does, only the Kubernetes API of "
        "the cluster shows: UNKNOWN as long as it is not read."
    ),
    remediation=(
        "aws eks update-addon --cluster-name <cluster> --addon-name vpc-cni "
        '--configuration-values \'{"enableNetworkPolicy":"true"}\' --resolve-conflicts PRESERVE'
    ),
    references=(
        "CIS 4.3.1, 5.4.4",
        "Prowler eks_cluster_network_policy_enabled (tests only that a security group exists)",
    ),
)
def policies_are_enforced(cluster: Cluster, cni: Section[VpcCni], compute: Compute, p: Engines) -> Verdict:
    """Without an engine every NetworkPolicy is accepted and none is enforced: any pod still reaches any other.

    Nothing warns of it, so such a cluster looks divided and is not.
    """
    on_nodes = cluster.remote_network_config is not None or any(
        pool.kind is not PoolKind.FARGATE for pool in compute.pools
    )
    fargate_only = bool(compute.pools) and not on_nodes
    # Auto Mode's nodes do not run the add-on.
    enforced = CNI in p.engines and known(cni, VpcCni(enforces=False)).enforces and not cluster.auto_mode
    observed = {"fargate_only": fargate_only, "vpc_cni_enforces": enforced}
    if not on_nodes and compute.missing:
        raise EvidenceMissing(compute.missing)
    if fargate_only:
        text = f"all pods of {cluster.name} run on Fargate, where network policy is not enforced"
        return warned("fargate_only", text, observed=observed)
    if enforced:
        return passed("the add-on vpc-cni enforces network policy", observed=observed)
    need(cni)
    raise EvidenceMissing(without_kubernetes(f"which engine enforces network policy in {cluster.name}"))
