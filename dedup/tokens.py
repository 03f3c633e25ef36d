"""Body -> match keys with offsets into the original text (the match key itself: kernels/matchkey.py)."""

from __future__ import annotations

from collections.abc import Sequence
from sys import intern

import numpy as np

from dedup.kernels import match_keys, token_hashes
from dedup.records import Span, Tokens


def tokens(text: str, spans: Sequence[Span]) -> Tokens:
    """The tokens of the given stretches of ``text``, in order; offsets are into the whole of ``text``."""
    keys: list[str] = []
    starts, ends = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for start, end in spans:
        found, first, last = match_keys(text[start:end])
        keys += found
        starts.append(first + start)
        ends.append(last + start)
    return Tokens(tuple(map(intern, keys)), token_hashes(keys), np.concatenate(starts), np.concatenate(ends))
