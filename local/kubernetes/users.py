"""Who a bearer token is: by a fixed table, or as EKS does it by access entries and the ConfigMap aws-auth."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import yaml

from local.kubernetes.eks_tokens import Credentials, TokenError, caller_of
from local.kubernetes.kinds import BY_PATH
from local.kubernetes.rbac import AUTHENTICATED, User
from local.kubernetes.state import ClusterState
from local.simulators.world import Cluster

_CONFIG_MAP = BY_PATH["", "configmaps"]
_log = logging.getLogger(__name__)


class Users(Protocol):
    """Knows who a bearer token is."""

    def of_token(self, token: str, state: ClusterState) -> User | None:
        """Return the user, or None for a token that is not accepted."""
        ...


@dataclass(frozen=True)
class FixedUsers:
    """Users by token, for clusters outside AWS."""

    users: Mapping[str, User]

    def of_token(self, token: str, state: ClusterState) -> User | None:  # noqa: ARG002 (the port's shape)
        """Return the user of the table."""
        return self.users.get(token)


@dataclass(frozen=True)
class EksUsers:
    """IAM principals; `cluster` is the cluster as EKS has it now, None when it is gone."""

    name: str
    cluster: Callable[[], Cluster | None]
    credentials: Credentials
    clock: Callable[[], dt.datetime]

    def of_token(self, token: str, state: ClusterState) -> User | None:
        """Return the user of the access entry, or else of the mapping."""
        try:
            principal = caller_of(token, self.name, self.credentials, self.clock())
        except TokenError as refused:
            _log.warning("%s: token refused: %s", self.name, refused)
            return None
        cluster = self.cluster()
        if cluster is None:
            return None
        mode = cluster.description.get("accessConfig", {}).get("authenticationMode", "API")
        entry = cluster.access_entries.get(principal) if mode != "CONFIG_MAP" else None
        if entry is not None:
            policies = tuple(arn.rpartition("/")[2] for arn in cluster.access_policies.get(principal, {}))
            groups = (*entry.get("kubernetesGroups", ()), AUTHENTICATED)
            return User(entry.get("username") or principal, groups, policies)
        return _mapped(state, principal) if mode != "API" else None


def _mapped(state: ClusterState, principal: str) -> User | None:
    data = (state.get(_CONFIG_MAP, "kube-system", "aws-auth") or {}).get("data") or {}
    for member, arn in (("mapRoles", "rolearn"), ("mapUsers", "userarn")):
        for mapping in _mappings(data.get(member, "")):
            if mapping.get(arn) == principal:
                groups = (*(mapping.get("groups") or ()), AUTHENTICATED)
                return User(mapping.get("username") or principal, groups)
    return None


def _mappings(text: str) -> list[dict[str, Any]]:
    """The mappings of one member; a text that is not YAML maps nobody, as in EKS."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        return []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
