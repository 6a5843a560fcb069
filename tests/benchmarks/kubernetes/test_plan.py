"""The plan is the formula of the evidence plan: 33 + q + further pages."""

from benchmarks.kubernetes.plan import planned, terms
from benchmarks.kubernetes.serving import Served
from plumbline.adapters.kubernetes.kinds import KINDS


def test_empty_cluster_takes_what_is_always_asked() -> None:
    served = Served(kinds={kind.label: 0 for kind in KINDS if not (kind.optional or kind.name)})
    assert terms(served) == (33, 0, 0)
    assert sum(planned(served).values()) == 33


def test_further_pages_and_kinds_that_were_found_are_added() -> None:
    served = Served(kinds={"pods": 1_001, "nodes": 500, "nodepools.karpenter.sh": 2, "secrets": 9_999})
    assert terms(served) == (33, 1, 2)
    asked = planned(served)
    assert (asked["pods"], asked["nodes"], asked["nodepools"], asked["configmaps"]) == (3, 1, 1, 3)
    assert sum(asked.values()) == 36
    assert "secrets" not in asked


def test_objects_of_every_kind_are_counted() -> None:
    assert Served(kinds={"pods": 2, "nodes": 3}).objects == 5
