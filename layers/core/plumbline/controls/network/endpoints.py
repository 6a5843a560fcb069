"""VPC endpoints: nodes reach what they need without the internet."""

import json
import re
from collections.abc import Iterable

import msgspec

from plumbline.domain.control import Parameters, control
from plumbline.domain.ec2_facts import Routes, VpcEndpoints
from plumbline.domain.errors import EvidenceMissing, EvidenceUnreadable
from plumbline.domain.evidence.ec2 import VpcEndpoint
from plumbline.domain.evidence.section import Section
from plumbline.domain.iam_policy import allowing, texts
from plumbline.domain.judged import ClusterVpc, PodIdentities, first_missing
from plumbline.domain.need import known, need, present, without_kubernetes
from plumbline.domain.tools import RunningTools
from plumbline.domain.trust import principals
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed, warned

# `com.amazonaws.eu-west-1.ecr.api`
_SERVICE = re.compile(r"(?:^|\.)[a-z]+(?:-[a-z]+)+-\d+\.(.+)$", re.ASCII)
ECR = ("ecr.api", "ecr.dkr")
RECOMMENDED = (*ECR, "s3")
POD_IDENTITY = "eks-auth"


class _User(msgspec.Struct, frozen=True):
    """What uses a service: any tool of a category, or one tool."""

    category: str = ""
    tool: str = ""

    def seen(self, tools: RunningTools) -> bool:
        """Whether it was seen."""
        return bool(tools.seen(self.category) if self.category else tools.seen_named(self.tool))


_USED_BY = {
    "logs": _User(category="log-agent"),
    "elasticloadbalancing": _User(tool="AWS Load Balancer Controller"),
    "autoscaling": _User(tool="Cluster Autoscaler"),
}


class Required(Parameters, frozen=True):
    """The services that nodes without a way out need, and those they need when something uses them."""

    required_isolated: tuple[str, ...] = ("ec2", "ecr.api", "ecr.dkr", "s3", "sts", "eks")
    add_if_used: tuple[str, ...] = ("logs", POD_IDENTITY, "elasticloadbalancing", "autoscaling")


@control(
    "network.vpc-endpoints",
    title="VPC endpoints cover what the nodes need, with a narrow policy for ECR",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule=(
        "Isolated is a VPC whose node subnets have neither a default route nor one to a transit gateway, behind which "
        "endpoints may lie: FAIL, high, when a required service has no available endpoint. Of add-if-used count "
        "eks-auth with Pod Identity associations, logs with a log agent, elasticloadbalancing with AWS Load Balancer "
        "Controller, autoscaling with Cluster Autoscaler. Elsewhere WARN when ecr.api, ecr.dkr or s3 is missing. WARN "
        "when the policy of an ECR endpoint allows everything. PASS otherwise."
    ),
    remediation=(
        "aws ec2 create-vpc-endpoint --region <region> --vpc-id <vpc> --service-name com.amazonaws.<region>.ecr.dkr "
        "--vpc-endpoint-type Interface, and attach a policy naming the registry."
    ),
    references=("Security Hub EC2.10, EC2.55, EC2.56", "Prowler vpc_endpoint_for_ec2_enabled"),
)
def endpoints_cover_what_nodes_need(
    vpc: ClusterVpc,
    endpoints: VpcEndpoints,
    routes: Routes,
    identities: Section[PodIdentities],
    tools: Section[RunningTools],
    p: Required,
) -> Verdict:
    """A node without a way out and without endpoints cannot pull an image, and pods on it never start.

    An ECR endpoint open to everything lets a pod push what it stole into anybody's registry.
    """
    if vpc.unread_subnets:
        raise EvidenceMissing(vpc.unread_subnets)
    if not vpc.node_subnet_ids:
        return not_applicable("no_nodes", f"the cluster has no nodes in {vpc.vpc_id}")
    isolated = not any(_has_way_out(subnet, vpc, routes) for subnet in vpc.node_subnet_ids)
    available = endpoints.available_in(vpc.vpc_id)
    services = sorted({_service(one) for one in available})
    open_policies = sorted(_service(one) for one in available if _service(one) in ECR and _allows_everything(one))
    observed = {"isolated": isolated, "services": services, "open_policies": open_policies}
    wanted = _wanted(p, identities, need(tools)) if isolated else RECOMMENDED
    missing = sorted(set(wanted) - set(services))
    if missing and need(vpc.owner) != vpc.account:
        raise EvidenceMissing(vpc.unlisted(f"endpoints for {', '.join(missing)}"))
    told = f"{vpc.vpc_id} has no endpoint for {', '.join(missing)}"
    if missing and isolated:
        text = f"{told}, and its nodes have no other way out"
        return failed("endpoint_missing", text, observed=observed, severity=Severity.HIGH)
    doubts = {"endpoint_recommended": told} if missing else {}
    if open_policies:
        doubts["ecr_policy_open"] = f"the policy of {', '.join(open_policies)} allows everything"
    if doubts:
        return warned(list(doubts), "; ".join(doubts.values()), observed=observed)
    if isolated:
        _need_nothing_more(p, identities, need(tools), services, vpc)
    return passed(f"the endpoints of {vpc.vpc_id} cover what its nodes need", observed=observed)


def _wanted(p: Required, identities: Section[PodIdentities], tools: RunningTools) -> Iterable[str]:
    used = {service for service in p.add_if_used if service in _USED_BY and _USED_BY[service].seen(tools)}
    uses_pod_identity = POD_IDENTITY in p.add_if_used and known(identities, PodIdentities(0)).count
    return {*p.required_isolated, *used, *([POD_IDENTITY] if uses_pod_identity else [])}


def _need_nothing_more(
    p: Required, identities: Section[PodIdentities], tools: RunningTools, services: Iterable[str], vpc: ClusterVpc
) -> None:
    """Raise the missing evidence when something may use a service that has no endpoint."""
    absent = sorted(set(p.add_if_used) - set(services))
    if POD_IDENTITY in absent:
        need(identities)
    unread = first_missing(*tools.missing.values())
    if unread is None:
        return
    unknown = [service for service in absent if service != POD_IDENTITY]
    if unknown and unread.at is None:
        raise EvidenceMissing(without_kubernetes(f"whether anything in {vpc.vpc_id} uses {', '.join(unknown)}"))
    if unknown:
        raise EvidenceMissing(unread)


def _has_way_out(subnet: str, vpc: ClusterVpc, routes: Routes) -> bool:
    if routes.table_of(subnet) is None:
        raise EvidenceMissing(vpc.unlisted(f"the route table of {subnet}"))
    return routes.default_route_of(subnet) is not None or routes.transit_gateway_of(subnet) is not None


def _service(endpoint: VpcEndpoint) -> str:
    found = _SERVICE.search(endpoint.service_name)
    return found[1] if found else endpoint.service_name


def _allows_everything(endpoint: VpcEndpoint) -> bool:
    text = present(endpoint.policy_document, "VpcEndpoints[].PolicyDocument")
    try:
        document = json.loads(text)
    except ValueError as error:
        raise EvidenceUnreadable(f"the policy of {endpoint.vpc_endpoint_id} is no JSON") from error
    return any(
        "*" in principals(one)
        and "*" in texts(one.get("Action"))
        and "*" in texts(one.get("Resource"))
        and "Condition" not in one
        for one in allowing(document)
    )
