"""What containers ask for, beside what they are seen to use."""

from collections.abc import Iterator
from decimal import Decimal

from plumbline.domain.control import Flag, Parameters, control
from plumbline.domain.evidence.kubernetes.workloads import Container, Workload
from plumbline.domain.quantities import quantity
from plumbline.domain.requests import requested
from plumbline.domain.verdict import Pillar, Severity, Verdict, not_applicable, passed, warned
from plumbline.domain.workload_facts import VerticalAutoscalers
from plumbline.domain.workload_rules import running_containers


class Factors(Parameters, frozen=True):
    """How far a request may be from the recommendation, and amounts below which nobody minds."""

    over_factor: float = 2.0
    under_factor: float = 0.5
    min_cpu: str = "100m"
    min_memory: str = "128Mi"

    def __post_init__(self) -> None:
        for amount in (self.min_cpu, self.min_memory):
            quantity(amount)


_NO_RECOMMENDATION = not_applicable("no_recommendation", "no VerticalPodAutoscaler recommends sizes for it")


@control(
    "cost.request-rightsizing",
    title="Requests match observed use",
    pillar=Pillar.COST,
    severity=Severity.LOW,
    flags=frozenset({Flag.VOLATILE}),
    rule=(
        "With a VPA recommendation: WARN `over` when a request is above over-factor times the target, WARN `under` "
        "when it is below under-factor times the target. Amounts below the minimum on both sides are skipped. PASS "
        "between. NOT_APPLICABLE without a recommendation."
    ),
    remediation="Set requests to the target of the recommendation.",
)
def requests_match_what_is_used(workload: Workload, vertical: VerticalAutoscalers, p: Factors) -> Verdict:
    """What is requested and not used is paid for and blocked for everybody else.

    What is used and not requested is taken from the neighbours, until the node runs out of it.
    """
    targets = {
        one.container_name: one.target
        for watching in vertical.of(workload)
        if watching.status.recommendation
        for one in watching.status.recommendation.container_recommendations
    }
    if not targets:
        return _NO_RECOMMENDATION
    found = {"over": list[str](), "under": list[str]()}
    for container in running_containers(workload):
        for reason, text in _misfits(container, targets.get(container.name, {}), p):
            found[reason].append(text)
    reasons = [reason for reason, texts in found.items() if texts]
    if reasons:
        text = "; ".join(text for texts in found.values() for text in texts)
        return warned(reasons, text, observed={"misfits": found})
    return passed("requests are near the recommendation", observed={"misfits": found})


def _misfits(container: Container, target: dict[str, str], p: Factors) -> Iterator[tuple[str, str]]:
    asked = requested(container)
    for name, least in (("cpu", p.min_cpu), ("memory", p.min_memory)):
        if name not in target or name not in asked:
            continue
        has, needs = quantity(asked[name]), quantity(target[name])
        text = f"container {container.name} requests {asked[name]} of {name}, {target[name]} is recommended"
        if max(has, needs) < quantity(least):
            continue
        if has > needs * Decimal(str(p.over_factor)):
            yield "over", text
        elif has < needs * Decimal(str(p.under_factor)):
            yield "under", text
