"""EC2 and Auto Scaling evidence, under the APIs' own names."""

from datetime import datetime

import msgspec


class _Answer(msgspec.Struct, frozen=True, rename="pascal", kw_only=True):
    """Unknown members of an answer are skipped while decoding."""


class Tag(_Answer, frozen=True):
    """A tag."""

    key: str
    value: str = ""


def tag_map(tags: tuple[Tag, ...]) -> dict[str, str]:
    """Turn EC2's list of tags into a mapping."""
    return {tag.key: tag.value for tag in tags}


class Vpc(_Answer, frozen=True):
    """`ec2:DescribeVpcs -> Vpcs[]`. The owner differs from the account when the VPC is shared."""

    vpc_id: str
    owner_id: str = ""
    cidr_block: str = ""


class Subnet(_Answer, frozen=True):
    """`ec2:DescribeSubnets -> Subnets[]`."""

    subnet_id: str
    vpc_id: str = ""
    availability_zone: str = ""
    availability_zone_id: str = ""
    available_ip_address_count: int | None = None
    cidr_block: str = ""
    map_public_ip_on_launch: bool = False
    outpost_arn: str | None = None
    tags: tuple[Tag, ...] = ()


class Route(_Answer, frozen=True):
    """A route of a route table."""

    destination_cidr_block: str | None = None
    destination_ipv6_cidr_block: str | None = msgspec.field(default=None, name="DestinationIpv6CidrBlock")
    gateway_id: str | None = None
    nat_gateway_id: str | None = None
    transit_gateway_id: str | None = None
    state: str | None = None


class RouteTableAssociation(_Answer, frozen=True):
    """Which subnet a route table serves, or that it is the VPC's main one."""

    subnet_id: str | None = None
    main: bool = False
    route_table_association_id: str = ""


class RouteTable(_Answer, frozen=True):
    """`ec2:DescribeRouteTables -> RouteTables[]`."""

    route_table_id: str
    vpc_id: str = ""
    associations: tuple[RouteTableAssociation, ...] = ()
    routes: tuple[Route, ...] = ()


class VpcAttributes(_Answer, frozen=True):
    """`ec2:DescribeVpcAttribute`, one call for each: whether the VPC resolves and gives out names."""

    dns_support: bool
    dns_hostnames: bool


class NatGateway(_Answer, frozen=True):
    """`ec2:DescribeNatGateways -> NatGateways[]`. A regional gateway spans the zones."""

    nat_gateway_id: str
    vpc_id: str = ""
    subnet_id: str | None = None
    state: str = ""
    availability_mode: str | None = None


class IpRange(_Answer, frozen=True):
    """An IPv4 range of a rule."""

    cidr_ip: str = ""


class Ipv6Range(_Answer, frozen=True):
    """An IPv6 range of a rule."""

    cidr_ipv6: str = msgspec.field(default="", name="CidrIpv6")


class GroupReference(_Answer, frozen=True):
    """A security group by id."""

    group_id: str = ""


class IpPermission(_Answer, frozen=True):
    """A rule of a security group; protocol `-1` is all traffic and has no ports."""

    ip_protocol: str = ""
    from_port: int | None = None
    to_port: int | None = None
    ip_ranges: tuple[IpRange, ...] = ()
    ipv6_ranges: tuple[Ipv6Range, ...] = msgspec.field(default=(), name="Ipv6Ranges")
    user_id_group_pairs: tuple[GroupReference, ...] = ()
    prefix_list_ids: tuple[dict[str, str], ...] = ()


class SecurityGroup(_Answer, frozen=True):
    """`ec2:DescribeSecurityGroups -> SecurityGroups[]`."""

    group_id: str
    group_name: str = ""
    vpc_id: str = ""
    ip_permissions: tuple[IpPermission, ...] = ()
    ip_permissions_egress: tuple[IpPermission, ...] = ()


class PortRange(_Answer, frozen=True):
    """The ports of a network ACL entry."""

    from_port: int | None = msgspec.field(default=None, name="From")
    to_port: int | None = msgspec.field(default=None, name="To")


class NetworkAclEntry(_Answer, frozen=True):
    """A numbered rule of a network ACL; the first that matches decides."""

    rule_number: int
    rule_action: str = ""
    egress: bool = False
    protocol: str = ""
    cidr_block: str | None = None
    ipv6_cidr_block: str | None = msgspec.field(default=None, name="Ipv6CidrBlock")
    port_range: PortRange | None = None


class NetworkAclAssociation(_Answer, frozen=True):
    """The subnet a network ACL guards."""

    subnet_id: str = ""
    network_acl_association_id: str = ""


class NetworkAcl(_Answer, frozen=True):
    """`ec2:DescribeNetworkAcls -> NetworkAcls[]`."""

    network_acl_id: str
    vpc_id: str = ""
    is_default: bool = False
    associations: tuple[NetworkAclAssociation, ...] = ()
    entries: tuple[NetworkAclEntry, ...] = ()


class VpcEndpoint(_Answer, frozen=True):
    """`ec2:DescribeVpcEndpoints -> VpcEndpoints[]`."""

    vpc_endpoint_id: str
    vpc_id: str = ""
    service_name: str = ""
    vpc_endpoint_type: str = ""
    state: str = ""
    # JSON text; none for the types that have no policy.
    policy_document: str | None = None


class FlowLog(_Answer, frozen=True):
    """`ec2:DescribeFlowLogs -> FlowLogs[]`."""

    resource_id: str
    flow_log_id: str = ""
    flow_log_status: str = ""
    deliver_logs_status: str | None = None
    traffic_type: str = ""


class MetadataOptions(_Answer, frozen=True):
    """Instance metadata service settings; absent members are the account's or image's defaults."""

    http_tokens: str | None = None
    http_put_response_hop_limit: int | None = None
    http_endpoint: str | None = None


class InstanceProfile(_Answer, frozen=True):
    """The instance profile through which an instance has its role."""

    arn: str = ""


class Instance(_Answer, frozen=True):
    """`ec2:DescribeInstances -> Reservations[].Instances[]`, running or pending."""

    instance_id: str
    instance_type: str = ""
    image_id: str = ""
    subnet_id: str | None = None
    public_ip_address: str | None = None
    key_name: str | None = None
    launch_time: datetime | None = None
    iam_instance_profile: InstanceProfile | None = None
    metadata_options: MetadataOptions = MetadataOptions()
    security_groups: tuple[GroupReference, ...] = ()
    tags: tuple[Tag, ...] = ()

    @property
    def tag(self) -> dict[str, str]:
        """The instance's tags by key."""
        return tag_map(self.tags)


class Ebs(_Answer, frozen=True):
    """EBS settings of a block device."""

    encrypted: bool | None = None
    kms_key_id: str | None = None
    volume_type: str | None = None


class BlockDevice(_Answer, frozen=True):
    """A block device of a template or image."""

    device_name: str = ""
    ebs: Ebs | None = None


class NetworkInterface(_Answer, frozen=True):
    """A network interface of a launch template."""

    associate_public_ip_address: bool | None = None
    groups: tuple[str, ...] = ()


class MarketOptions(_Answer, frozen=True):
    """How instances are bought: `spot`, or on demand when nothing is said."""

    market_type: str | None = None


class LaunchTemplateData(_Answer, frozen=True):
    """What a launch template version sets. User data is never read into evidence."""

    block_device_mappings: tuple[BlockDevice, ...] = ()
    metadata_options: MetadataOptions | None = None
    network_interfaces: tuple[NetworkInterface, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    key_name: str | None = None
    instance_type: str | None = None
    image_id: str | None = None
    instance_market_options: MarketOptions | None = None


class LaunchTemplateVersion(_Answer, frozen=True):
    """`ec2:DescribeLaunchTemplateVersions -> LaunchTemplateVersions[]`."""

    launch_template_id: str
    version_number: int
    default_version: bool = False
    launch_template_data: LaunchTemplateData = LaunchTemplateData()


class TemplateSpecification(_Answer, frozen=True):
    """A reference to a launch template version: a number, `$Default` or `$Latest`."""

    launch_template_id: str | None = None
    launch_template_name: str | None = None
    version: str | None = None


class TemplateOverride(_Answer, frozen=True):
    """One instance type of a mixed instances policy; attribute-based requirements have no type."""

    instance_type: str | None = None
    launch_template_specification: TemplateSpecification | None = None


class MixedTemplate(_Answer, frozen=True):
    """The template part of a mixed instances policy."""

    launch_template_specification: TemplateSpecification | None = None
    overrides: tuple[TemplateOverride, ...] = ()


class InstancesDistribution(_Answer, frozen=True):
    """How Spot and On-Demand share the group."""

    spot_allocation_strategy: str | None = None
    on_demand_percentage_above_base_capacity: int | None = None


class MixedInstancesPolicy(_Answer, frozen=True):
    """A mixed instances policy."""

    launch_template: MixedTemplate | None = None
    instances_distribution: InstancesDistribution | None = None


class GroupInstance(_Answer, frozen=True):
    """An instance as its Auto Scaling group knows it."""

    instance_id: str
    launch_template: TemplateSpecification | None = None


class SuspendedProcess(_Answer, frozen=True):
    """A scaling process that somebody suspended."""

    process_name: str = ""


class AutoScalingGroup(_Answer, frozen=True):
    """`autoscaling:DescribeAutoScalingGroups -> AutoScalingGroups[]`."""

    auto_scaling_group_name: str
    availability_zones: tuple[str, ...] = ()
    # One comma-separated string of subnet ids, under the API's irregular name.
    vpc_zone_identifier: str = msgspec.field(default="", name="VPCZoneIdentifier")
    launch_configuration_name: str | None = None
    launch_template: TemplateSpecification | None = None
    mixed_instances_policy: MixedInstancesPolicy | None = None
    capacity_rebalance: bool | None = None
    suspended_processes: tuple[SuspendedProcess, ...] = ()
    instances: tuple[GroupInstance, ...] = ()
    desired_capacity: int = 0
    tags: tuple[Tag, ...] = ()

    @property
    def tag(self) -> dict[str, str]:
        """The group's tags by key."""
        return tag_map(self.tags)

    @property
    def subnets(self) -> tuple[str, ...]:
        """The subnets the group launches into."""
        return tuple(part.strip() for part in self.vpc_zone_identifier.split(",") if part.strip())

    @property
    def template(self) -> TemplateSpecification | None:
        """The launch template in use, wherever the group names it."""
        if self.launch_template is not None:
            return self.launch_template
        mixed = self.mixed_instances_policy
        return mixed.launch_template.launch_template_specification if mixed and mixed.launch_template else None

    @property
    def template_ids(self) -> frozenset[str | None]:
        """The launch templates in use: an override of a mixed instances policy may name its own."""
        mixed = self.mixed_instances_policy
        overrides = mixed.launch_template.overrides if mixed and mixed.launch_template else ()
        named = (self.template, *(override.launch_template_specification for override in overrides))
        return frozenset(template.launch_template_id for template in named if template)


class LifecycleHook(_Answer, frozen=True):
    """`autoscaling:DescribeLifecycleHooks -> LifecycleHooks[]`."""

    lifecycle_transition: str = ""
    default_result: str = ""


class ProcessorInfo(_Answer, frozen=True):
    """The processors of an instance type."""

    default_v_cpus: int | None = msgspec.field(default=None, name="DefaultVCpus")


class MemoryInfo(_Answer, frozen=True):
    """The memory of an instance type."""

    size_in_mib: int | None = msgspec.field(default=None, name="SizeInMiB")


class NetworkInfo(_Answer, frozen=True):
    """How many network interfaces an instance type has, and how many IPv4 addresses each of them."""

    maximum_network_interfaces: int | None = None
    ipv4_addresses_per_interface: int | None = msgspec.field(default=None, name="Ipv4AddressesPerInterface")


class InstanceType(_Answer, frozen=True):
    """`ec2:DescribeInstanceTypes -> InstanceTypes[]`."""

    instance_type: str
    current_generation: bool | None = None
    burstable_performance_supported: bool | None = None
    v_cpu_info: ProcessorInfo = msgspec.field(default=ProcessorInfo(), name="VCpuInfo")
    memory_info: MemoryInfo = MemoryInfo()
    network_info: NetworkInfo = NetworkInfo()


class Image(_Answer, frozen=True):
    """`ec2:DescribeImages -> Images[]`."""

    image_id: str
    creation_date: datetime | None = None
    deprecation_time: datetime | None = None
    imds_support: str | None = None
    block_device_mappings: tuple[BlockDevice, ...] = ()


class Volume(_Answer, frozen=True):
    """`ec2:DescribeVolumes -> Volumes[]`."""

    volume_id: str
    encrypted: bool | None = None
    kms_key_id: str | None = None
    volume_type: str | None = None
    state: str | None = None
    availability_zone: str | None = None
    create_time: datetime | None = None
    size: int | None = None
    tags: tuple[Tag, ...] = ()

    @property
    def tag(self) -> dict[str, str]:
        """The volume's tags by key."""
        return tag_map(self.tags)


class EbsDefault(_Answer, frozen=True):
    """`ec2:GetEbsEncryptionByDefault`."""

    ebs_encryption_by_default: bool
    sse_type: str | None = None


class MetadataDefaults(_Answer, frozen=True):
    """`ec2:GetInstanceMetadataDefaults -> AccountLevel`: absent members mean no preference."""

    http_tokens: str | None = None
    http_put_response_hop_limit: int | None = None


class ScalingPolicy(_Answer, frozen=True):
    """`autoscaling:DescribePolicies -> ScalingPolicies[]`."""

    auto_scaling_group_name: str
    policy_name: str = ""
    policy_type: str = ""


class ScheduledAction(_Answer, frozen=True):
    """`autoscaling:DescribeScheduledActions -> ScheduledUpdateGroupActions[]`."""

    auto_scaling_group_name: str
    scheduled_action_name: str = ""
    recurrence: str | None = None
    desired_capacity: int | None = None
    min_size: int | None = None
    max_size: int | None = None
