"""Where a cluster of the fleet stands."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from local.fleet.cluster_manifest import Cluster
from local.fleet.names import role_arn, subnet_id, vpc_id
from local.simulators.world import Catalogue, Place, identifier


@dataclass(frozen=True)
class ClusterSite:
    """A cluster's manifest and where it stands."""

    manifest: Cluster
    place: Place
    catalogue: Catalogue
    now: dt.datetime

    def days_ago(self, days: int) -> dt.datetime:
        """The time so many days ago."""
        return self.now - dt.timedelta(days=days)

    def arn(self, kind: str, *names: str) -> str:
        """The ARN of a part of the cluster."""
        unique = identifier("id", self.place.account, self.manifest.name, kind, *names).removeprefix("id-")
        return self.place.arn("eks", f"{kind}/{self.manifest.name}/{'/'.join(names)}/{unique}")

    def role(self, name: str) -> str:
        """The ARN of a role of the cluster's account."""
        return role_arn(self.place.account, name)

    @property
    def vpc(self) -> str:
        """The id of the cluster's VPC."""
        return vpc_id(self.place, self.manifest.vpc)

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones that the cluster itself stands in: those of its VPC unless it says which."""
        rows = [row for row in self.place.subnets if row["VpcId"] == self.vpc and not row["MapPublicIpOnLaunch"]]
        every = tuple(row["AvailabilityZone"].removeprefix(self.place.region) for row in rows)
        return self.manifest.zones or every

    def subnets(self, zones: tuple[str, ...], *, is_public: bool = False) -> list[str]:
        """The subnets of the cluster's VPC in these zones."""
        return [subnet_id(self.place, self.manifest.vpc, zone, is_public=is_public) for zone in zones]
