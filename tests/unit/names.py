"""The names and moments that the compliant cluster and its surroundings share."""

from datetime import UTC, datetime, timedelta
from typing import TypeVar

from plumbline.domain.evidence.section import Collected, Listed

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
CLUSTER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/cluster"
FARGATE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/fargate"
POD_ROLE = f"arn:aws:iam::{ACCOUNT}:role/orders"
ADMIN_ROLES = (f"arn:aws:iam::{ACCOUNT}:role/admin", f"arn:aws:iam::{ACCOUNT}:role/deploy")
ISSUER = f"oidc.eks.{REGION}.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"
IMAGE, NAT = "ami-1", "nat-1"
CONTROL_PLANE_GROUP, NODE_GROUP, DEFAULT_GROUP = "sg-cluster", "sg-nodes", "sg-default"
REPOSITORY = "orders"
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
