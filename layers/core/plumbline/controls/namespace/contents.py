"""What namespaces are for: names, labels, and nothing in the one that is there from the start."""

import re

from plumbline.domain.control import control
from plumbline.domain.evidence.kubernetes.cluster import Namespace
from plumbline.domain.namespace_facts import Contents
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed
from plumbline.domain.workload_rules import Hardening, in_system_namespace

_DEFAULT = "default"
_OF_THE_API = "kubernetes"
_NAMED = 5


@control(
    "namespace.default-unused",
    title="The default namespace holds no workloads",
    pillar=Pillar.OPS,
    severity=Severity.LOW,
    rule="FAIL when any workload or Service other than `kubernetes` lives in default. PASS otherwise.",
    remediation="Move the workload to its own namespace.",
    references=("CIS 4.5.2",),
)
def default_namespace_is_unused(namespace: Namespace, contents: Contents) -> Verdict:
    """What lives in default has no owner, no quota and no policy of its own.

    Everybody's tools write there by mistake, so nobody notices what does not belong.
    """
    if namespace.name != _DEFAULT:
        return not_applicable("other_namespace", "only the namespace default is judged")
    found = [f"{one.kind} {one.name}" for one in contents.workloads(_DEFAULT)]
    found += [f"Service {one.metadata.name}" for one in contents.services(_DEFAULT) if one.metadata.name != _OF_THE_API]
    if found:
        found.sort()
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        return failed("in_use", f"default holds {', '.join(found[:_NAMED])}{more}", observed={"found": found[:_NAMED]})
    contents.complete()
    return passed("default holds nothing")


class Convention(Hardening, frozen=True):
    """What a namespace is called and labelled: a regular expression (empty: any name), and labels it needs."""

    name_pattern: str = ""
    required_labels: tuple[str, ...] = ("owner",)

    def __post_init__(self) -> None:
        try:
            re.compile(self.name_pattern)
        except re.error as error:
            raise ValueError(f"name-pattern: {self.name_pattern!r} is not a regular expression: {error}") from error


@control(
    "namespace.naming-convention",
    title="Namespaces follow the naming and labelling convention",
    pillar=Pillar.OPS,
    severity=Severity.LOW,
    rule=(
        "FAIL when the name does not match name-pattern or a required label is missing. PASS otherwise. NOT_APPLICABLE "
        "for system namespaces; the name is not judged while name-pattern is unset."
    ),
    remediation="Recreate under the right name; add labels with `kubectl label namespace`.",
)
def namespaces_follow_the_convention(namespace: Namespace, p: Convention) -> Verdict:
    """A namespace that says whose it is can be billed, restricted and asked about.

    The others outlive their owners.
    """
    if in_system_namespace(namespace.name, p):
        return not_applicable("system_namespace", "system namespaces are not judged")
    labels = namespace.metadata.labels
    missing = sorted(label for label in p.required_labels if not labels.get(label))
    misnamed = bool(p.name_pattern) and re.fullmatch(p.name_pattern, namespace.name) is None
    reasons = ["name"] * misnamed + ["labels"] * bool(missing)
    if not reasons:
        return passed("it follows the convention")
    said = [f"its name does not match {p.name_pattern}"] * misnamed
    said += [f"it lacks {', '.join(missing)}"] * bool(missing)
    observed = {"missing_labels": missing, "name_matches": not misnamed}
    return failed(reasons, f"namespace {namespace.name}: {'; '.join(said)}", observed=observed)
