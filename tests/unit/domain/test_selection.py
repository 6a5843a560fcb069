"""Selectors are found by one of their labels, and say the same as if each were tried."""

from hypothesis import given
from hypothesis import strategies as st

from plumbline.domain.evidence.kubernetes.objects import LabelSelector, Requirement
from plumbline.domain.selection import Selectors

LABELS = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xy"))
REQUIREMENTS = st.builds(
    Requirement,
    key=st.sampled_from("abc"),
    operator=st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist", "Near"]),
    values=st.lists(st.sampled_from("xy")).map(tuple),
)
SELECTORS = st.builds(
    LabelSelector, match_labels=LABELS, match_expressions=st.lists(REQUIREMENTS, max_size=2).map(tuple)
)
NAMESPACES = st.sampled_from(["shop", "billing"])


@given(listed=st.lists(st.tuples(NAMESPACES, SELECTORS)), namespace=NAMESPACES, labels=LABELS)
def test_what_selects_is_found_in_its_namespace_and_in_order(
    listed: list[tuple[str, LabelSelector]], namespace: str, labels: dict[str, str]
) -> None:
    selectors = Selectors((name, selector, place) for place, (name, selector) in enumerate(listed))
    tried = [place for place, (name, one) in enumerate(listed) if name == namespace and one.matches(labels)]
    assert selectors.matching(namespace, labels) == tuple(tried)


def test_an_empty_selector_selects_every_pod_of_its_namespace() -> None:
    selectors = Selectors([("shop", LabelSelector(), "all")])
    assert selectors.matching("shop", {}) == selectors.matching("shop", {"a": "x"}) == ("all",)
    assert selectors.matching("billing", {"a": "x"}) == ()
