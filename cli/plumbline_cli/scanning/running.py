"""Running a scan: from the options to the exit code. Every error ends in one clear sentence, never in a traceback."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec
from botocore.exceptions import BotoCoreError

from plumbline.adapters.aws.access import Access, ReaderRole
from plumbline.adapters.aws.evidence_source import AwsEvidenceSource
from plumbline.adapters.aws.parallel import collect_clusters
from plumbline.adapters.aws.sessions import Sessions
from plumbline.configuration import DEFAULTS, Settings, load
from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.control import Control
from plumbline.domain.errors import ConfigurationError, CredentialsError
from plumbline.domain.verdict import Severity
from plumbline_cli.output.choices import Format
from plumbline_cli.output.destination import OutputError, opened
from plumbline_cli.output.formats import Scanned, writer_for
from plumbline_cli.scanning.identity import Identity, IdentityError, check_access, role_of
from plumbline_cli.scanning.progress import TerminalProgress
from plumbline_cli.scanning.reading import Plan, Reader
from plumbline_cli.scanning.selection import NothingSelectedError, select_controls
from plumbline_cli.scanning.summary import summarize
from plumbline_cli.scanning.tally import INTERRUPTED, USAGE, Tally
from plumbline_cli.terminal import notes, plain

_WRONG_USE = (ConfigurationError, IdentityError, NothingSelectedError, OutputError)


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


def run(options: Options) -> int:
    """Scan and return the exit code; what the scan says goes to standard error, its answer to the destination."""
    try:
        check_access(options.role_arn, options.external_id, options.endpoint_url)
        settings = settings_of(options.config)
        controls = select_controls(load_catalogue(), options.controls)
        identity = Identity(options.profile)
        try:
            return _scan(options, settings, controls, identity)
        except CredentialsError as error:
            return _refuse(identity.renewal(str(error)))
    except (*_WRONG_USE, BotoCoreError) as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        notes().print("\nStopped. A scan only reads: nothing was changed in AWS.")
        return INTERRUPTED


def current_time() -> datetime:
    """Return the time of a scan that begins now."""
    return datetime.now(UTC)


def settings_of(path: Path | None) -> Settings:
    """Return the settings of a configuration file, the defaults without one.

    Raises:
        ConfigurationError: the file cannot be read or is wrong.

    """
    if path is None:
        return DEFAULTS
    try:
        return load(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8 text: {error.reason}") from error


def _refuse(reason: str) -> int:
    lines = "\n".join(plain(line) for line in reason.splitlines())
    notes().print(f"Error: {lines}")
    return USAGE


def _scan(options: Options, settings: Settings, controls: tuple[Control, ...], identity: Identity) -> int:
    started, now = time.monotonic(), current_time()
    regions = identity.regions(options.regions or settings.scope.regions)
    sessions = Sessions(_access(options, regions[0]))
    account = role_of(options.role_arn).account if options.role_arn else sessions.own_account()
    refusal = sessions.refusal(account, now)
    if refusal:
        raise IdentityError(f"the role {options.role_arn} cannot be assumed: {refusal.detail}")
    plan = Plan(
        account=account,
        regions=regions,
        controls=controls,
        parameters=settings.parameter_set(controls),
        clusters=settings.scope.clusters,
        only=options.clusters,
        now=now,
    )
    tally = _read(options, plan, AwsEvidenceSource(sessions))
    summarize(notes(), tally, account, regions, time.monotonic() - started)
    return tally.exit_code


def _read(options: Options, plan: Plan, source: AwsEvidenceSource) -> Tally:
    # The pace is a process's own: several would be as many times as fast.
    collect = partial(collect_clusters, source, workers=1 if options.pace else options.workers)
    tally = Tally(options.fail_on)
    scanned = Scanned(
        account=plan.account,
        regions=plan.regions,
        now=plan.now,
        controls={control.id: control for control in plan.controls},
    )
    try:
        with opened(options.output) as stream:
            writer = writer_for(options.format, stream, scanned)
            with TerminalProgress(notes()) as progress:
                for assessed in Reader(source, collect, plan, progress).assessed():
                    tally.add(assessed)
                    writer.add(assessed)
            tally.gone = progress.gone_clusters
            writer.close(tally)
    finally:
        source.close()
    return tally


def _access(options: Options, region: str) -> Access:
    role = None
    if options.role_arn:
        role = ReaderRole(name=role_of(options.role_arn).name, external_id=options.external_id)
    return Access(
        region=region,
        role=role,
        profile=options.profile,
        endpoint_url=options.endpoint_url,
        # A person waits for it: more calls at once than a function makes, up to where one core is busy signing them.
        width=32,
        paced=options.pace,
    )
