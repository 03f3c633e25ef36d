"""The verdict rule, path by path, on constructed measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from texts import PAGES, prepared

from dedup import Config, compare
from dedup.config import Rules
from dedup.judge import KINDS, Measures, counts_in_ledger, judge, kinds, of_nothing
from dedup.kernels import Runs, Texts, tokenise
from dedup.marks import DULL, NEEDED, marks
from dedup.records import Basis, Judgement, Ledger, Prepared

RULES = Config().rules
NOTHING = Ledger(100, 100, 0, 0, 0, 0, 100, 100)


Size = tuple[int, int, int, int]  # words of a tile: narrative, quoted, and informative ones of either


def size(narrative: int, rare: int, quoted: int = 0, rare_quoted: int = 0) -> Size:
    return narrative, quoted, rare, rare_quoted


@dataclass(frozen=True)
class Measure:
    """One pair's row of Measures."""

    tiles: tuple[Size, ...]
    covers: tuple[float, float]
    basis: Basis
    shorter: int = 400
    identical: bool = False
    needed: int = RULES.evidence_tokens
    days_apart: int | None = None
    same_credit: bool = False
    template: bool = False


def columns(rows: Sequence[Measure]) -> Measures:
    """Pairs side by side."""
    days = [-1 if row.days_apart is None else row.days_apart for row in rows]
    return Measures(
        sizes=np.array([tile for row in rows for tile in row.tiles], np.int64).reshape(-1, 4),
        offsets=np.cumsum([0, *(len(row.tiles) for row in rows)], dtype=np.int64),
        covers=np.array([row.covers for row in rows]),
        lengths=np.array([(row.shorter, 2 * row.shorter) for row in rows]),
        identical=np.array([row.identical for row in rows]),
        lone=np.array([row.basis == "pair" for row in rows]),
        needed=np.array([row.needed for row in rows]),
        days_apart=np.array(days),
        same_credit=np.array([row.same_credit for row in rows]),
        template=np.array([row.template for row in rows]),
    )


def kind_of(measure: Measure) -> str:
    return KINDS[int(kinds(columns([measure]), RULES)[0])]


def judged(measure: Measure, booked: Ledger = NOTHING) -> Judgement:
    (found,) = judge(columns([measure]), [booked], RULES)
    return found


def corpus(*tiles: Size, covers: tuple[float, float] = (0.1, 0.1), shorter: int = 400) -> Measure:
    return Measure(tiles, covers, "corpus", shorter)


def pair(*tiles: Size, covers: tuple[float, float] = (0.1, 0.1), **more: object) -> Measure:
    return replace(Measure(tiles, covers, "pair", needed=4), **more)  # type: ignore[arg-type]


def ledger(kept: int, of_reference: int, of_article: int, moved: int = 0) -> Ledger:
    shared = kept + moved
    return Ledger(of_reference, of_article, kept, moved, 0, 0, of_reference - shared, of_article - shared)


SOLID = size(60, 50)
RUN = size(20, 18)
MEASURES = [
    # with a corpus
    (corpus(SOLID, covers=(0.8, 0.2)), "reprint", "high"),
    (corpus(SOLID, covers=(0.2, 0.77)), "reprint", "medium"),
    (corpus(SOLID, covers=(0.5, 0.5)), "reprint", "high"),
    (corpus(SOLID, covers=(0.6, 0.3)), "partial", "high"),
    (corpus(SOLID, covers=(0.72, 0.3)), "partial", "medium"),
    (corpus(RUN, covers=(0.6, 0.3)), "partial", "low"),
    (corpus(size(60, 11, 0, 0), RUN, covers=(0.6, 0.3)), "partial", "low"),
    (corpus(RUN, RUN, covers=(0.5, 0.2)), "partial", "high"),
    (corpus(RUN, RUN, covers=(0.72, 0.2)), "partial", "medium"),
    (corpus(RUN, RUN, covers=(0.72, 0.37)), "partial", "medium"),
    (corpus(size(8, 7), size(8, 7)), "partial", "low"),
    (corpus(size(9, 9), covers=(0.9, 0.9)), "partial", "low"),
    (corpus(size(9, 8), size(5, 4), covers=(0.77, 0.1)), "reprint", "low"),
    (corpus(size(30, 0, 20, 18), size(6, 6)), "formula", "high"),
    (corpus(size(1, 0, 20, 18), size(6, 6)), "partial", "low"),
    (corpus(size(1, 0, 14, 12), size(6, 6)), "quote_only", "high"),
    (corpus(size(1, 0, 20, 18), size(8, 6)), "quote_only", "low"),
    (corpus(size(4, 2, 20, 18)), "quote_only", "high"),
    (corpus(size(0, 0, 7, 5)), "quote_only", "medium"),
    (corpus(size(8, 0, 7, 5)), "formula", "high"),
    (corpus(size(0, 0, 20, 2)), "formula", "high"),
    (corpus(size(40, 8)), "formula", "high"),
    (corpus(size(12, 0)), "formula", "high"),
    (corpus(size(11, 0)), "independent", "high"),
    (corpus(size(6, 3), shorter=80), "formula", "high"),
    (corpus(size(6, 3), shorter=90), "independent", "high"),
    (corpus(), "independent", "high"),
    (corpus(size(7, 7)), "independent", "high"),  # a run of seven words is no clause
    (replace(corpus(size(20, 12)), days_apart=3), "partial", "low"),
    (replace(corpus(size(20, 12)), days_apart=4), "formula", "low"),  # what returns after days must be more
    (replace(corpus(size(20, 14)), days_apart=4), "partial", "low"),
    (replace(corpus(SOLID, covers=(1.0, 1.0)), template=True), "formula", "high"),
    (replace(corpus(size(180, 4), shorter=100), days_apart=0), "reprint", "high"),  # one text but for a few words
    (replace(corpus(size(180, 2), shorter=100), days_apart=0), "formula", "high"),
    (replace(corpus(size(180, 4), shorter=100), days_apart=5), "formula", "high"),
    # two texts alone
    (pair(identical=True), "reprint", "high"),
    (pair(size(60, 20), covers=(0.9, 0.4)), "reprint", "high"),
    (pair(size(20, 10), size(20, 10), covers=(0.9, 0.4)), "reprint", "medium"),
    (pair(size(20, 10), size(20, 10)), "partial", "low"),
    (pair(size(40, 20), size(20, 10)), "partial", "high"),
    (pair(size(40, 20)), "partial", "high"),
    (pair(size(29, 20)), "partial", "low"),
    (pair(size(35, 11)), "partial", "low"),
    (pair(size(40, 4), size(40, 4), size(40, 4)), "formula", "high"),
    (pair(size(100, 12), size(100, 12)), "partial", "high"),
    (pair(size(6, 2)), "independent", "high"),
    (pair(size(6, 1)), "independent", "high"),
    (pair(RUN, RUN, covers=(0.6, 0.5), days_apart=3), "formula", "low"),
    (pair(RUN, RUN, covers=(0.6, 0.5), days_apart=3, same_credit=True), "reprint", "medium"),
    (pair(SOLID, covers=(0.6, 0.5), days_apart=3), "reprint", "high"),  # no template has a run like this
    (pair(SOLID, covers=(0.6, 0.5), days_apart=2), "reprint", "high"),
    (pair(SOLID, covers=(0.6, 0.5), days_apart=None), "reprint", "high"),
    (pair(SOLID, covers=(0.95, 0.5), days_apart=30), "reprint", "high"),
    (pair(SOLID, SOLID, covers=(0.6, 0.3), days_apart=30), "partial", "high"),
    (pair(SOLID, covers=(0.6, 0.5), days_apart=30, identical=True), "reprint", "high"),
    (pair(RUN, RUN, days_apart=3), "partial", "low"),  # alike in a tenth only: no template
    (pair(RUN, RUN, days_apart=3, needed=8), "formula", "low"),  # but where names do not show
    (pair(size(7, 6)), "independent", "high"),
    (pair(size(15, 11), needed=8), "formula", "low"),  # where names do not show, one short run may be a title
    (pair(size(15, 12), needed=8), "partial", "low"),
    (pair(size(12, 8), size(9, 4), needed=8), "partial", "low"),
]


@pytest.mark.parametrize(("measure", "kind", "confidence"), MEASURES)
def test_a_measure_has_one_kind_and_confidence(measure: Measure, kind: str, confidence: str) -> None:
    assert kind_of(measure) == kind
    assert judged(measure).confidence == confidence


@pytest.mark.parametrize(("measure", "kind", "confidence"), MEASURES)
def test_the_kind_does_not_depend_on_which_side_is_the_reference(measure: Measure, kind: str, confidence: str) -> None:
    turned = replace(measure, covers=measure.covers[::-1])
    assert kind_of(turned) == kind
    assert judged(turned).confidence == confidence


@pytest.mark.parametrize(("measure", "kind", "confidence"), MEASURES)
def test_every_judgement_gives_reasons_and_its_numbers(measure: Measure, kind: str, confidence: str) -> None:
    found = judged(measure)
    assert found.basis == measure.basis
    assert all(found.reasons)
    assert found.reasons
    assert found.evidence["covered_reference"] == measure.covers[0]
    assert found.evidence["covered_article"] == measure.covers[1]
    assert found.evidence["longest_run"] == max((tile[0] + tile[1] for tile in measure.tiles), default=0)
    assert set(found.evidence) == {
        "narrative_tokens", "evidence_tokens", "evidence_tiles", "quoted_tokens", "shared_tokens", "longest_run",
        "covered_reference", "covered_article",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("booked", "verdict", "detail"),
    [
        (ledger(100, 100, 100), "verbatim_reprint", None),
        (ledger(95, 100, 100), "verbatim_reprint", None),
        (ledger(50, 100, 100, moved=48), "verbatim_reprint", None),
        (ledger(80, 100, 82), "truncated_reprint", None),
        (ledger(100, 100, 200), "edited_reprint", "expanded"),
        (ledger(80, 200, 90), "edited_reprint", "condensed"),
        (ledger(90, 100, 100), "edited_reprint", None),
        (ledger(60, 100, 100), "edited_reprint", None),
    ],
)
def test_reprints_are_named_by_the_shares_of_both_sides(booked: Ledger, verdict: str, detail: str | None) -> None:
    found = judged(corpus(SOLID, covers=(0.9, 0.9)), booked)
    assert (found.verdict, found.detail) == (verdict, detail)


@pytest.mark.parametrize(
    ("measure", "verdict"),
    [
        (corpus(RUN, RUN), "partial_reuse"),
        (corpus(size(4, 2, 20, 18)), "quote_only"),
        (corpus(size(12, 0)), "formula"),
        (corpus(), "independent"),
    ],
)
def test_other_kinds_have_no_detail_whatever_the_ledger(measure: Measure, verdict: str) -> None:
    found = judged(measure, ledger(100, 100, 200))
    assert (found.verdict, found.detail) == (verdict, None)


def test_reasons_say_what_decided() -> None:
    def reason(measure: Measure) -> str:
        return judged(measure).reasons[0]

    assert "the same word for word" in reason(pair(identical=True))
    assert "5 days apart" in reason(pair(RUN, RUN, covers=(0.6, 0.5), days_apart=5))
    assert "50 narrative words shared in informative runs, covering 80% of one text and 20% of the other" in reason(
        corpus(SOLID, covers=(0.2, 0.8))
    )
    assert "supported by 20 quoted words" in reason(corpus(size(1, 0, 20, 18), size(6, 6)))
    assert "20 words shared in quotations" in reason(corpus(size(4, 2, 20, 18)))
    assert "12 words shared in runs of names" in reason(corpus(size(12, 0)))


@pytest.mark.parametrize(
    ("tile", "basis", "counts"),
    [
        (size(10, 4), "corpus", True),
        (size(11, 4), "corpus", False),
        (size(5, 3), "corpus", False),
        (size(0, 0, 10, 4), "corpus", True),
        (size(13, 4), "pair", True),
        (size(14, 4), "pair", False),
        (size(5, 3), "pair", False),
        (size(100, 12), "pair", True),
        (size(5, 2, 5, 2), "pair", True),
    ],
)
def test_a_tile_is_booked_only_if_it_is_informative(tile: Size, basis: Basis, counts: bool) -> None:
    measure = Measure((tile,), (0.1, 0.1), basis, needed=4)
    assert counts_in_ledger(columns([measure]), Rules()).tolist() == [counts]


def sizes(words: str, quoted: Sequence[range], runs: Sequence[tuple[int, int, int]], rare: Sequence[bool]) -> object:
    """The sizes of tiles between two texts of the same words; each quotes the tokens of its own range."""
    tokens = tokenise(words)
    units = [np.isin(np.arange(len(tokens)), own) for own in quoted]
    texts = Texts([tokens, tokens], [np.zeros(len(tokens), np.int64)] * 2, units)
    rows = np.array(runs, np.int64)
    return texts.sizes(np.array([[0, 1]]), Runs(rows, np.array([0, len(rows)])), np.array(rare, bool)).tolist()


def test_a_tile_is_quoted_where_either_text_quotes_it() -> None:
    words = " ".join(f"word{at}" for at in range(20))
    rare = [True] * 4 + [False] * 4
    assert sizes(words, [range(2, 4), range(9, 11)], [(2, 6, 8)], rare) == [[4, 4, 1, 3]]


def test_two_letters_of_a_script_without_spaces_count_as_a_word() -> None:
    nothing = range(0)
    assert sizes("漢" * 8, [nothing, nothing], [(0, 0, 8)], [True] * 8) == [[4, 0, 4, 0]]
    assert sizes("漢" * 7, [nothing, nothing], [(0, 0, 7)], [True] * 7) == [[3, 0, 3, 0]]


def test_pairs_judged_side_by_side_are_judged_as_they_are_alone() -> None:
    rows = [measure for measure, _, _ in MEASURES]
    together = judge(columns(rows), [NOTHING] * len(rows), RULES)
    assert together == [judged(row) for row in rows]


@pytest.mark.parametrize("basis", ["corpus", "pair"])
def test_a_pair_without_tiles_is_judged_by_heart(basis: Basis) -> None:
    for measure in (corpus(), replace(pair(), days_apart=9, shorter=1)):
        assert of_nothing(basis == "pair", RULES) == judged(replace(measure, basis=basis, covers=(0.0, 0.0)))


def informative(text: str) -> tuple[list[str], int]:
    found: Prepared = prepared(text)
    own = marks(found)
    return [key for key, dull in zip(found.tokens.keys, own.are(DULL), strict=True) if not dull], NEEDED[own.style]


def test_names_and_small_words_do_not_inform_where_only_names_are_capitalised() -> None:
    text = "Ferries waited in the harbour of Ellen while the men of Lindgren sold hot soup to the crews. Nobody left."
    words, needed = informative(text)
    assert words == ["ferries", "waited", "harbour", "while", "crews", "nobody"]
    assert needed == 4


def test_where_nouns_are_capitalised_they_inform_and_more_of_them_are_needed() -> None:
    words, needed = informative(PAGES["de"][1])
    assert "hafenmeister" in words
    assert needed == 7


def test_where_nothing_is_capitalised_more_words_are_needed_too() -> None:
    assert informative("the ferries of the island wait in the harbour until the storm has passed over it")[1] == 8


@pytest.mark.parametrize("language", ["ar", "zh", "ja"])
def test_scripts_without_case_need_most(language: str) -> None:
    words, needed = informative("\n".join(PAGES[language]))
    assert words
    assert needed == 8


def test_a_number_does_not_inform() -> None:
    assert informative("Twelve thousand 120000 and 1500000 ferries2 Anna B. C.")[0] == ["twelve", "thousand"]


def test_words_with_vowel_signs_inform_a_lone_pair() -> None:
    story = (
        "मंत्री ने सोमवार को कहा कि सरकार किसानों के लिए नई योजना शुरू करेगी। इस योजना में सिंचाई और बीज पर सहायता दी जाएगी। "
        "विपक्ष ने इसकी आलोचना करते हुए कहा कि यह पर्याप्त नहीं है।"
    )
    more = f"{story} बाजार में आज सब्जियों के दाम बढ़ गए और ग्राहक परेशान दिखे।"
    assert compare({"text": story}, {"text": more}).verdict == "edited_reprint"
