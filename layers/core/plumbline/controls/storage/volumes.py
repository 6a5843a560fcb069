"""Persistent volumes: state outlives the node and the zone it was made in."""

from plumbline.domain.control import Parameters, control
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.kubernetes.cluster import PersistentVolume
from plumbline.domain.evidence.section import Section
from plumbline.domain.judged import Compute
from plumbline.domain.kubernetes_facts import ClusterNodes, Placements
from plumbline.domain.need import known, need
from plumbline.domain.pools import ComputePool, PoolKind
from plumbline.domain.storage import zones_of
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed, warned

BOUND = "Bound"
ZONE = "topology.kubernetes.io/zone"


@control(
    "storage.pv-zone-capacity",
    title="Zonal volumes have nodes in their zone",
    pillar=Pillar.REL,
    severity=Severity.HIGH,
    rule=(
        "FAIL when a volume that pods use is tied to a zone without a ready, schedulable node, and no pool can add one "
        "there. WARN when there is exactly one such node. PASS otherwise. NOT_APPLICABLE for volumes that are not tied "
        "to a zone."
    ),
    remediation="Keep one node group per zone with minSize 1, or move the state to a regional service such as EFS.",
)
def zonal_volumes_have_nodes(
    volume: PersistentVolume,
    nodes: ClusterNodes,
    placements: Section[Placements],
    compute: Section[Compute],
) -> Verdict:
    """A volume in a zone can be mounted by nodes of that zone alone: without one its pod never starts again.

    It shows on the day the last node of the zone goes, and that is the day nobody has time for it.
    """
    zones = zones_of(volume)
    if not zones:
        return not_applicable("no_zone", f"{volume.name} is not tied to a zone")
    usable = sum(nodes.usable_by_zone[zone] for zone in zones)
    observed = {"zones": list(zones), "nodes": min(usable, 2)}
    where = ", ".join(zones)
    if usable > 1:
        return passed(f"{where} has {usable} nodes for {volume.name}", observed=observed)
    if volume.status.phase != BOUND or not _is_used(volume, need(placements)):
        return passed(f"no pod uses {volume.name}", observed=observed)
    if usable == 1:
        return warned("single_node", f"{where} has a single node for {volume.name}", observed=observed)
    found = need(compute)
    growing = sorted(pool.name for pool in found.pools if _can_add(pool, zones))
    if growing:
        return passed(f"{', '.join(growing)} can add a node for {volume.name} in {where}", observed=observed)
    if found.missing:
        raise EvidenceMissing(found.missing)
    return failed("no_node_in_zone", f"{where} has no node for {volume.name}", observed=observed)


def _is_used(volume: PersistentVolume, placements: Placements) -> bool:
    claim = volume.spec.claim_ref
    return claim is not None and (claim.namespace, claim.name) in placements.claims


def _can_add(pool: ComputePool, zones: tuple[str, ...]) -> bool:
    """Whether a pool can place a node in one of the zones, as far as its groups or its NodePool tell.

    Raises:
        EvidenceMissing: its groups were not read.

    """
    if pool.kind in (PoolKind.KARPENTER, PoolKind.AUTO_MODE):
        described = known(pool.node_pool, None)
        requirements = described.spec.template.spec.requirements if described else ()
        return described is not None and any(
            all(one.matches({ZONE: zone}) for one in requirements if one.key == ZONE) for zone in zones
        )
    if pool.group is not None and pool.group.scaling_config.max_size == 0:
        return False
    groups = need(pool.auto_scaling_groups)
    return any(zone in group.availability_zones for group in groups for zone in zones)


class LocalClasses(Parameters, frozen=True):
    """Storage classes whose volumes may live on nodes: caches on NVMe disks."""

    allowed_local_classes: tuple[str, ...] = ()


@control(
    "storage.no-host-volumes",
    title="No persistent volume lives on a node",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL for volumes of type hostPath. WARN for local volumes, unless their class is among the "
        "allowed-local-classes. PASS otherwise."
    ),
    remediation="Use EBS or EFS through their CSI drivers.",
)
def volumes_do_not_live_on_nodes(volume: PersistentVolume, p: LocalClasses) -> Verdict:
    """What lies on a node's own disk goes with the node, and nodes are replaced all the time.

    A disk of a node for a cache that can be lost is a fair choice: name its class.
    """
    spec = volume.spec
    kind = "hostPath" if spec.host_path else "local" if spec.local else "remote"
    observed = {"kind": kind, "class": spec.storage_class_name}
    if spec.host_path:
        text = f"{volume.name} is the folder {spec.host_path.path} of whatever node its pod runs on"
        return failed("host_path", text, observed=observed)
    if spec.local and spec.storage_class_name not in p.allowed_local_classes:
        return warned("local_volume", f"{volume.name} is a disk of one node", observed=observed)
    return passed(f"{volume.name} does not depend on a node", observed=observed)
