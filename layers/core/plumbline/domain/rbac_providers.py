"""Providers of what controls of RBAC read beside the role or binding judged."""

from typing import Any

from plumbline.domain.aws_auth import AwsAuthObject
from plumbline.domain.evidence.kubernetes.rbac import Role, RoleBinding
from plumbline.domain.evidence.section import Collected, Section
from plumbline.domain.grants import Grants, Roles
from plumbline.domain.judged import first_missing
from plumbline.domain.need import joined, known
from plumbline.domain.provider import FactProvider, Judged, ResourceProvider
from plumbline.domain.verdict import Resource
from plumbline.domain.view import View


def _roles(view: View) -> Section[Roles]:
    evidence = view.kubernetes.evidence
    parts: tuple[Section[tuple[Role, ...]], ...] = (evidence.cluster_roles, evidence.roles)
    return Collected(Roles([role for part in parts for role in known(part, ())], first_missing(*parts)), view.now)


def _grants(view: View) -> Section[Grants]:
    evidence = view.kubernetes.evidence
    parts: tuple[Section[tuple[RoleBinding, ...]], ...] = (evidence.cluster_role_bindings, evidence.role_bindings)
    found = [binding for part in parts for binding in known(part, ())]
    return Collected(Grants(found, first_missing(*parts)), view.now)


def _aws_auth(view: View) -> Judged[AwsAuthObject]:
    yield Resource("aws-auth-mapping", "aws-auth"), joined(AwsAuthObject, view.kubernetes.evidence.aws_auth)


RBAC_RESOURCES: dict[type, ResourceProvider[Any]] = {AwsAuthObject: ResourceProvider(("aws_auth",), _aws_auth)}

RBAC_FACTS: dict[Any, FactProvider[Any]] = {
    Roles: FactProvider(("cluster_roles", "roles"), _roles),
    Grants: FactProvider(("cluster_role_bindings", "role_bindings"), _grants),
}
