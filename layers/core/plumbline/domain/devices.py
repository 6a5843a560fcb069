"""Devices: the volumes that a launch template and its image together give a node."""

from collections.abc import Iterable

import msgspec

from plumbline.domain.ec2_facts import Images
from plumbline.domain.evidence.ec2 import BlockDevice, Ebs, LaunchTemplateData
from plumbline.domain.evidence.section import NotCollected, Section
from plumbline.domain.verdict import Reason


class Devices(msgspec.Struct, frozen=True):
    """The EBS devices by name; with `missing` only what the template says of them, and why the image is not known."""

    by_name: dict[str, Ebs]
    missing: NotCollected | None = None


def devices_of(template: LaunchTemplateData, images: Section[Images]) -> Devices:
    """Return the devices of a template's image with what the template says of them over it."""
    of_template = _by_name(template.block_device_mappings)
    if isinstance(images, NotCollected):
        return Devices(of_template, images)
    described = images.value.of(template.image_id)
    if described is None:
        text = f"image {template.image_id or 'of the launch template'} was not in the listing"
        return Devices(of_template, NotCollected(Reason.NOT_FOUND_IN_LISTING, text))
    of_image = _by_name(described.block_device_mappings)
    return Devices(of_image | {name: _over(of_image.get(name, Ebs()), ebs) for name, ebs in of_template.items()})


def _by_name(mappings: Iterable[BlockDevice]) -> dict[str, Ebs]:
    return {mapping.device_name: mapping.ebs for mapping in mappings if mapping.ebs}


def _over(image: Ebs, template: Ebs) -> Ebs:
    said = {name: value for name, value in msgspec.structs.asdict(template).items() if value is not None}
    return msgspec.structs.replace(image, **said)
