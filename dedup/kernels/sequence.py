"""Alignment, the readable twin: tiles, the heaviest chain through them, and a common subsequence.

Everything here is symmetric: swapping the two token sequences swaps the coordinates and nothing else. Ties
are therefore broken by what is the same from both sides (place sums, then content), never by side.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np
import xxhash

from dedup.kernels.sketches import SHINGLE_SIZE, shingles
from dedup.limits import MAX_LCS_CELLS, MAX_RUNS, MAX_SEEDS_PER_SHINGLE
from dedup.records import U64, Ints

Run = tuple[int, int, int]  # start in the reference, start in the article, length; in tokens


def tiles(reference: U64, article: U64, minimum: int) -> list[Run]:
    """Longest-first 1:1 tiling (Wise 1993): maximal common runs of >= ``minimum`` tokens, each token used once.

    Exact greedy string tiling over the maximal runs, found from their shingles: O(n + matches), and at most
    ``MAX_RUNS`` runs (the longest) of text so repetitive that it has more. Sorted by place in the reference.
    """
    runs = _maximal_runs(reference, article, minimum)
    taken_r, taken_d = bytearray(len(reference)), bytearray(len(article))
    sizes = len(reference), len(article)
    heap = [_keyed(run, reference, sizes) for run in runs]
    heapq.heapify(heap)
    chosen: list[Run] = []
    while heap:
        *_, i, j, negative = heapq.heappop(heap)
        n = -negative
        if taken_r.find(1, i, i + n) < 0 and taken_d.find(1, j, j + n) < 0:
            chosen.append((i, j, n))
            taken_r[i : i + n] = taken_d[j : j + n] = b"\x01" * n
            continue
        for rest in _free_parts((i, j, n), taken_r, taken_d):
            if rest[2] >= minimum:
                heapq.heappush(heap, _keyed(rest, reference, sizes))
    return sorted(chosen)


def _keyed(run: Run, reference: U64, sizes: tuple[int, int]) -> tuple[int, int, int, int, int, int, int]:
    """Longest first; ties by place and content, so that swapping the sides changes nothing."""
    i, j, n = run
    return -n, _displaced(run, sizes), i + j, _content(reference, i, n), i, j, -n


def _displaced(run: Run, sizes: tuple[int, int]) -> int:
    """How far a run stands from the same place in both texts, counted from the beginning or from the end.

    Where text repeats itself this finds the copy that an edit elsewhere has left in place.
    """
    shift = run[0] - run[1]
    return min(abs(shift), abs(sizes[0] - sizes[1] - shift))


def _content(tokens: U64, start: int, length: int) -> int:
    return xxhash.xxh3_64_intdigest(tokens[start : start + length].tobytes())


def _free_parts(run: Run, taken_r: bytearray, taken_d: bytearray) -> list[Run]:
    i, j, n = run
    parts, at = [], 0
    while at < n:
        if taken_r[i + at]:
            at = _next(taken_r, 0, i + at, i + n) - i
        elif taken_d[j + at]:
            at = _next(taken_d, 0, j + at, j + n) - j
        else:
            end = min(_next(taken_r, 1, i + at, i + n) - i, _next(taken_d, 1, j + at, j + n) - j)
            parts.append((i + at, j + at, end - at))
            at = end
    return parts


def _next(flags: bytearray, value: int, start: int, end: int) -> int:
    found = flags.find(value, start, end)
    return end if found < 0 else found


def _maximal_runs(reference: U64, article: U64, minimum: int) -> list[Run]:
    if min(len(reference), len(article)) < minimum:
        return []
    size = min(minimum, SHINGLE_SIZE)
    at_r, at_d, repetitive = _seeds(shingles(reference, size), shingles(article, size))
    if not len(at_r):
        return []
    order = np.lexsort((at_r, at_r - at_d))
    at_r, at_d = at_r[order], at_d[order]
    breaks = np.flatnonzero((np.diff(at_r) != 1) | (np.diff(at_d) != 1)) + 1
    first = np.concatenate(([0], breaks))
    last = np.concatenate((breaks, [len(at_r)])) - 1
    lengths = at_r[last] - at_r[first] + size
    runs = list(zip(at_r[first].tolist(), at_d[first].tolist(), lengths.tolist(), strict=True))
    if repetitive:  # some seeds were left out, so runs may be broken where text repeats itself
        runs = _extended(runs, reference.tolist(), article.tolist())
    runs = [run for run in runs if run[2] >= minimum]
    if len(runs) > MAX_RUNS:
        sizes = len(reference), len(article)
        runs = sorted(runs, key=lambda run: _keyed(run, reference, sizes))[:MAX_RUNS]
    return runs


def _seeds(hashes_r: U64, hashes_d: U64) -> tuple[Ints, Ints, bool]:
    """Places (in reference, in article) of equal shingles, and whether repetition made some be left out.

    A shingle that would make more than MAX_SEEDS_PER_SHINGLE pairs is paired occurrence by occurrence from
    the front and from the back, which keeps the number of seeds linear.
    """
    values_r, inverse_r, counts_r = np.unique(hashes_r, return_inverse=True, return_counts=True)
    order_d = np.argsort(hashes_d, kind="stable")
    sorted_d = hashes_d[order_d]
    left = np.searchsorted(sorted_d, values_r, "left")
    counts_d = np.searchsorted(sorted_d, values_r, "right") - left
    hot = counts_r * counts_d > MAX_SEEDS_PER_SHINGLE
    pairs_each = np.where(hot, 0, counts_d)[inverse_r]
    at_r = np.repeat(np.arange(len(hashes_r)), pairs_each)
    within = np.arange(len(at_r)) - np.repeat(np.cumsum(pairs_each) - pairs_each, pairs_each)
    at_d = order_d[np.repeat(left[inverse_r], pairs_each) + within]
    if not hot.any():
        return at_r, at_d, False
    order_r = np.argsort(inverse_r, kind="stable")
    left_r = np.cumsum(counts_r) - counts_r
    parts_r, parts_d = [at_r], [at_d]
    for value in np.flatnonzero(hot):
        here_r = order_r[left_r[value] : left_r[value] + counts_r[value]]
        here_d = order_d[left[value] : left[value] + counts_d[value]]
        n = min(len(here_r), len(here_d))
        parts_r += [here_r[:n], here_r[-n:]]
        parts_d += [here_d[:n], here_d[-n:]]
    pairs = np.unique(np.stack([np.concatenate(parts_r), np.concatenate(parts_d)]), axis=1)
    return pairs[0], pairs[1], True


def _extended(runs: list[Run], reference: list[int], article: list[int]) -> list[Run]:
    """Each run made maximal; ``runs`` come sorted by diagonal, then place."""
    out: list[Run] = []
    for start_i, start_j, n in runs:
        i, j = start_i, start_j
        if out and out[-1][0] - out[-1][1] == i - j and out[-1][0] + out[-1][2] >= i + n:
            continue  # inside the run before
        end_i, end_j = i + n, j + n
        while i and j and reference[i - 1] == article[j - 1]:
            i, j = i - 1, j - 1
        while end_i < len(reference) and end_j < len(article) and reference[end_i] == article[end_j]:
            end_i, end_j = end_i + 1, end_j + 1
        out.append((i, j, end_i - i))
    return out


def heaviest_chain(runs: Sequence[Run], reference: U64) -> list[Run]:
    """The subset of disjoint ``runs`` increasing in both texts with most tokens; O(t log t) for t runs.

    A weighted longest increasing subsequence over a Fenwick tree of prefix maxima. Equal weights are parted
    by how far the runs stand from the same place, by the sum of their content hashes, then by where the last run
    stands in both together: both sides see these alike.
    """
    ordered = sorted(runs)
    rank = {j: at for at, j in enumerate(sorted(j for _, j, _ in ordered), 1)}
    best = [(0, 0, 0, 0, -1)] * (len(ordered) + 1)  # weight, minus displacement, content, place and index of last run
    before = [-1] * len(ordered)
    top = best[0]
    for index, (i, j, n) in enumerate(ordered):
        at, prefix = rank[j] - 1, best[0]
        while at:
            prefix = max(prefix, best[at])
            at &= at - 1
        before[index] = prefix[4]
        weight, displaced, content, *_ = prefix
        here = (weight + n, displaced - abs(i - j), content + _content(reference, i, n), i + j, index)
        top = max(top, here)
        at = rank[j]
        while at < len(best):
            best[at] = max(best[at], here)
            at += at & -at
    chain, index = [], top[4]
    while index >= 0:
        chain.append(ordered[index])
        index = before[index]
    return chain[::-1]


def common_subsequence(a: Sequence[int], b: Sequence[int]) -> list[tuple[int, int]]:
    """Index pairs of a longest common subsequence, ascending; what would need too large a table is left out."""
    if tuple(b) < tuple(a):  # of several longest ones both sides must see the same
        return [(x, y) for y, x in common_subsequence(b, a)]
    front = 0
    while front < min(len(a), len(b)) and a[front] == b[front]:
        front += 1
    back = 0
    while back < min(len(a), len(b)) - front and a[-1 - back] == b[-1 - back]:
        back += 1
    middle = _subsequence_table(a[front : len(a) - back], b[front : len(b) - back])
    return (
        [(k, k) for k in range(front)]
        + [(front + x, front + y) for x, y in middle]
        + [(len(a) - back + k, len(b) - back + k) for k in range(back)]
    )


def _subsequence_table(a: Sequence[int], b: Sequence[int]) -> list[tuple[int, int]]:
    if not a or not b or len(a) * len(b) > MAX_LCS_CELLS:
        return []
    rows = [[0] * (len(b) + 1)]
    for x in reversed(a):
        below, row = rows[-1], [0]
        for at, y in enumerate(reversed(b)):
            row.append(below[at] + 1 if x == y else max(below[at + 1], row[at]))
        rows.append(row)
    pairs, i, j = [], 0, 0
    while i < len(a) and j < len(b):
        here = rows[len(a) - i][len(b) - j]
        if a[i] == b[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif rows[len(a) - i - 1][len(b) - j] == here:
            i += 1
        else:
            j += 1
    return pairs
