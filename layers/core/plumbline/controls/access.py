"""Access: few, known and existing principals reach the cluster."""

from fnmatch import fnmatchcase

from plumbline.domain.access_providers import CONFIG_MAP_ONLY, ENTRIES_ONLY
from plumbline.domain.arn import account_of
from plumbline.domain.aws_auth import MASTERS, AwsAuthObject, is_of_nodes, mappings_of
from plumbline.domain.control import Parameters, control
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.facts import IamCatalogue
from plumbline.domain.judged import AccessEntry, Administrators, AwsAuth
from plumbline.domain.need import present
from plumbline.domain.verdict import (
    Pillar,
    Reason,
    Severity,
    Verdict,
    failed,
    not_applicable,
    passed,
    unknown,
    warned,
)

BOTH = "API_AND_CONFIG_MAP"


class Modes(Parameters, frozen=True):
    """The authentication modes that pass."""

    accept: tuple[str, ...] = (ENTRIES_ONLY,)


@control(
    "access.authentication-mode",
    title="Cluster uses access entries",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule=(
        "PASS when the authentication mode is one of accept. WARN for API_AND_CONFIG_MAP, FAIL for CONFIG_MAP, UNKNOWN "
        "when AWS does not say."
    ),
    remediation=(
        "aws eks update-cluster-config --name <cluster> --access-config authenticationMode=API_AND_CONFIG_MAP, migrate "
        "the mappings of aws-auth to access entries, then authenticationMode=API (there is no way back)."
    ),
    references=("CIS 4.1.7, 5.5.1",),
)
def access_entries_are_used(cluster: Cluster, p: Modes) -> Verdict:
    """The ConfigMap aws-auth can be edited by whoever may edit ConfigMaps, and no AWS API shows or records it.

    Access entries are changed by AWS calls, which IAM allows and CloudTrail records.
    """
    mode = present(cluster.authentication_mode, "cluster.accessConfig.authenticationMode")
    observed = {"authentication_mode": mode}
    if mode in p.accept:
        return passed(f"the authentication mode is {mode}", observed=observed)
    if mode == BOTH:
        return warned("config_map_accepted", "the ConfigMap aws-auth is accepted beside entries", observed=observed)
    if mode == CONFIG_MAP_ONLY:
        return failed("config_map_only", "only the ConfigMap aws-auth says who has access", observed=observed)
    if mode == ENTRIES_ONLY:
        return failed("mode_not_accepted", "configuration does not accept the mode API", observed=observed)
    return unknown(Reason.PARSE_ERROR, f"the authentication mode {mode!r} is not known", observed=observed)


class KnownAdministrators(Parameters, frozen=True):
    """How many administrators there may be, and which: ARNs or patterns with `*`; empty means any."""

    max_admins: int = 4
    min_admins: int = 2
    allowed_admins: tuple[str, ...] = ()

    def allows(self, principal: str) -> bool:
        """Whether configuration names the principal, or names none."""
        return not self.allowed_admins or _is_named(principal, self.allowed_admins)


@control(
    "access.admin-entries",
    title="Cluster administrators are few, known, and more than one",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "Administrators are the principals with AmazonEKSClusterAdminPolicy for the whole cluster. FAIL when there are "
        "more than max-admins, or one is not in allowed-admins, when that is set. WARN when there are fewer than "
        "min-admins. NOT_APPLICABLE in mode CONFIG_MAP."
    ),
    remediation=(
        "aws eks disassociate-access-policy --cluster-name <cluster> --principal-arn <arn> "
        "--policy-arn arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    ),
    references=("CIS 4.1.1, 4.1.7",),
)
def administrators_are_few_and_known(
    cluster: Cluster, administrators: Administrators, p: KnownAdministrators
) -> Verdict:
    """An administrator can read every secret and change every object, so each one more is a way in.

    A single one is a risk of another kind: when that role is lost, nobody can repair the cluster.
    """
    if cluster.authentication_mode == CONFIG_MAP_ONLY:
        return not_applicable("config_map_mode", "the cluster has no access entries, only the ConfigMap aws-auth")
    admins = administrators.principals
    observed = {"administrators": list(admins)}
    problems = {}
    if len(admins) > p.max_admins:
        problems["too_many_admins"] = f"{len(admins)} principals are cluster administrators, at most {p.max_admins} may"
    strangers = [principal for principal in admins if not p.allows(principal)]
    if strangers:
        problems["unknown_admin"] = f"configuration does not allow {', '.join(strangers)} to be administrators"
    if problems:
        return failed(list(problems), "; ".join(problems.values()), observed=observed)
    if administrators.missing:
        raise EvidenceMissing(administrators.missing)
    if len(admins) < p.min_admins:
        text = f"{len(admins)} principal(s) are cluster administrators, at least {p.min_admins} should be"
        return warned("too_few_admins", text, observed=observed)
    return passed(f"{len(admins)} principals are cluster administrators", observed=observed)


@control(
    "access.orphaned-entries",
    title="Access entries point to principals that still exist",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when the principal belongs to the cluster's account and IAM does not have it. PASS when it does. UNKNOWN "
        "for a principal of another account. NOT_APPLICABLE for service-linked roles and sessions."
    ),
    remediation="aws eks delete-access-entry --cluster-name <cluster> --principal-arn <arn>",
    references=("CIS 4.1.7",),
)
def principal_exists(entry: AccessEntry, iam: IamCatalogue) -> Verdict:
    """An entry remembers the identity behind the name: a role made anew under the name does not get in by it.

    So the entry grants nothing, looks as if it did, and hides why somebody is locked out.
    """
    observed = {"principal": entry.principal, "exists": iam.knows(entry.principal)}
    if ":sts::" in entry.principal or ":role/aws-service-role/" in entry.principal:
        return not_applicable("not_an_own_principal", f"{entry.principal} is no role or user of the account's own")
    account = account_of(entry.principal)
    if account != entry.account:
        return unknown(Reason.FOREIGN_ACCOUNT, f"{entry.principal} belongs to account {account}")
    if iam.knows(entry.principal):
        return passed(f"{entry.principal} exists", observed=observed)
    if not iam.complete:
        return unknown(Reason.ACCESS_DENIED, f"whether {entry.principal} exists could not be read")
    return failed("principal_missing", f"{entry.principal} has an access entry and does not exist", observed=observed)


class BreakGlass(Parameters, frozen=True):
    """The users kept for emergencies: ARNs or patterns with `*`."""

    allowed_users: tuple[str, ...] = ()


@control(
    "access.no-iam-users",
    title="Nobody reaches the cluster as an IAM user, and a role created it",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL when an access entry or a mapping of aws-auth names an IAM user that is not in allowed-users. WARN in "
        "mode CONFIG_MAP: who created the cluster is an administrator that nothing lists. PASS otherwise. Mappings are "
        "UNKNOWN when the Kubernetes API of the cluster was not read; with mode API there are none."
    ),
    remediation=(
        "Create the cluster from a pipeline role; aws eks create-access-entry --cluster-name <cluster> "
        "--principal-arn <role>, then delete the user's entry."
    ),
    references=("CIS 5.5.1",),
)
def principal_is_no_user(entry: AccessEntry | AwsAuth, p: BreakGlass) -> Verdict:
    """A user has keys that never expire, and when the person leaves, the access stays or the cluster is lost.

    Roles are taken for an hour by whoever may, and the account says who that is.
    """
    principals = (entry.principal,) if isinstance(entry, AccessEntry) else entry.principals
    users = [principal for principal in principals if ":user/" in principal]
    observed = {"users": users}
    denied = [user for user in users if not _is_named(user, p.allowed_users)]
    if denied:
        return failed("iam_user", f"{', '.join(denied)} has access as an IAM user", observed=observed)
    if isinstance(entry, AwsAuth) and entry.problem:
        return unknown(Reason.PARSE_ERROR, f"the ConfigMap aws-auth could not be understood: {entry.problem}")
    if isinstance(entry, AwsAuth) and entry.creator_hidden:
        text = "whoever created the cluster is its administrator, and nothing says who that was"
        return warned("creator_unknown", text, observed=observed)
    text = f"configuration allows {', '.join(users)} to have access" if users else "no IAM user has access"
    return passed(text, observed=observed)


def _is_named(principal: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(principal, pattern) for pattern in patterns)


@control(
    "access.aws-auth",
    title="aws-auth grants no blanket admin and is empty once unused",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL when a mapping puts a principal into system:masters, or mapAccounts is non-empty. WARN in "
        "API_AND_CONFIG_MAP when mappings other than node and Fargate roles remain; WARN in API mode when the object "
        "still exists. PASS otherwise. NOT_APPLICABLE when the ConfigMap is absent. UNKNOWN when it cannot be parsed."
    ),
    remediation="Move the mapping to an access entry and remove it with `eksctl delete iamidentitymapping`.",
    references=("CIS 4.1.1, 4.1.7",),
)
def config_map_grants_no_blanket_admin(config_map: AwsAuthObject, cluster: Cluster) -> Verdict:
    """system:masters passes every check of RBAC and can only come from here; mapAccounts lets in a whole account.

    Whoever may edit ConfigMaps in kube-system edits the list of administrators.
    """
    found = config_map.found
    if found is None:
        return not_applicable("absent", "the cluster has no ConfigMap aws-auth")
    masters = sorted({one.arn for one in mappings_of(found) if MASTERS in one.groups})
    accounts = sorted(found.accounts)
    rest = sorted({one.arn for one in mappings_of(found) if not is_of_nodes(one)})
    observed = {"masters": masters, "accounts": accounts, "principals": rest}
    problems = {}
    if masters:
        problems["system_masters"] = f"{', '.join(masters)} in system:masters"
    if accounts:
        problems["accounts"] = f"everybody of account {', '.join(accounts)}"
    if problems:
        return failed(list(problems), f"aws-auth lets in {' and '.join(problems.values())}", observed=observed)
    if found.problem:
        return unknown(Reason.PARSE_ERROR, f"aws-auth could not be understood: {found.problem}", observed=observed)
    mode = present(cluster.authentication_mode, "cluster.accessConfig.authenticationMode")
    if mode == ENTRIES_ONLY:
        return warned("unused", "aws-auth still exists though only access entries count", observed=observed)
    if rest and mode != CONFIG_MAP_ONLY:
        return warned("leftover_mappings", f"aws-auth still maps {', '.join(rest)}", observed=observed)
    return passed("it maps nodes only" if not rest else "it grants no blanket admin", observed=observed)
