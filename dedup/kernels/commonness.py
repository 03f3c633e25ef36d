"""Which tokens of a tile unrelated articles carry too, the readable twin: phrases counted in a corpus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from dedup.kernels.pairs import Runs
from dedup.kernels.sketches import shingles
from dedup.records import U64, Flags, Ints, Mask

UNDATED: Final = -(10**9)
_PHRASE: Final = 3  # tokens of the shingle that commonness is counted on
_LONGEST_PHRASE: Final = 8
_PHRASE_GROWTH: Final = 16  # tokens of a tile that make the phrase one token longer
_RECURS: Final = 3  # days on which overlapping articles stand that make them a template and not late copies


class Asked(NamedTuple):
    """What is asked of m pairs.

    Their texts' ``days`` (m, 2), whether articles more than ``far_days`` from both are asked (``days_count``, (m,)),
    and how many articles are ``needed`` (m,) to make a phrase common, and how ``many`` (m,) to make it so for certain.
    """

    days: Ints
    days_count: Mask
    needed: Ints
    many: Ints
    far_days: int


class Lists(NamedTuple):
    """Lists of positions on end: list i is values[offsets[i]:offsets[i + 1]]."""

    values: Ints
    offsets: Ints

    def __getitem__(self, at: int) -> Ints:  # type: ignore[override]
        return self.values[self.offsets[at] : self.offsets[at + 1]]


class Commonness:
    """The articles of a corpus: token hashes, fingerprints and day of each."""

    def __init__(self, hashes: Sequence[U64], fingerprints: Sequence[U64], days: Ints, threads: int = 1) -> None:
        self._days = days
        self._print_counts = np.array([len(own) for own in fingerprints], np.int64)
        self._prints, self._owners = _postings(fingerprints)
        self._phrases, self._carriers = _postings([np.unique(shingles(own, _PHRASE)) for own in hashes])

    def overlapping(self, fingerprints: Sequence[U64], share: float, threads: int = 1) -> Lists:
        """For each text, by its fingerprints, the articles (ascending) that have at least ``share`` of them in common.

        The share is of the smaller number; one at least must be common.
        """
        found = []
        for own in fingerprints:
            starts = np.searchsorted(self._prints, own, "left")
            ends = np.searchsorted(self._prints, own, "right")
            common = np.bincount(self._owners[_ranges(starts, ends)], minlength=len(self._days))
            smaller = np.minimum(self._print_counts, len(own))
            found.append(np.flatnonzero(common >= np.maximum(1, share * smaller)))
        values = np.concatenate([np.zeros(0, np.int64), *found])
        return Lists(values, np.cumsum([0, *map(len, found)], dtype=np.int64))

    def common(
        self, hashes: Sequence[U64], pairs: Ints, runs: Runs, near: Lists, asked: Asked, threads: int = 1
    ) -> Flags:
        """For each token of each tile which limits the unrelated articles reach that carry a run of the tile over it.

        That is how many of the two, ``asked.needed`` and ``asked.many``: 0, 1 or 2.

        ``hashes`` are the token hashes of the texts that ``pairs`` (m, 2) name, ``near`` the articles that overlap
        with each text. Unrelated are, where days count, articles more than ``asked.far_days`` from both texts, and of
        those that overlap only such as stand on three days or more (or have a day, where fewer recur); elsewhere
        all articles that do not overlap.
        """
        out = [np.zeros(0, np.uint8)]
        for p, (a, b) in enumerate(pairs.tolist()):
            far = self._far(np.union1d(near[a], near[b]), asked.days[p], bool(asked.days_count[p]), asked.far_days)
            for i, _, n in runs.rows[runs.offsets[p] : runs.offsets[p + 1]].tolist():
                carried = self._carried(hashes[a][i : i + n], far)
                out.append((carried >= asked.needed[p]) + (carried >= asked.many[p]).astype(np.uint8))
        return np.concatenate(out)

    def _far(self, near: Ints, days: Ints, days_count: bool, far_days: int) -> Mask:
        if not days_count:
            other = np.ones(len(self._days), bool)
            other[near] = False
            return other
        far: Mask = (np.abs(self._days - days[0]) > far_days) & (np.abs(self._days - days[1]) > far_days)
        apart = self._days[near][far[near]]
        recurs = len(np.unique(apart[apart != UNDATED])) >= _RECURS
        far[near[self._days[near] == UNDATED] if recurs else near] = False
        return far

    def _carried(self, words: U64, far: Mask) -> Ints:
        """For each of the (n,) token hashes of a tile, how many far articles carry a run of the tile over it.

        The run must be the longer, the longer the tile: in a large corpus on one topic nearly every three
        words stand somewhere, and copy of a hundred words would look common piece by piece.
        """
        counts = np.zeros(len(words) + 1, np.int64)
        if len(words) < _PHRASE:
            return counts[:-1]
        asked = shingles(words, _PHRASE)
        starts = np.searchsorted(self._phrases, asked, "left")
        ends = np.searchsorted(self._phrases, asked, "right")
        place = np.repeat(np.arange(len(asked)), ends - starts)
        carrier = self._carriers[_ranges(starts, ends)]
        kept = far[carrier]
        order = np.lexsort((place[kept], carrier[kept]))
        place, carrier = place[kept][order], carrier[kept][order]
        if not len(place):
            return counts[:-1]
        breaks = np.flatnonzero((np.diff(place) != 1) | (np.diff(carrier) != 0))
        first, last = place[np.append(0, breaks + 1)], place[np.append(breaks, len(place) - 1)]
        long = last - first + _PHRASE >= phrase_length(len(words))
        np.add.at(counts, first[long], 1)
        np.add.at(counts, last[long] + _PHRASE, -1)
        return np.cumsum(counts)[:-1]


def phrase_length(tile: int) -> int:
    """Tokens that an unrelated article must share running with a tile of ``tile`` tokens to make them common."""
    return min(_LONGEST_PHRASE, _PHRASE + tile // _PHRASE_GROWTH)


def _postings(keys: Sequence[U64]) -> tuple[U64, npt.NDArray[np.int32]]:
    """All keys of all articles, sorted, and the position of the article that each belongs to."""
    joined = np.concatenate([np.zeros(0, np.uint64), *keys])
    owners = np.repeat(np.arange(len(keys), dtype=np.int32), [len(own) for own in keys])
    order = np.argsort(joined, kind="stable")
    return joined[order], owners[order]


def _ranges(starts: Ints, ends: Ints) -> Ints:
    """The concatenation of start..end-1 of every row."""
    sizes = ends - starts
    offsets = np.repeat(starts - np.cumsum(sizes) + sizes, sizes)
    return offsets + np.arange(int(sizes.sum()))
