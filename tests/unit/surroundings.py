"""What surrounds the compliant cluster: network, images, registry, detection, access and identity."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence import ec2, eks
from tests.unit.names import (
    ACCOUNT,
    ADMIN_ROLES,
    CLUSTER_ROLE,
    CONTROL_PLANE_GROUP,
    DEFAULT_GROUP,
    FARGATE_ROLE,
    IMAGE,
    ISSUER,
    NAME,
    NAT,
    NODE_GROUP,
    NOW,
    POD_ROLE,
    REGION,
    REPOSITORY,
    SUBNETS,
    VPC,
    listed,
    listing,
    read,
)

CLUSTER_ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


# --- the network


def subnet(name: str, cidr: str, **members: Any) -> ec2.Subnet:
    described: dict[str, Any] = {
        "subnet_id": name,
        "vpc_id": VPC,
        "availability_zone": f"{REGION}{name[-1]}",
        "available_ip_address_count": 4000,
        "cidr_block": cidr,
    }
    return ec2.Subnet(**(described | members))


def permission(protocol: str, ports: tuple[int, int] | None, *cidrs: str) -> ec2.IpPermission:
    first, last = ports or (None, None)
    return ec2.IpPermission(
        ip_protocol=protocol,
        from_port=first,
        to_port=last,
        ip_ranges=tuple(ec2.IpRange(cidr_ip=cidr) for cidr in cidrs if ":" not in cidr),
        ipv6_ranges=tuple(ec2.Ipv6Range(cidr_ipv6=cidr) for cidr in cidrs if ":" in cidr),
    )


def security_group(identifier: str, name: str, *inbound: ec2.IpPermission) -> ec2.SecurityGroup:
    return ec2.SecurityGroup(group_id=identifier, group_name=name, vpc_id=VPC, ip_permissions=inbound)


def security_groups() -> tuple[ec2.SecurityGroup, ...]:
    return (
        security_group(CONTROL_PLANE_GROUP, "cluster", permission("tcp", (443, 443), "10.0.0.0/16")),
        security_group(NODE_GROUP, "nodes", permission("-1", None, "10.0.0.0/16")),
        security_group(DEFAULT_GROUP, "default"),
    )


def acl_entry(number: int, action: str, ports: tuple[int, int] | None = None, **members: Any) -> ec2.NetworkAclEntry:
    described: dict[str, Any] = {
        "rule_number": number,
        "rule_action": action,
        "protocol": "6" if ports else "-1",
        "cidr_block": "0.0.0.0/0",
        "port_range": ec2.PortRange(from_port=ports[0], to_port=ports[1]) if ports else None,
    }
    return ec2.NetworkAclEntry(**(described | members))


def network_acl(*entries: ec2.NetworkAclEntry, **members: Any) -> ec2.NetworkAcl:
    described: dict[str, Any] = {
        "network_acl_id": "acl-1",
        "vpc_id": VPC,
        "associations": tuple(ec2.NetworkAclAssociation(subnet_id=name) for name in SUBNETS),
        "entries": entries,
    }
    return ec2.NetworkAcl(**(described | members))


def narrow_acl() -> ec2.NetworkAcl:
    return network_acl(
        acl_entry(90, "deny", (22, 22)),
        acl_entry(91, "deny", (3389, 3389)),
        acl_entry(100, "allow"),
        acl_entry(32767, "deny"),
        acl_entry(100, "allow", egress=True),
    )


def nat_gateway(identifier: str = NAT, **members: Any) -> ec2.NatGateway:
    described: dict[str, Any] = {
        "nat_gateway_id": identifier,
        "vpc_id": VPC,
        "state": "available",
        "availability_mode": "regional",
    }
    return ec2.NatGateway(**(described | members))


def endpoint(service: str, policy: dict[str, Any] | None = None, **members: Any) -> ec2.VpcEndpoint:
    narrow = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": f"arn:aws:x:::{service}"}]}
    described: dict[str, Any] = {
        "vpc_endpoint_id": f"vpce-{service}",
        "vpc_id": VPC,
        "service_name": f"com.amazonaws.{REGION}.{service}",
        "vpc_endpoint_type": "Interface",
        "state": "available",
        "policy_document": json.dumps(policy or narrow),
    }
    return ec2.VpcEndpoint(**(described | members))


def image(identifier: str = IMAGE, **members: Any) -> ec2.Image:
    described: dict[str, Any] = {
        "image_id": identifier,
        "creation_date": NOW - timedelta(days=20),
        "imds_support": "v2.0",
        "block_device_mappings": (
            ec2.BlockDevice(device_name="/dev/xvda", ebs=ec2.Ebs(encrypted=False, volume_type="gp3")),
        ),
    }
    return ec2.Image(**(described | members))


def ebs_volume(identifier: str = "vol-1", **members: Any) -> ec2.Volume:
    """A volume that the driver's add-on made for the cluster."""
    described: dict[str, Any] = {
        "volume_id": identifier,
        "encrypted": True,
        "volume_type": "gp3",
        "state": "in-use",
        "create_time": NOW - timedelta(days=60),
        "size": 20,
        "tags": (ec2.Tag(key="KubernetesCluster", value=NAME),),
    }
    return ec2.Volume(**(described | members))


# --- detection and the registry


def detector(status: str = "ENABLED", audit_logs: str = "ENABLED", runtime: str = "ENABLED") -> aws.Detector:
    features = {"EKS_AUDIT_LOGS": audit_logs, "RUNTIME_MONITORING": runtime}
    return aws.Detector(
        status=status, features=tuple(aws.DetectorFeature(name=name, status=one) for name, one in features.items())
    )


def repository(name: str = REPOSITORY, **members: Any) -> aws.Repository:
    described: dict[str, Any] = {
        "repository_name": name,
        "repository_arn": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{name}",
        "image_tag_mutability": "IMMUTABLE",
        "image_scanning_configuration": aws.ScanningConfiguration(scan_on_push=False),
    }
    return aws.Repository(**(described | members))


def quota(code: str, value: float) -> aws.Quota:
    return aws.Quota(quota_code=code, value=float(value), quota_name=code)


def region_sections() -> dict[str, Any]:
    return {
        "quotas": read(
            (
                quota("L-1194D53C", 100),
                quota("L-6D54EA21", 30),
                quota("L-BD136A63", 450),
                quota("L-33415657", 10),
            )
        ),
        "vpc_attributes": {VPC: read(ec2.VpcAttributes(dns_support=True, dns_hostnames=True))},
        "nat_gateways": read((nat_gateway(),)),
        "security_groups": read(security_groups()),
        "network_acls": read((narrow_acl(),)),
        "vpc_endpoints": read(tuple(endpoint(name) for name in ("ecr.api", "ecr.dkr", "s3"))),
        "images": read((image(),)),
        "volumes": read((ebs_volume(),)),
        "metadata_defaults": read(ec2.MetadataDefaults()),
        "lifecycle_hooks": {
            "workers": read((ec2.LifecycleHook(lifecycle_transition="autoscaling:EC2_INSTANCE_TERMINATING"),))
        },
        "scaling_policies": read(()),
        "scheduled_actions": read(()),
        "detectors": listed(main=detector()),
        "repositories": read((repository(),)),
        "registry_scanning": read(
            aws.RegistryScanning(
                scan_type="ENHANCED",
                rules=(
                    aws.ScanningRule(
                        scan_frequency="CONTINUOUS_SCAN", repository_filters=(aws.RepositoryFilter(filter="*"),)
                    ),
                ),
            )
        ),
        "repository_policies": {REPOSITORY: read(aws.PolicyText())},
        "lifecycle_policies": {REPOSITORY: read(aws.PolicyText(document={"rules": [{"rulePriority": 1}]}))},
    }


# --- access and identity


def attached(*names: str) -> tuple[aws.AttachedPolicy, ...]:
    return tuple(aws.AttachedPolicy(policy_arn=f"arn:aws:iam::aws:policy/{name}", policy_name=name) for name in names)


def cluster_admin(scope: str = "cluster") -> tuple[eks.AccessPolicy, ...]:
    return (eks.AccessPolicy(policy_arn=CLUSTER_ADMIN, access_scope=eks.AccessScope(type=scope)),)


def system_role(account: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{account}"


# Service accounts of the system's controllers that call AWS.
CONTROLLERS = ("cluster-autoscaler", "fluent-bit", "cloudwatch-agent")


def system_identities() -> Iterator[tuple[str, eks.PodIdentity]]:
    for account in CONTROLLERS:
        identifier = f"a-{account}"
        yield (
            identifier,
            eks.PodIdentity(
                association_id=identifier,
                namespace="kube-system",
                service_account=account,
                role_arn=system_role(account),
            ),
        )


def access_sections() -> dict[str, Any]:
    association = eks.PodIdentity(
        association_id="a-1", namespace="payments", service_account="orders", role_arn=POD_ROLE
    )
    return {
        "access_entries": read(ADMIN_ROLES),
        "administrators": listing({arn: cluster_admin() for arn in ADMIN_ROLES}),
        "pod_identities": listing({"a-1": association, **dict(system_identities())}),
        "identity_providers": read(()),
        "capabilities": read(()),
    }


def trust(principal: Any, condition: Any = None, action: Any = "sts:AssumeRole") -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return {"Statement": [statement | ({"Condition": condition} if condition else {})]}


def web_identity(condition: Any) -> dict[str, Any]:
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
    return trust({"Federated": provider}, condition, "sts:AssumeRoleWithWebIdentity")


def pinned() -> dict[str, Any]:
    wanted = {f"{ISSUER}:sub": "system:serviceaccount:shop:orders", f"{ISSUER}:aud": "sts.amazonaws.com"}
    return {"StringEquals": wanted}


def role(arn: str, document: dict[str, Any], *policies: str, **members: Any) -> aws.Role:
    described: dict[str, Any] = {
        "arn": arn,
        "role_name": arn.rsplit("/", 1)[-1],
        "attached_managed_policies": attached(*policies),
        "assume_role_policy_document": document,
    }
    return aws.Role(**(described | members))


def cluster_role(**members: Any) -> aws.Role:
    document = trust({"Service": "eks.amazonaws.com"}, action=["sts:AssumeRole", "sts:TagSession"])
    return role(CLUSTER_ROLE, document, "AmazonEKSClusterPolicy", **members)


def fargate_role(**members: Any) -> aws.Role:
    source = f"arn:aws:eks:{REGION}:{ACCOUNT}:fargateprofile/{NAME}/*"
    document = trust({"Service": "eks-fargate-pods.amazonaws.com"}, {"ArnLike": {"aws:SourceArn": source}})
    return role(FARGATE_ROLE, document, "AmazonEKSFargatePodExecutionRolePolicy", **members)


def pod_role(document: dict[str, Any] | None = None) -> aws.Role:
    return role(POD_ROLE, document or web_identity(pinned()))


def roles() -> tuple[aws.Role, ...]:
    people = trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    pods = trust({"Service": "pods.eks.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": ACCOUNT}})
    return (
        cluster_role(),
        fargate_role(),
        pod_role(),
        *(role(system_role(account), pods) for account in CONTROLLERS),
        *(role(arn, people) for arn in ADMIN_ROLES),
    )


def root(**members: Any) -> aws.Credential:
    return aws.Credential(user="<root_account>", **({"mfa_active": True} | members))


def user(name: str, *keys: aws.AccessKey) -> aws.Credential:
    return aws.Credential(user=name, keys=keys)


def access_key(days: float, **members: Any) -> aws.AccessKey:
    described: dict[str, Any] = {"active": True, "last_rotated": NOW - timedelta(days=days)}
    return aws.AccessKey(**(described | members))


def account_sections() -> dict[str, Any]:
    return {
        "summary": read(
            aws.AccountSummary(
                roles=20,
                roles_quota=1000,
                account_mfa_enabled=1,
                account_access_keys_present=0,
                account_password_present=1,
            )
        ),
        "oidc_providers": read((f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}",)),
        "credential_report": read(
            aws.CredentialReport(generated_at=NOW - timedelta(hours=2), rows=(root(), user("ci", access_key(10))))
        ),
        "saml_providers": read(()),
        "organization": read("o-example"),
    }
