"""`plumbline config`: check the configuration document, and deploy it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Check and deploy the configuration document.", no_args_is_help=True)

_DOCUMENT = Path("plumbline.yaml")
_CHECK_EPILOG = """Examples:

  plumbline config check

  plumbline config check environments/prod.yaml

Exit codes: 0 the document may be deployed, 2 it may not; every problem is listed with its line.
"""
_DEPLOY_EPILOG = """Example:

  plumbline config deploy plumbline.yaml --profile hub --region eu-west-1

The document becomes a new version of the hosted configuration. AppConfig runs Plumbline's own check once more, and
keeps serving the version in force when it refuses the new one.
"""


@app.command("check", epilog=_CHECK_EPILOG)
def check_document(
    file: Annotated[Path, typer.Argument(help="The document; - reads standard input.")] = _DOCUMENT,
) -> None:
    """Tell everything that is wrong with a document, with file, line and what would be right."""
    from plumbline_cli.deploying import checked

    checked(file)
    typer.echo(f"{file}: fine")


@app.command("deploy", epilog=_DEPLOY_EPILOG)
def deploy(
    file: Annotated[Path, typer.Argument(help="The document.")] = _DOCUMENT,
    application: Annotated[
        str, typer.Option(help="AppConfig application: the name of the hub stack.", metavar="NAME")
    ] = "plumbline",
    environment: Annotated[str, typer.Option(help="AppConfig environment.", metavar="NAME")] = "live",
    configuration_profile: Annotated[
        str, typer.Option(help="AppConfig configuration profile.", metavar="NAME")
    ] = "plumbline",
    strategy: Annotated[
        str,
        typer.Option(
            help="AppConfig deployment strategy. Default: the application's own, named after it.", metavar="NAME"
        ),
    ] = "",
    profile: Annotated[str, typer.Option(help="Profile of your AWS configuration.", metavar="NAME")] = "",
    region: Annotated[str, typer.Option(help="Region of the hub; default: the profile's.", metavar="NAME")] = "",
    endpoint_url: Annotated[str, typer.Option(help="Endpoint of AWS AppConfig.", metavar="URL")] = "",
) -> None:
    """Check a document and deploy it with AWS AppConfig."""
    from plumbline_cli.deploying import Destination, deployed

    names = Destination(
        application=application, environment=environment, profile=configuration_profile, strategy=strategy
    )
    version = deployed(file, names, profile=profile, region=region, endpoint_url=endpoint_url)
    typer.echo(f"{file}: version {version} is being deployed to {application}/{environment}")
