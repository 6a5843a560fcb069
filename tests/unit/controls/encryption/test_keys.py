from datetime import UTC, datetime
from typing import Any

import pytest

from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence import eks
from tests.unit.baseline import FOREIGN_KEY, KEY, key, read
from tests.unit.changes import DENIED, Change, all_of, cluster, section, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, Case, check, label

ENVELOPE, CUSTOMER_KEY = "encryption.api-envelope", "encryption.secrets-customer-key"
USABLE, ROTATION = "encryption.kms-key-usable", "encryption.kms-key-rotation"
CLUSTER, KMS_KEY, FOREIGN = "cluster/payments", f"kms-key/{KEY}", f"kms-key/{FOREIGN_KEY}"
NO_KEY = cluster(encryption_config=())
FOREIGN_CONFIGURED = cluster(
    encryption_config=(eks.EncryptionConfig(resources=("secrets",), provider=eks.KeyProvider(key_arn=FOREIGN_KEY)),)
)
FOREIGN_DENIED = all_of(FOREIGN_CONFIGURED, section("keys", {FOREIGN_KEY: DENIED}))


def kms(**members: Any) -> Change:
    return section("keys", {KEY: read(key(**members))})


def foreign_kms(**members: Any) -> Change:
    return all_of(FOREIGN_CONFIGURED, section("keys", {FOREIGN_KEY: read(key(arn=FOREIGN_KEY, **members))}))


def rotates(*, enabled: bool = True, days: int | None = 365) -> Change:
    rotation = aws.KeyRotation(key_rotation_enabled=enabled, rotation_period_in_days=days)
    return section("key_rotations", {KEY: read(rotation)})


def issue(code: str) -> Change:
    return cluster(health=eks.Health(issues=(eks.HealthIssue(code=code),)))


CASES = [
    Case(ENVELOPE, CLUSTER, NO_KEY, PASS, message="EKS encrypts API data of 1.33 by default"),
    Case(ENVELOPE, CLUSTER, all_of(NO_KEY, cluster(version="1.28")), PASS),
    Case(
        ENVELOPE,
        CLUSTER,
        all_of(NO_KEY, cluster(version="1.27")),
        FAIL,
        "not_envelope_encrypted",
        message="no key wraps secrets, and EKS encrypts by default only from 1.28 on",
    ),
    Case(ENVELOPE, CLUSTER, cluster(version="1.27"), PASS),
    Case(ENVELOPE, CLUSTER, NO_KEY, FAIL, "not_envelope_encrypted", parameters={"default-envelope-since": "1.34"}),
    Case(ENVELOPE, CLUSTER, all_of(NO_KEY, cluster(version="one")), UNKNOWN, "parse_error"),
    Case(ENVELOPE, CLUSTER, NO_KEY, UNKNOWN, "control_error", parameters={"default-envelope-since": "recent"}),
    Case(ENVELOPE, CLUSTER, without("cluster"), UNKNOWN, "access_denied"),
    # --- secrets-customer-key
    Case(
        CUSTOMER_KEY,
        CLUSTER,
        NO_KEY,
        FAIL,
        "no_customer_key",
        message="cluster payments is configured with no key",
    ),
    Case(CUSTOMER_KEY, CLUSTER, kms(key_manager="AWS"), FAIL, "no_customer_key"),
    Case(CUSTOMER_KEY, CLUSTER, FOREIGN_DENIED, PASS, "foreign_account"),
    Case(CUSTOMER_KEY, CLUSTER, NO_KEY, NA, "not_required", parameters={"require": False}),
    Case(CUSTOMER_KEY, CLUSTER, without("keys"), UNKNOWN, "access_denied"),
    Case(CUSTOMER_KEY, CLUSTER, section("keys", {}), UNKNOWN, "not_collected"),
    Case(CUSTOMER_KEY, CLUSTER, without("cluster"), UNKNOWN, "access_denied"),
    # --- kms-key-usable
    Case(USABLE, KMS_KEY, kms(key_state="Disabled"), FAIL, "key_not_enabled", message=f"key {KEY} is Disabled"),
    Case(
        USABLE,
        KMS_KEY,
        kms(key_state="PendingDeletion", deletion_date=datetime(2026, 3, 9, tzinfo=UTC)),
        FAIL,
        "key_not_enabled",
        message=f"key {KEY} is PendingDeletion and will be deleted on 2026-03-09",
    ),
    Case(USABLE, KMS_KEY, kms(key_state="Updating"), FAIL, "key_not_enabled", during_transition=True),
    Case(USABLE, KMS_KEY, issue("KmsGrantRevoked"), FAIL, "KmsGrantRevoked"),
    Case(USABLE, KMS_KEY, issue("Ec2SubnetNotFound"), PASS),
    Case(
        USABLE,
        KMS_KEY,
        all_of(issue("KmsKeyDisabled"), kms(key_state="Disabled")),
        FAIL,
        "key_not_enabled KmsKeyDisabled",
    ),
    Case(USABLE, "kms-key/none", NO_KEY, NA, "no_customer_key"),
    Case(USABLE, FOREIGN, FOREIGN_DENIED, UNKNOWN, "foreign_account"),
    Case(USABLE, FOREIGN, all_of(FOREIGN_DENIED, issue("KmsKeyNotFound")), FAIL, "KmsKeyNotFound"),
    Case(USABLE, FOREIGN, foreign_kms(), PASS),
    Case(USABLE, KMS_KEY, without("keys"), UNKNOWN, "access_denied"),
    Case(USABLE, "kms-key/*", without("cluster"), UNKNOWN, "access_denied"),
    # --- kms-key-rotation
    Case(ROTATION, KMS_KEY, rotates(enabled=False), FAIL, "rotation_off", message=f"key {KEY} does not rotate"),
    Case(
        ROTATION,
        KMS_KEY,
        rotates(days=366),
        FAIL,
        "rotation_too_rare",
        message=f"key {KEY} rotates every 366 days, more than 365",
    ),
    Case(ROTATION, KMS_KEY, rotates(days=365), PASS),
    Case(ROTATION, KMS_KEY, rotates(days=None), PASS),
    Case(ROTATION, KMS_KEY, rotates(days=91), FAIL, "rotation_too_rare", parameters={"max-days": 90}),
    Case(ROTATION, KMS_KEY, kms(origin="EXTERNAL"), NA, "rotation_unsupported"),
    Case(ROTATION, KMS_KEY, kms(key_spec="RSA_4096"), NA, "rotation_unsupported"),
    Case(ROTATION, KMS_KEY, kms(key_manager="AWS"), NA, "no_customer_key"),
    Case(ROTATION, "kms-key/none", NO_KEY, NA, "no_customer_key"),
    Case(ROTATION, FOREIGN, FOREIGN_DENIED, UNKNOWN, "foreign_account"),
    Case(ROTATION, KMS_KEY, without("keys"), UNKNOWN, "access_denied"),
    Case(ROTATION, KMS_KEY, without("key_rotations"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_keys(case: Case) -> None:
    check(case)
