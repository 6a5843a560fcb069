"""What a person asks a scan for, and what that comes to once it was checked."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from plumbline.configuration import Settings
from plumbline.domain.control import Control
from plumbline.domain.verdict import Severity
from plumbline_cli.output.choices import Format
from plumbline_cli.scanning.leads import Lead


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked for on the command line."""

    profile: str = ""
    regions: tuple[str, ...] = ()
    role_arn: str = ""
    external_id: str = ""
    endpoint_url: str = ""
    clusters: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    format: Format = Format.TABLE
    output: Path | None = None
    fail_on: Severity | None = None
    config: Path | None = None
    workers: int | None = None
    pace: bool = False
    kubernetes: bool = False
    kubeconfig: Path | None = None
    context: str = ""

    @property
    def inside(self) -> bool:
        """Whether Kubernetes APIs are read."""
        return self.kubernetes or self.kubeconfig is not None

    @property
    def names_aws(self) -> bool:
        """Whether anything says how to reach AWS."""
        return bool(self.profile or self.regions or self.role_arn or self.external_id or self.endpoint_url)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A scan to make.

    Attributes:
        controls: those to judge, of those that match.
        lead: where the kubeconfig leads, if there is one.
        now: the time of the scan, with a time zone.

    """

    options: Options
    settings: Settings
    controls: tuple[Control, ...]
    lead: Lead | None
    now: datetime
