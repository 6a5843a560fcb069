"""Labels of workloads: what a thing is, of what, and who runs it, can be told by looking at it."""

from plumbline.domain.control import control
from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed, warned
from plumbline.domain.workload_rules import Hardening, system_workload

_PREFIX = "app.kubernetes.io/"


class Labels(Hardening, frozen=True):
    """The labels that workloads must have, and those they should."""

    required: tuple[str, ...] = ("app.kubernetes.io/name",)
    recommended: tuple[str, ...] = (
        "app.kubernetes.io/instance",
        "app.kubernetes.io/version",
        "app.kubernetes.io/part-of",
        "app.kubernetes.io/managed-by",
    )


@control(
    "workload.recommended-labels",
    title="Workloads carry the recommended labels",
    pillar=Pillar.OPS,
    severity=Severity.LOW,
    rule=(
        "FAIL when a required label is missing on the owner or its template, WARN when a recommended one is. PASS "
        "otherwise. NOT_APPLICABLE in system namespaces."
    ),
    remediation="Add the labels in the chart or manifest.",
)
def workload_carries_the_recommended_labels(workload: Workload, p: Labels) -> Verdict:
    """At night somebody has to find out what a pod belongs to. The labels that all tools know tell it.

    Costs and dashboards are divided by the same labels.
    """
    exempt = system_workload(workload, p)
    if exempt:
        return exempt
    owner, template = workload.labels, workload.template.labels
    required = [name for name in p.required if name not in owner or name not in template]
    recommended = [name for name in p.recommended if name not in owner or name not in template]
    # What is there, not what is missing: other wishes are no change of the workload.
    known = {*p.required, *p.recommended}
    present = sorted(name for name in owner if name in template and (name in known or name.startswith(_PREFIX)))
    observed = {"labels": present}
    if required:
        return failed("label_missing", f"missing: {', '.join(required)}", observed=observed)
    if recommended:
        return warned("recommended_label_missing", f"missing: {', '.join(recommended)}", observed=observed)
    return passed("the labels are there", observed=observed)
