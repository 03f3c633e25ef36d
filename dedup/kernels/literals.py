"""Literals in a text, the readable twin: many are looked for in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from dedup.records import Ints


class LiteralFinder:
    """Finds all places of many literals, of 2 units or more each: of str in str, or of bytes in bytes."""

    def __init__(self, literals: Sequence[str] | Sequence[bytes]) -> None:
        if any(len(literal) < 2 for literal in literals):
            raise ValueError("a literal has 2 units at least")
        self._literals: Sequence[Any] = literals

    def find(self, text: str | bytes) -> tuple[Ints, Ints]:
        """Where literals begin, ascending, and the number of the literal that does (ascending for one place)."""
        found = [(at, number) for number, literal in enumerate(self._literals) for at in _places(text, literal)]
        rows = np.array(sorted(found), np.int64).reshape(-1, 2)
        return rows[:, 0].copy(), rows[:, 1].copy()


def _places(text: Any, literal: Any) -> Iterable[int]:
    at = text.find(literal)
    while at >= 0:
        yield at
        at = text.find(literal, at + 1)
