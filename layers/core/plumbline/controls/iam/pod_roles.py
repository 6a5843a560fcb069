"""Roles of pods: narrow, and not shared."""

from fnmatch import fnmatchcase

from plumbline.domain.arn import account_of
from plumbline.domain.control import Parameters, control
from plumbline.domain.facts import IamCatalogue
from plumbline.domain.kubernetes_facts import Reach
from plumbline.domain.node_facts import PodRole
from plumbline.domain.role_policies import broad_services, tests_namespace, unread_policies
from plumbline.domain.verdict import Pillar, Reason, Severity, Verdict, failed, passed, unknown, warned


class Width(Parameters, frozen=True):
    """Services that a role may have the whole of, such as `s3`, and roles that may be shared: ARNs or patterns."""

    service_wildcards_allowed: tuple[str, ...] = ()
    shared_roles_allowed: tuple[str, ...] = ()

    def allows(self, grant: str) -> bool:
        """Whether configuration allows a grant of a whole service."""
        return grant.partition(":")[0] in self.service_wildcards_allowed


@control(
    "iam.workload-role-least-privilege",
    title="Workload roles are narrow and not shared",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL when a policy of the role grants everything, or a whole service that is not in "
        "service-wildcards-allowed, on all resources without condition, or is one of AWS's broad ones. WARN when "
        "service accounts of more than one namespace take the role, unless it is in shared-roles-allowed or its "
        "policies test the namespace that Pod Identity tells; WARN when the role does not exist. PASS otherwise. "
        "UNKNOWN for roles of other accounts."
    ),
    remediation="Split the role per application and name actions and resources.",
    references=(
        "CIS 5.2.1",
        "hardeneks employ_least_privileged_access_cluster_autoscaler_role",
        "Prowler iam_policy_allows_privilege_escalation",
    ),
)
def role_of_pods_is_narrow(pod_role: PodRole, iam: IamCatalogue, _asked: Reach, p: Width) -> Verdict:
    """Whoever gets into the pod has everything that its role may do, and a shared role is as wide as all its uses.

    Permission boundaries and denials may narrow what the policies grant; they are not weighed.
    """
    arn, role = pod_role.arn, pod_role.role
    if account_of(arn) != pod_role.account:
        return unknown(Reason.FOREIGN_ACCOUNT, f"{arn} belongs to account {account_of(arn)}")
    if role is None and not iam.complete:
        return unknown(Reason.ACCESS_DENIED, f"whether {arn} exists could not be read")
    if role is None:
        observed = {"exists": False, "namespaces": list(pod_role.namespaces)}
        return warned("role_missing", f"service accounts name {arn}, which does not exist", observed=observed)
    granted = broad_services(role, iam)
    broad = {name: wide for name, grants in granted.items() if (wide := [one for one in grants if not p.allows(one)])}
    observed = {"exists": True, "namespaces": list(pod_role.namespaces), "broad_policies": sorted(granted)}
    if broad:
        told = "; ".join(f"{name} grants {', '.join(grants)}" for name, grants in broad.items())
        return failed("broad_policy", f"{arn} may do too much: {told}", observed=observed)
    unread = unread_policies(role, iam)
    if unread:
        text = f"the policies {', '.join(unread)} were not in the listing of the account"
        return unknown(Reason.NOT_FOUND_IN_LISTING, text, observed=observed)
    shared = len(pod_role.namespaces) > 1 and not any(fnmatchcase(arn, one) for one in p.shared_roles_allowed)
    if shared and not (pod_role.session_tags and tests_namespace(role, iam)):
        text = f"{arn} serves service accounts of {', '.join(pod_role.namespaces)}"
        return warned("shared_role", text, observed=observed)
    return passed(f"{arn} is narrow", observed=observed)
