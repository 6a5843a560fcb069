import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.configuration.yaml_reading import DEEPEST, MOST_BYTES, Place, read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("a: no", {"a": "no"}),
        ("a: on", {"a": "on"}),
        ("a: true", {"a": True}),
        ("a: ~", {"a": None}),
        ("a:", {"a": None}),
        ("a: 12", {"a": 12}),
        ("a: 1.30", {"a": 1.3}),
        ("a: 012345678901", {"a": "012345678901"}),
        ("a: 0x1f", {"a": "0x1f"}),
        ("a: 12:30", {"a": "12:30"}),
        ("a: 2026-03-01", {"a": "2026-03-01"}),
        ("1.30: x", {"1.30": "x"}),
        ("true: x", {"true": "x"}),
        ("012345678901: x", {"012345678901": "x"}),
        ('{"a": [1, "b", null]}', {"a": [1, "b", None]}),
    ],
)
def test_plain_words_mean_what_they_look_like(text: str, value: object) -> None:
    document = read(text)
    assert document.faults == ()
    assert document.value == value


def test_places_are_known_of_keys_and_values() -> None:
    document = read("a:\n  b: [1,\n      2]\n")
    assert document.place(("a", "b", 1)) == Place(3, 7)
    assert document.place(("a", "b")) == Place(2, 6)
    assert document.place(("a", "b"), of_key=True) == Place(2, 3)


def test_what_is_absent_stands_where_the_nearest_thing_around_it_does() -> None:
    document = read("a:\n  b: 1\n")
    assert document.place(("a", "c", "d")) == Place(2, 3)
    assert read("").place(("a",)) == Place(1, 1)


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("a: 1\na: 2", Place(2, 1), "this key stands twice"),
        ("? [a]\n: 1", Place(1, 3), "a key must be a plain word"),
        ("a: &x 1\nb: *x", Place(2, 4), "aliases are not supported"),
        ("[" * (DEEPEST + 1), Place(1, DEEPEST + 1), f"nested more than {DEEPEST} deep"),
        ("a: !!binary aGk=", Place(1, 4), "the tag tag:yaml.org,2002:binary is not supported"),
        ("a: !!python/object:os.x y", Place(1, 4), "the tag tag:yaml.org,2002:python/object:os.x is not supported"),
        ("a: !!int x", Place(1, 4), "this is no int: invalid literal for int() with base 10: 'x'"),
        ("a: \x07", Place(1, 4), "the character U+0007 is not allowed"),
        ("a:\n\tb: 1", Place(2, 1), "this is not YAML: found character '\\t' that cannot start any token"),
        ("a: 1\n---\nb: 1", Place(2, 1), "this is not YAML: but found another document"),
        ("#" * (MOST_BYTES + 1), Place(1, 1), "the document is larger than 1,000,000 bytes"),
    ],
)  # fmt: skip
def test_what_is_not_taken_says_where_and_why(text: str, place: Place, reason: str) -> None:
    faults = read(text).faults
    assert [(fault.place, fault.reason) for fault in faults] == [(place, reason)]


@given(st.text(max_size=60) | st.text(alphabet="{}[]:,-!&*?|>#'\"%@` \n\tab1", max_size=60))
def test_no_text_makes_reading_fail(text: str) -> None:
    document = read(text)
    assert document.faults or document.value is None or isinstance(document.value, str | int | float | dict | list)
