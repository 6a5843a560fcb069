"""Controllers: what calls AWS for the cluster does so with a role of its own."""

from typing import Any

from plumbline.domain.components import AddonWithRole, AwsController, OtherControllers
from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.evidence.section import Section
from plumbline.domain.identities import WorkloadIdentities, has_role
from plumbline.domain.need import need
from plumbline.domain.tools import RunningTools, Tool
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed, warned

CNI, IPV6 = "aws-node", "ipv6"
NO_ROLE = "uses_node_role"


class Controllers(Parameters, frozen=True):
    """Parts of image repositories that call AWS besides the controllers of the table of tools."""

    extra_controllers: tuple[str, ...] = ()


@control(
    "iam.controllers-use-workload-identity",
    title="Controllers that call AWS use their own role, not the node role",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "For each known controller, and each add-on that needs IAM permissions as its catalogue entry says: FAIL when "
        "its service account has neither a role annotation nor a Pod Identity association. WARN for the VPC CNI of an "
        "IPv6 cluster. PASS otherwise. The cluster itself stands for the extra-controllers."
    ),
    remediation=(
        "aws eks create-pod-identity-association --cluster-name <cluster> --namespace <namespace> "
        "--service-account <service account> --role-arn <role>"
    ),
    references=(
        "CIS 5.2.1",
        "hardeneks check_aws_node_daemonset_service_account, use_separate_iam_role_for_cluster_autoscaler",
    ),
)
def controllers_have_their_own_role(
    controller: AwsController | AddonWithRole | OtherControllers,
    identities: WorkloadIdentities,
    cluster: Section[Cluster],
    running: RunningTools,
    p: Controllers,
) -> Verdict:
    """A controller that uses the node's role forces its permissions on every pod of every node.

    With a role of its own it has just what it needs, and what it does can be told from what nodes do.
    """
    if isinstance(controller, AwsController):
        return _of_known(controller, identities, cluster)
    if isinstance(controller, AddonWithRole):
        return _of_addon(controller)
    return _of_others(running, identities, p)


def _of_known(controller: AwsController, identities: WorkloadIdentities, cluster: Section[Cluster]) -> Verdict:
    tool = controller.tool
    how = identities.of(tool.namespace, tool.service_account, controller.addons)
    observed: dict[str, Any] = {"service_account": tool.service_account, "identity": how, "without_role": []}
    if how:
        return passed(f"{tool.name} has a role by {_WAYS[how]}", observed=observed)
    text = f"{tool.name} ({tool.path}) uses the node's role: service account {tool.service_account} has none"
    if tool.name == CNI and _is_ipv6(need(cluster)):
        return warned("node_role_ipv6", text, observed=observed)
    return failed(NO_ROLE, text, observed=observed)


_WAYS = {"annotation": "its service account's annotation", "pod_identity": "EKS Pod Identity", "addon": "its add-on"}


def _is_ipv6(cluster: Cluster) -> bool:
    settings = cluster.kubernetes_network_config
    return settings is not None and settings.ip_family == IPV6


def _of_addon(controller: AddonWithRole) -> Verdict:
    addon = controller.addon
    observed: dict[str, Any] = {
        "service_account": "",
        "identity": "addon" if has_role(addon) else "",
        "without_role": [],
    }
    if has_role(addon):
        return passed(f"add-on {addon.addon_name} has a role", observed=observed)
    text = f"add-on {addon.addon_name} needs IAM permissions and was given no role"
    return failed(NO_ROLE, text, observed=observed)


def _of_others(running: RunningTools, identities: WorkloadIdentities, p: Controllers) -> Verdict:
    found = running.with_image(p.extra_controllers)
    without = [tool for tool in found if not identities.of(tool.namespace, tool.service_account)]
    observed = {"service_account": "", "identity": "", "without_role": _paths(without)}
    if without:
        text = f"controllers use the node's role: {', '.join(_paths(without))}"
        return failed(NO_ROLE, text, observed=observed)
    running.complete()
    if not p.extra_controllers:
        return not_applicable("none_named", "no extra controllers are named")
    if not found:
        return not_applicable("none_installed", "none of the extra controllers is installed", observed=observed)
    return passed("every extra controller has a role", observed=observed)


def _paths(tools: tuple[Tool, ...] | list[Tool]) -> list[str]:
    return sorted({f"{tool.kind} {tool.path}" for tool in tools})
