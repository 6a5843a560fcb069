"""`plumbline scan`: the options. The work is imported when it begins, so that help is quick."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Annotated

import typer

from plumbline.domain.verdict import Severity
from plumbline_cli.output.choices import Format

EPILOG = """Examples:

  plumbline scan --profile audit --region eu-west-1 --region us-east-1

  plumbline scan --cluster 'payments-*' --control 'logging.*'

  plumbline scan --format html --output posture.html

  plumbline scan --format jsonl --fail-on high > verdicts.jsonl

  plumbline scan --kubernetes --control 'workload.*' --control 'rbac.*'

  plumbline scan --kubeconfig ~/.kube/config --context staging

Exit codes: 0 fine, 1 violations at or above --fail-on, 2 wrong usage or no credentials, 3 something could not be read.
"""


# New objects before the garbage collector looks at them: evidence stays until it was judged, and next to nothing of it
# refers back.
_SELDOM = 20_000
_ACCESS, _INSIDE, _FILTER, _REPORT = "Access to AWS", "Access to Kubernetes", "What to judge", "Report"


def scan(
    profile: Annotated[
        str, typer.Option(help="Profile of your AWS configuration.", rich_help_panel=_ACCESS, metavar="NAME")
    ] = "",
    region: Annotated[
        list[str] | None,
        typer.Option(
            help="Region to scan; repeatable. Default: the configuration's regions, else the profile's.",
            rich_help_panel=_ACCESS,
            metavar="NAME",
        ),
    ] = None,
    role_arn: Annotated[
        str,
        typer.Option(help="Role to assume: scans the account the role is in.", rich_help_panel=_ACCESS, metavar="ARN"),
    ] = "",
    external_id: Annotated[
        str, typer.Option(help="External id that the role asks for.", rich_help_panel=_ACCESS, metavar="ID")
    ] = "",
    endpoint_url: Annotated[
        str,
        typer.Option(
            help="One endpoint for every AWS service, such as an emulator's.", rich_help_panel=_ACCESS, metavar="URL"
        ),
    ] = "",
    cluster: Annotated[
        list[str] | None,
        typer.Option(
            help="Clusters by name, with * and ?; repeatable. Regions themselves are then not judged.",
            rich_help_panel=_FILTER,
            metavar="PATTERN",
        ),
    ] = None,
    control: Annotated[
        list[str] | None,
        typer.Option(
            help="Controls by id, with * and ?; repeatable. Only the evidence they need is read.",
            rich_help_panel=_FILTER,
            metavar="PATTERN",
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            help="Configuration document: parameters, environments, regions and clusters in scope.",
            rich_help_panel=_FILTER,
            metavar="FILE",
        ),
    ] = None,
    format_: Annotated[
        Format, typer.Option("--format", help="Format of the report.", rich_help_panel=_REPORT)
    ] = Format.TABLE,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the report to a file.", rich_help_panel=_REPORT, metavar="FILE"),
    ] = None,
    fail_on: Annotated[
        Severity | None,
        typer.Option(
            help="Exit with 1 when a violation (FAIL) has this severity or a worse one.", rich_help_panel=_REPORT
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            help="Processes that read clusters. Default: by the number of clusters and cores.",
            min=1,
            max=64,
            rich_help_panel=_ACCESS,
        ),
    ] = None,
    pace: Annotated[  # noqa: FBT002 - a switch of the command line
        bool,
        typer.Option(
            "--pace",
            help="Stay below a few calls a second, so that no other automation of the account has to wait. Slower.",
            rich_help_panel=_ACCESS,
        ),
    ] = False,
    kubernetes: Annotated[  # noqa: FBT002 - a switch of the command line
        bool,
        typer.Option(
            "--kubernetes",
            help="Also read the Kubernetes APIs of the clusters, with the same credentials: workloads, RBAC, policies.",
            rich_help_panel=_INSIDE,
        ),
    ] = False,
    kubeconfig: Annotated[
        Path | None,
        typer.Option(
            help="Judge the one cluster that a kubeconfig leads to; its AWS side only with --profile or --region.",
            rich_help_panel=_INSIDE,
            metavar="FILE",
        ),
    ] = None,
    context: Annotated[
        str,
        typer.Option(
            help="Context of the kubeconfig. Default: its current one.", rich_help_panel=_INSIDE, metavar="NAME"
        ),
    ] = "",
) -> None:
    """Judge your clusters now, with your own credentials.

    Reads through the AWS API, with --kubernetes inside the clusters too, and judges the controls of the catalogue.
    Nothing is written anywhere.

    The report goes to standard output, everything else to standard error.
    """
    if kubernetes or kubeconfig is not None:
        gc.set_threshold(_SELDOM)
    from plumbline_cli.scanning.asking import Options
    from plumbline_cli.scanning.running import run

    if pace and workers is not None and workers > 1:
        raise typer.BadParameter("--pace reads with one process; leave --workers out")
    if context and kubeconfig is None:
        raise typer.BadParameter("--context belongs to --kubeconfig")
    options = Options(
        profile=profile,
        regions=tuple(region or ()),
        role_arn=role_arn,
        external_id=external_id,
        endpoint_url=endpoint_url,
        clusters=tuple(cluster or ()),
        controls=tuple(control or ()),
        config=config,
        format=format_,
        output=output,
        fail_on=fail_on,
        workers=workers,
        pace=pace,
        kubernetes=kubernetes,
        kubeconfig=kubeconfig,
        context=context,
    )
    raise typer.Exit(run(options))
