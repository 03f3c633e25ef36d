"""Printed copies of one text -> columns: which outlets have which token at which place, and what the wire held.

Progressive multiple alignment into one list of columns, each of one match key (cf. Heringa 1999; partial-order
alignment, Lee, Grasso and Sharlow 2002, keeps everybody's additions and was worse). A token of the wire is
one that two outlets print at the same place; what one outlet alone prints may be its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from dedup import kernels
from dedup.kernels import Runs
from dedup.records import U64, Ints, Mask, Span, Tokens

MINIMUM: Final = 4  # tokens of a run that two copies have in common
_WITNESSES: Final = 40  # copies that give columns; further ones only give support
_GAP: Final = 80  # tokens: a longer gap between common runs is not compared token by token
_GAP_SHARE: Final = 0.3  # of the copy's tokens in a gap that must be found there: less is coincidence
_HEAD: Final = 25  # tokens before the first shared one that are kept of the backbone: leads are what outlets rewrite
_MOSTLY: Final = 0.5  # share of a passage that an outlet must have to count as having it
_READING: Final = 3  # two passages are readings of one place if neither is so many times as long
_FEW: Final = 3  # outlets up to which the backbone decides where two do not agree
_PHRASE: Final = 12  # tokens of a run that is more than a phrase which two houses happen to share
_COVERING: Final = 3  # of more outlets, one in so many that print text around a place must have it

_Match = tuple[int, int, int]  # first column, first token of the copy, tokens


@dataclass(frozen=True, slots=True)
class Collation:
    """n texts laid into columns; the first is the backbone.

    ``places`` holds for each text the column of each token, -1 where it has none (copies over the fortieth get
    no columns of their own); ``ordered`` marks the tokens that stand in the order of the columns. ``has``
    (n, columns) says which text has which column, ``support`` (columns,) how many texts have it; ``shared``
    (n, 2) is the first and the last column that a text shares with another in order, (0, -1) for none.
    """

    hashes: U64
    places: tuple[Ints, ...]
    ordered: tuple[Mask, ...]
    has: Mask
    support: Ints
    shared: Ints

    def covering(self) -> Ints:
        """(columns,): how many texts have shared text before and after, or at, each column."""
        edges = np.zeros(len(self.hashes) + 1, np.int64)
        found = self.shared[self.shared[:, 0] <= self.shared[:, 1]]
        np.add.at(edges, found[:, 0], 1)
        np.add.at(edges, found[:, 1] + 1, -1)
        covering: Ints = np.cumsum(edges)[:-1]
        return covering

    def kept(self) -> Mask:
        """(columns,): what the wire held, as far as the copies tell.

        Of four texts and more what two have, and a third of those around it; where the backbone has it not, most of
        those around, unless it is a long run: two houses' own words share a phrase. Of two or three also what the
        backbone has between shared columns, and its head if that is short. Unattested tails are left out.
        """
        twice: Mask = self.support >= 2
        if len(self.places) > _FEW:
            attested = twice & (_COVERING * self.support >= self.covering())
            return self._one_reading(attested & ~self._phrases(attested))
        own: Mask = self.has[0]
        if not twice.any():
            return own
        first, last = np.flatnonzero(twice)[[0, -1]]
        inner = np.zeros(len(twice), bool)
        inner[first : last + 1] = True
        if own[:first].sum() <= _HEAD:
            inner[:first] = True
        return self._one_reading(twice | (own & inner))

    def dice(self, text: int, kept: Mask) -> float:
        """2 x shared / all tokens of a text and the columns ``kept``."""
        places = self.places[text]
        shared: int = kept[places[places >= 0]].sum()
        return 2 * shared / max(1, int(kept.sum()) + len(places))

    def _phrases(self, kept: Mask) -> Mask:
        """(columns,): short runs of ``kept`` that the backbone has not, nor most of the texts whose own words end
        there or go on."""
        columns = np.flatnonzero(kept)
        found = np.zeros(len(kept), bool)
        reach = (self.shared[:, 0] <= self.shared[:, 1]).sum()
        for a, b in _stretches(~self.has[0, columns]):
            run = columns[a:b]
            alone = self.has[:, run].mean(1) >= _MOSTLY
            if len(run) < _PHRASE and 2 * alone.sum() <= reach:
                found[run] = True
        return found

    def _one_reading(self, kept: Mask) -> Mask:
        """``kept`` without the weaker of two readings of a place, which no text has both: the backbone's if equal."""
        out = kept.copy()
        has = self.has
        columns = np.flatnonzero(kept)
        for a, b in _stretches(~has[0, columns]):
            other = columns[a:b]
            with_other = has[:, other].mean(1) >= _MOSTLY
            known = columns[(has[with_other][:, columns]).any(0)]
            before, after = known[known < other[0]], known[known > other[-1]]
            low, high = before.max(initial=-1), after.min(initial=len(kept))
            own = columns[(columns > low) & (columns < high) & has[0, columns]]
            few, many = sorted((len(own), len(other)))
            if _READING * few < many:
                continue
            with_own = has[:, own].mean(1) >= _MOSTLY
            around = self._span(low, high)
            beside = (low < 0 or has[:, low]) & (high == len(kept) or has[:, min(high, len(kept) - 1)])
            neither = around & beside & ~with_own & ~with_other  # outlets that cut just there: both may have been cut
            if (with_own & with_other).any() or (neither.any() and low >= 0 and high < len(kept)):
                continue
            out[other if with_own.sum() >= with_other.sum() else own] = False
        return out

    def in_order(self, kept: Mask) -> Ints:
        """The columns kept, in the order in which most texts have them.

        Passages that first came from different texts stand as they came; one that has both says which is first.
        """
        columns = np.flatnonzero(kept)
        tokens = np.full((len(self.places), len(self.hashes)), -1, np.int64)
        for at, places in enumerate(self.places):
            own = np.flatnonzero(places >= 0)
            tokens[at, places[own]] = own
        here = tokens[:, columns]
        changes = ((here[:, 1:] >= 0) != (here[:, :-1] >= 0)).any(0)
        passages = np.split(columns, np.flatnonzero(changes) + 1)
        first = np.array([tokens[:, passage[0]] for passage in passages])
        order = np.arange(len(passages))
        for _ in passages:
            one, two = first[order[:-1]], first[order[1:]]
            both = (one >= 0) & (two >= 0)
            wrong = np.flatnonzero((both & (two < one)).sum(1) > (both & (one < two)).sum(1))
            if not len(wrong):
                break
            for at in wrong[np.diff(wrong, prepend=-2) > 1].tolist():
                order[at], order[at + 1] = order[at + 1], order[at]
        found: Ints = np.concatenate([passages[at] for at in order])
        return found

    def against(self, text: int, span: Span) -> int:
        """How many other texts have shared text on both sides of a passage of a text, and less than half of it."""
        columns = self.places[text][span[0] : span[1]]
        columns = columns[columns >= 0]
        low, high = self._around(text, span) if not len(columns) else (columns.min(), columns.max())
        around = self._span(low, high)
        around[text] = False
        return int((2 * self.has[around][:, columns].sum(1) <= len(columns)).sum())

    def _span(self, low: int, high: int) -> Mask:
        """(n,): which texts have shared text at or before column ``low`` and at or behind ``high``."""
        found: Mask = (self.shared[:, 0] <= low) & (self.shared[:, 1] >= high)
        return found

    def _around(self, text: int, span: Span) -> Span:
        """The columns between which a passage without columns stands; far out at the edges of the text."""
        placed = np.where(self.ordered[text], self.places[text], -1)
        before, after = placed[: span[0]], placed[span[1] :]
        before, after = before[before >= 0], after[after >= 0]
        if not len(before) or not len(after):
            return -1, len(self.hashes)
        return int(before[-1]), int(after[0])


def collate(texts: Sequence[Tokens], runs: Runs) -> Collation:
    """Lay ``texts``, one an outlet, the backbone first, into columns in the order given.

    ``runs`` are the common runs of the pairs that :func:`pairs_of` lists, in its order. Every text that has
    columns of its own can be read back from its places, whatever the others hold.
    """
    columns = _Columns(texts[0])
    bounds = list(pairwise(runs.offsets.tolist()))
    pair = 0
    for at in range(1, len(texts)):
        placed = min(at, _WITNESSES)
        own = [runs.rows[a:b] for a, b in bounds[pair : pair + placed]]
        columns.lay(texts[at], own, at < _WITNESSES)
        pair += placed
    return columns.collation()


def pairs_of(texts: int) -> Ints:
    """(m, 2) pairs of positions whose common runs :func:`collate` needs: each text with those that give columns."""
    pairs = [(before, at) for at in range(1, texts) for before in range(min(at, _WITNESSES))]
    return np.array(pairs, np.int64).reshape(-1, 2)


class _Columns:
    """The columns in the making."""

    def __init__(self, backbone: Tokens) -> None:
        self._hashes = backbone.hashes.copy()
        self._places = [np.arange(len(backbone), dtype=np.int64)]
        self._ordered = [np.ones(len(backbone), bool)]

    def lay(self, text: Tokens, runs: Sequence[Ints], with_columns: bool) -> None:
        """Join the tokens that have a column; the others get columns before the next one in order."""
        places, ordered = np.full(len(text), -1, np.int64), np.zeros(len(text), bool)
        matches = self._matches(runs, len(text))
        chain = kernels.heaviest_chain(matches, self._hashes)
        for column, token, n in matches:
            places[token : token + n] = np.arange(column, column + n)
        taken = {*places.tolist()}
        for column, token, n in [*chain, *self._islets(chain, places, taken, text)]:
            places[token : token + n] = np.arange(column, column + n)
            ordered[token : token + n] = True
        if with_columns:
            places, ordered = self._insert(text, places, ordered)
        self._places.append(places)
        self._ordered.append(ordered)

    def _matches(self, runs: Sequence[Ints], size: int) -> list[_Match]:
        """Common runs with any text that has columns, longest first, each column and each token once.

        A run is cut where its columns do not follow each other: others have text of their own there.
        """
        found: dict[tuple[int, int, int, int], Ints] = {}
        for placed, rows in zip(self._places, runs, strict=False):
            for token, columns in self._rising(placed, rows):
                found.setdefault((-len(columns), token, int(columns[0]), int(columns[-1])), columns)
        free_columns, free_tokens = np.ones(len(self._hashes), bool), np.ones(size, bool)
        matches: list[_Match] = []
        for (_, token, *_), at in sorted(found.items(), key=lambda item: item[0]):
            free = free_columns[at] & free_tokens[token : token + len(at)]
            for a, b in [(0, len(at))] if free.all() else _stretches(free):
                if b - a < MINIMUM:
                    continue
                free_columns[at[a:b]] = False
                free_tokens[token + a : token + b] = False
                cuts = [a, *(np.flatnonzero(np.diff(at[a:b]) != 1) + a + 1).tolist(), b]
                matches += [(int(at[x]), token + x, y - x) for x, y in pairwise(cuts)]
        return matches

    @staticmethod
    def _rising(placed: Ints, rows: Ints) -> Iterator[tuple[int, Ints]]:
        """The runs of one text as (first token of the new text, columns), cut where the columns do not rise."""
        for own, token, n in rows.tolist():
            columns = placed[own : own + n]
            falls = np.flatnonzero(columns[1:] <= columns[:-1])
            if not len(falls):
                yield token, columns
                continue
            for a, b in pairwise([0, *(falls + 1).tolist(), n]):
                if b - a >= MINIMUM:
                    yield token + a, columns[a:b]

    def _islets(self, chain: Sequence[_Match], places: Ints, taken: set[int], text: Tokens) -> Iterator[_Match]:
        """Single tokens between two runs of the chain that stand in the same order on both sides."""
        ends = [(0, 0), *((column + n, token + n) for column, token, n in chain)]
        starts = [*((column, token) for column, token, _ in chain), (len(self._hashes), len(text))]
        for (column, token), (next_column, next_token) in zip(ends, starts, strict=True):
            if not (0 < next_column - column <= _GAP and 0 < next_token - token <= _GAP):
                continue
            columns = [at for at in range(column, next_column) if at not in taken]
            tokens = [at for at in range(token, next_token) if places[at] < 0]
            found = kernels.common_subsequence(self._hashes[columns].tolist(), text.hashes[tokens].tolist())
            if len(found) >= _GAP_SHARE * len(tokens):
                yield from ((columns[i], tokens[j], 1) for i, j in found)

    def _insert(self, text: Tokens, places: Ints, ordered: Mask) -> tuple[Ints, Mask]:
        """Columns for the tokens that have none; all places are renumbered."""
        new = np.flatnonzero(places < 0)
        nexts = np.where(ordered, places, len(self._hashes))
        before = np.minimum.accumulate(nexts[::-1])[::-1][new]  # the next column in order after each new token
        shift = np.searchsorted(before, np.arange(len(self._hashes)), "right")
        self._places = [other + shift[other] for other in self._places]
        known = places >= 0
        places[known] += shift[places[known]]
        places[new] = before + np.arange(len(new))
        hashes = np.empty(len(self._hashes) + len(new), np.uint64)
        hashes[np.arange(len(self._hashes)) + shift] = self._hashes
        hashes[places[new]] = text.hashes[new]
        self._hashes = hashes
        ordered[new] = True
        return places, ordered

    def collation(self) -> Collation:
        """What came of it."""
        has = np.zeros((len(self._places), len(self._hashes)), bool)
        for at, places in enumerate(self._places):
            has[at, places[places >= 0]] = True
        support = has.sum(0)
        shared = np.tile(np.array([0, -1], np.int64), (len(self._places), 1))
        for at, (places, ordered) in enumerate(zip(self._places, self._ordered, strict=True)):
            own = places[ordered]
            own = own[support[own] >= 2]
            if len(own):
                shared[at] = own.min(), own.max()
        return Collation(self._hashes, tuple(self._places), tuple(self._ordered), has, support, shared)


def _stretches(mask: Mask) -> Iterator[Span]:
    """The maximal spans in which ``mask`` holds."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
