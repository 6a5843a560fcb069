"""Discovering: write down which accounts and regions a sweep has to visit."""

from datetime import datetime

import msgspec

from plumbline.domain.partitions import partition_of
from plumbline.domain.subject import Subject
from plumbline.ports import EvidenceStore, Fleet


class Manifest(msgspec.Struct, frozen=True):
    """Where the list of a sweep is kept, for a Distributed Map to read, and how long it is."""

    key: str
    targets: int


def discover(fleet: Fleet, store: EvidenceStore, now: datetime) -> Manifest:
    """Write the manifest of a sweep: a JSON list of `{"account", "region"}`.

    Raises:
        FleetError: the accounts could not be listed.
        CredentialsError: nothing can be read at all.
        StoreError: the manifest could not be kept.

    """
    targets = fleet.targets()
    items = [{"account": target.account, "region": target.region} for target in targets]
    return Manifest(store.put_manifest(f"sweep-{now:%Y%m%dT%H%M%SZ}", items), len(items))


def shared_subjects(store: EvidenceStore, key: str) -> tuple[Subject, ...]:
    """Return what the regions of a sweep's manifest share: their accounts, once each, in order, and the fleet.

    Raises:
        StoreError: there is no such manifest.

    """
    regions = [(str(target["account"]), partition_of(str(target["region"]))) for target in store.get_manifest(key)]
    accounts = {Subject(account, "", partition=partition) for account, partition in regions}
    fleet = {Subject("", "", partition=partition) for _, partition in regions}
    return (*sorted(accounts), *sorted(fleet))
