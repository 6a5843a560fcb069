"""What pods of a namespace may do, whom they talk to, and whose token they carry."""

from plumbline.domain.control import control
from plumbline.domain.environment import PRODUCTION, Environment
from plumbline.domain.evidence.kubernetes.cluster import Namespace
from plumbline.domain.namespace_facts import (
    ClusterPolicies,
    Contents,
    DefaultAccounts,
    NetworkPolicies,
    denies_ingress,
    restricts_egress,
)
from plumbline.domain.need import need
from plumbline.domain.policy_facts import GATEKEEPER, KYVERNO, NATIVE, AdmissionEngines
from plumbline.domain.verdict import Pillar, Reason, Severity, Verdict, failed, not_applicable, passed, unknown, warned
from plumbline.domain.workload_rules import Hardening, in_system_namespace

_PSA = "pod-security.kubernetes.io/"
_LEVELS = ("privileged", "baseline", "restricted")


class Levels(Hardening, frozen=True):
    """The least level of the Pod Security Standards, in production too, and the engines that stand in for it."""

    min_level: str = "baseline"
    production_level: str = "baseline"
    accepted_engines: tuple[str, ...] = (KYVERNO, GATEKEEPER, NATIVE)

    def __post_init__(self) -> None:
        for name, level in (("min-level", self.min_level), ("production-level", self.production_level)):
            if level not in _LEVELS:
                raise ValueError(f"{name}: {level!r} is none of {', '.join(_LEVELS)}")

    def least(self, environment: Environment) -> str:
        """Return the least level there; which environment it is only matters where that changes the answer."""
        if self.min_level == self.production_level:
            return self.min_level
        return self.production_level if environment.is_one_of(PRODUCTION) else self.min_level


def _is_production(environment: Environment) -> bool:
    return environment.name is not None and environment.is_one_of(PRODUCTION)


@control(
    "namespace.psa-enforce",
    title="Pod security is enforced per namespace",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "PASS when enforce is baseline or restricted (at least min-level for the environment), or an enforcing policy "
        "engine of accepted-engines covers pod security. WARN when only warn or audit is set, or enforce-version is "
        "missing in production. FAIL when enforce is privileged or absent. NOT_APPLICABLE for system namespaces."
    ),
    remediation="`kubectl label namespace <ns> pod-security.kubernetes.io/enforce=baseline`",
    references=("CIS 4.2.1-4.2.5", "hardeneks ensure_namespace_psa_exist"),
)
def pod_security_is_enforced(
    namespace: Namespace, engines: AdmissionEngines, environment: Environment, p: Levels
) -> Verdict:
    """Without it whoever may start a pod may start one that owns its node.

    The levels are the successor of PodSecurityPolicy and cost a label.
    """
    if in_system_namespace(namespace.name, p):
        return not_applicable("system_namespace", "system namespaces are not judged")
    labels = {mode: namespace.metadata.labels.get(_PSA + mode, "") for mode in ("enforce", "warn", "audit")}
    level, least = labels["enforce"], p.least(environment)
    observed = {"labels": labels, "engines": list(engines.enforcing)}
    if level in _LEVELS and _LEVELS.index(level) >= max(1, _LEVELS.index(least)):
        if _is_production(environment) and not namespace.metadata.labels.get(_PSA + "enforce-version"):
            text = f"namespace {namespace.name} enforces {level} in whatever version the cluster has"
            return warned("no_version", text, observed=observed)
        return passed(f"{level} is enforced", observed=observed)
    covering = sorted(set(engines.enforcing).intersection(p.accepted_engines))
    if covering:
        return passed(f"{', '.join(covering)} enforces policies", reason="policy_engine", observed=observed)
    engines.complete()
    if not level and (labels["warn"] or labels["audit"]):
        return warned("not_enforced", f"namespace {namespace.name} only warns or audits", observed=observed)
    if level not in ("", *_LEVELS):
        return unknown(Reason.PARSE_ERROR, f"{level!r} is no level of the Pod Security Standards", observed=observed)
    said = f"enforces {level}, less than {least}" if level else "enforces nothing"
    return failed("below_level" if level else "absent", f"namespace {namespace.name} {said}", observed=observed)


class Egress(Hardening, frozen=True):
    """Whether what goes out has to be restricted too."""

    require_egress: bool = False


@control(
    "namespace.network-policy-default-deny",
    title="Every namespace denies ingress by default",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "PASS when a policy with an empty podSelector, type Ingress and no ingress rule exists, or a cluster-wide "
        "policy denies by default. WARN when policies exist but none is a default deny, or require-egress is true and "
        "egress is open. FAIL when there is none. NOT_APPLICABLE for system namespaces and namespaces without pods."
    ),
    remediation="Apply a default-deny NetworkPolicy and add allowances, DNS first.",
    references=("CIS 4.3.2", "hardeneks check_default_deny_policy_exists"),
)
def ingress_is_denied_by_default(
    namespace: Namespace, policies: NetworkPolicies, cluster: ClusterPolicies, contents: Contents, p: Egress
) -> Verdict:
    """Where nothing is denied, one taken pod talks to every other one of the cluster.

    It means nothing without an engine that enforces policies: see network.policy-engine.
    """
    if in_system_namespace(namespace.name, p):
        return not_applicable("system_namespace", "system namespaces are not judged")
    if not contents.has_pods(namespace.name):
        return not_applicable("no_pods", "nothing runs there")
    own = policies.of(namespace.name)
    observed = {"policies": sorted(one.name for one in own), "cluster_wide": list(cluster.denying)}
    if not (cluster.denying or any(denies_ingress(one) for one in own)):
        if own or cluster.cilium:
            text = f"no policy denies by default in namespace {namespace.name}"
            return warned("no_default_deny", text, observed=observed)
        if cluster.missing is not None:
            return need(cluster.missing)
        return failed("no_policy", f"namespace {namespace.name} has no network policy", observed=observed)
    if p.require_egress and not any(restricts_egress(one) for one in own):
        return warned("egress_open", f"what leaves namespace {namespace.name} is not restricted", observed=observed)
    return passed("ingress is denied by default", observed=observed)


@control(
    "namespace.default-sa-automount",
    title="The default service account does not mount its token",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule=(
        "PASS when `default` has automountServiceAccountToken=false. FAIL otherwise. NOT_APPLICABLE for system "
        "namespaces and namespaces without pods."
    ),
    remediation=("`kubectl patch serviceaccount default -n <ns> -p '{\"automountServiceAccountToken\":false}'`"),
    references=("CIS 4.1.5, 4.1.6", "hardeneks disable_service_account_token_mounts"),
)
def default_account_mounts_no_token(
    namespace: Namespace, accounts: DefaultAccounts, contents: Contents, p: Hardening
) -> Verdict:
    """Every pod that names no account carries this one's token, whether it talks to the API or not.

    What reads files of such a pod speaks to the API server in its name.
    """
    if in_system_namespace(namespace.name, p):
        return not_applicable("system_namespace", "system namespaces are not judged")
    if not contents.has_pods(namespace.name):
        return not_applicable("no_pods", "nothing runs there")
    account = accounts.of(namespace.name)
    if account is None:
        text = f"the service account default of namespace {namespace.name} was not in the listing"
        return unknown(Reason.NOT_FOUND_IN_LISTING, text)
    observed = {"automount": account.automount_service_account_token}
    if account.automount_service_account_token is False:
        return passed("its token is not mounted", observed=observed)
    return failed("mounted", f"pods of namespace {namespace.name} get the token of default", observed=observed)
