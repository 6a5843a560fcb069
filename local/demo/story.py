"""The story of the demo, in order."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

from local.demo.hub import Alert, DemoError, Hub
from local.demo.screen import Screen
from local.launcher import EmbeddedAws
from local.progress import Step

__all__ = ["DemoError", "tell"]

ACCOUNT, REGION, CLUSTER = "222233334444", "eu-west-1", "payments-prod"
ARN = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{CLUSTER}"
CONTROL = "logging.audit-log"
_SWEEP_WITHIN_SECONDS = 120.0
_ALERT_WITHIN_SECONDS = 60.0
_AUDIT = ["audit", "authenticator"]


def tell(embedded: EmbeddedAws, screen: Screen) -> None:
    """Tell the whole story on a started embedded AWS.

    Raises:
        DemoError: a part of it did not happen.

    """
    hub = Hub(embedded)
    hub.subscribe()
    _sweep(embedded, hub, screen)
    broken = _switch_audit_log(embedded, hub, screen, on=False)
    restored = _switch_audit_log(embedded, hub, screen, on=True)
    _history(hub, screen)
    screen.chapter("How fast")
    screen.say(f"API call to alert: {broken:.1f} s.  API call to recovery message: {restored:.1f} s.")
    _next_steps(screen)


def _sweep(embedded: EmbeddedAws, hub: Hub, screen: Screen) -> None:
    screen.chapter("1. Sweep the fleet")
    expected = _fleet_size(embedded)
    execution = hub.start_sweep()
    deadline = time.monotonic() + _SWEEP_WITHIN_SECONDS
    with screen.progress() as progress:
        progress(Step("sweep", 0, expected))
        while (status := hub.sweep_status(execution)) == "RUNNING":
            if time.monotonic() > deadline:
                raise DemoError("the sweep did not end in time; see .local/server.log")
            time.sleep(1)
            swept = [one for one in hub.pages("/clusters") if one["cluster"]]
            progress(Step("sweep", min(len(swept), expected), expected))
        if status != "SUCCEEDED":
            raise DemoError(f"the sweep ended {status}; see .local/server.log")
        progress(Step("sweep", expected, expected))
    screen.posture(hub.pages("/clusters"))
    screen.shared(hub.pages("/findings", limit="200"))
    screen.inside(hub.pages("/findings", severity="critical"))
    published = hub.drain()
    screen.say(f"{published} onboarding alert(s) were published, one for whatever has findings.")


def _fleet_size(embedded: EmbeddedAws) -> int:
    from local.fleet.loading import EXAMPLE_FLEET, load_fleet

    _ = embedded
    return len(load_fleet(EXAMPLE_FLEET).clusters)


def _switch_audit_log(embedded: EmbeddedAws, hub: Hub, screen: Screen, *, on: bool) -> float:
    """Switch the audit log through the EKS API as an engineer would; return the seconds until the alert."""
    word = "on again" if on else "off"
    screen.chapter(f"{'3' if on else '2'}. Somebody switches the audit log of {CLUSTER} {word}")
    setup = {"clusterLogging": [{"types": _AUDIT, "enabled": on}]}
    eks = embedded.deploy_client("eks", ACCOUNT, REGION)
    called = time.time()
    eks.update_cluster_config(name=CLUSTER, logging=setup)
    screen.say(f'eks.update_cluster_config(name="{CLUSTER}", logging={setup})')
    alert = hub.wait_for_alert(ARN, _ALERT_WITHIN_SECONDS)
    _check(alert, "resolved" if on else "opened")
    screen.panel(alert.text, alert.subject)
    _show_before_and_after(alert, screen)
    return alert.received_at - called


def _check(alert: Alert, kind: str) -> None:
    kinds = [(one["control"], one["kind"]) for one in alert.document["transitions"]]
    if not any(control == CONTROL and got in (kind, "reopened") for control, got in kinds):
        raise DemoError(f"the alert does not say that {CONTROL} was {kind}: {kinds}")


def _show_before_and_after(alert: Alert, screen: Screen) -> None:
    moved = next(one for one in alert.document["transitions"] if one["control"] == CONTROL)
    before, after = moved.get("before") or {}, moved["after"]
    screen.say(f"before: {before.get('status')} {before.get('observed', {})}")
    screen.say(f"after:  {after['status']} {after.get('observed', {})}")


def _history(hub: Hub, screen: Screen) -> None:
    screen.chapter("4. What the record says")
    identity = f"{ARN}|{CONTROL}|cluster|{CLUSTER}"
    answer: dict[str, Any] = hub.get(f"/findings/{quote(identity, safe='')}")
    newest_first = answer["history"]["items"]
    screen.history([record["transition"] for record in reversed(newest_first)])


def _next_steps(screen: Screen) -> None:
    screen.chapter("Next")
    screen.say("python -m local up              keep the embedded AWS running and try things yourself")
    screen.say("plumbline scan --region …       look at your own clusters now, read-only, nothing deployed")
    screen.say("README.md                       deploy it in an account, or in an organization")
