from typing import Any

import pytest

from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence import eks
from tests.unit.baseline import ACCOUNT, OTHER_ACCOUNT, listing
from tests.unit.changes import Change, all_of, each, member, nothing, roles, section, without, without_role
from tests.unit.controls.cases import FAIL, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import service_account
from tests.unit.names import POD_ROLE
from tests.unit.surroundings import pinned, role, web_identity

NARROW, ORDERS = "iam.workload-role-least-privilege", f"iam-role/{POD_ROLE}"
FOREIGN = f"arn:aws:iam::{OTHER_ACCOUNT}:role/orders"
ANNOTATION = "eks.amazonaws.com/role-arn"
OWN_POLICY = f"arn:aws:iam::{ACCOUNT}:policy/orders"
NAMESPACE_TAG = {"StringEquals": {"s3:prefix": "${aws:PrincipalTag/kubernetes-namespace}"}}


def may(action: str, resource: str = "*", **members: Any) -> Change:
    document = {"Statement": [{"Effect": "Allow", "Action": action, "Resource": resource} | members]}
    inline = (aws.InlinePolicy(policy_name="inline", policy_document=document),)
    return roles(role(POD_ROLE, web_identity(pinned()), role_policy_list=inline))


def taken_by(*namespaces: str, role_arn: str = POD_ROLE) -> Change:
    """Service accounts of these namespaces take the role by annotation, none through Pod Identity."""
    accounts = [service_account(name, "api", annotations={ANNOTATION: role_arn}) for name in namespaces]
    return all_of(each("service_accounts", *accounts), section("pod_identities", listing({})))


def associated(*namespaces: str, **members: Any) -> Change:
    """Service accounts of these namespaces take the role through Pod Identity alone."""
    found = {
        f"a-{name}": eks.PodIdentity(
            association_id=f"a-{name}", namespace=name, service_account="api", role_arn=POD_ROLE, **members
        )
        for name in namespaces
    }
    return all_of(each("service_accounts"), section("pod_identities", listing(found)))


CASES = [
    Case(NARROW, ORDERS, nothing, PASS),
    Case(
        NARROW,
        ORDERS,
        may("*"),
        FAIL,
        "broad_policy",
        message=f"{POD_ROLE} may do too much: inline grants *",
    ),
    Case(NARROW, ORDERS, may("iam:*"), FAIL, "broad_policy"),
    Case(NARROW, ORDERS, may("s3:*"), FAIL, "broad_policy"),
    Case(NARROW, ORDERS, may("s3:*", "arn:aws:s3:::orders/*"), PASS),
    Case(NARROW, ORDERS, may("s3:Get*"), PASS),
    Case(NARROW, ORDERS, may("s3:*", Condition={"StringEquals": {"aws:ResourceAccount": ACCOUNT}}), PASS),
    Case(NARROW, ORDERS, may("s3:*"), PASS, parameters={"service-wildcards-allowed": ["s3"]}),
    Case(NARROW, ORDERS, may("*"), FAIL, "broad_policy", parameters={"service-wildcards-allowed": ["s3"]}),
    Case(NARROW, ORDERS, roles(role(POD_ROLE, web_identity(pinned()), "AmazonS3FullAccess")), FAIL, "broad_policy"),
    Case(
        NARROW,
        ORDERS,
        roles(
            role(
                POD_ROLE,
                web_identity(pinned()),
                attached_managed_policies=(aws.AttachedPolicy(policy_arn=OWN_POLICY),),
            )
        ),
        UNKNOWN,
        "not_found_in_listing",
    ),
    Case(
        NARROW,
        ORDERS,
        taken_by("payments", "shop"),
        WARN,
        "shared_role",
        message=f"{POD_ROLE} serves service accounts of payments, shop",
    ),
    Case(NARROW, ORDERS, taken_by("payments", "payments"), PASS),
    Case(NARROW, ORDERS, taken_by("payments", "shop"), PASS, parameters={"shared-roles-allowed": ["*:role/orders"]}),
    # Pod Identity tells AWS the namespace, and a policy may test it.
    Case(NARROW, ORDERS, associated("payments", "shop"), WARN, "shared_role"),
    Case(NARROW, ORDERS, all_of(associated("payments", "shop"), may("s3:GetObject", Condition=NAMESPACE_TAG)), PASS),
    Case(
        NARROW,
        ORDERS,
        all_of(associated("payments", "shop", disable_session_tags=True), may("s3:GetObject", Condition=NAMESPACE_TAG)),
        WARN,
        "shared_role",
    ),
    Case(
        NARROW,
        ORDERS,
        all_of(taken_by("payments", "shop"), may("s3:GetObject", Condition=NAMESPACE_TAG)),
        WARN,
        "shared_role",
    ),
    Case(NARROW, ORDERS, without_role(POD_ROLE), WARN, "role_missing"),
    Case(
        NARROW,
        ORDERS,
        all_of(without_role(POD_ROLE), member("authorization", complete=False)),
        UNKNOWN,
        "access_denied",
    ),
    Case(NARROW, f"iam-role/{FOREIGN}", taken_by("payments", role_arn=FOREIGN), UNKNOWN, "foreign_account"),
    Case(NARROW, ORDERS, without("authorization"), UNKNOWN, "access_denied"),
    Case(NARROW, "iam-role/*", without("service_accounts"), UNKNOWN, "access_denied"),
    Case(NARROW, "iam-role/*", without("pod_identities"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_pod_roles(case: Case) -> None:
    check(case)
