"""Reading a cluster loads the transport of the Kubernetes client, and none of what its package imports besides."""

import subprocess
import sys
from types import ModuleType

import pytest

from plumbline.adapters.kubernetes.slim_client import leave_out_what_is_not_used

UNUSED = ("botocore", "kubernetes.config", "kubernetes.dynamic", "oauthlib", "requests", "websocket")
CODE = f"""
import sys
import plumbline.adapters.kubernetes.kubeconfig
import plumbline.adapters.kubernetes.source
import plumbline_cli.scanning.running
print([name for name in {UNUSED!r} if name in sys.modules], "kubernetes.client.rest" in sys.modules)
from kubernetes.config.exec_provider import ExecProvider
print(ExecProvider.__name__)
"""


def test_scan_of_a_kubeconfig_loads_only_what_it_uses() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[] True", "ExecProvider"]


def test_client_that_was_imported_before_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = ModuleType("kubernetes")
    monkeypatch.setitem(sys.modules, "kubernetes", imported)
    leave_out_what_is_not_used()
    assert sys.modules["kubernetes"] is imported
    assert not hasattr(imported, "__path__")
