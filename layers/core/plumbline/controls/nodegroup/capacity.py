"""Capacity: how many nodes there may be, of what type, and how many an update takes away at once."""

from plumbline.domain.ami import accelerated
from plumbline.domain.control import Flag, Parameters, control
from plumbline.domain.ec2_facts import InstanceTypes
from plumbline.domain.environment import PRODUCTION, Environment
from plumbline.domain.evidence.eks import NodeGroup, UpdateConfig
from plumbline.domain.judged import sorted_unique
from plumbline.domain.need import known, need, present
from plumbline.domain.pools import ComputePool, PoolKind
from plumbline.domain.verdict import (
    Pillar,
    Reason,
    Severity,
    Verdict,
    failed,
    not_applicable,
    passed,
    unknown,
    warned,
)


class UpdateShare(Parameters, frozen=True):
    """Percent of a group that an update may take away at once."""

    warn_percent: int = 33
    fail_percent: int = 50


@control(
    "nodegroup.update-config",
    title="Rolling node updates replace a bounded share of the group",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when an update takes away more than fail-percent of the group at once. WARN above warn-percent, and for "
        "the strategy MINIMAL on an image without accelerators. One node at a time always passes. NOT_APPLICABLE when "
        "the group has no nodes."
    ),
    remediation=(
        "aws eks update-nodegroup-config --cluster-name <cluster> --nodegroup-name <group> "
        "--update-config maxUnavailablePercentage=33"
    ),
)
def updates_take_a_bounded_share(group: NodeGroup, p: UpdateShare) -> Verdict:
    """An update that drains half of the nodes at once leaves the other half to carry everything.

    Without an update configuration EKS takes one node at a time.
    """
    desired = present(group.scaling_config.desired_size, "nodegroup.scalingConfig.desiredSize")
    update = group.update_config or UpdateConfig()
    observed = {
        "max_unavailable": update.max_unavailable,
        "max_unavailable_percentage": update.max_unavailable_percentage,
        "strategy": update.update_strategy,
        "desired_size": desired,
    }
    if desired == 0:
        return not_applicable("no_nodes", "the group has no nodes", observed=observed)
    share = _share(update, desired)
    text = f"an update takes away {share:.0f}% of the nodes at once"
    if share > p.fail_percent:
        return failed("share_too_large", text, observed=observed)
    minimal = update.update_strategy == "MINIMAL" and not accelerated(group.ami_type or "")
    if share > p.warn_percent:
        return warned(["share_large", *(["minimal_strategy"] if minimal else [])], text, observed=observed)
    if minimal:
        told = "an update removes nodes before their replacements are there (strategy MINIMAL)"
        return warned("minimal_strategy", told, observed=observed)
    return passed(text if share else "an update takes away one node at a time", observed=observed)


def _share(update: UpdateConfig, desired: int) -> float:
    """Return the percentage of nodes that an update takes away; 0 for one node at a time, whatever the size."""
    if update.max_unavailable_percentage is not None:
        return float(update.max_unavailable_percentage)
    nodes = update.max_unavailable or 1
    return 0.0 if nodes == 1 else 100 * nodes / desired


class Headroom(Parameters, frozen=True):
    """How much larger than today a group may grow at least."""

    headroom_factor: float = 1.2


FIXED_SIZE_TAG = "wa-fixed-size"


@control(
    "nodegroup.scaling-headroom",
    title="Node groups have room to grow",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when a group that may scale is at its maximum. WARN when its maximum is less than headroom-factor times "
        "the desired size, or its size is fixed. NOT_APPLICABLE when the tag wa-fixed-size is true."
    ),
    remediation=(
        "aws eks update-nodegroup-config --cluster-name <cluster> --nodegroup-name <group> "
        "--scaling-config minSize=<n>,maxSize=<m>,desiredSize=<d>"
    ),
    flags=frozenset({Flag.VOLATILE}),
)
def group_has_room_to_grow(group: NodeGroup, p: Headroom) -> Verdict:
    """At its maximum a group cannot replace a failed zone or follow a rise in load: pods stay pending.

    The desired size moves with the autoscaler, so a single reading says little.
    """
    if group.tags.get(FIXED_SIZE_TAG, "").lower() == "true":
        return not_applicable("fixed_size_wanted", f"the tag {FIXED_SIZE_TAG} says that the size is meant to be fixed")
    sizes = group.scaling_config
    smallest = present(sizes.min_size, "nodegroup.scalingConfig.minSize")
    largest = present(sizes.max_size, "nodegroup.scalingConfig.maxSize")
    desired = present(sizes.desired_size, "nodegroup.scalingConfig.desiredSize")
    observed = {"min_size": smallest, "max_size": largest, "desired_size": desired}
    if smallest == largest:
        return warned("fixed_size", f"the size is fixed at {largest} node(s)", observed=observed)
    if desired >= largest:
        return failed("at_maximum", f"the group is at its maximum of {largest} node(s)", observed=observed)
    text = f"the group has {desired} of at most {largest} node(s)"
    if largest < desired * p.headroom_factor:
        return warned("little_headroom", text, observed=observed)
    return passed(text, observed=observed)


class Burstable(Parameters, frozen=True):
    """Whether burstable types in production are worth a warning."""

    warn_burstable: bool = True


@control(
    "nodegroup.instance-generation",
    title="Nodes use current-generation instance types",
    pillar=Pillar.PERF,
    severity=Severity.LOW,
    rule=(
        "WARN when a type in use is of a previous generation, or burstable in a cluster that is production or "
        "whose environment nothing names. PASS otherwise. "
        "NOT_APPLICABLE for Fargate, hybrid nodes and pools without nodes."
    ),
    remediation="New node group with newer types (Graviton where the images allow).",
)
def instance_types_are_current(
    pool: ComputePool, types: InstanceTypes, environment: Environment, p: Burstable
) -> Verdict:
    """Newer generations do more for the same money, and old ones run out of capacity first.

    A burstable node that has used up its credits slows every pod on it, and nothing in Kubernetes shows why.
    """
    if pool.kind in (PoolKind.FARGATE, PoolKind.HYBRID):
        return not_applicable(pool.kind.value, f"{pool.kind.value} has no instance types to choose")
    in_use = _types_in_use(pool)
    facts = {name: types.of(name) for name in in_use}
    previous = [name for name, fact in facts.items() if fact and fact.current_generation is False]
    burstable = [name for name, fact in facts.items() if fact and fact.burstable_performance_supported]
    observed = {"instance_types": list(in_use), "previous_generation": previous, "burstable": burstable}
    problems = {}
    if previous:
        problems["previous_generation"] = f"of a previous generation: {', '.join(previous)}"
    if burstable and p.warn_burstable and (environment.name is None or environment.is_one_of(PRODUCTION)):
        problems["burstable"] = f"burstable: {', '.join(burstable)}"
    if problems:
        text = f"nodes run on instance types {' and '.join(problems.values())}"
        return warned(list(problems), text, observed=observed)
    need(pool.instances)
    need(pool.template)
    if not in_use:
        return not_applicable("no_nodes", "no node runs, and no instance type is configured", observed=observed)
    unread = [name for name, fact in facts.items() if fact is None or fact.current_generation is None]
    if unread:
        text = f"EC2 did not describe the instance types {', '.join(unread)}"
        return unknown(Reason.NOT_FOUND_IN_LISTING, text, observed=observed)
    return passed(f"nodes run on current instance types: {', '.join(in_use)}", observed=observed)


def _types_in_use(pool: ComputePool) -> tuple[str, ...]:
    """Return the types that run and that the group may launch; the template counts when neither names any."""
    configured = pool.group.instance_types if pool.group else ()
    running = [instance.instance_type for instance in known(pool.instances, ())]
    template = known(pool.template, None)
    of_template = template.launch_template_data.instance_type if template else None
    return sorted_unique([*configured, *running]) or sorted_unique([of_template])
