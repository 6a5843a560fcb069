"""Zones: the loss of one Availability Zone leaves the others a subnet and a way out."""

from plumbline.domain.control import Parameters, control
from plumbline.domain.ec2_facts import NatGateways, Routes
from plumbline.domain.environment import PRODUCTION, Environment
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.ec2 import Route
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.judged import ClusterVpc
from plumbline.domain.verdict import (
    Pillar,
    Reason,
    Severity,
    Verdict,
    failed,
    not_applicable,
    passed,
    unknown,
    warned,
)
from plumbline.domain.zones import Subnets, in_availability_zone


class Spread(Parameters, frozen=True):
    """Availability Zones below which it fails, and below which it warns."""

    min_zones: int = 2
    recommended_zones: int = 3


@control(
    "network.subnet-az-coverage",
    title="Cluster subnets cover enough zones, public and private",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when the cluster's subnets cover fewer than min-zones Availability Zones, or none of them is private. "
        "WARN when they cover fewer than recommended-zones. PASS otherwise. Local Zones and Outposts do not count. "
        "Whether load balancers lack public subnets is not judged as long as the Kubernetes API is not read."
    ),
    remediation="Add subnets and update the cluster's subnet list (new ones must lie in the zones chosen at creation).",
    references=("Prowler vpc_subnet_different_az, vpc_subnet_separate_private_public",),
)
def subnets_cover_enough_zones(cluster: Cluster, subnets: Subnets, routes: Routes, p: Spread) -> Verdict:
    """The control plane can only be reached in the zones of its subnets: with one zone, its loss is an outage.

    A region with fewer zones than recommended warns until a parameter says so: AWS lists zones to nobody here.
    """
    ids = cluster.resources_vpc_config.subnet_ids
    zones = subnets.zones(ids)
    unlisted = sorted({*subnets.unlisted(ids), *(name for name in ids if routes.table_of(name) is None)})
    private = sorted(n for n in ids if routes.table_of(n) is not None and routes.internet_gateway_of(n) is None)
    observed = {"zones": zones, "private_subnets": private}
    if unlisted and (not private or len(zones) < p.recommended_zones):
        text = f"subnet or route table was not listed for {', '.join(unlisted)}"
        return unknown(Reason.NOT_FOUND_IN_LISTING, text, observed=observed)
    problems = {}
    covered = f"the cluster's subnets cover {len(zones)} zone(s): {', '.join(zones) or 'none'}"
    if len(zones) < p.min_zones:
        problems["too_few_zones"] = covered
    if not private:
        problems["no_private_subnet"] = "none of the cluster's subnets is private"
    if problems:
        return failed(list(problems), "; ".join(problems.values()), observed=observed)
    if len(zones) < p.recommended_zones:
        return warned("few_zones", f"{covered}; {p.recommended_zones} are recommended", observed=observed)
    return passed(covered, observed=observed)


class Guarded(Parameters, frozen=True):
    """The environments in which a shared gateway fails; elsewhere it warns. Empty means all."""

    environments: tuple[str, ...] = PRODUCTION


@control(
    "network.nat-per-az",
    title="Each private zone reaches the internet through its own NAT gateway",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "Judged are node subnets whose default route is a NAT gateway. FAIL when one uses a gateway of another zone, "
        "or one that is not available; WARN in environments not named. PASS when all use a gateway of their own zone "
        "or a regional one. NOT_APPLICABLE without a NAT route."
    ),
    remediation="One NAT gateway and one route table per zone.",
)
def each_zone_has_its_own_gateway(
    vpc: ClusterVpc, routes: Routes, gateways: NatGateways, subnets: Subnets, environment: Environment, p: Guarded
) -> Verdict:
    """When the zone of the only gateway fails, the nodes of every other zone lose the internet with it.

    Outside of production one gateway is a fair way to save money, which is why it only warns there.
    """
    found: dict[str, set[str]] = {"other_zone": set(), "not_available": set()}
    missing = _missing(vpc, routes, subnets)
    ways: dict[str, str] = {}
    for subnet_id in vpc.node_subnet_ids:
        route = routes.default_route_of(subnet_id)
        if route is None or route.nat_gateway_id is None:
            continue
        ways[subnet_id] = route.nat_gateway_id
        problem = _problem(subnet_id, route, gateways, subnets)
        if problem == "unlisted":
            missing = missing or vpc.unlisted(route.nat_gateway_id)
        elif problem:
            found[problem].add(subnet_id)
    problems = {reason: sorted(names) for reason, names in found.items() if names}
    observed = {"nat_gateways": dict(sorted(ways.items())), **{reason: sorted(found[reason]) for reason in found}}
    if problems:
        told = {"other_zone": "use a NAT gateway of another zone", "not_available": "use a NAT gateway that is gone"}
        text = "; ".join(f"{', '.join(names)} {told[reason]}" for reason, names in problems.items())
        in_scope = not p.environments or environment.is_one_of(p.environments)
        return (failed if in_scope else warned)([f"nat_{reason}" for reason in problems], text, observed=observed)
    if missing:
        raise EvidenceMissing(missing)
    if not ways:
        return not_applicable("no_nat_route", "no node subnet has a default route to a NAT gateway")
    return passed("every node subnet uses a NAT gateway of its own zone or of the region", observed=observed)


def _missing(vpc: ClusterVpc, routes: Routes, subnets: Subnets) -> NotCollected | None:
    if vpc.unread_subnets:
        return vpc.unread_subnets
    unlisted = [name for name in vpc.node_subnet_ids if subnets.of(name) is None or routes.table_of(name) is None]
    return vpc.unlisted(f"subnet or route table of {', '.join(unlisted)}") if unlisted else None


def _problem(subnet_id: str, route: Route, gateways: NatGateways, subnets: Subnets) -> str:
    gateway = gateways.of(route.nat_gateway_id or "")
    if route.state == "blackhole" or (gateway and gateway.state not in ("available", "pending")):
        return "not_available"
    if gateway is None:
        return "unlisted"
    if gateway.availability_mode == "regional":
        return ""
    own, other = subnets.of(subnet_id), subnets.of(gateway.subnet_id or "")
    if own is None or other is None:
        return "unlisted"
    # A Local Zone has no NAT gateway of its own.
    same = own.availability_zone == other.availability_zone or not in_availability_zone(own)
    return "" if same else "other_zone"
