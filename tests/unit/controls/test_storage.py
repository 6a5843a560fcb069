from typing import Any

import pytest

from plumbline.domain.evidence import ec2
from tests.unit.changes import Change, all_of, each, one, undescribed, without
from tests.unit.controls.cases import NA, PASS, UNKNOWN, WARN, Case, check, label
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
from tests.unit.surroundings import image

GP3 = "storage.gp3-volumes"


def devices(*kinds: str | None) -> tuple[ec2.BlockDevice, ...]:
    return tuple(
        ec2.BlockDevice(device_name=f"/dev/xvd{letter}", ebs=ec2.Ebs(volume_type=kind))
        for letter, kind in zip("ab", kinds, strict=False)
    )


def of_template(*kinds: str | None, **members: Any) -> Change:
    data = {"block_device_mappings": devices(*kinds), "image_id": IMAGE} | members
    return templates(ec2.LaunchTemplateData(**data))


def of_image(*kinds: str | None) -> Change:
    return each("images", image(block_device_mappings=devices(*kinds)))


CASES = [
    Case(GP3, GENERAL, of_template("gp2"), WARN, "gp2_volume", message="volumes of general are of type gp2: /dev/xvda"),
    Case(GP3, GENERAL, of_template("gp3"), PASS, message="no volume of general is of type gp2"),
    Case(GP3, GENERAL, of_template("io2"), PASS),
    Case(GP3, WORKERS, of_template("gp2"), WARN, "gp2_volume"),
    # The template says nothing: the image decides.
    Case(GP3, GENERAL, all_of(of_template(), of_image("gp2")), WARN, "gp2_volume"),
    Case(GP3, GENERAL, all_of(of_template(None), of_image("gp2")), WARN, "gp2_volume"),
    Case(GP3, GENERAL, all_of(of_template("gp3"), of_image("gp2")), PASS),
    # Bottlerocket has two devices.
    Case(
        GP3,
        GENERAL,
        all_of(of_template("gp3"), of_image("gp2", "gp2")),
        WARN,
        "gp2_volume",
        message="volumes of general are of type gp2: /dev/xvdb",
    ),
    Case(GP3, GENERAL, all_of(of_template("gp3", None), of_image("gp3")), UNKNOWN, "not_collected"),
    Case(GP3, GENERAL, all_of(of_template(), of_image()), PASS),
    Case(GP3, GENERAL, all_of(of_template("gp3"), each("images")), UNKNOWN, "not_found_in_listing"),
    Case(GP3, GENERAL, all_of(of_template("gp2"), each("images")), WARN, "gp2_volume"),
    Case(GP3, GENERAL, all_of(of_template("gp2"), without("images")), WARN, "gp2_volume"),
    Case(GP3, GENERAL, without("images"), UNKNOWN, "access_denied"),
    Case(GP3, GENERAL, without("launch_templates"), UNKNOWN, "access_denied"),
    Case(
        GP3,
        WORKERS,
        one("auto_scaling_groups", 2, launch_template=None, launch_configuration_name="lc"),
        UNKNOWN,
        "not_collected",
    ),
    Case(GP3, OTHERS, LOST_NODE, UNKNOWN, "not_collected"),
    Case(GP3, AUTO, AUTO_MODE, NA, "auto-mode"),
    Case(GP3, BATCH, NO_NODES, NA, "fargate"),
    Case(GP3, GENERAL, undescribed("nodegroups", "general"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_storage(case: Case) -> None:
    check(case)
