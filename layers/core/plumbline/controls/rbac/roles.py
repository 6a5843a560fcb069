"""What roles allow, and to whom: wildcards, Secrets, and the ways from a right to all rights."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.kubernetes.rbac import PolicyRule, Role
from plumbline.domain.grants import ALL, Grant, Grants, allows, anyone, labels, matches
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed, warned

# The groups that Kubernetes itself serves; every other group with a dot belongs to an operator.
_BUILT_IN_GROUPS = frozenset({"", "apps", "batch", "autoscaling", "policy", "extensions"})
_BUILT_IN_SUFFIX = ".k8s.io"
_AGGREGATED = "rbac.authorization.k8s.io/aggregate-to-"
_RBAC = frozenset({"rbac.authorization.k8s.io"})
_CORE = frozenset({""})
_READ = frozenset({"get", "list", "watch", ALL})
_WRITE = frozenset({"create", "update", "patch", "delete", "deletecollection", ALL})
_CREATE = frozenset({"create", ALL})
_WORKLOADS = {
    "": frozenset({"pods", "pods/exec", "pods/attach", "replicationcontrollers"}),
    "apps": frozenset({"deployments", "statefulsets", "daemonsets", "replicasets"}),
    "batch": frozenset({"jobs", "cronjobs"}),
}
_NAMED = 3
_FOR_PEOPLE = frozenset({"cluster-admin", "admin", "edit", "view"})


class ExemptRoles(Parameters, frozen=True):
    """The roles that come with Kubernetes and EKS; of Kubernetes' own only those with its label are exempt."""

    exempt_roles: tuple[str, ...] = (
        "cluster-admin",
        "admin",
        "edit",
        "view",
        "system:*",
        "eks:*",
        "aws-node",
        "vpc-resource-controller-role",
    )
    exempt_label: str = "kubernetes.io/bootstrapping=rbac-defaults"
    exempt_subjects: tuple[str, ...] = ()

    def exempts(self, role: Role) -> bool:
        """Whether the role came with the cluster: a copy under another name did not."""
        named = any(fnmatchcase(role.name, pattern) for pattern in self.exempt_roles)
        return named and (not _is_of_kubernetes(role) or self._is_labelled(role))

    def _is_labelled(self, role: Role) -> bool:
        key, _, value = self.exempt_label.partition("=")
        return not key or role.metadata.labels.get(key) == value

    def strangers(self, grants: Iterable[Grant]) -> tuple[Grant, ...]:
        """Return the grants to subjects that are not exempt."""
        return tuple(
            grant for grant in grants if anyone(grant.subject) or not matches(grant.subject, self.exempt_subjects)
        )


def _is_of_kubernetes(role: Role) -> bool:
    return role.name in _FOR_PEOPLE or role.name.startswith("system:")


@control(
    "rbac.no-wildcards",
    title="Roles avoid wildcards",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL when verbs or resources contain `*` and the role is bound to a subject outside exempt-subjects. WARN "
        "when it is unbound, or the wildcard is confined to the API groups of its own operator. PASS otherwise."
    ),
    remediation="List verbs and resources; generate them from audit logs.",
    references=(
        "CIS 4.1.3",
        "Prowler rbac_minimize_wildcard_use_roles",
        "hardeneks restrict_wildcard_for_cluster_roles, restrict_wildcard_for_roles",
    ),
)
def roles_avoid_wildcards(role: Role, grants: Grants, p: ExemptRoles) -> Verdict:
    """A wildcard also grants what the next version of the API will add.

    Nobody has thought about that yet, and nobody will be asked.
    """
    if p.exempts(role):
        return not_applicable("built_in_role", "it came with Kubernetes or EKS")
    wild = [rule for rule in role.rules if ALL in rule.verbs or ALL in rule.resources]
    if not wild:
        return passed("no rule has a wildcard", observed={"wildcards": [], "subjects": []})
    held = grants.of(role)
    if not held and any(label.startswith(_AGGREGATED) for label in role.metadata.labels):
        return not_applicable("aggregated", "the role it is aggregated into is judged")
    strangers = p.strangers(held)
    observed = {"wildcards": sorted({_rule_text(rule) for rule in wild}), "subjects": labels(strangers)}
    text = f"{role.kind} {role.path} allows {_some(observed['wildcards'])}"
    if all(_of_operator(rule) for rule in wild):
        return warned("own_api_groups", f"{text}, in API groups of an operator only", observed=observed)
    if strangers:
        return failed("wildcard", f"{text} to {_some(observed['subjects'])}", observed=observed)
    grants.complete()
    if held:
        return passed("only exempt subjects hold it", observed=observed)
    return warned("unbound", f"{text}, to nobody yet", observed=observed)


def _rule_text(rule: PolicyRule) -> str:
    return f"{','.join(rule.verbs)} on {','.join(rule.resources or rule.non_resource_urls)}"


def _of_operator(rule: PolicyRule) -> bool:
    return bool(rule.api_groups) and not any(
        group in _BUILT_IN_GROUPS or group == ALL or group.endswith(_BUILT_IN_SUFFIX) for group in rule.api_groups
    )


class SecretReaders(Parameters, frozen=True):
    """The subjects whose work is reading Secrets, as `Kind name` or `ServiceAccount namespace/name` with `*`."""

    approved_subjects: tuple[str, ...] = (
        "User system:kube-*",
        "User eks:*",
        "Group system:masters",
        "ServiceAccount kube-system/*",
        "ServiceAccount */*external-secrets*",
        "ServiceAccount */*cert-manager*",
        "ServiceAccount */*ingress*",
        "ServiceAccount */*load-balancer-controller*",
        "ServiceAccount */*traefik*",
        "ServiceAccount */*kong*",
        "ServiceAccount */*contour*",
        "ServiceAccount */*emissary*",
        "ServiceAccount */*envoy-gateway*",
    )


@control(
    "rbac.secrets-access",
    title="Few subjects can read Secrets",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL when a cluster-wide bound role grants get, list or watch on secrets without resourceNames to a subject "
        "outside approved-subjects. WARN for namespace-wide grants to service accounts. PASS otherwise."
    ),
    remediation="Name the secrets in resourceNames, or move to a Role in one namespace.",
    references=("CIS 4.1.2", "Prowler rbac_minimize_secret_access"),
)
def few_subjects_read_secrets(role: Role, grants: Grants, p: SecretReaders) -> Verdict:
    """Whoever reads every Secret is every application, with all that their passwords open.

    list and watch reveal the contents just as get does.
    """
    if not any(_reads_secrets(rule) for rule in role.rules):
        return passed("it does not read Secrets at large")
    strangers = [grant for grant in grants.of(role) if not matches(grant.subject, p.approved_subjects)]
    everywhere = [grant for grant in strangers if grant.everywhere]
    if everywhere:
        names = labels(everywhere)
        text = f"{_some(names)} can read every Secret of the cluster through {role.kind} {role.path}"
        return failed("cluster_wide", text, observed={"subjects": names})
    accounts = [grant for grant in strangers if grant.subject.kind == "ServiceAccount"]
    if accounts:
        places = sorted({f"{grant.subject.label} in {grant.namespace}" for grant in accounts})
        text = f"{role.kind} {role.path} lets {_some(places)} read all Secrets there"
        return warned("namespace_wide", text, observed={"subjects": places})
    grants.complete()
    return passed("only approved subjects hold it")


def _reads_secrets(rule: PolicyRule) -> bool:
    wide = not rule.resource_names and not _READ.isdisjoint(rule.verbs)
    groups = not {"", ALL}.isdisjoint(rule.api_groups)
    return wide and groups and not {"secrets", ALL}.isdisjoint(rule.resources)


@control(
    "rbac.escalation-verbs",
    title="bind, escalate and impersonate are restricted",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL when a bound role outside exempt-roles has bind or escalate on RBAC roles, or impersonate on users, "
        "groups or service accounts. PASS otherwise."
    ),
    remediation="Remove the verb; let a pipeline apply RBAC changes.",
    references=("CIS 4.1.8",),
)
def escalation_is_restricted(role: Role, grants: Grants, p: ExemptRoles) -> Verdict:
    """These three verbs turn a small right into every right: their holder is an administrator in all but name.

    A wildcard verb is reported by rbac.no-wildcards and not twice.
    """
    if p.exempts(role):
        return not_applicable("built_in_role", "it came with Kubernetes or EKS")
    verbs = sorted({verb for rule in role.rules for verb in _escalations(rule)})
    if not verbs:
        return passed("it has none of these verbs")
    strangers = p.strangers(grants.of(role))
    if strangers:
        names = labels(strangers)
        text = f"{role.kind} {role.path} lets {_some(names)} {', '.join(verbs)}"
        return failed(verbs, text, observed={"verbs": verbs, "subjects": names})
    grants.complete()
    return passed("nobody outside exempt-subjects holds it", observed={"verbs": verbs})


_ROLE_KINDS = frozenset({"roles", "clusterroles", ALL})
_IDENTITIES = frozenset({"users", "groups", "serviceaccounts", ALL})


def _escalations(rule: PolicyRule) -> Iterable[str]:
    for verb in ("bind", "escalate"):
        if allows(rule, _RBAC, _ROLE_KINDS, frozenset({verb})):
            yield verb
    if allows(rule, _CORE | {"authentication.k8s.io"}, _IDENTITIES, frozenset({"impersonate"})):
        yield "impersonate"


class PrivilegedRights(ExemptRoles, frozen=True):
    """Which rights count, and whose: components of the system hold some of them legitimately."""

    reasons_enabled: tuple[str, ...] = (
        "pods_create",
        "pv_create",
        "node_proxy",
        "webhooks",
        "token_create",
        "csr_approve",
    )
    exempt_subjects: tuple[str, ...] = ("ServiceAccount kube-system/*",)


@control(
    "rbac.privileged-resources",
    title="Rights that lead to privilege are restricted",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "Reasons: pods_create (create on pods, pods/exec, pods/attach or workload controllers), pv_create, node_proxy "
        "(nodes/proxy), webhooks (write on admission configurations), token_create (serviceaccounts/token), "
        "csr_approve. FAIL when a bound role outside exempt-roles has any reason cluster-wide. WARN for "
        "namespace-scoped pods_create held by human groups. PASS otherwise."
    ),
    remediation="Scope to namespaces with RoleBindings and drop unused verbs.",
    references=(
        "CIS 4.1.4, 4.1.9, 4.1.10, 4.1.11, 4.1.12",
        "Prowler rbac_minimize_pod_creation_access, rbac_minimize_pv_creation_access",
        "Prowler rbac_minimize_node_proxy_subresource_access, rbac_minimize_webhook_config_access",
        "Prowler rbac_minimize_service_account_token_creation, rbac_minimize_csr_approval_access",
    ),
)
def privileged_rights_are_restricted(role: Role, grants: Grants, p: PrivilegedRights) -> Verdict:
    """Who may start a pod anywhere may start one that owns its node.

    The other rights lead as far by other ways.
    """
    if p.exempts(role):
        return not_applicable("built_in_role", "it came with Kubernetes or EKS")
    rights = sorted({right for rule in role.rules for right in _privileges(rule)}.intersection(p.reasons_enabled))
    if not rights:
        return passed("it has none of these rights")
    strangers = p.strangers(grants.of(role))
    everywhere = [grant for grant in strangers if grant.everywhere]
    if everywhere:
        names = labels(everywhere)
        text = f"{role.kind} {role.path} gives {_some(names)} {', '.join(rights)} in the whole cluster"
        return failed(rights, text, observed={"rights": rights, "subjects": names})
    people = [grant for grant in strangers if grant.subject.kind == "Group"]
    if "pods_create" in rights and people:
        names = sorted({f"{grant.subject.label} in {grant.namespace}" for grant in people})
        text = f"{role.kind} {role.path} lets {_some(names)} start pods"
        return warned("pods_create", text, observed={"rights": rights, "subjects": names})
    grants.complete()
    return passed("nobody outside exempt-subjects holds it cluster-wide", observed={"rights": rights})


_OTHER_RIGHTS = (
    ("pv_create", _CORE, frozenset({"persistentvolumes"}), _CREATE),
    ("node_proxy", _CORE, frozenset({"nodes/proxy"}), _CREATE | {"get"}),
    (
        "webhooks",
        frozenset({"admissionregistration.k8s.io"}),
        frozenset({"validatingwebhookconfigurations", "mutatingwebhookconfigurations"}),
        _WRITE,
    ),
    ("token_create", _CORE, frozenset({"serviceaccounts/token"}), _CREATE),
    (
        "csr_approve",
        frozenset({"certificates.k8s.io"}),
        frozenset({"certificatesigningrequests/approval", "signers"}),
        frozenset({"update", "patch", "approve", ALL}),
    ),
)


def _privileges(rule: PolicyRule) -> Iterable[str]:
    if any(allows(rule, frozenset({group}), resources, _CREATE) for group, resources in _WORKLOADS.items()):
        yield "pods_create"
    for right, groups, resources, verbs in _OTHER_RIGHTS:
        if allows(rule, groups, resources, verbs):
            yield right


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
