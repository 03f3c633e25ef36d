"""The made corpus of the benchmarks: its truth adds up, reads back, and is what compare() books."""

from __future__ import annotations

import gzip
import importlib.util
import json
import sys
from collections import Counter, defaultdict
from itertools import islice, pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest

import dedup

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def _module(name: str) -> Any:
    """A benchmark by its path: they are programs, no package; those a program imports are loaded before it."""
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec
    assert spec.loader
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


stories = _module("stories")
reprints = _module("reprints")
newsroom = _module("newsroom")


def plain(text: str) -> str:
    """Without what is a house's typography."""
    return " ".join(text.translate(newsroom._STRAIGHT).translate(newsroom._SQUARE).split())


@pytest.fixture(scope="module")
def corpus() -> tuple[dict[str, dict[str, str]], list[dict[str, Any]]]:
    pairs = list(newsroom.generate(1000, 250, seed=3))
    return {record["id"]: record for record, _ in pairs}, [truth for _, truth in pairs if truth]


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    def written(name: str, seed: int) -> tuple[bytes, bytes]:
        files = tmp_path / f"{name}.jsonl", tmp_path / f"{name}.truth"
        assert newsroom.write(newsroom.generate(120, 80, seed), *files) == 120
        return files[0].read_bytes(), files[1].read_bytes()

    assert written("a", 5) == written("b", 5)
    assert written("c", 6)[0] != written("a", 5)[0]


def test_articles_come_one_by_one_and_in_the_order_of_publication() -> None:
    first = list(islice(newsroom.generate(10**12, 100, seed=1), 500))  # does not wait for the other 10^12
    published = [record["published"] for record, _ in first]
    assert published == sorted(published)
    assert len({record["id"] for record, _ in first}) == 500


def test_every_ledger_adds_up(corpus: Any) -> None:
    for truth in corpus[1]:
        book = truth["ledger"]
        both = book["kept"] + book["moved"]
        assert book["reference_tokens"] == both + book["rewritten_reference"] + book["cut"]
        assert book["article_tokens"] == both + book["rewritten_article"] + book["added"]
        assert min(book.values()) >= 0
        for side in ("reference_tokens", "article_tokens"):
            assert sum(passage[side] for passage in truth["passages"]) == book[side]


def test_every_kind_of_change_is_made(corpus: Any) -> None:
    made = Counter(passage["kind"] for truth in corpus[1] for passage in truth["passages"])
    assert set(made) == {"kept", "moved", "rewritten", "cut", "added"}
    assert {truth["policy"] for truth in corpus[1]} == {"wire", *reprints.POLICIES}


def test_spans_read_back_give_the_text(corpus: Any) -> None:
    records, truths = corpus
    for truth in truths:
        wire, article = records[truth["wire"]]["text"], records[truth["id"]]["text"]
        for passage in truth["passages"]:
            sides = [text[slice(*passage[side])] for text, side in ((wire, "reference"), (article, "article"))
                     if passage[side]]  # fmt: skip
            assert all(side and side == side.strip() for side in sides)
            if passage["kind"] in ("kept", "moved"):
                assert plain(sides[0]) == plain(sides[1])
                assert passage["reference_tokens"] == passage["article_tokens"]


def test_passages_hold_every_word_of_both_bodies_once(corpus: Any) -> None:
    records, truths = corpus
    for truth in truths:
        wire, article = records[truth["wire"]]["text"], records[truth["id"]]["text"]
        for text, side in ((wire, "reference"), (article, "article")):
            spans = sorted(passage[side] for passage in truth["passages"] if passage[side])
            assert all(a[1] <= b[0] for a, b in pairwise(spans))
            between = [text[a[1] : b[0]] for a, b in pairwise(spans)]
            assert not any(gap.strip() for gap in between), (truth["id"], between)
        reference = sorted(passage["reference"] for passage in truth["passages"] if passage["reference"])
        assert wire[: reference[0][0]].endswith("– ")  # the dateline
        assert reference[-1][1] == len(wire)


def test_families_are_reprints_of_one_wire_story_by_different_outlets(corpus: Any) -> None:
    records, truths = corpus
    families = defaultdict(list)
    for truth in truths:
        families[truth["family"]].append(truth)
    assert 0.25 < len(truths) / len(records) < 0.55
    sizes = sorted(map(len, families.values()))
    assert sizes[0] >= 2
    assert sizes[len(sizes) // 2] <= 3  # most are small
    assert 10 < sizes[-1] <= 31
    for members in families.values():
        (wire,) = {truth["wire"] for truth in members}
        assert len({records[truth["id"]]["outlet"] for truth in members}) == len(members)
        assert records[wire]["outlet"] in newsroom.AGENCIES
        assert all(records[wire]["published"] <= records[truth["id"]]["published"] for truth in members)


def test_texts_are_like_news(corpus: Any) -> None:
    records = list(corpus[0].values())
    words = sorted(len(record["text"].split()) for record in records)
    assert 180 < median(words) < 320
    assert words[-1] > 4 * words[0]
    assert sum(not record["text"].isascii() for record in records) > 0.95 * len(records)
    share = sum(not ch.isascii() for r in records for ch in r["text"]) / sum(len(r["text"]) for r in records)
    assert 0.002 < share < 0.02
    common = Counter(word for record in records for word in record["text"].lower().split()).most_common(1)[0][1]
    assert 0.02 < common / sum(words) < 0.1  # Zipf: the commonest word is one in ten to fifty


@pytest.mark.parametrize(
    ("language", "first", "last"),
    [("ar", "ء", "ي"), ("ru", "А", "я"), ("hi", "ँ", "॥"), ("zh", "一", "鿿"), ("ko", "가", "힣")],
)
def test_other_languages_are_written_in_their_own_letters(language: str, first: str, last: str) -> None:
    pairs = list(newsroom.generate(40, 200, seed=2, language=language))
    text = "".join(record["text"] for record, truth in pairs if truth is None or truth["policy"] == "wire")
    letters = [ch for ch in text if ch.isalpha()]
    assert sum(first <= ch <= last for ch in letters) > 0.9 * len(letters)
    if language == "zh":
        assert text.count(" ") < 0.1 * len(text)
    truths = [truth for _, truth in pairs if truth]
    assert truths
    assert all(truth["ledger"]["reference_tokens"] for truth in truths)


def test_real_articles_may_be_the_wire(tmp_path: Path) -> None:
    texts = [record["text"] for record, _ in newsroom.generate(300, 150, seed=9)]
    path = tmp_path / "real.jsonl.gz"
    path.write_bytes(gzip.compress("".join(json.dumps({"text": text}) + "\n" for text in texts).encode()))
    pairs = list(newsroom.generate(200, 0, seed=4, wire=stories.read_texts([path])))
    records = {record["id"]: record["text"] for record, _ in pairs}
    assert len(records) == 200
    read = [plain(text) for text in texts]
    for record, truth in pairs:
        if truth is None:
            assert any(text in plain(record["text"]) for text in read)
        else:
            spans = sorted(p["reference"] for p in truth["passages"] if p["reference"])
            wire = records[truth["wire"]]
            assert sum(p["reference_tokens"] for p in truth["passages"]) == truth["ledger"]["reference_tokens"]
            assert not any(wire[a[1] : b[0]].strip() for a, b in pairwise(spans))
            assert plain(wire[spans[0][0] :]) in read


def test_a_source_that_runs_dry_gives_fewer_articles() -> None:
    texts = ["A first story. It has two sentences.", " ", "–", "A second, of one."]
    pairs = list(newsroom.generate(500, 0, seed=1, wire=texts))
    assert sum(truth is None or truth["policy"] == "wire" for _, truth in pairs) == 2


def test_compare_books_what_the_truth_says(corpus: Any) -> None:
    records, truths = corpus
    off = []
    for truth in truths[:250]:
        if truth["policy"] != "wire":
            wire, article = (dict(records[truth[key]]) for key in ("wire", "id"))
            ledger, known = dedup.compare(wire, article).ledger, truth["ledger"]
            assert ledger.reference_tokens == known["reference_tokens"]
            wrong = sum(abs(getattr(ledger, key) - known[key]) for key in ("kept", "moved", "cut", "added"))
            off.append(wrong / (known["reference_tokens"] + known["article_tokens"]))
    assert len(off) > 100
    assert median(off) < 0.01
    assert sum(share < 0.1 for share in off) > 0.9 * len(off)
