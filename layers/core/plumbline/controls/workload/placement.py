"""Placement: what a workload asks of its nodes, some node can give."""

from plumbline.domain.control import Parameters, control
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.kubernetes.workloads import PodTemplate, Workload
from plumbline.domain.placement import OS, Offers, Room, hosts_wanted
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed, warned
from plumbline.domain.workload_facts import FargateSelection


class Apart(Parameters, frozen=True):
    """How many pods may be kept apart by a required rule before that is a burden for the scheduler."""

    large_anti_affinity: int = 50


@control(
    "workload.placement-valid",
    title="Scheduling rules can be satisfied and do not hinder drains",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL unsatisfiable when no node, and no pool that can grow, matches node selector, required affinity and "
        "tolerations (DaemonSets excepted: they run wherever they fit). FAIL anti_affinity when a required rule wants "
        "more nodes than there can be. FAIL os for a Windows pod, and in a cluster with Windows nodes for any pod, "
        "that does not select its operating system. WARN tolerates_all when something other than a DaemonSet tolerates "
        "every taint, and large_anti_affinity above that many replicas. PASS otherwise."
    ),
    remediation="Correct labels or taints; prefer soft rules or topology spread.",
)
def scheduling_rules_can_be_satisfied(
    workload: Workload, offers: Offers, fargate: FargateSelection, p: Apart
) -> Verdict:
    """A pod that fits nowhere stays pending, and one whose rules just fit blocks the drain of its node.

    A pod that tolerates every taint runs on nodes that are being taken away, and comes back to them at once.
    """
    template, daemon = workload.template, workload.kind == "DaemonSet"
    room = None if daemon or template.node_name or fargate.takes(workload) else offers.room_for(template)
    apart = not daemon and hosts_wanted(template, template.labels)
    problems = _problems(workload, room, offers, apart=apart)
    doubts = {}
    if not daemon and _tolerates_everything(template):
        doubts["tolerates_all"] = "its pods tolerate every taint"
    if apart and (workload.replicas or 1) > p.large_anti_affinity:
        doubts["large_anti_affinity"] = f"a required rule keeps {workload.replicas} pods apart"
    observed = {"rules_broken": sorted(problems), "tolerates_all": "tolerates_all" in doubts, "kept_apart": apart}
    if "os" in problems or (problems and offers.missing is None and fargate.missing is None):
        return failed(list(problems), f"{workload.path}: {'; '.join(problems.values())}", observed=observed)
    if problems:
        raise EvidenceMissing(offers.missing or fargate.missing)  # type: ignore[arg-type]
    if doubts:
        return warned(list(doubts), f"{workload.path}: {'; '.join(doubts.values())}", observed=observed)
    return passed(f"the scheduling rules of {workload.path} can be satisfied", observed=observed)


def _problems(workload: Workload, room: Room | None, offers: Offers, *, apart: bool) -> dict[str, str]:
    template, found = workload.template, {}
    if room is not None and room.none:
        found["unsatisfiable"] = "no node and no pool that can grow matches its selector, affinity and tolerations"
    elif room is not None and apart and room.more is not None:
        places, wanted = room.existing + room.more, workload.replicas or 1
        if wanted > places:
            found["anti_affinity"] = f"{wanted} pods want a node each, and there can be {places}"
    if (template.os == "windows" or offers.has_windows) and not _selects_system(template):
        found["os"] = f"its pods do not select {OS}"
    return found


def _selects_system(template: PodTemplate) -> bool:
    if OS in template.node_selector:
        return True
    terms = template.node_affinity
    return bool(terms) and all(any(one.key == OS for one in term) for term in terms)


def _tolerates_everything(template: PodTemplate) -> bool:
    return any(not one.key and one.operator == "Exists" and not one.effect for one in template.tolerations)
