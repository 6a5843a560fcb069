"""Role tags: load balancers find the subnets they belong into."""

from plumbline.domain.control import control
from plumbline.domain.ec2_facts import Routes
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.ec2 import Subnet, tag_map
from plumbline.domain.network import ClusterSubnet
from plumbline.domain.node_facts import Balancers
from plumbline.domain.verdict import Pillar, Reason, Severity, Verdict, failed, not_applicable, passed, unknown, warned
from plumbline.domain.zones import Subnets

PUBLIC_ROLE, PRIVATE_ROLE = "kubernetes.io/role/elb", "kubernetes.io/role/internal-elb"
_WANTED_ZONES = 2


@control(
    "network.subnet-role-tags",
    title="Subnets carry the load-balancer role tags",
    pillar=Pillar.OPS,
    severity=Severity.LOW,
    rule=(
        "Public subnets need the tag kubernetes.io/role/elb, private ones kubernetes.io/role/internal-elb. FAIL for an "
        "untagged subnet when load balancers look for its kind and those of the VPC that are tagged lie in fewer than "
        "two zones. WARN when a subnet has the tag of the other kind. PASS otherwise. NOT_APPLICABLE when there are no "
        "load balancers, or all name their subnets."
    ),
    remediation="aws ec2 create-tags --resources <subnet> --tags Key=kubernetes.io/role/internal-elb,Value=1",
)
def subnet_carries_its_role(used: ClusterSubnet, balancers: Balancers, subnets: Subnets, routes: Routes) -> Verdict:
    """Load balancers look for their subnets by tag: without one the Service waits for an address that never comes.

    With the tag of the other kind an internal load balancer ends up on the internet's side.
    """
    if not (balancers.public or balancers.private):
        if balancers.missing:
            raise EvidenceMissing(balancers.missing)
        reason = "subnets_named" if balancers.any else "no_load_balancers"
        return not_applicable(reason, "no load balancer looks for its subnets by tag")
    subnet, name = used.subnet, used.subnet.subnet_id
    if routes.table_of(name) is None:
        return unknown(Reason.NOT_FOUND_IN_LISTING, f"the route table of {name} was not in the listing")
    public = _is_public(subnet, routes)
    wanted, other = (PUBLIC_ROLE, PRIVATE_ROLE) if public else (PRIVATE_ROLE, PUBLIC_ROLE)
    tags = {key for key, value in tag_map(subnet.tags).items() if value in ("", "1")}
    kind = "public" if public else "private"
    observed = {"kind": kind, "tags": sorted(tags & {PUBLIC_ROLE, PRIVATE_ROLE})}
    in_use = balancers.public if public else balancers.private
    if in_use and wanted not in tags:
        of_kind = [one for one in subnets.in_vpc(subnet.vpc_id) if _is_public(one, routes) is public]
        zones = {one.availability_zone for one in of_kind if tag_map(one.tags).get(wanted) in ("", "1")}
        if len(zones) < _WANTED_ZONES:
            text = f"load balancers look for {kind} subnets with the tag {wanted}; {name} lacks it, and"
            found = f"{len(zones)} zone(s) have one"
            return failed("role_tag_missing", f"{text} {found}", observed=observed)
    if other in tags:
        return warned("wrong_role_tag", f"{name} is {kind} and has the tag {other}", observed=observed)
    if balancers.missing:
        raise EvidenceMissing(balancers.missing)
    return passed(f"load balancers that look for {kind} subnets find theirs", observed=observed)


def _is_public(subnet: Subnet, routes: Routes) -> bool:
    return routes.internet_gateway_of(subnet.subnet_id) is not None
