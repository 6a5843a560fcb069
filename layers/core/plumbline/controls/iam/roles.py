"""Roles: those that EKS takes, and those that pods take."""

from plumbline.domain.arn import account_of, last_part
from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.account import Role
from plumbline.domain.facts import IamCatalogue
from plumbline.domain.iam_policy import allowing
from plumbline.domain.judged import ServiceRole
from plumbline.domain.role_policies import broad_policies, inline_names, is_of_aws, unread_policies
from plumbline.domain.shared import WorkloadRole
from plumbline.domain.trust import (
    Width,
    pinned_keys,
    pod_identity_statements,
    principals,
    web_identity_trusts,
)
from plumbline.domain.verdict import Pillar, Reason, Severity, Verdict, failed, passed, unknown, warned

CLUSTER_SERVICE = "eks.amazonaws.com"
FARGATE_SERVICE = "eks-fargate-pods.amazonaws.com"


class ServicePolicies(Parameters, frozen=True):
    """The policies of AWS that each kind of role may hold, by name."""

    allowed_cluster_policies: tuple[str, ...] = (
        "AmazonEKSClusterPolicy",
        "AmazonEKSServicePolicy",
        "AmazonEKSVPCResourceController",
        "AmazonEKSComputePolicy",
        "AmazonEKSBlockStoragePolicy",
        "AmazonEKSLoadBalancingPolicy",
        "AmazonEKSNetworkingPolicy",
    )
    allowed_fargate_policies: tuple[str, ...] = ("AmazonEKSFargatePodExecutionRolePolicy",)

    def of(self, service_role: ServiceRole) -> frozenset[str]:
        """Return the policies that the role may hold."""
        of_cluster = self.allowed_cluster_policies if service_role.of_cluster else ()
        of_fargate = self.allowed_fargate_policies if service_role.of_fargate else ()
        return frozenset((*of_cluster, *of_fargate))


@control(
    "iam.service-role-permissions",
    title="Cluster role and Fargate execution role exist and are minimal",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL when the role does not exist, a policy of it grants everything or a whole service on all resources, or "
        "its trust admits others than the service. WARN when it holds a policy of AWS outside the allowed list, or "
        "the trust of a Fargate role has no condition on aws:SourceArn. The account's own policies are judged by "
        "content. PASS otherwise."
    ),
    remediation="aws iam detach-role-policy --role-name <role> --policy-arn <arn>",
    references=("Prowler iam_role_administratoraccess_policy",),
)
def service_role_is_minimal(service_role: ServiceRole, iam: IamCatalogue, p: ServicePolicies) -> Verdict:
    """The role of a cluster can change the network and the load balancers of its account; nobody but EKS needs it.

    A Fargate role without a source condition can be used for profiles of other clusters of the account.
    """
    role = service_role.role
    if role is None:
        return _absent(service_role, iam)
    attached = sorted({last_part(a.policy_arn) for a in role.attached_managed_policies if is_of_aws(a)})
    broad, strangers = broad_policies(role, iam), _strangers(service_role, role)
    unbound = service_role.of_fargate and not _names_source(role)
    observed = {
        "exists": True,
        "policies": attached,
        "inline_policies": inline_names(role),
        "broad_policies": broad,
        "other_principals": strangers,
        "names_source": not unbound,
    }
    problems = {}
    if broad:
        problems["broad_policy"] = f"is granted too much by {', '.join(broad)}"
    if strangers:
        problems["other_principals"] = f"can be taken by {', '.join(strangers)}"
    if problems:
        return failed(list(problems), f"{role.arn} {' and '.join(problems.values())}", observed=observed)
    unread = unread_policies(role, iam)
    if unread:
        text = f"the policies {', '.join(unread)} were not in the listing of the account"
        return unknown(Reason.NOT_FOUND_IN_LISTING, text, observed=observed)
    others = sorted(set(attached) - p.of(service_role))
    doubts = {"extra_policy": f"holds more than it needs: {', '.join(others)}"} if others else {}
    doubts |= {"no_source_condition": "names no aws:SourceArn in its trust"} if unbound else {}
    if doubts:
        return warned(list(doubts), f"{role.arn} {' and '.join(doubts.values())}", observed=observed)
    return passed(f"{role.arn} holds only what it needs", observed=observed)


def _absent(service_role: ServiceRole, iam: IamCatalogue) -> Verdict:
    arn = service_role.arn
    if account_of(arn) != service_role.account:
        return unknown(Reason.FOREIGN_ACCOUNT, f"role {arn} belongs to account {account_of(arn)}")
    if not iam.complete:
        return unknown(Reason.NOT_FOUND_IN_LISTING, f"role {arn} was not in the listing of the account")
    return failed("role_missing", f"role {arn} does not exist", observed={"exists": False})


def _strangers(service_role: ServiceRole, role: Role) -> list[str]:
    expected = {CLUSTER_SERVICE} if service_role.of_cluster else set()
    expected |= {FARGATE_SERVICE} if service_role.of_fargate else set()
    named = (principals(statement) for statement in allowing(role.assume_role_policy_document))
    return sorted(frozenset().union(*named) - expected)


def _names_source(role: Role) -> bool:
    """Whether every statement that admits Fargate says for which profiles."""
    statements = allowing(role.assume_role_policy_document)
    return all("aws:sourcearn" in pinned_keys(one) for one in statements if FARGATE_SERVICE in principals(one))


_WIDTHS = {
    Width.UNLIMITED: ("no_subject_condition", "any service account of the cluster"),
    Width.ANY_NAMESPACE: ("subject_wildcard", "service accounts of more than one namespace"),
    Width.ANY_NAME: ("name_wildcard", "more than one service account of a namespace"),
}


@control(
    "iam.irsa-trust-scoped",
    title="IRSA trust policies name one service account of one cluster",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "Judged is every role of the account that trusts a cluster's OIDC provider or EKS Pod Identity. FAIL when the "
        "subject has no condition, or one with a wildcard in the namespace. WARN when only the name has a wildcard, "
        "the audience has no condition, or Pod Identity is trusted without aws:SourceAccount or aws:SourceArn. PASS "
        "otherwise."
    ),
    remediation=(
        "Add StringEquals conditions for the issuer to the trust policy: <issuer>:sub is "
        "system:serviceaccount:<namespace>:<name>, <issuer>:aud is sts.amazonaws.com."
    ),
    references=("CIS 5.2.1",),
)
def trust_names_one_service_account(workload_role: WorkloadRole) -> Verdict:
    """Without a subject every pod of the cluster can take the role, whoever deployed it.

    A wildcard reaches across the colon, so one in the namespace admits any name in it too.
    """
    role = workload_role.role
    trusts = web_identity_trusts(role.assume_role_policy_document)
    sources = pod_identity_statements(role.assume_role_policy_document)
    observed = {
        "trusts": [[trust.provider, list(trust.subjects), trust.has_audience] for trust in trusts],
        "pod_identity_names_source": all(sources) if sources else None,
    }
    widest = max((trust.width for trust in trusts), default=Width.ONE)
    if widest >= Width.ANY_NAMESPACE:
        reason, whom = _WIDTHS[widest]
        return failed(reason, f"{role.arn} can be taken by {whom}", observed=observed)
    doubts = {}
    if widest is Width.ANY_NAME:
        reason, whom = _WIDTHS[widest]
        doubts[reason] = f"can be taken by {whom}"
    if not all(trust.has_audience for trust in trusts):
        doubts["no_audience_condition"] = "has no condition on the audience"
    if not all(sources):
        doubts["no_source_condition"] = "can be taken through Pod Identity of any cluster"
    if doubts:
        return warned(list(doubts), f"{role.arn} {' and '.join(doubts.values())}", observed=observed)
    return passed(f"the trust of {role.arn} is narrow", observed=observed)
