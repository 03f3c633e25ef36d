"""Marks of one article: each bit is what the methods of str say, and marks that are handed in are used."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from texts import PAGES, STORY, prepared

from dedup import Config
from dedup.capitals import ALPHA, DECIMAL, DIGIT, LOWER, UPPER, traits
from dedup.comparer import Comparer
from dedup.marks import DULL, NAME, NUMBER, QUOTED, Marks, marks


@given(st.text())
def test_traits_are_what_str_says(text: str) -> None:
    asked = ((UPPER, str.isupper), (LOWER, str.islower), (ALPHA, str.isalpha))
    asked = (*asked, (DIGIT, str.isdigit), (DECIMAL, str.isdecimal))
    for trait, is_so in asked:
        assert [bool(found & trait) for found in traits(text).tolist()] == [is_so(ch) for ch in text]


@pytest.mark.parametrize("language", PAGES)
def test_dull_words_are_short_or_have_digits_or_are_names(language: str) -> None:
    article = prepared("\n".join(PAGES[language]))
    found = marks(article)
    assert found.flags.dtype == np.uint8
    long = [len(key) >= 5 and not any(map(str.isdigit, key)) for key in article.tokens.keys]
    if found.style == "none":
        assert found.are(DULL).tolist() == (~(np.array(long) | article.tokens.unspaced)).tolist()
        assert not found.are(NAME).any()
    else:
        assert not (~found.are(DULL) & ~np.array(long)).any()
        assert found.are(DULL)[found.are(NAME)].all()


def test_numbers_and_quotations_are_marked() -> None:
    article = prepared(
        'The harbour sold 120 tickets at 5pm. "We waited for hours and nobody came to tell us," she said.'
    )
    found = marks(article)
    numbers = [key for key, is_one in zip(article.tokens.keys, found.are(NUMBER), strict=True) if is_one]
    assert numbers == ["120", "5pm"]
    assert found.are(QUOTED).tolist() == article.units.tolist()
    assert found.are(QUOTED).any()


def test_marks_that_are_kept_are_used_and_asked_for_where_texts_share_something() -> None:
    articles = [prepared("\n".join(STORY)), prepared("\n".join(STORY[:4])), prepared("\n".join(PAGES["de"]))]
    asked: list[int] = []

    def kept(at: int) -> Marks:
        asked.append(at)
        return marks(articles[at])

    pairs = np.array([[0, 1], [1, 0]])
    comparer = Comparer(articles, None, Config(), marks_of=kept)
    found = comparer.comparisons(pairs)
    assert sorted(asked) == [0, 1]
    assert [one.to_dict() for one in found] == [
        one.to_dict() for one in Comparer(articles, None, Config()).comparisons(pairs)
    ]
