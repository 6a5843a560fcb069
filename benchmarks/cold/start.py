"""Run in a fresh process: imports a function and builds what it uses.

Arguments: what it builds of the composition root; none to import only. The configuration in force is the default one,
for reading it is a call on the network and no start.
"""

import importlib
import sys
from typing import Any

importlib.import_module("app")
if sys.argv[1:]:
    runtime: Any = sys.modules["plumbline.runtime"]
    settings: Any = importlib.import_module("plumbline.configuration.settings")
    runtime.settings = settings.Settings
    for name in sys.argv[1:]:
        # What makes publishing happen once is the function's own; here nothing is published.
        arguments = [lambda announce: announce] if name == "alert_raiser" else []
        getattr(runtime, name)(*arguments)
