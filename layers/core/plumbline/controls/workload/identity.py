"""Identity of workloads: the secrets they are given, and who they are to the API server."""

import re
from functools import lru_cache

from plumbline.domain.control import control
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.evidence.section import Section
from plumbline.domain.need import need
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed, warned
from plumbline.domain.workload_facts import AccountRights, AccountUses, ServiceAccounts
from plumbline.domain.workload_rules import Hardening, containers_of, system_workload


class SecretNames(Hardening, frozen=True):
    """A regular expression that is found in the names of variables that hold secrets."""

    secret_name_pattern: str = "(?i)(passw|secret|token|api_?key|private_?key)"  # noqa: S105 - a pattern of names

    def __post_init__(self) -> None:
        try:
            re.compile(self.secret_name_pattern)
        except re.error as error:
            raise ValueError(f"secret-name-pattern: no regular expression: {error}") from error


_REFERENCES = ("_FILE", "_PATH", "_URL", "_NAME", "_ARN")
_AS_FILES = passed("no secret is an environment variable", observed={"literals": {}, "references": {}})


@control(
    "workload.secrets-as-files",
    title="Secrets are mounted as files, not environment variables",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL high when a literal value is given to a variable whose name matches the pattern (`literal_secret`); "
        "names that end in _FILE, _PATH, _URL, _NAME or _ARN are references. FAIL when secretKeyRef or secretRef is "
        "used (`secret_variable`). PASS otherwise. NOT_APPLICABLE in system namespaces."
    ),
    remediation="Mount the Secret as a volume, or use the Secrets Store CSI driver.",
    references=("CIS 4.4.1", "Prowler core_no_secrets_envs", "hardeneks disallow_secrets_from_env_vars"),
)
def secrets_are_not_variables(workload: Workload, p: SecretNames) -> Verdict:
    """Variables are in crash dumps, in logs and in every child process, and never change while the pod runs.

    A literal one is readable by everybody who may look at workloads. Only its name is kept here, never the value.
    """
    exempt = system_workload(workload, p)
    if exempt:
        return exempt
    literals: dict[str, list[str]] = {}
    references: dict[str, list[str]] = {}
    for container in containers_of(workload):
        named = [one.name for one in container.env if one.literal and _is_secret(one.name, p.secret_name_pattern)]
        if named:
            literals[container.name] = sorted(named)
        taken = [one.secret for one in container.env if one.secret]
        if taken or container.env_from_secrets:
            references[container.name] = sorted({*taken, *container.env_from_secrets})
    if not (literals or references):
        return _AS_FILES
    observed = {"literals": literals, "references": references}
    told = [
        *(f"container {name}: {', '.join(found)} with a literal value" for name, found in literals.items()),
        *(f"container {name}: from the Secret {', '.join(found)}" for name, found in references.items()),
    ]
    reasons = [*(["literal_secret"] if literals else []), *(["secret_variable"] if references else [])]
    severity = Severity.HIGH if literals else None
    return failed(reasons, "; ".join(told), observed=observed, severity=severity)


# The same names are in thousands of workloads.
@lru_cache(maxsize=8192)
def _is_secret(name: str, pattern: str) -> bool:
    return not name.upper().endswith(_REFERENCES) and re.search(pattern, name) is not None


class Sharing(Hardening, frozen=True):
    """How many workloads may share a service account that has rights."""

    share_limit: int = 1


@control(
    "workload.service-account",
    title="Workloads use service accounts of their own and mount tokens only when needed",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule=(
        "A token is mounted unless the pod says otherwise, or else the account. FAIL when the account is `default` and "
        "its token is mounted. WARN `unused_token` when the account of a mounted token has no RBAC binding, no role "
        "annotation and no Pod Identity association. WARN `shared_account` when more workloads of the namespace than "
        "allowed share an account that has rights. PASS otherwise. NOT_APPLICABLE in system namespaces."
    ),
    remediation="Create one account per workload; set `automountServiceAccountToken: false`.",
    references=(
        "CIS 4.1.5",
        "CIS 4.1.6",
        "hardeneks use_dedicated_service_accounts_for_each_deployment",
        "hardeneks disable_service_account_token_mounts",
    ),
)
def workload_is_somebody(
    workload: Workload, accounts: Section[ServiceAccounts], rights: AccountRights, uses: AccountUses, p: Sharing
) -> Verdict:
    """A token that nobody needs is a key to the API server for whoever breaks into the pod.

    Workloads that share an account have each other's rights, and nobody can tell later which of them did it.
    """
    exempt = system_workload(workload, p)
    if exempt:
        return exempt
    namespace, name = workload.namespace, workload.template.service_account
    mounted = workload.template.automount_token
    if mounted is None:
        mounted = need(accounts).mounts_token(namespace, name)
    projected = any(volume.service_account_token for volume in workload.template.volumes)
    has_rights = (namespace, name) in rights.seen
    workloads = uses.count(namespace, name)
    observed = {
        "account": name,
        "mounted": mounted,
        "projected": projected,
        "has_rights": has_rights,
        "workloads": workloads,
    }
    if name == "default" and (mounted or projected):
        return failed("default_account", "the token of the account `default` is mounted", observed=observed)
    if not has_rights and rights.missing and (mounted or workloads > p.share_limit or uses.missing):
        raise EvidenceMissing(rights.missing)
    if mounted and not has_rights:
        text = f"the token of {name} is mounted and gives no rights"
        return warned("unused_token", text, observed=observed)
    if has_rights and workloads > p.share_limit:
        return warned("shared_account", f"{workloads} workloads share the account {name}", observed=observed)
    if has_rights and uses.missing:
        raise EvidenceMissing(uses.missing)
    return passed(f"the account {name} is its own", observed=observed)
