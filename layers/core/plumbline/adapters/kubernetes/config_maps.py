"""The three ConfigMaps that are read by name, reduced to principals, groups and switches (controls.md 0.7)."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

from plumbline.domain.evidence.kubernetes.cluster import AwsAuthMap, AwsAuthMapping, CniSettings, FargateLogging

_TRUE = "true"
_OUTPUT = re.compile(r"^\s*\[output\]", re.IGNORECASE | re.MULTILINE)


class ConfigMap(msgspec.Struct, frozen=True):
    """A ConfigMap, for as long as it takes to reduce it."""

    data: dict[str, str] = {}

    def __repr__(self) -> str:
        return "ConfigMap(...)"


class _Mapping(msgspec.Struct, frozen=True):
    """An entry of `mapRoles` or `mapUsers`."""

    rolearn: str = ""
    userarn: str = ""
    username: str = ""
    groups: tuple[str, ...] = ()


class _NotUnderstoodError(ValueError):
    """A text is not what the authenticator of EKS reads."""


def aws_auth(found: ConfigMap) -> AwsAuthMap:
    """Return the principals that are let in; what cannot be understood is told, never taken for empty."""
    problems: list[str] = []
    roles = tuple(_mappings(found, "mapRoles", problems))
    users = tuple(_mappings(found, "mapUsers", problems))
    accounts = tuple(str(one) for one in _entries(found, "mapAccounts", problems))
    return AwsAuthMap(roles=roles, users=users, accounts=accounts, problem="; ".join(problems))


def cni_settings(found: ConfigMap) -> CniSettings:
    """Return the switches of the VPC CNI."""
    return CniSettings(
        network_policy_controller=_switch(found, "enable-network-policy-controller"),
        windows_prefix_delegation=_switch(found, "enable-windows-prefix-delegation"),
    )


def fargate_logging(found: ConfigMap) -> FargateLogging:
    """Return whether the log router of Fargate has somewhere to send logs to."""
    return FargateLogging(has_output=_OUTPUT.search(found.data.get("output.conf", "")) is not None)


def _switch(found: ConfigMap, name: str) -> bool | None:
    return found.data[name].strip().lower() == _TRUE if name in found.data else None


def _mappings(found: ConfigMap, member: str, problems: list[str]) -> Iterator[AwsAuthMapping]:
    for entry in _entries(found, member, problems):
        try:
            given = msgspec.convert(_without_nulls(entry), _Mapping)
        except msgspec.ValidationError as error:
            problems.append(f"{member}: {error}")
            continue
        arn = given.rolearn if member == "mapRoles" else given.userarn
        if arn:
            yield AwsAuthMapping(arn, given.username, given.groups)
        else:
            problems.append(f"{member}: an entry names no ARN")


def _entries(found: ConfigMap, member: str, problems: list[str]) -> list[Any]:
    try:
        return _listed(found.data.get(member, ""))
    except _NotUnderstoodError as error:
        problems.append(f"{member}: {error}")
        return []


def _listed(text: str) -> list[Any]:
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise _NotUnderstoodError(f"not YAML{f' (line {mark.line + 1})' if mark else ''}") from error
    if content is None:
        return []
    if not isinstance(content, list):
        raise _NotUnderstoodError("not a list")
    return content


def _without_nulls(entry: object) -> object:
    return {key: value for key, value in entry.items() if value is not None} if isinstance(entry, dict) else entry
