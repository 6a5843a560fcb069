"""KMS, CloudWatch Logs, CloudTrail, SSM, Service Quotas and IAM evidence, under the APIs' own names."""

from datetime import datetime
from typing import Any

import msgspec


class _Answer(msgspec.Struct, frozen=True, rename="pascal", kw_only=True):
    """Unknown members of an answer are skipped while decoding."""


class Key(_Answer, frozen=True):
    """`kms:DescribeKey -> KeyMetadata`."""

    arn: str
    key_state: str
    key_id: str = ""
    key_manager: str = ""
    origin: str = ""
    key_spec: str = ""
    deletion_date: datetime | None = None


class KeyRotation(_Answer, frozen=True):
    """`kms:GetKeyRotationStatus`."""

    key_rotation_enabled: bool
    rotation_period_in_days: int | None = None


class LogGroup(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """`logs:DescribeLogGroups -> logGroups[]`. Without a retention the group never expires."""

    log_group_name: str
    retention_in_days: int | None = None
    kms_key_id: str | None = None
    stored_bytes: int | None = None


class TrailDescription(_Answer, frozen=True):
    """`cloudtrail:DescribeTrails -> trailList[]`."""

    trail_arn: str = msgspec.field(name="TrailARN")
    name: str = ""
    is_multi_region_trail: bool = False
    is_organization_trail: bool = False
    home_region: str = ""
    log_file_validation_enabled: bool = False
    kms_key_id: str | None = None


class TrailStatus(_Answer, frozen=True):
    """`cloudtrail:GetTrailStatus`."""

    is_logging: bool
    latest_delivery_error: str | None = None


class EventSelector(_Answer, frozen=True):
    """A basic event selector."""

    include_management_events: bool = False
    read_write_type: str = "All"

    @property
    def records_management_writes(self) -> bool:
        """Whether calls that change something are recorded."""
        return self.include_management_events and self.read_write_type in ("All", "WriteOnly")


class FieldSelector(_Answer, frozen=True):
    """A condition of an advanced event selector."""

    field: str
    equals: tuple[str, ...] = ()


class AdvancedEventSelector(_Answer, frozen=True):
    """An advanced event selector: all its conditions hold together."""

    field_selectors: tuple[FieldSelector, ...] = ()

    @property
    def records_management_writes(self) -> bool:
        """Whether calls that change something are recorded; without a condition on `readOnly` both kinds are."""
        equals = {condition.field: condition.equals for condition in self.field_selectors}
        return "Management" in equals.get("eventCategory", ()) and "true" not in equals.get("readOnly", ())


class TrailSelectors(_Answer, frozen=True):
    """`cloudtrail:GetEventSelectors`."""

    event_selectors: tuple[EventSelector, ...] = ()
    advanced_event_selectors: tuple[AdvancedEventSelector, ...] = ()

    @property
    def records_management_writes(self) -> bool:
        """Whether calls that change something are recorded by any selector."""
        return any(selector.records_management_writes for selector in self.event_selectors) or any(
            selector.records_management_writes for selector in self.advanced_event_selectors
        )


class Quota(_Answer, frozen=True):
    """`service-quotas:ListServiceQuotas -> Quotas[]`."""

    quota_code: str
    value: float
    quota_name: str = ""
    adjustable: bool = False


class AttachedPolicy(_Answer, frozen=True):
    """A managed policy attached to a role."""

    policy_arn: str
    policy_name: str = ""


class InlinePolicy(_Answer, frozen=True):
    """An inline policy of a role; the document is the decoded JSON."""

    policy_name: str = ""
    policy_document: dict[str, Any] = {}


class RoleProfile(_Answer, frozen=True):
    """An instance profile that hands a role to instances."""

    arn: str


class Role(_Answer, frozen=True):
    """`iam:GetAccountAuthorizationDetails -> RoleDetailList[]`. Whole ARNs are compared: a role may have a path."""

    arn: str
    role_name: str = ""
    attached_managed_policies: tuple[AttachedPolicy, ...] = ()
    role_policy_list: tuple[InlinePolicy, ...] = ()
    assume_role_policy_document: dict[str, Any] = {}
    instance_profile_list: tuple[RoleProfile, ...] = ()


class PolicyVersion(_Answer, frozen=True):
    """A version of a customer-managed policy."""

    document: dict[str, Any] = {}
    is_default_version: bool = False


class ManagedPolicy(_Answer, frozen=True):
    """`iam:GetAccountAuthorizationDetails -> Policies[]`: customer-managed only; AWS's are judged by name."""

    arn: str
    policy_name: str = ""
    policy_version_list: tuple[PolicyVersion, ...] = ()


class Authorization(_Answer, frozen=True):
    """The roles, customer-managed policies and users (by ARN) of an account.

    Not `complete` when only what clusters name could be read: then absence proves nothing.
    """

    roles: tuple[Role, ...] = ()
    policies: tuple[ManagedPolicy, ...] = ()
    users: tuple[str, ...] = ()
    complete: bool = True


class NamedRole(_Answer, frozen=True):
    """One role, read by its name, with the customer-managed policies attached to it."""

    role: Role
    policies: tuple[ManagedPolicy, ...] = ()


class AccountSummary(_Answer, frozen=True):
    """`iam:GetAccountSummary -> SummaryMap`: how many roles exist and may exist, and how the root user stands.

    The flags are 0 or 1.
    """

    roles: int | None = None
    roles_quota: int | None = None
    account_mfa_enabled: int | None = msgspec.field(default=None, name="AccountMFAEnabled")
    account_access_keys_present: int | None = None
    account_password_present: int | None = None


class AccessKey(msgspec.Struct, frozen=True, kw_only=True):
    """An access key of a row of the credential report."""

    active: bool = False
    last_rotated: datetime | None = None
    last_used: datetime | None = None


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the credential report, only the columns that controls read; the root user is `<root_account>`."""

    user: str
    password_last_used: datetime | None = None
    mfa_active: bool | None = None
    keys: tuple[AccessKey, ...] = ()


class CredentialReport(msgspec.Struct, frozen=True, kw_only=True):
    """`iam:GetCredentialReport`, generated at most every four hours."""

    generated_at: datetime
    rows: tuple[Credential, ...] = ()


class DetectorFeature(_Answer, frozen=True):
    """A feature of a GuardDuty detector."""

    name: str
    status: str = ""


class Detector(_Answer, frozen=True):
    """`guardduty:GetDetector`."""

    status: str = ""
    features: tuple[DetectorFeature, ...] = ()


class ExclusionFilter(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Tags that immutability does not cover."""

    filter: str = ""


class ScanningConfiguration(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Scanning that a repository asks for itself."""

    scan_on_push: bool = False


class Repository(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """`ecr:DescribeRepositories -> repositories[]`."""

    repository_name: str
    repository_arn: str = ""
    repository_uri: str = ""
    image_tag_mutability: str = ""
    image_tag_mutability_exclusion_filters: tuple[ExclusionFilter, ...] = ()
    image_scanning_configuration: ScanningConfiguration | None = None


class RepositoryFilter(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Which repositories a scanning rule covers: a name with `*`."""

    filter: str = ""


class ScanningRule(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A scanning rule of the registry."""

    scan_frequency: str = ""
    repository_filters: tuple[RepositoryFilter, ...] = ()


class RegistryScanning(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """`ecr:GetRegistryScanningConfiguration -> scanningConfiguration`."""

    scan_type: str = ""
    rules: tuple[ScanningRule, ...] = ()


class PolicyText(msgspec.Struct, frozen=True, kw_only=True):
    """A repository's policy document; None when there is none: the service's not-found error is an answer."""

    document: dict[str, Any] | None = None
