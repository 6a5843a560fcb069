"""Zones: which Availability Zones subnets are in. Local Zones, Wavelength Zones and Outposts do not count."""

import re
from collections.abc import Iterable, Mapping

from plumbline.domain.evidence.ec2 import Subnet

# `eu-west-1a`; a Local Zone has a place in between, `us-west-2-lax-1a`.
_AVAILABILITY_ZONE = re.compile(r"[a-z]+(-[a-z]+)+-\d+[a-z]", re.ASCII)


class Subnets:
    """The subnets of a region's VPCs, by id."""

    def __init__(self, subnets: Iterable[Subnet]) -> None:
        self._by_id: Mapping[str, Subnet] = {subnet.subnet_id: subnet for subnet in subnets}

    def of(self, subnet_id: str) -> Subnet | None:
        """Return the subnet, or None when the listing lacks it."""
        return self._by_id.get(subnet_id)

    def in_vpc(self, vpc_id: str) -> tuple[Subnet, ...]:
        """Return the subnets of a VPC."""
        return tuple(subnet for subnet in self._by_id.values() if subnet.vpc_id == vpc_id)

    def unlisted(self, subnet_ids: Iterable[str]) -> list[str]:
        """Return those of the subnets that the listing lacks, sorted."""
        return sorted(name for name in set(subnet_ids) if name not in self._by_id)

    def zones(self, subnet_ids: Iterable[str]) -> list[str]:
        """Return the Availability Zones that the listed ones of these subnets are in, sorted."""
        found = (self._by_id[name] for name in set(subnet_ids) if name in self._by_id)
        return sorted({subnet.availability_zone for subnet in found if in_availability_zone(subnet)})


def in_availability_zone(subnet: Subnet) -> bool:
    """Whether the subnet is in a zone of the region itself."""
    return not subnet.outpost_arn and is_availability_zone(subnet.availability_zone)


def is_availability_zone(name: str) -> bool:
    """Whether a zone is one of the region itself by its name."""
    return _AVAILABILITY_ZONE.fullmatch(name) is not None
