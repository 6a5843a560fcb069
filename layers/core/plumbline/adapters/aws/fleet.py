"""The fleet: configured accounts, or every active account of the organization, in the configured regions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import msgspec

from plumbline.adapters.aws.refusals import REFUSALS, refused
from plumbline.adapters.aws.sessions import Sessions
from plumbline.domain.errors import FleetError
from plumbline.ports import Target

ACTIVE = "ACTIVE"
PAGE = 20


class _Account(msgspec.Struct, rename="pascal"):
    """An account of the organization. `Status` is the older name of `State`, and may be all there is."""

    id: str
    state: str = ""
    status: str = ""

    @property
    def active(self) -> bool:
        return (self.state or self.status) == ACTIVE


class AwsFleet:
    """Implements `ports.Fleet`."""

    def __init__(
        self,
        sessions: Sessions,
        *,
        regions: Collection[str],
        accounts: Collection[str] | None = None,
        excluded: Collection[str] = (),
    ) -> None:
        """Take the configuration.

        Args:
            sessions: the hub's own credentials, for Organizations.
            regions: the regions to watch in every account.
            accounts: the accounts to watch; None means every active account of the organization.
            excluded: accounts to leave out.

        """
        self._sessions = sessions
        self._regions = sorted(set(regions))
        self._accounts = accounts
        self._excluded = frozenset(excluded)

    def targets(self) -> Sequence[Target]:
        """Return every account and region, sorted.

        Raises:
            FleetError: Organizations refused to list the accounts.
            CredentialsError: the hub's credentials are missing, expired or wrong.

        """
        accounts = self._active_accounts() if self._accounts is None else self._accounts
        watched = sorted(set(accounts) - self._excluded)
        return [Target(account, region) for account in watched for region in self._regions]

    def _active_accounts(self) -> list[str]:
        client = self._sessions.client("", self._sessions.access.region, "organizations")
        found: list[_Account] = []
        try:
            for page in client.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": PAGE}):
                found += msgspec.convert(page["Accounts"], list[_Account])
        except REFUSALS as error:
            missing = refused(error, "organizations:ListAccounts", datetime.now(UTC), own=True)
            raise FleetError(missing.detail) from error
        return [account.id for account in found if account.active]
