"""Quantities: amounts of cpu, memory and other resources as Kubernetes writes them."""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from plumbline.domain.errors import EvidenceUnreadable

_SUFFIXES = {
    "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "": Decimal(1),
    "k": Decimal("1e3"), "M": Decimal("1e6"), "G": Decimal("1e9"), "T": Decimal("1e12"), "P": Decimal("1e15"),
    "E": Decimal("1e18"), "Ki": Decimal(2**10), "Mi": Decimal(2**20), "Gi": Decimal(2**30), "Ti": Decimal(2**40),
    "Pi": Decimal(2**50), "Ei": Decimal(2**60),
}  # fmt: skip
# The API keeps no amount beyond 63 bits, and writes none at length.
_LARGEST = Decimal(2**63 - 1)
_LONGEST = 64
_QUANTITY = re.compile(r"([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([numkMGTPE]i?|Ki)?", re.ASCII)


@lru_cache(maxsize=4096)
def quantity(text: str) -> Decimal:
    """Return a quantity (`250m`, `1.5Gi`, `1e3`) in its base unit: cores, bytes, pieces.

    Raises:
        EvidenceUnreadable: it is not written as Kubernetes writes quantities.

    """
    match = _QUANTITY.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    unit = _SUFFIXES.get(match[2] or "") if match else None
    if match is None or unit is None:
        raise EvidenceUnreadable(f"{text[:_LONGEST]!r} is not a quantity of Kubernetes")
    try:
        amount = Decimal(match[1]) * unit
    except ArithmeticError:
        raise EvidenceUnreadable(f"{text[:_LONGEST]!r} is not a quantity of Kubernetes") from None
    if abs(amount) > _LARGEST:
        raise EvidenceUnreadable(f"{text!r} is larger than any quantity of Kubernetes")
    return amount


def millicores(amounts: Mapping[str, str]) -> int:
    """Return the cpu among some amounts in thousandths of a core, rounded up; 0 when there is none."""
    return _up(quantity(amounts["cpu"]) * 1000) if "cpu" in amounts else 0


def memory(amounts: Mapping[str, str]) -> int:
    """Return the memory among some amounts in bytes, rounded up; 0 when there is none."""
    return _up(quantity(amounts["memory"])) if "memory" in amounts else 0


def _up(amount: Decimal) -> int:
    return int(amount.to_integral_value(rounding="ROUND_CEILING"))
