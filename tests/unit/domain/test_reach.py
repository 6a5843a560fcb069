"""Whether the Kubernetes API could be read is a finding of its own."""

import msgspec
import pytest

from plumbline.domain.evaluation import evaluate
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS, KubernetesEvidence
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.reach import KUBERNETES_ACCESS
from plumbline.domain.snapshot import Snapshot
from plumbline.domain.verdict import Reason, Status, Verdict
from tests.unit.baseline import NOW, READ_AT, compliant, read
from tests.unit.changes import Change, all_of, nothing, section


def verdict(change: Change = nothing) -> Verdict:
    (found,) = evaluate(change(compliant()), [KUBERNETES_ACCESS], ParameterSet(), NOW).verdicts
    return found


def test_a_cluster_that_was_read_passes() -> None:
    assert verdict().status is Status.PASS


@pytest.mark.parametrize(
    ("reason", "detail", "cause"),
    [
        (Reason.ENDPOINT_UNREACHABLE, "dns: no such host", "dns"),
        (Reason.ENDPOINT_UNREACHABLE, "private: no collector in vpc-1", "private"),
        (Reason.ACCESS_DENIED, "unauthorized: no access entry for the reader", "unauthorized"),
        (Reason.ENDPOINT_UNREACHABLE, "something else", "endpoint_unreachable"),
        (Reason.PARSE_ERROR, "", "parse_error"),
    ],
)
def test_one_that_was_not_fails_with_the_cause(reason: Reason, detail: str, cause: str) -> None:
    found = verdict(section("api_groups", NotCollected(reason, detail, READ_AT)))
    assert (found.status, found.reasons) == (Status.FAIL, (cause,))
    assert (detail or str(reason)) in found.message


def test_kinds_that_were_refused_are_named() -> None:
    found = verdict(section("roles", NotCollected(Reason.ACCESS_DENIED, "forbidden: roles", READ_AT)))
    assert (found.status, found.reasons) == (Status.WARN, ("partly_denied",))
    assert found.message == "of the Kubernetes API of payments was not read: roles"
    assert found.observed == {"denied": {"roles": "access_denied"}}


def test_a_reader_that_is_granted_nothing_fails() -> None:
    refused = NotCollected(Reason.ACCESS_DENIED, "forbidden: list", READ_AT)
    lists = [name for name in KUBERNETES_SECTIONS if name != "api_groups"]
    found = verdict(all_of(*(section(name, refused) for name in lists)))
    assert (found.status, found.reasons) == (Status.FAIL, ("forbidden",))
    empty = all_of(*(section(name, refused) for name in lists if name != "gateways"), section("gateways", read(())))
    assert verdict(empty).reasons == ("forbidden",)


def test_a_cluster_nobody_asked_about_is_not_judged() -> None:
    def unasked(snapshot: Snapshot) -> Snapshot:
        return msgspec.structs.replace(snapshot, kubernetes=KubernetesEvidence())

    evaluation = evaluate(unasked(compliant()), [KUBERNETES_ACCESS], ParameterSet(), NOW)
    assert (evaluation.verdicts, evaluation.controls) == ((), ())
