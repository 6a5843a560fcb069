"""Tools found in a cluster by their signatures (controls.md F and G): images, API groups, add-ons, CSI drivers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.image_names import tag_of, within_registry
from plumbline.domain.signatures import Signature, contains, tool_table


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool that was found.

    Attributes:
        category: such as `log-agent`; a tool may be found under several.
        name: of the tool.
        kind, path: of the workload whose image matched; empty when an API group, an add-on or a driver did.
        version: the image's tag, or empty.
        ready, desired: pods of that workload.
        service_account: of that workload.

    """

    category: str
    name: str
    kind: str = ""
    path: str = ""
    version: str = ""
    ready: int = 0
    desired: int = 0
    service_account: str = ""

    @property
    def namespace(self) -> str:
        """The namespace of the workload, or empty."""
        return self.path.partition("/")[0]

    def runs(self, ratio: float) -> bool:
        """Whether at least this part of its pods is ready, and one at the least."""
        return self.ready > 0 and self.ready >= ratio * self.desired


class Tools:
    """Every tool found in a cluster, by category.

    Args:
        found: the tools.
        missing: why one could not look for some: by kind of workload (`Deployment`, `StatefulSet`, `DaemonSet`), or
            by the other kinds of signature (`groups`, `addons`, `capabilities`, `csi_drivers`).

    """

    def __init__(self, found: Iterable[Tool], missing: Mapping[str, NotCollected] | None = None) -> None:
        self.missing = dict(missing or {})
        self._by_category: dict[str, list[Tool]] = defaultdict(list)
        self._by_name: dict[str, list[Tool]] = defaultdict(list)
        for tool in sorted(found, key=lambda tool: (tool.category, tool.name, tool.kind, tool.path)):
            self._by_category[tool.category].append(tool)
            self._by_name[tool.name].append(tool)

    def of(self, category: str, kind: str = "") -> tuple[Tool, ...]:
        """Return the tools of a category, in order of name and path; of one kind of workload when that is named.

        Raises:
            EvidenceMissing: a list that could show more of them was not read.

        """
        self._need((one for one in tool_table().signatures if one.category == category), kind)
        return self.seen(category, kind)

    def named(self, name: str) -> tuple[Tool, ...]:
        """Return where one tool was found, under whatever category.

        Raises:
            EvidenceMissing: a list that could show it was not read.

        """
        self._need((one for one in tool_table().signatures if one.tool == name), "")
        return self.seen_named(name)

    def seen(self, category: str, kind: str = "") -> tuple[Tool, ...]:
        """Return the tools of a category that the lists that were read show: for rules that need presence alone."""
        return tuple(tool for tool in self._by_category.get(category, ()) if not kind or tool.kind == kind)

    def seen_named(self, name: str) -> tuple[Tool, ...]:
        """Return where the lists that were read show one tool."""
        return tuple(self._by_name.get(name, ()))

    @property
    def everything(self) -> tuple[Tool, ...]:
        """Every tool that was seen, by category."""
        return tuple(tool for found in self._by_category.values() for tool in found)

    def _need(self, signatures: Iterable[Signature], kind: str) -> None:
        if not self.missing:
            return
        for signature in signatures:
            for place in (kind,) if kind else signature.places:
                if place in self.missing and place in signature.places:
                    raise EvidenceMissing(self.missing[place])


class RunningTools(Tools):
    """The tools whose workloads run in a cluster: found by image, or by service account where table F names one.

    Args:
        found, missing: as above.
        workloads: among which other tools can be looked for.

    """

    def __init__(
        self, found: Iterable[Tool], missing: Mapping[str, NotCollected], workloads: Iterable[Workload]
    ) -> None:
        super().__init__(found, missing)
        self._workloads = tuple(workloads)

    def with_image(self, parts: Iterable[str]) -> tuple[Tool, ...]:
        """Return the workloads of which an image repository has one of these parts, as tools of that name."""
        named = tuple(parts)
        return tuple(
            tool_of(workload, "", part, tag_of(container.image))
            for part in named
            for workload in self._workloads
            for container in workload.template.containers
            if contains(within_registry(container.image), (part,))
        )

    def complete(self) -> None:
        """Make sure that every workload was looked at.

        Raises:
            EvidenceMissing: a list of them was not read.

        """
        for missing in self.missing.values():
            raise EvidenceMissing(missing)


def tool_of(workload: Workload, category: str, name: str, version: str) -> Tool:
    """Return a workload as the tool that it was found to be."""
    return Tool(
        category=category,
        name=name,
        kind=workload.kind,
        path=workload.path,
        version=version,
        ready=workload.ready,
        desired=workload.desired,
        service_account=workload.template.service_account,
    )
