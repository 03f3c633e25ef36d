"""Tiles -> ledger: what is kept, moved, rewritten, cut and added, every token booked exactly once.

Tiles that count form the heaviest chain increasing in both texts: kept; those off it: moved. Sentences that a
counted tile joins are paired; in a pair with enough in common, equal tokens between the tiles are kept too
(islets) and what remains facing each other is rewritten. Everything else is cut or added.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from dedup import kernels
from dedup.records import Ints, Ledger, Mask, Passage, PassageKind, Span, Tile, Tokens

Labels = npt.NDArray[np.int8]

CUT_OR_ADDED, KEPT, MOVED, REWRITTEN = 0, 1, 2, 3
_PAIRED: Final = 0.4  # Dice of two sentences from which one is taken for a version of the other
_FLANK: Final = 25  # tokens between a tile that counts and a weak one that may lean on it


def tiles(reference: Tokens, article: Tokens, minimum: int) -> tuple[Tile, ...]:
    """Common runs of at least ``minimum`` match keys, longest first, each token once; proved on the keys.

    Equal bodies are one tile, however short.
    """
    if len(reference) and reference.keys == article.keys:
        return (Tile(0, 0, len(reference)),)
    runs = kernels.tiles(reference.hashes, article.hashes, minimum)
    return tuple(Tile(i, j, n) for i, j, n in runs if reference.keys[i : i + n] == article.keys[j : j + n])


def leaning(found: Sequence[Tile], counts: Sequence[bool], sizes: Span) -> list[bool]:
    """``counts`` with the weak tiles that stand, in order and close, between tiles that count.

    An end of both texts holds like a tile where the weak one reaches it on both sides, so that equal texts
    are kept whole whatever their words.
    """
    strong = [tile for tile, counted in zip(found, counts, strict=True) if counted]
    starts = sorted((tile.reference, tile.article) for tile in strong)
    ends = sorted((tile.reference + tile.length, tile.article + tile.length) for tile in strong)
    out = []
    for tile, counted in zip(found, counts, strict=True):
        start, end = (tile.reference, tile.article), (tile.reference + tile.length, tile.article + tile.length)
        before = start == (0, 0) or any(_close(b, start) for b in _near(ends, start[0] - _FLANK, start[0]))
        after = end == sizes or any(_close(end, a) for a in _near(starts, end[0], end[0] + _FLANK))
        out.append(counted or (before and after))
    return out


def _near(places: Sequence[Span], low: int, high: int) -> Sequence[Span]:
    """The sorted (reference, article) places from ``low`` to ``high`` in the reference."""
    return places[bisect_left(places, (low, -1)) : bisect_left(places, (high + 1, -1))]


def _close(end: Span, start: Span) -> bool:
    return 0 <= start[0] - end[0] <= _FLANK and 0 <= start[1] - end[1] <= _FLANK


@dataclass(frozen=True, slots=True)
class Alignment:
    """Labels per token, and for kept and moved tokens the place of the partner (-1 elsewhere).

    ``pairs`` holds the (reference, article) token spans of rewritten passages that face each other.
    """

    labels_reference: Labels
    labels_article: Labels
    partner_reference: Ints
    partner_article: Ints
    rewrites: tuple[tuple[Span, Span], ...]

    def ledger(self) -> Ledger:
        """The counts."""
        r = np.bincount(self.labels_reference, minlength=4)
        d = np.bincount(self.labels_article, minlength=4)
        return Ledger(
            reference_tokens=len(self.labels_reference),
            article_tokens=len(self.labels_article),
            kept=int(r[KEPT]),
            moved=int(r[MOVED]),
            rewritten_reference=int(r[REWRITTEN]),
            rewritten_article=int(d[REWRITTEN]),
            cut=int(r[CUT_OR_ADDED]),
            added=int(d[CUT_OR_ADDED]),
        )


def align(reference: Tokens, article: Tokens, counted: Sequence[Tile], sentence_r: Ints, sentence_d: Ints) -> Alignment:
    """Book every token, given the tiles that count and the sentence number of each token."""
    labels_r, labels_d = np.zeros(len(reference), np.int8), np.zeros(len(article), np.int8)
    partner_r, partner_d = np.full(len(reference), -1, np.int64), np.full(len(article), -1, np.int64)
    chain = set(kernels.heaviest_chain([(t.reference, t.article, t.length) for t in counted], reference.hashes))

    def book(i: int, j: int, n: int, label: int) -> None:
        labels_r[i : i + n] = labels_d[j : j + n] = label
        partner_r[i : i + n] = np.arange(j, j + n)
        partner_d[j : j + n] = np.arange(i, i + n)

    for tile in counted:
        run = (tile.reference, tile.article, tile.length)
        book(*run, KEPT if run in chain else MOVED)
    rewrites: list[tuple[Span, Span]] = []
    for pair in _paired_sentences(counted, reference, article, sentence_r, sentence_d):
        rewrites += _book_pair(pair, labels_r, labels_d, book)
    return Alignment(labels_r, labels_d, partner_r, partner_d, tuple(sorted(rewrites)))


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two sentences joined by tiles: where the first joins, the gaps between them, and the islets there."""

    joined: int
    gaps: tuple[tuple[Span, Span], ...]
    islets: tuple[tuple[tuple[int, int], ...], ...]


def _paired_sentences(
    counted: Sequence[Tile], reference: Tokens, article: Tokens, sentence_r: Ints, sentence_d: Ints
) -> Iterator[_Pair]:
    """Sentence pairs that a counted tile joins, one to one, those with most in common first."""
    pieces: dict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
    for tile in counted:
        for i, j, n in _within_sentences(tile, sentence_r, sentence_d):
            pieces[int(sentence_r[i]), int(sentence_d[j])].append((i, j, n))
    ids_r, ids_d = reference.hashes.tolist(), article.hashes.tolist()
    options = []
    for (s, t), joined in pieces.items():
        span_r, span_d = _span(sentence_r, s), _span(sentence_d, t)
        chain = kernels.heaviest_chain(joined, reference.hashes)
        gaps = tuple(_gaps(chain, span_r, span_d))
        islets = tuple(tuple(kernels.common_subsequence(ids_r[a:b], ids_d[c:d])) for (a, b), (c, d) in gaps)
        equal = sum(n for _, _, n in chain) + sum(map(len, islets))
        dice = 2 * equal / (span_r[1] - span_r[0] + span_d[1] - span_d[0])
        content = sum(ids_r[i] for i, _, _ in chain)  # parts ties alike from both sides
        options.append((-dice, s + t, abs(s - t), content, (s, t), _Pair(chain[0][0], gaps, islets)))
    used_r: set[int] = set()
    used_d: set[int] = set()
    for negative, *_, (s, t), pair in sorted(options, key=lambda option: option[:5]):
        if -negative >= _PAIRED and s not in used_r and t not in used_d:
            used_r.add(s)
            used_d.add(t)
            yield pair


def _within_sentences(tile: Tile, sentence_r: Ints, sentence_d: Ints) -> Iterator[tuple[int, int, int]]:
    """A tile cut at the sentence ends of both sides."""
    r = sentence_r[tile.reference : tile.reference + tile.length]
    d = sentence_d[tile.article : tile.article + tile.length]
    cuts = np.flatnonzero((np.diff(r) != 0) | (np.diff(d) != 0)) + 1
    bounds = [0, *cuts.tolist(), tile.length]
    for a, b in pairwise(bounds):
        yield tile.reference + a, tile.article + a, b - a


def _span(sentence: Ints, number: int) -> Span:
    return int(np.searchsorted(sentence, number)), int(np.searchsorted(sentence, number, "right"))


def _gaps(chain: Sequence[tuple[int, int, int]], span_r: Span, span_d: Span) -> Iterator[tuple[Span, Span]]:
    """What lies between the tiles of a sentence pair where both sides have something."""
    at_r, at_d = span_r[0], span_d[0]
    for i, j, n in [*chain, (span_r[1], span_d[1], 0)]:
        if i > at_r and j > at_d:
            yield (at_r, i), (at_d, j)
        at_r, at_d = i + n, j + n


def _book_pair(
    pair: _Pair, labels_r: Labels, labels_d: Labels, book: Callable[[int, int, int, int], None]
) -> Iterator[tuple[Span, Span]]:
    """Book the islets of a sentence pair like its tiles, and what is left facing each other as rewritten."""
    label = int(labels_r[pair.joined])
    for ((a, b), (c, d)), islets in zip(pair.gaps, pair.islets, strict=True):
        if labels_r[a:b].any() or labels_d[c:d].any():
            continue  # a tile of another sentence pair lies here
        for i, j in islets:
            book(a + i, c + j, 1, label)
        if len(islets) == b - a or len(islets) == d - c:
            continue  # one side is kept whole: what the other has more is cut or added
        labels_r[a:b][labels_r[a:b] == 0] = REWRITTEN
        labels_d[c:d][labels_d[c:d] == 0] = REWRITTEN
        at_r, at_d = a, c
        for i, j in [*islets, (b - a, d - c)]:
            if a + i > at_r and c + j > at_d:
                yield (at_r, a + i), (at_d, c + j)
            at_r, at_d = a + i + 1, c + j + 1


def cover(shared: Mask, asked: Mask, sentence: Ints) -> float:
    """How much of a text is shared: the mean of its share of ``asked`` tokens and of those in covered sentences.

    A sentence of at least 4 tokens is covered when 40 % of its tokens are shared: outlets that rewrite a word
    here and there keep the sentence.
    """
    if not asked.any():
        return 0.0
    total, inside = np.bincount(sentence), np.bincount(sentence, weights=shared)
    covered = (total >= 4) & (inside >= _PAIRED * total)
    return float((shared[asked].mean() + covered[sentence][asked].mean()) / 2)


def passages(
    alignment: Alignment, units_r: Mask, units_d: Mask, paragraph_r: Ints, paragraph_d: Ints
) -> tuple[Passage, ...]:
    """The alignment as passages in the order of the article, cut ones where they stood in the reference.

    ``units_r`` and ``units_d`` mark the tokens in quote units; a passage is a quote if most of it is. Cut and
    added passages end where their paragraph ends. Read back, the passages hold every token of both texts
    exactly once.
    """
    labels_r, labels_d = alignment.labels_reference, alignment.labels_article
    found: list[tuple[tuple[float, int, int], Passage]] = []
    rewrites_r = [edge for span, _ in alignment.rewrites for edge in span]
    rewrites_d = [edge for _, span in alignment.rewrites for edge in span]
    for start, end in _stretches(labels_d, alignment.partner_article, paragraph_d, rewrites_d):
        kind = _KINDS_ARTICLE[int(labels_d[start])]
        partner = int(alignment.partner_article[start])
        span_r = (partner, partner + end - start) if partner >= 0 else None
        quote = 2 * int(units_d[start:end].sum()) > end - start
        found.append(((start, 1, 0), Passage(kind, span_r, (start, end), quote)))
    places = _places(alignment.partner_reference)
    for start, end in _stretches(labels_r, alignment.partner_reference, paragraph_r, rewrites_r):
        if labels_r[start] in (KEPT, MOVED):
            continue
        kind = "cut" if labels_r[start] == CUT_OR_ADDED else "rewritten"
        quote = 2 * int(units_r[start:end].sum()) > end - start
        found.append(((places[start], 0, start), Passage(kind, (start, end), None, quote)))
    found.sort(key=lambda item: item[0])
    return tuple(_facing([passage for _, passage in found], alignment.rewrites))


_KINDS_ARTICLE: Final[dict[int, PassageKind]] = {
    CUT_OR_ADDED: "added",
    KEPT: "kept",
    MOVED: "moved",
    REWRITTEN: "rewritten",
}


def _stretches(labels: Labels, partner: Ints, paragraph: Ints, rewrites: Sequence[int]) -> Iterator[Span]:
    """Maximal spans of one label whose partners follow each other, or, without partners, of one paragraph.

    Rewritten ones end where one of ``rewrites``, the edges of what faces each other, stands.
    """
    if not len(labels):
        return
    follows = np.where(partner[:-1] >= 0, np.diff(partner) == 1, (partner[1:] < 0) & (np.diff(paragraph) == 0))
    edges = np.zeros(len(labels) + 1, bool)
    edges[list(rewrites)] = True
    breaks = np.flatnonzero((np.diff(labels) != 0) | ~follows | (edges[1:-1] & (labels[1:] == REWRITTEN))) + 1
    bounds = [0, *breaks.tolist(), len(labels)]
    yield from pairwise(bounds)


def _places(partner_reference: Ints) -> list[float]:
    """Where in the article each reference token would stand: just after the nearest aligned token before it."""
    aligned = np.where(partner_reference >= 0, np.arange(len(partner_reference)), -1)
    before = np.maximum.accumulate(aligned) if len(aligned) else aligned
    places: list[float] = np.where(before >= 0, partner_reference[before] + 0.5, -1.0).tolist()
    return places


def _facing(found: list[Passage], rewrites: Sequence[tuple[Span, Span]]) -> Iterator[Passage]:
    """Rewritten passages of the two sides joined where each gap has one on either side."""
    one_r = {p.reference: p for p in found if p.kind == "rewritten" and p.reference}
    joined: dict[Span, Span] = {}
    for span_r, span_d in rewrites:
        if span_r in one_r:
            joined[span_d] = span_r
    present = {p.article for p in found if p.kind == "rewritten" and p.article}
    taken = {span_r for span_d, span_r in joined.items() if span_d in present}
    for passage in found:
        if passage.kind == "rewritten" and passage.article in joined and passage.article:
            other = one_r[joined[passage.article]]
            yield Passage("rewritten", other.reference, passage.article, passage.quote or other.quote)
        elif not (passage.kind == "rewritten" and passage.reference in taken):
            yield passage
