"""Draws: numbers that look random and depend on the seed and a name alone."""

import hashlib
from collections.abc import Sequence
from typing import Protocol, TypeVar


class Weighted(Protocol):
    """Something that is drawn more often the heavier it is."""

    @property
    def weight(self) -> int:
        """How often, against the sum of all weights."""
        ...


W = TypeVar("W", bound=Weighted)
T = TypeVar("T")


class Draws:
    """Draws by name: the same name always draws the same."""

    def __init__(self, seed: int) -> None:
        self._seed = seed.to_bytes(8, "big", signed=True)

    def number(self, *name: object) -> int:
        """Return a number of 64 bits."""
        text = "\x1f".join(map(str, name)).encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=8, key=self._seed).digest(), "big")

    def share(self, *name: object) -> float:
        """Return a number from 0 up to 1, without 1."""
        return self.number(*name) / 2**64

    def happens(self, probability: float, *name: object) -> bool:
        """Whether something of that probability happens."""
        return self.share(*name) < probability

    def choice(self, among: Sequence[T], *name: object) -> T:
        """Return one of several, each as often as the others."""
        return among[self.number(*name) % len(among)]

    def weighted(self, among: Sequence[W], *name: object) -> W:
        """Return one of several, by weight."""
        left = self.number(*name) % sum(one.weight for one in among)
        for one in among:
            left -= one.weight
            if left < 0:
                return one
        return among[-1]

    def identifier(self, *name: object) -> str:
        """Return a UUID."""
        digits = f"{self.number(*name):016x}{self.number('more', *name):016x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"
