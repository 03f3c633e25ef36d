"""Many literals in one pass: the compiled finder and its twin find the same places."""

from __future__ import annotations

import random
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedup.kernels import compiled, literals

Literals = list[str] | list[bytes]


def places(found: Any) -> list[tuple[int, int]]:
    at, numbers = found
    assert at.dtype == numbers.dtype == np.int64
    return list(zip(at.tolist(), numbers.tolist(), strict=True))


def same(wanted: Any, text: Any) -> list[tuple[int, int]]:
    expected = places(literals.LiteralFinder(wanted).find(text))
    assert places(compiled.LiteralFinder(wanted).find(text)) == expected
    return expected


#: Characters of one, two and four bytes in Python's strings, some equal in their lower byte or half.
FEW = st.sampled_from("ab\u0161\u0162\u6161\U00016161\U0001f600\x00\xff")
WANTED = st.lists(st.text(FEW, min_size=2, max_size=6), max_size=8)


@settings(max_examples=400, deadline=None)
@given(WANTED, st.text(FEW, max_size=60))
@example(["ab", "abab", "ba", "ab"], "ababab")
@example(["\u6161\u6161"], "aaaaaaaa")
@example([], "nothing is looked for")
def test_literals_in_strings_of_every_width(wanted: list[str], text: str) -> None:
    same(wanted, text)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.binary(min_size=2, max_size=6), max_size=8),
    st.lists(st.one_of(st.binary(max_size=8), st.sampled_from([b"\x00\x00", b"ab", b"\xff\xfe"])), max_size=12).map(
        b"".join
    ),
)
def test_literals_in_bytes(wanted: list[bytes], text: bytes) -> None:
    planted = b"-".join([text, *wanted, text])
    found = same(wanted, planted)
    assert {number for _, number in found} == set(range(len(wanted)))


def test_many_literals_in_long_texts() -> None:
    rng = random.Random(2)
    alphabet = "abcdeü東"
    wanted = ["".join(rng.choices(alphabet, k=rng.randint(2, 9))) for _ in range(3000)]
    for width in ("", "\u6771", "\U0001f600"):
        text = "".join(rng.choices(alphabet + width, k=30_000))
        assert len(same(wanted, text)) > 10_000
        encoded = [literal.encode() for literal in wanted]
        assert len(same(encoded, text.encode())) > 10_000


def test_each_place_is_told_in_order_with_all_that_begin_there(form: ModuleType) -> None:
    finder = form.LiteralFinder(["storm", "st", "storms", "or", "st"])
    assert places(finder.find("storms st")) == [(0, 0), (0, 1), (0, 2), (0, 4), (2, 3), (7, 1), (7, 4)]


def test_places_are_counted_in_characters_of_a_string_and_in_bytes_of_bytes(form: ModuleType) -> None:
    assert places(form.LiteralFinder(["東京"]).find("é😀東京")) == [(2, 0)]
    assert places(form.LiteralFinder(["東京".encode()]).find("é😀東京".encode())) == [(6, 0)]


def test_a_literal_that_overlaps_itself_is_found_at_each_place(form: ModuleType) -> None:
    assert places(form.LiteralFinder(["aa"]).find("aaaa")) == [(0, 0), (1, 0), (2, 0)]


def test_nothing_is_found_in_what_is_shorter_than_the_literal(form: ModuleType) -> None:
    for text in ("", "a", "ab", "abc"):
        assert places(form.LiteralFinder(["abcd"]).find(text)) == []


@pytest.mark.parametrize("short", [["a"], [""], ["long enough", "x"], [b"a"], [b""]])
def test_a_literal_has_two_units_at_least(form: ModuleType, short: Literals) -> None:
    with pytest.raises(ValueError, match="2 units at least"):
        form.LiteralFinder(short)
