"""Counts that grow one article at a time: how often a hash was added, and which articles carry a line.

Both are sorted arrays in a few runs, each more than twice the next (as in O'Neil et al., The log-structured
merge-tree, 1996): adding costs a sort now and then, asking a binary search in each run. What is held depends on
what was added and not on its order.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Final

import numpy as np
import numpy.typing as npt

from dedup.records import U64, Ints, Mask

SAMPLE: Final = 24  # articles of an outlet that are remembered for a line, those of the least hash
_MANY: Final = 1024  # hashes from which they are sorted to be looked up
_WAITING: Final = 1 << 16  # rows that are gathered before they are sorted
NONE: Final = np.uint64(2**64 - 1)
_RELATED: Final = 0.2  # share of the shorter rest in both from which two articles are related
SKETCH, HEADLINE = 32, 8  # hashes kept of an article's phrases and of its headline's words
_LEAST_REST: Final = 6  # hashes of the rest of an article from which it says what the article is about

#: An article that carries a line: its rank (a hash), its row elsewhere, how many articles it stands for.
HOLDER: Final = np.dtype(
    [("line", "u8"), ("outlet", "u8"), ("rank", "u8"), ("row", "i4"), ("count", "u4"), ("place", "u1"), ("size", "u2")]
)
Holders = npt.NDArray[np.void]


class Tally:
    """Hashes, and how often each was added: sorted runs, merged when the last ones have grown alike."""

    def __init__(self) -> None:
        self._runs: list[tuple[U64, Ints]] = []
        self._new: list[U64] = []
        self._waiting = 0

    def add(self, keys: U64) -> None:
        """Count each of the hashes once more."""
        self._new.append(keys)
        self._waiting += len(keys)
        if self._waiting > _WAITING:
            self._settle()

    def counts(self, keys: U64) -> Ints:
        """(n,) how often each of the hashes was added."""
        self._settle()
        # In ascending order a search stays near the last one: it pays where many are asked for.
        order = np.argsort(keys) if len(keys) > _MANY else slice(None)
        ascending = keys[order]
        found = np.zeros(len(keys), np.int64)
        for known, counts in self._runs:
            at = known.searchsorted(ascending)
            found[order] += counts.take(at, mode="clip") * (known.take(at, mode="clip") == ascending)
        return found

    def frozen(self) -> Tally:
        """What was counted up to now, for others to ask while this one grows."""
        self._settle()
        found = Tally()
        if self._runs:  # as one run: who only asks searches once
            found._runs = [reduce(lambda one, other: _summed(*one, *other), self._runs)]
        return found

    def _settle(self) -> None:
        if not self._waiting:
            return
        keys, counts = np.unique(np.concatenate(self._new), return_counts=True)
        while self._runs and len(self._runs[-1][0]) < 2 * len(keys):
            keys, counts = _summed(*self._runs.pop(), keys, counts)
        self._runs.append((keys, counts.astype(np.int32)))
        self._new, self._waiting = [], 0


def _summed(keys: U64, counts: Ints, others: U64, other_counts: Ints) -> tuple[U64, Ints]:
    found, places = np.unique(np.concatenate([keys, others]), return_inverse=True)
    return found, np.bincount(places, np.concatenate([counts, other_counts])).astype(np.int32)


class HolderTable:
    """The articles that carry a line, at most SAMPLE of each outlet; those left out are counted in one more row."""

    def __init__(self) -> None:
        self._runs: list[Holders] = []
        self._lines: list[U64] = []  # of each run, side by side in memory
        self._new: list[tuple[int, int, int]] = []
        self._articles: list[tuple[int, int, int, int]] = []

    def add(self, lines: Sequence[tuple[int, int, int]], outlet: int, rank: int, row: int) -> None:
        """Take in the distinct lines of a new article: (hash, place, size)."""
        self._new.extend(lines)
        self._articles.append((outlet, rank, row, len(lines)))
        if len(self._new) > _WAITING:
            self._settle()

    def rows(self, lines: U64) -> Ints:
        """(n,) how many rows there are of each line."""
        self._settle()
        found = np.zeros(len(lines), np.int64)
        for run in self._lines:
            found += run.searchsorted(lines, "right") - run.searchsorted(lines, "left")
        return found

    def of(self, line: int) -> Holders:
        """The rows of a line, sorted by outlet and rank."""
        self._settle()
        asked = np.uint64(line)
        parts = [
            rows[lines.searchsorted(asked) : lines.searchsorted(asked, "right")]
            for rows, lines in zip(self._runs, self._lines, strict=True)
        ]
        return parts[0] if len(parts) == 1 else _sampled(np.concatenate(parts))

    def frozen(self) -> HolderTable:
        """What was taken in up to now, for others to ask while this one grows."""
        self._settle()
        found = HolderTable()
        if self._runs:
            rows = _sampled(np.concatenate(self._runs))
            found._runs, found._lines = [rows], [rows["line"].copy()]
        return found

    def _settle(self) -> None:
        if not self._new:
            return
        rows = np.zeros(len(self._new), HOLDER)
        rows["line"], rows["place"], size = np.array(self._new, np.uint64).T
        rows["size"] = np.minimum(size, 2**16 - 1)
        articles = np.array(self._articles, np.uint64)
        of_line = np.repeat(articles, articles[:, 3].astype(np.int64), axis=0)
        rows["outlet"], rows["rank"], rows["row"], rows["count"] = *of_line[:, :3].T, 1
        rows = _sampled(rows)
        while self._runs and len(self._runs[-1]) < 2 * len(rows):
            self._lines.pop()
            rows = _sampled(np.concatenate([self._runs.pop(), rows]))
        self._runs.append(rows)
        self._lines.append(rows["line"].copy())
        self._new, self._articles = [], []


def _sampled(rows: Holders) -> Holders:
    """Rows sorted, those of a line in an outlet beyond SAMPLE joined to one that only counts."""
    rows = rows[np.lexsort((rows["rank"], rows["outlet"], rows["line"]))]
    new = np.ones(len(rows), bool)
    new[1:] = (np.diff(rows["line"]) != 0) | (np.diff(rows["outlet"]) != 0)
    starts = np.flatnonzero(new)
    place = np.arange(len(rows)) - np.repeat(starts, np.diff([*starts.tolist(), len(rows)]))
    beyond = np.flatnonzero(place == SAMPLE)
    if len(beyond):
        left_out = np.where(place >= SAMPLE, rows["count"], 0)
        rows["count"][beyond] = np.add.reduceat(left_out, starts)[np.searchsorted(starts, beyond, "right") - 1]
        rows["rank"][beyond], rows["row"][beyond] = NONE, -1
        rows = rows[place <= SAMPLE]
    return rows


class Sketches:
    """Of each article the least phrase hashes with the lines they stand in, and words of its headline."""

    def __init__(self) -> None:
        self._known: set[int] = set()
        self._grams = np.zeros((64, SKETCH), np.uint64)
        self._lines = np.zeros((64, SKETCH), np.uint64)
        self._headlines = np.zeros((64, HEADLINE), np.uint64)

    def __contains__(self, rank: int) -> bool:
        return rank in self._known

    def add(self, rank: int, grams: U64, lines: U64, headline: U64) -> int:
        """The row of a new article. Unused places hold NONE."""
        row = len(self._known)
        self._known.add(rank)
        if row == len(self._grams):
            self._grams, self._lines, self._headlines = (
                np.concatenate([table, np.zeros_like(table)]) for table in (self._grams, self._lines, self._headlines)
            )
        self._grams[row], self._lines[row], self._headlines[row] = grams, lines, headline
        return row

    def frozen(self) -> Sketches:
        """The rows there are up to now, for others to ask while this one grows: rows are never written again."""
        found = Sketches()
        found._grams, found._lines, found._headlines = self._grams, self._lines, self._headlines
        return found

    def lines(self, rows: Ints) -> U64:
        """(n, SKETCH) hashes of the lines that the phrases of articles stand in."""
        return self._lines[rows]

    def related(self, rows: Ints, without: U64) -> Mask:
        """(n, n) whether two articles have much in common outside of the lines ``without``.

        Where one has nothing else, their headlines decide; without these nothing shows that they are unrelated,
        and an article is related with itself.
        """
        grams, lines, headlines = self._grams[rows], self._lines[rows], self._headlines[rows]
        full = np.where(grams[:, -1] == NONE, NONE, grams[:, -1])
        kept = (grams != NONE) & ~np.isin(lines, without)
        rest = kept.sum(1) >= _LEAST_REST
        by_text = _overlaps(grams, kept, full)
        worded = headlines != NONE
        by_headline = _overlaps(headlines, worded, np.full(len(rows), NONE)) | ~worded[:, :1] | ~worded[:, 0]
        related: Mask = np.where(rest[:, None] & rest, by_text, by_headline)
        np.fill_diagonal(related, ~rest & ~worded[:, 0])
        return related


def _overlaps(hashes: U64, kept: Mask, full: U64) -> Mask:
    """(n, n) whether two sets share _RELATED of the smaller, as far as both are known: up to the lesser of ``full``."""
    distinct, places = np.unique(hashes, return_inverse=True)
    held = np.zeros((len(hashes), len(distinct)), np.float32)
    held[np.nonzero(kept)[0], places.reshape(hashes.shape)[kept]] = 1
    shared = held @ held.T
    upto = np.minimum(full[:, None], full)
    sizes = (kept[:, None] & (hashes[:, None] <= upto[:, :, None])).sum(2)
    found: Mask = shared >= _RELATED * np.maximum(1, np.minimum(sizes, sizes.T))
    return found
