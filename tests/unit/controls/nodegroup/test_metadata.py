from typing import Any

import pytest

from plumbline.domain.evidence import ec2
from plumbline.domain.evidence.kubernetes import scaling
from tests.unit.changes import Change, all_of, each, member, one, undescribed, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, Case, check, label
from tests.unit.controls.nodegroup.pools import (
    AUTO,
    AUTO_MODE,
    BATCH,
    GENERAL,
    GENERAL_NODE,
    LOST_NODE,
    NO_NODES,
    OTHERS,
    WORKER_NODE,
    WORKERS,
    templates,
)
from tests.unit.names import IMAGE
from tests.unit.node_changes import POOL, karpenter, karpenter_without_nodes, node_class
from tests.unit.surroundings import image

TOKENS, HOPS = "nodegroup.imdsv2", "nodegroup.imds-hop-limit"


def runs(index: int = GENERAL_NODE, **options: Any) -> Change:
    return one("instances", index, metadata_options=ec2.MetadataOptions(**options))


def template(image_id: str | None = IMAGE, **options: Any) -> Change:
    chosen = ec2.MetadataOptions(**options) if options else None
    return templates(ec2.LaunchTemplateData(metadata_options=chosen, image_id=image_id))


def fresh(*changes: Change) -> Change:
    return all_of(NO_NODES, *changes)


def account(**members: Any) -> Change:
    return member("metadata_defaults", **members)


OLD_IMAGE = each("images", image(imds_support=None))
NO_TEMPLATE = one("auto_scaling_groups", 2, launch_template=None, launch_configuration_name="lc")

SPARE_NODE = 3


def options(**members: Any) -> scaling.Ec2NodeClass:
    return node_class(metadata_options=scaling.MetadataOptions(**members))


CASES = [
    Case(
        TOKENS,
        GENERAL,
        runs(http_tokens="optional"),
        FAIL,
        "old_nodes",
        message="running nodes of general answer without a token",
    ),
    Case(
        TOKENS,
        GENERAL,
        all_of(runs(http_tokens="optional"), template(http_tokens="optional")),
        FAIL,
        "imdsv1_allowed",
    ),
    Case(TOKENS, GENERAL, all_of(runs(http_tokens="optional"), template()), FAIL, "imdsv1_allowed"),
    # Running instances are the truth.
    Case(TOKENS, GENERAL, template(http_tokens="optional"), PASS),
    Case(TOKENS, WORKERS, runs(WORKER_NODE, http_tokens="optional"), FAIL, "old_nodes"),
    Case(TOKENS, "nodegroup/rocket", runs(http_tokens="optional"), PASS),
    Case(TOKENS, OTHERS, LOST_NODE, PASS),
    Case(TOKENS, OTHERS, all_of(LOST_NODE, runs(3, http_tokens="optional")), FAIL, "imdsv1_allowed"),
    # Without nodes: the template, then the account, then the image.
    Case(TOKENS, GENERAL, fresh(), PASS, message="new nodes of general will require tokens"),
    Case(
        TOKENS,
        GENERAL,
        fresh(template(http_tokens="optional"), account(http_tokens="required")),
        FAIL,
        "imdsv1_allowed",
        message="new nodes of general would answer without a token",
    ),
    Case(TOKENS, GENERAL, fresh(template(), OLD_IMAGE, account(http_tokens="required")), PASS),
    Case(TOKENS, GENERAL, fresh(template(), account(http_tokens="optional")), FAIL, "imdsv1_allowed"),
    Case(TOKENS, GENERAL, fresh(template(), account(http_tokens="no-preference")), PASS),
    Case(TOKENS, GENERAL, fresh(template()), PASS),
    Case(TOKENS, GENERAL, fresh(template(), OLD_IMAGE), FAIL, "imdsv1_allowed"),
    Case(TOKENS, WORKERS, fresh(template(), OLD_IMAGE), FAIL, "imdsv1_allowed"),
    Case(TOKENS, GENERAL, fresh(template(), each("images")), UNKNOWN, "not_found_in_listing"),
    Case(TOKENS, GENERAL, fresh(template(image_id=None)), UNKNOWN, "not_found_in_listing"),
    Case(TOKENS, WORKERS, fresh(NO_TEMPLATE), UNKNOWN, "not_collected"),
    Case(TOKENS, GENERAL, fresh(template(), without("images")), UNKNOWN, "access_denied"),
    Case(TOKENS, GENERAL, fresh(template(), without("metadata_defaults")), UNKNOWN, "access_denied"),
    Case(TOKENS, GENERAL, fresh(without("launch_templates")), UNKNOWN, "access_denied"),
    Case(TOKENS, GENERAL, runs(), UNKNOWN, "not_collected"),
    Case(TOKENS, AUTO, AUTO_MODE, PASS, "service_managed"),
    Case(TOKENS, BATCH, NO_NODES, NA, "fargate"),
    Case(TOKENS, GENERAL, without("instances"), UNKNOWN, "access_denied"),
    Case(TOKENS, GENERAL, undescribed("nodegroups", "general"), UNKNOWN, "access_denied"),
    Case(TOKENS, "compute-pool/*", without("cluster"), UNKNOWN, "access_denied"),
    # --- hop limit
    Case(
        HOPS,
        GENERAL,
        runs(http_put_response_hop_limit=2),
        FAIL,
        "hop_limit_too_high",
        message="running nodes of general answer over 2 hops, at most 1 may be",
    ),
    Case(HOPS, GENERAL, runs(http_put_response_hop_limit=2), PASS, parameters={"max-hops": 2}),
    Case(HOPS, GENERAL, runs(http_put_response_hop_limit=2, http_endpoint="disabled"), PASS),
    Case(HOPS, GENERAL, template(http_put_response_hop_limit=2), PASS),
    Case(HOPS, GENERAL, runs(), UNKNOWN, "not_collected"),
    Case(HOPS, GENERAL, fresh(), PASS, message="new nodes of general will answer over 1 hop(s)"),
    Case(
        HOPS,
        GENERAL,
        fresh(template(http_put_response_hop_limit=2)),
        FAIL,
        "hop_limit_too_high",
        message="new nodes of general will answer over 2 hop(s), at most 1 may be",
    ),
    Case(HOPS, GENERAL, fresh(template(http_put_response_hop_limit=2, http_endpoint="disabled")), PASS),
    Case(HOPS, GENERAL, fresh(template(), account(http_put_response_hop_limit=1)), PASS),
    Case(HOPS, GENERAL, fresh(template(), account(http_put_response_hop_limit=3)), FAIL, "hop_limit_too_high"),
    Case(HOPS, GENERAL, fresh(template(), OLD_IMAGE, account(http_put_response_hop_limit=-1)), PASS),
    # An image made for IMDSv2 allows two hops by itself.
    Case(HOPS, GENERAL, fresh(template()), FAIL, "hop_limit_too_high"),
    Case(HOPS, GENERAL, fresh(template(), OLD_IMAGE), PASS),
    Case(HOPS, WORKERS, fresh(NO_TEMPLATE), UNKNOWN, "not_collected"),
    Case(HOPS, GENERAL, fresh(template(), without("metadata_defaults")), UNKNOWN, "access_denied"),
    Case(HOPS, AUTO, AUTO_MODE, PASS, "service_managed"),
    Case(HOPS, BATCH, NO_NODES, NA, "fargate"),
    Case(HOPS, GENERAL, without("instances"), UNKNOWN, "access_denied"),
    # --- Karpenter
    Case(TOKENS, POOL, karpenter(), PASS),
    Case(TOKENS, POOL, karpenter_without_nodes(), PASS, message="new nodes of default will require tokens"),
    Case(TOKENS, POOL, karpenter_without_nodes(made_from=options(http_tokens="optional")), FAIL, "imdsv1_allowed"),
    Case(TOKENS, POOL, all_of(karpenter(), runs(SPARE_NODE, http_tokens="optional")), FAIL, "old_nodes"),
    Case(TOKENS, POOL, all_of(karpenter_without_nodes(), without("ec2_node_classes")), UNKNOWN, "access_denied"),
    Case(TOKENS, POOL, all_of(karpenter_without_nodes(), each("ec2_node_classes")), UNKNOWN, "not_found_in_listing"),
    Case(HOPS, POOL, karpenter_without_nodes(), PASS),
    Case(
        HOPS,
        POOL,
        karpenter_without_nodes(made_from=options(http_put_response_hop_limit=2)),
        FAIL,
        "hop_limit_too_high",
    ),
    Case(
        HOPS,
        POOL,
        karpenter_without_nodes(made_from=options(http_put_response_hop_limit=2, http_endpoint="disabled")),
        PASS,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_metadata(case: Case) -> None:
    check(case)
