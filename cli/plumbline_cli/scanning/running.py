"""Running a scan: from the options to the exit code. Every error ends in one clear sentence, never in a traceback."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from plumbline.configuration import DEFAULTS, Settings, load
from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.errors import ConfigurationError
from plumbline_cli.output.destination import OutputError
from plumbline_cli.scanning.alone import Alone, judged_alone
from plumbline_cli.scanning.asking import Asked, Options
from plumbline_cli.scanning.insides import NoClientError
from plumbline_cli.scanning.leads import Lead, LeadError, lead_of
from plumbline_cli.scanning.reading import Plan
from plumbline_cli.scanning.reporting import refuse, report
from plumbline_cli.scanning.selection import NothingSelectedError, judged_controls
from plumbline_cli.scanning.tally import INTERRUPTED
from plumbline_cli.terminal import notes


def run(options: Options) -> int:
    """Scan and return the exit code; what the scan says goes to standard error, its answer to the destination."""
    try:
        asked = Asked(
            options=options,
            settings=settings_of(options.config),
            controls=judged_controls(load_catalogue(), options.controls, inside=options.inside),
            lead=lead_of(options.kubeconfig, options.context, options.clusters) if options.kubeconfig else None,
            now=current_time(),
        )
        if asked.lead is not None and not options.names_aws:
            return _scan_alone(asked, asked.lead)
        # The SDK of AWS takes longer to load than a small cluster to judge.
        from plumbline_cli.scanning.account import scan_account

        return scan_account(asked)
    except (ConfigurationError, LeadError, NoClientError, NothingSelectedError, OutputError) as error:
        return refuse(str(error))
    except KeyboardInterrupt:
        notes().print("\nStopped. A scan only reads: nothing was changed.")
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


def _scan_alone(asked: Asked, lead: Lead) -> int:
    judged, subject = judged_alone(asked.controls), lead.subject
    plan = Plan(
        account=subject.account,
        regions=(subject.region,) if subject.region else (),
        controls=judged,
        parameters=asked.settings.parameter_set(judged),
        now=asked.now,
    )
    return report(asked, plan, lambda told: Alone(lead.source, subject, plan, told).assessed())
