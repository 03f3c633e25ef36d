"""Pairs of prepared articles, many at a time: tiles, what is informative in them, verdict, ledger, passages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, NamedTuple

import numpy as np

from dedup import align, headline, judge, quotations, template
from dedup.background import Background, day_of
from dedup.config import Config
from dedup.kernels import UNDATED, Alignment, Books, Runs, Texts, resemblance
from dedup.marks import DULL, NAME, NEED_UNCASED, NEEDED, QUOTED, Marks, marks
from dedup.records import Flags, Ints, Judgement, Ledger, Mask, Passage, Prepared, Quotation, Tile
from dedup.results import Comparison, Once

BATCH: Final = 8192  # pairs compared at once: their tiles lie in memory together


class Comparer:
    """Compares pairs of articles, many at a time: pairs are (m, 2) int64 positions, the reference first.

    ``marks_of`` gives the marks of the article at a position to who keeps them; else they are found here, once.
    """

    def __init__(
        self,
        articles: Sequence[Prepared],
        background: Background | None,
        config: Config,
        threads: int = 1,
        marks_of: Callable[[int], Marks] | None = None,
    ) -> None:
        self._articles = articles
        self._config = config
        self._threads = threads
        self._background = background if background is not None and background.tokens else None
        self._texts = Texts([a.tokens for a in articles], [a.sentence for a in articles], [a.units for a in articles])
        self._sizes = np.array([len(article.tokens) for article in articles], np.int64)
        self._digests = np.array([article.digest for article in articles], np.uint64)
        self._days = np.array([day_of(article) for article in articles], np.int64)
        self._marks = _AllMarks(self._sizes, marks_of or (lambda at: marks(articles[at])))

    def tiles(self, pairs: Ints) -> Runs:
        """The common runs of each pair."""
        return self._texts.tiles(pairs, self._config.minimum_tile, self._threads)

    def kinds(self, pairs: Ints) -> tuple[Ints, Ints]:
        """(m,) kinds of reuse, as positions in judge.KINDS, and (m,) tokens kept or moved."""
        measured = self._measured(pairs, self.tiles(pairs))
        found = judge.kinds(measured.measures, self._config.rules)
        found[self._templates(pairs, measured, found)] = judge.FORMULA
        return found, measured.books.counts[:, :2].sum(1)

    def comparisons(self, pairs: Ints) -> list[Comparison]:
        """Each pair in full."""
        return [found for at in range(0, len(pairs), BATCH) for found in self._compared(pairs[at : at + BATCH])]

    def _compared(self, pairs: Ints) -> list[Comparison]:
        runs = self.tiles(pairs)
        if not len(runs.rows):
            return self._unrelated(pairs, runs)
        measured = self._measured(pairs, runs)
        decided = judge.decide(measured.measures, self._config.rules)
        measures = measured.measures._replace(template=self._templates(pairs, measured, decided.kinds[0]))
        ledgers = [Ledger(*row) for row in np.concatenate([measures.lengths, measured.books.counts], 1).tolist()]
        judged = judge.judged(measures, decided, ledgers)
        counted = measured.runs.rows[measured.counted]
        (counts,) = measures.of_pairs(measured.counted)
        ends = counts.cumsum()
        bounds = zip((ends - counts).tolist(), ends.tolist(), strict=True)
        quoted = measured.books.shared_quoted.tolist()
        return [
            _comparison(
                self._articles[a], self._articles[b], ledger, judgement, counted[first:after].copy(), own_quoted
            )
            for (a, b), ledger, judgement, (first, after), own_quoted in zip(
                pairs.tolist(), ledgers, judged, bounds, quoted, strict=True
            )
        ]

    def _unrelated(self, pairs: Ints, nothing: Runs) -> list[Comparison]:
        """Pairs without tiles: nothing has to be measured."""
        found = []
        for (a, b), lone in zip(pairs.tolist(), self._informative(pairs, nothing).lone.tolist(), strict=True):
            one, two = self._articles[a], self._articles[b]
            ledger = Ledger(len(one.tokens), len(two.tokens), 0, 0, 0, 0, cut=len(one.tokens), added=len(two.tokens))
            found.append(_comparison(one, two, ledger, judge.of_nothing(lone, self._config.rules), nothing.rows, 0))
        return found

    def _measured(self, pairs: Ints, runs: Runs) -> _Measured:
        known = self._informative(pairs, runs)
        days_apart = self._days_apart(pairs)
        measures = judge.Measures(
            sizes=self._texts.sizes(pairs, runs, known.words, self._threads),
            offsets=runs.offsets,
            covers=np.zeros((len(pairs), 2)),
            lengths=self._sizes[pairs],
            identical=self._identical(pairs),
            lone=known.lone,
            needed=known.needed,
            days_apart=days_apart,
            same_credit=self._same_credit(pairs, known.lone & (days_apart > 0)),
            template=np.zeros(len(pairs), bool),
        )
        counted = self._texts.leaning(pairs, runs, judge.counts_in_ledger(measures, self._config.rules))
        books = self._texts.ledgers(pairs, runs, counted, known.covered, self._threads)
        return _Measured(measures._replace(covers=books.covers), runs, counted, books)

    def _informative(self, pairs: Ints, runs: Runs) -> _Informative:
        """What is informative in the tiles of each pair.

        A phrase is rare if few articles of other days carry it. Where dates do not help, a text that capitalises
        names says more by itself than articles that may be about the same story; of quotations always the text does.
        """
        background = self._background
        if background is None:
            own_needed, _ = self._marks.of(pairs, np.ones(len(pairs), bool))
            flags = self._marks.in_either(pairs, runs)
            return _Informative(flags & DULL == 0, np.ones(len(flags), bool), np.ones(len(pairs), bool), own_needed)
        found = background.common(self._articles, pairs, runs, self._threads)
        own_needed, names_shown = self._marks.of(pairs, (runs.offsets[1:] > runs.offsets[:-1]) | ~found.by_date)
        flags = self._marks.in_either(pairs, runs)
        needed = self._config.rules.evidence_tokens - names_shown
        rare, no_name = ~found.common, flags & NAME == 0
        if background.suffices and found.by_date.all():
            return _Informative(rare & no_name, rare, np.zeros(len(pairs), bool), needed)
        lone = ~found.by_date & (own_needed < NEED_UNCASED) | (not background.suffices)
        sizes = _tokens_of_pairs(runs)
        alone, by_date = lone.repeat(sizes), found.by_date.repeat(sizes)
        words, quoted = flags & DULL == 0, flags & QUOTED != 0
        rare |= ~by_date & quoted & words
        informative = np.where(alone, words & (quoted | ~found.everywhere), rare & no_name)
        return _Informative(informative, alone | rare, lone, np.where(lone, own_needed, needed))

    def _templates(self, pairs: Ints, measured: _Measured, kinds: Ints) -> Mask:
        """(m,) whether two texts that by their ``kinds`` seem to share copy are two forms of one template."""
        found, measures, counts = np.zeros(len(pairs), bool), measured.measures, measured.books.counts
        reuse = kinds <= judge.PARTIAL
        informative, uncounted = measures.of_pairs(measures.sizes[:, 2], ~measured.counted)
        unlike = np.flatnonzero(reuse & (uncounted > 0))
        if len(unlike):  # here all tiles count
            runs = _of_some(measured.runs, unlike)
            every = np.ones(len(runs.rows), bool), np.ones(int(runs.rows[:, 2].sum()), bool)
            counts = counts.copy()
            counts[unlike] = self._texts.ledgers(pairs[unlike], runs, *every, self._threads).counts
        most, shared = counts[:, 2:4].min(1), counts[:, 0] + counts[:, 1]
        may_be = reuse & template.may_be_slots(most, shared, informative, measures.days_apart)
        for p in np.flatnonzero(may_be).tolist():
            one, two = pairs[p].tolist()
            sides = self._articles[one], self._articles[two]
            aligned = _aligned(*sides, measured.runs.rows[slice(*measured.runs.offsets[p : p + 2])])
            both = self._marks[one], self._marks[two]
            if template.agreeing(sides[0], both[0], aligned) <= len(template.faced(aligned)):
                facts = template.facts(*sides, both, aligned)
                found[p] = facts.are_slots(int(informative[p]), int(measures.days_apart[p]))
        return found

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
        found: Ints = np.abs(days[:, 0] - days[:, 1])
        found[days.min(1) == UNDATED] = -1
        return found

    def _same_credit(self, pairs: Ints, asked: Mask) -> Mask:
        """(m,) whether both of a pair print a copy credit of one agency: of lone pairs days apart, else nobody asks."""
        same = np.zeros(len(pairs), bool)
        for p in np.flatnonzero(asked).tolist():
            one, two = (_credited(self._articles[at]) for at in pairs[p].tolist())
            same[p] = bool(one & two)
        return same


class _AllMarks:
    """The marks of many articles on end, each found where it is asked for first."""

    def __init__(self, sizes: Ints, find: Callable[[int], Marks]) -> None:
        self._find = find
        self._found: dict[int, Marks] = {}
        self._starts = np.zeros(len(sizes) + 1, np.int64)
        sizes.cumsum(out=self._starts[1:])
        self._flags = np.zeros(int(self._starts[-1]), np.uint8)
        self._needed = np.zeros(len(sizes), np.int64)  # 0 for those that are not found yet
        self._shown = np.zeros(len(sizes), bool)

    def __getitem__(self, at: int) -> Marks:
        if at not in self._found:
            own = self._found[at] = self._find(at)
            self._flags[self._starts[at] : self._starts[at + 1]] = own.flags
            self._needed[at], self._shown[at] = NEEDED[own.style], own.style == "names"
        return self._found[at]

    def of(self, pairs: Ints, asked: Mask) -> tuple[Ints, Mask]:
        """(m,) informative words that make a tile of the pair as a lone one evidence, and (m,) whether capitals show
        the names of both texts; nothing of pairs that are not ``asked`` for."""
        for at in set(pairs[asked][self._needed[pairs[asked]] == 0].tolist()):
            self[at]
        needed: Ints = self._needed[pairs].max(1, initial=0)
        shown: Mask = self._shown[pairs[:, 0]] & self._shown[pairs[:, 1]]
        return needed, shown

    def in_either(self, pairs: Ints, runs: Runs) -> Flags:
        """For each token of each tile the flags that it has in either text."""
        sizes = runs.rows[:, 2]
        starts = self._starts[pairs].repeat(runs.offsets[1:] - runs.offsets[:-1], 0) + runs.rows[:, :2]
        starts -= (sizes.cumsum() - sizes)[:, None]
        flags = self._flags[starts.repeat(sizes, 0) + np.arange(int(sizes.sum()))[:, None]]
        found: Flags = flags[:, 0] | flags[:, 1]
        return found


class _Informative(NamedTuple):
    """Of each token of each tile whether it is one of the informative ``words`` and whether covers are asked of it
    (``covered``); of each pair whether it is ``lone`` and how many such words make a tile evidence (``needed``)."""

    words: Mask
    covered: Mask
    lone: Mask
    needed: Ints


class _Measured(NamedTuple):
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


def _of_some(runs: Runs, chosen: Ints) -> Runs:
    """The tiles of some pairs, by ascending position."""
    counts = runs.offsets[1:] - runs.offsets[:-1]
    is_chosen = np.zeros(len(counts), bool)
    is_chosen[chosen] = True
    return Runs(runs.rows[is_chosen.repeat(counts)], np.concatenate(([0], counts[chosen].cumsum())))


def _credited(article: Prepared) -> set[str]:
    """The agencies whose copy the article says it is."""
    return {credit.agency for credit in article.credits if credit.kind in ("full", "shared") and credit.agency}


def _aligned(reference: Prepared, article: Prepared, rows: Ints) -> Alignment:
    """Two texts aligned by the tiles of these (k, 3) rows."""
    counted = [Tile(*row) for row in rows.tolist()]
    return align.align(reference.tokens, article.tokens, counted, reference.sentence, article.sentence)


def _resemblance(one: Prepared, two: Prepared) -> float:
    return resemblance(one.tokens.hashes, two.tokens.hashes)


def _passages(aligned: Once[Alignment], one: Prepared, two: Prepared) -> tuple[Passage, ...]:
    return align.passages(aligned(), one.units, two.units, one.paragraph, two.paragraph)


def _quotations(aligned: Once[Alignment], one: Prepared, two: Prepared) -> tuple[Quotation, ...]:
    return quotations.quotations(one, two, aligned().partner_reference, aligned().partner_article)


def _comparison(
    reference: Prepared,
    article: Prepared,
    ledger: Ledger,
    judgement: Judgement,
    counted: Ints,
    shared_quoted: int,
) -> Comparison:
    quoted = int(article.units.sum())
    shared = ledger.kept + ledger.moved
    aligned = Once(partial(_aligned, reference, article, counted))
    return Comparison(
        reference=reference,
        article=article,
        judgement=judgement,
        ledger=ledger,
        narrative_reuse=(shared - shared_quoted) / max(1, len(article.tokens) - quoted),
        quote_reuse=shared_quoted / max(1, quoted),
        find_resemblance=Once(partial(_resemblance, reference, article)),
        find_headline=Once(partial(headline.headlines, reference.headline, article.headline)),
        find_passages=Once(partial(_passages, aligned, reference, article)),
        find_quotations=Once(partial(_quotations, aligned, reference, article)),
    )
