"""Platform: nothing runs that its makers have given up."""

from plumbline.domain.components import RetiredSighting
from plumbline.domain.control import control
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed

# Places that a message names; all of them are in the evidence.
NAMED = 3


@control(
    "platform.retired-components",
    title="No retired component is installed",
    pillar=Pillar.OPS,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when a component of the dated table of retired components is found by image, API group or host path, "
        "with the severity that the table gives it. PASS otherwise. Namespaces and names of workloads do not count."
    ),
    remediation=(
        "Move to the successor: EKS Pod Identity or IRSA, another mesh, a Gateway API implementation or vendor's "
        "ingress controller, AWS Load Balancer Controller, ACK or EKS Capabilities, Flux v2 or Argo CD, metrics-server"
    ),
)
def nothing_retired_is_installed(sighting: RetiredSighting) -> Verdict:
    """Nobody mends what is found in retired software, and the next Kubernetes version may be the one that breaks it.

    What took its place is known for each of them; the move is easiest while the old one still works.
    """
    component, places = sighting.component, sighting.places
    observed = {"places": list(places)}
    if places:
        more = f" and {len(places) - NAMED} more" if len(places) > NAMED else ""
        text = (
            f"{component.component} is in use ({', '.join(places[:NAMED])}{more}): {component.status}; "
            f"use {component.successor}"
        )
        return failed("retired_component", text, observed=observed, severity=component.severity)
    if sighting.missing:
        raise EvidenceMissing(sighting.missing)
    return passed(f"{component.component} is not in use", observed=observed)
