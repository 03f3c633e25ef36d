"""Tiles -> verdict and confidence: is what two articles share informative, and is it narrative or quotation?

The rule is that of a careful reader: names, honorifics and standing phrases shared by independent articles do
not count, quotations are accounted apart. Which words of a tile are informative comes from the corpus
(background.py: not common there) or, for a lone pair, from the two texts alone. Pairs are judged many at a time,
in columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from dedup.config import Rules
from dedup.records import Basis, Confidence, Floats, Ints, Judgement, Ledger, Mask, Prepared, Verdict

_LETTERS: Final = 5  # letters that an informative word of a lone pair has at least
_CASED: Final = (0.02, 0.28)  # share of capitalised words in languages that capitalise names only
# Informative words that make a tile of a lone pair evidence, by how its language uses capitals.
_NEED_CASED, _NEED_NOUNS, _NEED_UNCASED = 3, 5, 8
_LISTED: Final = 0.6  # share of capitalised words in a sentence that is a list of names
# Share of informative words in such a tile, unless it has so many of them.
_LONE_SHARE, _LONE_ENOUGH = 0.3, 12
_FEW: Final = 4  # informative words under which a tile says nothing
_TEMPLATE_COVER: Final = 0.9  # a lone pair days apart and less alike than this may be two forms of a template
_TEMPLATE_DAYS: Final = 3
_SOLID_RUN: Final = 30  # tokens of a run that no template, name list or quotation of a lone pair explains
_CORROBORATED: Final = (15, 6, 0.8)  # quoted tokens, and tokens and share of the narrative tile they support
_QUOTE_RARE: Final = 3


Kind = Literal["reprint", "partial", "quote_only", "formula", "independent"]
KINDS: Final[tuple[Kind, ...]] = ("reprint", "partial", "quote_only", "formula", "independent")
REPRINT, PARTIAL, QUOTE_ONLY, FORMULA, INDEPENDENT = range(5)


@dataclass(frozen=True, slots=True)
class Measures:
    """What the verdicts on m pairs are made from.

    ``sizes`` (k, 4) are the words of all tiles outside and inside quote units, and how many of either are
    informative; those of pair p are rows offsets[p] to offsets[p + 1]. ``covers`` (m, 2) are the shares of
    reference and article that the counted tiles and islets cover, ``shorter`` the tokens of the shorter text,
    ``needed`` the informative words that make a tile evidence in a lone pair, ``days_apart`` is -1 where a date
    is missing, ``same_credit`` tells that both print a copy credit of one agency.
    """

    sizes: Ints
    offsets: Ints
    covers: Floats
    shorter: Ints
    identical: Mask
    basis: Basis
    needed: Ints
    days_apart: Ints
    same_credit: Mask

    def of_pairs(self, values: Ints | Mask) -> Ints:
        """(m,) sums of a (k,) column of the tiles."""
        sums = np.concatenate(([0], np.cumsum(values)))
        found: Ints = sums[self.offsets[1:]] - sums[self.offsets[:-1]]
        return found

    def of_tiles(self, values: Ints) -> Ints:
        """(k,) a (m,) column of the pairs, for each of their tiles."""
        return np.repeat(values, np.diff(self.offsets))


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


def counts_in_ledger(measures: Measures, rules: Rules) -> Mask:
    """(k,) whether each tile is informative enough, quoted or not, to be booked as shared text."""
    narrative, quoted, rare_narrative, rare_quoted = measures.sizes.T
    rare, length = rare_narrative + rare_quoted, narrative + quoted
    if measures.basis == "pair":
        enough = _informative_enough(rare, length, measures.of_tiles(measures.needed))
    else:
        enough = (rare >= _FEW) & (rare >= rules.evidence_share * length)
    return enough | _is_quotation(measures, rules)


def _informative_enough(rare: Ints, length: Ints, needed: Ints) -> Mask:
    """The rule for a lone pair: enough informative words, and not lost among names and small words."""
    enough: Mask = (rare >= needed) & ((rare >= _LONE_SHARE * length) | (rare >= _LONE_ENOUGH))
    return enough


def _is_quotation(measures: Measures, rules: Rules) -> Mask:
    """(k,) whether a tile is mostly quotation and says something."""
    narrative, quoted, _, rare_quoted = measures.sizes.T
    found: Mask = (quoted >= rules.quote_tokens) & (2 * quoted >= narrative + quoted) & (rare_quoted >= _QUOTE_RARE)
    return found


def kinds(measures: Measures, rules: Rules) -> Ints:
    """(m,) the kinds of reuse, as positions in KINDS."""
    return _decide(measures, rules)[0]


def judge(measures: Measures, ledgers: Sequence[Ledger], rules: Rules) -> list[Judgement]:
    """The verdicts on m pairs, their confidence, and the numbers and reasons behind them."""
    kind, reason, found = _decide(measures, rules)
    confidence = _confidence(kind, found, measures, rules)
    longest = np.zeros(len(ledgers), np.int64)
    np.maximum.at(longest, measures.of_tiles(np.arange(len(ledgers))), measures.sizes[:, :2].sum(1))
    out = []
    for p, ledger in enumerate(ledgers):
        verdict, detail = _named(KINDS[kind[p]], ledger)
        numbers = {name: int(column[p]) for name, column in found.columns()}
        covers = (float(measures.covers[p, 0]), float(measures.covers[p, 1]))
        out.append(
            Judgement(
                verdict=verdict,
                detail=detail,
                confidence=confidence[p],
                basis=measures.basis,
                evidence={
                    "narrative_tokens": numbers["narrative"],
                    "evidence_tokens": numbers["evidence"],
                    "evidence_tiles": numbers["tiles"],
                    "quoted_tokens": numbers["quoted"],
                    "longest_run": int(longest[p]),
                    "covered_reference": covers[0],
                    "covered_article": covers[1],
                },
                reasons=(_reason(int(reason[p]), numbers, covers, int(measures.days_apart[p])),),
            )
        )
    return out


@dataclass(frozen=True, slots=True)
class _Evidence:
    """Columns of m pairs."""

    narrative: Ints  # informative narrative tokens in tiles that have some
    evidence: Ints  # the same in tiles that are evidence by themselves
    tiles: Ints  # how many those are
    quoted: Ints  # quoted tokens in tiles that are mostly quotation
    shared: Ints  # tokens of all tiles
    corroborated: Mask  # a short informative tile, supported by quotations
    solid: Mask  # a run so long, with so many informative words, that no template or name list explains it

    def columns(self) -> Iterator[tuple[str, Ints]]:
        for name in ("narrative", "evidence", "tiles", "quoted", "shared"):
            yield name, getattr(self, name)


def _evidence(measures: Measures, rules: Rules) -> _Evidence:
    narrative, quoted, rare, _ = measures.sizes.T
    total = measures.of_pairs
    if measures.basis == "pair":
        strong = _informative_enough(rare, narrative, measures.of_tiles(measures.needed))
        shared_narrative = evidence = total(narrative * strong)
    else:
        strong = (rare >= rules.evidence_tokens) & (rare >= rules.evidence_share * narrative)
        shared_narrative, evidence = total(rare * (rare >= _FEW)), total(rare * strong)
    in_quotations = total(quoted * _is_quotation(measures, rules))
    least_quoted, least, share = _CORROBORATED
    short = (rare >= least) & (rare >= share * narrative)
    return _Evidence(
        narrative=shared_narrative,
        evidence=evidence,
        tiles=total(strong),
        quoted=in_quotations,
        shared=total(narrative + quoted),
        corroborated=(in_quotations >= least_quoted) & (total(short) > 0),
        solid=total((narrative >= _SOLID_RUN) & (rare >= _LONE_ENOUGH)) > 0,
    )


#: The kinds in the order in which they are tried; the first that fits is taken.
_TRIED: Final = (REPRINT, FORMULA, REPRINT, PARTIAL, PARTIAL, QUOTE_ONLY, FORMULA, INDEPENDENT)


def _decide(measures: Measures, rules: Rules) -> tuple[Ints, Ints, _Evidence]:
    """(m,) kind and number of the rule that gave it (a position in _TRIED), and the evidence."""
    found = _evidence(measures, rules)
    high, low = measures.covers.max(1), measures.covers.min(1)
    fits = (
        measures.identical & (measures.basis == "pair"),
        _may_be_template(measures, found),
        (found.narrative >= rules.reprint_tokens) & ((high >= rules.cover_one) | (low >= rules.cover_both)),
        found.evidence > 0,
        found.corroborated,
        found.quoted >= rules.quote_tokens,
        (found.shared >= rules.formula_tokens)
        | (found.shared >= rules.formula_share * np.maximum(1, measures.shorter)),
    )
    rule = np.select(fits, range(len(fits)), len(fits)).astype(np.int64)
    return np.array(_TRIED, np.int64)[rule], rule, found


def _reason(rule: int, numbers: dict[str, int], covers: tuple[float, float], days_apart: int) -> str:
    """Why the rule of that number fits, in words."""
    several = "s" * (numbers["tiles"] > 1)
    covering = f"covering {max(covers):.0%} of one text and {min(covers):.0%} of the other"
    return (
        "the bodies are the same word for word",
        f"dated {days_apart} days apart and alike like two forms of one template",
        f"{numbers['narrative']} narrative words shared in informative runs, {covering}",
        f"{numbers['evidence']} narrative words shared in {numbers['tiles']} informative run{several}",
        f"a short narrative run, supported by {numbers['quoted']} quoted words",
        f"{numbers['quoted']} words shared in quotations, no informative narrative run",
        f"{numbers['shared']} words shared in runs of names and standing phrases",
        "no informative run shared",
    )[rule]


def _may_be_template(measures: Measures, found: _Evidence) -> Mask:
    """Whether a lone pair, days apart, is alike as two bulletins are: much shared, but no long run unchanged."""
    alike = (measures.covers.max(1) < _TEMPLATE_COVER) & (measures.covers.min(1) >= 0.4)
    apart = measures.days_apart >= _TEMPLATE_DAYS
    may: Mask = (measures.basis == "pair") & apart & alike & ~measures.same_credit & ~found.solid
    return may


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


def _confidence(kind: Ints, found: _Evidence, measures: Measures, rules: Rules) -> list[Confidence]:
    """How stable each kind is when minimum run, evidence and coverage limits are varied."""
    others = np.array([_decide(*variant)[0] for variant in _variants(measures, rules)])  # (variants, m)
    reuse = kind <= PARTIAL
    flips = ((others <= PARTIAL) != reuse).any(0)
    changes = (np.minimum(others, FORMULA) != np.minimum(kind, FORMULA)).sum(0)  # formula and independent are one
    partial = kind == PARTIAL
    low = flips | (partial & (found.tiles <= 1) & ~found.solid) | _may_be_template(measures, found)
    # A template cannot be told from a reprint by two texts.
    unsure = (measures.basis == "pair") & reuse & ~found.solid & ~measures.identical
    names: list[Confidence] = ["high", "medium", "low"]
    level = np.select([low, unsure & partial, unsure, changes == 0, changes <= 2], [2, 2, 1, 0, 1], 2)
    return [names[at] for at in level.tolist()]


def _variants(measures: Measures, rules: Rules) -> Iterator[tuple[Measures, Rules]]:
    for run in (6, 8):
        long = measures.sizes[:, :2].sum(1) >= run
        yield replace(measures, sizes=measures.sizes * long[:, None]), rules
    if measures.basis == "pair":
        for step in (-1, 1):
            yield replace(measures, needed=measures.needed + step), rules
    else:
        for tokens in (max(1, rules.evidence_tokens - 1), rules.evidence_tokens + 1):
            yield measures, replace(rules, evidence_tokens=tokens)
    for share in (-0.05, 0.05):
        yield measures, replace(rules, cover_one=min(1.0, rules.cover_one + share))
        yield measures, replace(rules, cover_both=max(0.0, rules.cover_both + share))
