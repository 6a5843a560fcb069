"""Discovery: which groups, versions and kinds an API server has, in its aggregated form or the older one."""

from collections.abc import Iterable

import msgspec

from plumbline.adapters.kubernetes.connection import JSON, Connection
from plumbline.adapters.kubernetes.decoding import decoded
from plumbline.adapters.kubernetes.kinds import CORE, Kind
from plumbline.adapters.kubernetes.refusals import Refusal, unreadable
from plumbline.domain.verdict import Reason

AGGREGATED = f"{JSON};g=apidiscovery.k8s.io;v={{version}};as=APIGroupDiscoveryList"
# The newest form first; a server that knows none of the aggregated ones answers in the old one.
ACCEPT = ",".join((AGGREGATED.format(version="v2"), AGGREGATED.format(version="v2beta1"), JSON))
_STALE = "Stale"


class _Names(msgspec.Struct, frozen=True):
    name: str = ""


class _Resource(msgspec.Struct, frozen=True):
    resource: str = ""


class _Version(msgspec.Struct, frozen=True, kw_only=True):
    version: str
    resources: list[_Resource] = []
    freshness: str = ""


class _Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group, in the aggregated form under `metadata.name`, in the old one under `name`."""

    metadata: _Names = _Names()
    name: str = ""
    versions: list[_Version] = []


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`items` in the aggregated form, `groups` of /apis and `versions` of /api in the old one."""

    kind: str = ""
    items: list[_Group] = []
    groups: list[_Group] = []
    versions: list[str] = []


class _Resources(msgspec.Struct, frozen=True):
    """The kinds of one version, in the old form."""

    resources: list[_Names] = []


class Discovered:
    """What an API server has.

    Attributes:
        groups: versions by group; the core group is empty.

    """

    def __init__(self, connection: Connection, core: _Answer, others: _Answer) -> None:
        self._connection = connection
        self._found = {**_versions(core, is_core=True), **_versions(others, is_core=False)}
        self._aggregated = {"/api": _is_aggregated(core), "/apis": _is_aggregated(others)}
        self.groups = {name: tuple(one.version for one in versions) for name, versions in self._found.items()}

    def version_of(self, kind: Kind) -> str:
        """Return the version in which to list a kind; empty when the cluster has no such kind.

        Raises:
            Refusal: it is there in versions only that are not understood, or the server could not tell.

        """
        if not kind.optional:
            return kind.versions[0]
        known = [one for one in self._found.get(kind.group, []) if self._has(kind, one)]
        served = {one.version for one in known}
        for version in kind.versions:
            if version in served:
                return version
        if served:
            told = f"{kind.label} is served as {', '.join(sorted(served))} only, which is not understood"
            raise Refusal(Reason.NOT_COLLECTED, told)
        if any(one.freshness == _STALE for one in self._found.get(kind.group, [])):
            raise Refusal(Reason.ENDPOINT_UNREACHABLE, f"the group {kind.group} does not answer: discovery is stale")
        return ""

    def serves(self, kind: Kind, version: str) -> bool:
        """Whether discovery has found a kind in a version.

        Raises:
            Refusal: the server could not tell.

        """
        return any(one.version == version and self._has(kind, one) for one in self._found.get(kind.group, []))

    def _has(self, kind: Kind, version: _Version) -> bool:
        root = "/apis" if kind.group else "/api"
        if self._aggregated[root]:
            return any(one.resource == kind.plural for one in version.resources)
        path = f"{root}/{kind.group}/{version.version}" if kind.group else f"{root}/{version.version}"
        try:
            listed = decoded(self._connection.get(path), _Resources, path)
        except Refusal as refusal:
            if refusal.absent:
                return False
            raise
        return any(one.name == kind.plural for one in listed.resources)


def discover(connection: Connection) -> Discovered:
    """Ask an API server what it has: two requests, where it knows the aggregated form.

    Raises:
        Refusal: it does not say.

    """
    core, others = (_asked(connection, path) for path in ("/api", "/apis"))
    return Discovered(connection, core, others)


def _asked(connection: Connection, path: str) -> _Answer:
    answer = decoded(connection.get(path, ACCEPT), _Answer, path)
    expected: Iterable[str] = ("APIGroupDiscoveryList", "APIVersions" if path == "/api" else "APIGroupList")
    if answer.kind not in expected:
        raise unreadable(path, f"the answer is of kind {answer.kind!r}, not discovery")
    return answer


def _is_aggregated(answer: _Answer) -> bool:
    return answer.kind == "APIGroupDiscoveryList"


def _versions(answer: _Answer, *, is_core: bool) -> dict[str, list[_Version]]:
    if answer.versions:
        return {CORE: [_Version(version=version) for version in answer.versions]}
    groups = answer.items or answer.groups
    return {CORE if is_core else one.metadata.name or one.name: list(one.versions) for one in groups}
