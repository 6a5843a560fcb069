"""Storage classes: volumes come from a driver that is there, in the right zone, of the right type."""

from plumbline.domain.control import control
from plumbline.domain.ec2_facts import Images
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.ec2 import BlockDevice
from plumbline.domain.evidence.kubernetes.cluster import StorageClass
from plumbline.domain.evidence.section import NotCollected, Section, not_collected
from plumbline.domain.need import known, need
from plumbline.domain.pools import ComputePool, PoolKind
from plumbline.domain.storage import (
    EBS_AUTO_MODE,
    EBS_CSI,
    EBS_IN_TREE,
    EBS_PROVISIONERS,
    CsiDrivers,
    StorageClasses,
    VolumeClaims,
)
from plumbline.domain.verdict import Pillar, Reason, Severity, Verdict, failed, not_applicable, passed, warned

IMMEDIATE, LEGACY, GP2 = "Immediate", "gp2", "gp2"
_EBS_DRIVERS = frozenset({EBS_CSI, EBS_AUTO_MODE})


@control(
    "storage.ebs-class",
    title="EBS storage uses the CSI driver and binds in the right zone",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when no EBS CSI driver is registered, or the class binds volumes immediately. WARN for the provisioner "
        "that was built into Kubernetes, or when claims name no class and none or several are the default. "
        "NOT_APPLICABLE for other storage, and for the legacy class gp2 when no claim uses it."
    ),
    remediation=(
        "aws eks create-addon --cluster-name <cluster> --addon-name aws-ebs-csi-driver; a new class with "
        "volumeBindingMode: WaitForFirstConsumer"
    ),
)
def ebs_classes_bind_in_the_right_zone(
    one: StorageClass,
    drivers: Section[CsiDrivers],
    claims: Section[VolumeClaims],
    classes: Section[StorageClasses],
) -> Verdict:
    """A volume that is made before its pod is placed may be in a zone where the pod can never run.

    Without the driver no volume is made at all, and pods wait for ever.
    """
    if one.provisioner not in EBS_PROVISIONERS:
        return not_applicable("other_provisioner", f"{one.metadata.name} is no EBS class")
    if one.metadata.name == LEGACY and one.provisioner == EBS_IN_TREE and not need(claims).use(one):
        return not_applicable("unused_legacy_class", "no claim uses the legacy class gp2")
    in_tree = one.provisioner == EBS_IN_TREE
    observed = {"binding": one.volume_binding_mode, "in_tree": in_tree}
    problems = {}
    if one.volume_binding_mode == IMMEDIATE:
        problems["immediate_binding"] = f"class {one.metadata.name} binds volumes before pods are placed"
    if not known(drivers, CsiDrivers(_EBS_DRIVERS)) & _EBS_DRIVERS:
        problems["no_csi_driver"] = f"class {one.metadata.name} has no EBS CSI driver"
    if problems:
        return failed(list(problems), " and ".join(problems.values()), observed=observed)
    need(drivers)
    if in_tree:
        problems["in_tree_provisioner"] = f"class {one.metadata.name} names the provisioner built into Kubernetes"
    if _default_is_unclear(one, need(claims), need(classes)):
        count = len(need(classes).default)
        problems["default_unclear"] = f"claims name no class, and there are {count} default classes"
    if problems:
        return warned(list(problems), " and ".join(problems.values()), observed=observed)
    return passed(f"class {one.metadata.name} binds where pods are placed", observed=observed)


def _default_is_unclear(one: StorageClass, claims: VolumeClaims, classes: StorageClasses) -> bool:
    """Whether claims without a class get none, or one of several of which this is one."""
    if not claims.without_class:
        return False
    return not classes.default or (one.default and len(classes.default) > 1)


@control(
    "storage.gp3-volumes",
    title="EBS volumes use gp3 rather than gp2",
    pillar=Pillar.COST,
    severity=Severity.LOW,
    rule=(
        "WARN when a storage class in use sets gp2, or names the provisioner built into Kubernetes without a type, or "
        "a volume of a pool's nodes is gp2. PASS otherwise. NOT_APPLICABLE for other storage and for nodes whose "
        "volumes AWS makes."
    ),
    remediation="aws ec2 modify-volume --volume-id <volume> --volume-type gp3; a class with type: gp3",
)
def volumes_are_gp3(
    judged: StorageClass | ComputePool, claims: Section[VolumeClaims], images: Section[Images]
) -> Verdict:
    """A gp3 volume costs a fifth less than a gp2 volume of its size and is faster below a terabyte.

    Volumes can be modified while they are in use; those of nodes change with the next roll.
    """
    if isinstance(judged, StorageClass):
        return _of_class(judged, claims)
    return _of_pool(judged, images)


def _of_class(one: StorageClass, claims: Section[VolumeClaims]) -> Verdict:
    name = one.metadata.name
    if one.provisioner not in EBS_PROVISIONERS:
        return not_applicable("other_provisioner", f"{name} is no EBS class")
    # The drivers make gp3 when nothing is said, the provisioner built into Kubernetes made gp2.
    kind = one.parameters.get("type") or (GP2 if one.provisioner == EBS_IN_TREE else "gp3")
    if kind != GP2:
        return passed(f"class {name} makes {kind} volumes", observed={"gp2": False})
    if not need(claims).use(one):
        return passed(f"class {name} would make gp2 volumes, and no claim uses it", observed={"gp2": False})
    return warned("gp2_class", f"class {name} makes gp2 volumes", observed={"gp2": True})


_MADE_BY_AWS = (PoolKind.FARGATE, PoolKind.AUTO_MODE, PoolKind.HYBRID)


def _of_pool(pool: ComputePool, images: Section[Images]) -> Verdict:
    if pool.kind in _MADE_BY_AWS:
        return not_applicable(pool.kind.value, f"the volumes of {pool.name} are made by AWS or not on EC2")
    types = _of_node_class(pool) if pool.kind is PoolKind.KARPENTER else _of_template(pool, images)
    gp2 = sorted(device for device, kind in types.items() if kind == GP2)
    if gp2:
        text = f"volumes of {pool.name} are gp2: {', '.join(gp2)}"
        return warned("gp2_node_volume", text, observed={"gp2": True})
    return passed(f"no volume of {pool.name} is gp2", observed={"gp2": False})


def _of_node_class(pool: ComputePool) -> dict[str, str]:
    """Return the type of each device that the class names; Karpenter makes the others gp3."""
    found = need(pool.node_class)
    mappings = found.spec.block_device_mappings if found else ()
    return {one.device_name: one.ebs.volume_type for one in mappings if one.ebs}


def _of_template(pool: ComputePool, images: Section[Images]) -> dict[str, str]:
    """Return the type of each device: what the template says, else its image; EC2 makes new devices gp2.

    Raises:
        EvidenceMissing: the image does not tell, and the template alone shows no gp2.

    """
    template = need(pool.template)
    if template is None:
        raise EvidenceMissing(not_collected(f"{pool.name} has no launch template that could be read"))
    data = template.launch_template_data
    said = _types(data.block_device_mappings)
    if GP2 in said.values():
        return said
    image = need(images).of(data.image_id)
    if image is None:
        text = f"image {data.image_id or 'of the launch template'} was not in the listing"
        raise EvidenceMissing(NotCollected(Reason.NOT_FOUND_IN_LISTING, text))
    of_image = _types(image.block_device_mappings)
    silent = sorted(name for name, kind in of_image.items() if not (kind or said.get(name)))
    if silent:
        raise EvidenceMissing(not_collected(f"image {image.image_id} does not tell the type of {', '.join(silent)}"))
    return {name: said.get(name) or of_image.get(name) or GP2 for name in said | of_image}


def _types(mappings: tuple[BlockDevice, ...]) -> dict[str, str]:
    return {one.device_name: one.ebs.volume_type or "" for one in mappings if one.ebs}
