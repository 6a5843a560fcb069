"""One compliant cluster with everything controls read: the snapshot that tests change in one place."""

from datetime import datetime, timedelta
from typing import Any

from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.section import Listed
from plumbline.domain.snapshot import AccountEvidence, ClusterEvidence, Listing, RegionEvidence, Snapshot
from plumbline.domain.subject import Subject
from tests.unit import surroundings
from tests.unit.kubernetes_baseline import compliant_kubernetes
from tests.unit.names import (
    ACCOUNT,
    AL2023_RELEASE,
    BOTTLEROCKET_RELEASE,
    CLUSTER_ROLE,
    CONTROL_PLANE_GROUP,
    FARGATE_ROLE,
    FOREIGN_KEY,
    IMAGE,
    ISSUER,
    KEY,
    LOG_GROUP,
    NAME,
    NAT,
    NODE_GROUP,
    NODE_ROLE,
    NOW,
    OTHER_ACCOUNT,
    READ_AT,
    REGION,
    SUBNETS,
    TAGS,
    TRAIL,
    VPC,
    WORKER_PROFILE,
    WORKER_ROLE,
    listed,
    listing,
    read,
)

# What tests take from here along with the baseline.
__all__ = [
    "ACCOUNT",
    "AL2023_RELEASE",
    "BOTTLEROCKET_RELEASE",
    "FOREIGN_KEY",
    "KEY",
    "LOG_GROUP",
    "NAME",
    "NODE_ROLE",
    "NOW",
    "OTHER_ACCOUNT",
    "READ_AT",
    "REGION",
    "SUBNETS",
    "TAGS",
    "TRAIL",
    "VPC",
    "WORKER_PROFILE",
    "WORKER_ROLE",
    "listed",
    "listing",
    "read",
]

# --- the cluster


def cluster() -> eks.Cluster:
    return eks.Cluster(
        name=NAME,
        arn=f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{NAME}",
        status="ACTIVE",
        version="1.33",
        role_arn=CLUSTER_ROLE,
        logging=eks.Logging(
            cluster_logging=(
                eks.LogSetup(types=("api", "audit", "authenticator"), enabled=True),
                eks.LogSetup(types=("controllerManager", "scheduler"), enabled=True),
            )
        ),
        encryption_config=(eks.EncryptionConfig(resources=("secrets",), provider=eks.KeyProvider(key_arn=KEY)),),
        resources_vpc_config=eks.VpcConfig(
            vpc_id=VPC,
            subnet_ids=SUBNETS,
            cluster_security_group_id=CONTROL_PLANE_GROUP,
            endpoint_public_access=False,
            endpoint_private_access=True,
        ),
        access_config=eks.AccessConfig(authentication_mode="API"),
        identity=eks.Identity(oidc=eks.Oidc(issuer=f"https://{ISSUER}")),
        upgrade_policy=eks.UpgradePolicy(support_type="STANDARD"),
        deletion_protection=True,
        tags=TAGS,
    )


def group(name: str, **members: Any) -> eks.NodeGroup:
    described: dict[str, Any] = {
        "nodegroup_name": name,
        "nodegroup_arn": f"arn:aws:eks:{REGION}:{ACCOUNT}:nodegroup/{NAME}/{name}/1",
        "status": "ACTIVE",
        "version": "1.33",
        "capacity_type": "ON_DEMAND",
        "subnets": SUBNETS,
        "node_role": NODE_ROLE,
        "scaling_config": eks.ScalingConfig(min_size=2, max_size=6, desired_size=4),
        "update_config": eks.UpdateConfig(max_unavailable=1),
        "resources": eks.NodeGroupResources(auto_scaling_groups=(eks.NamedGroup(name=f"eks-{name}"),)),
        "node_repair_config": eks.NodeRepair(enabled=True),
        "tags": TAGS,
    }
    return eks.NodeGroup(**(described | members))


def nodegroups() -> Listed[eks.NodeGroup]:
    return listed(
        general=group(
            "general",
            ami_type="AL2023_x86_64_STANDARD",
            release_version="1.33.5-20260220",
            launch_template=eks.LaunchTemplateReference(id="lt-general", name="general", version="3"),
        ),
        rocket=group(
            "rocket",
            ami_type="BOTTLEROCKET_ARM_64",
            release_version="1.52.0-0badcafe",
            capacity_type="SPOT",
            instance_types=("m6g.large", "m6gd.large", "m7g.large"),
        ),
    )


def fargate_profiles() -> Listed[eks.FargateProfile]:
    return listed(
        batch=eks.FargateProfile(
            fargate_profile_name="batch",
            fargate_profile_arn=f"arn:aws:eks:{REGION}:{ACCOUNT}:fargateprofile/{NAME}/batch/1",
            status="ACTIVE",
            pod_execution_role_arn=FARGATE_ROLE,
            selectors=(eks.FargateSelector(namespace="payments", labels={"app.kubernetes.io/name": "api"}),),
            subnets=SUBNETS,
            tags=TAGS,
        )
    )


AGENT, MONITORING = "eks-pod-identity-agent", "eks-node-monitoring-agent"


def addons() -> Listed[eks.Addon]:
    return listing(
        {
            "vpc-cni": eks.Addon(
                addon_name="vpc-cni",
                addon_version="v1.20.4-eksbuild.2",
                status="ACTIVE",
                switches={"enableNetworkPolicy": True},
                service_account_role_arn=f"arn:aws:iam::{ACCOUNT}:role/vpc-cni",
            ),
            "coredns": eks.Addon(addon_name="coredns", addon_version="v1.12.3-eksbuild.1", status="ACTIVE"),
            AGENT: eks.Addon(addon_name=AGENT, addon_version="v1.3.8-eksbuild.2", status="ACTIVE"),
            MONITORING: eks.Addon(addon_name=MONITORING, addon_version="v1.4.0-eksbuild.1", status="ACTIVE"),
        }
    )


def insight(identifier: str, category: str) -> eks.Insight:
    return eks.Insight(
        id=identifier,
        name=f"about {identifier}",
        category=category,
        kubernetes_version="1.34",
        last_refresh_time=NOW - timedelta(hours=10),
        insight_status=eks.InsightStatus(status="PASSING", reason="nothing found"),
    )


def insights() -> Listed[eks.Insight]:
    return listed(
        upgrade=insight("upgrade", "UPGRADE_READINESS"),
        rollback=insight("rollback", "ROLLBACK_READINESS"),
        hybrid=insight("hybrid", "MISCONFIGURATION"),
    )


# --- the region


def versions() -> tuple[eks.ClusterVersion, ...]:
    def version(minor: int, status: str, standard: datetime, extended: datetime) -> eks.ClusterVersion:
        return eks.ClusterVersion(
            cluster_version=f"1.{minor}",
            version_status=status,
            end_of_standard_support_date=standard,
            end_of_extended_support_date=extended,
        )

    return (
        version(30, "UNSUPPORTED", NOW - timedelta(days=580), NOW - timedelta(days=215)),
        version(31, "EXTENDED_SUPPORT", NOW - timedelta(days=100), NOW + timedelta(days=265)),
        version(32, "STANDARD_SUPPORT", NOW + timedelta(days=22), NOW + timedelta(days=387)),
        version(33, "STANDARD_SUPPORT", NOW + timedelta(days=150), NOW + timedelta(days=515)),
        version(34, "STANDARD_SUPPORT", NOW + timedelta(days=270), NOW + timedelta(days=635)),
    )


def addon_info(name: str, *versions_on_offer: tuple[str, bool]) -> eks.AddonInfo:
    return eks.AddonInfo(
        addon_name=name,
        addon_versions=tuple(
            eks.AddonVersionInfo(
                addon_version=version,
                compatibilities=(eks.Compatibility(cluster_version="1.33", default_version=default),),
            )
            for version, default in versions_on_offer
        ),
    )


def addon_catalogue() -> tuple[eks.AddonInfo, ...]:
    return (
        addon_info(
            "vpc-cni",
            ("v1.20.4-eksbuild.10", False),
            ("v1.20.4-eksbuild.2", True),
            ("v1.9.0-eksbuild.1", False),
        ),
        addon_info("coredns", ("v1.12.3-eksbuild.1", True)),
        addon_info(AGENT, ("v1.3.8-eksbuild.2", True)),
        addon_info(MONITORING, ("v1.4.0-eksbuild.1", True)),
    )


def route_table(identifier: str, *, main: bool = False, subnets: tuple[str, ...] = (), gateway: str = NAT) -> Any:
    associations = [ec2.RouteTableAssociation(subnet_id=subnet) for subnet in subnets]
    associations += [ec2.RouteTableAssociation(main=True)] if main else []
    is_nat = gateway.startswith("nat-")
    return ec2.RouteTable(
        route_table_id=identifier,
        vpc_id=VPC,
        associations=tuple(associations),
        routes=(
            ec2.Route(destination_cidr_block="10.0.0.0/16", gateway_id="local", state="active"),
            ec2.Route(
                destination_cidr_block="0.0.0.0/0",
                gateway_id=None if is_nat else gateway,
                nat_gateway_id=gateway if is_nat else None,
                state="active",
            ),
        ),
    )


def instance(identifier: str, tag: str, value: str, **members: Any) -> ec2.Instance:
    described: dict[str, Any] = {
        "instance_id": identifier,
        "instance_type": "m7i.large",
        "image_id": IMAGE,
        "subnet_id": "subnet-a",
        "launch_time": NOW - timedelta(days=3),
        "metadata_options": ec2.MetadataOptions(
            http_tokens="required", http_put_response_hop_limit=1, http_endpoint="enabled"
        ),
        "security_groups": (ec2.GroupReference(group_id=CONTROL_PLANE_GROUP),),
        "tags": (
            ec2.Tag(key=f"kubernetes.io/cluster/{NAME}", value="owned"),
            ec2.Tag(key=tag, value=value),
        ),
    }
    return ec2.Instance(**(described | members))


def instances() -> tuple[ec2.Instance, ...]:
    return (
        instance("i-general", "eks:nodegroup-name", "general"),
        instance("i-rocket", "eks:nodegroup-name", "rocket", instance_type="m7g.large"),
        instance("i-workers", "Name", "worker", iam_instance_profile=ec2.InstanceProfile(arn=WORKER_PROFILE)),
    )


def scaling_group(name: str, template: str, instance_id: str, **members: Any) -> ec2.AutoScalingGroup:
    specification = ec2.TemplateSpecification(launch_template_id=template, launch_template_name=template, version="1")
    described: dict[str, Any] = {
        "auto_scaling_group_name": name,
        "availability_zones": ("eu-west-1a", "eu-west-1b", "eu-west-1c"),
        "vpc_zone_identifier": ",".join(SUBNETS),
        "launch_template": specification,
        "instances": (ec2.GroupInstance(instance_id=instance_id, launch_template=specification),),
        "desired_capacity": 1,
        "tags": (
            ec2.Tag(key=f"kubernetes.io/cluster/{NAME}", value="owned"),
            ec2.Tag(key="eks:nodegroup-name", value=name.removeprefix("eks-")),
        ),
    }
    return ec2.AutoScalingGroup(**(described | members))


def auto_scaling_groups() -> tuple[ec2.AutoScalingGroup, ...]:
    return (
        scaling_group("eks-general", "lt-eks-general", "i-general"),
        scaling_group("eks-rocket", "lt-eks-rocket", "i-rocket"),
        scaling_group(
            "workers",
            "lt-workers",
            "i-workers",
            suspended_processes=(ec2.SuspendedProcess(process_name="AZRebalance"),),
            tags=(ec2.Tag(key=f"kubernetes.io/cluster/{NAME}", value="owned"),),
        ),
    )


def template_version(identifier: str, number: int, **members: Any) -> ec2.LaunchTemplateVersion:
    described: dict[str, Any] = {
        "launch_template_id": identifier,
        "version_number": number,
        "default_version": True,
        "launch_template_data": ec2.LaunchTemplateData(
            metadata_options=ec2.MetadataOptions(http_tokens="required", http_put_response_hop_limit=1),
            image_id=IMAGE,
            security_group_ids=(NODE_GROUP,),
        ),
    }
    return ec2.LaunchTemplateVersion(**(described | members))


def launch_templates() -> tuple[ec2.LaunchTemplateVersion, ...]:
    return (
        template_version("lt-general", 3),
        template_version("lt-eks-general", 1),
        template_version("lt-eks-rocket", 1),
        template_version("lt-workers", 1),
    )


def instance_types() -> tuple[ec2.InstanceType, ...]:
    return tuple(
        ec2.InstanceType(
            instance_type=name,
            current_generation=current,
            burstable_performance_supported=burstable,
            v_cpu_info=ec2.ProcessorInfo(default_v_cpus=2),
            memory_info=ec2.MemoryInfo(size_in_mib=8192),
            network_info=ec2.NetworkInfo(maximum_network_interfaces=3, ipv4_addresses_per_interface=10),
        )
        for name, current, burstable in (
            ("m7i.large", True, False),
            ("m7g.large", True, False),
            ("m6g.large", True, False),
            ("m6gd.large", True, False),
            ("m4.large", False, False),
            ("t3.large", True, True),
        )
    )


def trail(**members: Any) -> aws.TrailDescription:
    described: dict[str, Any] = {
        "trail_arn": TRAIL,
        "name": "all",
        "is_multi_region_trail": True,
        "home_region": REGION,
        "log_file_validation_enabled": True,
        "kms_key_id": KEY,
    }
    return aws.TrailDescription(**(described | members))


def management_selectors(read_write_type: str = "All") -> aws.TrailSelectors:
    return aws.TrailSelectors(
        event_selectors=(aws.EventSelector(include_management_events=True, read_write_type=read_write_type),)
    )


def key(**members: Any) -> aws.Key:
    described: dict[str, Any] = {
        "arn": KEY,
        "key_state": "Enabled",
        "key_id": "1",
        "key_manager": "CUSTOMER",
        "origin": "AWS_KMS",
        "key_spec": "SYMMETRIC_DEFAULT",
    }
    return aws.Key(**(described | members))


def region() -> RegionEvidence:
    return RegionEvidence(
        clusters=read((NAME,)),
        versions=read(versions()),
        addon_catalogue=read(addon_catalogue()),
        vpcs=read((ec2.Vpc(vpc_id=VPC, owner_id=ACCOUNT, cidr_block="10.0.0.0/16"),)),
        subnets=read(
            tuple(surroundings.subnet(name, f"10.0.{16 * number}.0/20") for number, name in enumerate(SUBNETS))
        ),
        route_tables=read((route_table("rtb-main", main=True),)),
        flow_logs=read((flow_log(VPC),)),
        instances=read(instances()),
        auto_scaling_groups=read(auto_scaling_groups()),
        launch_templates=read(launch_templates()),
        instance_types=read(instance_types()),
        ebs_default=read(ec2.EbsDefault(ebs_encryption_by_default=True, sse_type="sse-ebs")),
        keys={KEY: read(key())},
        key_rotations={KEY: read(aws.KeyRotation(key_rotation_enabled=True, rotation_period_in_days=365))},
        log_groups=read((aws.LogGroup(log_group_name=LOG_GROUP, retention_in_days=365),)),
        trails=read((trail(),)),
        trail_status={TRAIL: read(aws.TrailStatus(is_logging=True))},
        trail_selectors={TRAIL: read(management_selectors())},
        ami_releases=read({AL2023_RELEASE: "1.33.5-20260226", BOTTLEROCKET_RELEASE: "1.52.0-0badcafe"}),
        **surroundings.region_sections(),
    )


def flow_log(resource: str, **members: Any) -> ec2.FlowLog:
    described: dict[str, Any] = {
        "resource_id": resource,
        "flow_log_status": "ACTIVE",
        "deliver_logs_status": "SUCCESS",
        "traffic_type": "ALL",
    }
    return ec2.FlowLog(**(described | members))


# --- the account


def node_role(arn: str = NODE_ROLE, **members: Any) -> aws.Role:
    described: dict[str, Any] = {
        "arn": arn,
        "role_name": arn.rsplit("/", 1)[-1],
        "attached_managed_policies": surroundings.attached(
            "AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"
        ),
    }
    return aws.Role(**(described | members))


def worker_role() -> aws.Role:
    return node_role(WORKER_ROLE, instance_profile_list=(aws.RoleProfile(arn=WORKER_PROFILE),))


def account() -> AccountEvidence:
    return AccountEvidence(
        authorization=read(aws.Authorization(roles=(node_role(), worker_role(), *surroundings.roles()))),
        **surroundings.account_sections(),
    )


# --- the whole


def compliant() -> Snapshot:
    """Return the snapshot of the compliant cluster."""
    return Snapshot(
        subject=Subject(ACCOUNT, REGION, NAME),
        cluster=ClusterEvidence(
            cluster=read(cluster()),
            nodegroups=nodegroups(),
            fargate_profiles=fargate_profiles(),
            addons=addons(),
            insights=insights(),
            **surroundings.access_sections(),
        ),
        region=region(),
        account=account(),
        kubernetes=compliant_kubernetes(),
    )


def cluster_listing(name: str = NAME, environment: str = "prod", **members: Any) -> Listing:
    described: dict[str, Any] = {
        "arn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{name}",
        "version": "1.33",
        "status": "ACTIVE",
        "environment": environment,
        "tags": TAGS | {"environment": environment, "application": "shop"},
        "nodegroups": 2,
        "fargate_profiles": 1,
        "largest_nodegroup": 4,
        "pod_identities": 1,
    }
    return Listing(**(described | members))


def compliant_region() -> Snapshot:
    """Return the snapshot of the region the compliant cluster is in."""
    inventory = read((cluster_listing(),))
    return Snapshot(subject=Subject(ACCOUNT, REGION), region=region(), account=account(), inventory=inventory)


def compliant_account() -> Snapshot:
    """Return the snapshot of the account the compliant cluster is in."""
    return Snapshot(subject=Subject(ACCOUNT, ""), account=account())


def compliant_fleet() -> Snapshot:
    """Return the snapshot of the fleet: the compliant cluster and the one where its versions are tried."""
    inventory = read((cluster_listing(), cluster_listing("payments-test", "test")))
    return Snapshot(subject=Subject("", ""), inventory=inventory)
