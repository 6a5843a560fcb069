"""`plumbline kubernetes-access`: what lets Plumbline read the Kubernetes API of a cluster, and nothing more."""

from __future__ import annotations

import re
from typing import Annotated

import typer

EPILOG = """Examples:

  plumbline kubernetes-access --cluster payments --role-arn arn:aws:iam::111122223333:role/plumbline-reader

  plumbline kubernetes-access --cluster payments | kubectl apply -f -

The command for AWS stands in a comment, so that the whole can be handed to kubectl.
"""

# What EKS takes for the name of a cluster; nothing else gets into the comment.
_CLUSTER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}", re.ASCII)
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}|ACCOUNT):role/[\w+=,.@/-]+", re.ASCII)
_REGION = re.compile(r"[a-z0-9-]*", re.ASCII)
_GROUP = re.compile(r"(?!system:)[^\s\x00-\x1f\x7f]+")
_READER = "arn:aws:iam::ACCOUNT:role/plumbline-reader"


def kubernetes_access(
    cluster: Annotated[str, typer.Option(help="Name of the cluster.", metavar="NAME")],
    role_arn: Annotated[
        str,
        typer.Option(
            help="Role that reads: the reader's in the cluster's account, or your own for `scan --kubernetes`.",
            metavar="ARN",
        ),
    ] = _READER,
    group: Annotated[str, typer.Option(help="Kubernetes group that is granted the lists.", metavar="NAME")] = "",
    region: Annotated[str, typer.Option(help="Region of the cluster; default: your profile's.", metavar="NAME")] = "",
) -> None:
    """Print what lets Plumbline read the Kubernetes API of a cluster: the access entry, the ClusterRole and bindings.

    Generated from the lists that the collector reads; the only verb is `list`, and there are no Secrets among them.
    """
    from plumbline.adapters.kubernetes.permissions import GROUP, access_entry_command, manifest
    from plumbline_cli.terminal import say

    _check("--cluster", cluster, _CLUSTER, "the name of an EKS cluster")
    _check("--role-arn", role_arn, _ROLE, "the ARN of an IAM role, such as arn:aws:iam::111122223333:role/reader")
    _check("--region", region, _REGION, "the name of a region, such as eu-west-1")
    name = group or GROUP
    _check("--group", name, _GROUP, "the name of a group; EKS refuses those that begin with system:")
    typer.echo("# Lets the role in, as a member of the group and no more:")
    typer.echo(f"#   {access_entry_command(cluster, role_arn, region=region, group=name)}")
    typer.echo(manifest(name), nl=False)
    if role_arn == _READER:
        say("ACCOUNT stands for the cluster's account; --role-arn names the role.")


def _check(option: str, value: str, form: re.Pattern[str], wanted: str) -> None:
    if not form.fullmatch(value):
        raise typer.BadParameter(f"{value!r} is not {wanted}", param_hint=option)
