"""Body -> match keys with offsets into the original text (the match key itself: kernels/character.py)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedup import kernels
from dedup.records import Ints, Span, Tokens


def tokens(text: str) -> Tokens:
    """All tokens of ``text``, in order."""
    return kernels.tokenise(text)


def within(found: Tokens, spans: Sequence[Span] | Ints) -> Tokens:
    """The tokens that start in one of the given (k, 2) stretches, which are in order and do not overlap."""
    ranges = found.starts.searchsorted(np.asarray(spans, np.int32).reshape(-1, 2))
    return kernels.select(found, ranges.astype(np.int64, copy=False))
