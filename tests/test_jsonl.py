"""The reader of JSONL: the compiled one gives what its twin gives, and files give what they gave line by line."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import random
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import decodes
from texts import PAGE

from dedup import Article, InputError, Skipped
from dedup.kernels import _native as native
from dedup.kernels import jsonl as twin
from dedup.limits import MAX_FIELD_CHARS, MAX_TITLE_CHARS
from dedup.read import read
from dedup.read.decode import decode
from dedup.read.record import to_article

FIELDS = [b"text", b"id", "größe".encode(), b"", b'a"b\\c']
LIMIT = 1 << 20


def rows(batch: Any, fields: int) -> list[tuple[object, ...]]:
    """All a batch says, a tuple a row."""
    columns = []
    for field in range(fields):
        data, ends = bytes(batch.data(field)), batch.offsets(field).tolist()
        assert ends[0] == 0
        assert ends[-1] == len(data)
        assert len(ends) == len(batch) + 1
        columns.append([data[a:b] for a, b in itertools.pairwise(ends)])
    assert batch.kinds.shape == (len(batch), fields)
    kinds = map(tuple, batch.kinds.tolist())
    states, raws = batch.states.tolist(), [batch.raw(row) for row in range(len(batch))]
    places = zip(batch.lines.tolist(), batch.starts.tolist(), batch.lengths.tolist(), strict=True)
    values = zip(*columns, strict=True) if columns else [()] * len(batch)
    return list(zip(states, places, kinds, values, raws, strict=True))


def feed(
    reader_class: Any, chunks: Sequence[bytes], fields: Sequence[bytes] = FIELDS, limit: int = LIMIT
) -> tuple[list[list[tuple[object, ...]]], int]:
    reader = reader_class(fields, limit)
    found = [rows(reader.feed(chunk), len(fields)) for chunk in chunks]
    return [*found, rows(reader.feed(b"", True), len(fields))], reader.lines


def same(*chunks: bytes, fields: Sequence[bytes] = FIELDS, limit: int = LIMIT) -> list[tuple[Any, ...]]:
    """The rows, which are those of the twin."""
    found = feed(native.JsonlReader, chunks, fields, limit)
    assert found == feed(twin.JsonlReader, chunks, fields, limit)
    return [row for batch in found[0] for row in batch]


def pieces(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[a:b] for a, b in itertools.pairwise(places)]


# Lines as nobody would write them


def emitted(value: object, rng: random.Random) -> str:
    """JSON of a value, spaced and escaped at random."""

    def gap() -> str:
        return rng.choice(("", "", "", " ", "\t", "\r", "  "))

    if isinstance(value, str):
        return '"' + "".join(_sign(sign, rng) for sign in value) + '"'
    if isinstance(value, dict):
        pairs = [(key, inner) for key, inner in value.items() for _ in range(rng.choice((1, 1, 1, 2)))]
        rng.shuffle(pairs)
        inside = [f"{gap()}{emitted(key, rng)}{gap()}:{gap()}{emitted(inner, rng)}{gap()}" for key, inner in pairs]
        return "{" + (",".join(inside) or gap()) + "}"
    if isinstance(value, list):
        return "[" + (",".join(f"{gap()}{emitted(inner, rng)}{gap()}" for inner in value) or gap()) + "]"
    return json.dumps(value)


def _sign(sign: str, rng: random.Random) -> str:
    short = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f", "/": "\\/"}
    long = "".join(f"\\u{unit:04{rng.choice('xX')}}" for unit in _units(sign))
    if sign in short:
        return rng.choice((short[sign], long))
    return long if sign < " " or rng.random() < 0.2 else sign


def _units(sign: str) -> list[int]:
    data = sign.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]


names = st.sampled_from(["text", "id", "größe", "", 'a"b\\c', "other", "tex", "texts", "ıd"])
strings = st.text(max_size=12) | st.text(st.sampled_from('aé漢😀"\\\n\x7f\u2028/'), max_size=150)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([10**299, 10**300])
scalars = st.none() | st.booleans() | numbers | strings
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4))
objects = st.dictionaries(names, values, max_size=6)
ends = st.sampled_from(["\n", "\r\n", "\n\n", " \n \x0b\x0c\n", "\n\r\n"])
cuts = st.lists(st.integers(0, 1 << 20), max_size=4)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(objects, ends), max_size=6), st.integers(), cuts, st.booleans())
def stream_of_objects_is_read_alike(lines: list[tuple[object, str]], seed: int, places: list[int], last: bool) -> None:
    rng = random.Random(seed)
    texts = [emitted(value, rng) for value, _ in lines]
    data = "".join(text + end for text, (_, end) in zip(texts, lines, strict=True)).encode()
    found = same(*pieces(data if last else data.rstrip(), places))
    assert len(found) == len(lines)
    for (state, _, kinds, packed, _), text in zip(found, texts, strict=True):
        if state == twin.RECORD:
            assert meant(kinds, packed) == wanted_of(text)


def wanted_of(text: str) -> dict[bytes, object]:
    """What Python finds in a line, of the wanted fields."""
    record = json.loads(text)
    return {name: record[name.decode()] for name in FIELDS if name.decode() in record}


def meant(kinds: Sequence[int], packed: Sequence[bytes], fields: Sequence[bytes] = FIELDS) -> dict[bytes, object]:
    """The values that packed fields stand for."""
    found: dict[bytes, object] = {}
    for name, kind, data in zip(fields, kinds, packed, strict=True):
        if kind == twin.STRING:
            found[name] = data.decode()
        elif kind != twin.ABSENT:
            found[name] = json.loads(data) if kind != twin.NONE else None
    return found


def test_objects_are_read_alike(isa: str) -> None:
    stream_of_objects_is_read_alike()


@settings(deadline=None, max_examples=300)
@given(objects, st.integers(), st.lists(st.tuples(st.integers(0), st.integers(0, 255)), max_size=3), cuts)
def spoiled_line_is_read_alike(value: object, seed: int, flips: list[tuple[int, int]], places: list[int]) -> None:
    data = bytearray(emitted(value, random.Random(seed)).encode() + b'\n{"text": "next"}\n')
    for at, byte in flips:
        data[at % len(data)] = byte
    same(*pieces(bytes(data), places))


def test_spoiled_lines_are_read_alike(isa: str) -> None:
    spoiled_line_is_read_alike()


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from([*b'{}[]:,"\\ \n\r0-1.eE', *b"tfnu", 0xC3, 0xA9]), max_size=40), cuts)
def heap_of_signs_is_read_alike(signs: list[int], places: list[int]) -> None:
    same(*pieces(bytes(signs), places))
    same(*pieces(b'{"text":' + bytes(signs) + b"}", places))


def test_heaps_of_signs_are_read_alike(isa: str) -> None:
    heap_of_signs_is_read_alike()


SAMPLE = (
    '{"text": "Sturm über dem Hafen 😀", "id": 7}\r\n'
    "\n \t\n"
    '{"other": [{"text": "no"}, "\\u00e9"], "id": "x", "id": null, "te\\u0078t": "a\\ud83d\\ude00\\n"}\n'
    "not json\n"
    '{"text": "' + "y" * 90 + '"}\n'
    '{"größe": {"a": [1, 2.5e3]}, "": true}'
).encode()


def test_a_stream_may_be_cut_anywhere(isa: str) -> None:
    whole = same(SAMPLE)
    assert [row[0] for row in whole] == [0, 0, 1, 0, 0]
    assert [row[1][0] for row in whole] == [1, 4, 5, 6, 7]
    for cut in range(len(SAMPLE) + 1):
        assert same(SAMPLE[:cut], SAMPLE[cut:]) == whole
    assert same(*(bytes([byte]) for byte in SAMPLE)) == whole


def test_streams_may_end_anywhere(isa: str) -> None:
    for end in range(len(SAMPLE)):
        same(SAMPLE[:end])


def test_values_are_packed_by_their_kind(isa: str) -> None:
    _, second, odd, _, last = same(SAMPLE)
    assert second[2:4] == ((1, 2, 0, 0, 0), ("a😀\n".encode(), b"", b"", b"", b""))
    assert odd[2:] == ((0,) * 5, (b"",) * 5, b"not json\n")
    assert last[2:4] == ((0, 0, 5, 4, 0), (b"", b"", b'{"a": [1, 2.5e3]}', b"true", b""))


PIECES = ("", "é", "漢", "😀", "\\n", "\\u00e9", "\\ud83d\\ude00", '\\"', "\\\\", "\x7f")
BROKEN = ("\x1f", "\x00", "\\", '"', "\\ud800", "\\u12")


def text_of(before: int, sign: str, after: int) -> str:
    return '{"text":"' + "x" * before + sign + "y" * after + '"}'


def test_every_length_and_every_place_of_a_special_sign(isa: str) -> None:
    special = (*PIECES, *BROKEN)
    lines = [text_of(n, sign, m) for sign in special for n in range(140) for m in (0, 1, 70)]
    keys = ['{"' + "k" * n + sign + '":1, "text":"x"}' for sign in special for n in range(70)]
    states = [row[0] for row in same("\n".join(lines + keys).encode())]
    assert states[: 420 * len(PIECES)] == [twin.RECORD] * (420 * len(PIECES))
    assert twin.RECORD not in states[420 * len(PIECES) : len(lines)]


def test_a_line_at_the_end_of_what_may_be_read(isa: str) -> None:
    for n in range(140):
        for sign in ("", "é", "\\n"):
            same(text_of(n, sign, 0).encode())
            same(text_of(n, sign, 0).removesuffix('"}').encode())


EDGES = bytes.fromhex("22 41 7f 80 8f 90 9f a0 bf c0 c1 c2 df e0 e1 ec ed ee ef f0 f1 f3 f4 f5 ff")


def test_lines_that_are_not_utf8_are_odd(isa: str) -> None:
    """All sequences of four bytes at which something changes, each at another distance from the vectors' borders."""
    signs = [bytes(four) for four in itertools.product(EDGES[1:], repeat=4)]
    lines = [b'{"other":"%s%s"}\n' % (b"x" * (n % 71), four) for n, four in enumerate(signs)]
    states = native.JsonlReader([b"text"], LIMIT).feed(b"".join(lines), True).states.tolist()
    expected = [twin.RECORD if decodes(four) else twin.ODD for four in signs]
    assert states == expected


PLAIN = [
    b"{}", b" { } ", b'{"text":""}', b'{"text":-0.0e-0}', b'{"text":1E+5}', b'{"x":[]}', b'{"x":{}}', b'{"x":[[],{}]}',
    b'{"x":' + b"[" * 63 + b"]" * 63 + b"}", b'{"x":' + b'{"y":' * 63 + b"1" + b"}" * 64,
    b'{"text":' + b"9" * 300 + b"}", b'{"text":"\\/\\b\\f\\u001f"}', b'{"text":"\x7f"}', '{"text":"\ufeff"}'.encode(),
    b'\r{"text"\r:\t"x"\r}\r', b'{"text":1e999}', '{"text":"\u2028"}'.encode(), b'{"\\u0074ext":1}',
]  # fmt: skip
ODD = [
    b"{", b"}", b"[]", b'"text"', b"17", b"null", b"{]", b'{"text"}', b'{"text":}', b'{"text":1,}', b'{,}',
    b'{"x":[1,]}', b'{"x":[,1]}', b'{"x":[1 2]}', b'{"x":{"y" 1}}', b'{"x":{"y":1,}}', b'{"x":{1:1}}', b'{"x":[}]',
    b'{"x":[1}', b"{} {}", b'{"text":1}x', b"{1:2}", b"{text:1}", b"{'text':1}", b'{"text":NaN}', b'{"x":Infinity}',
    b'{"x":-Infinity}', b'{"x":01}', b'{"x":1.}', b'{"x":.5}', b'{"x":+1}', b'{"x":-}', b'{"x":1e}', b'{"x":1e+}',
    b'{"x":0x1}', b'{"x":1_0}', b'{"x":truE}', b'{"x":tru', b'{"x":nul}', b'{"text":"\\x"}', b'{"text":"\\u12"}',
    b'{"text":"\\u12g4"}', b'{"text":"\\u 123"}', b'{"text":"\\ud800"}', b'{"text":"\\udc00"}',
    b'{"text":"\\ud800\\u0041"}', b'{"x":"\\u0000"}', b'{"\\ud800":1}', b'{"x":"\\ud800\\udbff"}',
    b'{"x":"\\udbff\\ue000"}', b'{"text":"\\ud800\\ud800\\udc00"}',
    b'{"text":"a\tb"}', b'{"text":"\x00"}', b'{"text":"\xff"}', b'{"text":"\xed\xa0\x80"}', b"\xef\xbb\xbf{}",
    b"\xff\xfe{\x00}\x00", b'{"x":' + b"[" * 64 + b"]" * 64 + b"}", b'{"text":' + b"9" * 301 + b"}",
    b'{"x":[0.' + b"9" * 299 + b"]}", b'{"text":"x', b'{"text":"x\\', b'{"text":"x\\"}', b"\x0b{}", b"{}\x0c",
    b"{\xc2\xa0}", b"[" * 100_000, b'{"x":' * 50_000,
]  # fmt: skip


@pytest.mark.parametrize("line", PLAIN)
def test_what_is_plainly_valid_is_a_record(line: bytes) -> None:
    (row,) = feed(twin.JsonlReader, [line])[0][1]
    assert row[0] == twin.RECORD


@pytest.mark.parametrize("line", ODD, ids=[repr(line[:30]) for line in ODD])
def test_what_is_not_is_handed_out_as_it_stands(line: bytes) -> None:
    (row,) = feed(twin.JsonlReader, [line + b"\n"])[0][0]
    assert row == (twin.ODD, (1, 0, len(line) + 1), (0,) * 5, (b"",) * 5, line + b"\n")


def test_plain_and_odd_lines_are_told_apart_alike(isa: str) -> None:
    for end in (b"\n", b"\r\n"):
        found = same(end.join([*PLAIN, *ODD]))
        assert [row[0] for row in found] == [twin.RECORD] * len(PLAIN) + [twin.ODD] * len(ODD)
    for line in (*PLAIN, *ODD):
        same(line)


@pytest.mark.parametrize("limit", [0, 1, 20])
def test_lines_over_the_limit_are_counted_and_not_held(isa: str, limit: int) -> None:
    lines = [b'{"text":"%s"}\n' % (b"x" * n) for n in range(30)]
    data = b" " * 30 + b"\n" + b"".join(lines) + b"\n" + b"y" * 30
    found = same(data, limit=limit)
    assert [row[4] for row in found if row[0] == twin.TOO_LONG] == [b""] * sum(row[0] == twin.TOO_LONG for row in found)
    assert [row[0] == twin.TOO_LONG for row in found] == [row[1][2] > limit for row in found]
    for cut in range(len(data)):
        assert same(data[:cut], data[cut:], limit=limit) == found


def test_nothing_is_read_of_an_empty_stream(isa: str) -> None:
    assert same() == same(b"") == same(b"\n", b" \r\n\t") == []
    assert same(b"{}", fields=[])[0][:4] == (0, (1, 0, 2), (), ())


def readers() -> list[Any]:
    return [twin.JsonlReader, native.JsonlReader]


@pytest.mark.parametrize("reader_class", readers())
def test_a_reader_is_not_used_beyond_its_end_nor_with_a_field_twice(reader_class: Any) -> None:
    reader = reader_class([b"a"], 10)
    batch = reader.feed(b"{}", True)
    with pytest.raises(ValueError, match="the stream has ended"):
        reader.feed(b"")
    with pytest.raises(ValueError, match="a field is named twice"):
        reader_class([b"a", b"b", b"a"], 10)
    for row in (-1, 1):
        with pytest.raises(IndexError):
            batch.raw(row)
    for column in (batch.data, batch.offsets):
        with pytest.raises(IndexError):
            column(1)
    with pytest.raises(TypeError):
        reader_class([b"a"], 10).feed("text")


def test_batches_and_their_arrays_outlive_the_next_ones(isa: str) -> None:
    reader = native.JsonlReader([b"text"], LIMIT)
    lines = [b'{"text":"%s"}\n' % (b"%d" % n * 1000) for n in range(8)]
    batches = [reader.feed(line) for line in lines]
    arrays = [batch.data(0) for batch in batches]
    assert [batch.raw(0) for batch in batches] == lines
    del batches
    for n in range(20):
        reader.feed(b'{"text":"%s"}\n' % (b"z" * 1000 * n))
    assert [bytes(array) for array in arrays] == [b"%d" % n * 1000 for n in range(8)]
    assert not any(array.flags.writeable for array in arrays)


# Files


def by_line(stream: Any, path: Path, limit: int, fields: dict[str, str], defaults: dict[str, object]) -> Iterator[Any]:
    """The articles of a file, read a line at a time by Python alone."""
    number = 0
    try:
        for number, line in enumerate(iter(stream.readline, b""), 1):
            if len(line) > limit:
                yield Skipped(f"{path}:{number}", f"the line has over {limit:,} bytes")
            elif not line.isspace():
                yield article(line, f"{path}:{number}", fields, defaults)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield Skipped(f"{path}:{number + 1}", f"damaged gzip, the rest of the file is lost: {error}")


def article(line: bytes, place: str, fields: dict[str, str], defaults: dict[str, object]) -> Any:
    try:
        text, replaced = decode(line, place)
        record = json.loads(text)
        if not isinstance(record, dict):
            return Skipped(place, f"a JSON object was expected, not {type(record).__name__}")
        lacking = {fields.get(name, name): value for name, value in defaults.items()}
        lacking = {name: value for name, value in lacking.items() if not record.get(name)}
        return to_article({**record, **lacking}, place, fields, replaced)
    except json.JSONDecodeError as error:
        reason = f"broken JSON: {error.msg.removesuffix(' at')} at character {error.pos + 1}"
        return Skipped(place, reason)
    except InputError as error:
        return Skipped(place, error.reason)
    except RecursionError:
        return Skipped(place, "broken JSON: nested too deep")


def line(**fields: object) -> bytes:
    return json.dumps(fields).encode()


FILE_LINES = [
    line(text=PAGE, id="é", url="https://www.post.example/1", published="2024-03-04", title=" T ", agency="AFP", x=[1]),
    json.dumps({"text": "Sturm über der Küste 😀", "id": 7, "date": 1709510400}, ensure_ascii=False).encode(),
    line(text="x", id=2.50, title=17, outlet=3), line(text="x", id=10**200), line(text="x", id=True),
    line(text="x", published="2024-03-04", date="2024-03-05"), line(text="x", published="", date="2024-03-05"),
    line(text="x", published=None, date=1709510400.5), line(text="x", published=[2024]), line(text="x", date={"a": 1}),
    line(text="x", published=False), line(text="x", published="soon\ud800"), line(text="a\ud800b", id="\udfff"),
    line(text="a\x00b", id="\x00"), line(text="x", published=1e300), b'{"text":"x","date":1e999}',
    line(text="x", id=""), line(text="x", id=None), line(text="x", id=[]), line(text="x", id={"a": [1]}),
    line(text="x", url="http://[broken"), line(text="x", outlet=" Post "), line(text=" \n\u00a0"), line(text=""),
    line(text=None), line(text=5), line(text=["x"]), line(body="x"), line(body=["x"], content="y"), line(id=1), b"{}",
    b'{"text":"first","text":"second","id":1,"id":2}', b'{"text":"first","text":null}', b'{"text":"x","n":NaN}',
    b'{"te\\u0078t":"x","\\u0069d":"y"}', line(text="x", id="i" * (MAX_FIELD_CHARS + 1)),
    line(text="x", title="t" * (MAX_TITLE_CHARS + 1)), b'{"text":"caf\xe9"}', b'{"text":"' + b"\xe9" * 50 + b'"}',
    b'{"text":"tab\there"}', b'{"text":"\x7f"}', b'{"text":"x"', b"not json", b"[1]", b"\xef\xbb\xbf" + line(text="x"),
    '{"text":"x"}'.encode("utf-16"), line(text="z" * 500_000), b"[" * 200_000, b'{"text":"x"}  ', b'\t{"text":"x"}\r',
    b'{"text":"x\x00"}', line(text="x", x={"y": [{"text": "no"}]}), b"\x00" * 50,
    b'{"text":"x","n":' + b"9" * 400 + b"}",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("fields", [{}, {"text": "body"}, {"id": "url", "published": "date"}, {"date": "id"}])
def test_files_give_the_articles_of_their_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fields: dict[str, str], seed: int
) -> None:
    lines = FILE_LINES + [b"", b" \t"] * 3 + [b"s" * 600_001]
    random.Random(seed).shuffle(lines)
    data = b"\n".join(lines)
    monkeypatch.setattr("dedup.read.jsonl.MAX_LINE_BYTES", 600_000)
    monkeypatch.setattr("dedup.read.jsonl._CHUNK", (1 << 22, 1000, 65, 7919)[seed])
    path, packed = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"
    path.write_bytes(data)
    packed.write_bytes(gzip.compress(data, 1))
    for file in (path, packed):
        found = list(read([file], fields=fields))
        assert found == list(by_line(io.BytesIO(data), file, 600_000, fields, {}))
        assert len(found) == len(FILE_LINES) + 1
    if not fields:
        assert sum(isinstance(item, Article) for item in found) > len(FILE_LINES) / 2


def test_defaults_fill_what_records_lack(tmp_path: Path) -> None:
    given = [{"text": "x"}, {"text": "x", "outlet": "Own"}, {"text": "x", "outlet": 0}, {"outlet": "Own"}]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join([*(line(**record) for record in given), b'{"text":"x\xff"}']))
    found = list(read([tmp_path / "a.jsonl"], outlet="Given"))
    with (tmp_path / "a.jsonl").open("rb") as stream:
        assert found == list(by_line(stream, tmp_path / "a.jsonl", LIMIT, {}, {"outlet": "Given"}))


def test_a_damaged_gzip_costs_the_lines_it_did(tmp_path: Path) -> None:
    rng = random.Random(5)
    data = b"".join(line(id=n, text=rng.randbytes(300).hex()) + b"\n" for n in range(120))
    packed = gzip.compress(data)
    path = tmp_path / "a.jsonl.gz"
    for n in range(40):
        at = rng.randrange(1, len(packed))
        path.write_bytes(packed[:at] if n % 2 else packed[:at] + bytes([packed[at] ^ 1 << n % 8]) + packed[at + 1 :])
        found = list(read([path]))
        with gzip.open(path) as stream:
            assert found == list(by_line(stream, path, LIMIT, {}, {}))


def test_a_slow_pipe_is_read_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pipe(io.BytesIO):
        def read1(self, size: int | None = -1) -> bytes:
            return super().read1(13)

    class Piped:
        buffer = Pipe(b"".join(line(id=n, text="storm") + b"\n" for n in range(20)))

    monkeypatch.setattr("sys.stdin", Piped())
    found = iter(read(["-"]))
    first = next(found)
    assert isinstance(first, Article)
    assert Piped.buffer.tell() < 60
    assert [item.place for item in found] == [f"standard input:{n}" for n in range(2, 21)]
