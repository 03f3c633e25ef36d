"""Pairs of prepared articles, many at a time: tiles, what is informative in them, verdict, ledger, passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from dedup import align, headline, judge, quotations, template
from dedup.background import Background, day_of
from dedup.capitals import Capitals, capitals, names
from dedup.config import Config
from dedup.kernels import UNDATED, Alignment, Books, Runs, Texts, resemblance
from dedup.records import Ints, Judgement, Ledger, Mask, Passage, Prepared, Quotation, Tile
from dedup.results import Comparison, Once

BATCH: Final = 8192  # pairs compared at once: their tiles lie in memory together


class Comparer:
    """Compares pairs of articles, many at a time: pairs are (m, 2) int64 positions, the reference first."""

    def __init__(
        self, articles: Sequence[Prepared], background: Background | None, config: Config, threads: int = 1
    ) -> None:
        self._articles = articles
        self._config = config
        self._threads = threads
        self._background = background if background is not None and background.tokens else None
        self._texts = Texts([a.tokens for a in articles], [a.sentence for a in articles], [a.units for a in articles])
        self._sizes = np.array([len(article.tokens) for article in articles], np.int64)
        self._digests = np.array([article.digest for article in articles], np.uint64)
        self._days = np.array([day_of(article) for article in articles], np.int64)
        self._names, self._dull, self._quoted = (_Marks(self._sizes) for _ in range(3))
        self._shown = np.zeros(len(articles), bool)
        self._needed = np.zeros(len(articles), np.int64)
        self._facts: dict[int, template.Kinds] = {}
        self._capitals: dict[int, Capitals] = {}

    def tiles(self, pairs: Ints) -> Runs:
        """The common runs of each pair."""
        return self._texts.tiles(pairs, self._config.minimum_tile, self._threads)

    def kinds(self, pairs: Ints) -> tuple[Ints, Ints]:
        """(m,) kinds of reuse, as positions in judge.KINDS, and (m,) tokens kept or moved."""
        measured = self._measured(pairs)
        return judge.kinds(measured.measures, self._config.rules), measured.books.counts[:, :2].sum(1)

    def comparisons(self, pairs: Ints) -> list[Comparison]:
        """Each pair in full."""
        return [found for at in range(0, len(pairs), BATCH) for found in self._compared(pairs[at : at + BATCH])]

    def _compared(self, pairs: Ints) -> list[Comparison]:
        measured = self._measured(pairs)
        rows = measured.runs.rows[measured.counted].tolist()
        bounds = np.concatenate(([0], np.cumsum(measured.counted)))[measured.runs.offsets].tolist()
        counted = [tuple(Tile(*row) for row in rows[a:b]) for a, b in pairwise(bounds)]
        sizes = self._sizes[pairs]
        ledgers = [Ledger(*row) for row in np.concatenate([sizes, measured.books.counts], 1).tolist()]
        judged = judge.judge(measured.measures, ledgers, self._config.rules)
        quoted = measured.books.shared_quoted.tolist()
        sides = [(self._articles[a], self._articles[b]) for a, b in pairs.tolist()]
        return [
            _comparison(*side, *found) for side, *found in zip(sides, ledgers, judged, counted, quoted, strict=True)
        ]

    def _measured(self, pairs: Ints) -> _Measured:
        runs = self.tiles(pairs)
        known = self._informative(pairs, runs)
        measures = judge.Measures(
            sizes=self._texts.sizes(pairs, runs, known.words, self._threads),
            offsets=runs.offsets,
            covers=np.zeros((len(pairs), 2)),
            lengths=self._sizes[pairs],
            identical=self._identical(pairs),
            lone=known.lone,
            needed=known.needed,
            days_apart=self._days_apart(pairs),
            same_credit=self._same_credit(pairs, known.lone),
            template=np.zeros(len(pairs), bool),
        )
        counted = self._texts.leaning(pairs, runs, judge.counts_in_ledger(measures, self._config.rules))
        books = self._texts.ledgers(pairs, runs, counted, known.covered, self._threads)
        measures = replace(measures, covers=books.covers)
        measures = replace(measures, template=self._templates(pairs, runs, measures))
        return _Measured(measures, runs, counted, books)

    def _informative(self, pairs: Ints, runs: Runs) -> _Informative:
        """What is informative in the tiles of each pair.

        A phrase is rare if few articles of other days carry it. Where dates do not help, a text that capitalises
        names says more by itself than articles that may be about the same story; of quotations always the text does.
        """
        background, everything = self._background, np.ones(int(runs.rows[:, 2].sum()), bool)
        if background is None:
            words, needed, _ = self._by_the_texts(pairs, runs)
            return _Informative(words, everything, np.ones(len(pairs), bool), needed)
        found = background.common(self._articles, pairs, runs, self._threads)
        names_shown, no_name = self._without_names(pairs, runs)
        needed = self._config.rules.evidence_tokens - names_shown.astype(np.int64)
        if background.suffices and found.by_date.all():
            return _Informative(~found.common & no_name, ~found.common, np.zeros(len(pairs), bool), needed)
        words, own_needed, quoted = self._by_the_texts(pairs, runs)
        lone = ~found.by_date & (own_needed < judge.NEED_UNCASED) | (not background.suffices)
        sizes = _tokens_of_pairs(runs)
        alone, by_date = np.repeat(lone, sizes), np.repeat(found.by_date, sizes)
        rare = ~found.common | (~by_date & quoted & words)
        informative = np.where(alone, words & (quoted | ~found.everywhere), rare & no_name)
        return _Informative(informative, alone | rare, lone, np.where(lone, own_needed, needed))

    def _without_names(self, pairs: Ints, runs: Runs) -> tuple[Mask, Mask]:
        """In which pairs (m,) capitals show both texts' names, and the tokens of tiles that are none."""
        for at in np.unique(pairs).tolist():
            if not self._names.known[at]:
                found = self._capitals_of(at)
                self._shown[at] = found.style == "names"
                self._names.learn(at, names(self._articles[at], found) if self._shown[at] else False)
        shown: Mask = self._shown[pairs[:, 0]] & self._shown[pairs[:, 1]]
        return shown, ~self._names.in_either(pairs, runs)

    def _by_the_texts(self, pairs: Ints, runs: Runs) -> tuple[Mask, Ints, Mask]:
        """By the two texts alone: tokens of tiles that are informative, how many such a tile of each pair needs, and
        tokens that either text quotes."""
        for at in np.unique(pairs).tolist():
            if not self._dull.known[at]:
                words, self._needed[at] = judge.informative_words(self._articles[at], self._capitals_of(at))
                self._dull.learn(at, ~words)
                self._quoted.learn(at, self._articles[at].units)
        needed: Ints = self._needed[pairs].max(1, initial=0)
        return ~self._dull.in_either(pairs, runs), needed, self._quoted.in_either(pairs, runs)

    def _templates(self, pairs: Ints, runs: Runs, measures: judge.Measures) -> Mask:
        """(m,) whether two texts that seem to share copy are two forms of one template."""
        found = np.zeros(len(pairs), bool)
        informative = measures.of_pairs(measures.sizes[:, 2])
        for p in np.flatnonzero(judge.kinds(measures, self._config.rules) <= judge.PARTIAL).tolist():
            one, two = pairs[p].tolist()
            rows = [Tile(*row) for row in runs.rows[runs.offsets[p] : runs.offsets[p + 1]].tolist()]
            sides = self._articles[one], self._articles[two]
            aligned = align.align(sides[0].tokens, sides[1].tokens, rows, sides[0].sentence, sides[1].sentence)
            facts = template.facts(*sides, (self._fact_kinds(one), self._fact_kinds(two)), aligned)
            found[p] = facts.are_slots(int(informative[p]), int(measures.days_apart[p]))
        return found

    def _fact_kinds(self, at: int) -> template.Kinds:
        if at not in self._facts:
            self._facts[at] = template.fact_kinds(self._articles[at], self._capitals_of(at))
        return self._facts[at]

    def _capitals_of(self, at: int) -> Capitals:
        if at not in self._capitals:
            self._capitals[at] = capitals(self._articles[at])
        return self._capitals[at]

    def _identical(self, pairs: Ints) -> Mask:
        """(m,) whether both have the same match keys: proved where the digests are equal."""
        same: Mask = self._digests[pairs[:, 0]] == self._digests[pairs[:, 1]]
        for p in np.flatnonzero(same).tolist():
            one, two = (self._articles[at].tokens.packed for at in pairs[p].tolist())
            same[p] = one == two
        return same

    def _days_apart(self, pairs: Ints) -> Ints:
        """(m,) days between the two, -1 where a date is missing."""
        days = self._days[pairs]
        apart = np.abs(days[:, 0] - days[:, 1])
        found: Ints = np.where((days == UNDATED).any(1), -1, apart)
        return found

    def _same_credit(self, pairs: Ints, lone: Mask) -> Mask:
        """(m,) whether both of a ``lone`` pair print a copy credit of one agency: of others nobody asks."""
        credited = {at: _credited(self._articles[at]) for at in np.unique(pairs[lone]).tolist()}
        same = np.zeros(len(pairs), bool)
        same[lone] = [bool(credited[a] & credited[b]) for a, b in pairs[lone].tolist()]
        return same


class _Marks:
    """Marks on the tokens of many texts, learned text by text, asked for the tokens of tiles."""

    def __init__(self, sizes: Ints) -> None:
        self._starts = np.concatenate(([0], np.cumsum(sizes)))
        self._marked = np.zeros(int(self._starts[-1]), bool)
        self.known = np.zeros(len(sizes), bool)

    def learn(self, at: int, marked: Mask | bool) -> None:
        self._marked[self._starts[at] : self._starts[at + 1]] = marked
        self.known[at] = True

    def in_either(self, pairs: Ints, runs: Runs) -> Mask:
        """For each token of each tile whether either text has it marked."""
        i, j, sizes = runs.rows.T
        sides = np.repeat(self._starts[pairs], np.diff(runs.offsets), axis=0)
        within = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        one, two = (np.repeat(start + first, sizes) + within for start, first in zip(sides.T, (i, j), strict=True))
        found: Mask = self._marked[one] | self._marked[two]
        return found


class _Informative(NamedTuple):
    """Of each token of each tile whether it is one of the informative ``words`` and whether covers are asked of it
    (``covered``); of each pair whether it is ``lone`` and how many such words make a tile evidence (``needed``)."""

    words: Mask
    covered: Mask
    lone: Mask
    needed: Ints


@dataclass(frozen=True, slots=True)
class _Measured:
    """What pairs are judged by, their tiles, which of these count (k,), and the ledgers."""

    measures: judge.Measures
    runs: Runs
    counted: Mask
    books: Books


def _tokens_of_pairs(runs: Runs) -> Ints:
    """(m,) tokens of all tiles of each pair."""
    ends = np.concatenate(([0], np.cumsum(runs.rows[:, 2])))[runs.offsets]
    sizes: Ints = np.diff(ends)
    return sizes


def _credited(article: Prepared) -> set[str]:
    """The agencies whose copy the article says it is."""
    return {credit.agency for credit in article.credits if credit.kind in ("full", "shared") and credit.agency}


def _passages(aligned: Once[Alignment], one: Prepared, two: Prepared) -> tuple[Passage, ...]:
    return align.passages(aligned(), one.units, two.units, one.paragraph, two.paragraph)


def _quotations(aligned: Once[Alignment], one: Prepared, two: Prepared) -> tuple[Quotation, ...]:
    return quotations.quotations(one, two, aligned().partner_reference, aligned().partner_article)


def _comparison(
    reference: Prepared,
    article: Prepared,
    ledger: Ledger,
    judgement: Judgement,
    counted: tuple[Tile, ...],
    shared_quoted: int,
) -> Comparison:
    quoted = int(article.units.sum())
    shared = ledger.kept + ledger.moved
    sides = reference.sentence, article.sentence
    aligned = Once(partial(align.align, reference.tokens, article.tokens, counted, *sides))
    return Comparison(
        reference=reference,
        article=article,
        judgement=judgement,
        ledger=ledger,
        headline=headline.headlines(reference.headline, article.headline),
        resemblance=resemblance(reference.tokens.hashes, article.tokens.hashes),
        narrative_reuse=(shared - shared_quoted) / max(1, len(article.tokens) - quoted),
        quote_reuse=shared_quoted / max(1, quoted),
        find_passages=Once(partial(_passages, aligned, reference, article)),
        find_quotations=Once(partial(_quotations, aligned, reference, article)),
    )
