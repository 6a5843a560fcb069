"""Identities: which service accounts have an AWS role of their own, and how they come to it."""

from collections.abc import Iterable

from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence import eks
from plumbline.domain.evidence.kubernetes.cluster import ServiceAccount
from plumbline.domain.evidence.section import Collected, Listed, NotCollected, Section


class WorkloadIdentities:
    """The roles of service accounts, as far as they could be read.

    Args:
        accounts: service accounts, of which an annotation names the role.
        associations: EKS Pod Identity.
        addons: add-ons, which are given a role or associations of their own.

    """

    def __init__(
        self,
        accounts: Section[tuple[ServiceAccount, ...]],
        associations: Listed[eks.PodIdentity],
        addons: Listed[eks.Addon],
    ) -> None:
        found = accounts.value if isinstance(accounts, Collected) else ()
        self._annotated = {(one.metadata.namespace, one.metadata.name) for one in found if one.role_arn}
        self._associated = {(one.namespace, one.service_account) for one in associations.collected()}
        self._of_addons = {one.addon_name for one in addons.collected() if has_role(one)}
        self._addon_names = addons.names
        self._addons = addons.items
        self._missing = tuple(one for one in (accounts, associations.complete()) if isinstance(one, NotCollected))

    def of(self, namespace: str, account: str, addons: Iterable[str] = ()) -> str:
        """Return how a service account comes to a role: `annotation`, `pod_identity`, `addon`; empty when it has none.

        Raises:
            EvidenceMissing: it has none in what was read, and a list that could show one is missing.

        """
        if (namespace, account) in self._annotated:
            return "annotation"
        if (namespace, account) in self._associated:
            return "pod_identity"
        named = tuple(addons)
        if self._of_addons.intersection(named):
            return "addon"
        missing = self._first_missing(named)
        if missing is not None:
            raise EvidenceMissing(missing)
        return ""

    def _first_missing(self, addons: tuple[str, ...]) -> NotCollected | None:
        of_addons = (self._addon_names, *(self._addons.get(name) for name in addons)) if addons else ()
        return next((one for one in (*self._missing, *of_addons) if isinstance(one, NotCollected)), None)


def has_role(addon: eks.Addon) -> bool:
    """Whether an add-on was given a role of its own."""
    return bool(addon.service_account_role_arn or addon.pod_identity_associations)
