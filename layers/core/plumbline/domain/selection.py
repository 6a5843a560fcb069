"""Selection: which label selectors of a namespace match, without trying each of them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from plumbline.domain.evidence.kubernetes.objects import LabelSelector

T = TypeVar("T")
_Placed = tuple[int, LabelSelector, T]


class Selectors(Generic[T]):
    """Things that select pods of their namespace by labels.

    Each is looked up by one pair of the labels it asks for, the one that the fewest ask for: a namespace with
    thousands of Services and thousands of workloads costs no more for each of them than a small one.

    Args:
        selectors: namespace, selector and thing.

    """

    def __init__(self, selectors: Iterable[tuple[str, LabelSelector, T]]) -> None:
        listed = list(selectors)
        asked = Counter((name, pair) for name, selector, _ in listed for pair in selector.match_labels.items())
        self._by_pair: dict[str, dict[tuple[str, str], list[_Placed[T]]]] = defaultdict(lambda: defaultdict(list))
        self._without_labels: dict[str, list[_Placed[T]]] = defaultdict(list)
        for place, (namespace, selector, thing) in enumerate(listed):
            pairs = list(selector.match_labels.items())
            if pairs:
                rarest = min(pairs, key=lambda pair: asked[namespace, pair])
                self._by_pair[namespace][rarest].append((place, selector, thing))
            else:
                self._without_labels[namespace].append((place, selector, thing))

    def matching(self, namespace: str, labels: Mapping[str, str]) -> tuple[T, ...]:
        """Return the things of a namespace that select these labels, in the order they were given in."""
        candidates = list(self._without_labels.get(namespace, ()))
        by_pair = self._by_pair.get(namespace)
        if by_pair:
            for pair in labels.items():
                if pair in by_pair:
                    candidates += by_pair[pair]
        found = [(place, thing) for place, selector, thing in candidates if selector.matches(labels)]
        if len(found) > 1:
            found.sort(key=lambda one: one[0])
        return tuple([thing for _, thing in found])
