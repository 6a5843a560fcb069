"""Providers of the IAM roles that service accounts take."""

from collections import defaultdict
from typing import Any

from plumbline.domain.evidence.section import Section
from plumbline.domain.facts import IamCatalogue
from plumbline.domain.judged import ALL, first_missing
from plumbline.domain.need import joined, known
from plumbline.domain.node_facts import PodRole
from plumbline.domain.provider import Judged, ResourceProvider
from plumbline.domain.verdict import Resource
from plumbline.domain.view import View


def _pod_roles(view: View) -> Judged[PodRole]:
    accounts, identities = view.kubernetes.evidence.service_accounts, view.snapshot.cluster.pod_identities
    missing = first_missing(accounts, identities.complete())
    if missing:
        yield Resource("iam-role", ALL), missing
    takers: dict[str, set[str]] = defaultdict(set)
    by_token: set[str] = set()
    for account in known(accounts, ()):
        if account.role_arn:
            takers[account.role_arn].add(account.metadata.namespace)
            by_token.add(account.role_arn)
    for identity in identities.collected():
        for arn in {identity.role_arn, identity.target_role_arn or ""} - {""}:
            takers[arn].add(identity.namespace)
            by_token |= {arn} if identity.disable_session_tags else set()
    for arn in sorted(takers):
        yield Resource("iam-role", arn), _pod_role(view, arn, takers[arn], session_tags=arn not in by_token)


def _pod_role(view: View, arn: str, namespaces: set[str], *, session_tags: bool) -> Section[PodRole]:
    def build(iam: IamCatalogue) -> PodRole:
        return PodRole(
            arn=arn,
            account=view.snapshot.subject.account,
            role=iam.role(arn),
            namespaces=tuple(sorted(namespaces)),
            session_tags=session_tags,
        )

    return joined(build, view.facts.iam)


POD_ROLE_RESOURCES: dict[type, ResourceProvider[Any]] = {
    PodRole: ResourceProvider(("service_accounts", "pod_identities", "authorization"), _pod_roles),
}
