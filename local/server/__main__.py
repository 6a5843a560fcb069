"""Runs the embedded AWS in the foreground; started by the launcher with ministack's interpreter.

    python -m local.server FLEET_DIRECTORY

The port, the account and everything else that ministack reads come from the environment.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import os
import signal
import sys
from pathlib import Path

from local import adapters
from local.adapters.internals import require
from local.fleet.build import build_world
from local.fleet.loading import load_fleet
from local.server.application import application
from local.server.control import Control
from local.server.gateway import Gateway
from local.server.kubernetes import KubernetesFleet


async def _serve(fleet_directory: Path) -> None:
    fleet = load_fleet(fleet_directory)
    ministack = require("app", "app")
    adapters.install()
    build = functools.partial(build_world, fleet)
    gateway = Gateway(build())
    adapters.organization.install(lambda: gateway.engine.world)
    credentials = adapters.credentials.install()
    kubernetes = KubernetesFleet(fleet, lambda: gateway.engine.world, credentials, gateway.calls, gateway.faults)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    config = importlib.import_module("hypercorn.config").Config()
    config.bind = [f"127.0.0.1:{os.environ['GATEWAY_PORT']}"]
    config.keep_alive_timeout = 75
    serve = importlib.import_module("hypercorn.asyncio").serve
    control = Control(gateway, build, kubernetes)
    try:
        await serve(application(ministack.app, control), config, shutdown_trigger=stop.wait)
    finally:
        kubernetes.stop()


def main() -> None:
    """Serves until SIGINT or SIGTERM. Lambda workers run on LOCAL_LAMBDA_PYTHON, not on this interpreter."""
    # ministack starts its Lambda workers with the interpreter that it believes to run on.
    sys.executable = os.environ.get("LOCAL_LAMBDA_PYTHON", sys.executable)
    asyncio.run(_serve(Path(sys.argv[1])))


main()
