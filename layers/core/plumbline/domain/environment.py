"""Environments: which clusters are production, as tags and accounts say."""

from collections.abc import Iterable

import msgspec

from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.section import not_collected

# What production is called unless a parameter says otherwise.
PRODUCTION = ("prod", "production")


class Environment(msgspec.Struct, frozen=True):
    """The environment of the cluster in lower case; None when neither a tag nor its account says which."""

    name: str | None = None

    def is_one_of(self, names: Iterable[str]) -> bool:
        """Whether the cluster belongs to one of these environments, whatever the case of the letters.

        Raises:
            EvidenceMissing: nothing says which environment the cluster belongs to.

        """
        if self.name is None:
            raise EvidenceMissing(not_collected("no tag and no account mapping says which environment this is"))
        return self.name.lower() in {name.lower() for name in names}
