"""Facts of admission: which policy engines of a cluster are in force."""

from collections.abc import Iterable

from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.kubernetes.policies import AdmissionBinding, ConstraintTemplate, KyvernoPolicy
from plumbline.domain.evidence.section import NotCollected

GATEKEEPER, KYVERNO, NATIVE = "gatekeeper", "kyverno", "validating-admission-policy"
_ENFORCE = "enforce"
# Policies that EKS and its add-ons bring along say nothing of the customer's own rules.
_SHIPPED = ("eks-", "eks.", "aws-", "amazon-")


class AdmissionEngines:
    """The policy engines found, and why others may be missing.

    Attributes:
        enforcing: engines with a policy that refuses what violates it.
        auditing: engines whose policies only report.
        missing: why an engine may not have been seen.

    """

    def __init__(
        self,
        kyverno: Iterable[KyvernoPolicy],
        templates: Iterable[ConstraintTemplate],
        bindings: Iterable[AdmissionBinding],
        missing: NotCollected | None = None,
    ) -> None:
        found: dict[str, bool] = {}
        for policy in kyverno:
            found[KYVERNO] = found.get(KYVERNO, False) or _enforces(policy)
        for _ in templates:
            found[GATEKEEPER] = True
        for binding in bindings:
            if not binding.spec.policy_name.startswith(_SHIPPED) and not binding.name.startswith(_SHIPPED):
                found[NATIVE] = found.get(NATIVE, False) or "Deny" in binding.spec.validation_actions
        self.enforcing = tuple(sorted(engine for engine, enforces in found.items() if enforces))
        self.auditing = tuple(sorted(engine for engine, enforces in found.items() if not enforces))
        self.missing = missing

    def complete(self) -> None:
        """Make sure that every engine would have been seen.

        Raises:
            EvidenceMissing: policies of some kind were not read.

        """
        if self.missing is not None:
            raise EvidenceMissing(self.missing)


def _enforces(policy: KyvernoPolicy) -> bool:
    spec = policy.spec
    actions = [spec.validation_failure_action, *(rule.failure_action for rule in spec.rules)]
    return any(action.lower() == _ENFORCE for action in actions)
