"""Rules: what one event means, as data. `table.py` holds those of EKS itself, `related.py` those of other services."""

from enum import StrEnum

import msgspec

from plumbline.domain.index import Kind
from plumbline.domain.scopes import Scope


class EventRule(msgspec.Struct, frozen=True, kw_only=True):
    """What one call of EKS means.

    Attributes:
        areas: control areas that the call can touch; empty means all.
        scopes: what to look at again.
        resource_kind, resource_member: the kind of resource named by the call and the request member naming it,
            by its name or the ARN of a part of the cluster.
        one_group: whether only the node group named has to be looked at.
        waits: whether what the call starts takes time, so that the look has to wait for its end.
        delay_seconds: how long the effect takes where nothing tells its end.
        closes: the call deletes the cluster.

    """

    areas: tuple[str, ...] = ()
    scopes: tuple[Scope, ...]
    resource_kind: str = ""
    resource_member: str = ""
    one_group: bool = False
    waits: bool = True
    delay_seconds: int = 0
    closes: bool = False


class Reach(StrEnum):
    """Which subjects an event of another service concerns."""

    DEPENDENTS = "what depends on the resource"
    CLUSTERS = "all clusters of the region"
    REGION = "the region"
    REGIONS = "every region of the account"
    ACCOUNT = "the account"


class Named(msgspec.Struct, frozen=True):
    """Where an event names a resource.

    `member` is a path in the request or, failing that, the response: `tags.resourceId` is the member of each tag. An
    empty one stands for the ARNs of the record's own `resources`.
    """

    member: str
    kind: Kind


class RelatedRule(msgspec.Struct, frozen=True, kw_only=True):
    """What one event of another service means.

    Attributes:
        areas: control areas that it can touch; empty means all.
        scopes: what to look at again.
        sections: the evidence that the call itself changes; only controls that read some of it are affected.
        names: where resources are named.
        reach: which subjects it concerns.
        accounts: the member that names accounts other than the event's own.
        mentions: text in the request by which the event concerns the account, too.
        tagged: whether tags in the request may name a cluster.
        notice: what operators must know besides, for people.

    """

    areas: tuple[str, ...] = ()
    scopes: tuple[Scope, ...]
    sections: tuple[str, ...]
    names: tuple[Named, ...] = ()
    reach: tuple[Reach, ...] = (Reach.DEPENDENTS,)
    accounts: str = ""
    mentions: str = ""
    tagged: bool = False
    notice: str = ""
