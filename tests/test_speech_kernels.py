"""Sentences and quotations: the compiled kernels and their twins part every text alike."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from making import SEEDS
from texts import PAGES

from dedup.kernels import compiled, speech, tokenise
from dedup.records import Span

#: Marks that end sentences, marks of quotation, what stands around them, in strings of every width.
SIGNS = [
    *"ab .?!'\"“”„«»‹›「」『』‘’()[]`,;19\n…。！？｡؟۔।։።）_-", "``", "''", "((", "))", " U.S.", " Mr. ", " ab.",
    "1a.", "_b.", "don’t ", ".\" ", "?! ", "” ", "Z", "é", "ß", "ɏ", "ɐ", "и", "ש", "漢", "か", "ก", "한", "न", "ि",
    "ع", "²", "٣", "ª", "ǅ", "Ⅳ", "\u00a0", "\u2028", "\u3000", "\x1c", "\x85", "\u200b", "\U0001f600",
    "\U0001d7d8", "\U00010400",
]  # fmt: skip


def assert_same(text: str, spans: Sequence[Span], embedded: Sequence[bool]) -> None:
    starts = tokenise(text).starts
    rows, flags = np.array(spans, np.int64).reshape(-1, 2), np.array(embedded, np.uint8)
    for one, two in (
        (speech.sentences(text, rows, starts), compiled.sentences(text, rows, starts)),
        (speech.quoted(text, rows, starts, flags), compiled.quoted(text, rows, starts, flags)),
    ):
        assert one.dtype == two.dtype
        assert one.tolist() == two.tolist(), (text, spans)


def parted(text: str, cuts: Sequence[int]) -> list[Span]:
    places = sorted(cut % (len(text) + 1) for cut in cuts)
    return list(zip(places[::2], places[1::2], strict=False))


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.sampled_from(SIGNS), max_size=50).map("".join),
    st.lists(st.integers(0, 200), max_size=8),
    st.integers(0, 15),
)
@example("“a b\n“c d” e", [0, 4, 5, 12], 0)
@example("«a b\n»c» d", [0, 4, 5, 10], 0)
@example("«a «b» c» d «e «f» g «h»", [0, 24], 0)
@example("و”ع“ ”a “b”", [0, 11], 0)
def test_random_texts_in_random_paragraphs(text: str, cuts: list[int], flags: int) -> None:
    spans = parted(text, cuts)
    assert_same(text, spans, [bool(flags >> at & 1) for at in range(len(spans))])
    lines = [found.span() for found in re.finditer(r"[^\n]+", text)]
    assert_same(text, lines, [False] * len(lines))


@pytest.mark.parametrize("seed", range(8))
def test_random_texts_of_few_signs(seed: int) -> None:
    """Many of one sign in a row, nested and unpaired marks: what a whole alphabet seldom makes."""
    rng = random.Random(seed)
    for _ in range(1500):
        signs = rng.sample(SIGNS, rng.choice([3, 6, 12]))
        text = "".join(rng.choices(signs, k=rng.randint(0, 60)))
        spans = parted(text, [rng.randrange(200) for _ in range(2 * rng.randint(0, 4))])
        assert_same(text, spans, [rng.random() < 0.1 for _ in spans])


@pytest.mark.parametrize("text", ["\n".join(page) for page in PAGES.values()], ids=PAGES)
def test_pages_in_each_language(text: str) -> None:
    spans = [found.span() for found in re.finditer(r"[^\n]+", text)]
    assert_same(text, spans, [False] * len(spans))


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.txt")), ids=lambda path: path.stem)
def test_the_seeds(path: Path) -> None:
    text = path.read_text("utf-8")
    spans = [found.span() for found in re.finditer(r"[^\n]+", text)]
    assert_same(text, spans, [at % 5 == 0 for at in range(len(spans))])
    assert_same(text, [(0, len(text))], [False])


def test_every_character_between_letters_and_beside_marks() -> None:
    """What is a letter, a digit or a space is Python's to say, for both."""
    for start in range(0, 0x110000, 0x4000):
        few = range(start, start + 0x4000, 1 if start < 0x4000 else 37)
        text = "".join(f'"{chr(c)}" a{chr(c)}. “a{chr(c)}"b.{chr(c)}\'c d e\'{chr(c)}\n' for c in few)
        spans = [found.span() for found in re.finditer(r"[^\n]+", text)]
        assert_same(text, spans, [False] * len(spans))


def test_nothing_has_no_sentence_and_no_quotation() -> None:
    assert_same("", [], [])
    assert_same("", [(0, 0)], [True])
    assert_same("“a” b.", [], [])


def test_long_runs_of_marks() -> None:
    for sign in ("“", "'", '"', ".", "''", "「", "«a ", '“a" ', '."', "» ", "‘a b c’ ", "((a))"):
        text = sign * 2500
        assert_same(text, [(0, len(text))], [False])


INTS = np.zeros((1, 2), np.int64)
STARTS, FLAGS = np.zeros(1, np.int32), np.zeros(1, np.uint8)


@pytest.mark.parametrize("bad", [(-1, 1), (0, 4), (2, 1), (0, 2**62)])
def test_paragraphs_that_do_not_lie_in_the_text_are_refused(bad: Span) -> None:
    rows = np.array([bad], np.int64)
    with pytest.raises(ValueError, match="spans must lie in the text"):
        compiled.sentences("abc", rows, STARTS)
    with pytest.raises(ValueError, match="spans must lie in the text"):
        compiled.quoted("abc", rows, STARTS, FLAGS)


def test_paragraphs_have_two_columns_and_a_flag_each() -> None:
    with pytest.raises(ValueError, match="two columns"):
        compiled.sentences("abc", np.zeros((1, 3), np.int64), STARTS)
    with pytest.raises(ValueError, match="a flag for each span"):
        compiled.quoted("abc", INTS, STARTS, np.zeros(2, np.uint8))


@pytest.mark.parametrize(
    "wrong",
    [(b"abc", INTS, STARTS), ("abc", INTS.astype(np.int32), STARTS), ("abc", INTS[0], STARTS),
     ("abc", INTS, STARTS.astype(np.int64)), ("abc", [(0, 1)], STARTS), (None, INTS, STARTS)],
)  # fmt: skip
def test_arguments_of_another_kind_are_refused(wrong: tuple[Any, Any, Any]) -> None:
    with pytest.raises(TypeError):
        compiled.sentences(*wrong)
    with pytest.raises(TypeError):
        compiled.quoted(*wrong, FLAGS)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60),
    st.integers(0, 4),
    st.sampled_from([0.0, 0.3, 0.4, 0.5, 1.0]),
    st.integers(0, 12),
)
def test_quote_units_are_those_of_the_twin(
    tokens: list[tuple[bool, bool]], least: int, share: float, rest: int
) -> None:
    sentence = np.cumsum([new for new, _ in tokens], dtype=np.int64)
    sentence -= sentence[:1]
    quoted = np.array([marked for _, marked in tokens], bool)
    expected = speech.quote_units(sentence, quoted, least, share, rest)
    found = compiled.quote_units(sentence, quoted, least, share, rest)
    assert (expected.dtype, expected.tolist()) == (found.dtype, found.tolist())
