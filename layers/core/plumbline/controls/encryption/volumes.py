"""Volumes: disks of nodes and pods cannot be read without a key."""

from plumbline.domain.control import control
from plumbline.domain.devices import Devices, devices_of
from plumbline.domain.ec2_facts import Images
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.ec2 import Ebs, EbsDefault
from plumbline.domain.evidence.section import Section, not_collected
from plumbline.domain.judged import AccountRegion
from plumbline.domain.need import from_kubernetes, known, need, present_in
from plumbline.domain.pools import ComputePool, PoolKind
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed


@control(
    "encryption.ebs-default",
    title="EBS encryption by default is on in the region",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule="PASS when new EBS volumes are encrypted by default, FAIL otherwise. NOT_APPLICABLE without clusters.",
    remediation="aws ec2 enable-ebs-encryption-by-default --region <region>",
    references=("Security Hub EC2.7", "Prowler ec2_ebs_default_encryption"),
)
def new_volumes_are_encrypted(region: AccountRegion, ebs_default: Section[EbsDefault]) -> Verdict:
    """With the default on, no template, storage class or person can create an unencrypted volume by forgetting.

    Volumes that exist keep the state they were created with, so switch it on before they are made.
    """
    if not need(region.clusters):
        return not_applicable("no_clusters", f"{region.region} has no clusters")
    ebs = need(ebs_default)
    observed = {"encryption_by_default": ebs.ebs_encryption_by_default, "sse_type": ebs.sse_type}
    if not ebs.ebs_encryption_by_default:
        text = f"EBS encryption by default is off in {region.region}"
        return failed("ebs_default_off", text, observed=observed)
    return passed(f"EBS encryption by default is on in {region.region}", observed=observed)


@control(
    "encryption.node-volumes",
    title="Node root and data volumes are encrypted",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "PASS when EBS encryption by default is on, or every device is encrypted: by the launch template, else by the "
        "image. FAIL when a device is not. Karpenter: FAIL when a device mapping of the EC2NodeClass says that it is "
        "not encrypted, or says nothing and the default is off. NOT_APPLICABLE for Fargate, Auto Mode and hybrid nodes."
    ),
    remediation=(
        "Set Encrypted=true in the launch template and roll the group, or "
        "aws ec2 enable-ebs-encryption-by-default --region <region>"
    ),
    references=("Security Hub EC2.181, EC2.3", "Prowler ec2_ebs_volume_encryption"),
)
def node_volumes_are_encrypted(pool: ComputePool, images: Section[Images], ebs_default: Section[EbsDefault]) -> Verdict:
    """A node's disk holds images, logs, and the secrets that pods mounted; a snapshot of it hands them out.

    Volumes that exist keep the state they were made with: replace the nodes after a change.
    """
    if pool.kind in (PoolKind.FARGATE, PoolKind.AUTO_MODE, PoolKind.HYBRID):
        return not_applicable(pool.kind.value, f"the volumes of {pool.name} are made by AWS or not on EC2")
    if pool.kind is PoolKind.KARPENTER:
        return _judge_node_class(pool, ebs_default)
    if pool.kind is PoolKind.UNATTACHED:
        from_kubernetes(pool.nodes, f"which volumes the node classes of {pool.name} ask for")
    by_default = need(ebs_default).ebs_encryption_by_default
    if by_default:
        return _encrypted_by_default()
    template = need(pool.template)
    if template is None:
        raise EvidenceMissing(not_collected(f"{pool.name} has no launch template that could be read"))
    devices = devices_of(template.launch_template_data, images)
    unencrypted = sorted(name for name, ebs in devices.by_name.items() if _is_unencrypted(ebs, devices))
    if devices.missing and not unencrypted:
        raise EvidenceMissing(devices.missing)
    observed = {"encryption_by_default": by_default, "unencrypted_devices": unencrypted}
    if unencrypted:
        text = f"volumes of {pool.name} are not encrypted: {', '.join(unencrypted)}"
        return failed("volume_not_encrypted", text, observed=observed)
    return passed(f"all volumes of {pool.name} are encrypted", observed=observed)


def _encrypted_by_default() -> Verdict:
    observed = {"encryption_by_default": True, "unencrypted_devices": []}
    return passed("EBS encryption by default is on", observed=observed)


def _judge_node_class(pool: ComputePool, ebs_default: Section[EbsDefault]) -> Verdict:
    """Judge what Karpenter makes nodes from: without mappings of its own a node class encrypts every device."""
    node_class = present_in(pool.node_class, f"the EC2NodeClass of {pool.name}")
    devices = {one.device_name: one.ebs.encrypted for one in node_class.spec.block_device_mappings if one.ebs}
    refused = sorted(name for name, encrypted in devices.items() if encrypted is False)
    by_default = known(ebs_default, None)
    observed = {"encryption_by_default": by_default and by_default.ebs_encryption_by_default}
    if refused:
        text = f"EC2NodeClass {node_class.name} asks for unencrypted volumes: {', '.join(refused)}"
        return failed("volume_not_encrypted", text, observed=observed | {"unencrypted_devices": refused})
    silent = sorted(name for name, encrypted in devices.items() if encrypted is None)
    if silent and not need(ebs_default).ebs_encryption_by_default:
        text = f"EC2NodeClass {node_class.name} does not ask for encryption of {', '.join(silent)}"
        return failed("volume_not_encrypted", text, observed=observed | {"unencrypted_devices": silent})
    text = f"EC2NodeClass {node_class.name} asks for encrypted volumes"
    return passed(text, observed=observed | {"unencrypted_devices": []})


def _is_unencrypted(ebs: Ebs, devices: Devices) -> bool:
    """Whether a device is not encrypted. What the template leaves to an image that is not known may well be."""
    return ebs.encrypted is False if devices.missing else not ebs.encrypted
