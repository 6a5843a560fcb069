"""`python -m local up` and `python -m local down`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from local.deployer import DeployError
from local.environments import InstallError
from local.fleet.loading import FleetError
from local.launcher import AlreadyRunningError, EmbeddedAws, outputs_file, running_outputs, stop_running
from local.paths import STATE
from local.process import ServerError
from local.progress import Step
from local.rollout import Templates

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The embedded AWS of Plumbline.")

_State = Annotated[Path, typer.Option(help="Directory for outputs.json, the log and temporary files.")]


def _tell(step: Step) -> None:
    typer.echo(f"{step.work}: {step.detail}", err=True)


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1; a free one by default.")] = None,
    state: _State = STATE,
) -> None:
    """Start the embedded AWS, deploy the templates, and print READY with its endpoint."""
    embedded = EmbeddedAws(port=port, state=state, templates=Templates(), progress=_tell)
    try:
        outputs = embedded.start()
    except AlreadyRunningError as running:
        typer.echo(f"{running}; stop it with: python -m local down", err=True)
        raise typer.Exit(1) from running
    except (DeployError, FleetError, InstallError, ServerError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as interrupt:
        typer.echo("interrupted; everything is stopped", err=True)
        raise typer.Exit(130) from interrupt
    typer.echo(f"READY {outputs.endpoint}")
    typer.echo(f"outputs: {outputs_file(state)}; stop with: python -m local down", err=True)


@app.command()
def down(state: _State = STATE) -> None:
    """Stop the embedded AWS and remove what it left."""
    typer.echo("stopped" if stop_running(state) else "nothing was running", err=True)


@app.command()
def status(state: _State = STATE) -> None:
    """Say whether the embedded AWS runs, and where."""
    outputs = running_outputs(state)
    if outputs is None:
        typer.echo("not running")
        raise typer.Exit(1)
    typer.echo(f"running at {outputs.endpoint} (process {outputs.pid})")


if __name__ == "__main__":
    app(prog_name="python -m local")
