"""One compliant cluster with everything controls read: the snapshot that tests change in one place."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.section import Collected, Listed
from plumbline.domain.snapshot import AccountEvidence, ClusterEvidence, RegionEvidence, Snapshot
from plumbline.domain.subject import Subject

T = TypeVar("T")

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
READ_AT = NOW - timedelta(minutes=5)
ACCOUNT, OTHER_ACCOUNT = "111122223333", "999988887777"
REGION = "eu-west-1"
NAME = "payments"
VPC = "vpc-1"
SUBNETS = ("subnet-a", "subnet-b", "subnet-c")
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
FOREIGN_KEY = f"arn:aws:kms:{REGION}:{OTHER_ACCOUNT}:key/1"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/all"
NODE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/eks/nodes"
WORKER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/workers"
WORKER_PROFILE = f"arn:aws:iam::{ACCOUNT}:instance-profile/workers"
LOG_GROUP = f"/aws/eks/{NAME}/cluster"
AL2023_RELEASE = "/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/x86_64/standard/recommended/release_version"
BOTTLEROCKET_RELEASE = "/aws/service/bottlerocket/aws-k8s-1.33/arm64/latest/image_version"
TAGS = {"Owner": "team-payments", "environment": "prod", "cost-center": "4711"}


def read(value: T) -> Collected[T]:
    return Collected(value, READ_AT)


def listed(**items: T) -> Listed[T]:
    return listing(items)


def listing(items: dict[str, T]) -> Listed[T]:
    return Listed(names=read(tuple(items)), items={name: read(item) for name, item in items.items()})


# --- the cluster


def cluster() -> eks.Cluster:
    return eks.Cluster(
        name=NAME,
        arn=f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{NAME}",
        status="ACTIVE",
        version="1.33",
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/cluster",
        logging=eks.Logging(
            cluster_logging=(
                eks.LogSetup(types=("api", "audit", "authenticator"), enabled=True),
                eks.LogSetup(types=("controllerManager", "scheduler"), enabled=True),
            )
        ),
        encryption_config=(eks.EncryptionConfig(resources=("secrets",), provider=eks.KeyProvider(key_arn=KEY)),),
        resources_vpc_config=eks.VpcConfig(vpc_id=VPC, subnet_ids=SUBNETS),
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
            instance_types=("m7g.large",),
        ),
    )


def fargate_profiles() -> Listed[eks.FargateProfile]:
    return listed(
        batch=eks.FargateProfile(
            fargate_profile_name="batch",
            fargate_profile_arn=f"arn:aws:eks:{REGION}:{ACCOUNT}:fargateprofile/{NAME}/batch/1",
            status="ACTIVE",
            subnets=SUBNETS,
            tags=TAGS,
        )
    )


def addons() -> Listed[eks.Addon]:
    return listing(
        {
            "vpc-cni": eks.Addon(addon_name="vpc-cni", addon_version="v1.20.4-eksbuild.2", status="ACTIVE"),
            "coredns": eks.Addon(addon_name="coredns", addon_version="v1.12.3-eksbuild.1", status="ACTIVE"),
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
    )


def route_table(identifier: str, *, main: bool = False, subnets: tuple[str, ...] = (), gateway: str = "nat-1") -> Any:
    associations = [ec2.RouteTableAssociation(subnet_id=subnet) for subnet in subnets]
    associations += [ec2.RouteTableAssociation(main=True)] if main else []
    is_nat = gateway.startswith("nat-")
    return ec2.RouteTable(
        route_table_id=identifier,
        vpc_id=VPC,
        associations=tuple(associations),
        routes=(
            ec2.Route(destination_cidr_block="10.0.0.0/16", gateway_id="local", state="active"),
            ec2.Route(destination_cidr_block="0.0.0.0/0", gateway_id=None if is_nat else gateway, state="active"),
        ),
    )


def instance(identifier: str, tag: str, value: str, **members: Any) -> ec2.Instance:
    described: dict[str, Any] = {
        "instance_id": identifier,
        "instance_type": "m7i.large",
        "image_id": "ami-1",
        "subnet_id": "subnet-a",
        "launch_time": NOW - timedelta(days=3),
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
            tags=(ec2.Tag(key=f"kubernetes.io/cluster/{NAME}", value="owned"),),
        ),
    )


def template_version(identifier: str, number: int, **members: Any) -> ec2.LaunchTemplateVersion:
    described: dict[str, Any] = {
        "launch_template_id": identifier,
        "version_number": number,
        "default_version": True,
        "launch_template_data": ec2.LaunchTemplateData(
            metadata_options=ec2.MetadataOptions(http_tokens="required", http_put_response_hop_limit=1)
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
        ec2.InstanceType(instance_type=name, current_generation=current, burstable_performance_supported=burstable)
        for name, current, burstable in (
            ("m7i.large", True, False),
            ("m7g.large", True, False),
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
            tuple(ec2.Subnet(subnet_id=name, vpc_id=VPC, availability_zone=f"eu-west-1{name[-1]}") for name in SUBNETS)
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
        quotas=read(()),
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


def attached(*names: str) -> tuple[aws.AttachedPolicy, ...]:
    return tuple(aws.AttachedPolicy(policy_arn=f"arn:aws:iam::aws:policy/{name}", policy_name=name) for name in names)


def node_role(arn: str = NODE_ROLE, **members: Any) -> aws.Role:
    described: dict[str, Any] = {
        "arn": arn,
        "role_name": arn.rsplit("/", 1)[-1],
        "attached_managed_policies": attached("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"),
    }
    return aws.Role(**(described | members))


def worker_role() -> aws.Role:
    return node_role(WORKER_ROLE, instance_profile_list=(aws.RoleProfile(arn=WORKER_PROFILE),))


def account() -> AccountEvidence:
    return AccountEvidence(
        authorization=read(aws.Authorization(roles=(node_role(), worker_role()))),
        summary=read(aws.AccountSummary(roles=20, roles_quota=1000)),
        oidc_providers=read(()),
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
        ),
        region=region(),
        account=account(),
    )


def compliant_region() -> Snapshot:
    """Return the snapshot of the region the compliant cluster is in."""
    return Snapshot(subject=Subject(ACCOUNT, REGION), region=region(), account=account())
