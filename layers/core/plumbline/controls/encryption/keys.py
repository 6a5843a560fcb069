"""Keys: the API's data is wrapped, and the keys that wrap it are there."""

from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.account import Key
from plumbline.domain.evidence.eks import Cluster, minor_of
from plumbline.domain.evidence.section import Collected
from plumbline.domain.judged import ClusterKey
from plumbline.domain.need import need
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed

CUSTOMER = "CUSTOMER"
ENABLED = "Enabled"
KMS_ISSUES = frozenset({"KmsKeyDisabled", "KmsKeyNotFound", "KmsKeyMarkedForDeletion", "KmsGrantRevoked"})
# What KMS does with a key whose rotation is on and whose period nobody set.
YEARLY = 365


class Envelope(Parameters, frozen=True):
    """The first version that EKS encrypts without being asked."""

    default_envelope_since: str = "1.28"

    def __post_init__(self) -> None:
        minor_of(self.default_envelope_since)


@control(
    "encryption.api-envelope",
    title="Kubernetes API data is envelope-encrypted with KMS",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "PASS from version default-envelope-since on, where EKS encrypts with a key of its own, or when an encryption "
        "configuration covers secrets. FAIL otherwise."
    ),
    remediation=(
        "Upgrade to a supported version, or aws eks associate-encryption-config --cluster-name <cluster> "
        '--encryption-config \'[{"resources":["secrets"],"provider":{"keyArn":"<key>"}}]\' (cannot be undone).'
    ),
    references=("Security Hub EKS.3 (stricter: wants a configured key)",),
)
def api_data_is_envelope_encrypted(cluster: Cluster, p: Envelope) -> Verdict:
    """Secrets are kept in etcd; without an envelope whoever can read its storage or a backup can read them.

    An empty encryption configuration does not mean unencrypted on versions that EKS encrypts by default.
    """
    observed = {"version": cluster.version, "key": cluster.secrets_key_arn}
    if cluster.secrets_key_arn:
        return passed(f"key {cluster.secrets_key_arn} wraps secrets", observed=observed)
    if cluster.minor >= minor_of(p.default_envelope_since):
        return passed(f"EKS encrypts API data of {cluster.version} by default", observed=observed)
    text = f"no key wraps secrets, and EKS encrypts by default only from {p.default_envelope_since} on"
    return failed("not_envelope_encrypted", text, observed=observed)


class CustomerKey(Parameters, frozen=True):
    """Whether a key of one's own is wanted."""

    require: bool = True


@control(
    "encryption.secrets-customer-key",
    title="A customer-managed KMS key wraps the Kubernetes data",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule=(
        "PASS when the encryption configuration names a customer-managed key, or one of another account. FAIL when it "
        "names none. NOT_APPLICABLE with require=false."
    ),
    remediation=(
        "aws eks associate-encryption-config --cluster-name <cluster> --encryption-config "
        '\'[{"resources":["secrets"],"provider":{"keyArn":"<key>"}}]\' (cannot be undone; check the grants of the '
        "cluster role first)."
    ),
    references=(
        "CIS 5.3.1",
        "Security Hub EKS.3",
        "Prowler eks_cluster_kms_cmk_encryption_in_secrets_enabled",
    ),
)
def customer_key_wraps_secrets(cluster: Cluster, key: ClusterKey, p: CustomerKey) -> Verdict:
    """Only with a key of your own can you see each use of it, limit who may use it, and take it away.

    The key's cost and life are then yours too: losing the key loses the cluster.
    """
    if not p.require:
        return not_applicable("not_required", "configuration does not ask for a customer key")
    if key.arn is None:
        text = f"cluster {cluster.name} is configured with no key"
        return failed("no_customer_key", text, observed={"key": None, "key_manager": None})
    if key.foreign:
        text = f"key {key.arn} of another account wraps secrets"
        return passed(text, reason="foreign_account", observed={"key": key.arn, "key_manager": None})
    manager = need(key.key).key_manager
    observed = {"key": key.arn, "key_manager": manager}
    if manager != CUSTOMER:
        return failed("no_customer_key", f"key {key.arn} is managed by {manager or 'AWS'}", observed=observed)
    return passed(f"customer key {key.arn} wraps secrets", observed=observed)


@control(
    "encryption.kms-key-usable",
    title="The cluster KMS key is enabled and not scheduled for deletion",
    pillar=Pillar.REL,
    severity=Severity.CRITICAL,
    rule=(
        "FAIL when the key is not enabled, or EKS reports it as disabled, missing, marked for deletion or without its "
        "grant. PASS otherwise. NOT_APPLICABLE without a customer key."
    ),
    remediation=(
        "aws kms cancel-key-deletion --key-id <key>, then aws kms enable-key --key-id <key>; restore the grant."
    ),
    references=("Security Hub KMS.3", "Prowler kms_cmk_not_deleted_unintentionally"),
)
def cluster_key_is_usable(key: ClusterKey) -> Verdict:
    """Without its key the API server cannot read a single secret, and once the key is deleted it never will.

    KMS waits some days before it deletes: this is the time in which the cluster can still be saved.
    """
    if key.arn is None:
        return _no_customer_key()
    issues = sorted(KMS_ISSUES.intersection(key.health_codes))
    described = key.key.value if isinstance(key.key, Collected) else None
    observed = {
        "key": key.arn,
        "key_state": described.key_state if described else None,
        "deletion_date": described.deletion_date.isoformat() if described and described.deletion_date else None,
        "health_issues": issues,
    }
    if described and described.key_state != ENABLED:
        when = f" and will be deleted on {described.deletion_date:%Y-%m-%d}" if described.deletion_date else ""
        text = f"key {key.arn} is {described.key_state}{when}"
        return failed(["key_not_enabled", *issues], text, observed=observed)
    if issues:
        return failed(issues, f"EKS reports of key {key.arn}: {', '.join(issues)}", observed=observed)
    key.described()
    return passed(f"key {key.arn} is enabled", observed=observed)


class Rotation(Parameters, frozen=True):
    """The longest time between two rotations."""

    max_days: int = YEARLY


@control(
    "encryption.kms-key-rotation",
    title="The cluster KMS key rotates automatically",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule=(
        "PASS when rotation is on and happens at least every max-days. FAIL when it is off or rarer. NOT_APPLICABLE "
        "without a customer key and for keys that KMS cannot rotate (imported, external or asymmetric material)."
    ),
    remediation="aws kms enable-key-rotation --key-id <key> --rotation-period-in-days 365",
    references=("Security Hub KMS.4", "Prowler kms_cmk_rotation_enabled"),
)
def cluster_key_rotates(key: ClusterKey, p: Rotation) -> Verdict:
    """Rotation bounds what a leaked key can open; old material is kept, so nothing becomes unreadable.

    It costs nothing to switch on and needs no change in the cluster.
    """
    if key.arn is None:
        return _no_customer_key()
    described = key.described()
    if described.key_manager != CUSTOMER:
        return _no_customer_key()
    if not _can_rotate(described):
        text = f"KMS cannot rotate key {key.arn} ({described.origin}, {described.key_spec})"
        return not_applicable("rotation_unsupported", text)
    rotation = need(key.rotation)
    observed = {"enabled": rotation.key_rotation_enabled, "period_in_days": rotation.rotation_period_in_days}
    if not rotation.key_rotation_enabled:
        return failed("rotation_off", f"key {key.arn} does not rotate", observed=observed)
    days = rotation.rotation_period_in_days or YEARLY
    text = f"key {key.arn} rotates every {days} days"
    if days > p.max_days:
        return failed("rotation_too_rare", f"{text}, more than {p.max_days}", observed=observed)
    return passed(text, observed=observed)


def _can_rotate(key: Key) -> bool:
    return key.origin == "AWS_KMS" and key.key_spec == "SYMMETRIC_DEFAULT"


def _no_customer_key() -> Verdict:
    return not_applicable("no_customer_key", "the cluster is configured with no customer key")
