"""The words of the field as types: frozen, slotted, without behaviour beyond what a field implies.

Character offsets are code points into the article's original ``text``; token offsets count body tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

ZoneKind = Literal["headline", "standfirst", "byline", "dateline", "caption", "body", "furniture"]
CreditKind = Literal["full", "shared", "generic", "disclaimer", "mention", "photo"]
PassageKind = Literal["kept", "moved", "rewritten", "cut", "added"]
Verdict = Literal[
    "verbatim_reprint",
    "truncated_reprint",
    "edited_reprint",
    "partial_reuse",
    "quote_only",
    "formula",
    "independent",
]
Confidence = Literal["high", "medium", "low"]
Basis = Literal["corpus", "pair"]
Status = Literal["original", "credited", "consensus", "single"]

REPRINTS: tuple[Verdict, ...] = ("verbatim_reprint", "truncated_reprint", "edited_reprint")
REUSE: tuple[Verdict, ...] = (*REPRINTS, "partial_reuse")

U64 = npt.NDArray[np.uint64]
U32 = npt.NDArray[np.uint32]
Ints = npt.NDArray[np.int64]
Int32s = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int8]
Flags = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Span = tuple[int, int]
_ORIGIN = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Article:
    """One published text. ``published`` is a claim of the page: naive times are taken as they stand;
    ``unread_date`` is what stood in its place and could not be read.

    ``agency`` is structured metadata naming the sender (ninjs, NewsML), ``place`` the file (and line) read,
    ``replaced`` the number of undecodable characters that were read as U+FFFD, ``takes`` the ids of the takes
    that an agency's item was joined from.
    """

    id: str
    text: str
    outlet: str = ""
    title: str | None = None
    url: str | None = None
    published: datetime | None = None
    date_only: bool = False
    unread_date: str | None = None
    agency: str | None = None
    place: str = ""
    replaced: int = 0
    takes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """An input that could not be used: where it is and why."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Zone:
    """A stretch of the original text, what it is, and why it is taken for that."""

    kind: ZoneKind
    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Credit:
    """A printed sign of origin: which agency, what kind, in which zone, the words and their place."""

    agency: str
    kind: CreditKind
    zone: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """The n tokens of a text: match keys, their XXH3_64, start and end in the original text.

    ``packed`` holds the match keys in UTF-8, each with a space behind it, ``bounds`` (n + 1,) where each begins
    there. ``unspaced`` marks the letters of scripts without spaces, which are a token each but hardly a word.
    """

    packed: bytes
    bounds: Int32s
    hashes: U64
    starts: Int32s
    ends: Int32s
    unspaced: Mask

    def __len__(self) -> int:
        return len(self.hashes)

    @property
    def keys(self) -> tuple[str, ...]:
        """All match keys."""
        return tuple(self.packed.decode().split(" ")[:-1])

    def run(self, first: int, after: int) -> bytes:
        """The packed match keys of the tokens from ``first`` up to ``after``: equal for equal runs."""
        return self.packed[self.bounds[first] : self.bounds[after]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article with everything that is computed from it alone.

    ``paragraph`` and ``sentence`` number the paragraph and sentence of each token (n,), ``quoted`` marks tokens
    inside quotation marks (n,), ``units`` those in quote units (n,),
    ``digest`` is equal for articles whose bodies have the same match keys, ``own_agency`` names the agency
    whose own site the outlet is, ``newsroom`` says that it publishes for readers first.
    """

    article: Article
    zones: tuple[Zone, ...]
    credits: tuple[Credit, ...]
    headline: str | None
    tokens: Tokens
    paragraph: Ints
    sentence: Ints
    quoted: Mask
    units: Mask
    signature: U32
    fingerprints: U64
    digest: int
    own_agency: str | None = None
    newsroom: bool = False

    @property
    def credit(self) -> Credit | None:
        """The strongest copy credit printed (full, shared, generic, disclaimer), if any."""
        return next((c for c in self.credits if c.kind not in ("mention", "photo")), None)


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """A maximal common run of match keys: first token in the reference and in the article, and length."""

    reference: int
    article: int
    length: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every token of reference and article, booked exactly once.

    reference_tokens = kept + moved + rewritten_reference + cut;
    article_tokens = kept + moved + rewritten_article + added.
    """

    reference_tokens: int
    article_tokens: int
    kept: int
    moved: int
    rewritten_reference: int
    rewritten_article: int
    cut: int
    added: int


@dataclass(frozen=True, slots=True)
class Passage:
    """An aligned stretch: token spans in reference and article (None where that side has nothing).

    ``witnesses_against``: other outlets with the text around an added passage and not the passage (None: no cluster).
    """

    kind: PassageKind
    reference: Span | None
    article: Span | None
    quote: bool
    witnesses_against: int | None = None


@dataclass(frozen=True, slots=True)
class Headlines:
    """How the article's headline relates to the reference's; never part of the ledger.

    ``kept`` and ``in_reference`` are the shares of the distinct words of the reference's (the article's)
    headline that stand in the other one; ``dice`` is 2 x common subsequence / total words.
    """

    reference: str | None
    article: str | None
    kept: float
    in_reference: float
    dice: float
    added: tuple[str, ...]
    dropped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a pair and what it rests on.

    ``basis`` is "corpus" where commonness was counted in other articles and "pair" where the two texts alone
    had to do. ``evidence`` holds the numbers behind the verdict, in tokens or shares.
    """

    verdict: Verdict
    detail: str | None
    confidence: Confidence
    basis: Basis
    evidence: Mapping[str, float]
    reasons: tuple[str, ...]


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
    headline: Headlines
    resemblance: float
    narrative_reuse: float
    quote_reuse: float
    find_passages: Callable[[], tuple[Passage, ...]] = field(repr=False, compare=False)

    @property
    def passages(self) -> tuple[Passage, ...]:
        """The aligned stretches in the order of the article, cut ones where they stood; found when asked for."""
        return self.find_passages()

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
                {
                    "kind": passage.kind,
                    "reference": characters(self.reference, passage.reference),
                    "article": characters(self.article, passage.article),
                    "quote": passage.quote,
                    "witnesses_against": passage.witnesses_against,
                }
                for passage in self.passages
            ],
            "headline": asdict(self.headline),
            "credit": asdict(credit) if credit else None,
            "basis": self.judgement.basis,
            "evidence": {name: round(value, 4) for name, value in self.judgement.evidence.items()},
            "reasons": list(self.judgement.reasons),
            "zones": {
                "reference": [asdict(zone) for zone in self.reference.zones],
                "article": [asdict(zone) for zone in self.article.zones],
            },
        }


def published_order(prepared: Prepared) -> tuple[bool, float, str, str]:
    """Sorts earliest first, undated last, then by outlet and id: never by the order of input."""
    article = prepared.article
    when = instant(article.published) if article.published else None
    return when is None, (when - _ORIGIN).total_seconds() if when else 0.0, article.outlet, article.id


def instant(when: datetime) -> datetime:
    """A time with a zone: those without one are taken as UTC where they meet times with one."""
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def identity(prepared: Prepared) -> dict[str, str]:
    """How an article is named in every record: its id and outlet."""
    return {"id": prepared.article.id, "outlet": prepared.article.outlet}


def characters(prepared: Prepared, tokens: Span | None) -> list[int] | None:
    """A span of tokens as [start, end) characters of the original text."""
    if tokens is None:
        return None
    first, after = tokens
    return [int(prepared.tokens.starts[first]), int(prepared.tokens.ends[after - 1])]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


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
