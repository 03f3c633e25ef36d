"""Many pairs of texts compared at once, the readable twin: tiles, their numbers, and how much they cover.

Pairs are (m, 2) int64 positions of texts, reference first. The tiles of all pairs lie on end (``Runs``); what is
known of each token of each tile lies on end likewise, tile by tile.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from dedup.kernels.ledger import CUT_OR_ADDED, KEPT, MOVED, PAIRED, REWRITTEN, align
from dedup.kernels.sequence import Run, tiles
from dedup.records import Floats, Ints, Mask, Span, Tokens

FLANK: Final = 25  # tokens between a tile that counts and a weak one that may lean on it
_SENTENCE: Final = 4  # tokens of a sentence that can be covered


class Runs(NamedTuple):
    """Tiles (k, 3) int64 as (reference, article, length); those of pair p from row offsets[p] to offsets[p + 1]."""

    rows: Ints
    offsets: Ints


class Books(NamedTuple):
    """The ledgers of m pairs: (m, 6) tokens kept, moved, rewritten in the reference and in the article, cut and added;
    (m,) tokens kept or moved that stand in the article's quote units; and (m, 2) how much of either text is covered."""

    counts: Ints
    shared_quoted: Ints
    covers: Floats


class Texts:
    """The texts that are compared: of each its tokens, the sentence of each token, and which are in quote units."""

    def __init__(self, tokens: Sequence[Tokens], sentences: Sequence[Ints], units: Sequence[Mask]) -> None:
        self._tokens, self._sentences, self._units = tokens, sentences, units

    def tiles(self, pairs: Ints, minimum: int, threads: int = 1) -> Runs:
        """The tiles of each pair, sorted by place, proved on the match keys; equal texts are one, however short."""
        found = [self._proved(self._tokens[a], self._tokens[b], minimum) for a, b in pairs.tolist()]
        rows = np.array([run for runs in found for run in runs], np.int64).reshape(-1, 3)
        return Runs(rows, np.cumsum([0, *map(len, found)], dtype=np.int64))

    @staticmethod
    def _proved(reference: Tokens, article: Tokens, minimum: int) -> list[Run]:
        if len(reference) and reference.packed == article.packed:
            return [(0, 0, len(reference))]
        runs = tiles(reference.hashes, article.hashes, minimum)
        return [(i, j, n) for i, j, n in runs if reference.run(i, i + n) == article.run(j, j + n)]

    def sizes(self, pairs: Ints, runs: Runs, rare: Mask, threads: int = 1) -> Ints:
        """(k, 4): words of each tile outside and inside quote units, and how many of either are ``rare``.

        A token counts as quoted if either text quotes it. Two letters of a script without spaces count as a word;
        halves are dropped.
        """
        out = []
        for (a, b), (i, j, n), informative in self._each(pairs, runs, rare):
            words = 1.0 - self._tokens[a].unspaced[i : i + n] / 2
            unit = self._units[a][i : i + n] | self._units[b][j : j + n]
            parts = (~unit, unit, informative & ~unit, informative & unit)
            out.append([int(words[part].sum()) for part in parts])
        return np.array(out, np.int64).reshape(-1, 4)

    def leaning(self, pairs: Ints, runs: Runs, counted: Mask) -> Mask:
        """(k,): ``counted``, with the weak tiles that stand, in order and close, between tiles that count.

        An end of both texts holds like a tile where the weak one reaches it on both sides, so that equal texts
        are kept whole whatever their words.
        """
        out = []
        for (a, b), first, after in self._of_pairs(pairs, runs):
            own = [tuple(row) for row in runs.rows[first:after].tolist()]
            out += _leaning(own, counted[first:after].tolist(), (len(self._tokens[a]), len(self._tokens[b])))
        return np.array(out, bool)

    def ledgers(self, pairs: Ints, runs: Runs, counted: Mask, asked: Mask, threads: int = 1) -> Books:
        """Every pair's ledger, given the tiles that count, ``counted`` (k,).

        ``asked`` are the tokens of all tiles that the covers are asked of; tokens outside tiles are. A pair
        without a tile that counts covers nothing.
        """
        counts, quoted = np.zeros((len(pairs), 6), np.int64), np.zeros(len(pairs), np.int64)
        covered = np.zeros((len(pairs), 2), np.float64)
        ends = np.cumsum(runs.rows[:, 2])
        for p, ((a, b), first, after) in enumerate(self._of_pairs(pairs, runs)):
            own = [tuple(row) for row in runs.rows[first:after][counted[first:after]].tolist()]
            booked = align(self._tokens[a].hashes, self._tokens[b].hashes, own, self._sentences[a], self._sentences[b])
            r = np.bincount(booked.labels_reference, minlength=4)
            d = np.bincount(booked.labels_article, minlength=4)
            counts[p] = r[KEPT], r[MOVED], r[REWRITTEN], d[REWRITTEN], r[CUT_OR_ADDED], d[CUT_OR_ADDED]
            quoted[p] = ((booked.partner_article >= 0) & self._units[b]).sum()
            if not own:
                continue
            for side, at, partner in ((0, a, booked.partner_reference), (1, b, booked.partner_article)):
                wanted = np.ones(len(self._tokens[at]), bool)
                for row in range(first, after):
                    start, n = runs.rows[row, side], runs.rows[row, 2]
                    wanted[start : start + n] = asked[ends[row] - n : ends[row]]
                covered[p, side] = cover(partner >= 0, wanted, self._sentences[at])
        return Books(counts, quoted, covered)

    @staticmethod
    def _of_pairs(pairs: Ints, runs: Runs) -> Iterator[tuple[tuple[int, int], int, int]]:
        for (a, b), (first, after) in zip(pairs.tolist(), pairwise(runs.offsets.tolist()), strict=True):
            yield (a, b), first, after

    def _each(self, pairs: Ints, runs: Runs, known: Mask | None) -> Iterator[tuple[tuple[int, int], Run, Mask]]:
        """Every tile with its pair and what is ``known`` of its tokens."""
        at = 0
        for pair, first, after in self._of_pairs(pairs, runs):
            for i, j, n in runs.rows[first:after].tolist():
                yield pair, (i, j, n), known[at : at + n] if known is not None else np.zeros(0, bool)
                at += n


def cover(shared: Mask, asked: Mask, sentence: Ints) -> float:
    """How much of a text is shared: the mean of its share of ``asked`` tokens and of those in covered sentences.

    A sentence of at least 4 tokens is covered when 40 % of its tokens are shared: outlets that rewrite a word
    here and there keep the sentence.
    """
    if not asked.any():
        return 0.0
    total, inside = np.bincount(sentence), np.bincount(sentence, weights=shared)
    covered = (total >= _SENTENCE) & (inside >= PAIRED * total)
    return float((shared[asked].mean() + covered[sentence][asked].mean()) / 2)


def _leaning(found: Sequence[Run], counts: Sequence[bool], sizes: Span) -> list[bool]:
    strong = [run for run, counted in zip(found, counts, strict=True) if counted]
    starts = sorted((i, j) for i, j, _ in strong)
    ends = sorted((i + n, j + n) for i, j, n in strong)
    out = []
    for (i, j, n), counted in zip(found, counts, strict=True):
        start, end = (i, j), (i + n, j + n)
        before = start == (0, 0) or any(_close(b, start) for b in _near(ends, start[0] - FLANK, start[0]))
        after = end == sizes or any(_close(end, a) for a in _near(starts, end[0], end[0] + FLANK))
        out.append(counted or (before and after))
    return out


def _near(places: Sequence[Span], low: int, high: int) -> Sequence[Span]:
    """The sorted (reference, article) places from ``low`` to ``high`` in the reference."""
    return places[bisect_left(places, (low, -1)) : bisect_left(places, (high + 1, -1))]


def _close(end: Span, start: Span) -> bool:
    return 0 <= start[0] - end[0] <= FLANK and 0 <= start[1] - end[1] <= FLANK
