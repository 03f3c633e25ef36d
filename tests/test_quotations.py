"""What became of quotations: same, trimmed, extended, altered, new, or without their marks."""

from __future__ import annotations

import io
import pickle
import time
from collections import Counter

import pytest
from making import prepared, prose, words_of
from texts import SEEDS

import dedup
from dedup import Comparison
from dedup.pipeline import compare
from dedup.report.terminal import console, print_comparison

LONG = "We will not raise the price of the crossing this winter, whatever the council decides about the harbour"
WHOLE = f"“{LONG},” the captain said. {prose(1)}"


def compared(reference: str, article: str) -> Comparison:
    return compare(prepared(reference), prepared(article, "b"))


def statuses(reference: str, article: str) -> list[str]:
    return [quotation.status for quotation in compared(reference, article).quotations]


def differing(comparison: Comparison) -> list[tuple[str, str]]:
    """The words that differ in altered quotations, on both sides."""
    return [
        (words_of(comparison.reference, one), words_of(comparison.article, two))
        for quotation in comparison.quotations
        for one, two in quotation.differs
    ]


@pytest.mark.parametrize(
    ("quotation", "status"),
    [
        (f"“{LONG},” he added.", "same"),
        (f'"{LONG.upper()}", he added.', "same"),
        ("“We will not raise the price of the crossing,” he added.", "trimmed"),
        ("He spoke of “the price of the crossing” again.", "trimmed"),
        ("“We will not raise the price … whatever the council decides about the harbour,” he added.", "trimmed"),
        ("“We will not raise the price [...] whatever the council decides about the harbour,” he added.", "trimmed"),
        (f"“{LONG}, and nobody can make us do so,” he added.", "extended"),
        (f"“{LONG} (at Norhaven) and nobody can make us,” he added.", "extended"),
        (f"“{LONG.replace('winter', 'winter (or next)')},” he added.", "extended"),
        (f"“{LONG.replace('winter', 'summer')},” he added.", "altered"),
        (f"“{LONG.replace(' not', '')},” he added.", "altered"),
        (f"“{LONG.replace('the price', 'the full price')},” he added.", "altered"),
        ("“They will not raise the price of the crossing,” he added.", "altered"),
        ("“not raise the fare of the crossing this winter” was his word.", "altered"),
        ("“Nobody has asked us what the passengers would like to pay,” he added.", "new"),
        ("“Harbour fees of the council are a scandal in this country,” he added.", "new"),
        ("He called it “scandalous” again.", "new"),
    ],
)
def test_a_quotation_is_told_by_what_became_of_it(quotation: str, status: str) -> None:
    assert statuses(WHOLE, f"{prose(2)} {quotation}") == [status]


def test_trimmed_and_extended_change_places_when_the_articles_do() -> None:
    part = f"“We will not raise the price of the crossing,” he added. {prose(2)}"
    assert statuses(WHOLE, part) == ["trimmed"]
    assert statuses(part, WHOLE) == ["extended"]


def test_words_that_differ_are_named_on_both_sides() -> None:
    found = compared(WHOLE, f"{prose(2)} “{LONG.replace('this winter', 'this summer')},” he added.")
    assert differing(found) == [("winter", "summer")]
    assert differing(compared(WHOLE, f"“{LONG.replace(' not', '')},” he said.")) == [("not", "")]


def test_a_quotation_interrupted_by_its_speaker_is_the_same() -> None:
    one = f"“We will not raise the price of the crossing,” the captain said. “Nobody can make us.” {prose(1)}"
    two = f"“We will not raise the price of the crossing. Nobody can make us,” he said. {prose(2)}"
    assert statuses(one, two) == ["same"]
    assert statuses(two, one) == ["trimmed", "trimmed"]


def test_quotations_behind_each_other_are_several_and_one_over_paragraphs_is_one() -> None:
    found = compared("「今日は行かない」「明日は行く」と言った。", "「明日は行く」「今日は行かない」と言った。")
    assert [q.status for q in found.quotations] == ["same", "same"]
    assert [words_of(found.article, q.article) for q in found.quotations] == ["明 日 は 行 く", "今 日 は 行 か な い"]
    over = f"“We will not raise the price.\n“Nobody can make us,” he said. {prose(3)}"
    assert statuses(over, f"“We will not raise the price. Nobody can make us,” he said. {prose(2)}") == ["same"]


def test_words_that_one_side_prints_without_marks_are_unmarked() -> None:
    marked = f"{prose(1)} He told the council that “the harbour will be closed until the engine is repaired” in May."
    plain = marked.replace("“", "").replace("”", "")
    words = "the harbour will be closed until the engine is repaired"
    for reference, article in ((marked, plain), (plain, marked)):
        found = compared(reference, article)
        (quotation,) = found.quotations
        assert quotation.status == "unmarked"
        assert words_of(found.reference, quotation.reference) == words_of(found.article, quotation.article) == words


def test_a_quotation_printed_twice_has_its_partner_both_times() -> None:
    part = "“whatever the council decides about the harbour”"
    assert statuses(WHOLE, f"{prose(2)} He says {part}. {prose(3)} He means {part}.") == ["trimmed", "trimmed"]


def test_without_quotations_there_are_none() -> None:
    assert statuses(prose(1), prose(1)) == []
    assert statuses(WHOLE, prose(2)) == []


def test_statuses_are_those_of_the_seeds_as_a_reader_finds_them() -> None:
    found = dedup.compare(SEEDS / "the-moscow-times.txt", SEEDS / "iranwire.txt")
    assert [q.status for q in found.quotations] == ["altered", "same", "new", "same", "new"]
    altered = found.quotations[0]
    assert words_of(found.article, altered.article) == "convey his best wishes"
    assert "please convey my best wishes to leader" in words_of(found.reference, altered.reference)
    assert differing(found) == [("my", "his")]
    turned = dedup.compare(SEEDS / "iranwire.txt", SEEDS / "the-moscow-times.txt")
    assert [q.status for q in turned.quotations] == ["altered", "same", "same"]
    same = dedup.compare(SEEDS / "the-moscow-times.txt", SEEDS / "the-times-of-israel.txt").quotations
    assert [q.status for q in same] == ["same", "same", "same", "new"]


def test_json_has_the_places_of_both_wordings_in_the_original_texts() -> None:
    found = dedup.compare(SEEDS / "the-moscow-times.txt", SEEDS / "iranwire.txt")
    shown = found.to_dict()["quotations"]
    assert [tuple(entry) for entry in shown] == [("status", "reference", "article")] * 5
    assert found.article.article.text[slice(*shown[0]["article"])] == "convey his best wishes"
    assert found.reference.article.text[slice(*shown[0]["reference"])].startswith("Our relations are")
    assert shown[2] == {"status": "new", "reference": None, "article": shown[2]["article"]}


def test_quotations_are_found_once_and_outlive_a_copy() -> None:
    found = compared(WHOLE, WHOLE)
    copy = pickle.loads(pickle.dumps(found))
    assert found.quotations is found.quotations
    assert copy.quotations == found.quotations


def printed(comparison: Comparison) -> str:
    out = io.StringIO()
    print_comparison(console(out), comparison)
    return out.getvalue()


def test_the_terminal_counts_quotations_and_shows_altered_ones_in_both_wordings() -> None:
    page = printed(dedup.compare(SEEDS / "the-moscow-times.txt", SEEDS / "iranwire.txt"))
    assert "quotations: 2 same, 1 altered, 2 new" in page
    assert (
        "altered: “Our relations are developing very well. Please convey [-my-] best wishes to leader "
        "(Ayatollah Ali) Khamenei” in the reference, “convey {+his+} best wishes” in the article" in page
    )
    assert "quotations:" not in printed(compared(prose(1), prose(1)))


def test_the_terminal_caps_altered_quotations_and_escapes_what_is_in_them() -> None:
    lines = [f"“{prose(seed, words=9)[:-1]} end{seed}”" for seed in range(10, 19)]
    other = [line.replace("end", "\x1b[2Jfin") for line in lines]
    page = printed(compared("\n".join(lines), "\n".join(other)))
    assert "quotations: 9 altered" in page
    assert page.count("altered: “") == 5
    assert "... and 4 more altered" in page
    assert "\x1b" not in page


@pytest.mark.parametrize("words", [300, 12], ids=["many words", "few words"])
def test_ten_thousand_quotations_take_no_longer_than_a_few_seconds(words: int) -> None:
    lines = [f"“{' '.join(f'w{(7 * n * n + n * k) % words}' for k in range(6))}.”" for n in range(10_000)]
    other = [line.replace("w1", "x1") for line in lines]
    found = compared("\n".join(lines), "\n".join(other))
    assert found.passages is not None
    start = time.perf_counter()
    counts = Counter(quotation.status for quotation in found.quotations)
    assert time.perf_counter() - start < 30
    assert counts.total() >= 10_000
