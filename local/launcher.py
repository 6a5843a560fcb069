"""Starts and stops the embedded AWS: for the command line, the tests and the demo.

>>> with EmbeddedAws(state=tmp_path) as embedded:      # doctest: +SKIP
...     eks = embedded.client("eks", account="222233334444", region="eu-west-1")
"""

from __future__ import annotations

import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local import aws
from local.environments import emulator_python, lambda_python
from local.fleet.loading import EXAMPLE_FLEET, Fleet, load_fleet
from local.outputs import Outputs
from local.paths import STATE
from local.process import ServerError, ServerProcess, end_group, is_running, scratch_directory
from local.progress import Progress, Step, silent
from local.rollout import Templates, deploy_hub, deploy_members
from local.seeding import DEPLOY_ROLE, Engineer, seed_engineers


class AlreadyRunningError(RuntimeError):
    """An embedded AWS with the same state directory is running."""


class EmbeddedAws:
    """The embedded AWS with the templates deployed and the example fleet to watch.

    `state` is the directory for outputs.json, the log and temporary files; `templates` None starts the
    server alone. As a context manager it is stopped on the way out, whatever happened.
    """

    def __init__(
        self,
        *,
        port: int | None = None,
        state: Path = STATE,
        fleet: Path = EXAMPLE_FLEET,
        templates: Templates | None = None,
        progress: Progress = silent,
    ) -> None:
        self._state = state
        self._fleet_directory = fleet
        self._templates = templates
        self._progress = progress
        self._port = port
        self._server: ServerProcess | None = None
        self.outputs: Outputs | None = None

    def start(self) -> Outputs:
        """Starts, deploys and seeds. Raises `FleetError`, `InstallError`, `ServerError`, `DeployError`."""
        running = running_outputs(self._state)
        if running is not None:
            raise AlreadyRunningError(f"the embedded AWS already runs at {running.endpoint} (process {running.pid})")
        fleet = load_fleet(self._fleet_directory)
        self._prepare()
        organization = fleet.organization
        self._state.mkdir(parents=True, exist_ok=True)
        where = (organization.hub, organization.hub_region)
        self._server = ServerProcess(self._state, self._fleet_directory, *where, self._port)
        try:
            self._progress(Step("start", 0, 1, self._server.endpoint))
            self._server.start()
            self.outputs = self._fill(self._server, fleet)
            self.outputs.write(outputs_file(self._state))
        except BaseException:
            self.stop()
            raise
        self._progress(Step("start", 1, 1, self._server.endpoint))
        return self.outputs

    def _prepare(self) -> None:
        for number, make in enumerate((emulator_python, lambda_python)):
            self._progress(Step("environments", number, 2, make.__name__.replace("_", " ")))
            make()
        self._progress(Step("environments", 2, 2))

    def _fill(self, server: ServerProcess, fleet: Fleet) -> Outputs:
        organization = fleet.organization
        outputs = Outputs(
            endpoint=server.endpoint,
            account=organization.hub,
            region=organization.hub_region,
            pid=server.pid,
            engineers=seed_engineers(server.endpoint, organization),
        )
        if self._templates is None:
            return outputs
        hub = deploy_hub(server.endpoint, organization, self._templates, self._progress)
        members = deploy_members(server.endpoint, organization, self._templates, hub, self._progress)
        server.check()
        return outputs.model_copy(update={"stack_outputs": hub, "members": members})

    def stop(self) -> None:
        """Ends the server and removes what it left; nothing to do when it does not run."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        outputs_file(self._state).unlink(missing_ok=True)

    def check(self) -> None:
        """Raises `ServerError` with the end of the server's log when it has died."""
        if self._server is not None:
            self._server.check()

    def client(self, service: str, account: str | None = None, region: str | None = None) -> Any:
        """A boto3 client with the rights of an account's root (the hub's by default)."""
        outputs = self._running()
        return aws.client(service, outputs.endpoint, account or outputs.account, region or outputs.region)

    def client_as(self, service: str, role_arn: str, region: str | None = None, **assume: str) -> Any:
        """A boto3 client in the session of a role that the hub's engineer assumes."""
        outputs = self._running()
        return self._client_as(outputs.account, service, role_arn, region or outputs.region, **assume)

    def client_of(self, engineer: Engineer, service: str) -> Any:
        """A boto3 client with an engineer's own keys, in the hub's region."""
        outputs = self._running()
        key = (engineer.access_key_id, engineer.secret_access_key)
        return aws.client_with(service, outputs.endpoint, outputs.region, key)

    def deploy_client(self, service: str, account: str, region: str) -> Any:
        """A boto3 client as a person has it who changes clusters: the engineer in the role `deploy`."""
        role_arn = f"arn:aws:iam::{account}:role/{DEPLOY_ROLE}"
        return self._client_as(account, service, role_arn, region)

    def _client_as(self, account: str, service: str, role_arn: str, region: str, **assume: str) -> Any:
        outputs = self._running()
        who = next(engineer for engineer in outputs.engineers if engineer.account == account)
        key = (who.access_key_id, who.secret_access_key)
        return aws.client_as(service, outputs.endpoint, region, key, role_arn, **assume)

    def _running(self) -> Outputs:
        if self.outputs is None:
            raise ServerError("the embedded AWS has not been started")
        return self.outputs

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def outputs_file(state: Path = STATE) -> Path:
    """Where a running embedded AWS says how to reach it."""
    return state / "outputs.json"


def running_outputs(state: Path = STATE) -> Outputs | None:
    """The outputs of the embedded AWS that runs with this state directory, or None."""
    outputs = Outputs.read(outputs_file(state))
    return outputs if outputs and is_running(outputs.pid) else None


def stop_running(state: Path = STATE) -> bool:
    """Ends an embedded AWS that another process started; whether there was one."""
    outputs = running_outputs(state)
    if outputs is not None:
        end_group(outputs.pid)
    outputs_file(state).unlink(missing_ok=True)
    shutil.rmtree(scratch_directory(state), ignore_errors=True)
    return outputs is not None
