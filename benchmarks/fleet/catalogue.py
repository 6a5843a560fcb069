"""The catalogue: versions, images, instance types and add-ons on offer, from catalogue.toml."""

import tomllib
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import msgspec

_FILE = Path(__file__).with_name("catalogue.toml")
_RELEASES = 12
_ADDON_VERSIONS = 8
# Newest first, the second one is the default.
DEFAULT_ADDON_RELEASE = 1
_BOTTLEROCKET = "BOTTLEROCKET_"


class Version(msgspec.Struct, frozen=True):
    """A Kubernetes version; its support ends so many days after the fleet's today."""

    minor: str
    patch: str
    weight: int
    standard_ends: int
    extended_ends: int

    @property
    def support(self) -> str:
        """The phase of support the version is in today."""
        if self.standard_ends > 0:
            return "STANDARD_SUPPORT"
        return "EXTENDED_SUPPORT" if self.extended_ends > 0 else "UNSUPPORTED"


class Image(msgspec.Struct, frozen=True):
    """A type of node image; releases count from the newest, which is 0."""

    type: str
    weight: int
    parameter: str
    behind: int
    far_behind: int

    @property
    def custom(self) -> bool:
        """Whether it is the customer's own."""
        return not self.parameter


class InstanceType(msgspec.Struct, frozen=True):
    """An instance type."""

    name: str
    weight: int
    current: bool
    burstable: bool


class _Published(msgspec.Struct, frozen=True):
    release_interval: int
    newest_release_age: int
    marketplace_addons: int
    versions: tuple[Version, ...]
    images: tuple[Image, ...]
    instance_types: tuple[InstanceType, ...]
    addons: tuple[str, ...]


class Catalogue:
    """What AWS publishes on the fleet's today."""

    def __init__(self, today: date) -> None:
        self._published = msgspec.convert(tomllib.loads(_FILE.read_text()), _Published)
        self._midnight = datetime.combine(today, time(), UTC)
        self.versions = self._published.versions
        self.images = self._published.images
        self.instance_types = self._published.instance_types
        self.addon_names = self._published.addons
        self.foreign_addon_names = tuple(f"vendor{n:02d}_agent" for n in range(self._published.marketplace_addons))
        self.releases = range(_RELEASES)
        self.addon_releases = range(_ADDON_VERSIONS)

    def at(self, days: float) -> float:
        """Return a moment so many days after midnight of the fleet's today, as a Unix time."""
        return (self._midnight + timedelta(days=days)).timestamp()

    def timestamp(self, days: float) -> str:
        """Return such a moment as XML protocols write it."""
        return f"{self._midnight + timedelta(days=days):%Y-%m-%dT%H:%M:%S.000Z}"

    def version_before(self, version: Version) -> Version:
        """Return the version before, or the same when it is the oldest."""
        return self.versions[max(self.versions.index(version) - 1, 0)]

    def release(self, image: Image, version: Version, release: int) -> str:
        """Return the name of an image release."""
        if image.type.startswith(_BOTTLEROCKET):
            return f"1.{61 - release}.{release % 3}-{0x9E3779B1 * (release + 1) & 0xFFFFFFFF:08x}"
        age = self._published.newest_release_age + self._published.release_interval * release
        return f"{version.patch}-{self._midnight - timedelta(days=age):%Y%m%d}"

    def recommended_releases(self) -> dict[str, str]:
        """Return the public parameters with the releases that AWS recommends, by name."""
        return {
            image.parameter.format(minor=version.minor): self.release(image, version, 0)
            for image in self.images
            for version in self.versions
            if not image.custom
        }

    @staticmethod
    def addon_version(name: str, release: int) -> str:
        """Return the name of an add-on version; releases count from the newest, which is 0."""
        return f"v1.{20 - release}.{len(name) % 5}-eksbuild.{1 + release % 4}"

    def addon_fits(self, release: int, version: Version) -> bool:
        """Whether a release of an add-on runs on a cluster version: the oldest does not on the newest."""
        return release < len(self.addon_releases) - 1 or version is not self.versions[-1]
