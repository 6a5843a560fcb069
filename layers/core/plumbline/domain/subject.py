"""Subjects: what an assessment is about. A cluster, or what clusters share: a region, an account, the fleet."""

from enum import StrEnum

import msgspec


class Level(StrEnum):
    """How wide a subject is."""

    CLUSTER = "cluster"
    REGION = "region"
    ACCOUNT = "account"
    FLEET = "fleet"


class Subject(msgspec.Struct, frozen=True, order=True):
    """A cluster (`cluster` is its name), a region of an account, an account (no region) or the fleet (no account)."""

    account: str
    region: str
    cluster: str = ""
    partition: str = "aws"

    @property
    def level(self) -> Level:
        """How wide the subject is."""
        if self.cluster:
            return Level.CLUSTER
        if self.region:
            return Level.REGION
        return Level.ACCOUNT if self.account else Level.FLEET

    @property
    def key(self) -> str:
        """The identity under which everything about the subject is recorded: the cluster's ARN."""
        what = f"cluster/{self.cluster}" if self.cluster else str(self.level)
        return f"arn:{self.partition}:eks:{self.region}:{self.account}:{what}"

    @property
    def name(self) -> str:
        """A short name for people."""
        return self.cluster or " ".join(part for part in (self.account, self.region) if part) or "the fleet"

    @classmethod
    def from_key(cls, key: str) -> "Subject":
        """Build a subject from its key.

        Raises:
            ValueError: the text is not the ARN of a cluster or of what clusters share.

        """
        parts = key.split(":", 5)
        if len(parts) == 6 and parts[0] == "arn" and parts[2] == "eks":
            _, partition, _, region, account, rest = parts
            made = cls(account, region, rest.partition("/")[2], partition)
            if made.key == key:
                return made
        raise ValueError(f"{key!r} is not the ARN of a cluster")
