"""Versions that AWS publishes: ordered by their numbers, not by their text."""

import re

from plumbline.domain.errors import EvidenceUnreadable

_BUILD = "-eksbuild."
_NUMBERS = re.compile(r"v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:-(?P<pre>[0-9A-Za-z.-]+))?(?:\+.*)?", re.ASCII)

# Numbers, whether it is a full release (which comes after its pre-releases), the pre-release, the EKS builds.
AddonOrder = tuple[tuple[int, int, int], bool, tuple[tuple[int, str], ...], tuple[int, ...]]


def addon_order(version: str) -> AddonOrder:
    """Return the sort key of an add-on version such as `v1.18.3-eksbuild.2`.

    Semantic version first, then the numbers of the eksbuild suffix; a version without the suffix comes first.

    Raises:
        EvidenceUnreadable: the text is not such a version.

    """
    semantic, _, build = version.partition(_BUILD)
    found = _NUMBERS.fullmatch(semantic)
    if found is None or not all(part.isdecimal() for part in build.split(".") if build):
        raise EvidenceUnreadable(f"{version!r} is not an add-on version like v1.2.3-eksbuild.1")
    pre_release = found["pre"] or ""
    identifiers = tuple(_identifier(part) for part in pre_release.split(".")) if pre_release else ()
    builds = tuple(int(part) for part in build.split(".")) if build else ()
    return numbers_of(semantic), not pre_release, identifiers, builds


def _identifier(part: str) -> tuple[int, str]:
    """Order numeric identifiers by value and before the others, as semantic versioning has it."""
    return (int(part), "") if part.isdecimal() else (_AFTER_NUMBERS, part)


_AFTER_NUMBERS = 10**18


def numbers_of(version: str) -> tuple[int, int, int]:
    """Return major, minor and patch of a version; what follows a dash names a build and is left out.

    Raises:
        EvidenceUnreadable: the text does not begin with two or three numbers.

    """
    found = _NUMBERS.fullmatch(version)
    if found is None:
        raise EvidenceUnreadable(f"{version!r} is not a version like 1.2.3")
    return int(found[1]), int(found[2]), int(found[3] or 0)
