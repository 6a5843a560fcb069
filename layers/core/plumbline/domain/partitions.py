"""Partitions: the parts of AWS that know nothing of each other, told apart by their regions' names."""

from plumbline.domain.subject import Subject

_BY_PREFIX = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("eusc-", "aws-eusc"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
)


def partition_of(region: str) -> str:
    """Return the partition that a region belongs to."""
    return next((partition for prefix, partition in _BY_PREFIX if region.startswith(prefix)), "aws")


def subject_in(account: str, region: str, cluster: str = "") -> Subject:
    """Build the subject of a cluster, or of the region itself, in the region's partition."""
    return Subject(account=account, region=region, cluster=cluster, partition=partition_of(region))
