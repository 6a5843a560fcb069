"""Storage: disks of nodes and pods are of the kind that gives most for the money."""

from plumbline.domain.control import control
from plumbline.domain.devices import devices_of
from plumbline.domain.ec2_facts import Images
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.section import Section, not_collected
from plumbline.domain.need import need, without_kubernetes
from plumbline.domain.pools import ComputePool, PoolKind
from plumbline.domain.verdict import Pillar, Severity, Verdict, not_applicable, passed, warned

OLD = "gp2"


@control(
    "storage.gp3-volumes",
    title="EBS volumes use gp3 rather than gp2",
    pillar=Pillar.COST,
    severity=Severity.LOW,
    rule=(
        "Judged are the volumes of nodes: WARN when the launch template, or else the image, makes one of type gp2, "
        "PASS otherwise. UNKNOWN for nodes of no group, whose node classes only the Kubernetes API has. NOT_APPLICABLE "
        "for Fargate, Auto Mode and hybrid nodes. Storage classes are not judged as long as the Kubernetes API of the "
        "cluster is not read."
    ),
    remediation=(
        "Set VolumeType=gp3 in the launch template and roll the group; for a volume that exists: "
        "aws ec2 modify-volume --volume-id <volume> --volume-type gp3"
    ),
)
def node_volumes_are_of_the_newer_type(pool: ComputePool, images: Section[Images]) -> Verdict:
    """A gp3 volume costs a fifth less than a gp2 volume of its size, and is as fast however small it is.

    A small gp2 volume lives on credits; when they are used up, images are pulled and logs written at a crawl.
    """
    if pool.kind in (PoolKind.FARGATE, PoolKind.AUTO_MODE, PoolKind.HYBRID):
        return not_applicable(pool.kind.value, f"the volumes of {pool.name} are made by AWS or not on EC2")
    if pool.kind is PoolKind.UNATTACHED:
        raise EvidenceMissing(without_kubernetes(f"which volumes the node classes of {pool.name} ask for"))
    template = need(pool.template)
    if template is None:
        raise EvidenceMissing(not_collected(f"{pool.name} has no launch template that could be read"))
    devices = devices_of(template.launch_template_data, images)
    types = {name: ebs.volume_type for name, ebs in sorted(devices.by_name.items())}
    old = [name for name, kind in types.items() if kind == OLD]
    observed = {"gp2_devices": old}
    if old:
        return warned("gp2_volume", f"volumes of {pool.name} are of type {OLD}: {', '.join(old)}", observed=observed)
    if devices.missing:
        raise EvidenceMissing(devices.missing)
    unsaid = [name for name, kind in types.items() if kind is None]
    if unsaid:
        raise EvidenceMissing(not_collected(f"neither template nor image says of which type {', '.join(unsaid)} is"))
    return passed(f"no volume of {pool.name} is of type {OLD}", observed=observed)
