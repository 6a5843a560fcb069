"""Policy: what breaks the rules is kept out."""

from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.policy_facts import GATEKEEPER, KYVERNO, NATIVE, AdmissionEngines
from plumbline.domain.tools import Tools
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed, warned

# Engines whose policies are not listed: that they run is all that is known.
UNLISTED = {"kubewarden": "Kubewarden", "styra": "Styra"}


class Engines(Parameters, frozen=True):
    """The policy engines that are accepted."""

    engines: tuple[str, ...] = (GATEKEEPER, KYVERNO, NATIVE, *UNLISTED)


@control(
    "policy.admission-engine",
    title="An admission policy engine or native policies are in force",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule=(
        "PASS when Gatekeeper has a template, Kyverno a policy that enforces, or a ValidatingAdmissionPolicy of one's "
        "own is bound with Deny. WARN when policies only report, or the engine's policies cannot be listed. FAIL "
        "otherwise. Policies that EKS and add-ons bring along do not count."
    ),
    remediation="Install Gatekeeper or Kyverno, or bind a ValidatingAdmissionPolicy with validationActions: [Deny].",
    references=("CIS 5.1.4",),
)
def policies_are_enforced_at_admission(
    cluster: Cluster, engines: AdmissionEngines, tools: Tools, p: Engines
) -> Verdict:
    """Reviews and scans find a bad object after it runs; only admission keeps it from running at all.

    Policies that only report are a good start, and stop nobody.
    """
    enforcing = [engine for engine in p.engines if engine in engines.enforcing]
    reporting = [engine for engine in p.engines if engine in engines.auditing]
    running = [engine for engine, name in UNLISTED.items() if engine in p.engines and tools.seen_named(name)]
    observed = {"enforcing": sorted(enforcing), "reporting": sorted(reporting), "running": sorted(running)}
    if enforcing:
        return passed(f"{', '.join(enforcing)} enforces policies", observed=observed)
    engines.complete()
    if reporting:
        return warned("audit_only", f"the policies of {', '.join(reporting)} only report", observed=observed)
    if running:
        text = f"{', '.join(running)} runs; whether its policies enforce cannot be listed"
        return warned("mode_unknown", text, observed=observed)
    for engine, name in UNLISTED.items():
        if engine in p.engines:
            tools.named(name)
    return failed("no_policy_engine", f"no policy engine guards {cluster.name}", observed=observed)
