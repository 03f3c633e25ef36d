"""The stages of one article and of one pair joined: prepare(article) and compare(reference, article)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

import numpy as np

from dedup import align, clean, credit, headline, judge, sketch, speech, takes, tokens
from dedup.background import Background, day_of
from dedup.config import Config
from dedup.errors import Malformed, TooLarge, UsageError
from dedup.kernels import UNDATED, Books, Runs, Texts, resemblance
from dedup.limits import MAX_ARTICLE_BYTES
from dedup.records import (
    Article,
    Basis,
    Comparison,
    Ints,
    Judgement,
    Ledger,
    Mask,
    Passage,
    Prepared,
    Tile,
    Tokens,
    Zone,
)

_DEFAULT = Config()
_NO_BODY = "no body text was found in it"


def prepare(
    article: Article,
    config: Config | None = None,
    agencies: str | None = None,
    repeated: Collection[bytes] = (),
) -> Prepared:
    """Clean, credit, tokenise and sketch one article: everything that is computed from it alone.

    ``agencies`` is the path of a file that extends the known agencies, ``repeated`` holds the line keys of
    lines that are the outlet's furniture. Raises TooLarge over 16 MiB of text, Malformed for an article
    without a word.
    """
    _check(article)
    if len(article.text) > MAX_ARTICLE_BYTES or len(article.text.encode("utf-8", "replace")) > MAX_ARTICLE_BYTES:
        raise TooLarge(f"the text has over {MAX_ARTICLE_BYTES:,} bytes", article.place)
    settings = config or _DEFAULT
    credits = credit.reader(agencies)
    everything = tokens.tokens(article.text)
    page = credits.page(article, everything)
    zones = clean.zones(article, everything, page, repeated)
    own = credits.own_agency(article.outlet)
    if own and not own.newsroom:
        zones = takes.marked(zones, article, everything, own)
    body = [(zone.start, zone.end) for zone in zones if zone.kind == "body"]
    found = tokens.within(everything, body)
    if not len(found):
        raise Malformed(_NO_BODY if article.text.strip() else "the text is empty", article.place)
    printed = next((article.text[z.start : z.end].strip() for z in zones if z.kind == "headline"), None)
    named = (article.title or printed or "").strip() or None
    prepared = _with_body(article, zones, found, named, settings)
    return replace(
        prepared,
        credits=credits.credits(page, zones, found),
        own_agency=own.id if own else None,
        newsroom=own.newsroom if own else False,
    )


def prepare_text(article: Article, headline: str | None, reason: str, config: Config | None = None) -> Prepared:
    """Prepare a text that is nothing but body, a paragraph a line: no cleaning, no credits.

    ``reason`` says what the text is. Raises Malformed for a text without a word.
    """
    zones = tuple(Zone("body", *line.span(), reason) for line in re.finditer(r"[^\n]+", article.text))
    found = tokens.tokens(article.text)
    if not len(found):
        raise Malformed("the text is empty", article.place)
    return _with_body(article, zones, found, headline, config or _DEFAULT)


def _with_body(
    article: Article, zones: tuple[Zone, ...], found: Tokens, headline: str | None, config: Config
) -> Prepared:
    """An article with what follows from its body alone."""
    spans = np.array([(zone.start, zone.end) for zone in zones if zone.kind == "body"], np.int64)
    sentence, quoted = speech.sentences(article.text, spans, found), speech.quoted(article.text, spans, found)
    sketched = sketch.sketch(found.hashes, config)
    return Prepared(
        article=article,
        zones=zones,
        credits=(),
        headline=headline,
        tokens=found,
        paragraph=spans[:, 0].searchsorted(found.starts, "right") - 1,
        sentence=sentence,
        quoted=quoted,
        units=speech.quote_units(sentence, quoted),
        signature=sketched.signature,
        fingerprints=sketched.fingerprints,
        digest=sketched.digest,
    )


def _check(article: Article) -> None:
    """Raise UsageError for what is no Article, Malformed for one with fields of other types than it declares."""
    if not isinstance(article, Article):
        raise UsageError(f"an Article is expected, not {type(article).__name__}")
    for name in ("id", "text", "outlet", "title", "url", "agency"):
        value = getattr(article, name)
        optional = name in ("title", "url", "agency")
        if not isinstance(value, str) and not (optional and value is None):
            raise Malformed(f"Article.{name} is {type(value).__name__}; a str is expected", str(article.id))
    if not isinstance(article.published, datetime | None):
        raise Malformed(f"Article.published is {article.published!r}; a datetime or None is expected", str(article.id))


def compare(
    reference: Prepared, article: Prepared, background: Background | None = None, config: Config | None = None
) -> Comparison:
    """Align an article with a reference, book every token, and judge what they share.

    Without a ``background``, or with one of too little text, the two texts alone have to do
    (``judgement.basis`` is "pair"), and templates cannot be told from reprints with certainty.
    """
    comparer = Comparer([reference, article], background, config or _DEFAULT)
    return comparer.comparisons(np.array([[0, 1]]))[0]


class Comparer:
    """Compares pairs of articles, many at a time: pairs are (m, 2) int64 positions, the reference first."""

    def __init__(
        self, articles: Sequence[Prepared], background: Background | None, config: Config, threads: int = 1
    ) -> None:
        self._articles = articles
        self._config = config
        self._threads = threads
        self._background = background if background is not None and background.suffices else None
        self._texts = Texts([a.tokens for a in articles], [a.sentence for a in articles], [a.units for a in articles])
        self._sizes = np.array([len(article.tokens) for article in articles], np.int64)
        self._digests = np.array([article.digest for article in articles], np.uint64)
        self._days = np.array([day_of(article) for article in articles], np.int64)
        self._words: dict[int, tuple[Mask, int]] = {}

    def tiles(self, pairs: Ints) -> Runs:
        """The common runs of each pair."""
        return self._texts.tiles(pairs, self._config.minimum_tile, self._threads)

    def kinds(self, pairs: Ints) -> tuple[Ints, Ints]:
        """(m,) kinds of reuse, as positions in judge.KINDS, and (m,) tokens kept or moved."""
        measured = self._measured(pairs)
        return judge.kinds(measured.measures, self._config.rules), measured.books.counts[:, :2].sum(1)

    def comparisons(self, pairs: Ints) -> list[Comparison]:
        """Each pair in full."""
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
        informative, basis, needed = self._informative(pairs, runs)
        nothing = np.zeros((len(pairs), 2))
        measures = judge.Measures(
            sizes=self._texts.sizes(pairs, runs, informative, self._threads),
            offsets=runs.offsets,
            covers=nothing,
            shorter=self._sizes[pairs].min(1),
            identical=self._identical(pairs),
            basis=basis,
            needed=needed,
            days_apart=self._days_apart(pairs),
            same_credit=self._same_credit(pairs) if basis == "pair" else np.zeros(len(pairs), bool),
        )
        counted = self._texts.leaning(pairs, runs, judge.counts_in_ledger(measures, self._config.rules))
        asked = informative if basis == "corpus" else np.ones(len(informative), bool)
        books = self._texts.ledgers(pairs, runs, counted, asked, self._threads)
        return _Measured(replace(measures, covers=books.covers), runs, counted, books)

    def _informative(self, pairs: Ints, runs: Runs) -> tuple[Mask, Basis, Ints]:
        """Which tokens of each tile are informative, how that is known, and how many a tile of a lone pair needs."""
        if self._background is not None:
            common = self._background.common(self._articles, pairs, runs, self._threads)
            return ~common, "corpus", np.zeros(len(pairs), np.int64)
        used, places = np.unique(pairs, return_inverse=True)
        known = [self._informative_words(at) for at in used.tolist()]
        masks: list[Mask] = [np.zeros(size, bool) for size in self._sizes.tolist()]
        for at, (mask, _) in zip(used.tolist(), known, strict=True):
            masks[at] = mask
        needed = np.array([words for _, words in known], np.int64)[places].reshape(-1, 2).max(1, initial=0)
        return self._texts.in_both(pairs, runs, masks, self._threads), "pair", needed

    def _informative_words(self, at: int) -> tuple[Mask, int]:
        if at not in self._words:
            article = self._articles[at]
            self._words[at] = judge.informative_words(article, np.diff(article.sentence, prepend=-1) != 0)
        return self._words[at]

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

    def _same_credit(self, pairs: Ints) -> Mask:
        credited = {at: _credited(self._articles[at]) for at in np.unique(pairs).tolist()}
        return np.array([bool(credited[a] & credited[b]) for a, b in pairs.tolist()], bool)


@dataclass(frozen=True, slots=True)
class _Measured:
    """What pairs are judged by, their tiles, which of these count (k,), and the ledgers."""

    measures: judge.Measures
    runs: Runs
    counted: Mask
    books: Books


def _credited(article: Prepared) -> set[str]:
    """The agencies whose copy the article says it is."""
    return {credit.agency for credit in article.credits if credit.kind in ("full", "shared") and credit.agency}


@dataclass(slots=True)
class _Passages:
    """The passages of a comparison, found when they are asked for the first time."""

    reference: Prepared
    article: Prepared
    counted: tuple[Tile, ...]
    found: tuple[Passage, ...] | None = None

    def __call__(self) -> tuple[Passage, ...]:
        if self.found is None:
            one, two = self.reference, self.article
            alignment = align.align(one.tokens, two.tokens, self.counted, one.sentence, two.sentence)
            self.found = align.passages(alignment, one.units, two.units, one.paragraph, two.paragraph)
        return self.found


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
    return Comparison(
        reference=reference,
        article=article,
        judgement=judgement,
        ledger=ledger,
        headline=headline.headlines(reference.headline, article.headline),
        resemblance=resemblance(reference.tokens.hashes, article.tokens.hashes),
        narrative_reuse=(shared - shared_quoted) / max(1, len(article.tokens) - quoted),
        quote_reuse=shared_quoted / max(1, quoted),
        find_passages=_Passages(reference, article, counted),
    )
