"""The page on Kubernetes: access, and what is read of a cluster, made from the collector's table of kinds.

python -m plumbline_cli.kubernetes_page             # writes docs/kubernetes.md
python -m plumbline_cli.kubernetes_page other.md
"""

import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import msgspec

from plumbline.adapters.kubernetes.kinds import KINDS, PAGE_SIZE, Kind
from plumbline.adapters.kubernetes.permissions import GROUP, access_entry_command, manifest
from plumbline_cli.templates import rendered

PAGE = Path("docs/kubernetes.md")
_TEMPLATE = "kubernetes_page.md.jinja"
_TOLD_BY = {
    "aws_auth": "which roles and users it lets in, where access entries do not",
    "cni_settings": "whether the VPC CNI enforces network policies, and on Windows nodes",
    "fargate_logging": "whether logs of Fargate pods go anywhere",
}
_READER = "arn:aws:iam::111122223333:role/plumbline-reader"


class Row(msgspec.Struct, frozen=True):
    """The lists of one API group."""

    group: str
    versions: str
    lists: str


def render() -> str:
    """Return the page as Markdown that ends in a line feed."""
    return rendered(
        _TEMPLATE,
        always=rows([kind for kind in KINDS if not kind.optional and not kind.name]),
        named=[(kind, _TOLD_BY[kind.section]) for kind in KINDS if kind.name],
        found=rows([kind for kind in KINDS if kind.optional]),
        calls=sum(not kind.optional for kind in KINDS) + 2,
        page_size=PAGE_SIZE,
        group=GROUP,
        reader=_READER,
        command=access_entry_command("payments", _READER, region="eu-west-1"),
        manifest=manifest().rstrip(),
    )


def rows(kinds: Sequence[Kind]) -> tuple[Row, ...]:
    """Return the kinds by API group, in the order of the table."""
    first = {kind.group: number for number, kind in reversed([*enumerate(kinds)])}
    ordered = sorted(kinds, key=lambda kind: first[kind.group])
    return tuple(_row(group, tuple(members)) for group, members in groupby(ordered, lambda kind: kind.group))


def _row(group: str, members: tuple[Kind, ...]) -> Row:
    versions = dict.fromkeys(version for kind in members for version in kind.versions)
    return Row(group or "core", ", ".join(versions), ", ".join(kind.plural for kind in members))


def main(arguments: Sequence[str]) -> None:
    """Write the page to the path given, else to `docs/kubernetes.md` below the current directory."""
    page = Path(arguments[0]) if arguments else PAGE
    page.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
