"""The words of the field as types: frozen, slotted, without behaviour beyond what a field implies.

Character offsets are code points into the article's original ``text``; token offsets count body tokens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from dedup.chronology import instant

ZoneKind = Literal["headline", "standfirst", "byline", "dateline", "caption", "body", "furniture"]
CreditKind = Literal["full", "shared", "generic", "disclaimer", "mention", "photo"]
PassageKind = Literal["kept", "moved", "rewritten", "cut", "added"]
QuotationStatus = Literal["same", "trimmed", "extended", "altered", "new", "unmarked"]
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


@dataclass(frozen=True, slots=True)
class Article:
    """One published text. ``published`` is a claim of the page: naive times are taken as they stand;
    ``unread_date`` is what stood in its place and could not be read, ``impossible_date`` one that was read and
    cannot be, with the reason.

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
    impossible_date: str | None = None
    agency: str | None = None
    place: str = ""
    replaced: int = 0
    takes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """An input that could not be used: where it is and why."""

    place: str
    reason: str


class Zone(NamedTuple):  # there are dozens in an article, and a frozen dataclass takes twice the time to make
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
        return strongest(self.credits)


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
class Quotation:
    """A quotation of the article (or one that it prints without marks) and the reference's, as token spans.

    "same" has the same match keys, "trimmed" nothing but part of the reference's, "extended" all of it and more,
    "altered" 80 % of the words in order (or all but one) and others between: ``differs`` says where; "unmarked" is
    without marks on one side, "new" without a partner.
    """

    status: QuotationStatus
    reference: Span | None
    article: Span
    differs: tuple[tuple[Span, Span], ...] = ()


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


def strongest(credits: Sequence[Credit]) -> Credit | None:
    """The strongest copy credit of an article's credits (full, shared, generic, disclaimer), if any."""
    return next((credit for credit in credits if credit.kind not in ("mention", "photo")), None)


def published_order(prepared: Prepared) -> tuple[bool, float, str, str]:
    """Sorts earliest first, undated last, then by outlet and id: never by the order of input."""
    article = prepared.article
    when = instant(article.published) if article.published else None
    return when is None, when.timestamp() if when else 0.0, article.outlet, article.id


def identity(prepared: Prepared) -> dict[str, str]:
    """How an article is named in every record: its id and outlet."""
    return {"id": prepared.article.id, "outlet": prepared.article.outlet}


def characters(prepared: Prepared, tokens: Span | None) -> list[int] | None:
    """A span of tokens as [start, end) characters of the original text."""
    if tokens is None:
        return None
    first, after = tokens
    return [int(prepared.tokens.starts[first]), int(prepared.tokens.ends[after - 1])]
