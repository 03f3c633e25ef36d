"""Tiles -> ledger: the laws of the ledger, on texts compared through the pipeline and on bare tokens."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import SEEDS, WORDS, booked, kinds, prepared, prose, shuffled_words, words_of

from dedup import align, kernels
from dedup.kernels import pairs
from dedup.kernels.pairs import Runs, cover
from dedup.pipeline import compare
from dedup.records import Ints, Ledger, Prepared, Tile, Tokens
from dedup.results import Comparison
from dedup.tokens import tokens

# --- the laws, on pairs of articles of which one is an edited copy of the other

WORD = st.sampled_from([*WORDS[:8], "the", "of", "in"])
SENTENCE = st.lists(WORD, min_size=3, max_size=12).map(lambda words: " ".join(words).capitalize() + ".")
QUOTED = st.lists(WORD, min_size=2, max_size=8).map(lambda words: f"“{' '.join(words)},” said the minister.")
PARAGRAPH = st.lists(st.one_of(SENTENCE, SENTENCE, QUOTED), min_size=1, max_size=4).map(" ".join)


@st.composite
def edited_copies(draw: st.DrawFn) -> tuple[Prepared, Prepared]:
    original = draw(st.lists(PARAGRAPH, min_size=1, max_size=5))
    copy = list(original)
    for edit in draw(st.lists(st.sampled_from(["move", "cut", "insert", "replace", "word"]), max_size=4)):
        at = draw(st.integers(0, len(copy) - 1))
        if edit == "move":
            copy.insert(draw(st.integers(0, len(copy) - 1)), copy.pop(at))
        elif edit == "cut" and len(copy) > 1:
            copy.pop(at)
        elif edit == "insert":
            copy.insert(at, draw(PARAGRAPH))
        elif edit == "replace":
            copy[at] = draw(PARAGRAPH)
        elif edit == "word":
            words = copy[at].split()
            words[draw(st.integers(0, len(words) - 1))] = draw(WORD)
            copy[at] = " ".join(words)
    return prepared("\n\n".join(original), "reference"), prepared("\n\n".join(copy), "article")


def turned(ledger: Ledger) -> Ledger:
    """The ledger as it must be when reference and article change places."""
    return Ledger(
        reference_tokens=ledger.article_tokens,
        article_tokens=ledger.reference_tokens,
        kept=ledger.kept,
        moved=ledger.moved,
        rewritten_reference=ledger.rewritten_article,
        rewritten_article=ledger.rewritten_reference,
        cut=ledger.added,
        added=ledger.cut,
    )


def assert_lossless(comparison: Comparison) -> None:
    """The passages hold each token of both texts once, and those shared are equal on both sides."""
    reference, article, found = comparison.reference, comparison.article, comparison.passages
    in_reference = [at for p in found if p.reference for at in range(*p.reference)]
    in_article = [at for p in found if p.article for at in range(*p.article)]
    assert sorted(in_reference) == list(range(len(reference.tokens)))
    assert in_article == list(range(len(article.tokens)))
    for passage in found:
        if passage.kind in ("kept", "moved"):
            assert words_of(reference, passage.reference) == words_of(article, passage.article) != ""
        elif passage.kind != "rewritten":
            assert (passage.kind == "cut") == (passage.article is None) == (passage.reference is not None)


def assert_booked_as_counted(comparison: Comparison) -> None:
    ledger = comparison.ledger
    for kind, in_reference, in_article in (
        ("kept", ledger.kept, ledger.kept),
        ("moved", ledger.moved, ledger.moved),
        ("rewritten", ledger.rewritten_reference, ledger.rewritten_article),
        ("cut", ledger.cut, 0),
        ("added", 0, ledger.added),
    ):
        spans = [(p.reference or (0, 0), p.article or (0, 0)) for p in comparison.passages if p.kind == kind]
        assert sum(b - a for (a, b), _ in spans) == in_reference
        assert sum(b - a for _, (a, b) in spans) == in_article


@settings(max_examples=200, deadline=None)
@given(edited_copies())
def test_the_laws_of_the_ledger(pair: tuple[Prepared, Prepared]) -> None:
    reference, article = pair
    found = compare(reference, article)
    ledger = found.ledger
    assert ledger.reference_tokens == len(reference.tokens)
    assert ledger.article_tokens == len(article.tokens)
    assert ledger.reference_tokens == ledger.kept + ledger.moved + ledger.rewritten_reference + ledger.cut
    assert ledger.article_tokens == ledger.kept + ledger.moved + ledger.rewritten_article + ledger.added
    assert compare(article, reference).ledger == turned(ledger)
    assert_lossless(found)
    assert_booked_as_counted(found)
    for side, spans in ((reference, [p.reference for p in found.passages if p.kind == "cut"]),
                        (article, [p.article for p in found.passages if p.kind == "added"])):  # fmt: skip
        assert all(span and len(set(side.paragraph[slice(*span)].tolist())) == 1 for span in spans)


@settings(max_examples=60, deadline=None)
@given(st.text('ab .“”\n"日はกำ9', min_size=1, max_size=60).filter(lambda text: any(map(str.isalnum, text))))
def test_whatever_a_text_is_it_keeps_itself_whole(text: str) -> None:
    side = prepared(f"{text}\nharbour")
    found = compare(side, side)
    assert found.ledger == Ledger(len(side.tokens), len(side.tokens), len(side.tokens), 0, 0, 0, 0, 0)
    assert (found.verdict, found.reuse, found.retention) == ("verbatim_reprint", 1.0, 1.0)
    assert kinds(found.passages) == ["kept"]


def test_texts_without_a_common_word_are_cut_and_added_whole() -> None:
    found = compare(prepared("harbour minister railway."), prepared("quarter signal budget council."))
    assert found.ledger == Ledger(3, 4, 0, 0, 0, 0, cut=3, added=4)
    assert found.verdict == "independent"


@pytest.mark.parametrize("one", sorted(SEEDS.glob("*.txt")), ids=lambda path: path.stem)
def test_the_seed_articles_keep_the_laws_among_each_other(one: object) -> None:
    texts = {path: prepared(path.read_text("utf-8"), title=None) for path in SEEDS.glob("*.txt")}
    for two in texts.values():
        found = compare(texts[one], two)  # type: ignore[index]
        assert_lossless(found)
        assert_booked_as_counted(found)
        assert compare(two, texts[one]).ledger == turned(found.ledger)  # type: ignore[index]


# --- single edits


def test_a_paragraph_in_another_place_is_booked_moved() -> None:
    long, short, last = prose(1, 3), prose(2), prose(3, 2)
    found = compare(prepared(f"{long}\n{short}\n{last}"), prepared(f"{long}\n{last}\n{short}"))
    assert found.ledger == Ledger(84, 84, 70, 14, 0, 0, 0, 0)
    assert kinds(found.passages) == ["kept", "kept", "moved"]
    moved = found.passages[2]
    assert (moved.reference, moved.article) == ((42, 56), (70, 84))


def test_a_replaced_word_is_booked_rewritten_on_both_sides() -> None:
    reference = prepared(f"{prose(1)}\n{prose(2)}")
    words = prose(1).split()
    words[6] = "replaced"
    found = compare(reference, prepared(f"{' '.join(words)}\n{prose(2)}"))
    assert found.ledger == Ledger(28, 28, 27, 0, 1, 1, 0, 0)
    assert [p for p in booked(found) if p[0] == "rewritten"] == [("rewritten", prose(1).split()[6], "replaced")]
    assert kinds(found.passages) == ["kept", "rewritten", "kept"]


def test_a_word_put_in_or_left_out_in_a_kept_sentence_is_added_or_cut() -> None:
    words = prose(1).split()
    longer = " ".join([*words[:7], "inserted", *words[7:]])
    short, long = prepared(f"{prose(1)}\n{prose(2)}"), prepared(f"{longer}\n{prose(2)}")
    assert [p for p in booked(compare(short, long)) if p[0] != "kept"] == [("added", "", "inserted")]
    assert [p for p in booked(compare(long, short)) if p[0] != "kept"] == [("cut", "inserted", "")]


def test_words_put_in_around_a_kept_one_are_added_and_not_rewritten() -> None:
    words = prose(1, words=15).split()
    longer = " ".join([*words[:7], "before", words[7], "behind", *words[8:]])
    found = compare(prepared(" ".join(words)), prepared(longer))
    assert found.ledger == Ledger(15, 17, 15, 0, 0, 0, cut=0, added=2)
    back = compare(prepared(longer), prepared(" ".join(words)))
    assert back.ledger == turned(found.ledger)
    assert kinds(back.passages) == ["kept", "cut", "kept", "cut", "kept"]
    assert [words for kind, words, _ in booked(back) if kind == "cut"] == ["before", "behind"]


def test_words_replaced_on_both_sides_of_a_full_stop_are_booked_rewritten() -> None:
    one, two = prose(1).split(), prose(2).split()
    reference = prepared(" ".join([*one[:-1], "ending.", "Opening", *two[1:]]))
    article = prepared(" ".join([*one[:-1], "finished.", "Beginning", *two[1:]]))
    found = compare(reference, article)
    assert found.ledger == Ledger(28, 28, 26, 0, 2, 2, 0, 0)
    assert_lossless(found)
    assert_booked_as_counted(found)


def test_words_between_the_tiles_of_paired_sentences_are_kept_where_equal() -> None:
    """The islet: two equal words between replaced ones, too short for a tile."""
    words = prose(1, words=24).split()
    other = list(words)
    other[8], other[11] = "replaced", "likewise"
    found = compare(prepared(" ".join(words)), prepared(" ".join(other)))
    assert found.ledger == Ledger(24, 24, 22, 0, 2, 2, 0, 0)
    assert [article for kind, _, article in booked(found) if kind == "rewritten"] == ["replaced", "likewise"]


def test_a_paragraph_put_in_is_added_and_one_left_out_is_cut() -> None:
    short, long = f"{prose(1)}\n{prose(2)}", f"{prose(1)}\n{prose(3)}\n{prose(4)}\n{prose(2)}"
    inserted = compare(prepared(short), prepared(long))
    assert inserted.ledger == Ledger(28, 56, 28, 0, 0, 0, cut=0, added=28)
    assert kinds(inserted.passages) == ["kept", "added", "added", "kept"]
    left_out = compare(prepared(long), prepared(short))
    assert left_out.ledger == Ledger(56, 28, 28, 0, 0, 0, cut=28, added=0)
    assert kinds(left_out.passages) == ["kept", "cut", "cut", "kept"]


def test_a_cut_passage_stands_in_the_report_where_it_stood() -> None:
    parts = [prose(number) for number in range(4)]
    found = compare(prepared("\n".join(parts)), prepared("\n".join([parts[1], parts[3]])))
    assert kinds(found.passages) == ["cut", "kept", "cut", "kept"]


def test_a_passage_is_a_quote_where_most_of_it_is_quoted() -> None:
    quotation = f"“{prose(5)[:-1]},” said the minister."
    found = compare(prepared(f"{prose(1)}\n{quotation}"), prepared(f"{quotation}\n{prose(2)}"))
    assert [(p.kind, p.quote) for p in found.passages] == [("cut", False), ("kept", True), ("added", False)]
    assert (found.narrative_reuse, found.quote_reuse) == (0.0, 1.0)


# --- the laws on bare tokens, any sentences, any choice of tiles


def bare(words: list[int]) -> Tokens:
    return tokens(" ".join(map(str, words)))


def ledger(alignment: kernels.Alignment) -> Ledger:
    """The counts of an alignment."""
    r = np.bincount(alignment.labels_reference, minlength=4).tolist()
    d = np.bincount(alignment.labels_article, minlength=4).tolist()
    return Ledger(
        reference_tokens=len(alignment.labels_reference),
        article_tokens=len(alignment.labels_article),
        kept=r[kernels.KEPT],
        moved=r[kernels.MOVED],
        rewritten_reference=r[kernels.REWRITTEN],
        rewritten_article=d[kernels.REWRITTEN],
        cut=r[kernels.CUT_OR_ADDED],
        added=d[kernels.CUT_OR_ADDED],
    )


def one_pair(*texts: Tokens) -> tuple[pairs.Texts, Ints]:
    nothing = [np.zeros(len(text), np.int64) for text in texts]
    return pairs.Texts(texts, nothing, [numbers.astype(bool) for numbers in nothing]), np.array([[0, 1]])


def tiles(reference: Tokens, article: Tokens, minimum: int) -> list[Tile]:
    texts, pair = one_pair(reference, article)
    return [Tile(*row) for row in texts.tiles(pair, minimum).rows.tolist()]


def leaning(found: Sequence[Tile], counted: Sequence[bool], sizes: tuple[int, int]) -> list[bool]:
    texts, pair = one_pair(*(bare(list(range(size))) for size in sizes))
    rows = np.array([(tile.reference, tile.article, tile.length) for tile in found], np.int64)
    return texts.leaning(pair, Runs(rows, np.array([0, len(rows)])), np.array(counted)).tolist()


@st.composite
def shuffled_copies(draw: st.DrawFn) -> tuple[Tokens, Tokens, Ints, Ints, list[Tile]]:
    one, two = shuffled_words(draw)
    reference, article = bare(one), bare(two)
    sentence_r, sentence_d = (
        np.cumsum(draw(st.lists(st.sampled_from([0, 0, 0, 0, 1]), min_size=len(side), max_size=len(side))), dtype=int)
        for side in (one, two)
    )
    found = tiles(reference, article, draw(st.integers(3, 5)))
    return reference, article, sentence_r, sentence_d, [tile for tile in found if draw(st.booleans())]


def renumbered(sentence: Ints) -> Ints:
    return np.unique(sentence, return_inverse=True)[1].astype(np.int64)


@settings(max_examples=250, deadline=None)
@given(shuffled_copies())
def test_partners_are_one_another_and_swapping_the_sides_swaps_the_ledger(
    case: tuple[Tokens, Tokens, Ints, Ints, list[Tile]],
) -> None:
    reference, article, sentence_r, sentence_d, counted = case
    sentence_r, sentence_d = renumbered(sentence_r), renumbered(sentence_d)
    found = align.align(reference, article, counted, sentence_r, sentence_d)
    for labels, partner, back, keys, other_labels, other_keys in (
        (found.labels_reference, found.partner_reference, found.partner_article, reference.keys,
         found.labels_article, article.keys),
        (found.labels_article, found.partner_article, found.partner_reference, article.keys,
         found.labels_reference, reference.keys),
    ):  # fmt: skip
        for at, there in enumerate(partner.tolist()):
            assert (there >= 0) == (labels[at] in (align.KEPT, align.MOVED))
            if there >= 0:
                assert (back[there], other_labels[there], other_keys[there]) == (at, labels[at], keys[at])
    mirrored = [Tile(tile.article, tile.reference, tile.length) for tile in counted]
    swapped = align.align(article, reference, mirrored, sentence_d, sentence_r)
    assert ledger(swapped) == turned(ledger(found))


def test_held_against_nothing_everything_is_cut_or_added() -> None:
    text, nothing, one_sentence = bare([1, 2, 3]), bare([]), np.zeros(3, np.int64)
    found = align.align(text, nothing, (), one_sentence, np.zeros(0, np.int64))
    assert ledger(found) == Ledger(3, 0, 0, 0, 0, 0, cut=3, added=0)
    no_quote, empty = np.zeros(3, bool), np.zeros(0, np.int64)
    (passage,) = align.passages(found, no_quote, empty.astype(bool), one_sentence, empty)
    assert (passage.kind, passage.reference, passage.article) == ("cut", (0, 3), None)


# --- tiles are proved, weak tiles lean


def test_a_tile_rests_on_the_keys_and_never_on_their_hashes() -> None:
    one, two = bare([1, 2, 3, 4, 5, 6]), bare([1, 2, 3, 4, 5, 7])
    forged = replace(two, hashes=one.hashes)
    assert tiles(one, forged, 5) == []
    assert tiles(one, two, 5) == [Tile(0, 0, 5)]


def test_equal_bodies_are_one_tile_however_short() -> None:
    assert tiles(bare([1]), bare([1]), 5) == [Tile(0, 0, 1)]
    assert tiles(bare([]), bare([]), 5) == []


STRONG = Tile(0, 0, 10), Tile(100, 200, 10)


@pytest.mark.parametrize(
    ("weak", "leans"),
    [
        (Tile(35, 35, 5), False),  # held before, and nothing holds it behind
        (Tile(80, 180, 5), False),  # held behind, and nothing holds it before
        (Tile(35, 35, 40), False),  # 25 tokens behind the first, and 25 before the second in the reference alone
        (Tile(115, 215, 5), True),  # between the second and the end of both texts, 10 tokens further
        (Tile(115, 214, 5), False),  # reaches the end of the reference alone
        (Tile(136, 236, 4), False),  # reaches the end, but is 26 tokens behind the second
    ],
)
def test_a_weak_tile_counts_where_it_is_held_on_both_sides(weak: Tile, leans: bool) -> None:
    sizes = weak.reference + weak.length, 220 if weak.reference < 120 else 240
    assert leaning([*STRONG, weak], [True, True, False], sizes) == [True, True, leans]


@pytest.mark.parametrize(
    ("weak", "leans"),
    [
        (Tile(35, 35, 15), True),  # 25 tokens from either
        (Tile(36, 36, 14), False),
        (Tile(36, 35, 14), False),
        (Tile(35, 36, 14), False),
        (Tile(35, 35, 14), False),
        (Tile(10, 10, 65), True),
        (Tile(35, 9, 15), False),  # begins before the first one's end in the article
        (Tile(90, 10, 5), False),  # out of order
    ],
)
def test_a_weak_tile_leans_on_strong_ones_in_order_and_at_most_25_tokens_away(weak: Tile, leans: bool) -> None:
    strong = Tile(0, 0, 10), Tile(75, 75, 10)
    assert leaning([weak, *strong], [False, True, True], (200, 200)) == [leans, True, True]
    turned_around = Tile(weak.article, weak.reference, weak.length)
    assert leaning([turned_around, *strong], [False, True, True], (200, 200)) == [leans, True, True]


def test_a_weak_tile_does_not_lean_on_another_weak_one() -> None:
    found = [Tile(0, 0, 10), Tile(20, 20, 5), Tile(30, 30, 5)]
    assert leaning(found, [True, False, False], (100, 100)) == [True, False, False]
    assert leaning(found, [False, False, False], (35, 35)) == [False, False, False]


# --- cover


def test_cover_is_the_mean_of_shared_tokens_and_of_tokens_in_covered_sentences() -> None:
    sentence = np.array([0] * 5 + [1] * 5, np.int64)
    shared = np.array([1, 1, 0, 0, 0, 1, 0, 0, 0, 0], bool)
    everything = np.ones(10, bool)
    assert cover(shared, everything, sentence) == pytest.approx((0.3 + 0.5) / 2)
    assert cover(shared, ~everything, sentence) == 0.0
    assert cover(everything, everything, sentence) == 1.0
    short = np.array([0] * 3, np.int64)  # a sentence of three tokens covers nothing
    assert cover(np.ones(3, bool), np.ones(3, bool), short) == 0.5


def test_rewrites_on_both_sides_of_a_sentence_border_face_each_other_one_by_one() -> None:
    first = "Council ministers approved the railway harbour budget after lengthy debate on "
    second = " engineers inspected the northern freight tunnel beneath crowded quarter streets."
    comparison = compare(prepared(f"{first}Tuesday. Several{second}"), prepared(f"{first}Wednesday. Fourteen{second}"))
    rewritten = [passage for passage in comparison.passages if passage.kind == "rewritten"]
    assert [(p.reference, p.article) for p in rewritten] == [((11, 12), (11, 12)), ((12, 13), (12, 13))]


def test_one_word_replaced_in_a_repetitive_text_moves_nothing() -> None:
    words = ("minister announced regional railway budget before winter holiday season yesterday " * 12).split()
    edited = [*words[:20], "tomorrow", *words[21:]]
    ledger = compare(prepared(" ".join(words)), prepared(" ".join(edited))).ledger
    assert (ledger.kept, ledger.moved, ledger.rewritten_reference, ledger.rewritten_article) == (119, 0, 1, 1)


def test_passages_are_found_once_and_outlive_a_copy() -> None:
    comparison = compare(prepared(f"{prose(1)}\n{prose(2)}"), prepared(f"{prose(2)}\n{prose(3)}"))
    copy = pickle.loads(pickle.dumps(comparison))
    assert comparison.passages is comparison.passages
    assert kinds(copy.passages) == kinds(comparison.passages) == ["cut", "kept", "added"]
