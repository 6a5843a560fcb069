from typing import Any

import msgspec
import pytest

from plumbline.domain.evidence import account as aws
from tests.unit.baseline import ACCOUNT, OTHER_ACCOUNT
from tests.unit.changes import Change, all_of, cluster, item, member, roles, undescribed, without, without_role
from tests.unit.controls.cases import FAIL, PASS, UNKNOWN, WARN, Case, check, label, named, verdicts_of
from tests.unit.names import ADMIN_ROLES, CLUSTER_ROLE, FARGATE_ROLE, ISSUER, POD_ROLE
from tests.unit.surroundings import (
    CONTROLLERS,
    attached,
    cluster_role,
    fargate_role,
    pinned,
    pod_role,
    system_role,
    trust,
    web_identity,
)

SERVICE, TRUST = "iam.service-role-permissions", "iam.irsa-trust-scoped"
CLUSTER, FARGATE, PODS = f"iam-role/{CLUSTER_ROLE}", f"iam-role/{FARGATE_ROLE}", f"iam-role/{POD_ROLE}"
OWN = f"arn:aws:iam::{ACCOUNT}:policy/own"
FOREIGN_ROLE = f"arn:aws:iam::{OTHER_ACCOUNT}:role/cluster"
EVERYTHING = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
NARROW = {"Statement": [{"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}]}


def holds(*policies: aws.AttachedPolicy, **members: Any) -> Change:
    role = cluster_role()
    more = (*role.attached_managed_policies, *policies)
    return roles(msgspec.structs.replace(role, attached_managed_policies=more, **members))


def own(document: dict[str, Any]) -> Change:
    versions = (aws.PolicyVersion(document=document, is_default_version=True),)
    policy = aws.ManagedPolicy(arn=OWN, policy_name="own", policy_version_list=versions)
    return all_of(holds(aws.AttachedPolicy(policy_arn=OWN)), member("authorization", policies=(policy,)))


def trusting(document: dict[str, Any]) -> Change:
    return roles(msgspec.structs.replace(cluster_role(), assume_role_policy_document=document))


def inline(document: dict[str, Any]) -> Change:
    return holds(role_policy_list=(aws.InlinePolicy(policy_name="inline", policy_document=document),))


BOTH_SERVICES = trust({"Service": ["eks.amazonaws.com", "eks-fargate-pods.amazonaws.com"]})
UNBOUND_FARGATE = msgspec.structs.replace(
    fargate_role(), assume_role_policy_document=trust({"Service": "eks-fargate-pods.amazonaws.com"})
)


def pods(document: dict[str, Any]) -> Change:
    return roles(pod_role(document))


def subject(pattern: Any, operator: str = "StringLike") -> Change:
    return pods(
        web_identity({operator: {f"{ISSUER}:sub": pattern}, "StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"}})
    )


AUDIENCE_ONLY = web_identity({"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"}})
POD_IDENTITY = trust({"Service": "pods.eks.amazonaws.com"}, action=["sts:AssumeRole", "sts:TagSession"])
BOUND_POD_IDENTITY = trust(
    {"Service": "pods.eks.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": ACCOUNT}}, ["sts:AssumeRole"]
)


def both(*documents: dict[str, Any]) -> dict[str, Any]:
    return {"Statement": [statement for document in documents for statement in document["Statement"]]}


CASES = [
    Case(
        SERVICE,
        CLUSTER,
        holds(*attached("AdministratorAccess")),
        FAIL,
        "broad_policy",
        message=f"{CLUSTER_ROLE} is granted too much by AdministratorAccess",
    ),
    Case(SERVICE, CLUSTER, own(EVERYTHING), FAIL, "broad_policy"),
    Case(SERVICE, CLUSTER, inline(EVERYTHING), FAIL, "broad_policy"),
    # The account's own policies are judged by what they grant.
    Case(SERVICE, CLUSTER, own(NARROW), PASS),
    Case(SERVICE, CLUSTER, inline(NARROW), PASS),
    Case(
        SERVICE,
        CLUSTER,
        holds(*attached("AmazonEC2ReadOnlyAccess")),
        WARN,
        "extra_policy",
        message=f"{CLUSTER_ROLE} holds more than it needs: AmazonEC2ReadOnlyAccess",
    ),
    Case(
        SERVICE,
        CLUSTER,
        holds(*attached("AmazonEC2ReadOnlyAccess")),
        PASS,
        parameters={"allowed-cluster-policies": ["AmazonEKSClusterPolicy", "AmazonEC2ReadOnlyAccess"]},
    ),
    Case(SERVICE, CLUSTER, holds(*attached("AmazonEKSComputePolicy", "AmazonEKSNetworkingPolicy")), PASS),
    Case(SERVICE, FARGATE, holds(*attached("AmazonEC2ReadOnlyAccess")), PASS),
    Case(
        SERVICE,
        FARGATE,
        roles(fargate_role(attached_managed_policies=attached("AmazonEKSClusterPolicy"))),
        WARN,
        "extra_policy",
    ),
    Case(
        SERVICE,
        CLUSTER,
        trusting(trust({"Service": "eks.amazonaws.com", "AWS": f"arn:aws:iam::{ACCOUNT}:root"})),
        FAIL,
        "other_principals",
        message=f"{CLUSTER_ROLE} can be taken by arn:aws:iam::{ACCOUNT}:root",
    ),
    Case(SERVICE, CLUSTER, trusting(trust("*")), FAIL, "other_principals"),
    Case(SERVICE, CLUSTER, trusting(BOTH_SERVICES), FAIL, "other_principals"),
    Case(
        SERVICE,
        CLUSTER,
        all_of(trusting(trust("*")), holds(*attached("AdministratorAccess"), assume_role_policy_document=trust("*"))),
        FAIL,
        "broad_policy other_principals",
    ),
    Case(
        SERVICE,
        FARGATE,
        roles(UNBOUND_FARGATE),
        WARN,
        "no_source_condition",
        message=f"{FARGATE_ROLE} names no aws:SourceArn in its trust",
    ),
    # One role for both may be taken by both.
    Case(
        SERVICE,
        CLUSTER,
        all_of(item("fargate_profiles", "batch", pod_execution_role_arn=CLUSTER_ROLE), trusting(BOTH_SERVICES)),
        WARN,
        "no_source_condition",
    ),
    Case(
        SERVICE,
        CLUSTER,
        without_role(CLUSTER_ROLE),
        FAIL,
        "role_missing",
        message=f"role {CLUSTER_ROLE} does not exist",
    ),
    Case(
        SERVICE,
        CLUSTER,
        all_of(without_role(CLUSTER_ROLE), member("authorization", complete=False)),
        UNKNOWN,
        "not_found_in_listing",
    ),
    Case(SERVICE, f"iam-role/{FOREIGN_ROLE}", cluster(role_arn=FOREIGN_ROLE), UNKNOWN, "foreign_account"),
    Case(SERVICE, CLUSTER, holds(aws.AttachedPolicy(policy_arn=OWN)), UNKNOWN, "not_found_in_listing"),
    Case(SERVICE, CLUSTER, without("authorization"), UNKNOWN, "access_denied"),
    Case(SERVICE, "iam-role/*", without("cluster"), UNKNOWN, "access_denied"),
    Case(SERVICE, "iam-role/*", without("fargate_profiles"), UNKNOWN, "access_denied"),
    Case(SERVICE, "iam-role/*", undescribed("fargate_profiles", "batch"), UNKNOWN, "access_denied"),
    Case(SERVICE, CLUSTER, without("fargate_profiles"), PASS),
    # --- irsa-trust-scoped
    Case(
        TRUST,
        PODS,
        pods(AUDIENCE_ONLY),
        FAIL,
        "no_subject_condition",
        message=f"{POD_ROLE} can be taken by any service account of the cluster",
    ),
    Case(TRUST, PODS, pods(web_identity(None)), FAIL, "no_subject_condition"),
    Case(TRUST, PODS, subject("*"), FAIL, "no_subject_condition"),
    Case(TRUST, PODS, subject("system:serviceaccount:*"), FAIL, "subject_wildcard"),
    Case(TRUST, PODS, subject("system:serviceaccount:*:*"), FAIL, "subject_wildcard"),
    Case(TRUST, PODS, subject("system:serviceaccount:team-*:orders"), FAIL, "subject_wildcard"),
    Case(
        TRUST,
        PODS,
        subject("system:serviceaccount:shop:*"),
        WARN,
        "name_wildcard",
        message=f"{POD_ROLE} can be taken by more than one service account of a namespace",
    ),
    Case(TRUST, PODS, subject("system:serviceaccount:shop:order?"), WARN, "name_wildcard"),
    Case(TRUST, PODS, subject("system:serviceaccount:shop:orders"), PASS),
    Case(
        TRUST, PODS, subject(["system:serviceaccount:shop:a", "system:serviceaccount:shop:b*"]), WARN, "name_wildcard"
    ),
    Case(TRUST, PODS, subject("system:serviceaccount:shop:orders", "StringNotEquals"), FAIL, "no_subject_condition"),
    Case(TRUST, PODS, subject(["system:serviceaccount:shop:*"], "ForAnyValue:StringLike"), WARN, "name_wildcard"),
    Case(
        TRUST,
        PODS,
        pods(web_identity({"StringEquals": {f"{ISSUER}:sub": "system:serviceaccount:shop:orders"}})),
        WARN,
        "no_audience_condition",
    ),
    Case(
        TRUST,
        PODS,
        pods(web_identity({"StringLike": {f"{ISSUER}:sub": "system:serviceaccount:shop:*"}})),
        WARN,
        "name_wildcard no_audience_condition",
    ),
    # Every statement is a way in: the widest decides.
    Case(TRUST, PODS, pods(both(web_identity(pinned()), AUDIENCE_ONLY)), FAIL, "no_subject_condition"),
    Case(
        TRUST,
        PODS,
        pods(POD_IDENTITY),
        WARN,
        "no_source_condition",
        message=f"{POD_ROLE} can be taken through Pod Identity of any cluster",
    ),
    Case(TRUST, PODS, pods(BOUND_POD_IDENTITY), PASS),
    Case(TRUST, PODS, pods(both(web_identity(pinned()), POD_IDENTITY)), WARN, "no_source_condition"),
    Case(TRUST, "iam-role/*", member("authorization", complete=False), UNKNOWN, "access_denied"),
    Case(TRUST, "iam-role/*", without("authorization"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_roles(case: Case) -> None:
    check(case)


def test_roles_that_no_pod_can_take_are_not_judged() -> None:
    taken_by_pods = {PODS, *(f"iam-role/{system_role(account)}" for account in CONTROLLERS)}
    assert set(verdicts_of(named(TRUST))) == taken_by_pods
    github = trust({"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"})
    other = msgspec.structs.replace(pod_role(github), arn=ADMIN_ROLES[0])
    assert set(verdicts_of(named(TRUST), roles(other))) == taken_by_pods
