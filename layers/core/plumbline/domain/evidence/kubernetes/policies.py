"""Admission policies, of the API itself and of policy engines, under their own names."""

from plumbline.domain.evidence.kubernetes.objects import Answer, Named


class AdmissionPolicySpec(Answer, frozen=True):
    """What a policy does when it cannot be evaluated."""

    failure_policy: str = ""


class AdmissionPolicy(Named, frozen=True):
    """A ValidatingAdmissionPolicy."""

    spec: AdmissionPolicySpec = AdmissionPolicySpec()


class AdmissionBindingSpec(Answer, frozen=True):
    """Which policy is bound, and what happens on a violation: Deny, Warn, Audit."""

    policy_name: str = ""
    validation_actions: tuple[str, ...] = ()


class AdmissionBinding(Named, frozen=True):
    """A ValidatingAdmissionPolicyBinding."""

    spec: AdmissionBindingSpec = AdmissionBindingSpec()


class KyvernoRule(Answer, frozen=True):
    """A rule of a policy of Kyverno; newer policies say here what happens on a violation."""

    name: str = ""
    failure_action: str = ""


class KyvernoSpec(Answer, frozen=True):
    """What happens on a violation: Enforce or Audit."""

    validation_failure_action: str = ""
    rules: tuple[KyvernoRule, ...] = ()


class KyvernoPolicy(Named, frozen=True):
    """A ClusterPolicy of Kyverno; `rules[].validate.failureAction` is read into each rule's action."""

    spec: KyvernoSpec = KyvernoSpec()


class ConstraintTemplate(Named, frozen=True):
    """A template of Gatekeeper."""


class CiliumPolicy(Named, frozen=True):
    """A CiliumClusterwideNetworkPolicy."""


class CalicoRule(Answer, frozen=True):
    """A rule: that there is one is all that is read."""


class CalicoPolicySpec(Answer, frozen=True):
    """What a policy selects, in Calico's own language, for which directions, and the rules for what comes in."""

    selector: str = ""
    namespace_selector: str = ""
    types: tuple[str, ...] = ()
    ingress: tuple[CalicoRule, ...] = ()


class CalicoPolicy(Named, frozen=True):
    """A GlobalNetworkPolicy of Calico."""

    spec: CalicoPolicySpec = CalicoPolicySpec()
