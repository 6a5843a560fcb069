"""Volumes of pods: encrypted where they lie, and on the way there."""

import re

from plumbline.domain.control import Parameters, control
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.ec2 import EbsDefault
from plumbline.domain.evidence.kubernetes.cluster import PersistentVolume, StorageClass
from plumbline.domain.evidence.section import NotCollected, Section, not_collected
from plumbline.domain.need import need
from plumbline.domain.storage import EBS_PROVISIONERS, EbsVolumes, ebs_volume_id
from plumbline.domain.verdict import Pillar, Reason, Severity, Verdict, failed, not_applicable, passed, warned

TRUE, FALSE = "true", "false"
EFS_CSI = "efs.csi.aws.com"
_EFS_HOST = re.compile(r"(?:[a-z0-9-]+\.)?fs-[0-9a-f]+\.efs\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?", re.ASCII)


class Provisioners(Parameters, frozen=True):
    """The provisioners that make EBS volumes."""

    ebs_provisioners: tuple[str, ...] = EBS_PROVISIONERS


@control(
    "encryption.persistent-volumes",
    title="EBS storage classes request encryption and existing EBS volumes are encrypted",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "Class of an EBS provisioner: FAIL when it does not ask for encryption and EBS encryption by default is off. "
        "Volume: FAIL when it is not encrypted, UNKNOWN when EC2 does not list it. NOT_APPLICABLE for other storage."
    ),
    remediation=(
        'A new class with encrypted: "true"; copy the data of existing volumes through an encrypted snapshot: '
        "aws ec2 copy-snapshot --source-snapshot-id <snapshot> --encrypted"
    ),
    references=("Security Hub EC2.3", "hardeneks use_encryption_with_ebs", "Prowler ec2_ebs_volume_encryption"),
)
def volumes_of_pods_are_encrypted(
    judged: StorageClass | PersistentVolume,
    by_default: Section[EbsDefault],
    volumes: Section[EbsVolumes],
    p: Provisioners,
) -> Verdict:
    """A snapshot of an unencrypted volume can be shared and read by anyone it is shared with.

    A volume cannot be encrypted afterwards: ask for it in the class, before there is anything to copy.
    """
    if isinstance(judged, StorageClass):
        return _of_class(judged, by_default, p)
    return _of_volume(judged, volumes, p)


def _of_class(one: StorageClass, by_default: Section[EbsDefault], p: Provisioners) -> Verdict:
    name = one.metadata.name
    if one.provisioner not in p.ebs_provisioners:
        return not_applicable("other_provisioner", f"{name} is no EBS class")
    asked = one.parameters.get("encrypted", "").lower() == TRUE
    observed = {"asked": asked, "encryption_by_default": None, "encrypted": None}
    if asked:
        return passed(f"class {name} asks for encryption", observed=observed)
    observed["encryption_by_default"] = need(by_default).ebs_encryption_by_default
    if observed["encryption_by_default"]:
        return passed(f"EBS encrypts the volumes of class {name} by default", observed=observed)
    text = f"class {name} does not ask for encryption, and EBS encryption by default is off"
    return failed("class_not_encrypted", text, observed=observed)


def _of_volume(volume: PersistentVolume, volumes: Section[EbsVolumes], p: Provisioners) -> Verdict:
    driver = volume.spec.csi.driver if volume.spec.csi else ""
    identifier = ebs_volume_id(volume)
    if driver in p.ebs_provisioners and volume.spec.csi is not None:
        identifier = volume.spec.csi.volume_handle
    if not identifier:
        return not_applicable("other_storage", f"{volume.name} is no EBS volume")
    found = need(volumes).of(identifier)
    if found is None:
        text = f"volume {identifier} of {volume.name} was not in the listing"
        raise EvidenceMissing(NotCollected(Reason.NOT_FOUND_IN_LISTING, text))
    if found.encrypted is None:
        raise EvidenceMissing(not_collected(f"the answer of AWS did not hold Encrypted of {identifier}"))
    observed = {"asked": None, "encryption_by_default": None, "encrypted": found.encrypted}
    if not found.encrypted:
        return failed("volume_not_encrypted", f"{volume.name} ({identifier}) is not encrypted", observed=observed)
    return passed(f"{volume.name} ({identifier}) is encrypted", observed=observed)


@control(
    "encryption.efs-in-transit",
    title="EFS persistent volumes are mounted with TLS",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule=(
        'FAIL when a volume of the EFS driver sets encryptInTransit to "false"; the driver encrypts otherwise. WARN '
        "when an EFS file system is mounted by plain NFS. NOT_APPLICABLE for other storage."
    ),
    remediation='Remove the attribute encryptInTransit or set it to "true", and make the volume object anew.',
    references=("hardeneks use_encryption_with_efs, use_efs_access_points",),
)
def efs_is_mounted_with_tls(volume: PersistentVolume) -> Verdict:
    """NFS sends what files hold as it is, and any machine on its way can read it.

    The driver puts TLS around it unless it is told not to; a plain NFS mount has no TLS at all.
    """
    csi, nfs = volume.spec.csi, volume.spec.nfs
    if csi is not None and csi.driver == EFS_CSI:
        observed = {"access_point": "fsap-" in csi.volume_handle, "tls": True, "plain_nfs": False}
        if csi.volume_attributes.get("encryptInTransit", "").lower() == FALSE:
            text = f"{volume.name} is mounted without TLS"
            return failed("no_tls", text, observed=observed | {"tls": False})
        return passed(f"{volume.name} is mounted with TLS", observed=observed)
    if nfs is not None and _EFS_HOST.fullmatch(nfs.server.lower()):
        observed = {"access_point": False, "tls": False, "plain_nfs": True}
        return warned("plain_nfs", f"{volume.name} mounts {nfs.server} by plain NFS", observed=observed)
    return not_applicable("other_storage", f"{volume.name} is no EFS volume")
