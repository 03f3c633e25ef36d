"""Body -> match keys with offsets into the original text (the match key itself: kernels/character.py)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedup.kernels import tokenise
from dedup.records import Int32s, Span, Tokens


def tokens(text: str) -> Tokens:
    """All tokens of ``text``, in order."""
    return tokenise(text)


def within(found: Tokens, spans: Sequence[Span]) -> Tokens:
    """The tokens that start in one of the given stretches, which are in order and do not overlap."""
    places = np.searchsorted(found.starts, np.array(spans, np.int32).reshape(-1, 2)).tolist()
    ranges: list[Span] = []
    for first, after in places:
        if ranges and ranges[-1][1] == first:
            ranges[-1] = ranges[-1][0], after
        elif after > first:
            ranges.append((first, after))
    if ranges == [(0, len(found))]:
        return found
    parts = [slice(first, after) for first, after in ranges]
    return Tokens(
        packed=b"".join(found.run(first, after) for first, after in ranges),
        bounds=_bounds(found.bounds, ranges),
        hashes=np.concatenate([found.hashes[:0], *(found.hashes[part] for part in parts)]),
        starts=np.concatenate([found.starts[:0], *(found.starts[part] for part in parts)]),
        ends=np.concatenate([found.ends[:0], *(found.ends[part] for part in parts)]),
        unspaced=np.concatenate([found.unspaced[:0], *(found.unspaced[part] for part in parts)]),
    )


def _bounds(bounds: Int32s, ranges: Sequence[Span]) -> Int32s:
    """Where the match keys of the ranges begin when they are packed on end."""
    parts, size = [], 0
    for first, after in ranges:
        parts.append(bounds[first:after] - (bounds[first] - size))
        size += int(bounds[after] - bounds[first])
    return np.concatenate([*parts, np.array([size], np.int32)])
