"""The compiled postings against their readable twin, bit by bit."""

from __future__ import annotations

import itertools
import mmap
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.kernels import compiled, postings
from dedup.kernels.postings import KEY_BITS, Found
from dedup.records import U64, Ints

MANY = settings(max_examples=200, deadline=None)
TOP, LAST = (1 << KEY_BITS) - 1, (1 << 32) - 1
NOTHING = np.zeros((0, 2), np.int64)
Random = np.random.Generator
Articles = dict[int, Sequence[int]]  # keys by number


def numbers(values: Sequence[Any]) -> Ints:
    return np.array(values, np.int64)


def listed(keys: Sequence[Sequence[int]]) -> tuple[U64, Ints]:
    offsets = np.cumsum([0, *map(len, keys)], dtype=np.int64)
    return np.array([key for own in keys for key in own], np.uint64), offsets


def assert_same(expected: Found, found: Found) -> None:
    assert isinstance(found, Found)
    for one, two in zip(expected, found, strict=True):
        assert one.dtype == two.dtype
        assert one.tolist() == two.tolist()


def rows(found: Found) -> list[dict[int, int]]:
    ends = found.offsets.tolist()
    pairs = list(zip(found.numbers.tolist(), found.shared.tolist(), strict=True))
    return [dict(pairs[begin:end]) for begin, end in itertools.pairwise(ends)]


class Both:
    """A Recent of each kind, which must answer alike."""

    def __init__(self, articles: Articles | None = None) -> None:
        self.twin, self.native = postings.Recent(), compiled.Recent()
        if articles:
            self.add(articles)

    def add(self, articles: Articles) -> None:
        for one in (self.twin, self.native):
            one.add(numbers(list(articles)), *listed(list(articles.values())))
        assert len(self.twin) == len(self.native)

    def look_up(self, keys: Sequence[Sequence[int]], cap: int) -> Found:
        expected = self.twin.look_up(*listed(keys), cap)
        assert_same(expected, self.native.look_up(*listed(keys), cap))
        return expected

    def add_and_look_up(self, articles: Articles, cap: int) -> Found:
        asked = (numbers(list(articles)), *listed(list(articles.values())))
        expected = self.twin.add_and_look_up(*asked, cap)
        assert_same(expected, self.native.add_and_look_up(*asked, cap))
        return expected

    def without(self, last: int) -> Both:
        other = Both()
        other.twin, other.native = self.twin.without(last), self.native.without(last)
        return other

    def segment(self, first: int, last: int) -> bytes:
        data = self.twin.segment(first, last)
        assert data == self.native.segment(first, last)
        return data


def look_up(data: Any, keys: Sequence[Sequence[int]], cap: int) -> Found:
    twin, native = postings.Segment(data), compiled.Segment(data)
    assert (twin.first, twin.last, twin.postings) == (native.first, native.last, native.postings)
    expected = twin.look_up(*listed(keys), cap)
    assert_same(expected, native.look_up(*listed(keys), cap))
    return expected


def merged(parts: Sequence[Any], expired: Ints = NOTHING) -> bytes:
    written = []
    for kind in (postings, compiled):
        segments = [kind.Segment(part) for part in parts]  # type: ignore[attr-defined]
        out = bytearray(b"\xff" * (kind.merged_size(segments) + 9))  # type: ignore[attr-defined]
        used = kind.merge(segments, expired, out)  # type: ignore[attr-defined]
        assert set(out[-9:]) == {255}
        written.append(bytes(out[:used]))
    assert written[0] == written[1]
    return written[0]


# --- what is asked for is found

KEYS = st.lists(
    st.one_of(
        st.integers(0, 5),
        st.sampled_from([0, 1, TOP, TOP - 1, TOP >> 1, 1 << 39, 1 << 32, (1 << 32) - 1, TOP >> 8, 255 << 32]),
        st.integers(0, TOP),
    ),
    max_size=12,
)
CAP = st.one_of(st.integers(-1, 7), st.just(1 << 40))


@st.composite
def corpora(draw: st.DrawFn, count: int = 12) -> Articles:
    found = sorted(draw(st.sets(st.one_of(st.integers(0, 20), st.integers(0, LAST)), max_size=count)))
    return {number: draw(KEYS) for number in found}


@MANY
@given(corpora(), st.lists(KEYS, max_size=4), CAP)
def test_whatever_is_asked(articles: Articles, asked: list[list[int]], cap: int) -> None:
    both = Both(articles)
    everywhere = both.look_up([*asked, *articles.values()], cap)
    data = both.segment(min(articles, default=0), max(articles, default=LAST))
    assert_same(everywhere, look_up(data, [*asked, *articles.values()], cap))


@MANY
@given(corpora(), corpora(), CAP, st.integers(0, 30), st.data())
def test_adding_looking_up_and_taking_away(
    articles: Articles, more: Articles, cap: int, last: int, data: st.DataObject
) -> None:
    both = Both()
    both.add_and_look_up(articles, cap)
    before = both.look_up(list(articles.values()), cap)
    later = both.without(last)
    assert len(later.native) == len(later.twin) == sum(number > last for number in articles)
    above = max((number for number in articles if number > last), default=-1)
    later.add_and_look_up({number: keys for number, keys in more.items() if number > above}, cap)
    later.look_up([*articles.values(), *more.values()], cap)
    assert_same(before, both.look_up(list(articles.values()), cap))  # the one it was taken from stays
    first, end = sorted((data.draw(st.integers(0, LAST)), data.draw(st.integers(0, LAST))))
    later.segment(first, end)
    later.segment(0, LAST)


@MANY
@given(corpora(), st.sets(st.integers(0, 40), max_size=4), st.lists(st.integers(0, LAST), max_size=6), CAP)
def test_merging_is_building_anew(articles: Articles, cuts: set[int], expired: list[int], cap: int) -> None:
    both = Both(articles)
    bounds = [0, *sorted(cuts - {0}), LAST + 1]
    parts = [both.segment(first, end - 1) for first, end in itertools.pairwise(bounds)]
    assert merged(parts) == both.segment(0, LAST)
    ranges = numbers(sorted(set(expired))[: len(set(expired)) // 2 * 2]).reshape(-1, 2)
    gone = [number for number in articles if any(first <= number <= last for first, last in ranges.tolist())]
    left = Both({number: keys for number, keys in articles.items() if number not in gone})
    found = look_up(merged(parts, ranges), list(articles.values()), cap)
    assert_same(left.look_up(list(articles.values()), cap), found)


def test_a_key_counts_once() -> None:
    both = Both({3: [7, 7, 8], 5: [8, 7, 8]})
    assert rows(both.look_up([[7, 7, 8, 7]], 64)) == [{3: 2, 5: 2}]
    assert compiled.Segment(both.segment(0, 9)).postings == 4


@pytest.mark.parametrize("cap", [0, 4, 5, 9, 10])
def test_of_a_hot_key_the_first_few_and_the_last_are_found(cap: int) -> None:
    both = Both({number: [1, 100 + number] for number in range(10)})
    expected = dict.fromkeys(range(10) if cap == 10 else (0, 1, 2, 3, 9), 1)
    assert rows(both.look_up([[1]], cap)) == [expected]
    assert rows(look_up(both.segment(0, 9), [[1]], cap)) == [expected]


def test_a_batch_finds_its_own_earlier_articles() -> None:
    both = Both()
    assert rows(both.add_and_look_up({1: [5, 6], 2: [5], 4: [6, 5]}, 9)) == [{}, {1: 1}, {1: 2, 2: 1}]


def test_nothing_is_found_in_nothing() -> None:
    both = Both()
    assert rows(both.look_up([], 1)) == []
    assert rows(both.look_up([[], [1]], 1)) == [{}, {}]
    for first, last in ((0, 0), (0, LAST), (LAST, LAST), (7, 9)):
        data = both.segment(first, last)
        assert rows(look_up(data, [[], [1, 0, TOP]], 1)) == [{}, {}]
        assert merged([data]) == data


def drawn(random: Random, count: int, universe: int) -> Articles:
    """Keys of which a few are in nearly all articles and most in one."""
    step = int(random.choice([1, 3, 100_000]))
    known = random.integers(0, 1 << KEY_BITS, universe, dtype=np.uint64)
    made = {}
    for number in range(int(random.integers(0, 50)), count * step, step):
        own = known[(universe * random.random(int(random.integers(0, 40))) ** 4).astype(int)]
        made[number] = [*own.tolist(), *random.integers(0, 1 << KEY_BITS, 20).tolist()]
    return made


@pytest.mark.parametrize("seed", range(6))
def test_larger_ones(seed: int) -> None:
    random = np.random.default_rng(seed)
    articles = drawn(random, 1500, int(random.choice([2, 50, 3000])))
    both = Both(articles)
    asked = [articles[number] for number in random.choice(list(articles), 60).tolist()]
    bounds = [0, *sorted(random.choice(max(articles), 4).tolist()), max(articles) + 1]
    parts = [both.segment(first, end - 1) for first, end in itertools.pairwise(bounds) if first < end]
    for cap in (5, 100, 2000):
        assert_same(both.look_up(asked, cap), look_up(merged(parts), asked, cap))
    assert merged(parts) == both.segment(0, max(articles))
    later = both.without(bounds[2])
    later.look_up(asked, 100)
    later.segment(0, LAST)


def test_all_articles_have_one_key_and_all_keys_one_bucket() -> None:
    both = Both({number: [9, 1000 + number, TOP] for number in range(700)})
    data = both.segment(0, 699)
    for cap in (10, 1000):
        assert_same(both.look_up([[9, 1001], [TOP]], cap), look_up(data, [[9, 1001], [TOP]], cap))
    halves = [both.segment(0, 349), both.segment(350, 699)]
    assert merged(halves) == data
    assert compiled.Segment(merged(halves, numbers([(0, 348), (350, 699)]))).postings == 3


def test_keys_that_the_table_mixes_into_one_place() -> None:
    inverse = pow(0x9E3779B97F4A7C15, -1, 1 << 64)
    near = [key for key in ((place * inverse) % (1 << 64) for place in range(3_000_000)) if key >> KEY_BITS == 0]
    both = Both({0: near, 1: near[::2]})
    both.look_up([near, [*near, 12345]], 9)
    both.segment(0, 1)


# --- segments lie in any buffer, and damaged ones do no harm

SMALL = {number: [number, 1 << 39, 77, 1 << 20 | number % 3] for number in range(10, 21)}
ASKED = [[77, 1 << 39, 1 << 20, 12], [TOP, 0, 15, 1 << 20 | 1]]


def test_a_segment_keeps_what_it_lies_in(tmp_path: Path) -> None:
    data = Both(SMALL).segment(10, 20)
    path = tmp_path / "segment"
    path.write_bytes(b"x" + data)
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        segment = compiled.Segment(memoryview(mapped)[1:])
        with pytest.raises(BufferError):
            mapped.close()
    del mapped
    expected = look_up(data, ASKED, 9)
    assert_same(expected, segment.look_up(*listed(ASKED), 9))
    for buffer in (bytearray(data), memoryview(data), np.frombuffer(data, np.uint8)):
        assert_same(expected, look_up(buffer, ASKED, 9))


def test_merging_into_a_mapped_file(tmp_path: Path) -> None:
    both = Both(SMALL)
    segments = [compiled.Segment(both.segment(10, 13)), compiled.Segment(both.segment(14, 20))]
    path = tmp_path / "segment"
    path.write_bytes(bytes(compiled.merged_size(segments)))
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        used = compiled.merge(segments, NOTHING, mapped)
    assert path.read_bytes()[:used] == both.segment(10, 20)
    for out in (bytes(used), bytearray(used - 1)):
        with pytest.raises((BufferError, ValueError)):
            compiled.merge(segments, NOTHING, out)


def harmless(data: bytes) -> bool:
    """Whether it is taken for a segment; then whatever is found lies in its range."""
    try:
        segment = compiled.Segment(data)
    except ValueError:
        with pytest.raises(ValueError, match="segment"):
            postings.Segment(data)
        return False
    for one in (segment, postings.Segment(data)):
        for cap in (3, 100):
            found = one.look_up(*listed(ASKED), cap)
            assert all(segment.first <= number <= segment.last for number in found.numbers.tolist())
            assert all(sorted(row) == list(row) for row in rows(found))
    out = bytearray(compiled.merged_size([segment]))
    try:
        used = compiled.merge([segment], NOTHING, out)
    except ValueError:
        return True
    assert bytes(out[: used - 3]) == data[:-3]  # but for the padding
    return True


def test_every_truncation_is_turned_away() -> None:
    data = Both(SMALL).segment(10, 20)
    assert harmless(data)
    assert not any(harmless(data[:size]) for size in range(len(data)))
    assert not harmless(data + b"\0")


@pytest.mark.parametrize("first", [0, 10])
def test_flipped_bytes_do_no_harm(first: int) -> None:
    data = Both(SMALL).segment(first, 20)
    random = np.random.default_rng(first)
    taken = 0
    for at in [*range(64), *random.integers(0, len(data), 500), *random.integers(len(data) - 280, len(data), 2000)]:
        damaged = bytearray(data)
        for place in (at, *random.integers(0, len(data), int(random.integers(0, 3)))):
            damaged[place] ^= int(random.integers(1, 256))
        taken += harmless(bytes(damaged))
    assert taken > 500


def test_bytes_that_change_under_a_segment_do_no_harm() -> None:
    data = bytearray(Both(SMALL).segment(10, 20))
    segment = compiled.Segment(data)
    random = np.random.default_rng(1)
    for _ in range(300):
        data[64:] = random.bytes(len(data) - 64)
        found = segment.look_up(*listed(ASKED), 3)
        assert all(10 <= number <= 20 for number in found.numbers.tolist())


# --- threads


def test_a_recent_is_read_while_it_grows() -> None:
    recent = compiled.Recent()
    failed: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(50):
                compiled.Segment(recent.segment(0, LAST))
                recent.look_up(*listed([range(40)] * 20), 9)
                recent.without(100)
        except BaseException as error:  # for the thread that waits
            failed.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(0, 4000, 20):
        batch = listed([range(one % 50, one % 50 + 30) for one in range(number, number + 20)])
        recent.add_and_look_up(np.arange(number, number + 20), *batch, 9)
    for reader in readers:
        reader.join()
    assert not failed
    assert len(recent) == 4000


# --- what is turned away

ONE: Any = (numbers([1]), *listed([[1]]))
WRONG: list[tuple[str, Callable[[Any], Any]]] = [
    ("numbers", lambda kind: kind.Recent().add(numbers([1, 1]), *listed([[1], [2]]))),
    ("numbers", lambda kind: kind.Recent().add(numbers([-1]), *ONE[1:])),
    ("numbers", lambda kind: kind.Recent().add(numbers([1 << 32]), *ONE[1:])),
    ("offsets", lambda kind: kind.Recent().add(numbers([1, 2]), *ONE[1:])),
    ("offsets", lambda kind: kind.Recent().look_up(ONE[1], numbers([]), 1)),
    ("offsets", lambda kind: kind.Recent().look_up(ONE[1], numbers([1, 1]), 1)),
    ("offsets", lambda kind: kind.Recent().look_up(ONE[1], numbers([0, 2]), 1)),
    ("offsets", lambda kind: kind.Recent().look_up(ONE[1], numbers([0, -1, 1]), 1)),
    ("keys", lambda kind: kind.Recent().look_up(*listed([[1 << KEY_BITS]]), 1)),
    ("first and last", lambda kind: kind.Recent().segment(2, 1)),
    ("first and last", lambda kind: kind.Recent().segment(-1, 1)),
    ("first and last", lambda kind: kind.Recent().segment(0, 1 << 32)),
    ("ranges", lambda kind: kind.merged_size([])),
    ("ranges", lambda kind: kind.merged_size([kind.Segment(kind.Recent().segment(0, 3))] * 2)),
    ("ranges", lambda kind: merge_empty(kind, [(1, 0)])),
    ("ranges", lambda kind: merge_empty(kind, [(0, 1), (1, 2)])),
    ("needs", lambda kind: kind.merge([kind.Segment(kind.Recent().segment(0, 3))], NOTHING, bytearray(9))),
]


def merge_empty(kind: Any, expired: list[tuple[int, int]]) -> None:
    segments = [kind.Segment(kind.Recent().segment(0, 3))]
    kind.merge(segments, numbers(expired), bytearray(kind.merged_size(segments)))


@pytest.mark.parametrize(("name", "call"), WRONG)
def test_arguments_that_do_not_fit_are_turned_away(name: str, call: Callable[[Any], Any]) -> None:
    for kind in (postings, compiled):
        with pytest.raises(ValueError, match=name):
            call(kind)


def test_what_is_turned_away_leaves_nothing_behind() -> None:
    both = Both({5: [1]})
    for one in (both.twin, both.native):
        with pytest.raises(ValueError, match="numbers"):
            one.add(numbers([6, 5]), *listed([[1], [2]]))
        with pytest.raises(ValueError, match="keys"):
            one.add(numbers([6, 7]), *listed([[1], [1 << KEY_BITS]]))
    assert rows(both.look_up([[1, 2]], 9)) == [{5: 1}]


def test_arrays_of_other_types_are_turned_away() -> None:
    recent = compiled.Recent()
    for keys, offsets in ((numbers([1]), numbers([0, 1])), (ONE[1], np.array([0, 1], np.int32))):
        with pytest.raises(TypeError):
            recent.look_up(keys, offsets, 1)
    with pytest.raises(TypeError):
        compiled.Segment("text")  # type: ignore[arg-type]
