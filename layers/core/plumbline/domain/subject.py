"""Subjects: what an assessment is about. A cluster, or a region of an account for facts that clusters share."""

import msgspec


class Subject(msgspec.Struct, frozen=True, order=True):
    """A cluster (`cluster` is its name) or a region of an account (`cluster` is empty)."""

    account: str
    region: str
    cluster: str = ""
    partition: str = "aws"

    @property
    def key(self) -> str:
        """The identity under which everything about the subject is recorded: the cluster's ARN."""
        if self.cluster:
            return f"arn:{self.partition}:eks:{self.region}:{self.account}:cluster/{self.cluster}"
        return f"arn:{self.partition}:eks:{self.region}:{self.account}:region"

    @property
    def name(self) -> str:
        """A short name for people."""
        return self.cluster or f"{self.account} {self.region}"

    @classmethod
    def from_key(cls, key: str) -> "Subject":
        """Build a subject from its key.

        Raises:
            ValueError: the text is not the ARN of a cluster or of a region.

        """
        parts = key.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn" or parts[2] != "eks":
            raise ValueError(f"{key!r} is not the ARN of a cluster")
        _, partition, _, region, account, rest = parts
        kind, _, cluster = rest.partition("/")
        if kind not in ("cluster", "region") or (kind == "cluster") != bool(cluster):
            raise ValueError(f"{key!r} is not the ARN of a cluster")
        return cls(account=account, region=region, cluster=cluster, partition=partition)
