"""Leads: the one cluster that a kubeconfig leads to, and which one that is in AWS if its name tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from plumbline.domain.errors import PlumblineError
from plumbline.domain.partitions import subject_in
from plumbline.domain.subject import Subject
from plumbline.ports import KubernetesSource
from plumbline_cli.scanning.insides import opened_kubeconfig

_WILDCARDS = frozenset("*?[")
# As eksctl calls clusters in a kubeconfig; `aws eks update-kubeconfig` calls them by their ARN.
_EKSCTL = re.compile(r"(?P<name>[0-9A-Za-z][0-9A-Za-z_-]*)\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d+)\.eksctl\.io")


class LeadError(PlumblineError):
    """A kubeconfig that does not lead to the cluster asked for; the text says why and what would do."""


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """Where a kubeconfig leads.

    Attributes:
        source: reads the cluster.
        context: the context used.
        subject: the cluster; without account and region where the kubeconfig does not tell.

    """

    source: KubernetesSource
    context: str
    subject: Subject

    def regions(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """Return the region to look for the cluster in, of those that somebody names.

        Raises:
            LeadError: the kubeconfig says that it is elsewhere.

        """
        told = self.subject.region
        if not told:
            return tuple(wanted)
        if wanted and tuple(wanted) != (told,):
            raise LeadError(f"context {self.context!r} leads to a cluster of {told}: leave --region out or say {told}")
        return (told,)

    def check(self, account: str, regions: Sequence[str]) -> None:
        """Check that AWS is asked about the very cluster.

        Raises:
            LeadError: the credentials are of another account, or it is not clear which region it is in.

        """
        if self.subject.account not in ("", account):
            owner = self.subject.account
            raise LeadError(f"context {self.context!r} leads to a cluster of account {owner}, not of {account}")
        if len(regions) != 1:
            raise LeadError(f"name the one region of the cluster that context {self.context!r} leads to with --region")


def lead_of(path: Path, context: str, wanted: Sequence[str]) -> Lead:
    """Return where a context of a kubeconfig leads, the current one without a name.

    Args:
        wanted: what --cluster says: the cluster's name, where the kubeconfig calls it otherwise.

    Raises:
        LeadError: --cluster is more than one name.
        ConfigurationError: the kubeconfig cannot be read or does not lead to a cluster.

    """
    if len(wanted) > 1 or any(_WILDCARDS.intersection(name) for name in wanted):
        raise LeadError("a kubeconfig leads to one cluster: with --kubeconfig, --cluster is its one name")
    source, name, cluster = opened_kubeconfig(path, context)
    subject = subject_named(cluster)
    if wanted:
        subject = msgspec.structs.replace(subject, cluster=wanted[0])
    return Lead(source=source, context=name, subject=subject)


def subject_named(cluster: str) -> Subject:
    """Return which cluster a kubeconfig means by a name."""
    by_eksctl = _EKSCTL.fullmatch(cluster)
    if by_eksctl:
        return subject_in("", by_eksctl["region"], by_eksctl["name"])
    try:
        return Subject.from_key(cluster)
    except ValueError:
        return Subject("", "", cluster)
