"""Discovering: write down which accounts and regions a sweep has to visit."""

from datetime import datetime

import msgspec

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
