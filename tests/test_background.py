"""Which phrases are common, by date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pytest
from texts import chatter, day, prepared

from dedup import Background, Config, compare, load_background
from dedup.background import Common, day_of
from dedup.config import Rules
from dedup.kernels import Runs, tiles
from dedup.kernels.commonness import phrase_length
from dedup.kernels.sequence import Run
from dedup.records import Ints, Mask, Prepared

PHRASE = "the national weather office warned of strong winds along the whole coast."
RULES = Rules(background_tokens=500)
TODAY, LATER = day(10), day(20)
A = prepared(f"{chatter(1)}\n\n{PHRASE}", "a", published=TODAY)
B = prepared(f"{chatter(2)}\n\n{PHRASE}", "b", published=TODAY)


def carrier(number: int, published: datetime | None, text: str = PHRASE) -> Prepared:
    return prepared(f"{chatter(100 + number)}\n\n{text}", f"carrier{number}", published=published)


def filler(published: datetime | None, count: int = 6) -> list[Prepared]:
    return [prepared(chatter(200 + at), f"filler{at}", published=published) for at in range(count)]


def asked(background: Background, one: Prepared, two: Prepared, found: Sequence[Run] | None = None) -> list[Mask]:
    """A mask for each tile of two texts, or for each of the runs given."""
    runs = tiles(one.tokens.hashes, two.tokens.hashes, 5) if found is None else found
    rows = np.array(runs, np.int64).reshape(-1, 3)
    mask = answer(background, one, two, rows).common
    return np.split(mask, np.cumsum(rows[:-1, 2])) if len(rows) else []


def answer(background: Background, one: Prepared, two: Prepared, rows: Ints) -> Common:
    return background.common([one, two], np.array([[0, 1]]), Runs(rows, np.array([0, len(rows)])))


def common(articles: Sequence[Prepared], one: Prepared = A, two: Prepared = B, rules: Rules = RULES) -> Mask:
    (mask,) = asked(Background([one, two, *articles], rules), one, two)
    return mask


def test_a_phrase_that_far_articles_carry_is_common() -> None:
    assert common([*filler(LATER), carrier(1, LATER)]).all()


@pytest.mark.parametrize("published", [TODAY, day(11), day(13), day(7)])
def test_a_phrase_that_only_near_articles_carry_is_not_common(published: datetime) -> None:
    assert not common([*filler(LATER), carrier(1, published)]).any()


@pytest.mark.parametrize(("published", "far"), [(day(13), False), (day(14), True), (day(7), False), (day(6), True)])
def test_far_is_more_than_three_days_either_way(published: datetime, far: bool) -> None:
    assert common([*filler(LATER), carrier(1, published)]).all() == far


def test_far_is_far_from_both_texts() -> None:
    late = prepared(B.article.text, "b", published=day(19))
    assert not common([*filler(day(1)), carrier(1, LATER)], two=late).any()
    assert common([*filler(day(1)), carrier(1, day(14))], two=late).all()


def test_only_the_words_that_a_common_phrase_covers_are_common() -> None:
    mask = common([*filler(LATER), carrier(1, LATER, "strong winds along the whole fence.")])
    assert mask.tolist() == [False] * 6 + [True] * 5 + [False]


def test_an_undated_carrier_counts_where_it_has_little_else_in_common() -> None:
    assert common([*filler(LATER), carrier(1, None)]).all()
    reprint = prepared(A.article.text + " Nothing else.", "reprint")
    assert not common([*filler(LATER), reprint]).any()


def test_a_template_that_returns_on_several_days_is_common_though_it_overlaps() -> None:
    issues = [
        prepared(f"{A.article.text} Number {at}.", f"issue {at}", published=LATER + timedelta(days=at))
        for at in range(3)
    ]
    assert common([*filler(LATER), *issues]).all()
    assert not common([*filler(LATER), *issues[:2]]).any()  # late copies of the story


def test_a_late_copy_does_not_make_the_words_of_its_story_common() -> None:
    late = prepared(f"{A.article.text} Tomorrow more.", "late", published=LATER)
    assert not common([*filler(LATER), late]).any()


def test_without_the_dates_of_the_pair_overlap_decides() -> None:
    one, two = prepared(A.article.text, "a"), prepared(B.article.text, "b")
    assert common([*filler(LATER), carrier(1, TODAY)], one, two).all()
    reprint = prepared(A.article.text + " Nothing else.", "reprint", published=LATER)
    assert not common([*filler(LATER), reprint], one, two).any()


def test_with_too_little_text_far_away_overlap_decides() -> None:
    assert common([*filler(TODAY), carrier(1, TODAY)]).all()
    reprint = prepared(A.article.text + " Nothing else.", "reprint", published=TODAY)
    assert not common([*filler(TODAY), reprint]).any()


def test_in_a_larger_background_more_articles_must_carry_a_phrase() -> None:
    rules = Rules(background_tokens=500, tokens_per_count=1000)  # a thousand words far away: two carriers
    assert not common([*filler(LATER), carrier(1, LATER)], rules=rules).any()
    assert common([*filler(LATER), carrier(1, LATER), carrier(2, LATER)], rules=rules).all()


def test_exact_copies_count_once() -> None:
    rules = Rules(background_tokens=500, tokens_per_count=1000)
    copies = [prepared(carrier(1, LATER).article.text, f"copy{at}", published=LATER) for at in range(5)]
    assert not common([*filler(LATER), *copies], rules=rules).any()
    assert Background(copies, rules).tokens == len(copies[0].tokens)


@pytest.mark.parametrize(
    ("tile", "phrase"), [(5, 3), (15, 3), (16, 4), (31, 4), (32, 5), (64, 7), (79, 7), (80, 8), (1000, 8)]
)
def test_the_phrase_that_makes_a_tile_common_grows_with_it_up_to_eight_words(tile: int, phrase: int) -> None:
    assert phrase_length(tile) == phrase


def test_long_copy_is_not_common_piece_by_piece() -> None:
    copy = chatter(7, 64)
    words = copy.replace("\n\n", " ").split(" ")
    one = prepared(f"{chatter(1)}\n\n{copy}", "a", published=TODAY)
    two = prepared(f"{chatter(2)}\n\n{copy}", "b", published=TODAY)
    pieces = [carrier(at, LATER, " ".join(words[at : at + 6])) for at in range(0, 60, 6)]
    assert not common([*filler(LATER), *pieces], one, two).any()
    mask = common([*filler(LATER), carrier(99, LATER, " ".join(words[20:27]))], one, two)
    assert np.flatnonzero(mask).tolist() == list(range(20, 27))


def test_a_tile_shorter_than_a_phrase_has_nothing_common() -> None:
    background = Background([A, B, *filler(LATER), carrier(1, LATER)], RULES)
    at = len(A.tokens) - 2
    assert asked(background, A, B, [(at, at, 2)])[0].tolist() == [False, False]


def test_asking_again_gives_the_same_answer() -> None:
    background = Background([A, B, *filler(LATER), carrier(1, LATER)], RULES)
    once, again = asked(background, A, B)[0], asked(background, A, B)[0]
    assert once.all()
    assert again.tolist() == once.tolist()
    assert asked(background, B, A)[0].tolist() == once.tolist()


def test_one_background_serves_pairs_of_other_days() -> None:
    late_one, late_two = (prepared(half.article.text, f"late {half.article.id}", published=LATER) for half in (A, B))
    background = Background([*filler(day(1)), carrier(1, LATER)], RULES)
    assert asked(background, A, B)[0].all()
    assert not asked(background, late_one, late_two)[0].any()
    assert not asked(background, A, late_two)[0].any()


def test_no_tiles_no_masks() -> None:
    assert asked(Background([A, B, *filler(LATER)], RULES), A, B, []) == []


def test_in_too_little_text_only_articles_days_apart_are_asked() -> None:
    near, far = carrier(1, TODAY), carrier(2, LATER)
    one, two = prepared(A.article.text, "a"), prepared(B.article.text, "b")
    assert not common([near], rules=Rules()).any()
    assert common([far], rules=Rules()).all()
    assert not common([far], one, two, Rules()).any()  # undated: nothing is far from them
    assert not asked(Background([], Rules()), A, B)[0].any()


def test_it_is_said_whether_dates_decided_and_what_is_common_beyond_doubt() -> None:
    rows = np.array(tiles(A.tokens.hashes, B.tokens.hashes, 5), np.int64)
    dated = answer(Background([A, B, *filler(LATER), carrier(1, LATER)], RULES), A, B, rows)
    assert dated.by_date.tolist() == [True]
    assert dated.everywhere.all()
    few = answer(Background([A, B, *filler(TODAY), carrier(1, TODAY)], RULES), A, B, rows)
    assert (few.by_date.tolist(), few.common.all(), few.everywhere.any()) == ([False], True, False)
    many = answer(Background([A, B, *(carrier(at, TODAY) for at in range(50))], RULES), A, B, rows)
    assert many.everywhere.all()


def test_texts_days_apart_carry_a_phrase_themselves() -> None:
    rules = Rules(background_tokens=500, tokens_per_count=1000)  # two carriers, for texts of one day
    late = prepared(B.article.text, "b", published=LATER)
    assert not common([*filler(day(1)), carrier(1, day(1))], rules=rules).any()
    assert common([*filler(day(1)), carrier(1, day(1))], two=late, rules=rules).all()


def test_a_background_suffices_from_its_limit_on() -> None:
    own = len(A.tokens) + len(B.tokens)
    assert Background([A, B], Rules(background_tokens=own)).suffices
    assert not Background([A, B], Rules(background_tokens=own + 1)).suffices
    assert not Background([], Rules()).suffices


def test_a_common_phrase_makes_no_partial_reuse() -> None:
    articles = [item.article for item in (*filler(LATER), carrier(1, LATER))]
    config = Config(rules=RULES)
    alone = compare(A.article, B.article, config=config)
    informed = compare(A.article, B.article, config=config, background=load_background(articles, config=config))
    assert (alone.judgement.basis, alone.verdict) == ("pair", "partial_reuse")
    assert (informed.judgement.basis, informed.verdict) == ("corpus", "formula")


def test_the_same_phrase_is_partial_reuse_where_nobody_else_carries_it() -> None:
    articles = [item.article for item in filler(LATER)]
    found = compare(
        A.article,
        B.article,
        config=Config(rules=RULES),
        background=load_background(articles, config=Config(rules=RULES)),
    )
    assert (found.judgement.basis, found.verdict) == ("corpus", "partial_reuse")


def test_with_too_little_text_the_two_texts_alone_decide() -> None:
    background = load_background([A.article, {"text": " "}, {"id": "n", "text": "* * *"}, carrier(1, LATER).article])
    assert background.tokens == len(A.tokens) + len(carrier(1, LATER).tokens)
    assert compare(A.article, B.article, background=background).judgement.basis == "pair"


def test_a_background_may_be_one_path_or_mapping(tmp_path) -> None:
    (tmp_path / "a.txt").write_text(chatter(1), "utf-8")
    assert load_background(tmp_path).tokens == load_background({"text": chatter(1)}).tokens == 120
    assert load_background({"body": chatter(1)}, fields={"text": "body"}).tokens == 120


def test_day_of_counts_days_and_knows_the_undated() -> None:
    assert day_of(B) - day_of(A) == 0
    assert day_of(carrier(1, LATER)) - day_of(A) == 10
    assert day_of(carrier(1, None)) < -1_000_000


def test_in_a_small_corpus_no_pair_changes_what_is_common_for_another() -> None:
    """A pair told by date is told so beside one that has no date, too."""
    undated = prepared(f"{chatter(3)}\n\n{PHRASE}", "c")
    background = Background([A, B, undated, carrier(1, LATER)], Rules())
    assert not background.suffices
    rows = np.array([run for two in (B, undated) for run in tiles(A.tokens.hashes, two.tokens.hashes, 5)], np.int64)
    together = background.common([A, B, undated], np.array([[0, 1], [0, 2]]), Runs(rows, np.array([0, 1, 2])))
    alone = answer(background, A, B, rows[:1])
    assert (together.by_date.tolist(), alone.by_date.tolist()) == ([True, False], [True])
    assert alone.everywhere.all()
    assert together.everywhere.tolist() == alone.everywhere.tolist() + [False] * int(rows[1, 2])
