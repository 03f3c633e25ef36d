"""Tiles -> verdict and confidence: is what two articles share informative, and is it narrative or quotation?

The rule is that of a careful reader: names, honorifics and standing phrases shared by independent articles do
not count, quotations are accounted apart. Which words of a tile are informative comes from the corpus
(background.py: not common there) or, for a lone pair, from the two texts alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from dedup.config import Rules
from dedup.records import Basis, Confidence, Judgement, Ledger, Mask, Prepared, Tile, Verdict

_LETTERS: Final = 5  # letters that an informative word of a lone pair has at least
_CASED: Final = (0.02, 0.28)  # share of capitalised words in languages that capitalise names only
# Informative words that make a tile of a lone pair evidence, by how its language uses capitals.
_NEED_CASED, _NEED_NOUNS, _NEED_UNCASED = 3, 5, 8
_LISTED: Final = 0.6  # share of capitalised words in a sentence that is a list of names
# Share of informative words in such a tile, unless it has so many of them.
_LONE_SHARE, _LONE_ENOUGH = 0.3, 12
_TEMPLATE_COVER: Final = 0.9  # a lone pair days apart and less alike than this may be two forms of a template
_SOLID_RUN: Final = 30  # tokens of a run that no template, name list or quotation of a lone pair explains
_CORROBORATED: Final = (15, 6, 0.8)  # quoted tokens, and tokens and share of the narrative tile they support
_QUOTE_RARE: Final = 3


Kind = Literal["reprint", "partial", "quote_only", "formula", "independent"]


@dataclass(frozen=True, slots=True)
class TileSize:
    """A tile in numbers: its words outside and inside quote units, and how many of them are informative."""

    narrative: int
    quoted: int
    rare_narrative: int
    rare_quoted: int

    @property
    def length(self) -> int:
        """Words of the tile."""
        return self.narrative + self.quoted


@dataclass(frozen=True, slots=True)
class Measure:
    """What the verdict on a pair is made from.

    ``covers`` are the shares of reference and article that the counted tiles and islets cover, ``days_apart``
    is None where a date is missing, ``needed`` the informative words that make a tile evidence in a lone pair,
    ``same_credit`` tells that both print a copy credit of one agency.
    """

    tiles: tuple[TileSize, ...]
    covers: tuple[float, float]
    shorter: int
    identical: bool
    basis: Basis
    needed: int = 0
    days_apart: int | None = None
    same_credit: bool = False


def tile_sizes(
    found: Sequence[Tile], units_r: Mask, units_d: Mask, informative: Sequence[Mask], unspaced: Mask
) -> tuple[TileSize, ...]:
    """The numbers of each tile; a token counts as quoted if either text quotes it.

    ``unspaced`` marks the reference's letters of scripts without spaces: two of them count as a word.
    """
    out = []
    for tile, rare in zip(found, informative, strict=True):
        words = 1.0 - unspaced[tile.reference : tile.reference + tile.length] / 2
        unit = units_r[tile.reference : tile.reference + tile.length].copy()
        unit |= units_d[tile.article : tile.article + tile.length]
        parts = (~unit, unit, rare & ~unit, rare & unit)
        out.append(TileSize(*(int(words[part].sum()) for part in parts)))
    return tuple(out)


def informative_words(article: Prepared, sentence_start: Mask) -> tuple[Mask, int]:
    """For a lone pair: (n,) mask of informative tokens, and how many of them make a tile evidence.

    A word of five letters or more without digits; where the text capitalises names, not a capitalised one
    unless it starts a sentence.
    """
    text = article.article.text
    tokens = article.tokens
    first = [text[start] for start in tokens.starts.tolist()]
    capital = np.array([ch.isupper() for ch in first], bool)
    cased = np.array([ch.lower() != ch.upper() for ch in first], bool)
    long = np.array([len(key) >= _LETTERS and not any(map(str.isdigit, key)) for key in tokens.keys], bool)
    inner = ~sentence_start
    if not len(tokens) or cased.mean() < 0.5:
        return long | tokens.unspaced, _NEED_UNCASED
    share = float((capital & inner).sum() / max(1, inner.sum()))
    if _CASED[0] <= share <= _CASED[1]:
        return long & (~capital | sentence_start), _NEED_CASED
    listed = np.bincount(article.sentence, weights=capital) > _LISTED * np.bincount(article.sentence)
    return long & ~(capital & listed[article.sentence]), _NEED_NOUNS


def counts_in_ledger(size: TileSize, basis: Basis, needed: int, rules: Rules) -> bool:
    """Whether a tile is informative enough, quoted or not, to be booked as shared text."""
    rare = size.rare_narrative + size.rare_quoted
    if _is_quotation(size, rules):
        return True
    if basis == "pair":
        return _informative_enough(rare, size.length, needed)
    return rare >= 4 and rare >= rules.evidence_share * size.length


def _informative_enough(rare: int, length: int, needed: int) -> bool:
    """The rule for a lone pair: enough informative words, and not lost among names and small words."""
    return rare >= needed and (rare >= _LONE_SHARE * length or rare >= _LONE_ENOUGH)


def kind_of(measure: Measure, rules: Rules) -> Kind:
    """The kind of reuse alone."""
    return _decide(measure, rules)[0]


def _is_quotation(size: TileSize, rules: Rules) -> bool:
    """Whether a tile is mostly quotation and says something."""
    return size.quoted >= rules.quote_tokens and 2 * size.quoted >= size.length and size.rare_quoted >= _QUOTE_RARE


def judge(measure: Measure, ledger: Ledger, rules: Rules) -> Judgement:
    """The verdict on a pair, its confidence, and the numbers and reasons behind it."""
    kind, reasons = _decide(measure, rules)
    verdict, detail = _named(kind, ledger)
    numbers = _evidence(measure, rules)
    return Judgement(
        verdict=verdict,
        detail=detail,
        confidence=_confidence(kind, measure, rules),
        basis=measure.basis,
        evidence={
            "narrative_tokens": numbers.narrative,
            "evidence_tokens": numbers.evidence,
            "evidence_tiles": numbers.tiles,
            "quoted_tokens": numbers.quoted,
            "longest_run": max((size.length for size in measure.tiles), default=0),
            "covered_reference": measure.covers[0],
            "covered_article": measure.covers[1],
        },
        reasons=tuple(reasons),
    )


@dataclass(frozen=True, slots=True)
class _Evidence:
    narrative: int  # informative narrative tokens in tiles that have some
    evidence: int  # the same in tiles that are evidence by themselves
    tiles: int  # how many those are
    quoted: int  # quoted tokens in tiles that are mostly quotation
    corroborated: bool  # a short informative tile, supported by quotations


def _evidence(measure: Measure, rules: Rules) -> _Evidence:
    sizes = measure.tiles
    if measure.basis == "pair":
        strong = [s for s in sizes if _informative_enough(s.rare_narrative, s.narrative, measure.needed)]
        narrative = evidence = sum(s.narrative for s in strong)
    else:
        strong = [
            s
            for s in sizes
            if s.rare_narrative >= rules.evidence_tokens and s.rare_narrative >= rules.evidence_share * s.narrative
        ]
        narrative = sum(s.rare_narrative for s in sizes if s.rare_narrative >= 4)
        evidence = sum(s.rare_narrative for s in strong)
    quoted = sum(s.quoted for s in sizes if _is_quotation(s, rules))
    least_quoted, least, share = _CORROBORATED
    corroborated = quoted >= least_quoted and any(
        s.rare_narrative >= least and s.rare_narrative >= share * s.narrative for s in sizes
    )
    return _Evidence(narrative, evidence, len(strong), quoted, corroborated)


def _decide(measure: Measure, rules: Rules) -> tuple[Kind, list[str]]:
    """The kind of reuse, first that fits, with the reasons in words."""
    found = _evidence(measure, rules)
    high, low = max(measure.covers), min(measure.covers)
    shared = sum(size.length for size in measure.tiles)
    if measure.identical and measure.basis == "pair":
        return "reprint", ["the bodies are the same word for word"]
    if _may_be_template(measure):
        return "formula", [f"dated {measure.days_apart} days apart and alike like two forms of one template"]
    if found.narrative >= rules.reprint_tokens and (high >= rules.cover_one or low >= rules.cover_both):
        cover = f"covering {high:.0%} of one text and {low:.0%} of the other"
        return "reprint", [f"{found.narrative} narrative words shared in informative runs, {cover}"]
    if found.evidence > 0:
        return "partial", [
            f"{found.evidence} narrative words shared in {found.tiles} informative run{'s' * (found.tiles > 1)}"
        ]
    if found.corroborated:
        return "partial", [f"a short narrative run, supported by {found.quoted} quoted words"]
    if found.quoted >= rules.quote_tokens:
        return "quote_only", [f"{found.quoted} words shared in quotations, no informative narrative run"]
    if shared >= rules.formula_tokens or shared >= rules.formula_share * max(1, measure.shorter):
        return "formula", [f"{shared} words shared in runs of names and standing phrases"]
    return "independent", ["no informative run shared"]


def _may_be_template(measure: Measure) -> bool:
    """Whether a lone pair, days apart, is alike as two bulletins are: much shared, but no long run unchanged."""
    return (
        measure.basis == "pair"
        and measure.days_apart is not None
        and measure.days_apart >= 3
        and max(measure.covers) < _TEMPLATE_COVER
        and min(measure.covers) >= 0.4
        and not measure.same_credit
        and not any(_is_solid(size) for size in measure.tiles)
    )


def _named(kind: Kind, ledger: Ledger) -> tuple[Verdict, str | None]:
    """Which kind of reprint, from the shares of both sides that are kept or moved."""
    if kind == "partial":
        return "partial_reuse", None
    if kind != "reprint":
        return kind, None
    shared = ledger.kept + ledger.moved
    reuse, retention = shared / max(1, ledger.article_tokens), shared / max(1, ledger.reference_tokens)
    if reuse >= 0.95:
        return ("verbatim_reprint" if retention >= 0.95 else "truncated_reprint"), None
    if retention >= 0.8 > reuse:
        return "edited_reprint", "expanded"
    if reuse >= 0.8 > retention:
        return "edited_reprint", "condensed"
    return "edited_reprint", None


def _confidence(kind: Kind, measure: Measure, rules: Rules) -> Confidence:
    """How stable the kind is when minimum run, evidence and coverage limits are varied."""
    found = _evidence(measure, rules)
    kinds = [_decide(*variant)[0] for variant in _variants(measure, rules)]
    reuse = ("reprint", "partial")
    flips = sum((other in reuse) != (kind in reuse) for other in kinds)
    solid = any(_is_solid(size) for size in measure.tiles)
    if flips or (kind == "partial" and found.tiles <= 1 and not solid) or _may_be_template(measure):
        return "low"
    if measure.basis == "pair" and kind in reuse and not (solid or measure.identical):
        return "low" if kind == "partial" else "medium"  # a template cannot be told from a reprint by two texts
    changes = sum(_class(other) != _class(kind) for other in kinds)
    return "high" if not changes else "medium" if changes <= 2 else "low"


def _is_solid(size: TileSize) -> bool:
    """Whether a run is so long, with so many informative words, that no template or name list explains it."""
    return size.narrative >= _SOLID_RUN and size.rare_narrative >= _LONE_ENOUGH


def _class(kind: Kind) -> str:
    return "none" if kind in ("formula", "independent") else kind


def _variants(measure: Measure, rules: Rules) -> Iterable[tuple[Measure, Rules]]:
    for run in (6, 8):
        yield replace(measure, tiles=tuple(s for s in measure.tiles if s.length >= run)), rules
    if measure.basis == "pair":
        for step in (-1, 1):
            yield replace(measure, needed=measure.needed + step), rules
    else:
        for tokens in (max(1, rules.evidence_tokens - 1), rules.evidence_tokens + 1):
            yield measure, replace(rules, evidence_tokens=tokens)
    for share in (-0.05, 0.05):
        yield measure, replace(rules, cover_one=min(1.0, rules.cover_one + share))
        yield measure, replace(rules, cover_both=max(0.0, rules.cover_both + share))
