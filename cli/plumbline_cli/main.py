"""`plumbline`: the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from plumbline import __version__
from plumbline_cli import config_command, controls_command, kubernetes_access_command, scan_command

app = typer.Typer(
    name="plumbline",
    help="Compliance of Amazon EKS clusters: what is true now, what changed, and who changed it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("scan", epilog=scan_command.EPILOG)(scan_command.scan)
app.command("controls", epilog=controls_command.EPILOG)(controls_command.controls)
app.command("kubernetes-access", epilog=kubernetes_access_command.EPILOG)(kubernetes_access_command.kubernetes_access)
app.add_typer(config_command.app, name="config")


def _version(wanted: bool) -> None:  # noqa: FBT001 - how typer hands a flag over
    if wanted:
        typer.echo(f"plumbline {__version__}")
        raise typer.Exit


@app.callback()
def main(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Compliance of Amazon EKS clusters: what is true now, what changed, and who changed it."""
