"""Tiles -> verdict and confidence: is what two articles share informative, and is it narrative or quotation?

The rule is that of a careful reader: names, honorifics and standing phrases shared by independent articles do
not count, quotations are accounted apart. Which words of a tile are informative comes from the corpus
(background.py: not common there) or, for a lone pair, from the two texts alone. Pairs are judged many at a time,
in columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeVar

import numpy as np

from dedup.capitals import Capitals, names
from dedup.config import Rules
from dedup.records import Confidence, Floats, Ints, Judgement, Ledger, Mask, Prepared, Verdict

_LETTERS: Final = 5  # letters that an informative word of a lone pair has at least
# Informative words that make a tile of a lone pair evidence, by how its language uses capitals.
_NEED_CASED, _NEED_NOUNS, NEED_UNCASED = 4, 7, 8
# Share of informative words in such a tile, unless it has so many of them.
_LONE_SHARE, _LONE_ENOUGH = 0.3, 12
_FEW: Final = 4  # informative words under which a tile says nothing
_TEMPLATE_COVER: Final = 0.9  # a lone pair days apart and less alike than this may be two forms of a template
_TEMPLATE_DAYS: Final = 3
_SOLID_RUN: Final = 30  # tokens of a run that no template, name list or quotation of a lone pair explains
_CORROBORATED: Final = (15, 6, 0.8)  # quoted tokens, and tokens and share of the narrative tile they support
_QUOTE_RARE: Final = 3
_BESIDE: Final = 2  # informative words of a lone pair's tile that counts once another tile shows copy
_LONE_RUN: Final = 8  # narrative words of a lone pair's run that says something without quotations beside it
_HALF: Final = 0.5
_FAR_FACTOR: Final = 2  # texts days apart share what returns: their evidence must be so many times as much
_ALIKE: Final = 0.4  # share of one text from which it is alike another as a template is
_COPIED: Final = 0.8  # share of the longer text in tiles that makes it a copy of the other ...
_SAYS: Final = 3  # ... if so many words of it are informative

Values = TypeVar("Values", Ints, Mask)

Kind = Literal["reprint", "partial", "quote_only", "formula", "independent"]
KINDS: Final[tuple[Kind, ...]] = ("reprint", "partial", "quote_only", "formula", "independent")
REPRINT, PARTIAL, QUOTE_ONLY, FORMULA, INDEPENDENT = range(5)


@dataclass(frozen=True, slots=True)
class Measures:
    """What the verdicts on m pairs are made from.

    ``sizes`` (k, 4) are the words of all tiles outside and inside quote units, and how many of either are
    informative; those of pair p are rows offsets[p] to offsets[p + 1]. ``covers`` (m, 2) are the shares of
    reference and article that the counted tiles and islets cover, ``lengths`` (m, 2) the tokens of both. ``lone``
    tells that the two texts alone say what is informative, ``needed`` how many such words make a tile evidence.
    ``days_apart`` is -1 where a date is missing, ``same_credit`` tells that both print a copy credit of one agency,
    ``template`` that the facts in the shared words differ (template.py).
    """

    sizes: Ints
    offsets: Ints
    covers: Floats
    lengths: Ints
    identical: Mask
    lone: Mask
    needed: Ints
    days_apart: Ints
    same_credit: Mask
    template: Mask

    def of_pairs(self, values: Ints | Mask) -> Ints:
        """(m,) sums of a (k,) column of the tiles."""
        sums = np.concatenate(([0], np.cumsum(values)))
        found: Ints = sums[self.offsets[1:]] - sums[self.offsets[:-1]]
        return found

    def of_tiles(self, values: Values) -> Values:
        """(k,) a (m,) column of the pairs, for each of their tiles."""
        return np.repeat(values, np.diff(self.offsets))

    @property
    def copied(self) -> Mask:
        """(m,) whether one text is the other but for a few words, and not a standing text of other days."""
        narrative, quoted, rare_narrative, rare_quoted = self.sizes.T
        whole = self.of_pairs(narrative + quoted) >= _COPIED * self.lengths.max(1)
        says = self.of_pairs(rare_narrative + rare_quoted) >= _SAYS
        found: Mask = whole & says & (self.days_apart < _TEMPLATE_DAYS) & ~self.template
        return found


def informative_words(article: Prepared, capitals: Capitals) -> tuple[Mask, int]:
    """For a lone pair: (n,) mask of informative tokens, and how many of them make a tile evidence.

    A word of five letters or more without digits that is no name, as far as ``capitals`` tell.
    """
    tokens = article.tokens
    long = np.array([len(key) >= _LETTERS and not any(map(str.isdigit, key)) for key in tokens.keys], bool)
    if capitals.style == "none":
        return long | tokens.unspaced, NEED_UNCASED
    needed = _NEED_CASED if capitals.style == "names" else _NEED_NOUNS
    return long & ~names(article, capitals), needed


def counts_in_ledger(measures: Measures, rules: Rules) -> Mask:
    """(k,) whether each tile is informative enough, quoted or not, to be booked as shared text."""
    narrative, quoted, rare_narrative, rare_quoted = measures.sizes.T
    rare, length = rare_narrative + rare_quoted, narrative + quoted
    alone = _informative_enough(rare, length, measures.of_tiles(measures.needed))
    story = (narrative >= _LONE_RUN) & _informative_enough(
        rare_narrative, narrative, measures.of_tiles(measures.needed)
    )
    proved = measures.of_tiles(measures.of_pairs(story) > 0)  # then shorter tiles are copy too
    alone |= proved & _informative_enough(rare, length, measures.of_tiles(np.minimum(measures.needed, _BESIDE)))
    enough = (rare >= _FEW) & (rare >= rules.evidence_share * length)
    counts: Mask = np.where(measures.of_tiles(measures.lone), alone, enough)
    return counts | _is_quotation(measures, rules) | measures.of_tiles(measures.copied)


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
                basis="pair" if measures.lone[p] else "corpus",
                evidence={
                    "narrative_tokens": numbers["narrative"],
                    "evidence_tokens": numbers["evidence"],
                    "evidence_tiles": numbers["tiles"],
                    "quoted_tokens": numbers["quoted"],
                    "shared_tokens": numbers["shared"],
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
    far = measures.days_apart > rules.far_days
    corpus_need = measures.of_tiles(np.where(far, _FAR_FACTOR, 1) * measures.needed)
    own_need = measures.of_tiles(measures.needed)
    alone = (narrative >= _LONE_RUN) & _informative_enough(rare, narrative, own_need)
    enough = (narrative >= rules.evidence_run) & (rare >= corpus_need) & (rare >= rules.evidence_share * narrative)
    lone = measures.of_tiles(measures.lone)
    uncased = measures.needed >= NEED_UNCASED  # then names cannot be told from words: one short run is no evidence
    alone &= measures.of_tiles(~uncased | (total(rare * (rare >= _FEW)) >= _LONE_ENOUGH))
    strong = np.where(lone, alone, enough)
    evidence = total(np.where(lone, narrative, rare) * strong)
    shared_narrative = total(np.where(lone, narrative * alone, rare * (rare >= _FEW)))
    in_quotations = total(quoted * _is_quotation(measures, rules))
    least_quoted, least, share = _CORROBORATED
    short = (rare >= np.where(lone, own_need, least)) & (rare >= np.where(lone, _HALF, share) * narrative)
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
_TRIED: Final = (FORMULA, REPRINT, REPRINT, FORMULA, REPRINT, PARTIAL, PARTIAL, QUOTE_ONLY, FORMULA, INDEPENDENT)


def _decide(measures: Measures, rules: Rules) -> tuple[Ints, Ints, _Evidence]:
    """(m,) kind and number of the rule that gave it (a position in _TRIED), and the evidence."""
    found = _evidence(measures, rules)
    high, low = measures.covers.max(1), measures.covers.min(1)
    fits = (
        measures.template,
        measures.identical & measures.lone,
        measures.copied,
        _may_be_template(measures, found),
        (found.narrative >= rules.reprint_tokens) & ((high >= rules.cover_one) | (low >= rules.cover_both)),
        found.evidence > 0,
        found.corroborated,
        found.quoted >= rules.quote_tokens,
        (found.shared >= rules.formula_tokens)
        | (found.shared >= rules.formula_share * np.maximum(1, measures.lengths.min(1))),
    )
    rule = np.select(fits, range(len(fits)), len(fits)).astype(np.int64)
    return np.array(_TRIED, np.int64)[rule], rule, found


def _reason(rule: int, numbers: dict[str, int], covers: tuple[float, float], days_apart: int) -> str:
    """Why the rule of that number fits, in words."""
    several = "s" * (numbers["tiles"] > 1)
    covering = f"covering {max(covers):.0%} of one text and {min(covers):.0%} of the other"
    return (
        "the words are shared, but not the numbers and names in them: two forms of one template",
        "the bodies are the same word for word",
        "the bodies are the same but for a few words",
        f"dated {days_apart} days apart and alike like two forms of one template",
        f"{numbers['narrative']} narrative words shared in informative runs, {covering}",
        f"{numbers['evidence']} narrative words shared in {numbers['tiles']} informative run{several}",
        f"a short narrative run, supported by {numbers['quoted']} quoted words",
        f"{numbers['quoted']} words shared in quotations, no informative narrative run",
        f"{numbers['shared']} words shared in runs of names and standing phrases",
        "no informative run shared",
    )[rule]


def _may_be_template(measures: Measures, found: _Evidence) -> Mask:
    """Whether a lone pair, days apart, is alike as two bulletins are: words shared, but no long run unchanged."""
    uncased = measures.needed >= NEED_UNCASED  # then names and titles may be all that is shared
    alike = (measures.covers.max(1) < _TEMPLATE_COVER) & (uncased | (measures.covers.max(1) >= _ALIKE))
    apart = measures.days_apart >= _TEMPLATE_DAYS
    may: Mask = measures.lone & apart & alike & (found.evidence > 0) & ~measures.same_credit & ~found.solid
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
    unsure = measures.lone & (reuse | measures.template) & ~found.solid & ~measures.identical
    words: list[Confidence] = ["high", "medium", "low"]
    level = np.select([low, unsure & partial, unsure, changes == 0, changes <= 2], [2, 2, 1, 0, 1], 2)
    return [words[at] for at in level.tolist()]


def _variants(measures: Measures, rules: Rules) -> Iterator[tuple[Measures, Rules]]:
    for run in (6, 8):
        long = measures.sizes[:, :2].sum(1) >= run
        yield replace(measures, sizes=measures.sizes * long[:, None]), rules
    for step in (-1, 1):
        yield replace(measures, needed=measures.needed + step), rules
    for share in (-0.05, 0.05):
        yield measures, replace(rules, cover_one=min(1.0, rules.cover_one + share))
        yield measures, replace(rules, cover_both=max(0.0, rules.cover_both + share))
