"""Node role: what every pod of a node can do in AWS when it asks the node."""

from plumbline.domain.control import Parameters, control
from plumbline.domain.facts import IamCatalogue
from plumbline.domain.judged import NodeRole
from plumbline.domain.role_policies import attached_names, broad_policies, inline_names, unread_policies
from plumbline.domain.verdict import Pillar, Reason, Severity, Verdict, failed, passed, unknown, warned

CNI_POLICY = "AmazonEKS_CNI_Policy"


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
    attached, inline = attached_names(role), inline_names(role)
    broad = broad_policies(role, iam)
    observed = {"policies": attached, "inline_policies": inline, "broad_policies": broad}
    if broad:
        text = f"{role.arn} is granted too much by {', '.join(broad)}"
        return failed("broad_policy", text, observed=observed)
    unread = unread_policies(role, iam)
    if unread:
        text = f"the policies {', '.join(unread)} were not in the listing of the account"
        return unknown(Reason.NOT_FOUND_IN_LISTING, text, observed=observed)
    others = sorted({*attached, *inline} - {*p.allowed_policies, CNI_POLICY})
    reasons = (["extra_policy"] if others else []) + (["cni_policy_on_node_role"] if CNI_POLICY in attached else [])
    if reasons:
        named = [*others, *([CNI_POLICY] if CNI_POLICY in attached else [])]
        return warned(reasons, f"{role.arn} holds more than a node needs: {', '.join(named)}", observed=observed)
    return passed(f"{role.arn} holds only what a node needs", observed=observed)
