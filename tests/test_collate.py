"""Copies of one text in columns, what is kept of them, and the text that is made of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import permutations
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import prepared, prose, shuffled_words

from dedup.booking import Copy, reference_copy
from dedup.collate import MINIMUM, Collation, collate, pairs_of
from dedup.compose import compose
from dedup.config import Config
from dedup.kernels import Texts, tokenise
from dedup.records import Prepared, Tokens

LINES = [prose(number, 2) for number in range(10)]  # 28 tokens each
OTHERS = [prose(number, 2) for number in range(20, 60)]


def collated(texts: Sequence[Tokens]) -> Collation:
    nothing = [np.zeros(len(text), np.int64) for text in texts]
    masks = [np.zeros(len(text), bool) for text in texts]
    return collate(texts, Texts(list(texts), nothing, masks).tiles(pairs_of(len(texts)), MINIMUM))


def of(*texts: str) -> Collation:
    return collated([tokenise(text) for text in texts])


def read_back(collation: Collation, text: int) -> list[int]:
    """The hashes of a text's tokens, as the columns hold them."""
    return [int(collation.hashes[column]) for column in collation.places[text]]


def copy(*lines: Sequence[str]) -> Copy:
    """The reference copy of outlets that print these lines, the first the printed reference."""
    members = [prepared("\n".join(own), f"id {at}", f"outlet {at}") for at, own in enumerate(lines)]
    return reference_copy(members, Config())


def kept_of(found: Copy) -> str:
    return found.reference.prepared.tokens.packed.decode()


def packed(*lines: str) -> str:
    return tokenise("\n".join(lines)).packed.decode()


# --- columns


@st.composite
def families(draw: st.DrawFn) -> list[Tokens]:
    """Two to five texts made of the same words in runs, moved, changed and left out."""
    words: list[list[int]] = []
    for _ in range(draw(st.integers(1, 3))):
        words += shuffled_words(draw)
    return [tokenise(" ".join(f"w{number}" for number in text)) for text in words if text] or [tokenise("w1")]


@given(families())
def test_every_text_can_be_read_back_from_its_columns(texts: list[Tokens]) -> None:
    found = collated(texts)
    for at, text in enumerate(texts):
        assert read_back(found, at) == text.hashes.tolist()
        assert len(set(found.places[at].tolist())) == len(text)
        assert (np.diff(found.places[at][found.ordered[at]]) > 0).all()
    assert found.support.min() >= 1
    assert found.support.sum() == sum(map(len, texts))


@given(families())
def test_two_texts_that_have_a_token_make_its_support_two(texts: list[Tokens]) -> None:
    found = collated(texts)
    holders = [{*places.tolist()} for places in found.places]
    for column, support in enumerate(found.support.tolist()):
        assert support == sum(column in own for own in holders)


def test_a_word_changed_between_two_runs_has_a_column_of_its_own_and_the_words_around_it_are_shared() -> None:
    found = of("one two three four five six seven eight nine", "one two three four FIFTH six seven eight nine")
    assert found.support.tolist().count(1) == 2
    assert found.support.tolist().count(2) == 8
    assert found.shared.tolist() == [[0, 9], [0, 9]]


def test_single_words_between_runs_are_shared_where_they_stand_in_order() -> None:
    found = of("a b c d one two three e f g h", "a b c d uno two tres e f g h")
    assert found.support.tolist().count(2) == 9


def test_moved_text_gives_support_and_moves_no_column() -> None:
    one, two = (LINES[0], LINES[1], LINES[2]), (LINES[2], LINES[0], LINES[1])
    found = of("\n".join(one), "\n".join(two))
    assert (found.support == 2).all()
    assert found.places[0].tolist() == list(range(84))
    assert found.ordered[1].tolist() == [False] * 28 + [True] * 56


def test_texts_that_share_nothing_share_no_column() -> None:
    found = of(LINES[0], OTHERS[0])
    assert (found.support == 1).all()
    assert found.shared.tolist() == [[0, -1], [0, -1]]
    assert found.kept().tolist() == [True] * 28 + [False] * 28  # nothing is known but the backbone


# --- what is kept


def test_with_four_outlets_two_make_a_token_and_one_does_not() -> None:
    a, b, c, d, e = LINES[:5]
    found = copy((a, b, d), (a, c, d), (a, b, c, OTHERS[0]), (b, c, d, e))
    assert kept_of(found) == packed(a, b, c, d)
    assert found.reference.status == "consensus"
    assert set(found.reference.support.tolist()) == {3}
    assert found.reference.representative is not None


def test_what_fewer_than_a_third_of_those_around_it_have_is_not_kept() -> None:
    a, b = LINES[:2]
    copies = [(a, OTHERS[0], b)] * 2 + [(a, b)] * 5
    assert kept_of(copy((a, b), *copies)) == packed(a, b)


def test_of_two_readings_of_a_place_the_one_that_more_outlets_have_is_kept() -> None:
    a, b, c = LINES[:3]
    found = copy((a, OTHERS[0], b), (a, OTHERS[0], b, c), *[(a, OTHERS[1], b, c)] * 3)
    assert kept_of(found) == packed(a, OTHERS[1], b, c)


def test_of_two_readings_of_a_place_that_equally_many_have_the_backbones_is_kept() -> None:
    a, b, c = LINES[:3]
    found = copy((a, OTHERS[0], b), (a, OTHERS[0], b, c), (a, OTHERS[1], b, c), (a, OTHERS[1], b, c))
    assert kept_of(found) == packed(a, OTHERS[0], b, c)


def test_a_round_up_of_a_thousand_words_changes_nothing() -> None:
    a, b, c, d, e = LINES[:5]
    few = [(a, b, d, e), (a, c, d, e), (b, c, d), (a, b, c, e)]
    before = copy(*few)
    after = copy(*few, (*OTHERS[:18], a, b, c, d, e, *OTHERS[18:36]))
    assert len(packed(*OTHERS[:36]).split()) > 1000
    assert kept_of(before) == kept_of(after) == packed(a, b, c, d, e)


@pytest.mark.parametrize("lead", [10, 40])
def test_of_three_outlets_a_short_head_of_the_backbone_is_kept_and_a_long_one_is_not(lead: int) -> None:
    a, b, c = LINES[:3]
    head = prose(90, 1, lead)
    found = copy((head, a, b), (a, b, c), (OTHERS[1], b, c))
    assert kept_of(found) == (packed(head, a, b, c) if lead == 10 else packed(a, b, c))


def test_two_outlets_claim_nothing_about_what_one_prints_alone() -> None:
    a, b, c = LINES[:3]
    found = copy((a, b), (b, c))
    assert found.reference.representative is None
    assert found.reference.status == "single"
    assert found.reference.support.tolist() == [1] * 28 + [2] * 28


def test_a_copy_that_hardly_differs_from_a_printed_one_is_not_rebuilt() -> None:
    whole = LINES[:6]
    found = copy(whole, whole, (*whole[:3], OTHERS[0], *whole[3:]), whole[:5])
    assert found.reference.representative is None
    assert found.reference.support.tolist() == [4] * 140 + [3] * 28


def test_the_agencys_own_item_is_never_rebuilt() -> None:
    a, b, c, d = LINES[:4]
    own = prepared("\n".join((a, b)), "own", "afp.com")
    others = [prepared("\n".join((a, b, c, d)), f"id {at}", f"outlet {at}") for at in range(4)]
    found = reference_copy([own, *others], Config()).reference
    assert (found.status, found.prepared, found.representative) == ("original", own, None)
    assert found.support.tolist() == [5] * 56


def test_the_order_of_the_outlets_changes_nothing() -> None:
    a, b, c, d, e = LINES[:5]
    texts = [(a, b, c, OTHERS[0]), (a, c, d, e), (b, c, d), (a, OTHERS[1], d, e), (b, c, e)]
    members = [prepared("\n".join(own), f"id {at}", f"outlet {at}") for at, own in enumerate(texts)]
    found = set()
    for order in permutations(members[1:]):
        copy = reference_copy([members[0], *order], Config())
        found.add((copy.reference.prepared.article.text, tuple(copy.reference.support.tolist())))
    assert len(found) == 1


def test_subsets_of_a_family_say_what_the_family_says() -> None:
    """Each outlet leaves out two of ten paragraphs and adds one: any five of eight rebuild nearly all of it."""
    random = Random(4)
    outlets = []
    for number in range(8):
        own = [line for at, line in enumerate(LINES) if at not in random.sample(range(10), 2)]
        own.insert(random.randrange(9), OTHERS[number])
        outlets.append(tuple(own))
    whole = packed(*LINES).split()
    assert kept_of(copy(*outlets)).split() == whole
    for _ in range(6):
        some = kept_of(copy(*random.sample(outlets, 5))).split()
        assert not {*some} - {*whole}
        assert len(some) >= 0.85 * len(whole)


# --- who speaks against a passage


def test_the_outlets_against_a_passage_have_the_text_around_it_and_not_the_passage() -> None:
    a, b, c, d = LINES[:4]
    new = OTHERS[0]
    found = copy((a, b, c, d), (a, b, new, c, d), (a, b, c), (a, new, c, d), (c, d))
    text = found.texts[1]
    assert (
        found.collation.against(text, (56, 84)) == 2
    )  # the first and the third; the fourth has it, the fifth begins below
    assert found.collation.against(found.texts[3], (28, 56)) == 2


def test_nobody_speaks_against_what_stands_at_the_end() -> None:
    a, b = LINES[:2]
    found = copy((a, b), (a, b), (a, b), (a, b, OTHERS[0]))
    assert found.collation.against(found.texts[3], (56, 84)) == 0


# --- many outlets


def test_five_hundred_reprints_take_a_bounded_time() -> None:
    random = Random(3)
    lines = [prose(number, 2) for number in range(18)]  # 504 words
    members = []
    for number in range(500):
        own = [line for line in lines if random.random() > 0.1]
        own.insert(random.randrange(len(own)), prose(1000 + number, 2))
        members.append(prepared("\n".join(own), f"id {number}", f"outlet {number}"))
    start = time.process_time()
    found = reference_copy(members, Config())
    assert time.process_time() - start < 5
    assert kept_of(found) == packed(*lines)
    assert found.reference.support.min() > 400
    assert len(found.collation.hashes) < 504 + 41 * 28 + 100
    assert found.collation.against(found.texts[499], _private(members[499], lines)) > 300


def _private(member: Prepared, lines: Sequence[str]) -> tuple[int, int]:
    """The tokens of the line that only this member has."""
    before = 0
    for line in member.article.text.split("\n"):
        size = len(tokenise(line))
        if line not in lines:
            return before, before + size
        before += size
    raise AssertionError("every line is shared")


# --- text


def composed(*texts: str) -> str:
    """All columns as text."""
    articles = [prepared(text, f"id {at}") for at, text in enumerate(texts)]
    found = collated([article.tokens for article in articles])
    return compose(articles, found.places, np.arange(len(found.hashes)))


def test_a_text_is_given_back_as_it_was_printed() -> None:
    text = '"The port is shut," she said (again).\nIt cost 1,200 euros - at least.\nWell-known ships left.'
    assert composed(text) == text


def test_words_of_two_outlets_are_joined_with_their_signs_and_paragraphs() -> None:
    one = "The port was shut on Monday, the ministry said.\nAll the trawlers had left."
    two = "The port was shut on Monday, the ministry said.\n“Nobody was hurt,” it added.\nAll the trawlers had left."
    assert composed(one, two) == two


def test_furniture_between_paragraphs_does_not_come_along() -> None:
    one = f"{LINES[0]}\nRead more\n{LINES[1]}"
    article = prepared(one)
    assert [zone.kind for zone in article.zones] == ["body", "furniture", "body"]
    columns = np.arange(len(article.tokens))
    assert compose([article], [columns], columns) == f"{LINES[0]}\n{LINES[1]}"


def test_no_space_comes_between_letters_of_a_script_without_spaces() -> None:
    article = prepared("港口周一因暴风雨关闭。渔船都离开了港口。")
    columns = np.arange(len(article.tokens))
    assert compose([article], [columns], np.delete(columns, [2, 3])) == "港口因暴风雨关闭。渔船都离开了港口。"


@given(families(), st.randoms(use_true_random=False))
def test_the_words_of_a_composed_text_are_the_columns_asked_for(texts: list[Tokens], random: Random) -> None:
    found = collated(texts)
    kept = np.array([random.random() < 0.7 for _ in found.hashes], bool)
    articles = [prepared(text.packed.decode(), f"id {at}") for at, text in enumerate(texts)]
    assert (
        tokenise(compose(articles, found.places, np.flatnonzero(kept))).hashes.tolist() == found.hashes[kept].tolist()
    )
