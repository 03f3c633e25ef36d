"""The compiled tokeniser gives the twin's tokens, bit by bit, with every instruction set."""

from __future__ import annotations

import gzip
import json
import random
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import xxhash
from hypothesis import example, given, settings
from hypothesis import strategies as st
from making import SEEDS

from dedup import kernels
from dedup.kernels import _native, compiled, matchkey
from dedup.kernels.unicode14 import assigned
from dedup.records import Tokens

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
pytestmark = pytest.mark.usefixtures("isa")


def arrays(found: Tokens) -> list[tuple[np.dtype, tuple[int, ...], bytes]]:
    every = (found.bounds, found.hashes, found.starts, found.ends, found.unspaced)
    return [(array.dtype, array.shape, array.tobytes()) for array in every]


def assert_same(text: str) -> None:
    expected, found = matchkey.tokenise(text), compiled.tokenise(text)
    assert found.packed == expected.packed, text[:200]
    assert arrays(found) == arrays(expected), text[:200]


#: What is special, by what makes it so: each changes the state that the next character is read in.
SPECIAL = [
    *"aZ9 ,.'’ʼ\n-", "é", "É", "e\u0301", "ß", "ẞ", "ı", "İ", "ſ", "K", "Å", "ﬁ", "½", "²", "™", "Ａ",
    "７", "，", "ŉ", "…", "“", "—", "\u2026'", "\u0301", "\u093f", "\u05b7", "\u064e", "\u0640", "\u200b",
    "\u200d", "\u00ad", "\ufe0f", "\u0345", "\u302e", "\U000e0101", "न", "ि", "क्", "가", "\u1112\u1161",
    "힣", "日", "が", "か\u3099", "ｶﾞ", "ー", "々", "〇", "ก", "ำ", "ແ", "က", "ខ", "א", "م", "\u0378", "\u0cf3",
    "\ud800", "\udfff", "\ufdfa", "😀", "𝐀", "𝟗", "𠀀", "\U0002fa1d", "\U0001d165", "\U0010ffff", "\x00",
    "\x7f",
]  # fmt: skip
SIGN = st.one_of(st.sampled_from(SPECIAL), st.characters(), st.integers(0, 0x10FFFF).map(chr))


@settings(max_examples=300, deadline=None)
@given(st.lists(SIGN, max_size=40).map("".join))
@example("a'" * 40)
@example("1," * 40)
@example("\ud83d\ude00")  # two halves of a pair are two lone surrogates
def test_any_characters_are_read_alike(text: str) -> None:
    assert_same(text)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.text("abcXYZ 019,.'", max_size=70), st.sampled_from(SPECIAL)), max_size=8))
def test_special_signs_between_stretches_of_ascii_are_read_alike(parts: list[tuple[str, str]]) -> None:
    assert_same("".join(plain + sign for plain, sign in parts))


BORDERS = (*range(201), *range(250, 262), *range(4088, 4106), 8190, 8192, 8195)


@pytest.mark.parametrize("filling", ["a", "1", " ", "é", "日", "😀", "ab ", "a'", "1,", "\u0301", "가", "ſ ", "“a” "])
def test_texts_of_every_length_at_the_borders_of_vectors_and_chunks(filling: str) -> None:
    for n in BORDERS:
        assert_same((filling * n)[:n])


@pytest.mark.parametrize("sign", SPECIAL, ids=lambda sign: "-".join(f"{ord(ch):x}" for ch in sign))
def test_a_special_sign_at_every_place_of_a_vector(sign: str) -> None:
    for around in ("a", "1", " ", "日", "é"):
        assert_same("\n.".join(f"{'x' * n}{around}{sign}{around}y" for n in range(68)))
    for n in (*range(58, 68), *range(122, 132), *range(4090, 4100)):
        assert_same("x" * n + sign)
        assert_same("1" * n + sign + "1")


@pytest.mark.parametrize("joint", ["'", "’", "ʼ", ","])
@pytest.mark.parametrize(
    ("left", "right"), [("a", "a"), ("1", "1"), ("1", "a"), ("a", ""), ("", "1"), ("日", "a"), ("é", "1")]
)
def test_apostrophes_and_commas_at_the_borders_of_vectors(joint: str, left: str, right: str) -> None:
    for n in (*range(55, 70), *range(120, 135), *range(4088, 4102)):
        for count in (1, 2, 3):
            for before in ("x" * n, "1" * n, " " * n):
                assert_same(before + left + joint * count + right)


def test_a_megabyte_is_read_alike() -> None:
    rng = random.Random(4)
    words = [
        "storm",
        "Fähre",
        "don’t",
        "1,200",
        "日本語",
        "ﷺ",
        "क्षेत्र",
        "😀",
        "U.S.",
        "e\u0301",
        "한국",
        "\ufdfa" * 40,
        "“so”",
    ]
    text = " ".join(rng.choices(words, k=250_000))[:1_000_000]
    assert len(text) == 1_000_000
    assert_same(text)
    assert_same("\ufdfa" * 100_000)  # 33 bytes for each 3
    assert_same("x" * 1_000_000)
    assert_same("\u200b" * 300_000 + "a")


@cache
def everything() -> str:
    """Every code point, assigned or not, between and behind what its class may depend on."""
    points = [c for c in range(sys.maxunicode + 1) if assigned(c) or c % 64 == 0]
    return "".join(f"1{chr(c)}a {chr(c)}," for c in points)


def test_all_of_unicode_14_is_read_alike() -> None:
    assert sum(map(assigned, range(sys.maxunicode + 1))) > 280_000
    assert_same(everything())


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.txt")), ids=lambda path: path.stem)
def test_the_seeds_are_read_alike(path: Path) -> None:
    assert_same(path.read_text("utf-8"))


CORPORA = (
    "allsides_8k",
    "clough_stevenson",
    "ecbplus",
    "html_pages_dev",
    "provenance_2018",
    "reuters21578",
    "saudinewsnet_dev",
)


@cache
def sample(name: str) -> list[str]:
    """Every 40th article of a corpus, its title and its text."""
    with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for number, line in enumerate(lines) if number % 40 == 0]
    return [text for record in records for text in (record["title"], record["text"]) if text]


@pytest.mark.parametrize("name", CORPORA)
def test_articles_of_the_corpora_are_read_alike(name: str) -> None:
    if not (DATA / f"{name}.jsonl.gz").exists():
        pytest.skip("the corpora stand outside of the project and are not here")
    texts = sample(name)
    assert texts
    for text in texts:
        assert_same(text)


def test_what_is_no_text_is_refused() -> None:
    for wrong in (b"bytes", None, 1, ["a"]):
        with pytest.raises(TypeError):
            compiled.tokenise(wrong)  # type: ignore[arg-type]


# --- hashes


def lengths() -> Iterator[bytes]:
    rng = random.Random(8)
    yield from (rng.randbytes(n) for n in range(1201))


def test_a_hash_is_that_of_the_xxhash_package_for_every_length() -> None:
    for data in lengths():
        assert _native.token_hash(data) == xxhash.xxh3_64_intdigest(data)


def test_the_hash_of_a_key_is_that_of_its_utf8() -> None:
    for sign in ("k", "é", "日", "𠀀"):
        for n in range(0, 1201, 1 if sign == "k" else 7):
            expected = xxhash.xxh3_64_intdigest((sign * n).encode())
            assert kernels.token_hash(sign * n) == matchkey.token_hash(sign * n) == expected


def test_tokens_of_every_length_have_the_hash_of_their_key() -> None:
    rng = random.Random(9)
    keys = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=n)) for n in range(1, 1201)]
    for order in (keys, keys[::-1], rng.sample(keys, len(keys))):
        found = compiled.tokenise(" ".join(order))
        assert found.keys == tuple(order)
        assert found.hashes.tolist() == [xxhash.xxh3_64_intdigest(key.encode()) for key in order]
