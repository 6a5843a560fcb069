"""Images that EKS publishes: which SSM parameter names the recommended release, and how far behind a release is."""

import re
from datetime import date
from enum import StrEnum

from plumbline.domain.errors import EvidenceUnreadable
from plumbline.domain.semver import numbers_of

CUSTOM = "CUSTOM"

_LINUX = "/aws/service/eks/optimized-ami/{minor}/{family}/recommended/release_version"
_BOTTLEROCKET = "/aws/service/bottlerocket/aws-k8s-{minor}{variant}/{architecture}/latest/image_version"
_WINDOWS = (
    "/aws/service/ami-windows-latest/Windows_Server-{year}-English-{edition}-EKS_Optimized-{minor}/release_version"
)
_AL2_FAMILIES = {
    "AL2_x86_64": "amazon-linux-2",
    "AL2_x86_64_GPU": "amazon-linux-2-gpu",
    "AL2_ARM_64": "amazon-linux-2-arm64",
}
_AL2023_TYPE = re.compile(r"AL2023_(x86_64|ARM_64)_(STANDARD|NVIDIA|NEURON)")
_BOTTLEROCKET_TYPE = re.compile(r"BOTTLEROCKET_(x86_64|ARM_64)(_NVIDIA)?(_FIPS)?")
_WINDOWS_TYPE = re.compile(r"WINDOWS_(CORE|FULL)_(\d{4})_x86_64", re.ASCII)
_ACCELERATED_TYPE = re.compile(r"_(GPU|NVIDIA|NEURON)(_|$)")
# AL2023 writes 1.33.1-20250801, Windows 1.33-2025.08.01.
_RELEASE_DATE = re.compile(r"-(\d{4})\.?(\d{2})\.?(\d{2})$", re.ASCII)


class Lag(StrEnum):
    """How the releases of a family are compared."""

    BY_DATE = "by date"
    BY_VERSION = "by version"


def release_parameter(ami_type: str, minor: str) -> str | None:
    """Return the public SSM parameter that holds the recommended release, or None for a type that has none.

    Args:
        ami_type: `nodegroup.amiType`, such as `AL2023_x86_64_STANDARD`.
        minor: the Kubernetes version of the node group, such as `1.33`.

    """
    if ami_type in _AL2_FAMILIES:
        return _LINUX.format(minor=minor, family=_AL2_FAMILIES[ami_type])
    if found := _AL2023_TYPE.fullmatch(ami_type):
        family = f"amazon-linux-2023/{_architecture(found[1])}/{found[2].lower()}"
        return _LINUX.format(minor=minor, family=family)
    if found := _BOTTLEROCKET_TYPE.fullmatch(ami_type):
        variant = "".join(part or "" for part in found.group(2, 3)).lower().replace("_", "-")
        return _BOTTLEROCKET.format(minor=minor, variant=variant, architecture=_architecture(found[1]))
    if found := _WINDOWS_TYPE.fullmatch(ami_type):
        return _WINDOWS.format(minor=minor, edition=found[1].capitalize(), year=found[2])
    return None


def _architecture(name: str) -> str:
    return "arm64" if name == "ARM_64" else "x86_64"


def comparison(ami_type: str) -> Lag:
    """Return how releases of the type are compared: Bottlerocket has versions, the others carry dates."""
    return Lag.BY_VERSION if ami_type.startswith("BOTTLEROCKET_") else Lag.BY_DATE


def accelerated(ami_type: str) -> bool:
    """Whether the image is made for GPUs or other accelerators."""
    return _ACCELERATED_TYPE.search(ami_type) is not None


def days_behind(installed: str, recommended: str) -> int:
    """Return by how many days a release is older than the recommended one; negative when it is newer.

    Raises:
        EvidenceUnreadable: one of them carries no date.

    """
    return (_release_date(recommended) - _release_date(installed)).days


def _release_date(release: str) -> date:
    found = _RELEASE_DATE.search(release)
    if found is None:
        raise EvidenceUnreadable(f"{release!r} is not a release that ends in a date")
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError as error:
        raise EvidenceUnreadable(f"{release!r} ends in no date of the calendar") from error


def releases_behind(installed: str, recommended: str) -> tuple[int, int, int]:
    """Return by how many majors, minors and patches a version is older; negative numbers when it is newer.

    Raises:
        EvidenceUnreadable: one of them is no version.

    """
    had, wanted = numbers_of(installed), numbers_of(recommended)
    return wanted[0] - had[0], wanted[1] - had[1], wanted[2] - had[2]
