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


def subject_in(account: str, region: str, cluster: str = "", partition: str = "") -> Subject:
    """Build the subject of a cluster, a region, an account or the fleet.

    Args:
        account, region, cluster: as in Subject.
        partition: where it is; none stands for the region's. A subject without a region has to name it.

    """
    return Subject(account, region, cluster, partition or partition_of(region))
