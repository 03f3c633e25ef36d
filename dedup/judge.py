"""Tiles -> verdict and confidence: is what two articles share informative, and is it narrative or quotation?

The rule is that of a careful reader: names, honorifics and standing phrases shared by independent articles do
not count, quotations are accounted apart. Which words of a tile are informative comes from the corpus
(background.py: not common there) or, for a lone pair, from the two texts alone. Pairs are judged many at a time,
in columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeVar

import numpy as np

from dedup.config import Rules
from dedup.marks import NEED_UNCASED
from dedup.records import Confidence, Floats, Ints, Judgement, Ledger, Mask, Verdict

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

_SHORT_RUNS: Final = (6, 8)  # runs under so many words are left out where the rules are varied
_STEP: Final = 0.05  # of a cover

Values = TypeVar("Values", Ints, Mask)
Limit = float | Floats  # of a cover, or (v, 1) of them

Kind = Literal["reprint", "partial", "quote_only", "formula", "independent"]
KINDS: Final[tuple[Kind, ...]] = ("reprint", "partial", "quote_only", "formula", "independent")
REPRINT, PARTIAL, QUOTE_ONLY, FORMULA, INDEPENDENT = range(5)


class Measures(NamedTuple):
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

    def of_pairs(self, *columns: Ints | Mask) -> list[Ints]:
        """(..., m) sums of each of several (..., k) columns of the tiles."""
        sums = np.zeros((len(columns), *columns[0].shape[:-1], columns[0].shape[-1] + 1), np.int64)
        for column, own in zip(columns, sums, strict=True):
            own[..., 1:] = column
        sums = sums.cumsum(-1).take(self.offsets, -1)
        return list(sums[..., 1:] - sums[..., :-1])

    def of_tiles(self, values: Values) -> Values:
        """(..., k) a (..., m) column of the pairs, for each of their tiles."""
        return values.repeat(self.offsets[1:] - self.offsets[:-1], -1)

    @property
    def columns(self) -> list[Ints]:
        """The four columns (..., k) of ``sizes``."""
        return [self.sizes[..., at] for at in range(4)]

    def copied(self, shared: Ints, informative: Ints) -> Mask:
        """(..., m) whether one text is the other but for a few words, and not a standing text of other days.

        Given how many words the tiles of each pair have and how many of these are informative.
        """
        found: Mask = (shared >= _COPIED * self.lengths.max(1)) & (informative >= _SAYS)
        return found & (self.days_apart < _TEMPLATE_DAYS) & ~self.template


def counts_in_ledger(measures: Measures, rules: Rules) -> Mask:
    """(k,) whether each tile is informative enough, quoted or not, to be booked as shared text."""
    if not len(measures.sizes):
        return np.zeros(0, bool)
    narrative, quoted, rare_narrative, rare_quoted = measures.columns
    rare, length = rare_narrative + rare_quoted, narrative + quoted
    counts = (rare >= _FEW) & (rare >= rules.evidence_share * length)
    if measures.lone.any():
        needed = measures.of_tiles(measures.needed)
        story = (narrative >= _LONE_RUN) & _informative_enough(rare_narrative, narrative, needed)
        (stories,) = measures.of_pairs(story)
        proved = measures.of_tiles(stories > 0)  # then shorter tiles are copy too
        least = np.where(proved, np.minimum(needed, _BESIDE), needed)
        counts = np.where(measures.of_tiles(measures.lone), _informative_enough(rare, length, least), counts)
    copied = measures.copied(*measures.of_pairs(length, rare))
    return counts | _is_quotation(measures, rules) | measures.of_tiles(copied)


def _informative_enough(rare: Ints, length: Ints, needed: Ints) -> Mask:
    """The rule for a lone pair: enough informative words, and not lost among names and small words."""
    enough: Mask = (rare >= needed) & ((rare >= _LONE_SHARE * length) | (rare >= _LONE_ENOUGH))
    return enough


def _is_quotation(measures: Measures, rules: Rules) -> Mask:
    """(..., k) whether a tile is mostly quotation and says something."""
    narrative, quoted, _, rare_quoted = measures.columns
    found: Mask = (quoted >= rules.quote_tokens) & (quoted >= narrative) & (rare_quoted >= _QUOTE_RARE)
    return found


def kinds(measures: Measures, rules: Rules) -> Ints:
    """(m,) the kinds of reuse, as positions in KINDS."""
    return _decide(measures, rules, rules.cover_one, rules.cover_both).kinds


def judge(measures: Measures, ledgers: Sequence[Ledger], rules: Rules) -> list[Judgement]:
    """The verdicts on m pairs, their confidence, and the numbers and reasons behind them."""
    return judged(measures, decide(measures, rules), ledgers)


class Evidence(NamedTuple):
    """Columns (..., m) of m pairs."""

    narrative: Ints  # informative narrative tokens in tiles that have some
    evidence: Ints  # the same in tiles that are evidence by themselves
    tiles: Ints  # how many those are
    shared: Ints  # tokens of all tiles
    informative: Ints  # those among them that inform, narrative or quoted
    quoted: Ints  # quoted tokens in tiles that are mostly quotation
    corroborated: Mask  # a short informative tile, supported by quotations
    solid: Mask  # a run so long, with so many informative words, that no template or name list explains it


class Decided(NamedTuple):
    """Decisions (..., m) on m pairs: their kinds, the numbers of the rules that gave these, and the evidence.

    With an axis in front the first are by the rules as they are, the others by the rules varied.
    """

    kinds: Ints
    rules: Ints
    found: Evidence
    may_be_template: Mask


def decide(measures: Measures, rules: Rules) -> Decided:
    """The decisions by the rules, and with minimum run, evidence and coverage limits varied one by one."""
    varied, *covers = _variants(measures, rules)
    return _decide(varied, rules, *covers)


def judged(measures: Measures, decided: Decided, ledgers: Sequence[Ledger]) -> list[Judgement]:
    """The verdicts as :func:`judge` has them, from decisions that ``measures.template`` need not be known for."""
    if measures.template.any():
        kinds, rules = (
            np.where(measures.template, other, own) for other, own in ((FORMULA, decided.kinds), (0, decided.rules))
        )
        decided = decided._replace(kinds=kinds, rules=rules)
    longest = np.zeros(len(ledgers), np.int64)
    np.maximum.at(longest, measures.of_tiles(np.arange(len(ledgers))), measures.sizes[:, 0] + measures.sizes[:, 1])
    found, out = decided.found, []
    shown = found.narrative, found.evidence, found.tiles, found.quoted, found.shared
    numbers = np.stack([*(column[0] for column in shown), longest], 1)
    columns = decided.kinds[0], decided.rules[0], measures.days_apart, measures.lone, numbers, measures.covers
    rows = zip(ledgers, _confidence(decided, measures), *(column.tolist() for column in columns), strict=True)
    for ledger, confidence, number, reason, days_apart, lone, counts, covers in rows:
        evidence = dict(zip(_NUMBERS, counts + covers, strict=True))
        verdict, detail = _named(KINDS[number], ledger)
        reasons = (_reason(reason, evidence, days_apart),)
        out.append(Judgement(verdict, detail, confidence, "pair" if lone else "corpus", evidence, reasons))
    return out


@lru_cache(maxsize=64)
def of_nothing(lone: bool, rules: Rules) -> Judgement:
    """The verdict on a pair without tiles."""
    none, no = np.zeros((1, 2), np.int64), np.zeros(1, bool)
    nothing = Measures(
        sizes=np.zeros((0, 4), np.int64),
        offsets=none[0],
        covers=np.zeros((1, 2)),
        lengths=none,
        identical=no,
        lone=np.array([lone]),
        needed=none[0, :1],
        days_apart=none[0, :1],
        same_credit=no,
        template=no,
    )
    return judge(nothing, [Ledger(*[0] * 8)], rules)[0]


#: The numbers behind a verdict, in the order in which they are shown.
_NUMBERS: Final = (
    "narrative_tokens",
    "evidence_tokens",
    "evidence_tiles",
    "quoted_tokens",
    "shared_tokens",
    "longest_run",
    "covered_reference",
    "covered_article",
)


def _evidence(measures: Measures, rules: Rules) -> Evidence:
    narrative, quoted, rare, rare_quoted = measures.columns
    own_need, lone = measures.of_tiles(measures.needed), measures.of_tiles(measures.lone)
    far = measures.of_tiles(measures.days_apart > rules.far_days)
    says = rare * (rare >= _FEW)
    many = (rare >= own_need * np.where(far, _FAR_FACTOR, 1)) & (rare >= rules.evidence_share * narrative)
    strong = (narrative >= rules.evidence_run) & many
    least_quoted, least, share = _CORROBORATED
    short = (rare >= least) & (rare >= share * narrative)
    evidence, shown = rare * strong, says
    if measures.lone.any():
        alone = (narrative >= _LONE_RUN) & _informative_enough(rare, narrative, own_need)
        uncased = measures.needed >= NEED_UNCASED
        if uncased.any():  # there names cannot be told from words: one short run is no evidence
            (all_says,) = measures.of_pairs(says)
            alone &= measures.of_tiles(~uncased | (all_says >= _LONE_ENOUGH))
        strong = np.where(lone, alone, strong)
        evidence, shown = np.where(lone, narrative * alone, evidence), np.where(lone, narrative * alone, says)
        short = np.where(lone, (rare >= own_need) & (rare >= _HALF * narrative), short)
    solid = (narrative >= _SOLID_RUN) & (rare >= _LONE_ENOUGH)
    in_quotations = quoted * _is_quotation(measures, rules)
    all_words = narrative + quoted, rare + rare_quoted
    columns = shown, evidence, strong, *all_words, in_quotations, short, solid
    shown, evidence, tiles, shared, informative, quoted, shorts, solids = measures.of_pairs(*columns)
    corroborated = (quoted >= least_quoted) & (shorts > 0)
    return Evidence(shown, evidence, tiles, shared, informative, quoted, corroborated, solids > 0)


#: The kinds in the order in which they are tried; the first that fits is taken.
_TRIED: Final = np.array(
    (FORMULA, REPRINT, REPRINT, FORMULA, REPRINT, PARTIAL, PARTIAL, QUOTE_ONLY, FORMULA, INDEPENDENT), np.int64
)


def _decide(measures: Measures, rules: Rules, cover_one: Limit, cover_both: Limit) -> Decided:
    """The decisions where the covers of a reprint have other limits than the rules say."""
    found = _evidence(measures, rules)
    one, two = measures.covers.T
    high, low = np.maximum(one, two), np.minimum(one, two)
    covered = (high >= cover_one) | (low >= cover_both)
    shorter = np.maximum(1, measures.lengths.min(1))
    may_be_template = _may_be_template(measures, found, high)
    fits = (
        measures.template,
        measures.identical & measures.lone,
        measures.copied(found.shared, found.informative),
        may_be_template,
        (found.narrative >= rules.reprint_tokens) & covered,
        found.evidence > 0,
        found.corroborated,
        found.quoted >= rules.quote_tokens,
        (found.shared >= rules.formula_tokens) | (found.shared >= rules.formula_share * shorter),
        True,
    )
    tried = np.empty((len(fits), *found.shared.shape), bool)
    for own, fit in zip(tried, fits, strict=True):
        own[...] = fit
    rule = tried.argmax(0)
    return Decided(_TRIED[rule], rule, found, may_be_template)


def _reason(rule: int, evidence: Mapping[str, float], days_apart: int) -> str:
    """Why the rule of that number fits, in words."""
    narrative, informative, tiles, quoted, shared, _, *covers = evidence.values()
    several = "s" * (tiles > 1)
    covering = f"covering {max(covers):.0%} of one text and {min(covers):.0%} of the other"
    return (
        "the words are shared, but not the numbers and names in them: two forms of one template",
        "the bodies are the same word for word",
        "the bodies are the same but for a few words",
        f"dated {days_apart} days apart and alike like two forms of one template",
        f"{narrative} narrative words shared in informative runs, {covering}",
        f"{informative} narrative words shared in {tiles} informative run{several}",
        f"a short narrative run, supported by {quoted} quoted words",
        f"{quoted} words shared in quotations, no informative narrative run",
        f"{shared} words shared in runs of names and standing phrases",
        "no informative run shared",
    )[rule]


def _may_be_template(measures: Measures, found: Evidence, cover: Floats) -> Mask:
    """Whether a lone pair, days apart, is alike as two bulletins are: words shared, but no long run unchanged.

    ``cover`` (m,) is the larger one of each pair.
    """
    may: Mask = measures.lone & (measures.days_apart >= _TEMPLATE_DAYS) & (cover < _TEMPLATE_COVER)
    if may.any():
        uncased = measures.needed >= NEED_UNCASED  # then names and titles may be all that is shared
        may = may & (uncased | (cover >= _ALIKE)) & (found.evidence > 0) & ~measures.same_credit & ~found.solid
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


def _confidence(decided: Decided, measures: Measures) -> list[Confidence]:
    """How stable each kind is when minimum run, evidence and coverage limits are varied."""
    kind, others = decided.kinds[0], decided.kinds[1:]
    tiles, solid, may_be_template = decided.found.tiles[0], decided.found.solid[0], decided.may_be_template[0]
    reuse, partial = kind <= PARTIAL, kind == PARTIAL
    flips = ((others <= PARTIAL) != reuse).any(0)
    changes = (np.minimum(others, FORMULA) != np.minimum(kind, FORMULA)).sum(0)  # formula and independent are one
    low = flips | (partial & (tiles <= 1) & ~solid) | may_be_template
    # A template cannot be told from a reprint by two texts.
    unsure = measures.lone & (reuse | measures.template) & ~solid & ~measures.identical
    level = np.minimum(changes + 1, 4) // 2  # none, one or two, more
    level[unsure] = 1
    level[low | (unsure & partial)] = 2
    words: list[Confidence] = ["high", "medium", "low"]
    return [words[at] for at in level.tolist()]


def _variants(measures: Measures, rules: Rules) -> tuple[Measures, Floats, Floats]:
    """The measures (9, ...) and limits (9, 1) by the rules as they are and by eight others, each with one change."""
    sizes, needed = measures.sizes[None].repeat(9, 0), measures.needed[None].repeat(9, 0)
    words = measures.sizes[:, 0] + measures.sizes[:, 1]
    sizes[1, words < _SHORT_RUNS[0]] = sizes[2, words < _SHORT_RUNS[1]] = 0
    needed[3] -= 1
    needed[4] += 1
    cover_one, cover_both = np.full((9, 1), rules.cover_one), np.full((9, 1), rules.cover_both)
    cover_one[5:7, 0] = rules.cover_one - _STEP, min(1.0, rules.cover_one + _STEP)
    cover_both[7:, 0] = max(0.0, rules.cover_both - _STEP), rules.cover_both + _STEP
    return measures._replace(sizes=sizes, needed=needed), cover_one, cover_both
