"""Reliability of workloads: the loss of a pod, a node or a zone is not the loss of the service."""

from plumbline.domain.claims import Claims
from plumbline.domain.control import control
from plumbline.domain.environment import Environment
from plumbline.domain.errors import EvidenceUnreadable
from plumbline.domain.evidence.kubernetes.scaling import DisruptionBudget
from plumbline.domain.evidence.kubernetes.workloads import AntiAffinity, PodTemplate, SpreadConstraint, Workload
from plumbline.domain.evidence.section import Section
from plumbline.domain.kubernetes_facts import ClusterNodes, Placements, Services
from plumbline.domain.need import need
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed, warned
from plumbline.domain.workload_facts import Budgets, Scale
from plumbline.domain.workload_rules import Hardening, replicated_workload

ALL_ENVIRONMENTS = "all"
_OFF = not_applicable("scaled_to_zero", "the workload is scaled to zero")
_FOREIGN = not_applicable("other_controller", "a controller of another kind decides how many pods there are")
_SINGLE = not_applicable("single_replica", "there is one replica at most")


class Replicas(Hardening, frozen=True):
    """How many replicas there are at least, in these environments; `all` stands for every one."""

    min_replicas: int = 2
    environments: tuple[str, ...] = (ALL_ENVIRONMENTS,)


@control(
    "workload.replicas",
    title="Serving workloads run more than one replica under a controller",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL `naked_pod` for pods without a controller, FAIL when a Deployment behind a Service has fewer replicas at "
        "least (by its HorizontalPodAutoscaler, else its own) than wanted. WARN for StatefulSets, Deployments without "
        "a Service, and where a claim admits only one node. NOT_APPLICABLE for DaemonSets, Jobs, CronJobs, workloads "
        "scaled to 0, other environments and system namespaces. PASS otherwise."
    ),
    remediation="Raise replicas or minReplicas; wrap bare pods in a Deployment.",
    references=("hardeneks run_multiple_replicas", "hardeneks avoid_running_singleton_pods"),
)
def there_is_more_than_one_replica(
    workload: Workload,
    scale: Scale,
    services: Section[Services],
    claims: Claims,
    environment: Section[Environment],
    p: Replicas,
) -> Verdict:
    """One replica is an outage with every drained node, and drains are routine.

    A pod without a controller does not even come back.
    """
    exempt = replicated_workload(workload, p) or _outside(environment, p)
    if exempt:
        return exempt
    if workload.kind == "Pod":
        if workload.owner:
            return _FOREIGN
        text = "no controller brings the pod back when its node is gone"
        return failed("naked_pod", text, observed={"replicas": None})
    if workload.replicas == 0:
        return _OFF
    replicas = scale.least(workload)
    observed = {"replicas": replicas}
    if replicas >= p.min_replicas:
        return passed(f"there are at least {replicas} replicas", observed=observed)
    text = f"there may be no more than {replicas} replica{'' if replicas == 1 else 's'}"
    if workload.kind == "StatefulSet" or not need(services).backed_by(workload):
        return warned("too_few_replicas", text, observed=observed)
    if workload.strategy == "Recreate" and _single_writer(workload, claims):
        return warned("single_writer", f"{text}, for a claim that one node alone can mount", observed=observed)
    return failed("too_few_replicas", f"{text} behind a Service", observed=observed)


def _outside(environment: Section[Environment], p: Replicas) -> Verdict | None:
    if ALL_ENVIRONMENTS in p.environments:
        return None
    found = need(environment)
    if found.is_one_of(p.environments):
        return None
    return not_applicable("other_environment", f"the environment is {found.name}")


def _single_writer(workload: Workload, claims: Claims) -> bool:
    named = (volume.claim for volume in workload.template.volumes if volume.claim)
    return any(claims.single_writer(workload.namespace, name) for name in named)


_HOST, _ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"


@control(
    "workload.topology-spread",
    title="Replicas spread over nodes and zones",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "For two or more replicas: FAIL `not_spread` when no rule for its own pods uses the hostname or zone key and "
        "all ready pods share one node or zone. WARN `no_rule` when they happen to be spread. WARN `no_zone_rule` when "
        "only the hostname key is used in a cluster of several zones. PASS otherwise. NOT_APPLICABLE for DaemonSets, "
        "Jobs, single replicas and system namespaces."
    ),
    remediation="Add topologySpreadConstraints for topology.kubernetes.io/zone and kubernetes.io/hostname.",
    references=("hardeneks schedule_replicas_across_nodes",),
)
def replicas_are_spread(
    workload: Workload, scale: Scale, placements: Section[Placements], nodes: Section[ClusterNodes], p: Hardening
) -> Verdict:
    """Replicas on one node or in one zone are lost together, which is what replicas are there to prevent.

    The scheduler spreads a little by itself, and stops doing so when the cluster is full.
    """
    exempt = replicated_workload(workload, p)
    if exempt:
        return exempt
    if workload.kind == "Pod" or not scale.replicated(workload):
        return _SINGLE
    keys = _spread_keys(workload.template)
    if _ZONE in keys:
        return passed("a rule spreads the replicas over zones", observed={"keys": sorted(keys)})
    if keys:
        several = len(need(nodes).zones) > 1
        observed = {"keys": sorted(keys), "several_zones": several, "shared": None}
        if several:
            text = "a rule spreads the replicas over nodes, which may be in one zone"
            return warned("no_zone_rule", text, observed=observed)
        return passed("a rule spreads the replicas over nodes, which are all in one zone", observed=observed)
    shared = _shared(workload, need(placements), nodes)
    observed = {"keys": [], "several_zones": None, "shared": shared}
    if shared:
        text = f"no rule spreads the replicas, and all run {'on' if shared == 'node' else 'in'} one {shared}"
        return failed("not_spread", text, observed=observed)
    return warned("no_rule", "no rule spreads the replicas", observed=observed)


def _spread_keys(template: PodTemplate) -> frozenset[str]:
    """Return the hostname and zone keys of the rules that are about the workload's own pods."""
    rules: tuple[SpreadConstraint | AntiAffinity, ...] = (*template.spread, *template.anti_affinity)
    return frozenset(
        rule.topology_key
        for rule in rules
        if rule.topology_key in (_HOST, _ZONE) and rule.selector is not None and rule.selector.matches(template.labels)
    )


def _shared(workload: Workload, placements: Placements, nodes: Section[ClusterNodes]) -> str:
    """Return what all ready pods share: `node`, `zone`, or nothing; one pod alone proves nothing."""
    ready = [pod.node for pod in placements.of(workload) if pod.ready and pod.node]
    if len(ready) < 2:
        return ""
    if len(set(ready)) == 1:
        return "node"
    by_name = need(nodes).by_name
    zones = {by_name[name].zone if name in by_name else "" for name in ready}
    return "zone" if len(zones) == 1 and "" not in zones else ""


@control(
    "workload.disruption-budget",
    title="Replicated workloads have exactly one workable disruption budget",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL `none` when a workload behind a Service with two or more replicas has no budget, FAIL `multiple` when "
        "two budgets select its pods, FAIL `blocking` when the budget can never allow a disruption (maxUnavailable 0, "
        "or minAvailable of all replicas there can be). PASS otherwise. NOT_APPLICABLE for DaemonSets, Jobs, single "
        "replicas and system namespaces."
    ),
    remediation="A PodDisruptionBudget with `maxUnavailable: 1`.",
)
def disruptions_have_a_budget(
    workload: Workload, scale: Scale, budgets: Budgets, services: Section[Services], p: Hardening
) -> Verdict:
    """Without a budget a drain may take every replica at once. With one that never gives, no node can be replaced.

    Managed updates then fail, and Fargate deletes the pods all the same.
    """
    exempt = replicated_workload(workload, p)
    if exempt:
        return exempt
    if workload.kind == "Pod" or not scale.replicated(workload):
        return _SINGLE
    found = budgets.of(workload)
    observed = {"budgets": {budget.name: _terms(budget) for budget in found}}
    if len(found) > 1:
        text = f"{len(found)} budgets select the same pods, which makes every eviction fail"
        return failed("multiple", f"{text}: {', '.join(sorted(budget.name for budget in found))}", observed=observed)
    if found:
        return _judged(found[0], scale.most(workload), observed)
    if need(services).backed_by(workload):
        return failed("none", "there is no budget for a workload behind a Service", observed=observed)
    return passed("no Service sends it requests", observed=observed)


def _judged(budget: DisruptionBudget, replicas: int, observed: dict[str, dict[str, str]]) -> Verdict:
    if _blocks(budget, replicas):
        text = f"the budget {budget.name} ({_terms(budget)}) allows no disruption of {replicas} replicas"
        return failed("blocking", text, observed=observed)
    return passed(f"the budget {budget.name} covers it", observed=observed)


def _terms(budget: DisruptionBudget) -> str:
    spec = budget.spec
    if spec.max_unavailable is not None:
        return f"maxUnavailable {spec.max_unavailable}"
    return f"minAvailable {spec.min_available}"


def _blocks(budget: DisruptionBudget, replicas: int) -> bool:
    spec = budget.spec
    if spec.max_unavailable is not None:
        return _pods(spec.max_unavailable, replicas) == 0
    return spec.min_available is not None and _pods(spec.min_available, replicas) >= replicas


def _pods(amount: int | str, replicas: int) -> int:
    """Return a number of pods; a percentage is rounded up, as the API does."""
    if isinstance(amount, int):
        return amount
    number = amount.removesuffix("%")
    if not number.isdecimal():
        raise EvidenceUnreadable(f"{amount!r} is neither a number of pods nor a percentage")
    return -(-int(number) * replicas // 100) if amount.endswith("%") else int(number)
