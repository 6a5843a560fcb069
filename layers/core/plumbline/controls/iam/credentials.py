"""Credentials of workloads: nobody hands them keys that live on."""

from plumbline.domain.control import control
from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed
from plumbline.domain.workload_rules import containers_of

_KEY_VARIABLES = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"})
_WITHOUT_KEYS = passed("no AWS key is in the pod's specification", observed={"keys": {}, "variables": {}})


@control(
    "iam.no-static-credentials",
    title="There are no long-lived AWS keys in pod specifications",
    pillar=Pillar.SEC,
    severity=Severity.CRITICAL,
    rule=(
        "FAIL critical when a literal value looks like an access key id: (AKIA|ASIA)[A-Z0-9]{16}, matched while "
        "reading, the value is never kept. FAIL high when AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is set from "
        "anywhere. PASS otherwise."
    ),
    remediation="Replace the key by Pod Identity or IRSA, and delete it.",
    references=("hardeneks disallow_secrets_from_env_vars",),
)
def workloads_have_no_keys_of_their_own(workload: Workload) -> Verdict:
    """A key in a manifest is in the repository, in backups and in every listing of pods, and works from anywhere.

    Pods have roles whose credentials end within hours. No namespace is exempt.
    """
    keys: dict[str, list[str]] = {}
    variables: dict[str, list[str]] = {}
    for container in containers_of(workload):
        for one in container.env:
            if one.access_key:
                keys.setdefault(container.name, []).append(one.name)
            elif one.name in _KEY_VARIABLES:
                variables.setdefault(container.name, []).append(one.name)
    if not (keys or variables):
        return _WITHOUT_KEYS
    told = [
        *(f"container {name}: {', '.join(names)} holds an access key id" for name, names in keys.items()),
        *(f"container {name}: {', '.join(names)} is set" for name, names in variables.items()),
    ]
    reasons = [*(["access_key"] if keys else []), *(["key_variable"] if variables else [])]
    severity = Severity.CRITICAL if keys else Severity.HIGH
    observed = {"keys": keys, "variables": variables}
    return failed(reasons, "; ".join(told), observed=observed, severity=severity)
