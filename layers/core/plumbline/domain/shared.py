"""What is judged once for all clusters that share it: repositories, quotas, accounts, roles; and facts beside them."""

from collections.abc import Iterable, Mapping

import msgspec

from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence.section import Listed, NotCollected, Section, not_collected


class Account(msgspec.Struct, frozen=True):
    """An account, judged once for all its regions."""

    account: str


class WorkloadRole(msgspec.Struct, frozen=True):
    """A role of the account that pods may take: by a cluster's OIDC provider or through EKS Pod Identity."""

    role: aws.Role


class QuotaUsage(msgspec.Struct, frozen=True):
    """A quota and how much of it is used, counted from the inventory.

    Attributes:
        name: what is counted, in words.
        used: how many there are; where the quota holds for each of many things, of the fullest of them.
        allowed: the quota; None for one that a parameter of the control gives.
        code: under which Service Quotas knows it, when it does.

    """

    name: str
    used: Section[int]
    allowed: Section[float | None]
    code: str = ""


class OidcProviders:
    """The IAM OIDC providers of an account."""

    def __init__(self, arns: Iterable[str]) -> None:
        self._issuers = {arn.partition(":oidc-provider/")[2] for arn in arns}

    def has(self, issuer: str | None) -> bool:
        """Whether there is a provider for a cluster's issuer; its ARN ends with the issuer without the scheme."""
        return issuer is not None and issuer.removeprefix("https://") in self._issuers


class Detectors:
    """The GuardDuty detectors of a region."""

    def __init__(self, listed: Listed[aws.Detector]) -> None:
        self._listed = listed

    @property
    def found(self) -> tuple[aws.Detector, ...]:
        """The detectors that could be described."""
        return tuple(self._listed.collected())

    @property
    def missing(self) -> NotCollected | None:
        """Why there may be others."""
        return self._listed.complete()


class _ByRepository:
    def __init__(self, policies: Mapping[str, Section[aws.PolicyText]]) -> None:
        self._policies = policies

    def of(self, repository: str) -> Section[aws.PolicyText]:
        """Return what a repository has, or why that is missing."""
        return self._policies.get(repository, not_collected(f"the policy of {repository} was not read"))


class RepositoryPolicies(_ByRepository):
    """Who may use the repositories of a region."""


class LifecyclePolicies(_ByRepository):
    """When the repositories of a region drop old images."""
