import base64
import zlib

import pytest

from plumbline.domain.evidence.section import Collected, NotCollected
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS, KubernetesEvidence
from plumbline.domain.parcel import LONGEST, Parcel, missing, packed, unpacked
from plumbline.domain.reach import cause_of
from plumbline.domain.verdict import Reason
from tests.unit.baseline import NOW
from tests.unit.kubernetes_baseline import compliant_kubernetes


def test_what_is_packed_is_unpacked() -> None:
    assert unpacked(packed(compliant_kubernetes(), NOW)) == compliant_kubernetes()


def test_the_answer_stays_below_what_lambda_takes() -> None:
    assert LONGEST < 6_291_556


def test_what_is_too_large_is_missing_with_the_reason() -> None:
    found = unpacked(packed(compliant_kubernetes(), NOW, longest=100))
    sections = [getattr(found, name) for name in KUBERNETES_SECTIONS]
    assert {type(section) for section in sections} == {NotCollected}
    assert sections[0].reason is Reason.ENDPOINT_UNREACHABLE
    assert sections[0].at == NOW
    assert cause_of(sections[0]) == "private"
    assert "MB of evidence are more than the collector inside the VPC can answer" in sections[0].detail


@pytest.mark.parametrize(
    "content",
    [
        "not base64!",
        base64.b64encode(b"not compressed").decode(),
        base64.b64encode(zlib.compress(b"not msgpack")).decode(),
        base64.b64encode(zlib.compress(b"\x01")).decode(),
    ],
)
def test_what_cannot_be_unpacked_is_refused(content: str) -> None:
    with pytest.raises(ValueError, match=r"^\w+: "):
        unpacked(Parcel(content))


def test_only_what_was_asked_for_is_missing() -> None:
    why = NotCollected(Reason.ACCESS_DENIED, "private: refused", NOW)
    found = missing(frozenset({"pods", "no such section"}), why)
    assert found == KubernetesEvidence(pods=why)
    assert not isinstance(found.nodes, Collected)
