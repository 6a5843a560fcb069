"""Facts of EC2 and Auto Scaling: a region's network and machines in the shape controls ask for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from plumbline.domain.evidence import ec2
from plumbline.domain.evidence.section import Section, not_collected

ANY_IPV4 = "0.0.0.0/0"
ANY_ADDRESS = frozenset({ANY_IPV4, "::/0"})


class Routes:
    """Which subnets route to the internet."""

    def __init__(self, tables: Iterable[ec2.RouteTable], subnets: Iterable[ec2.Subnet]) -> None:
        self._vpc_of = {subnet.subnet_id: subnet.vpc_id for subnet in subnets}
        self._explicit: dict[str, ec2.RouteTable] = {}
        self._main: dict[str, ec2.RouteTable] = {}
        for table in tables:
            for association in table.associations:
                if association.subnet_id:
                    self._explicit[association.subnet_id] = table
                elif association.main:
                    self._main[table.vpc_id] = table

    def table_of(self, subnet_id: str) -> ec2.RouteTable | None:
        """Return the subnet's own route table, else its VPC's main one, else None (not in the listing)."""
        return self._explicit.get(subnet_id) or self._main.get(self._vpc_of.get(subnet_id, ""))

    def default_route_of(self, subnet_id: str) -> ec2.Route | None:
        """Return the route that IPv4 traffic to anywhere takes, or None when there is none."""
        table = self.table_of(subnet_id)
        routes = table.routes if table else ()
        return next((route for route in routes if route.destination_cidr_block == ANY_IPV4), None)

    def transit_gateway_of(self, subnet_id: str) -> str | None:
        """Return a transit gateway that some route of the subnet leads to: behind it may lie anything."""
        table = self.table_of(subnet_id)
        routes = (route for route in (table.routes if table else ()) if route.state != "blackhole")
        return next((route.transit_gateway_id for route in routes if route.transit_gateway_id), None)

    def internet_gateway_of(self, subnet_id: str) -> str | None:
        """Return the internet gateway that the subnet's default route leads to; black holes do not count."""
        table = self.table_of(subnet_id)
        for route in table.routes if table else ():
            to_anywhere = {route.destination_cidr_block, route.destination_ipv6_cidr_block} & ANY_ADDRESS
            gateway = route.gateway_id or ""
            if to_anywhere and gateway.startswith("igw-") and route.state != "blackhole":
                return gateway
        return None


class NatGateways:
    """The NAT gateways of a region's VPCs, by id."""

    def __init__(self, gateways: Iterable[ec2.NatGateway]) -> None:
        self._by_id = {gateway.nat_gateway_id: gateway for gateway in gateways}

    def of(self, identifier: str) -> ec2.NatGateway | None:
        """Return the gateway, or None when the listing lacks it."""
        return self._by_id.get(identifier)


class VpcEndpoints:
    """The endpoints of a region's VPCs."""

    def __init__(self, endpoints: Iterable[ec2.VpcEndpoint]) -> None:
        self._by_vpc: dict[str, list[ec2.VpcEndpoint]] = defaultdict(list)
        for endpoint in endpoints:
            self._by_vpc[endpoint.vpc_id].append(endpoint)

    def available_in(self, vpc_id: str) -> tuple[ec2.VpcEndpoint, ...]:
        """Return the endpoints of a VPC that work."""
        return tuple(one for one in self._by_vpc.get(vpc_id, ()) if one.state.lower() == "available")


class FlowLogs:
    """The flow logs of a region by the VPC, subnet or interface they watch."""

    def __init__(self, flow_logs: Iterable[ec2.FlowLog]) -> None:
        self._by_resource: dict[str, list[ec2.FlowLog]] = defaultdict(list)
        for flow_log in flow_logs:
            self._by_resource[flow_log.resource_id].append(flow_log)

    def of(self, resource_id: str) -> tuple[ec2.FlowLog, ...]:
        """Return the flow logs on one VPC or subnet."""
        return tuple(self._by_resource.get(resource_id, ()))


class InstanceTypes:
    """Facts about EC2 instance types."""

    def __init__(self, types: Iterable[ec2.InstanceType]) -> None:
        self._by_name = {entry.instance_type: entry for entry in types}

    def of(self, name: str) -> ec2.InstanceType | None:
        """Return what EC2 says of the type, or None when it was not in the answer."""
        return self._by_name.get(name)


class Images:
    """The images that templates and instances name, by id."""

    def __init__(self, images: Iterable[ec2.Image]) -> None:
        self._by_id = {image.image_id: image for image in images}

    def of(self, identifier: str | None) -> ec2.Image | None:
        """Return the image, or None when the listing lacks it."""
        return self._by_id.get(identifier or "")


class LaunchTemplates:
    """Launch template versions by id and version, number or `$Default` or `$Latest`."""

    def __init__(self, versions: Iterable[ec2.LaunchTemplateVersion]) -> None:
        self._by_number: dict[tuple[str, int], ec2.LaunchTemplateVersion] = {}
        self._default: dict[str, ec2.LaunchTemplateVersion] = {}
        self._latest: dict[str, ec2.LaunchTemplateVersion] = {}
        for version in versions:
            template = version.launch_template_id
            self._by_number[template, version.version_number] = version
            if version.default_version:
                self._default[template] = version
            newest = self._latest.get(template)
            if newest is None or version.version_number > newest.version_number:
                self._latest[template] = version

    def version(self, template_id: str | None, version: str | None) -> ec2.LaunchTemplateVersion | None:
        """Return the version asked for (none named means the default), or None when it was not listed."""
        if template_id is None:
            return None
        if version in (None, "", "$Default"):
            return self._default.get(template_id)
        if version == "$Latest":
            return self._latest.get(template_id)
        return self._by_number.get((template_id, int(version))) if version and version.isdigit() else None


class LifecycleHooks:
    """What Auto Scaling groups wait for when they start or end an instance."""

    def __init__(self, hooks: Mapping[str, Section[tuple[ec2.LifecycleHook, ...]]]) -> None:
        self._hooks = hooks

    def of(self, group: str) -> Section[tuple[ec2.LifecycleHook, ...]]:
        """Return the hooks of a group, or why they are missing."""
        return self._hooks.get(group, not_collected(f"the lifecycle hooks of {group} were not read"))


class ScheduledActions:
    """The scheduled actions of a region's Auto Scaling groups."""

    def __init__(self, actions: Iterable[ec2.ScheduledAction]) -> None:
        self._by_group: dict[str, list[ec2.ScheduledAction]] = defaultdict(list)
        for action in actions:
            self._by_group[action.auto_scaling_group_name].append(action)

    def of(self, group: str) -> tuple[ec2.ScheduledAction, ...]:
        """Return the scheduled actions of a group."""
        return tuple(self._by_group.get(group, ()))
