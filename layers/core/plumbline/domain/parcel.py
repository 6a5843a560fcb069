"""Parcels: Kubernetes evidence on its way from the collector inside a VPC to the hub, in the answer of a function."""

import base64
import binascii
import zlib
from datetime import datetime

import msgspec

from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS, KubernetesEvidence
from plumbline.domain.verdict import Reason

# What Lambda lets a function answer, less what is around the text (Lambda, quotas).
LONGEST = 6 * 1024 * 1024 - 1024
# Evidence compresses about tenfold; this is far beyond what the longest parcel holds.
_LARGEST = 512 << 20
_COMPRESSION = 6


class Asked(msgspec.Struct, frozen=True):
    """What the hub asks the collector inside a VPC for."""

    account: str
    region: str
    cluster: str
    sections: tuple[str, ...] = KUBERNETES_SECTIONS


class Parcel(msgspec.Struct, frozen=True):
    """The answer: evidence as msgpack, compressed, in base64."""

    evidence: str


def packed(evidence: KubernetesEvidence, now: datetime, longest: int = LONGEST) -> Parcel:
    """Return the answer; evidence that is too large for one is replaced by the reason for which it is missing."""
    content = _encoded(evidence)
    if len(content) > longest:
        told = (
            f"private: {len(content) / 1e6:.1f} MB of evidence are more than the collector inside the VPC can answer "
            f"({longest / 1e6:.1f} MB); open a way from the hub to the endpoint"
        )
        content = _encoded(
            missing(frozenset(KUBERNETES_SECTIONS), NotCollected(Reason.ENDPOINT_UNREACHABLE, told, now))
        )
    return Parcel(content)


def unpacked(parcel: Parcel) -> KubernetesEvidence:
    """Return the evidence.

    Raises:
        ValueError: it cannot be read: another release packed it.

    """
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(base64.b64decode(parcel.evidence, validate=True), _LARGEST)
        return msgspec.msgpack.decode(content, type=KubernetesEvidence)
    except (binascii.Error, zlib.error, msgspec.MsgspecError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def missing(sections: frozenset[str], why: NotCollected) -> KubernetesEvidence:
    """Return evidence of which all that was asked for is missing for one reason."""
    return KubernetesEvidence(**dict.fromkeys(sections & frozenset(KUBERNETES_SECTIONS), why))


def _encoded(evidence: KubernetesEvidence) -> str:
    return base64.b64encode(zlib.compress(msgspec.msgpack.encode(evidence), _COMPRESSION)).decode()
