"""Tiles -> passages: what is kept, moved, rewritten, cut and added, every token booked exactly once.

Tiles that count form the heaviest chain increasing in both texts: kept; those off it: moved. Sentences that a
counted tile joins are paired; in a pair with enough in common, equal tokens between the tiles are kept too
(islets) and what remains facing each other is rewritten. Everything else is cut or added.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from dedup import kernels
from dedup.kernels import CUT_OR_ADDED, KEPT, MOVED, REWRITTEN, Alignment
from dedup.records import Ints, Labels, Mask, Passage, PassageKind, Span, Tile, Tokens


def align(reference: Tokens, article: Tokens, counted: Sequence[Tile], sentence_r: Ints, sentence_d: Ints) -> Alignment:
    """Book every token, given the tiles that count and the sentence number of each token."""
    runs = [(tile.reference, tile.article, tile.length) for tile in counted]
    return kernels.align(reference.hashes, article.hashes, runs, sentence_r, sentence_d)


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
