import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.domain.errors import EvidenceUnreadable
from plumbline.domain.evidence.eks import minor_of
from plumbline.domain.semver import addon_order, numbers_of

IN_ORDER = [
    "v1.9.0-eksbuild.1",
    "v1.10.0-alpha.2-eksbuild.1",
    "v1.10.0-alpha.10-eksbuild.1",
    "v1.10.0-alpha.beta-eksbuild.1",
    "v1.10.0-rc1",
    "v1.10.0",
    "v1.10.0-eksbuild.1",
    "1.10.0-eksbuild.2",
    "v1.10.0-eksbuild.2.1",
    "v1.10.0-eksbuild.10",
    "v1.10.1-eksbuild.1",
    "v2.0.0",
]


def test_versions_are_ordered_by_their_numbers() -> None:
    mixed = [*IN_ORDER[7:], *IN_ORDER[3:7], *IN_ORDER[:3]]
    assert sorted(mixed, key=addon_order) == IN_ORDER


@given(st.lists(st.integers(0, 999), min_size=4, max_size=4), st.lists(st.integers(0, 999), min_size=4, max_size=4))
def test_the_order_is_the_order_of_the_numbers(first: list[int], second: list[int]) -> None:
    def version(numbers: list[int]) -> str:
        return "v{}.{}.{}-eksbuild.{}".format(*numbers)

    assert (addon_order(version(first)) < addon_order(version(second))) == (first < second)


@pytest.mark.parametrize("text", ["", "latest", "v1", "1.x.0", "v1.2.3-eksbuild.x", "v1.2.3-eksbuild.1\n", "v1.2.3 "])
def test_other_texts_are_unreadable(text: str) -> None:
    with pytest.raises(EvidenceUnreadable):
        addon_order(text)


def test_the_numbers_of_a_version() -> None:
    assert numbers_of("1.52.3-0badcafe") == (1, 52, 3)
    assert numbers_of("v1.52") == (1, 52, 0)
    with pytest.raises(EvidenceUnreadable):
        numbers_of("newest")


def test_the_minor_of_a_kubernetes_version() -> None:
    assert minor_of("1.33") == 33
    for text in ("", "1", "1.", "1.33.4", "2.1", "1.3x", "1.\u0663"):
        with pytest.raises(EvidenceUnreadable):
            minor_of(text)
