"""Flow logs: the traffic of the cluster leaves a trace."""

from plumbline.domain.control import Parameters, control
from plumbline.domain.ec2_facts import FlowLogs
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.ec2 import FlowLog
from plumbline.domain.judged import ClusterVpc, sorted_unique
from plumbline.domain.need import need
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed, unknown, warned


class TrafficTypes(Parameters, frozen=True):
    """The traffic types that a flow log must record, one of them."""

    accepted_traffic_types: tuple[str, ...] = ("ALL", "REJECT")


@control(
    "logging.vpc-flow-logs",
    title="Flow logs cover the VPC of the cluster",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule=(
        "PASS when an active flow log of an accepted traffic type is on the VPC, or on every subnet of the cluster "
        "and its nodes. WARN when only accepted traffic is logged or delivery fails. FAIL when there is none. UNKNOWN "
        "in a VPC shared from another account, which holds the flow log."
    ),
    remediation=(
        "aws ec2 create-flow-logs --resource-type VPC --resource-ids <vpc> --traffic-type ALL "
        "--log-destination-type cloud-watch-logs --log-group-name <log group> --deliver-logs-permission-arn <role>"
    ),
    references=("Security Hub EC2.6", "Prowler vpc_flow_logs_enabled", "hardeneks check_vpc_flow_logs"),
)
def flow_logs_cover_the_vpc(vpc: ClusterVpc, flow_logs: FlowLogs, p: TrafficTypes) -> Verdict:
    """Flow logs show which addresses a compromised pod spoke to; without them its traffic leaves no trace.

    Rejected traffic is what gives a scan away, so logs of accepted traffic alone are not enough.
    """
    on_vpc = flow_logs.of(vpc.vpc_id)
    places = {subnet: flow_logs.of(subnet) for subnet in vpc.subnet_ids} or {vpc.vpc_id: ()}
    observed = {"flow_logs": sorted(_described(log) for logs in (on_vpc, *places.values()) for log in logs)}
    if _shortcomings(on_vpc, p) == ():
        return passed(f"flow logs cover {vpc.vpc_id}", observed=observed)
    shortcomings = {place: _shortcomings((*on_vpc, *logs), p) for place, logs in places.items()}
    if all(found == () for found in shortcomings.values()):
        if vpc.unread_subnets:
            raise EvidenceMissing(vpc.unread_subnets)
        return passed(f"flow logs cover every subnet of the cluster in {vpc.vpc_id}", observed=observed)
    owner = need(vpc.owner)
    if owner != vpc.account:
        text = f"{vpc.vpc_id} belongs to account {owner}, which holds its flow logs"
        return unknown("foreign_vpc", text, observed=observed)
    bare = sorted(place for place, found in shortcomings.items() if found is None)
    if bare:
        text = f"no active flow log covers {', '.join(bare)}"
        return failed("no_flow_log", text, observed=observed)
    reasons = sorted_unique(reason for found in shortcomings.values() for reason in found or ())
    text = f"the flow logs of {vpc.vpc_id} are not enough: {' and '.join(_TOLD[reason] for reason in reasons)}"
    return warned(reasons, text, observed=observed)


_TOLD = {"traffic_type_missing": "they leave out rejected traffic", "delivery_failed": "they cannot be delivered"}


def _shortcomings(logs: tuple[FlowLog, ...], p: TrafficTypes) -> tuple[str, ...] | None:
    """Return what the best of the active flow logs lacks, or None when there is none."""
    active = (log for log in logs if log.flow_log_status == "ACTIVE")
    return min((_lacks(log, p) for log in active), key=len, default=None)


def _lacks(log: FlowLog, p: TrafficTypes) -> tuple[str, ...]:
    lacks = [] if log.traffic_type in p.accepted_traffic_types else ["traffic_type_missing"]
    return (*lacks, "delivery_failed") if log.deliver_logs_status == "FAILED" else tuple(lacks)


def _described(log: FlowLog) -> list[str]:
    return [log.resource_id, log.flow_log_status, log.deliver_logs_status or "", log.traffic_type]
