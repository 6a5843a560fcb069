"""The reverse index: which subjects depend on a resource that another service owns (event table E.3).

An assessment knows what a cluster is made of; an event knows only the resource it changed. What assessments found is
kept by place (account, region, kind), so that an event finds the subjects it concerns in one look.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from plumbline.domain.chain import fingerprint

# Of a set beyond this the rest waits for the sweep: an item holds 400 KB (DynamoDB, service quotas).
LARGEST_SET = 12_000
# A commit writes the sets that changed at once, beside what else it writes; more of them follow with the next ones.
MOST_SETS = 40
_DIGEST_LENGTH = 8


class Kind(StrEnum):
    """The kinds of resources that are indexed; where controls judge them, under the same name."""

    SECURITY_GROUP = "security-group"
    SUBNET = "subnet"
    VPC = "vpc"
    ROUTE_TABLE = "route-table"
    NETWORK_ACL = "network-acl"
    NAT_GATEWAY = "nat-gateway"
    VPC_ENDPOINT = "vpc-endpoint"
    FLOW_LOG = "flow-log"
    LAUNCH_TEMPLATE = "launch-template"
    AUTO_SCALING_GROUP = "auto-scaling-group"
    INSTANCE = "instance"
    ROLE = "iam-role"
    POLICY = "iam-policy"
    USER = "iam-user"
    AUTOSCALER = "autoscaler-role"
    ISSUER = "oidc-issuer"
    KEY = "kms-key"
    LOG_GROUP = "log-group"
    TRAIL = "trail"
    # Judged once for a region, whichever clusters it has: events name them, nothing is looked up.
    REPOSITORY = "repository"
    DETECTOR = "detector"


_GLOBAL = frozenset({Kind.ROLE, Kind.POLICY, Kind.USER, Kind.AUTOSCALER, Kind.ISSUER})
# Kinds whose name says what they are: another id in the same member of a request is none of them.
_PREFIXES = {
    Kind.SECURITY_GROUP: ("sg-",),
    Kind.SUBNET: ("subnet-",),
    Kind.VPC: ("vpc-",),
    Kind.ROUTE_TABLE: ("rtb-", "rtbassoc-"),
    Kind.NETWORK_ACL: ("acl-", "aclassoc-"),
    Kind.NAT_GATEWAY: ("nat-",),
    Kind.VPC_ENDPOINT: ("vpce-",),
    Kind.FLOW_LOG: ("fl-",),
    Kind.INSTANCE: ("i-",),
}


class Place(msgspec.Struct, frozen=True, order=True):
    """Where a resource is: services without regions have none."""

    account: str
    region: str
    kind: Kind

    @property
    def key(self) -> str:
        """The place as one text."""
        return f"{self.account}#{self.region}#{self.kind}"

    @classmethod
    def from_key(cls, key: str) -> "Place":
        """Build a place from its key."""
        account, region, kind = key.split("#")
        return cls(account, region, Kind(kind))


class Dependency(msgspec.Struct, frozen=True, order=True):
    """One resource that subjects depend on."""

    place: Place
    id: str


class Dependencies(msgspec.Struct, frozen=True):
    """What one subject depends on.

    Attributes:
        found: ids by place.
        unread: kinds of which evidence is missing for now: what was recorded of them stands, and what is found counts
            only where nothing was recorded yet.

    """

    found: dict[Place, frozenset[str]] = {}
    unread: frozenset[Kind] = frozenset()


class Reindexing(msgspec.Struct, frozen=True):
    """What to write: the sets that changed, empty ones included, and the digests the head then carries."""

    digests: dict[str, str]
    sets: dict[Place, frozenset[str]]


def dependency(kind: Kind, named: str, account: str, region: str) -> Dependency | None:
    """Return the resource that an ARN, a name or an id stands for, or None when it is none of this kind.

    Args:
        kind: what it is.
        named: as an answer, a document or an event names it.
        account, region: where it is, unless it says so itself.

    """
    parts = named.split(":", 5)
    rest = named
    if len(parts) == 6 and parts[0] == "arn":
        account, region, rest = parts[4] or account, parts[3] or region, parts[5]
    name = _name(kind, named, rest)
    if not name or not name.startswith(_PREFIXES.get(kind, "")):
        return None
    return Dependency(Place(account, "" if kind in _GLOBAL else region, kind), name)


def _name(kind: Kind, named: str, rest: str) -> str:
    if kind is Kind.POLICY:
        return named
    if kind is Kind.ISSUER:
        return rest.removeprefix("oidc-provider/").removeprefix("https://")
    if kind is Kind.LOG_GROUP:
        return rest.removeprefix("log-group:").removesuffix(":*")
    if kind in (Kind.ROLE, Kind.AUTOSCALER, Kind.USER, Kind.KEY, Kind.TRAIL) and rest is not named:
        return rest.rsplit("/", 1)[-1]
    return rest


def collected(found: Iterable[Dependency | None], unread: Iterable[Kind]) -> Dependencies:
    """Return dependencies by place; what is None is left out."""
    sets: dict[Place, set[str]] = defaultdict(set)
    for one in found:
        if one is not None:
            sets[one.place].add(one.id)
    return Dependencies({place: frozenset(ids) for place, ids in sorted(sets.items())}, frozenset(unread))


def reindexed(digests: Mapping[str, str], wanted: Dependencies) -> Reindexing | None:
    """Compare with what is recorded of a subject.

    Args:
        digests: by place, as the subject's head carries them.
        wanted: what the subject depends on now.

    Returns:
        What to write; None when nothing changed.

    """
    sets = {
        place: frozenset(sorted(ids)[:LARGEST_SET])
        for place, ids in wanted.found.items()
        if place.kind not in wanted.unread or place.key not in digests
    }
    gone = (Place.from_key(key) for key in digests)
    sets |= {place: frozenset() for place in gone if place not in sets and place.kind not in wanted.unread}
    changed = [place for place in sorted(sets) if digests.get(place.key, "") != _digest(sets[place])][:MOST_SETS]
    if not changed:
        return None
    after = dict(digests) | {place.key: _digest(sets[place]) for place in changed}
    return Reindexing({key: after[key] for key in sorted(after) if after[key]}, {one: sets[one] for one in changed})


def _digest(ids: frozenset[str]) -> str:
    return fingerprint(sorted(ids))[:_DIGEST_LENGTH]
