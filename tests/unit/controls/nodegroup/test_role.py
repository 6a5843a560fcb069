from typing import Any

import pytest

from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence import ec2, eks
from tests.unit.baseline import (
    ACCOUNT,
    NODE_ROLE,
    WORKER_PROFILE,
    WORKER_ROLE,
    instance,
    instances,
    node_role,
    read,
    worker_role,
)
from tests.unit.changes import Change, all_of, cluster, each, nodegroup, section, undescribed, without
from tests.unit.controls.cases import FAIL, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.surroundings import attached

ROLE, NODES, WORKERS = "nodegroup.role-permissions", f"iam-role/{NODE_ROLE}", f"iam-role/{WORKER_ROLE}"
OWN = f"arn:aws:iam::{ACCOUNT}:policy/team/own"
AUTO_ROLE = f"arn:aws:iam::{ACCOUNT}:role/auto"


def holds(*policies: aws.AttachedPolicy, document: dict[str, Any] | None = None, inline: Any = None) -> Change:
    """Give the node role these policies; `document` is the customer's own policy's."""
    inline_policies = (aws.InlinePolicy(policy_name="inline", policy_document=inline),) if inline else ()
    role = node_role(attached_managed_policies=policies, role_policy_list=inline_policies)
    versions = (
        aws.PolicyVersion(document=allow("*"), is_default_version=False),
        aws.PolicyVersion(document=document or {}, is_default_version=True),
    )
    own = (aws.ManagedPolicy(arn=OWN, policy_name="own", policy_version_list=versions),) if document else ()
    return section("authorization", read(aws.Authorization(roles=(role, worker_role()), policies=own)))


def allow(*actions: str, resource: Any = "*", **members: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": resource} | members]}


def own(document: dict[str, Any]) -> Change:
    return holds(aws.AttachedPolicy(policy_arn=OWN), document=document)


OWN_ALLOWED = {"allowed-policies": ["own", "inline"]}

CASES = [
    Case(
        ROLE,
        NODES,
        holds(*attached("AdministratorAccess")),
        FAIL,
        "broad_policy",
        message=f"{NODE_ROLE} is granted too much by AdministratorAccess",
    ),
    Case(ROLE, NODES, holds(*attached("PowerUserAccess")), FAIL, "broad_policy"),
    Case(ROLE, NODES, holds(*attached("AmazonS3FullAccess")), FAIL, "broad_policy"),
    Case(
        ROLE,
        NODES,
        holds(*attached("AmazonS3FullAccess")),
        FAIL,
        "broad_policy",
        parameters={"allowed-policies": ["AmazonS3FullAccess"]},
    ),
    Case(ROLE, NODES, own(allow("*")), FAIL, "broad_policy"),
    Case(ROLE, NODES, own(allow("s3:*")), FAIL, "broad_policy"),
    Case(ROLE, NODES, own(allow("s3:GetObject", "sqs:*", resource=["arn:aws:sqs:*:*:*"])), FAIL, "broad_policy"),
    Case(ROLE, NODES, own({"Statement": allow("ec2:*")["Statement"][0]}), FAIL, "broad_policy"),
    Case(
        ROLE,
        NODES,
        own({"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]}),
        FAIL,
        "broad_policy",
    ),
    Case(
        ROLE,
        NODES,
        own({"Statement": [{"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::x"}]}),
        FAIL,
        "broad_policy",
    ),
    Case(ROLE, NODES, holds(inline=allow("s3:*")), FAIL, "broad_policy"),
    Case(ROLE, NODES, own(allow("s3:*", resource="arn:aws:s3:::x/*")), PASS, parameters=OWN_ALLOWED),
    Case(ROLE, NODES, own(allow("s3:Get*")), PASS, parameters=OWN_ALLOWED),
    Case(ROLE, NODES, own(allow("*", Effect="Deny")), PASS, parameters=OWN_ALLOWED),
    Case(
        ROLE,
        NODES,
        own(allow("s3:GetObject")),
        WARN,
        "extra_policy",
        message=f"{NODE_ROLE} holds more than a node needs: own",
    ),
    Case(ROLE, NODES, holds(inline=allow("s3:GetObject")), WARN, "extra_policy"),
    Case(ROLE, NODES, holds(*attached("CloudWatchAgentServerPolicy")), WARN, "extra_policy"),
    Case(ROLE, NODES, holds(*attached("AmazonEKS_CNI_Policy")), WARN, "cni_policy_on_node_role"),
    Case(
        ROLE,
        NODES,
        holds(*attached("AmazonEKS_CNI_Policy", "CloudWatchAgentServerPolicy")),
        WARN,
        "cni_policy_on_node_role extra_policy",
    ),
    Case(ROLE, NODES, holds(aws.AttachedPolicy(policy_arn=OWN)), UNKNOWN, "not_found_in_listing"),
    Case(
        ROLE,
        NODES,
        holds(aws.AttachedPolicy(policy_arn=OWN), *attached("AdministratorAccess")),
        FAIL,
        "broad_policy",
    ),
    # Whole ARNs are compared: a role of the same name under another path is another role.
    Case(
        ROLE,
        NODES,
        section("authorization", read(aws.Authorization(roles=(node_role(NODE_ROLE.replace("eks/", "")),)))),
        UNKNOWN,
        "not_found_in_listing",
    ),
    Case(
        ROLE,
        WORKERS,
        section(
            "authorization",
            read(
                aws.Authorization(
                    roles=(
                        node_role(
                            WORKER_ROLE,
                            instance_profile_list=(aws.RoleProfile(arn=WORKER_PROFILE),),
                            attached_managed_policies=attached("AdministratorAccess"),
                        ),
                    )
                )
            ),
        ),
        FAIL,
        "broad_policy",
    ),
    Case(
        ROLE,
        f"iam-role/{WORKER_PROFILE}",
        section("authorization", read(aws.Authorization(roles=(node_role(),)))),
        UNKNOWN,
        "not_found_in_listing",
    ),
    Case(
        ROLE,
        f"iam-role/{AUTO_ROLE}",
        all_of(
            cluster(compute_config=eks.ComputeConfig(enabled=True, node_role_arn=AUTO_ROLE)),
            section("authorization", read(aws.Authorization(roles=(node_role(), worker_role(), node_role(AUTO_ROLE))))),
        ),
        PASS,
    ),
    Case(ROLE, NODES, without("authorization"), UNKNOWN, "access_denied"),
    Case(ROLE, "iam-role/*", without("authorization"), UNKNOWN, "access_denied"),
    Case(ROLE, "iam-role/*", without("nodegroups"), UNKNOWN, "access_denied"),
    Case(ROLE, "iam-role/*", undescribed("nodegroups", "general"), UNKNOWN, "access_denied"),
    Case(ROLE, "iam-role/*", without("cluster"), UNKNOWN, "access_denied"),
    Case(ROLE, "iam-role/*", without("instances"), UNKNOWN, "access_denied"),
    Case(ROLE, "iam-role/*", without("auto_scaling_groups"), UNKNOWN, "access_denied"),
    Case(
        ROLE,
        f"iam-role/{WORKER_ROLE}",
        each(
            "instances",
            *instances()[:2],
            instance("i-lost", "Name", "x", iam_instance_profile=ec2.InstanceProfile(arn=WORKER_PROFILE)),
        ),
        PASS,
    ),
    Case(ROLE, NODES, nodegroup("general", node_role=None), PASS),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_role(case: Case) -> None:
    check(case)
