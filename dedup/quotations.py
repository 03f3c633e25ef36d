"""Quotations of two articles -> which are the same, trimmed, extended, altered, new or stand without marks.

The quoted tokens of the two are laid out alone and tiled (runs of two tokens count: quotations are short); what a
run joins is partnered, and only the words of partners are compared one by one. A quotation without a partner in
quotation marks may stand in the other text without them: the ledger's alignment says where.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from dedup.kernels import common_subsequence, heaviest_chain, tiles
from dedup.records import Ints, Prepared, Quotation, QuotationStatus, Span

_BETWEEN: Final = re.compile(r"(?:[”“\"»«›‹」』]|'').*(?:[“”„\"«»‹›「『]|``)", re.DOTALL)  # one ends, one begins
_ELISION: Final = re.compile(r"…|\.\.|\[|［")
_BRACKET: Final = re.compile(r"[(\[（［]")
_SHORTEST_RUN: Final = 2
_SAME: Final = 0.8  # share of the words that are the same in an altered quotation, one differing word apart
_LEAST: Final = 3  # words the same in an altered quotation
_SLACK: Final = 25  # words beyond a quotation's own length in which more of it is looked for


def quotations(reference: Prepared, article: Prepared, partner_r: Ints, partner_d: Ints) -> tuple[Quotation, ...]:
    """The article's quotations, and those of the reference that it prints without marks, in the article's order.

    ``partner_r`` and ``partner_d`` give for each token of reference and article where the ledger books it in the
    other one (-1 nowhere).
    """
    one, two = _laid_out(reference), _laid_out(article)
    found = [_against(at, one, two, partners) for at, partners in enumerate(_partners(one, two))]
    quoted = [q if q.reference else _unmarked(q, partner_d) for q in found]
    taken = np.zeros(len(reference.tokens), bool)
    for quotation in quoted:
        if quotation.reference:
            taken[slice(*quotation.reference)] = True
    for first, after in one.spans:
        span = None if taken[first:after].any() else _stands(partner_r[first:after])
        if span:
            quoted.append(Quotation("unmarked", (first, after), span))
    return tuple(sorted(quoted, key=lambda quotation: (quotation.article, quotation.reference or (-1, -1))))


@dataclass(frozen=True, slots=True)
class _Layout:
    """An article's quotations, as token spans, and laid out one behind the other: ``bounds`` (k + 1) there.

    ``places`` are the tokens of the article that are quoted.
    """

    prepared: Prepared
    spans: list[Span]
    bounds: list[int]
    places: Ints

    def text(self, first: int, after: int) -> str:
        """What is printed between the tokens around the laid out tokens ``first`` to ``after``, on both sides."""
        tokens = self.prepared.tokens
        start, end = int(tokens.ends[self.places[first - 1]]), int(tokens.starts[self.places[after]])
        return self.prepared.article.text[start:end]

    def span(self, first: int, after: int) -> Span:
        """Laid out tokens as a span of the article's tokens; an empty one stands where it would."""
        if first == after:
            at = int(self.places[first - 1]) + 1 if first else 0
            return at, at
        return int(self.places[first]), int(self.places[after - 1]) + 1


def _laid_out(prepared: Prepared) -> _Layout:
    places = np.flatnonzero(prepared.quoted)
    follows = np.diff(places) == 1
    text, tokens = prepared.article.text, prepared.tokens
    gaps = tokens.starts[places[1:]] - tokens.ends[places[:-1]]
    for at in np.flatnonzero(follows & (gaps > 1)).tolist():
        between = text[int(tokens.ends[places[at]]) : int(tokens.starts[places[at + 1]])]
        follows[at] = _BETWEEN.search(between) is None
    bounds = [0, *(np.flatnonzero(~follows) + 1).tolist(), len(places)] if len(places) else [0]
    spans = [(int(places[a]), int(places[b - 1]) + 1) for a, b in pairwise(bounds)]
    return _Layout(prepared, spans, bounds, places)


Run = tuple[int, int, int]  # in laid out tokens: first in the reference, first in the article, length


def _partners(one: _Layout, two: _Layout) -> Iterator[tuple[Span, list[Run]]]:
    """For each quotation of the article the laid out stretch of the reference's that it goes back to, and their runs.

    The stretch is one quotation, or several that the article joins; it is empty where there is none.
    """
    hashes_r, hashes_d = (side.prepared.tokens.hashes[side.places] for side in (one, two))
    joined: dict[int, list[tuple[int, Run]]] = defaultdict(list)
    for run in tiles(hashes_r, hashes_d, _SHORTEST_RUN):
        for r, d, part in _within(run, one.bounds, two.bounds):
            joined[d].append((r, part))
    equal = {one.prepared.tokens.run(*span): at for at, span in reversed(list(enumerate(one.spans)))}
    printed = {two.prepared.tokens.run(*two.spans[at]): at for at in sorted(joined, reverse=True)}
    for at, span in enumerate(two.spans):
        words = two.prepared.tokens.run(*span)
        twin = at if at in joined else printed.get(words, at)  # a run is used once: its second copy has none
        if words in equal:
            first, after = one.bounds[equal[words]], one.bounds[equal[words] + 1]
            yield (first, after), [(first, two.bounds[at], after - first)]
        elif twin in joined:
            offset = two.bounds[at] - two.bounds[twin]
            yield _stretch(one, [(r, (i, j + offset, n)) for r, (i, j, n) in joined[twin]])
        else:
            yield (0, 0), []


def _within(run: Run, bounds_r: Sequence[int], bounds_d: Sequence[int]) -> Iterator[tuple[int, int, Run]]:
    """A run cut where quotations end on either side: the numbers of both, and the part."""
    i, j, left = run
    while left:
        r, d = bisect_right(bounds_r, i) - 1, bisect_right(bounds_d, j) - 1
        length = min(left, bounds_r[r + 1] - i, bounds_d[d + 1] - j)
        yield r, d, (i, j, length)
        i, j, left = i + length, j + length, left - length


def _stretch(one: _Layout, joined: Sequence[tuple[int, Run]]) -> tuple[Span, list[Run]]:
    """The reference's quotation with most in common, and those next to it of which half is here too."""
    common: dict[int, int] = defaultdict(int)
    for r, (_, _, length) in joined:
        common[r] += length
    first = last = min(common, key=lambda r: (-common[r], r))

    def joins(r: int) -> bool:
        return r in common and 2 * common[r] >= one.bounds[r + 1] - one.bounds[r]

    while joins(first - 1):
        first -= 1
    while joins(last + 1):
        last += 1
    return (one.bounds[first], one.bounds[last + 1]), [run for r, run in joined if first <= r <= last]


@dataclass(frozen=True, slots=True)
class _Gap:
    """Laid out tokens of both sides that face each other and are not the same; ``inner`` between same ones."""

    reference: Span
    article: Span
    inner: bool

    @property
    def sizes(self) -> tuple[int, int]:
        return self.reference[1] - self.reference[0], self.article[1] - self.article[0]


def _against(at: int, one: _Layout, two: _Layout, partners: tuple[Span, list[Run]]) -> Quotation:
    (first, after), runs = partners
    article = two.spans[at]
    if not runs:
        return Quotation("new", None, article)
    same, gaps = _compared(one, two, (first, after), (two.bounds[at], two.bounds[at + 1]), runs)
    status, differing = _status(one, two, same, gaps)
    smaller = min(after - first, two.bounds[at + 1] - two.bounds[at])
    if status == "new" or 2 * same < smaller:
        return Quotation("new", None, article)
    differs = tuple((one.span(*gap.reference), two.span(*gap.article)) for gap in differing)
    return Quotation(status, one.span(first, after), article, differs)


def _compared(one: _Layout, two: _Layout, r: Span, d: Span, runs: list[Run]) -> tuple[int, list[_Gap]]:
    """How many words of two stretches are the same in order, and what lies between these."""
    hashes_r, hashes_d = (side.prepared.tokens.hashes[side.places] for side in (one, two))
    chain = heaviest_chain(runs, hashes_r)
    matches: list[Run] = []
    at_r, at_d = r[0], d[0]
    for i, j, n in [*chain, (r[1], d[1], 0)]:
        start, end = at_r, i
        if at_r == r[0] and not matches:  # what stands far before the first run is no version of what does here
            start = max(at_r, i - (j - at_d) - _SLACK)
        if n == 0:
            end = min(i, at_r + (j - at_d) + _SLACK)
        islets = common_subsequence(hashes_r[start:end].tolist(), hashes_d[at_d:j].tolist())
        matches += [(start + x, at_d + y, 1) for x, y in islets]
        matches += [(i, j, n)] * (n > 0)
        at_r, at_d = i + n, j + n
    gaps = []
    at_r, at_d = r[0], d[0]
    for i, j, n in [*matches, (r[1], d[1], 0)]:
        if i > at_r or j > at_d:
            gaps.append(_facing((at_r, i), (at_d, j), head=(at_r, at_d) == (r[0], d[0]), tail=n == 0))
        at_r, at_d = i + n, j + n
    return sum(n for _, _, n in matches), gaps


def _facing(reference: Span, article: Span, head: bool, tail: bool) -> _Gap:
    """A gap; at an end of the quotations no side is longer than the other one, if that has words at all."""
    size = min(reference[1] - reference[0], article[1] - article[0])
    if size and head:
        reference, article = (reference[1] - size, reference[1]), (article[1] - size, article[1])
    elif size and tail:
        reference, article = (reference[0], reference[0] + size), (article[0], article[0] + size)
    return _Gap(reference, article, not (head or tail))


def _status(one: _Layout, two: _Layout, same: int, gaps: Sequence[_Gap]) -> tuple[QuotationStatus, list[_Gap]]:
    """The status by what differs, and the gaps that make a quotation altered."""
    facing = [gap for gap in gaps if min(gap.sizes)]
    silent = [gap for gap in gaps if gap.inner and not min(gap.sizes) and not _is_shown(one, two, gap)]
    differing = sum(max(gap.sizes) for gap in (*facing, *silent))
    if differing and same >= _LEAST and differing <= max(1.0, (1 - _SAME) * (same + differing)):
        return "altered", sorted([*facing, *silent], key=lambda gap: gap.article)
    if any(gap.inner for gap in facing):
        return "new", []
    if any(gap.sizes[1] for gap in gaps):
        return "extended", []
    return ("trimmed" if gaps else "same"), []


def _is_shown(one: _Layout, two: _Layout, gap: _Gap) -> bool:
    """Whether words on one side only are a bracketed insertion there, or an ellipsis or bracket stands for them."""
    longer, span, shorter, place = one, gap.reference, two, gap.article
    if gap.sizes[1]:
        longer, span, shorter, place = two, gap.article, one, gap.reference
    return bool(_BRACKET.search(longer.text(*span)) or _ELISION.search(shorter.text(*place)))


def _unmarked(quotation: Quotation, partner: Ints) -> Quotation:
    span = _stands(partner[slice(*quotation.article)])
    return Quotation("unmarked", span, quotation.article) if span else quotation


def _stands(partner: Ints) -> Span | None:
    """Where the other text prints the words of a quotation, given each token's partner there; None if it does not."""
    found = partner[partner >= 0]
    if not len(found) or len(found) < _SAME * len(partner):
        return None
    first, after = int(found.min()), int(found.max()) + 1
    return (first, after) if after - first <= 2 * len(partner) else None
