"""Node role: what every pod of a node can do in AWS when it asks the node."""

from plumbline.domain.arn import account_of, last_part
from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.account import AttachedPolicy, ManagedPolicy, Role
from plumbline.domain.facts import IamCatalogue
from plumbline.domain.iam_policy import broad_grants
from plumbline.domain.judged import NodeRole
from plumbline.domain.verdict import Pillar, Reason, Severity, Verdict, failed, passed, unknown, warned

CNI_POLICY = "AmazonEKS_CNI_Policy"
BROAD_POLICIES = frozenset({"AdministratorAccess", "PowerUserAccess", "IAMFullAccess"})


class NodePolicies(Parameters, frozen=True):
    """The policies a node needs, by name."""

    allowed_policies: tuple[str, ...] = (
        "AmazonEKSWorkerNodePolicy",
        "AmazonEKSWorkerNodeMinimalPolicy",
        "AmazonEC2ContainerRegistryReadOnly",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonSSMManagedInstanceCore",
    )


@control(
    "nodegroup.role-permissions",
    title="Node IAM role holds only what a node needs",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL when a policy of the role grants everything or a whole service on all resources, or is one of AWS's "
        "broad ones. WARN when a policy outside allowed-policies is on the role, or the CNI policy still is. PASS "
        "otherwise."
    ),
    remediation="Detach the policy and move the permission to a workload role (IRSA or Pod Identity).",
    references=(
        "CIS 5.1.3",
        "hardeneks check_aws_node_daemonset_service_account",
        "Prowler iam_role_administratoraccess_policy",
    ),
)
def node_role_is_minimal(node_role: NodeRole, iam: IamCatalogue, p: NodePolicies) -> Verdict:
    """Every pod that reaches the node's metadata has the node's permissions, whoever deployed it.

    What a workload needs belongs into a role of its own, which only its service account may take.
    """
    role = node_role.role
    if role is None:
        return unknown(Reason.NOT_FOUND_IN_LISTING, f"role {node_role.arn} was not in the listing of the account")
    attached = sorted({last_part(policy.policy_arn) for policy in role.attached_managed_policies})
    inline = sorted({policy.policy_name for policy in role.role_policy_list})
    broad = _broad_policies(role, iam)
    observed = {"policies": attached, "inline_policies": inline, "broad_policies": broad}
    if broad:
        text = f"{role.arn} is granted too much by {', '.join(broad)}"
        return failed("broad_policy", text, observed=observed)
    unread = [policy.policy_arn for policy in role.attached_managed_policies if _is_unread(policy, iam)]
    if unread:
        text = f"the policies {', '.join(sorted(unread))} were not in the listing of the account"
        return unknown(Reason.NOT_FOUND_IN_LISTING, text, observed=observed)
    others = sorted({*attached, *inline} - {*p.allowed_policies, CNI_POLICY})
    reasons = (["extra_policy"] if others else []) + (["cni_policy_on_node_role"] if CNI_POLICY in attached else [])
    if reasons:
        named = [*others, *([CNI_POLICY] if CNI_POLICY in attached else [])]
        return warned(reasons, f"{role.arn} holds more than a node needs: {', '.join(named)}", observed=observed)
    return passed(f"{role.arn} holds only what a node needs", observed=observed)


def _broad_policies(role: Role, iam: IamCatalogue) -> list[str]:
    inline = {policy.policy_name for policy in role.role_policy_list if broad_grants(policy.policy_document)}
    attached = {last_part(p.policy_arn) for p in role.attached_managed_policies if _is_broad(p, iam)}
    return sorted(inline | attached)


def _is_broad(attached: AttachedPolicy, iam: IamCatalogue) -> bool:
    if _is_of_aws(attached):
        name = last_part(attached.policy_arn)
        return name in BROAD_POLICIES or name.endswith("FullAccess")
    policy = iam.policy(attached.policy_arn)
    return policy is not None and any(broad_grants(document) for document in _default_documents(policy))


def _default_documents(policy: ManagedPolicy) -> list[dict[str, object]]:
    return [version.document for version in policy.policy_version_list if version.is_default_version]


def _is_unread(attached: AttachedPolicy, iam: IamCatalogue) -> bool:
    if _is_of_aws(attached):
        return False
    policy = iam.policy(attached.policy_arn)
    return policy is None or not _default_documents(policy)


def _is_of_aws(attached: AttachedPolicy) -> bool:
    return account_of(attached.policy_arn) in ("aws", "")
