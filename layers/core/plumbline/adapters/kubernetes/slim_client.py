"""The Kubernetes client without what its package imports for everybody.

`kubernetes/__init__.py` imports every part there is, with requests and OAuth: more processor time than reading and
judging a small cluster takes, and twenty megabytes. The layer of the functions leaves that file out; where the client
is installed as it comes, this does the same.
"""

import sys
from importlib.machinery import PathFinder
from types import ModuleType

_PACKAGE = "kubernetes"


def leave_out_what_is_not_used() -> None:
    """Make the client a package of which each part is imported by itself, unless it was imported before."""
    found = PathFinder.find_spec(_PACKAGE)
    if _PACKAGE in sys.modules or found is None or found.submodule_search_locations is None:
        return
    package = ModuleType(_PACKAGE)
    package.__path__ = found.submodule_search_locations
    package.__spec__ = found
    sys.modules[_PACKAGE] = package
