"""What bindings hand out, and to whom: administrators, people nobody named, default service accounts."""

from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.kubernetes.rbac import RbacSubject, Role, RoleBinding
from plumbline.domain.grants import ALL, Roles, anyone, matches
from plumbline.domain.need import need
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed, warned

_ADMIN = "cluster-admin"
_SERVICE_ACCOUNTS = "system:serviceaccounts"


class Approved(Parameters, frozen=True):
    """The subjects that may hold everything, as `Kind name` or `ServiceAccount namespace/name` with `*`."""

    approved_subjects: tuple[str, ...] = (
        "Group system:masters",
        "User eks:addon-manager",
        "User eks:cluster-bootstrap",
    )


@control(
    "rbac.cluster-admin-bindings",
    title="cluster-admin is bound only to approved subjects",
    pillar=Pillar.SEC,
    severity=Severity.CRITICAL,
    rule=(
        "FAIL when roleRef is cluster-admin (or a role with all verbs on all resources) and a subject is not approved. "
        "WARN for RoleBindings to it (namespace-wide). PASS otherwise."
    ),
    remediation="`kubectl delete clusterrolebinding <name>` after creating a narrower role.",
    references=("CIS 4.1.1", "Prowler rbac_cluster_admin_usage"),
)
def administrators_are_approved(binding: RoleBinding, roles: Roles, p: Approved) -> Verdict:
    """Every holder of cluster-admin is one stolen token away from losing the cluster.

    Few need it, and those who do can be named.
    """
    role = roles.of(binding)
    if binding.role_ref.name != _ADMIN and role is None and roles.missing is not None:
        return need(roles.missing)
    if binding.role_ref.name != _ADMIN and not (role and _allows_everything(role)):
        return passed("the role is not an administrator's")
    strangers = sorted(one.label for one in binding.subjects if anyone(one) or not matches(one, p.approved_subjects))
    observed = {"role": binding.role_ref.name, "subjects": strangers}
    if not strangers:
        return passed("all subjects are approved", observed=observed)
    text = f"{', '.join(strangers)} {'has' if len(strangers) == 1 else 'have'} every right"
    if binding.namespace:
        return warned("namespace_admin", f"{text} in namespace {binding.namespace}", observed=observed)
    return failed("not_approved", f"{text} in the cluster, as {binding.role_ref.name}", observed=observed)


def _allows_everything(role: Role) -> bool:
    return any(ALL in rule.verbs and ALL in rule.resources and ALL in rule.api_groups for rule in role.rules)


class Defaults(Parameters, frozen=True):
    """The bindings for everybody that come with Kubernetes, by the binding's name."""

    default_bindings: tuple[str, ...] = ("system:public-info-viewer", "system:discovery", "system:basic-user")


@control(
    "rbac.anonymous-bindings",
    title="Anonymous and all-authenticated groups have no extra rights",
    pillar=Pillar.SEC,
    severity=Severity.CRITICAL,
    rule=(
        "FAIL when a subject is system:anonymous or system:unauthenticated outside the default bindings. FAIL high "
        "when system:authenticated is bound to anything beyond discovery and basic-user. PASS otherwise."
    ),
    remediation="Delete the binding.",
    references=("hardeneks disable_anonymous_access_for_cluster_roles, disable_anonymous_access_for_roles",),
)
def nobody_unnamed_has_rights(binding: RoleBinding, p: Defaults) -> Verdict:
    """A right for everybody is a right for whoever finds the endpoint.

    system:authenticated includes every IAM principal that can get a token for the cluster.
    """
    found = sorted(subject.name for subject in binding.subjects if anyone(subject))
    if not found or (not binding.namespace and binding.name in p.default_bindings):
        return passed("it binds nobody unnamed beyond the defaults")
    observed = {"subjects": found, "role": binding.role_ref.name}
    text = f"{', '.join(found)} may use {binding.role_ref.kind} {binding.role_ref.name}"
    if found == ["system:authenticated"]:
        return failed("all_authenticated", text, observed=observed, severity=Severity.HIGH)
    return failed("anonymous", text, observed=observed)


@control(
    "rbac.default-sa-bindings",
    title="Default service accounts have no rights of their own",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL when a subject is ServiceAccount `default`, or a group system:serviceaccounts[:<ns>], outside default "
        "bindings. PASS otherwise."
    ),
    remediation="Bind a dedicated service account.",
    references=("CIS 4.1.5",),
)
def default_accounts_have_no_rights(binding: RoleBinding) -> Verdict:
    """Every pod that names no service account gets these rights.

    The next one to be started is included, whoever starts it.
    """
    found = sorted(subject.label for subject in binding.subjects if _default_account(subject))
    if not found or (not binding.namespace and binding.name == "system:service-account-issuer-discovery"):
        return passed("it binds no default service account")
    text = f"{', '.join(found)} may use {binding.role_ref.kind} {binding.role_ref.name}"
    return failed("default_account", text, observed={"subjects": found, "role": binding.role_ref.name})


def _default_account(subject: RbacSubject) -> bool:
    if subject.kind == "ServiceAccount":
        return subject.name == "default"
    return subject.kind == "Group" and (
        subject.name == _SERVICE_ACCOUNTS or subject.name.startswith(f"{_SERVICE_ACCOUNTS}:")
    )
