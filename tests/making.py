"""Makers of what many tests need: articles from a few words, and plain running text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import strategies as st

from dedup.pipeline import prepare
from dedup.records import Article, Passage, Prepared
from dedup.results import Comparison

SEEDS = Path(__file__).parent.parent / "seeds"

#: Words of five letters and more, as a lone pair of texts takes them for informative.
WORDS = tuple(
    re.findall(
        r"\w+",
        """
    harbour minister railway budget signal quarter freight council tunnel engine winter storage passenger delay
    coastal northern service analyst supply quickly several expected announced yesterday morning thousand workers
    company refused pipeline terminal contract deadline inspector bridge traffic weather customs container station
    regional federal proposal committee parliament election candidate campaign hospital patient research laboratory
    village farmer harvest drought rainfall irrigation province governor highway accident witness insurance evidence
    museum painting exhibition concert orchestra audience festival holiday tourism airline airport runway luggage
    software network security password database keyboard monitor battery electric charging vehicle factory assembly
    mountain glacier climate carbon emission forest wildlife species habitat fisherman trawler seaweed lighthouse
    """,
    )
)


def article(text: str, id: str = "a", outlet: str = "", published: str | None = None, **fields: Any) -> Article:
    """An article; with its title outside the text, no line is taken for a headline."""
    when = datetime.fromisoformat(published) if published else None
    return Article(**{"id": id, "text": text, "outlet": outlet, "published": when, "title": "Untitled", **fields})


def prepared(text: str, id: str = "a", outlet: str = "", published: str | None = None, **fields: Any) -> Prepared:
    """The same, prepared."""
    return prepare(article(text, id, outlet, published, **fields))


def prose(seed: int, sentences: int = 1, words: int = 14) -> str:
    """A paragraph of its own: texts of different seeds share single words and no runs of them."""
    random = Random(seed)
    return " ".join(" ".join(random.sample(WORDS, words)).capitalize() + "." for _ in range(sentences))


def words_of(side: Prepared, span: tuple[int, int] | None) -> str:
    """The match keys in a span of tokens."""
    return " ".join(side.tokens.keys[slice(*span)]) if span else ""


def booked(comparison: Comparison) -> list[tuple[str, str, str]]:
    """The passages as (kind, words of the reference, words of the article)."""
    return [
        (p.kind, words_of(comparison.reference, p.reference), words_of(comparison.article, p.article))
        for p in comparison.passages
    ]


def kinds(passages: Sequence[Passage]) -> list[str]:
    """The passages' kinds in order."""
    return [passage.kind for passage in passages]


def shuffled_words(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Words as numbers, and a copy with stretches of them in another order and a word changed here and there."""
    word = st.integers(0, draw(st.sampled_from([2, 4, 30])))
    chunks = draw(st.lists(st.lists(word, min_size=1, max_size=12), min_size=1, max_size=6))
    order = draw(st.lists(st.integers(0, len(chunks) - 1), max_size=7))
    one = [token for chunk in chunks for token in chunk]
    two = [token for at in order for token in chunks[at]]
    for at, new in draw(st.lists(st.tuples(st.integers(0, 60), word), max_size=4)):
        two[at : at + 1] = [new]
    return one, two


def decodes(data: bytes) -> bool:
    """Whether it is UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
