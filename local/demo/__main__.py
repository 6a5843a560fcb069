"""`python -m local.demo`: what `make demo` runs."""

from __future__ import annotations

import sys

from rich.console import Console

from local.demo.screen import Screen
from local.demo.story import DemoError, tell
from local.deployer import DeployError
from local.environments import InstallError
from local.fleet.loading import FleetError
from local.launcher import AlreadyRunningError, EmbeddedAws
from local.process import ServerError
from local.rollout import Templates


def main() -> int:
    """Run the demo; 0 when everything in it worked."""
    screen = Screen(Console(highlight=False, soft_wrap=not sys.stdout.isatty()))
    try:
        with screen.progress() as progress:
            embedded = EmbeddedAws(templates=Templates(), progress=progress)
            embedded.start()
        try:
            tell(embedded, screen)
        finally:
            embedded.stop()
    except AlreadyRunningError as running:
        screen.problem(f"{running}; stop it with: python -m local down")
        return 1
    except (DemoError, DeployError, FleetError, InstallError, ServerError) as error:
        screen.problem(str(error))
        return 1
    except KeyboardInterrupt:
        screen.problem("interrupted; everything is stopped")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
