"""Storage: classes, claims and volumes of a cluster, and the EBS volumes behind them."""

from collections.abc import Iterable

import msgspec

from plumbline.domain.evidence import ec2
from plumbline.domain.evidence.kubernetes.cluster import PersistentVolume, PersistentVolumeClaim, StorageClass

EBS_CSI, EBS_AUTO_MODE, EBS_IN_TREE = "ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs"
EBS_PROVISIONERS = (EBS_CSI, EBS_AUTO_MODE, EBS_IN_TREE)
# The driver's, Auto Mode's and Kubernetes' own name of a zone mean the same.
ZONE_KEYS = frozenset(
    {"topology.ebs.csi.aws.com/zone", "topology.ebs.csi.eks.amazonaws.com/zone", "topology.kubernetes.io/zone"}
)


class CsiDrivers(frozenset[str]):
    """The names of the CSI drivers that a cluster has registered."""


class StorageClasses:
    """The storage classes of a cluster."""

    def __init__(self, classes: Iterable[StorageClass]) -> None:
        self.default = tuple(sorted(one.metadata.name for one in classes if one.default))


class VolumeClaims:
    """The claims for volumes of a cluster."""

    def __init__(self, claims: Iterable[PersistentVolumeClaim]) -> None:
        found = tuple(claims)
        self.without_class = sum(one.spec.storage_class_name is None for one in found)
        self._classes = frozenset(one.spec.storage_class_name for one in found)

    def use(self, one: StorageClass) -> bool:
        """Whether a claim asks for the class, by name or by being the default."""
        return one.metadata.name in self._classes or (one.default and None in self._classes)


class EbsVolumes:
    """The EBS volumes of a region that Kubernetes made, by id."""

    def __init__(self, volumes: Iterable[ec2.Volume]) -> None:
        self._by_id = {volume.volume_id: volume for volume in volumes}

    def of(self, identifier: str) -> ec2.Volume | None:
        """Return the volume, or None when the listing lacks it."""
        return self._by_id.get(identifier)


class VolumeObjects:
    """The volume objects of a cluster by the EBS volume behind them."""

    def __init__(self, volumes: Iterable[PersistentVolume]) -> None:
        self._by_id = {identifier: one for one in volumes if (identifier := ebs_volume_id(one))}

    def of(self, identifier: str) -> PersistentVolume | None:
        """Return the object of an EBS volume, or None when the cluster has none."""
        return self._by_id.get(identifier)


class UnattachedVolume(msgspec.Struct, frozen=True):
    """An EBS volume that Kubernetes made and nothing has attached.

    Attributes:
        cluster: the cluster that its tags name, or empty.
        here: whether that is the cluster judged.

    """

    volume: ec2.Volume
    cluster: str
    here: bool


def ebs_volume_id(volume: PersistentVolume) -> str:
    """Return the id of the EBS volume behind a volume object, or empty when it is none."""
    spec = volume.spec
    if spec.csi is not None:
        return spec.csi.volume_handle if spec.csi.driver in EBS_PROVISIONERS else ""
    # The old provisioner writes aws://<zone>/<id>.
    return spec.aws_elastic_block_store.volume_id.rpartition("/")[2] if spec.aws_elastic_block_store else ""


def zones_of(volume: PersistentVolume) -> tuple[str, ...]:
    """Return the zones that a volume can be used in; none when it is not tied to any."""
    terms = volume.spec.node_affinity.required.node_selector_terms if volume.spec.node_affinity else ()
    named = (one.values for term in terms for one in term.match_expressions if _names_zones(one.key, one.operator))
    return tuple(sorted({zone for zones in named for zone in zones}))


def _names_zones(key: str, operator: str) -> bool:
    return key in ZONE_KEYS and operator == "In"
