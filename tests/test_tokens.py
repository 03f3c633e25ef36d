"""Body -> match keys with offsets: the golden hashes, and the tokens of a stretch of text."""

from __future__ import annotations

import numpy as np
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import kernels
from dedup.kernels import compiled, matchkey, token_hash
from dedup.tokens import tokens, within


@pytest.mark.parametrize(
    ("key", "digits"),
    [
        ("the", "cb1283631cf33d7d"),
        ("president", "f33a40c88a9bd4b5"),
        ("said", "14c3dd57acec1933"),
        ("on", "b95d67dfb953f4ef"),
        ("friday", "fb9ea4fff22f8a3e"),
    ],
)
def test_a_token_hash_is_the_golden_one(key: str, digits: str) -> None:
    assert f"{token_hash(key):016x}" == digits


def test_a_text_becomes_keys_hashes_and_places() -> None:
    found = tokens("The Präsident’s 1,200 km².")
    assert found.keys == ("the", "prasidents", "1200", "km2")
    assert found.hashes.tolist() == [xxhash.xxh3_64_intdigest(key.encode()) for key in found.keys]
    assert (found.starts.tolist(), found.ends.tolist()) == ([0, 4, 16, 22], [3, 15, 21, 25])
    assert len(found) == 4


def test_letters_of_scripts_without_spaces_are_marked() -> None:
    found = tokens("Tokyo 東京 がん 2024年 한국 ไทย हिन्दी")
    marked = [key for key, alone in zip(found.keys, found.unspaced.tolist(), strict=True) if alone]
    assert marked == ["東", "京", "か\u3099", "ん", "年", "ไ", "ท", "ย"]


def test_a_text_without_a_letter_has_no_tokens() -> None:
    found = tokens("… — !")
    assert len(found) == 0
    assert [a.dtype for a in (found.hashes, found.starts, found.ends)] == [np.uint64, np.int32, np.int32]


@settings(max_examples=150, deadline=None)
@given(st.text("ab é'.\n日", max_size=40), st.lists(st.integers(0, 40), max_size=8))
def test_within_keeps_the_tokens_that_start_in_a_stretch(text: str, bounds: list[int]) -> None:
    bounds = sorted(bounds)
    spans = list(zip(bounds[::2], bounds[1::2], strict=False))
    found = tokens(text)
    chosen = within(found, spans)
    inside = [at for at, start in enumerate(found.starts.tolist()) if any(a <= start < b for a, b in spans)]
    assert chosen.keys == tuple(found.keys[at] for at in inside)
    assert chosen.hashes.tolist() == found.hashes[inside].tolist()
    assert chosen.starts.tolist() == found.starts[inside].tolist()
    assert chosen.ends.tolist() == found.ends[inside].tolist()
    assert chosen.unspaced.tolist() == found.unspaced[inside].tolist()


RANGES = (
    st.lists(st.integers(0, 30), max_size=8)
    .map(sorted)
    .map(lambda at: [at[i : i + 2] for i in range(0, len(at) - 1, 2)])
)


@settings(max_examples=200, deadline=None)
@given(st.text("abé漢 ,'1", max_size=80), RANGES)
def test_selected_tokens_are_those_of_the_twin(text: str, ranges: list[list[int]]) -> None:
    found = kernels.tokenise(text)
    rows = np.array(ranges, np.int64).reshape(-1, 2).clip(0, len(found))
    expected, chosen = matchkey.select(found, rows), compiled.select(found, rows)
    for name in ("bounds", "hashes", "starts", "ends", "unspaced"):
        one, two = getattr(expected, name), getattr(chosen, name)
        assert (one.dtype, one.tolist()) == (two.dtype, two.tolist())
    assert chosen.packed == expected.packed
    assert chosen.keys == tuple(key for a, b in rows.tolist() for key in found.keys[a:b])


@pytest.mark.parametrize("ranges", [[(0, 4)], [(2, 1)], [(-1, 1)], [(1, 2), (1, 3)], [(2, 3), (0, 1)], [(0, 2**62)]])
def test_ranges_that_are_not_within_the_tokens_are_refused(ranges: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="ranges must ascend within the tokens"):
        compiled.select(kernels.tokenise("one two three"), np.array(ranges, np.int64))
