"""The world: every trait of the fleet, drawn by name. Nothing is stored but what has been asked for."""

import re
from collections.abc import Iterator

from benchmarks.fleet.catalogue import Catalogue
from benchmarks.fleet.draws import Draws
from benchmarks.fleet.options import Options
from benchmarks.fleet.traits import (
    LOG_TYPES,
    Access,
    Addon,
    Cluster,
    Key,
    NodeGroup,
    NodeRole,
    Place,
    Settings,
    Ssh,
    Template,
    Vpc,
)

FIRST_ACCOUNT = 111100000000
CLUSTERS_PER_VPC = 4
CLUSTERS_PER_KEY = 8

_HEX = re.compile(r"[0-9a-f]{8}")
_ENVIRONMENTS = ("prod", "staging", "dev")
_TEAMS = ("pay", "web", "data", "core")
_POOLS = ("general", "spot", "gpu", "infra")
_LOGS = (LOG_TYPES, LOG_TYPES, LOG_TYPES, ("api", "audit"), ("api", "audit"), ())
_RETENTIONS = (None, 0, 0, 0, 30, 30, 365, 365, 365, 365)
_ROLES = (NodeRole.MINIMAL,) * 6 + (NodeRole.WITH_CNI,) * 3 + (NodeRole.BROAD,)
_UPDATES = (None, None, 33, 50, 100)
_AUTHENTICATION = ("API", "API", "API_AND_CONFIG_MAP", "API_AND_CONFIG_MAP", "CONFIG_MAP")


class World:
    """The fleet of some options: the same options, the same world."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.draws = Draws(options.seed)
        self.catalogue = Catalogue(options.today)
        self.accounts = tuple(f"{FIRST_ACCOUNT + number:012d}" for number in range(options.accounts))
        self._clusters: dict[tuple[Place, int], Cluster] = {}
        self._groups: dict[tuple[Place, int, int], NodeGroup] = {}

    def places(self) -> Iterator[Place]:
        """Yield every region of every account."""
        for account in self.accounts:
            for region in self.options.regions:
                yield Place(account, region)

    def cluster_count(self, place: Place) -> int:
        """Return how many clusters there are in a place: none outside of the fleet."""
        known = place.account in self.accounts and place.region in self.options.regions
        return self.options.clusters if known else 0

    def vpc_count(self, place: Place) -> int:
        """Return how many VPCs the clusters of a place are in."""
        return -(-self.cluster_count(place) // CLUSTERS_PER_VPC)

    def cluster_name(self, index: int) -> str:
        """Return the name of the cluster of that number in any place."""
        return f"{_ENVIRONMENTS[index % 3]}-{_TEAMS[index // 3 % 4]}-{index:05d}"

    def cluster_number(self, place: Place, name: str) -> int | None:
        """Return the number of the cluster of a name, or None when there is none."""
        digits = name.rpartition("-")[2]
        number = int(digits) if digits.isdecimal() else -1
        return number if 0 <= number < self.cluster_count(place) and self.cluster_name(number) == name else None

    def cluster(self, place: Place, index: int) -> Cluster:
        """Return the traits of a cluster."""
        found = self._clusters.get((place, index))
        if found is None:
            found = self._clusters[place, index] = self._draw_cluster(place, index)
        return found

    def _draw_cluster(self, place: Place, index: int) -> Cluster:
        draws, name = self.draws, (*place, index)
        public = draws.happens(0.4, "public", *name)
        return Cluster(
            index=index,
            name=self.cluster_name(index),
            environment=_ENVIRONMENTS[index % 3],
            access=self._access(name),
            version=draws.weighted(self.catalogue.versions, "version", *name),
            status=self._cluster_status(name),
            has_issue=draws.happens(0.03, "issue", *name),
            public=public,
            open_to_the_world=public and draws.happens(0.5, "open", *name),
            log_types=draws.choice(_LOGS, "logs", *name),
            encrypted=draws.happens(0.6, "encrypted", *name),
            authentication=draws.choice(_AUTHENTICATION, "authentication", *name),
            support_type="STANDARD" if draws.happens(0.6, "support", *name) else "EXTENDED",
            protected=draws.happens(0.5, "protected", *name),
            has_owner=draws.happens(0.8, "owner", *name),
            log_retention=draws.choice(_RETENTIONS, "retention", *name),
            role=draws.choice(_ROLES, "role", *name),
        )

    def _access(self, name: tuple[object, ...]) -> Access:
        if self.draws.happens(self.options.ghost_rate, "ghost", *name):
            return Access.GHOST
        return Access.DENIED if self.draws.happens(self.options.denied_rate, "denied", *name) else Access.OPEN

    def _cluster_status(self, name: tuple[object, ...]) -> str:
        drawn = self.draws.share("status", *name)
        if drawn < 0.01:
            return "FAILED"
        return "UPDATING" if drawn < 0.02 else "ACTIVE"

    def group_name(self, group: int) -> str:
        """Return the name of the node group of that number in any cluster."""
        return f"{_POOLS[group % 4]}-{group:02d}"

    def group(self, place: Place, index: int, group: int) -> NodeGroup:
        """Return the traits of a node group."""
        found = self._groups.get((place, index, group))
        if found is None:
            found = self._groups[place, index, group] = self._draw_group(place, index, group)
        return found

    def _draw_group(self, place: Place, index: int, group: int) -> NodeGroup:
        draws, name = self.draws, (*place, index, group)
        image = draws.weighted(self.catalogue.images, "image", *name)
        version = self.cluster(place, index).version
        behind = draws.happens(0.2, "skew", *name)
        has_template = image.custom or draws.happens(0.6, "template", *name)
        room = draws.share("room", *name)
        size = self.options.instances
        return NodeGroup(
            index=group,
            name=self.group_name(group),
            image=image,
            release=0 if draws.happens(0.55, "current", *name) else draws.choice(self.catalogue.releases, "age", *name),
            version=self.catalogue.version_before(version) if behind and not image.custom else version,
            template=self._template(name) if has_template else None,
            status=self._group_status(name),
            instance_type=draws.weighted(self.catalogue.instance_types, "type", *name),
            spot=group % 4 == 1,
            imdsv2=draws.happens(0.7, "imds", *name),
            hops=1 if draws.happens(0.7, "hops", *name) else 2,
            encrypted=draws.happens(0.75, "volumes", *name),
            public_address=draws.happens(0.05, "address", *name),
            ssh=Ssh.NONE if has_template else self._ssh(name),
            repairs=draws.happens(0.6, "repair", *name),
            update_percent=draws.choice(_UPDATES, "update", *name),
            smallest=size if room < 0.1 else 0,
            desired=size,
            largest=size if room < 0.2 else size + 4,
        )

    def _template(self, name: tuple[object, ...]) -> Template:
        newest = 1 + self.draws.number("newest", *name) % 5
        default = 1 + self.draws.number("default", *name) % newest
        used = default if self.draws.happens(0.6, "tracks", *name) else 1 + self.draws.number("used", *name) % newest
        return Template(newest, default, used)

    def _group_status(self, name: tuple[object, ...]) -> str:
        drawn = self.draws.share("group status", *name)
        if drawn < 0.03:
            return "DEGRADED"
        return "UPDATING" if drawn < 0.05 else "ACTIVE"

    def _ssh(self, name: tuple[object, ...]) -> Ssh:
        if not self.draws.happens(0.2, "ssh", *name):
            return Ssh.NONE
        return Ssh.OPEN if self.draws.happens(0.5, "ssh open", *name) else Ssh.RESTRICTED

    def addon(self, place: Place, index: int, addon: int) -> Addon:
        """Return the traits of an add-on."""
        draws, name = self.draws, (*place, index, addon)
        drawn = draws.share("addon status", *name)
        return Addon(
            name=self.catalogue.addon_names[addon],
            release=0
            if draws.happens(0.4, "addon", *name)
            else draws.choice(self.catalogue.addon_releases, "addon age", *name),
            status="DEGRADED" if drawn < 0.03 else ("UPDATE_FAILED" if drawn < 0.04 else "ACTIVE"),
        )

    def insight_status(self, place: Place, index: int, insight: int) -> str:
        """Return the status of an insight."""
        drawn = self.draws.share("insight", *place, index, insight)
        if drawn < 0.7:
            return "PASSING"
        return "WARNING" if drawn < 0.85 else ("ERROR" if drawn < 0.97 else "UNKNOWN")

    def key(self, place: Place, index: int) -> Key:
        """Return the traits of the key of a cluster."""
        number = index // CLUSTERS_PER_KEY
        name = (*place, number)
        drawn = self.draws.share("key state", *name)
        state = "PendingDeletion" if drawn < 0.05 else ("Disabled" if drawn < 0.1 else "Enabled")
        # The id begins with the number, so that the key is found again.
        identifier = f"{number:08x}{self.draws.identifier('key', *name)[8:]}"
        arn = f"arn:aws:kms:{place.region}:{place.account}:key/{identifier}"
        return Key(arn, state, self.draws.happens(0.7, "rotates", *name))

    def key_of(self, place: Place, arn: str) -> Key | None:
        """Return the traits of the key of an ARN, or None when no cluster of the place has it."""
        number = arn.rpartition("/")[2][:8]
        index = int(number, 16) * CLUSTERS_PER_KEY if _HEX.fullmatch(number) else -1
        found = self.key(place, index) if 0 <= index < self.cluster_count(place) else None
        return found if found and found.arn == arn else None

    def vpc(self, place: Place, index: int) -> Vpc:
        """Return the traits of the VPC of that number."""
        return Vpc(
            index,
            logged=self.draws.happens(0.6, "flow log", *place, index),
            public=self.draws.happens(0.1, "public vpc", *place, index),
        )

    def vpc_of(self, place: Place, cluster: int) -> Vpc:
        """Return the traits of the VPC of a cluster."""
        return self.vpc(place, cluster // CLUSTERS_PER_VPC)

    def settings(self, place: Place) -> Settings:
        """Return what is set for the whole account and region."""
        return Settings(
            volumes_encrypted=self.draws.happens(0.5, "default encryption", *place),
            trail_encrypted=self.draws.happens(0.5, "trail", place.account),
        )
