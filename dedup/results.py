"""What comparing gives, as types: a comparison of two articles, the reference copy of a cluster, the cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Generic, TypeVar

from dedup import chronology
from dedup.chronology import Direction, lag_seconds
from dedup.records import (
    Article,
    Confidence,
    Headlines,
    Ints,
    Judgement,
    Ledger,
    Passage,
    Prepared,
    Quotation,
    Status,
    Verdict,
    characters,
    identity,
)

_T = TypeVar("_T")


@dataclass(slots=True)
class Once(Generic[_T]):
    """What ``find`` gives, found when it is asked for the first time."""

    find: Callable[[], _T]
    found: _T | None = None

    def __call__(self) -> _T:
        """What was found."""
        if self.found is None:
            self.found = self.find()
        return self.found


@dataclass(frozen=True, slots=True)
class Comparison:
    """What an article kept, moved, rewrote, cut and added against a reference, and the verdict on it.

    ``reuse`` is the share of the article's tokens that are kept or moved, ``retention`` the same share of the
    reference's; ``narrative_reuse`` and ``quote_reuse`` are the reuse outside and inside quote units.
    """

    reference: Prepared
    article: Prepared
    judgement: Judgement
    ledger: Ledger
    narrative_reuse: float
    quote_reuse: float
    find_resemblance: Callable[[], float] = field(repr=False, compare=False)
    find_headline: Callable[[], Headlines] = field(repr=False, compare=False)
    find_passages: Callable[[], tuple[Passage, ...]] = field(repr=False, compare=False)
    find_quotations: Callable[[], tuple[Quotation, ...]] = field(repr=False, compare=False)

    @property
    def resemblance(self) -> float:
        """Exact |A∩B| / |A∪B| over the distinct 5-token shingles of both bodies (0 to 1); found when asked for."""
        return self.find_resemblance()

    @property
    def headline(self) -> Headlines:
        """How the article's headline relates to the reference's; found when asked for."""
        return self.find_headline()

    @property
    def passages(self) -> tuple[Passage, ...]:
        """The aligned stretches in the order of the article, cut ones where they stood; found when asked for."""
        return self.find_passages()

    @property
    def quotations(self) -> tuple[Quotation, ...]:
        """The article's quotations, and the reference's that it prints without marks; found when asked for."""
        return self.find_quotations()

    @property
    def verdict(self) -> Verdict:
        """One of the seven verdicts."""
        return self.judgement.verdict

    @property
    def detail(self) -> str | None:
        """ "expanded" or "condensed" for an edited reprint, else None."""
        return self.judgement.detail

    @property
    def confidence(self) -> Confidence:
        """How stable the verdict is when the rule's limits are varied."""
        return self.judgement.confidence

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the verdict is what it is, in words."""
        return self.judgement.reasons

    @property
    def reuse(self) -> float:
        """Share of the article's tokens that the reference has too (0 to 1)."""
        return _share(self.ledger.kept + self.ledger.moved, self.ledger.article_tokens)

    @property
    def retention(self) -> float:
        """Share of the reference's tokens that the article has too (0 to 1)."""
        return _share(self.ledger.kept + self.ledger.moved, self.ledger.reference_tokens)

    def to_dict(self) -> dict[str, Any]:
        """The comparison as the JSON object of ``dedup compare --format json``; its fields are stable.

        Spans are character offsets into each article's original text.
        """
        credit = self.article.credit
        return {
            "reference": identity(self.reference),
            "article": identity(self.article),
            "verdict": self.verdict,
            "detail": self.detail,
            "confidence": self.confidence,
            "ledger": asdict(self.ledger),
            "reuse": round(self.reuse, 4),
            "retention": round(self.retention, 4),
            "narrative_reuse": round(self.narrative_reuse, 4),
            "quote_reuse": round(self.quote_reuse, 4),
            "resemblance": round(self.resemblance, 4),
            "passages": [
                {"kind": p.kind, **self._places(p), "quote": p.quote, "witnesses_against": p.witnesses_against}
                for p in self.passages
            ],
            "quotations": [{"status": q.status, **self._places(q)} for q in self.quotations],
            "headline": asdict(self.headline),
            "credit": asdict(credit) if credit else None,
            "lag_seconds": lag_seconds(self.reference.article, self.article.article),
            "basis": self.judgement.basis,
            "evidence": {name: round(value, 4) for name, value in self.judgement.evidence.items()},
            "reasons": list(self.judgement.reasons),
            "zones": {
                "reference": [zone._asdict() for zone in self.reference.zones],
                "article": [zone._asdict() for zone in self.article.zones],
            },
        }

    def _places(self, found: Passage | Quotation) -> dict[str, list[int] | None]:
        sides = {"reference": (self.reference, found.reference), "article": (self.article, found.article)}
        return {name: characters(*side) for name, side in sides.items()}


@dataclass(frozen=True, slots=True)
class Reference:
    """What a cluster is held against, why it was chosen, and how far it can be trusted (``status``).

    ``support`` (n,) counts the outlets that have a token; a rebuilt copy's ``representative`` was printed like it.
    """

    prepared: Prepared
    status: Status
    reason: str
    support: Ints
    representative: Prepared | None = None

    @property
    def printed(self) -> Prepared:
        """The reference copy itself, or the printed article that represents a rebuilt one."""
        return self.representative or self.prepared


@dataclass(frozen=True, slots=True)
class Cluster:
    """Articles joined to one reference copy, each by a match of its own.

    ``members`` holds the reference's own entry first; ``quote_only`` shares quotations alone, ``revisions``
    are other versions of a member by the member's own outlet, ``versions`` those of the agency's own item: a
    member may be held against one of these, with which it shares more than with the reference.
    """

    id: str
    reference: Reference
    members: tuple[Comparison, ...]
    quote_only: tuple[Comparison, ...] = ()
    revisions: tuple[Comparison, ...] = ()
    versions: tuple[Comparison, ...] = ()

    @property
    def agency(self) -> str | None:
        """The agency that sent the reference copy, else the one credited by most members, else None."""
        if self.reference.status == "original":
            return self.reference.prepared.own_agency
        own = self.reference.printed.credit
        if own and own.agency and own.kind in ("full", "shared", "disclaimer"):
            return own.agency
        named = [c.article.credit.agency for c in self.members if c.article.credit and c.article.credit.agency]
        return min(named, key=lambda agency: (-named.count(agency), agency)) if named else None

    @property
    def first(self) -> Article | None:
        """The member published first by its date (of several the reference copy, else by outlet and id).

        None where fewer than two have a date: then nobody can be said to be the first.
        """
        if self.direction == "undated":
            return None
        own = self.reference.prepared.article
        early = chronology.earliest([member.article.article for member in self.members])
        return own if own in early else min(early, key=lambda article: (article.outlet, article.id), default=None)

    @property
    def direction(self) -> Direction:
        """Whether the dates tell who was first: "known", "unclear" or "undated" (fewer than two have one)."""
        sides = (self.members, self.revisions)
        return chronology.direction(*([entry.article.article for entry in side] for side in sides))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
