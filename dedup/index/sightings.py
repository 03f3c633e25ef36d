"""What an index answers: how it has seen an article before, and what has changed since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

import numpy as np

from dedup.chronology import lag_seconds
from dedup.records import REPRINTS, Article, Credit, Ledger, Prepared, Span, Verdict, characters
from dedup.report import jsonl
from dedup.results import Comparison

#: What an article is to an index. "exact": the words of an earlier one; "revision": a reprint of an earlier one of its
#: own outlet; "reprint", "partial" and "quote_only": what it shares with an earlier one; "new": none of these.
SeenAs = Literal["new", "exact", "revision", "reprint", "partial", "quote_only"]

_RANK: Final[dict[str, int]] = {**dict.fromkeys(REPRINTS, 0), "partial_reuse": 1, "quote_only": 2}


@dataclass(frozen=True, slots=True)
class Seen:
    """An article that the index holds: its number in the order of adding, and what it says of itself."""

    number: int
    id: str
    outlet: str
    url: str | None
    published: datetime | None
    date_only: bool
    title: str | None
    credit: Credit | None

    @classmethod
    def of(cls, number: int, article: Article, credit: Credit | None) -> Seen:
        """What an article says, and its strongest copy credit."""
        return cls(
            number,
            article.id,
            article.outlet,
            article.url,
            article.published,
            article.date_only,
            article.title,
            credit,
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it: the published date as ISO 8601, a day where only a day is known."""
        credit = asdict(self.credit) if self.credit else None
        named = {"number": self.number, "id": self.id, "outlet": self.outlet, "url": self.url}
        return {**named, "published": jsonl.published(self), "title": self.title, "credit": credit}


@dataclass(frozen=True, slots=True)
class Match:
    """An earlier article that shares copy with the one asked for, and how: ``comparison`` has the earlier one as its
    reference."""

    seen: Seen
    comparison: Comparison

    @property
    def verdict(self) -> Verdict:
        """A kind of reprint, "partial_reuse" or "quote_only"."""
        return self.comparison.verdict

    @property
    def ledger(self) -> Ledger:
        """Every token of both articles, booked once."""
        return self.comparison.ledger

    @property
    def reuse(self) -> float:
        """Share of the new article that the earlier one has (0 to 1)."""
        return self.comparison.reuse

    @property
    def retention(self) -> float:
        """Share of the earlier article that the new one has (0 to 1)."""
        return self.comparison.retention

    @property
    def order(self) -> tuple[int, int, int]:
        """Sorts best first: reprints, partial reuse, quotations; then by tokens shared; then the earliest."""
        shared = self.ledger.kept + self.ledger.moved
        return _RANK[self.verdict], -shared, self.seen.number

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it, with the names that a scan's members have."""
        found = self.comparison
        return {
            **self.seen.to_dict(),
            **jsonl.measured(found),
            "headline": asdict(found.headline),
            "lag_seconds": lag_seconds(found.reference.article, found.article.article),
            "basis": found.judgement.basis,
            "reasons": list(found.judgement.reasons),
        }


@dataclass(frozen=True, slots=True)
class Sighting:
    """How the index has seen an article before.

    ``number`` is the article's own place in the order of adding, None where it is not stored; ``again`` says that
    this very article (outlet, url, title, text) was added before and was not stored twice. ``matches`` holds earlier
    articles that share copy with it, best first, at most 16; ``more`` counts the others. ``unverified`` counts
    candidates that were not compared, because too many share something with it. Of the matches that are reprints or
    partial reuse, ``first_seen`` was added first and ``first_published`` has the earliest date: the two differ where
    feeds come late.
    """

    number: int | None
    status: SeenAs
    again: bool
    article: Prepared = field(repr=False)
    matches: tuple[Match, ...] = field(repr=False)
    more: int
    unverified: int
    first_seen: Seen | None
    first_published: Seen | None

    @property
    def novel(self) -> list[Span]:
        """Stretches of the article's text [start, end) that stand in no match: neither kept, moved nor rewritten."""
        return [(start, end) for start, end in map(self._characters, self._new_runs())]

    @property
    def novel_tokens(self) -> int:
        """Tokens of the body that stand in no match."""
        return sum(after - first for first, after in self._new_runs())

    def _characters(self, run: Span) -> Span:
        start, end = characters(self.article, run) or (0, 0)
        return start, end

    def _new_runs(self) -> Iterator[Span]:
        known = np.zeros(len(self.article.tokens) + 2, bool)
        known[[0, -1]] = True
        for match in self.matches:
            if self.status == "exact" and match.comparison.reference.digest == self.article.digest:
                return
            for passage in match.comparison.passages:
                if passage.article and passage.kind != "added":
                    known[passage.article[0] + 1 : passage.article[1] + 1] = True
        edges = np.flatnonzero(np.diff(known)).tolist()
        yield from zip(edges[::2], edges[1::2], strict=True)

    def to_dict(self) -> dict[str, Any]:
        """As ``dedup index add`` prints it; its fields are stable. Spans are characters of the article's text."""
        article = self.article.article
        credit = self.article.credit
        return {
            "record": "sighting",
            "number": self.number,
            "id": article.id,
            "outlet": article.outlet,
            "status": self.status,
            "again": self.again,
            "credit": asdict(credit) if credit else None,
            "tokens": len(self.article.tokens),
            "novel_tokens": self.novel_tokens,
            "novel": [list(span) for span in self.novel],
            "first_seen": self.first_seen.to_dict() if self.first_seen else None,
            "first_published": self.first_published.to_dict() if self.first_published else None,
            "matches": [match.to_dict() for match in self.matches],
            "more": self.more,
            "unverified": self.unverified,
        }


@dataclass(frozen=True, slots=True)
class Pair:
    """What is recorded of two articles, by their numbers: a verdict, and the one it takes the place of."""

    earlier: int
    later: int
    verdict: Verdict
    confidence: str
    shared: int
    reuse: float
    retention: float
    previous: Verdict | None = None

    @classmethod
    def of(cls, earlier: int, later: int, found: Comparison, previous: Verdict | None = None) -> Pair:
        """What is recorded of a comparison."""
        shared = found.ledger.kept + found.ledger.moved
        return cls(earlier, later, found.verdict, found.confidence, shared, found.reuse, found.retention, previous)


@dataclass(frozen=True, slots=True)
class Change:
    """Something that became known of two articles: a match, or another verdict than ``previous``.

    ``cursor`` counts up; it is what ``changes(since=...)`` goes on from. A pair that turned out to share nothing that
    counts has the verdict "independent".
    """

    cursor: int
    earlier: Seen
    later: Seen
    verdict: Verdict
    previous: Verdict | None
    confidence: str
    shared: int
    reuse: float
    retention: float

    @classmethod
    def of(cls, cursor: int, earlier: Seen, later: Seen, pair: Pair) -> Change:
        """What was recorded of a pair, with what its articles say of themselves."""
        found = (pair.verdict, pair.previous, pair.confidence, pair.shared, pair.reuse, pair.retention)
        return cls(cursor, earlier, later, *found)

    def to_dict(self) -> dict[str, Any]:
        """As ``dedup index changes`` prints it."""
        own = {name: getattr(self, name) for name in ("cursor", "verdict", "previous", "confidence", "shared")}
        shares = {"reuse": round(self.reuse, 4), "retention": round(self.retention, 4)}
        return {
            "record": "change",
            **own,
            **shares,
            "earlier": self.earlier.to_dict(),
            "later": self.later.to_dict(),
        }
