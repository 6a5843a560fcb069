from typing import Any

import pytest

from plumbline.domain.evidence import ec2
from plumbline.domain.evidence.kubernetes import scaling
from tests.unit.baseline import read
from tests.unit.changes import Change, all_of, each, one, section, undescribed, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, Case, check, label
from tests.unit.controls.nodegroup.pools import (
    AUTO,
    AUTO_MODE,
    BATCH,
    GENERAL,
    LOST_NODE,
    NO_NODES,
    OTHERS,
    WORKERS,
    templates,
)
from tests.unit.names import IMAGE
from tests.unit.node_changes import POOL, aws_alone, karpenter, node_class, unreachable
from tests.unit.surroundings import image

EBS, VOLUMES, REGION = "encryption.ebs-default", "encryption.node-volumes", "region/eu-west-1"
OFF = section("ebs_default", read(ec2.EbsDefault(ebs_encryption_by_default=False)))


def devices(*encrypted: bool | None) -> tuple[ec2.BlockDevice, ...]:
    return tuple(
        ec2.BlockDevice(device_name=f"/dev/xvd{letter}", ebs=ec2.Ebs(encrypted=value))
        for letter, value in zip("ab", encrypted, strict=False)
    )


def of_template(*encrypted: bool | None, **members: Any) -> Change:
    data = ec2.LaunchTemplateData(block_device_mappings=devices(*encrypted), image_id=IMAGE, **members)
    return all_of(OFF, templates(data))


def of_image(*encrypted: bool | None) -> Change:
    return all_of(OFF, each("images", image(block_device_mappings=devices(*encrypted))))


def mapped(*encrypted: bool | None) -> scaling.Ec2NodeClass:
    return node_class(
        block_device_mappings=tuple(
            scaling.DeviceMapping(device_name=f"/dev/xvd{letter}", ebs=scaling.BlockDevice(encrypted=value))
            for letter, value in zip("ab", encrypted, strict=False)
        )
    )


CASES = [
    Case(
        EBS,
        REGION,
        section("ebs_default", read(ec2.EbsDefault(ebs_encryption_by_default=False))),
        FAIL,
        "ebs_default_off",
        message="EBS encryption by default is off in eu-west-1",
    ),
    Case(EBS, REGION, each("clusters"), NA, "no_clusters"),
    Case(EBS, REGION, all_of(each("clusters"), without("ebs_default")), NA, "no_clusters"),
    Case(EBS, REGION, without("ebs_default"), UNKNOWN, "access_denied"),
    Case(EBS, REGION, without("clusters"), UNKNOWN, "access_denied"),
    # --- node-volumes
    Case(
        VOLUMES,
        GENERAL,
        of_template(False),
        FAIL,
        "volume_not_encrypted",
        message="volumes of general are not encrypted: /dev/xvda",
    ),
    Case(VOLUMES, GENERAL, of_template(True), PASS, message="all volumes of general are encrypted"),
    Case(VOLUMES, WORKERS, of_template(False), FAIL, "volume_not_encrypted"),
    # The template says nothing: the image decides, and the account's default is off.
    Case(VOLUMES, GENERAL, of_template(None), FAIL, "volume_not_encrypted"),
    Case(VOLUMES, GENERAL, of_template(), FAIL, "volume_not_encrypted"),
    Case(VOLUMES, GENERAL, all_of(of_template(None), of_image(True)), PASS),
    Case(VOLUMES, GENERAL, all_of(of_template(), of_image(True, True)), PASS),
    Case(VOLUMES, GENERAL, all_of(of_template(), of_image(True, None)), FAIL, "volume_not_encrypted"),
    # Every device counts: Bottlerocket has two.
    Case(
        VOLUMES,
        GENERAL,
        all_of(of_template(True), of_image(False, False)),
        FAIL,
        "volume_not_encrypted",
        message="volumes of general are not encrypted: /dev/xvdb",
    ),
    Case(VOLUMES, GENERAL, all_of(of_template(True, True), of_image(False, False)), PASS),
    Case(VOLUMES, GENERAL, all_of(of_template(), each("images", image(block_device_mappings=()))), PASS),
    Case(
        VOLUMES,
        GENERAL,
        templates(ec2.LaunchTemplateData(block_device_mappings=devices(False))),
        PASS,
        message="EBS encryption by default is on",
    ),
    Case(VOLUMES, GENERAL, all_of(of_template(True), each("images")), UNKNOWN, "not_found_in_listing"),
    # A violation seen in a part of the evidence is one.
    Case(VOLUMES, GENERAL, all_of(of_template(False), each("images")), FAIL, "volume_not_encrypted"),
    Case(VOLUMES, GENERAL, all_of(of_template(False), without("images")), FAIL, "volume_not_encrypted"),
    Case(VOLUMES, GENERAL, all_of(of_template(True), without("images")), UNKNOWN, "access_denied"),
    Case(
        VOLUMES,
        WORKERS,
        all_of(OFF, one("auto_scaling_groups", 2, launch_template=None, launch_configuration_name="lc")),
        UNKNOWN,
        "not_collected",
    ),
    Case(VOLUMES, GENERAL, all_of(OFF, without("launch_templates")), UNKNOWN, "access_denied"),
    Case(VOLUMES, GENERAL, without("ebs_default"), UNKNOWN, "access_denied"),
    Case(VOLUMES, OTHERS, aws_alone(LOST_NODE), UNKNOWN, "not_collected"),
    Case(VOLUMES, AUTO, AUTO_MODE, NA, "auto-mode"),
    Case(VOLUMES, BATCH, NO_NODES, NA, "fargate"),
    Case(VOLUMES, GENERAL, undescribed("nodegroups", "general"), UNKNOWN, "access_denied"),
    # --- the nodes of Karpenter
    Case(VOLUMES, POOL, all_of(OFF, karpenter()), PASS, message="EC2NodeClass plain asks for encrypted volumes"),
    Case(VOLUMES, POOL, all_of(OFF, karpenter(made_from=mapped(True))), PASS),
    Case(
        VOLUMES,
        POOL,
        karpenter(made_from=mapped(True, False)),
        FAIL,
        "volume_not_encrypted",
        message="EC2NodeClass plain asks for unencrypted volumes: /dev/xvdb",
    ),
    Case(
        VOLUMES, POOL, all_of(karpenter(made_from=mapped(False)), without("ebs_default")), FAIL, "volume_not_encrypted"
    ),
    Case(VOLUMES, POOL, karpenter(made_from=mapped(None)), PASS),
    Case(
        VOLUMES,
        POOL,
        all_of(OFF, karpenter(made_from=mapped(None))),
        FAIL,
        "volume_not_encrypted",
        message="EC2NodeClass plain does not ask for encryption of /dev/xvda",
    ),
    Case(VOLUMES, POOL, all_of(karpenter(made_from=mapped(None)), without("ebs_default")), UNKNOWN, "access_denied"),
    Case(VOLUMES, POOL, all_of(karpenter(), without("ec2_node_classes")), UNKNOWN, "access_denied"),
    Case(VOLUMES, POOL, all_of(karpenter(), each("ec2_node_classes")), UNKNOWN, "not_found_in_listing"),
    # What is no pool's is not Karpenter's either.
    Case(VOLUMES, OTHERS, LOST_NODE, PASS),
    Case(VOLUMES, OTHERS, all_of(OFF, LOST_NODE), UNKNOWN, "not_collected"),
    Case(VOLUMES, OTHERS, all_of(LOST_NODE, unreachable), UNKNOWN, "endpoint_unreachable"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_volumes(case: Case) -> None:
    check(case)
