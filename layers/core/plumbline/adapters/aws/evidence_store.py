"""The evidence store on S3: one compressed object for each part of the evidence, every version of it.

A part is written even when nothing in it changed but the times: verdicts rest on evidence whose age is known, so the
times are content, and an object that is left alone would grow stale and turn every verdict on it into UNKNOWN. To
compare first would cost a read for each write saved, and the write is the cheaper half of the two Lambda invocations
around it.
"""

import logging
import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from plumbline.adapters.aws.decoding import prepare
from plumbline.adapters.aws.objects import Objects
from plumbline.domain.errors import StoreError
from plumbline.domain.kubernetes_evidence import KubernetesEvidence
from plumbline.domain.snapshot import AccountEvidence, ClusterEvidence, RegionEvidence
from plumbline.domain.subject import Subject
from plumbline.ports import Target

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")

_COMPRESSION = 6
_LOG = logging.getLogger(__name__)


class _ClusterPart(msgspec.Struct, frozen=True):
    """A cluster's object: its own evidence, and region facts read for it alone since the last sweep."""

    cluster: ClusterEvidence = ClusterEvidence()
    overlay: RegionEvidence = RegionEvidence()


class S3EvidenceStore:
    """Implements `ports.EvidenceStore`.

    Args:
        client: a botocore or boto3 client for S3.
        bucket: versioned, encrypted by default.

    Every method raises StoreError when S3 refuses.

    """

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._objects = Objects(client, bucket)

    def put_account(self, account: str, evidence: AccountEvidence) -> None:
        """Keep an account's part."""
        self._put(_account_key(account), evidence)

    def get_account(self, account: str) -> AccountEvidence:
        """Return an account's latest part; an empty one when there is none."""
        return self._get(_account_key(account), AccountEvidence())

    def put_region(self, target: Target, evidence: RegionEvidence) -> None:
        """Keep a region's part."""
        self._put(_region_key(target), evidence)

    def get_region(self, target: Target) -> RegionEvidence:
        """Return a region's latest part; an empty one when there is none."""
        return self._get(_region_key(target), RegionEvidence())

    def put_cluster(self, subject: Subject, evidence: ClusterEvidence, overlay: RegionEvidence) -> None:
        """Keep a cluster's part, with region facts read for this cluster alone since the last sweep."""
        self._put(_cluster_key(subject), _ClusterPart(evidence, overlay))

    def get_cluster(self, subject: Subject) -> tuple[ClusterEvidence, RegionEvidence]:
        """Return a cluster's latest part and overlay; empty ones when there are none."""
        part = self._get(_cluster_key(subject), _ClusterPart())
        return part.cluster, part.overlay

    def put_kubernetes(self, subject: Subject, evidence: KubernetesEvidence) -> None:
        """Keep what a cluster's Kubernetes API listed."""
        self._put(_kubernetes_key(subject), evidence)

    def get_kubernetes(self, subject: Subject) -> KubernetesEvidence:
        """Return what a cluster's Kubernetes API listed last; nothing asked for when it was never read."""
        return self._get(_kubernetes_key(subject), KubernetesEvidence())

    def put_manifest(self, name: str, items: Sequence[Mapping[str, Any]]) -> str:
        """Keep a JSON list for a Distributed Map to read; return its key."""
        key = f"manifests/{name}.json"
        self._objects.put(key, msgspec.json.encode(list(items)), "application/json")
        return key

    def get_manifest(self, key: str) -> Sequence[Mapping[str, Any]]:
        """Return a list that was kept.

        Raises:
            StoreError: there is none under this key, or it is not a list.

        """
        content = self._objects.get(key)
        if content is None:
            raise StoreError(f"there is no manifest {key}")
        try:
            return msgspec.json.decode(content, type=list[dict[str, Any]])
        except msgspec.DecodeError as error:
            raise StoreError(f"the manifest {key} is not a list: {error}") from error

    def _put(self, key: str, part: msgspec.Struct) -> None:
        content = zlib.compress(msgspec.msgpack.encode(part), _COMPRESSION)
        self._objects.put(key, content, "application/vnd.msgpack", "deflate")

    def _get(self, key: str, empty: T) -> T:
        """Return a part; what cannot be decoded was kept by another release and counts as not collected."""
        content = self._objects.get(key)
        if content is None:
            return empty
        prepare(type(empty))
        try:
            return msgspec.msgpack.decode(zlib.decompress(content), type=type(empty))
        except (zlib.error, msgspec.MsgspecError) as error:
            _LOG.warning("the evidence in %s cannot be decoded and will be collected again: %s", key, error)
            return empty


def _account_key(account: str) -> str:
    return f"evidence/{account}/account"


def _region_key(target: Target) -> str:
    return f"evidence/{target.account}/{target.region}/region"


def _cluster_key(subject: Subject) -> str:
    return f"evidence/{subject.account}/{subject.region}/clusters/{subject.cluster}"


def _kubernetes_key(subject: Subject) -> str:
    return f"evidence/{subject.account}/{subject.region}/kubernetes/{subject.cluster}"
