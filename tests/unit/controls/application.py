"""Changes of the compliant cluster's one application, `Deployment payments/api`, and things beside it."""

from typing import Any

from plumbline.domain.evidence.kubernetes.workloads import Container, Security, Workload
from plumbline.domain.snapshot import Snapshot
from tests.unit.changes import Change, each, section
from tests.unit.kubernetes_baseline import HARDENED, container, deployments, template, workload
from tests.unit.names import read

API, DEPLOYMENTS = "Deployment/payments/api", "Deployment/*"


def app(**members: Any) -> Change:
    """Change members of the application."""
    return each("deployments", workload(**members), *deployments()[1:])


def app_template(*containers: Container, **members: Any) -> Change:
    """Change members of the application's template."""
    return app(template=template(*containers, **members))


def app_container(**members: Any) -> Change:
    """Change members of the application's container."""
    return app_template(container(**members))


def secured(**members: Any) -> Change:
    """Change members of the container's security context; the pod's own is empty."""
    return app_template(container(security=security(**members)), security=Security())


def security(**members: Any) -> Security:
    hardened = {name: getattr(HARDENED, name) for name in HARDENED.__struct_fields__}
    return Security(**(hardened | members))


def beside(name: str, *workloads: Workload) -> Change:
    """Put workloads beside those of a list."""

    def change(snapshot: Snapshot) -> Snapshot:
        before = getattr(snapshot.kubernetes, name).value
        return section(name, read((*before, *workloads)))(snapshot)

    return change
