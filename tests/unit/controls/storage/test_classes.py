from typing import Any

import pytest

from plumbline.domain.evidence import ec2
from plumbline.domain.evidence.kubernetes.objects import AnnotatedMeta
from tests.unit.baseline import read
from tests.unit.changes import Change, all_of, each, section, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import claim, csi_drivers, storage_class
from tests.unit.surroundings import image

EBS, GP3 = "storage.ebs-class", "storage.gp3-volumes"
CLASS, LEGACY = "StorageClass/gp3", "StorageClass/gp2"
IN_TREE = "kubernetes.io/aws-ebs"


def classes(**members: Any) -> Change:
    return each("storage_classes", storage_class(**members))


def plain(name: str) -> AnnotatedMeta:
    return AnnotatedMeta(name=name)


def legacy(*, used: bool) -> Change:
    """The class gp2 that EKS made, with its own settings."""
    one = storage_class(
        metadata=plain("gp2"),
        provisioner=IN_TREE,
        parameters={"type": "gp2"},
        volume_binding_mode="WaitForFirstConsumer",
    )
    claims = (claim("data", "gp2" if used else "gp3"),)
    return all_of(each("storage_classes", storage_class(), one), each("persistent_volume_claims", *claims))


def mapped(kind: str | None, device: str = "/dev/xvda") -> tuple[ec2.BlockDevice, ...]:
    return (ec2.BlockDevice(device_name=device, ebs=ec2.Ebs(volume_type=kind)),)


def templates(*mappings: ec2.BlockDevice) -> Change:
    data = ec2.LaunchTemplateData(image_id="ami-1", block_device_mappings=mappings)
    names = ("lt-eks-general", "lt-eks-rocket", "lt-workers")
    return each(
        "launch_templates",
        *(
            ec2.LaunchTemplateVersion(
                launch_template_id=name, version_number=1, default_version=True, launch_template_data=data
            )
            for name in names
        ),
    )


NODES = "nodegroup/general"

CASES = [
    Case(
        EBS,
        CLASS,
        classes(volume_binding_mode="Immediate"),
        FAIL,
        "immediate_binding",
        message="class gp3 binds volumes before pods are placed",
    ),
    Case(EBS, CLASS, each("csi_drivers", csi_drivers()[1]), FAIL, "no_csi_driver"),
    Case(
        EBS,
        CLASS,
        all_of(each("csi_drivers"), classes(volume_binding_mode="Immediate")),
        FAIL,
        "immediate_binding no_csi_driver",
    ),
    Case(EBS, CLASS, classes(provisioner=IN_TREE), WARN, "in_tree_provisioner"),
    Case(EBS, CLASS, classes(provisioner="efs.csi.aws.com"), NA, "other_provisioner"),
    Case(EBS, LEGACY, legacy(used=False), NA, "unused_legacy_class"),
    Case(EBS, LEGACY, legacy(used=True), WARN, "in_tree_provisioner"),
    Case(
        EBS,
        CLASS,
        all_of(classes(metadata=plain("gp3")), each("persistent_volume_claims", claim("data", None))),
        WARN,
        "default_unclear",
        message="claims name no class, and there are 0 default classes",
    ),
    Case(
        EBS,
        CLASS,
        all_of(
            each("storage_classes", storage_class(), storage_class("other")),
            each("persistent_volume_claims", claim("data", None)),
        ),
        WARN,
        "default_unclear",
    ),
    Case(EBS, CLASS, each("persistent_volume_claims", claim("data", None)), PASS),
    Case(EBS, CLASS, classes(metadata=plain("gp3")), PASS),
    Case(
        EBS, CLASS, all_of(classes(volume_binding_mode="Immediate"), without("csi_drivers")), FAIL, "immediate_binding"
    ),
    Case(EBS, CLASS, without("csi_drivers"), UNKNOWN, "access_denied"),
    Case(EBS, CLASS, without("persistent_volume_claims"), UNKNOWN, "access_denied"),
    Case(EBS, LEGACY, all_of(legacy(used=False), without("persistent_volume_claims")), UNKNOWN, "access_denied"),
    Case(EBS, "StorageClass/*", without("storage_classes"), UNKNOWN, "access_denied"),
    Case(GP3, CLASS, classes(parameters={"type": "gp2"}), WARN, "gp2_class", message="class gp3 makes gp2 volumes"),
    Case(GP3, CLASS, classes(parameters={}), PASS),
    Case(GP3, CLASS, classes(parameters={}, provisioner=IN_TREE), WARN, "gp2_class"),
    Case(GP3, CLASS, classes(parameters={"type": "io2"}), PASS),
    Case(GP3, CLASS, classes(provisioner="efs.csi.aws.com"), NA, "other_provisioner"),
    Case(GP3, LEGACY, legacy(used=False), PASS, message="class gp2 would make gp2 volumes, and no claim uses it"),
    Case(GP3, LEGACY, legacy(used=True), WARN, "gp2_class"),
    Case(GP3, LEGACY, all_of(legacy(used=True), without("persistent_volume_claims")), UNKNOWN, "access_denied"),
    Case(
        GP3,
        "auto-scaling-group/workers",
        templates(*mapped("gp2")),
        WARN,
        "gp2_node_volume",
        message="volumes of workers are gp2: /dev/xvda",
    ),
    Case(GP3, NODES, each("images", image(block_device_mappings=mapped("gp2"))), WARN, "gp2_node_volume"),
    Case(
        GP3,
        "nodegroup/rocket",
        all_of(templates(*mapped("gp3")), each("images", image(block_device_mappings=mapped("gp2")))),
        PASS,
    ),
    # EC2 makes what neither the template nor the image names a gp2 volume.
    Case(GP3, "nodegroup/rocket", templates(*mapped(None, "/dev/xvdb")), WARN, "gp2_node_volume"),
    Case(GP3, NODES, each("images", image(block_device_mappings=mapped(None))), UNKNOWN, "not_collected"),
    Case(GP3, NODES, each("images"), UNKNOWN, "not_found_in_listing"),
    Case(GP3, "nodegroup/rocket", all_of(templates(*mapped("gp2")), each("images")), WARN, "gp2_node_volume"),
    Case(GP3, NODES, without("images"), UNKNOWN, "access_denied"),
    Case(GP3, "nodegroup/rocket", without("launch_templates"), UNKNOWN, "access_denied"),
    Case(GP3, "fargate-profile/batch", section("images", read(())), NA, "fargate"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_storage_classes(case: Case) -> None:
    check(case)
