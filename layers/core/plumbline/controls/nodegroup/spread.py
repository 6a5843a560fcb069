"""Spread: capacity does not hang on one zone or one kind of machine."""

from collections.abc import Iterable

import msgspec

from plumbline.domain.control import Parameters, control
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.ec2 import AutoScalingGroup, LaunchTemplateVersion
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.evidence.kubernetes.scaling import PoolRequirement
from plumbline.domain.evidence.section import NotCollected, Section, not_collected
from plumbline.domain.judged import Compute, first_missing, sorted_unique
from plumbline.domain.kubernetes_facts import ClusterNodes
from plumbline.domain.need import from_kubernetes, if_asked, known, need
from plumbline.domain.pools import ComputePool, PoolKind
from plumbline.domain.verdict import (
    Pillar,
    Reason,
    Severity,
    Status,
    Verdict,
    failed,
    not_applicable,
    passed,
    unknown,
    warned,
)
from plumbline.domain.zones import Subnets, is_availability_zone

# With fewer of them chance decides in which zones they are.
_ENOUGH_NODES = 3


class Zones(Parameters, frozen=True):
    """Availability Zones below which it fails, and below which it warns."""

    min_zones: int = 2
    recommended_zones: int = 3


@control(
    "nodegroup.multi-az",
    title="Worker capacity spans Availability Zones",
    pillar=Pillar.REL,
    severity=Severity.HIGH,
    rule=(
        "Counted are the zones of ready nodes; with fewer than three nodes, and where nobody asked for the Kubernetes "
        "side, those of the subnets of pools that want nodes. FAIL when they are fewer than min-zones, WARN when fewer "
        "than recommended-zones. PASS otherwise; when nodes could not be read subnets can only show a violation. "
        "NOT_APPLICABLE when the cluster has no compute."
    ),
    remediation="Add subnets in other zones through a new node group; a group's subnets cannot be changed.",
    references=("Security Hub AutoScaling.2", "Prowler autoscaling_group_multiple_az"),
)
def capacity_spans_zones(
    cluster: Cluster, compute: Compute, subnets: Section[Subnets], nodes: Section[ClusterNodes], p: Zones
) -> Verdict:
    """When a zone fails, what ran in it has to find room in the others: with one zone there are none.

    The set of groups counts, not each: one group for each zone is a good design. A region with fewer zones than
    recommended warns until a parameter says so: AWS lists zones to nobody here.
    """
    listed = known(nodes, None)
    if listed is not None and len(listed.all) >= _ENOUGH_NODES:
        zones = sorted(zone for zone in listed.zones if is_availability_zone(zone))
        return _judge_zones(zones, f"the ready nodes of {cluster.name} span", p)
    verdict = _judge_subnets(cluster, compute, need(subnets), p)
    # Nodes can be in fewer zones than their subnets, never in more.
    if verdict.status in (Status.PASS, Status.WARN):
        if_asked(nodes, None)
    return verdict


def _judge_zones(zones: list[str], told: str, p: Zones) -> Verdict:
    observed = {"zones": zones}
    text = f"{told} {len(zones)} zone(s): {', '.join(zones) or 'none'}"
    if len(zones) >= p.recommended_zones:
        return passed(text, observed=observed)
    if len(zones) < p.min_zones:
        return failed("too_few_zones", text, observed=observed)
    return warned("few_zones", f"{text}; {p.recommended_zones} are recommended", observed=observed)


def _judge_subnets(cluster: Cluster, compute: Compute, subnets: Subnets, p: Zones) -> Verdict:
    wants = [(pool, _wants_nodes(pool)) for pool in compute.pools]
    wanted = sorted_unique(subnet for pool, wish in wants if wish is True for subnet in pool.subnets)
    zones, unlisted = subnets.zones(wanted), subnets.unlisted(wanted)
    verdict = _judge_zones(zones, f"the compute of {cluster.name} spans", p)
    if verdict.status is Status.PASS:
        return verdict
    unread = first_missing(compute.missing, *(wish for _, wish in wants if isinstance(wish, NotCollected)))
    if unread:
        raise EvidenceMissing(unread)
    if not wanted:
        return not_applicable("no_compute", f"no pool of {cluster.name} wants a node")
    if unlisted:
        told = f"{', '.join(unlisted)} was not in the listing"
        return unknown(Reason.NOT_FOUND_IN_LISTING, told, observed=verdict.observed)
    return verdict


def _wants_nodes(pool: ComputePool) -> bool | NotCollected:
    """Whether a pool is meant to have nodes, or why that is not known."""
    if pool.group is not None:
        desired = pool.group.scaling_config.desired_size
        if desired is None:
            return not_collected("the answer of AWS did not hold nodegroup.scalingConfig.desiredSize")
        return desired > 0
    if pool.kind is PoolKind.SELF_MANAGED:
        groups = pool.auto_scaling_groups
        return groups if isinstance(groups, NotCollected) else any(one.desired_capacity > 0 for one in groups.value)
    return True


CAPACITY_TYPE, INSTANCE_TYPE = "karpenter.sh/capacity-type", "node.kubernetes.io/instance-type"
ZONE = "topology.kubernetes.io/zone"
_TWO_ZONES = 2


class Diversity(Parameters, frozen=True):
    """Instance types that Spot capacity draws on at least."""

    min_types: int = 3


class _Choice(msgspec.Struct, frozen=True):
    """From what a pool chooses Spot instances; `types` is None when it asks by attributes, which is diverse."""

    types: tuple[str, ...] | None
    shortcomings: dict[str, str] = {}


@control(
    "nodegroup.spot-diversity",
    title="Spot capacity draws on several instance types and zones",
    pillar=Pillar.COST,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when a pool that launches Spot has fewer than min-types instance types, or fewer than two zones. WARN "
        "when a self-managed group allocates by lowest price or does not rebalance. PASS otherwise. Of a NodePool its "
        "requirements decide. NOT_APPLICABLE without Spot."
    ),
    remediation="Recreate the group with more instance types.",
    references=(
        "Security Hub AutoScaling.6",
        "Prowler autoscaling_group_multiple_instance_types, autoscaling_group_capacity_rebalance_enabled",
    ),
)
def spot_capacity_is_diverse(pool: ComputePool, subnets: Subnets, p: Diversity) -> Verdict:
    """Spot capacity is taken back by type and zone, all of it at once: with one of each the pool empties at once.

    More types also find cheaper capacity, since the price differs between them.
    """
    if pool.kind in (PoolKind.FARGATE, PoolKind.HYBRID):
        return _no_spot(pool)
    if pool.kind in (PoolKind.AUTO_MODE, PoolKind.KARPENTER):
        return _judge_node_pool(pool, p)
    if pool.kind is PoolKind.UNATTACHED:
        from_kubernetes(pool.nodes, f"whether and how {pool.name} launches Spot")
        return _no_spot(pool)
    choice = _managed_choice(pool) if pool.group else _self_managed_choice(pool)
    if choice is None:
        return _no_spot(pool)
    zones, unlisted = subnets.zones(pool.subnets), subnets.unlisted(pool.subnets)
    types = choice.types
    observed = {
        "instance_types": list(types) if types is not None else "by attributes",
        "zones": zones,
        "shortcomings": sorted(choice.shortcomings),
    }
    problems = {}
    if types is not None and len(types) < p.min_types:
        problems["few_types"] = f"draws Spot from {len(types)} instance type(s): {', '.join(types) or 'none'}"
    if len(zones) < _TWO_ZONES and not unlisted:
        problems["few_zones"] = f"draws Spot from {len(zones)} zone(s)"
    if problems:
        return failed(list(problems), f"{pool.name} {' and '.join(problems.values())}", observed=observed)
    if unlisted:
        told = f"{', '.join(unlisted)} was not in the listing"
        return unknown(Reason.NOT_FOUND_IN_LISTING, told, observed=observed)
    if choice.shortcomings:
        text = f"{pool.name} {' and '.join(choice.shortcomings.values())}"
        return warned(list(choice.shortcomings), text, observed=observed)
    return passed(f"{pool.name} draws Spot from several types and {len(zones)} zones", observed=observed)


def _judge_node_pool(pool: ComputePool, p: Diversity) -> Verdict:
    described = from_kubernetes(pool.node_pool, f"whether and how {pool.name} launches Spot")
    if described is None:
        text = f"the NodePool of {pool.name} was not in the listing"
        return unknown(Reason.NOT_FOUND_IN_LISTING, text)
    requirements = described.spec.template.spec.requirements
    asked = [one for one in requirements if one.key == CAPACITY_TYPE]
    # Karpenter launches On-Demand unless a pool asks for Spot.
    if not asked or not all(one.matches({CAPACITY_TYPE: "spot"}) for one in asked):
        return _no_spot(pool)
    types, zones = _named(requirements, INSTANCE_TYPE), _named(requirements, ZONE)
    observed = {
        "instance_types": list(types) if types is not None else "by attributes",
        "zones": list(zones) if zones is not None else "any",
        "shortcomings": [],
    }
    problems = {}
    if types is not None and len(types) < p.min_types:
        problems["few_types"] = f"draws Spot from {len(types)} instance type(s): {', '.join(types) or 'none'}"
    if zones is not None and len(zones) < _TWO_ZONES:
        problems["few_zones"] = f"draws Spot from {len(zones)} zone(s)"
    if problems:
        return failed(list(problems), f"NodePool {pool.name} {' and '.join(problems.values())}", observed=observed)
    return passed(f"NodePool {pool.name} draws Spot from several types and zones", observed=observed)


def _named(requirements: Iterable[PoolRequirement], key: str) -> tuple[str, ...] | None:
    """Return the values that a pool's requirements name for a label, or None when they name none."""
    named = [frozenset(one.values) for one in requirements if one.key == key and one.operator == "In"]
    return sorted_unique(frozenset.intersection(*named)) if named else None


def _no_spot(pool: ComputePool) -> Verdict:
    return not_applicable("no_spot", f"{pool.name} launches no Spot instances")


def _managed_choice(pool: ComputePool) -> _Choice | None:
    group = pool.group
    if group is None or group.capacity_type != "SPOT":
        return None
    return _Choice(sorted_unique(group.instance_types) or _type_of(need(pool.template)))


def _self_managed_choice(pool: ComputePool) -> _Choice | None:
    choices = [_group_choice(group, pool) for group in need(pool.auto_scaling_groups)]
    return next((choice for choice in choices if choice), None)


def _group_choice(group: AutoScalingGroup, pool: ComputePool) -> _Choice | None:
    policy = group.mixed_instances_policy
    if policy is None:
        template = need(pool.template)
        market = template.launch_template_data.instance_market_options if template else None
        return (
            _Choice(_type_of(template), _shortcomings(group, None)) if market and market.market_type == "spot" else None
        )
    distribution = policy.instances_distribution
    share = distribution.on_demand_percentage_above_base_capacity if distribution else None
    # Without a share everything above the base is On-Demand.
    if share is None or share >= 100:
        return None
    overrides = policy.launch_template.overrides if policy.launch_template else ()
    types = _types(override.instance_type for override in overrides) if overrides else _type_of(need(pool.template))
    return _Choice(types, _shortcomings(group, distribution.spot_allocation_strategy if distribution else None))


def _types(named: Iterable[str | None]) -> tuple[str, ...] | None:
    """Return the types; None when an override asks by attributes instead."""
    names = tuple(named)
    return None if None in names else sorted_unique(names)


def _type_of(template: LaunchTemplateVersion | None) -> tuple[str, ...]:
    return sorted_unique([template.launch_template_data.instance_type if template else None])


def _shortcomings(group: AutoScalingGroup, strategy: str | None) -> dict[str, str]:
    found = {}
    if strategy == "lowest-price":
        found["lowest_price"] = "allocates Spot by lowest price"
    if not group.capacity_rebalance:
        found["no_capacity_rebalance"] = "does not replace Spot instances before they are taken"
    return found
