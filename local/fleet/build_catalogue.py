"""What AWS offers: the version calendar, add-ons, image releases, instance types."""

from __future__ import annotations

import datetime as dt

from local.fleet.manifest import Catalogue as CatalogueManifest
from local.fleet.manifest import CatalogueAddon, InstanceType, Version
from local.kubernetes.nodes import SHAPES
from local.simulators.world import Catalogue, Row


def build_catalogue(manifest: CatalogueManifest, now: dt.datetime) -> Catalogue:
    """The catalogue with its days counted from `now`."""
    catalogue = Catalogue(
        versions=[_version(row, now) for row in manifest.versions],
        addons=[_addon(row) for row in manifest.addons],
        instance_types=[_instance_type(row) for row in manifest.instance_types],
    )
    for version in manifest.versions:
        for image in manifest.images:
            release = image.recommended or release_name(
                version.version, version.patch, image.ami_type, image.recommended_age, now
            )
            catalogue.parameters[image.parameter.format(minor=version.version)] = release
            catalogue.releases[version.version, image.ami_type] = release
    return catalogue


def _instance_type(manifest: InstanceType) -> Row:
    shape = SHAPES[manifest.name]
    return {
        "InstanceType": manifest.name,
        "CurrentGeneration": manifest.current,
        "BurstablePerformanceSupported": manifest.burstable,
        "VCpuInfo": {"DefaultVCpus": shape.cores},
        "MemoryInfo": {"SizeInMiB": shape.memory * 1024},
        "NetworkInfo": {
            "MaximumNetworkInterfaces": shape.interfaces,
            "Ipv4AddressesPerInterface": shape.addresses,
        },
    }


def release_name(minor: str, patch: str, ami_type: str, age: int, now: dt.datetime) -> str:
    """The release of an image that is `age` days old, written as its family writes it."""
    date = now - dt.timedelta(days=age)
    if ami_type.startswith("WINDOWS"):
        return f"{minor}-{date:%Y.%m.%d}"
    return f"{patch}-{date:%Y%m%d}"


def _version(row: Version, now: dt.datetime) -> Row:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if row.standard_ends > 0:
        status = "STANDARD_SUPPORT"
    else:
        status = "EXTENDED_SUPPORT" if row.extended_ends > 0 else "UNSUPPORTED"
    return {
        "clusterVersion": row.version,
        "clusterType": "eks",
        "defaultPlatformVersion": row.platform,
        "defaultVersion": row.default,
        "releaseDate": today + dt.timedelta(days=row.released),
        "endOfStandardSupportDate": today + dt.timedelta(days=row.standard_ends),
        "endOfExtendedSupportDate": today + dt.timedelta(days=row.extended_ends),
        "kubernetesPatchVersion": row.patch,
        "status": status.lower().replace("_", "-"),
        "versionStatus": status,
    }


def _addon(row: CatalogueAddon) -> Row:
    return {
        "addonName": row.name,
        "type": row.kind,
        "owner": "aws",
        "publisher": "eks",
        "addonVersions": [
            {
                "addonVersion": entry.version,
                "architecture": ["amd64", "arm64"],
                "requiresConfiguration": False,
                "requiresIamPermissions": False,
                "compatibilities": [
                    {
                        "clusterVersion": minor,
                        "platformVersions": ["*"],
                        "defaultVersion": minor in entry.default_for,
                    }
                    for minor in entry.fits
                ],
            }
            for entry in row.versions
        ],
    }
