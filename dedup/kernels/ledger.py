"""Tiles -> ledger, the readable twin: what is kept, moved and rewritten, every token booked exactly once.

Runs that count form the heaviest chain increasing in both texts: kept; those off it: moved. Sentences that a
counted run joins are paired; in a pair with enough in common, equal tokens between the runs are kept too
(islets) and what remains facing each other is rewritten. Everything else is cut or added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from dedup.kernels.sequence import Run, common_subsequence, heaviest_chain
from dedup.records import U64, Ints, Labels, Span

CUT_OR_ADDED, KEPT, MOVED, REWRITTEN = 0, 1, 2, 3
PAIRED: Final = 0.4  # Dice of two sentences from which one is taken for a version of the other


class Alignment(NamedTuple):
    """Labels per token, and for kept and moved tokens the place of the partner (-1 elsewhere).

    ``rewrites`` holds the (reference, article) token spans of rewritten passages that face each other, sorted.
    """

    labels_reference: Labels
    labels_article: Labels
    partner_reference: Ints
    partner_article: Ints
    rewrites: list[tuple[Span, Span]]


def align(reference: U64, article: U64, counted: Sequence[Run], sentence_r: Ints, sentence_d: Ints) -> Alignment:
    """Book every token, given the runs that count and the sentence number (ascending) of each token."""
    labels_r, labels_d = np.zeros(len(reference), np.int8), np.zeros(len(article), np.int8)
    partner_r, partner_d = np.full(len(reference), -1, np.int64), np.full(len(article), -1, np.int64)
    chain = set(heaviest_chain(counted, reference))

    def book(i: int, j: int, n: int, label: int) -> None:
        labels_r[i : i + n] = labels_d[j : j + n] = label
        partner_r[i : i + n] = np.arange(j, j + n)
        partner_d[j : j + n] = np.arange(i, i + n)

    for run in counted:
        book(*run, KEPT if run in chain else MOVED)
    rewrites: list[tuple[Span, Span]] = []
    for pair in _paired_sentences(counted, reference, article, sentence_r, sentence_d):
        rewrites += _book_pair(pair, labels_r, labels_d, book)
    return Alignment(labels_r, labels_d, partner_r, partner_d, sorted(rewrites))


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two sentences joined by runs: where the first joins, the gaps between them, and the islets there."""

    joined: int
    gaps: tuple[tuple[Span, Span], ...]
    islets: tuple[tuple[tuple[int, int], ...], ...]


def _paired_sentences(
    counted: Sequence[Run], reference: U64, article: U64, sentence_r: Ints, sentence_d: Ints
) -> Iterator[_Pair]:
    """Sentence pairs that a counted run joins, one to one, those with most in common first."""
    pieces: dict[tuple[int, int], list[Run]] = defaultdict(list)
    for run in counted:
        for i, j, n in _within_sentences(run, sentence_r, sentence_d):
            pieces[int(sentence_r[i]), int(sentence_d[j])].append((i, j, n))
    ids_r, ids_d = reference.tolist(), article.tolist()
    options = []
    for (s, t), joined in pieces.items():
        span_r, span_d = _span(sentence_r, s), _span(sentence_d, t)
        chain = heaviest_chain(joined, reference)
        gaps = tuple(_gaps(chain, span_r, span_d))
        islets = tuple(tuple(common_subsequence(ids_r[a:b], ids_d[c:d])) for (a, b), (c, d) in gaps)
        equal = sum(n for _, _, n in chain) + sum(map(len, islets))
        dice = 2 * equal / (span_r[1] - span_r[0] + span_d[1] - span_d[0])
        content = sum(ids_r[i] for i, _, _ in chain)  # parts ties alike from both sides
        options.append((-dice, s + t, abs(s - t), content, (s, t), _Pair(chain[0][0], gaps, islets)))
    used_r: set[int] = set()
    used_d: set[int] = set()
    for negative, *_, (s, t), pair in sorted(options, key=lambda option: option[:5]):
        if -negative >= PAIRED and s not in used_r and t not in used_d:
            used_r.add(s)
            used_d.add(t)
            yield pair


def _within_sentences(run: Run, sentence_r: Ints, sentence_d: Ints) -> Iterator[Run]:
    """A run cut at the sentence ends of both sides."""
    i, j, n = run
    r, d = sentence_r[i : i + n], sentence_d[j : j + n]
    cuts = np.flatnonzero((np.diff(r) != 0) | (np.diff(d) != 0)) + 1
    for a, b in pairwise([0, *cuts.tolist(), n]):
        yield i + a, j + a, b - a


def _span(sentence: Ints, number: int) -> Span:
    return int(np.searchsorted(sentence, number)), int(np.searchsorted(sentence, number, "right"))


def _gaps(chain: Sequence[Run], span_r: Span, span_d: Span) -> Iterator[tuple[Span, Span]]:
    """What lies between the runs of a sentence pair where both sides have something."""
    at_r, at_d = span_r[0], span_d[0]
    for i, j, n in [*chain, (span_r[1], span_d[1], 0)]:
        if i > at_r and j > at_d:
            yield (at_r, i), (at_d, j)
        at_r, at_d = i + n, j + n


def _book_pair(
    pair: _Pair, labels_r: Labels, labels_d: Labels, book: Callable[[int, int, int, int], None]
) -> Iterator[tuple[Span, Span]]:
    """Book the islets of a sentence pair like its runs, and what is left facing each other as rewritten."""
    label = int(labels_r[pair.joined])
    for ((a, b), (c, d)), islets in zip(pair.gaps, pair.islets, strict=True):
        if labels_r[a:b].any() or labels_d[c:d].any():
            continue  # a run of another sentence pair lies here
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
