"""Pools: they have a ceiling, and state on EBS can follow its volume."""

from plumbline.domain.control import Parameters, control
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.evidence.kubernetes.scaling import NodePool
from plumbline.domain.judged import Compute
from plumbline.domain.node_facts import Autoscalers, EbsClaims
from plumbline.domain.placement import Offers
from plumbline.domain.pool_members import of_auto_mode
from plumbline.domain.verdict import Pillar, Reason, Severity, Verdict, failed, not_applicable, passed, unknown, warned
from plumbline.domain.zones import Subnets


class BuiltIn(Parameters, frozen=True):
    """The NodePools that Auto Mode brings along, which cannot be changed."""

    built_in_pools: tuple[str, ...] = ("general-purpose", "system")


@control(
    "nodegroup.nodepool-limits",
    title="Karpenter and Auto Mode node pools have a resource ceiling",
    pillar=Pillar.COST,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when a NodePool limits neither cpu nor memory, PASS otherwise. NOT_APPLICABLE for the built-in pools of "
        "Auto Mode."
    ),
    remediation="Set spec.limits.cpu and spec.limits.memory in the NodePool.",
)
def node_pool_has_a_ceiling(pool: NodePool, p: BuiltIn) -> Verdict:
    """Without a limit a workload that runs away buys nodes without end, and nobody notices before the bill.

    The built-in pools of Auto Mode have none, and none can be set on them.
    """
    if of_auto_mode(pool) and pool.name in p.built_in_pools:
        return not_applicable("built_in", f"{pool.name} comes with Auto Mode and cannot be limited")
    limits = {name: str(value) for name, value in sorted(pool.spec.limits.items()) if name in ("cpu", "memory")}
    observed = {"limits": limits}
    if not limits:
        return failed("no_limits", f"NodePool {pool.name} limits neither cpu nor memory", observed=observed)
    told = ", ".join(f"{name} {value}" for name, value in limits.items())
    return passed(f"NodePool {pool.name} is limited to {told}", observed=observed)


@control(
    "nodegroup.zonal-groups-for-ebs",
    title="Stateful EBS workloads under Cluster Autoscaler use one node group per zone",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "Where Cluster Autoscaler runs and StatefulSets have volumes on EBS: FAIL when a group that can host their "
        "pods spans more than one zone, WARN when all such groups are in the same zone. PASS otherwise. NOT_APPLICABLE "
        "with Karpenter or Auto Mode, without Cluster Autoscaler, and without such volumes."
    ),
    remediation="Split the group per zone and set --balance-similar-node-groups of Cluster Autoscaler.",
)
def state_has_a_group_in_its_zone(
    cluster: Cluster, compute: Compute, subnets: Subnets, autoscalers: Autoscalers, claims: EbsClaims, offers: Offers
) -> Verdict:
    """A volume of EBS never leaves its zone, and Cluster Autoscaler cannot ask a group for a node in that zone.

    With a group that spans zones it adds nodes where the volume is not, and the pod stays pending.
    """
    if cluster.auto_mode or autoscalers.karpenter:
        return not_applicable("zone_aware", "what adds the nodes knows in which zone a volume is")
    if not autoscalers.cluster_autoscaler:
        autoscalers.need_complete(f"whether Cluster Autoscaler runs in {cluster.name}")
        return not_applicable("no_cluster_autoscaler", "Cluster Autoscaler does not run")
    if not claims.owners:
        if claims.missing:
            raise EvidenceMissing(claims.missing)
        return not_applicable("no_ebs_claims", "no StatefulSet has a volume on EBS")
    hosts = {name for owner in claims.owners for name in offers.room_for(owner.template).pools}
    groups = [pool for pool in compute.pools if pool.name in hosts and pool.scaled_by_groups]
    zones = {pool.name: subnets.zones(pool.subnets) for pool in groups}
    spanning = sorted(name for name, found in zones.items() if len(found) > 1)
    covered = sorted({zone for found in zones.values() for zone in found})
    observed = {"groups_over_zones": spanning, "zones": covered}
    if spanning:
        text = f"pods with volumes on EBS can run in {', '.join(spanning)}, each of which spans several zones"
        return failed("group_spans_zones", text, observed=observed)
    missing = compute.missing or offers.missing or claims.missing
    if missing:
        raise EvidenceMissing(missing)
    unlisted = subnets.unlisted(subnet for pool in groups for subnet in pool.subnets)
    if unlisted:
        text = f"{', '.join(unlisted)} was not in the listing"
        return unknown(Reason.NOT_FOUND_IN_LISTING, text, observed=observed)
    if not groups:
        return not_applicable("no_group", "no group that Cluster Autoscaler scales can host pods with volumes on EBS")
    if len(covered) == 1:
        return warned("one_zone", f"every group for pods with volumes on EBS is in {covered[0]}", observed=observed)
    return passed(f"pods with volumes on EBS have a group of their own in {', '.join(covered)}", observed=observed)
