"""Names: ids and ARNs that tell what they belong to, so that a resource is found without storing it."""

import re

from benchmarks.fleet.draws import Draws
from benchmarks.fleet.errors import AwsError
from benchmarks.fleet.traits import Place

_ID = re.compile(r"[a-z]+-0([0-9a-f]{6})([0-9a-f]{7})([0-9a-f]{3})")


class Names:
    """Ids like AWS's, of 17 hexadecimal digits: the place, the number of the resource and that of its part."""

    def __init__(self, draws: Draws) -> None:
        self._draws = draws

    def id(self, prefix: str, place: Place, number: int, part: int = 0) -> str:
        """Return the id of a resource or of a part of it."""
        return f"{prefix}-0{self._of_place(place):06x}{number:07x}{part:03x}"

    def opened(self, text: str, place: Place, kind: str) -> tuple[int, int]:
        """Return the numbers of the resource and the part that an id names.

        Raises:
            AwsError: `Invalid<kind>.NotFound`, no such id is of the place.

        """
        found = _ID.fullmatch(text)
        if found is None or int(found[1], 16) != self._of_place(place):
            raise AwsError(f"Invalid{kind}.NotFound", f"The ID '{text}' does not exist")
        return int(found[2], 16), int(found[3], 16)

    def _of_place(self, place: Place) -> int:
        return self._draws.number("place", *place) & 0xFFFFFF

    def eks_arn(self, place: Place, kind: str, *path: str) -> str:
        """Return the ARN of a part of a cluster, which ends in a UUID."""
        return f"{eks_arn(place, kind, *path)}/{self._draws.identifier(kind, *place, *path)}"


def eks_arn(place: Place, kind: str, *path: str) -> str:
    """Return the ARN of an EKS resource."""
    return f"arn:aws:eks:{place.region}:{place.account}:{kind}/{'/'.join(path)}"


def role_arn(account: str, name: str) -> str:
    """Return the ARN of a role."""
    return f"arn:aws:iam::{account}:role/{name}"


def node_role_name(place: Place, cluster: str) -> str:
    """Return the name of the role of a cluster's nodes."""
    return f"eks-node-{place.region}-{cluster}"
