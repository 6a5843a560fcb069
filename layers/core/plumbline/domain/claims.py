"""Claims: the volumes behind what pods mount, and what that means for where they run."""

from collections.abc import Mapping
from functools import cached_property

from plumbline.domain.evidence.kubernetes.cluster import PersistentVolume, PersistentVolumeClaim, StorageClass
from plumbline.domain.evidence.section import Section
from plumbline.domain.need import need


class Claims:
    """Claims for volumes, and what is behind them."""

    _EBS = frozenset({"ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs"})
    _EFS = "efs.csi.aws.com"
    # Only a volume that a driver made on its own has this.
    _PROVISIONED = "storage.kubernetes.io/csiProvisionerIdentity"

    def __init__(
        self,
        claims: Section[tuple[PersistentVolumeClaim, ...]],
        volumes: Section[tuple[PersistentVolume, ...]],
        classes: Section[tuple[StorageClass, ...]],
    ) -> None:
        self._claims = claims
        self._volumes = volumes
        self._classes = classes

    @cached_property
    def _claim_by_path(self) -> Mapping[tuple[str, str], PersistentVolumeClaim]:
        return {(claim.namespace, claim.name): claim for claim in need(self._claims)}

    @cached_property
    def _volume_by_name(self) -> Mapping[str, PersistentVolume]:
        return {volume.name: volume for volume in need(self._volumes)}

    @cached_property
    def _class_by_name(self) -> Mapping[str | None, StorageClass]:
        listed = need(self._classes)
        found: dict[str | None, StorageClass] = {one.metadata.name: one for one in listed}
        default = next((one for one in listed if one.default), None)
        return found | {None: default} if default else found

    def single_writer(self, namespace: str, name: str) -> bool:
        """Whether a claim can be mounted by one node only.

        Raises:
            EvidenceMissing: claims were not read.

        """
        claim = self._claim_by_path.get((namespace, name))
        modes = claim.spec.access_modes if claim else ()
        return bool(modes) and frozenset(modes) <= {"ReadWriteOnce", "ReadWriteOncePod"}

    def problems_on_fargate(self, namespace: str, name: str) -> frozenset[str]:
        """Return why pods on Fargate cannot mount a claim: `ebs_volume`, `dynamic_efs`.

        Raises:
            EvidenceMissing: what is behind the claim was not read.

        """
        claim = self._claim_by_path.get((namespace, name))
        if claim is None:
            return frozenset()
        volume = self._volume_by_name.get(claim.spec.volume_name) if claim.spec.volume_name else None
        if volume is None:
            return self.problems_of_class(claim.spec.storage_class_name)
        spec = volume.spec
        driver = spec.csi.driver if spec.csi else ""
        if spec.aws_elastic_block_store or driver in self._EBS:
            return frozenset({"ebs_volume"})
        dynamic = spec.csi is not None and driver == self._EFS and self._PROVISIONED in spec.csi.volume_attributes
        return frozenset({"dynamic_efs"}) if dynamic else frozenset()

    def problems_of_class(self, name: str | None) -> frozenset[str]:
        """Return why pods on Fargate cannot mount a volume of a class; None is the default class.

        Raises:
            EvidenceMissing: classes were not read.

        """
        found = self._class_by_name.get(name)
        if found is None:
            return frozenset()
        if found.provisioner in self._EBS:
            return frozenset({"ebs_volume"})
        # A class without a mode is a mere name that claims and volumes made by hand are matched by.
        dynamic = found.provisioner == self._EFS and "provisioningMode" in found.parameters
        return frozenset({"dynamic_efs"}) if dynamic else frozenset()
