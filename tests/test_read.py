"""Files, folders, lines and mappings as articles, and everything that cannot be one."""

from __future__ import annotations

import codecs
import gzip
import io
import json
import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest
from texts import OTHER_PAGE, PAGE, jsonl, run_outside

from dedup import Article, InputError, Skipped, UsageError
from dedup.limits import MAX_ARTICLE_BYTES, MAX_FIELD_CHARS, MAX_LINE_BYTES, MAX_TITLE_CHARS
from dedup.read import read, read_one

GOOD = {"id": "good", "text": PAGE}


def articles(*sources: object, **options: object) -> list[Article]:
    found = list(read(sources, **options))  # type: ignore[arg-type]
    assert all(isinstance(item, Article) for item in found), found
    return found  # type: ignore[return-value]


def skipped(*sources: object, **options: object) -> list[Skipped]:
    return [item for item in read(sources, **options) if isinstance(item, Skipped)]  # type: ignore[arg-type]


def lines(path: Path, *raw: bytes) -> Path:
    path.write_bytes(b"\n".join(raw) + b"\n")
    return path


def line(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def unwrapped(message: str) -> str:
    """A message without the white space at which it may be wrapped."""
    return "".join(message.split())


# What is read


def test_a_text_file_is_an_article_named_after_it(tmp_path: Path) -> None:
    path = tmp_path / "harbour-post.txt"
    path.write_text(PAGE, "utf-8")
    (found,) = articles(path)
    assert (found.id, found.outlet, found.text, found.place) == ("harbour-post", "harbour-post", PAGE, str(path))
    assert (found.title, found.url, found.published, found.replaced) == (None, None, None, 0)


def test_a_jsonl_line_is_an_article(tmp_path: Path) -> None:
    record = {
        "id": 7, "outlet": " Post ", "url": "https://post.example/7", "published": "2024-03-04T10:00:00Z",
        "title": " Storm ", "text": PAGE, "agency": "AFP", "other": [1],
    }  # fmt: skip
    path = jsonl(tmp_path / "a.jsonl", [record])
    (found,) = articles(path)
    assert (found.id, found.outlet, found.url) == ("7", "Post", "https://post.example/7")
    assert (found.title, found.agency, found.place) == ("Storm", "AFP", f"{path}:1")
    assert found.published == datetime.fromisoformat("2024-03-04T10:00:00+00:00")
    assert not found.date_only


def test_url_and_place_stand_in_for_id_and_host_for_outlet(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", [{"url": "https://www.post.example/1", "text": PAGE}, {"text": PAGE}])
    one, two = articles(path)
    assert (one.id, one.outlet) == ("https://www.post.example/1", "post.example")
    assert (two.id, two.outlet) == (f"{path}:2", "")


@pytest.mark.parametrize("url", ["not a url", "http://[broken", "file:///x"])
def test_an_url_without_a_host_gives_no_outlet(url: str) -> None:
    (found,) = articles({"url": url, "text": PAGE})
    assert found.outlet == ""


@pytest.mark.parametrize(
    ("fields", "record"),
    [
        ({"text": "body", "published": "when"}, {"body": PAGE, "when": "2024-03-04"}),
        ({"text": "body", "date": "when"}, {"body": PAGE, "when": "2024-03-04"}),
        ({}, {"text": PAGE, "date": "2024-03-04"}),
        ({}, {"text": PAGE, "published": datetime(2024, 3, 4)}),
        ({}, {"text": PAGE, "published": date(2024, 3, 4)}),
        ({}, {"text": PAGE, "published": 1709510400}),
    ],
)
def test_fields_may_have_other_names_and_dates_other_forms(fields: dict, record: dict) -> None:
    (found,) = articles(record, fields=fields)
    assert found.text == PAGE
    assert found.published is not None
    assert found.published.date() == date(2024, 3, 4)


@pytest.mark.parametrize("when", ["soon", [2024], {"day": 4}, None, ""])
def test_a_date_that_cannot_be_read_is_none(when: object) -> None:
    (found,) = articles({"text": PAGE, "published": when})
    assert (found.published, found.date_only) == (None, False)


def test_articles_and_mappings_are_taken_as_they_are() -> None:
    given = Article("a", PAGE, "Post")
    assert articles(given, {"id": "b", "text": PAGE})[0] is given


def test_folders_are_read_with_what_is_below_them_in_one_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "sub/c.txt", ".hidden.txt", ".git/d.txt", "notes.pdf", "outlets.toml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("" if name.endswith("toml") else f"{name} {PAGE}", "utf-8")
    jsonl(tmp_path / "z.ndjson", [GOOD])
    assert [found.id for found in articles(tmp_path)] == ["a", "b", "good", "sub/c"]


def test_globs_take_readable_files_and_folders(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "c.pdf", "d/x/e.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(PAGE, "utf-8")
    assert [found.id for found in articles(f"{tmp_path}/*")] == ["a", "b", "x/e"]
    assert [found.id for found in articles(f"{tmp_path}/**/e.txt")] == ["e"]


def test_a_path_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PAGE, "utf-8")
    assert len(articles(tmp_path, tmp_path / "a.txt", f"{tmp_path}/*.txt")) == 1


def test_files_of_one_name_in_two_folders_have_ids_of_their_own(tmp_path: Path) -> None:
    for name in ("one/a.txt", "two/a.txt"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(PAGE, "utf-8")
    ids = [found.id for found in articles(tmp_path / "one", tmp_path / "two")]
    assert ids == [f"{tmp_path}/one/a", f"{tmp_path}/two/a"]


@pytest.mark.parametrize("name", ["a.text", "a.md", "a"])
def test_a_named_file_without_a_known_ending_is_text(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(PAGE, "utf-8")
    assert articles(tmp_path / name)[0].text == PAGE


def test_gzipped_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(PAGE.encode()))
    (tmp_path / "b.JSONL.GZ").write_bytes(gzip.compress(line(**GOOD)))
    assert [(found.id, found.text) for found in articles(tmp_path)] == [("a", PAGE), ("good", PAGE)]


def test_a_dash_is_jsonl_on_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Piped:
        buffer = io.BytesIO(line(text=PAGE) + b"\n{")

    monkeypatch.setattr(sys, "stdin", Piped())
    found, bad = read(["-"])
    assert isinstance(found, Article)
    assert found.place == "standard input:1"
    assert isinstance(bad, Skipped)
    assert bad.place == "standard input:2"


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_says_the_encoding_and_is_no_text(tmp_path: Path, mark: bytes, encoding: str) -> None:
    (tmp_path / "a.txt").write_bytes(mark + PAGE.encode(encoding))
    assert articles(tmp_path)[0].text == PAGE


def test_a_jsonl_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    lines(tmp_path / "a.jsonl", codecs.BOM_UTF8 + line(**GOOD))
    assert articles(tmp_path)[0].id == "good"


def test_blank_lines_and_a_missing_last_newline_are_fine(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\n \r\n" + line(**GOOD) + b"\r\n\n" + line(id="last", text=PAGE))
    assert [(found.id, found.place) for found in articles(tmp_path)] == [
        ("good", f"{tmp_path}/a.jsonl:3"),
        ("last", f"{tmp_path}/a.jsonl:5"),
    ]


def test_a_few_broken_bytes_are_replaced_and_counted(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(PAGE.encode() + b" caf\xe9 na\xefve.")
    (found,) = articles(tmp_path)
    assert found.text.endswith("caf\ufffd na\ufffdve.")
    assert found.replaced == 2


def test_one_broken_byte_is_borne_in_the_shortest_text_and_one_in_a_hundred_in_others(tmp_path: Path) -> None:
    for name, content in {
        "a": b"caf\xe9",
        "b": b"caf\xe9 caf\xe9",
        "c": b"stormy " * 99 + b"\xe9" * 7,
        "d": b"\xe9" * 8,
    }.items():
        (tmp_path / f"{name}.txt").write_bytes(content if name != "d" else b"stormy " * 99 + content)
    assert [item.replaced if isinstance(item, Article) else None for item in read([tmp_path])] == [1, None, 7, None]


def test_nul_is_a_space_and_offsets_stay(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(PAGE.encode() + b" one\x00two")
    assert articles(tmp_path)[0].text == PAGE + " one two"
    assert articles({"text": "one\x00two"})[0].text == "one two"


def test_lone_surrogates_become_replacement_characters(tmp_path: Path) -> None:
    lines(tmp_path / "a.jsonl", rb'{"id": "x\ud800", "title": "\udfff", "text": "storm \ud83d in \ude00 harbour"}')
    (found,) = articles(tmp_path)
    assert (found.id, found.title, found.text) == ("x\ufffd", "\ufffd", "storm \ufffd in \ufffd harbour")
    found.text.encode("utf-8")


def test_a_surrogate_pair_is_one_character(tmp_path: Path) -> None:
    lines(tmp_path / "a.jsonl", rb'{"text": "storm \ud83d\ude00"}')
    assert articles(tmp_path)[0].text == "storm 😀"


# outlets.toml and --outlet


def test_outlets_toml_fills_in_what_bare_files_do_not_say(tmp_path: Path) -> None:
    (tmp_path / "post.txt").write_text(PAGE, "utf-8")
    (tmp_path / "echo.txt").write_text(OTHER_PAGE, "utf-8")
    (tmp_path / "outlets.toml").write_text(
        '[post]\noutlet = "The Post"\npublished = 2024-03-04\nurl = "https://post.example"\ntitle = "Storm"\n'
        '[echo]\npublished = "4 March 2024"\n'
    )
    echo, post = articles(tmp_path)
    assert (post.outlet, post.url, post.title, post.date_only) == ("The Post", "https://post.example", "Storm", True)
    assert (echo.outlet, echo.published) == ("echo", datetime(2024, 3, 4))


def test_outlets_toml_does_not_overrule_a_record(tmp_path: Path) -> None:
    jsonl(tmp_path / "a.jsonl", [{"text": PAGE, "outlet": "Own", "date": "2024-03-09"}, {"text": OTHER_PAGE}])
    (tmp_path / "outlets.toml").write_text('[a]\noutlet = "Other"\npublished = 2024-03-04\n')
    one, two = articles(tmp_path)
    assert (one.outlet, one.published) == ("Own", datetime(2024, 3, 9))
    assert (two.outlet, two.published) == ("Other", datetime(2024, 3, 4))


def test_the_outlet_given_is_for_articles_that_name_none(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", [{"text": PAGE, "outlet": "Own"}, {"text": OTHER_PAGE}])
    assert [found.outlet for found in articles(path, outlet="Given")] == ["Own", "Given"]
    (tmp_path / "b.txt").write_text(PAGE, "utf-8")
    assert articles(tmp_path / "b.txt", outlet="Given")[0].outlet == "Given"


@pytest.mark.parametrize("content", [b"[post\n", b"\xff\xfe\x00", b'post = "The Post"\n'])
def test_a_broken_outlets_toml_is_a_usage_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "post.txt").write_text(PAGE, "utf-8")
    (tmp_path / "outlets.toml").write_bytes(content)
    with pytest.raises(UsageError, match=r"outlets\.toml"):
        list(read([tmp_path]))


# What is skipped, and where


BAD_FILES = [
    (b"", "the file is empty"),
    (b" \n\t\n", "the file is empty"),
    (b"\x7fELF\x01\x02" + bytes(range(256)) * 8, "not UTF-8 text"),
    (b"\x00" * 1000, "not UTF-8 text"),
    (PAGE.encode("latin-1", "replace").replace(b"e", b"\xe9"), "not UTF-8 text"),
    (b"\x1b[31m" * 3 + b"\x07\x08" * 200, "not UTF-8 text"),
]


@pytest.mark.parametrize(("content", "reason"), BAD_FILES)
def test_a_bad_text_file_is_skipped_with_its_name_and_the_next_is_read(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    (tmp_path / "b.txt").write_text(PAGE, "utf-8")
    bad, good = read([tmp_path])
    assert isinstance(bad, Skipped)
    assert bad.place == str(tmp_path / "a.txt")
    assert reason in bad.reason
    assert isinstance(good, Article)


BAD_LINES = [
    (b'{"text": "x"', "broken JSON"),
    (b"not json", "broken JSON: Expecting value at character 1"),
    (b'{"text": NaNo}', "broken JSON"),
    (b"[" * 100_000, "nested too deep"),
    (b'{"text": "x", "n": ' + b"9" * 5000 + b"}", "broken JSON"),
    (b'["text"]', "a JSON object was expected, not list"),
    (b'"text"', "a JSON object was expected, not str"),
    (b"17", "a JSON object was expected, not int"),
    (b"null", "a JSON object was expected, not NoneType"),
    (b"{}", "no field 'text' in the record"),
    (b'{"title": "x"}', "no field 'text' in the record"),
    (b'{"text": ""}', "field 'text' is empty"),
    (b'{"text": null}', "field 'text' is empty"),
    (b'{"text": " \\n\\u00a0"}', "field 'text' is empty"),
    (b'{"text": ["a"]}', "field 'text' is list, not text"),
    (b'{"text": {"a": 1}}', "field 'text' is dict, not text"),
    (b'{"text": true}', "field 'text' is bool, not text"),
    (b'{"text": "x", "title": ["x"]}', "field 'title' is list, not text"),
    (b'{"text": "x", "id": {}}', "field 'id' is dict, not text"),
    (b'{"text": "x", "outlet": ["x"]}', "field 'outlet' is list, not text"),
    (b'{"text": "x", "url": false}', "field 'url' is bool, not text"),
    (line(text="x", id="x" * (MAX_FIELD_CHARS + 1)), "field 'id' has over 4,096 characters"),
    (line(text="x", title="x" * (MAX_TITLE_CHARS + 1)), "field 'title' has over 65,536 characters"),
    (b"\xfe" * 400, "not UTF-8 text"),
    (codecs.BOM_UTF16_LE + '{"text": "x"}'.encode("utf-16-le"), ""),
    (b'{"text": "' + b"\xe9" * 500 + b'"}', "not UTF-8 text"),
    (b"\x00" * 300, "not UTF-8 text"),
]


@pytest.mark.parametrize(("bad", "reason"), BAD_LINES, ids=[f"{n}-{reason}" for n, (_, reason) in enumerate(BAD_LINES)])
def test_a_bad_line_is_skipped_with_file_and_line_and_the_next_is_read(tmp_path: Path, bad: bytes, reason: str) -> None:
    path = lines(tmp_path / "a.jsonl", line(id="before", text=PAGE), bad, line(id="after", text=PAGE))
    before, middle, after = read([path])
    assert isinstance(before, Article)
    assert isinstance(middle, Skipped)
    assert middle.place == f"{path}:2"
    assert reason in middle.reason
    assert isinstance(after, Article)
    assert after.place == f"{path}:3"


def test_fields_may_have_as_many_characters_as_their_limits() -> None:
    (found,) = articles({"text": "x", "id": "i" * MAX_FIELD_CHARS, "title": "t" * MAX_TITLE_CHARS})
    assert (len(found.id), len(found.title or "")) == (MAX_FIELD_CHARS, MAX_TITLE_CHARS)


@pytest.mark.parametrize("name", ["body", "content", "full_text"])
def test_a_record_with_its_text_elsewhere_gets_a_hint(name: str) -> None:
    (found,) = skipped({"id": "a", name: PAGE})
    assert found.reason == f"no field 'text' in the record; --map text={name} would take it from {name!r}"
    assert found.place == "record 1"


def test_a_mapping_of_the_wrong_types_is_skipped_with_its_number() -> None:
    found = skipped(GOOD, {"text": 1.5}, {"text": [PAGE]}, {"text": b"bytes"})
    assert [(item.place, item.reason) for item in found] == [
        ("record 2", "field 'text' is float, not text"),
        ("record 3", "field 'text' is list, not text"),
        ("record 4", "field 'text' is bytes, not text"),
    ]


def test_a_line_of_a_hundred_megabytes_is_skipped_and_later_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.jsonl"
    with path.open("wb") as file:
        file.write(line(id="before", text=PAGE) + b"\n")
        file.write(b'{"text": "')
        for _ in range(100):
            file.write(b"storm and rain. " * 65_536)
        file.write(b'"}\n' + line(id="after", text=PAGE) + b"\n")
    assert path.stat().st_size > 100_000_000
    done = run_outside("scan", path)
    found = [json.loads(text) for text in done.stdout.splitlines()]
    assert done.returncode == 3
    assert unwrapped(done.stderr) == unwrapped(f"skipped: {path}:2: the line has over {MAX_LINE_BYTES:,} bytes")
    assert [item["place"] for item in found if item["record"] == "skipped"] == [f"{path}:2"]
    assert found[-1]["articles"] == 2


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_line_may_have_as_many_bytes_as_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: bytes
) -> None:
    monkeypatch.setattr("dedup.read.jsonl.MAX_LINE_BYTES", 100)
    fits = line(text="storm").ljust(99) + b"\n"
    path = tmp_path / "a.jsonl"
    path.write_bytes(fits + b"x" + fits + b"x" * 350 + b"\n" + fits + b"x" * 200 + end)
    found = list(read([path]))
    assert [item.place for item in found] == [f"{path}:{number}" for number in range(1, 6)]
    assert [isinstance(item, Article) for item in found] == [True, False, False, True, False]
    assert {item.reason for item in found if isinstance(item, Skipped)} == {"the line has over 100 bytes"}


def test_a_text_file_over_the_limit_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"storm " * (MAX_ARTICLE_BYTES // 6 + 1))
    (found,) = skipped(tmp_path)
    assert found.reason == f"over {MAX_ARTICLE_BYTES:,} bytes; one article is expected"


@pytest.mark.parametrize("cut", [1, 12, 40])
def test_a_truncated_gzip_costs_what_is_lost_and_no_more(tmp_path: Path, cut: int) -> None:
    packed = gzip.compress(os.urandom(3000).hex().encode())
    (tmp_path / "a.txt.gz").write_bytes(packed[:-cut])
    (found,) = skipped(tmp_path)
    assert found.place == str(tmp_path / "a.txt.gz")
    assert found.reason.startswith("damaged gzip")


def test_lines_before_the_damage_of_a_gzip_are_read(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as stream:
        stream.write(line(**GOOD) + b"\n")
        stream.flush()
        stream.write(line(text=os.urandom(5000).hex()) + b"\n")
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(packed.getvalue()[:-2000])
    good, bad = read([path])
    assert isinstance(good, Article)
    assert isinstance(bad, Skipped)
    assert bad.place == f"{path}:2"
    assert "the rest of the file is lost" in bad.reason


@pytest.mark.parametrize("name", ["a.txt.gz", "a.jsonl.gz"])
def test_a_gz_that_is_none_is_skipped(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(PAGE.encode())
    (found,) = skipped(tmp_path)
    assert "damaged gzip" in found.reason
    assert found.place == str(tmp_path / name) + (":1" if "jsonl" in name else "")


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl"])
def test_a_file_that_cannot_be_opened_is_skipped(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to(tmp_path / "gone")
    (tmp_path / "b.txt").write_text(PAGE, "utf-8")
    bad, good = read([tmp_path])
    assert bad == Skipped(str(tmp_path / name), "cannot be read: No such file or directory")
    assert isinstance(good, Article)


def test_an_unreadable_file_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text(PAGE, "utf-8")

    def denied(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("dedup.read.text.open_bytes", denied)
    assert skipped(tmp_path) == [Skipped(str(tmp_path / "a.txt"), "cannot be read: Permission denied")]


# What stops the call


@pytest.mark.parametrize("source", ["gone.txt", "gone/", "*.txt", "**/*.jsonl"])
def test_a_path_that_does_not_exist_is_a_usage_error(tmp_path: Path, source: str) -> None:
    with pytest.raises(UsageError, match="no such file or folder"):
        list(read([str(tmp_path / source)]))


def test_a_folder_without_a_readable_file_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(UsageError, match=r"no readable file in this folder \(\.txt, \.jsonl"):
        list(read([tmp_path]))


def test_a_named_file_of_another_format_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(UsageError, match="this format is not read yet; readable are"):
        list(read([tmp_path / "a.pdf"]))


def test_nothing_is_read_before_all_paths_are_known_to_exist(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PAGE, "utf-8")
    with pytest.raises(UsageError):
        next(read([tmp_path / "a.txt", tmp_path / "gone.txt"]))


# One article


def test_read_one_takes_a_file_a_mapping_and_an_article(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PAGE, "utf-8")
    given = Article("a", PAGE)
    assert read_one(tmp_path / "a.txt").text == read_one({"text": PAGE}).text == PAGE
    assert read_one(given) is given


def test_read_one_refuses_none_several_and_bad_ones(tmp_path: Path) -> None:
    several = jsonl(tmp_path / "a.jsonl", [GOOD, GOOD])
    with pytest.raises(UsageError, match="holds more than one article"):
        read_one(several)
    with pytest.raises(InputError, match="holds no record"):
        read_one(lines(tmp_path / "b.jsonl", b""))
    with pytest.raises(UsageError, match="not the text itself"):
        read_one("A first paragraph.\nAnd a second one.")
    with pytest.raises(UsageError, match="record 1 is int"):
        read_one(3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="field 'text' is empty") as error:
        read_one({"text": ""})
    assert (error.value.reason, error.value.place) == ("field 'text' is empty", "record 1")


# The command, from outside

BROKEN = [
    ("a.txt", b""),
    ("a.txt", bytes(range(256)) * 20),
    ("a.jsonl", b'{"text": \n{"id": 1}\n[1]\n' + b"[" * 50_000),
    ("a.jsonl", b'{"text": "x", "id": "1"}\n{"text": "y", "id": "1"}\n'),
    ("a.jsonl.gz", b"\x1f\x8b\x08\x00"),
]


@pytest.mark.parametrize(("name", "content"), BROKEN)
def test_the_command_lists_what_it_skipped_and_exits_with_3(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    (tmp_path / "good.txt").write_text(PAGE, "utf-8")
    done = run_outside("scan", tmp_path)
    found = [json.loads(text) for text in done.stdout.splitlines()]
    listed = [item["place"] for item in found if item["record"] == "skipped"]
    assert done.returncode == 3
    assert listed
    assert all(place.startswith(str(tmp_path / name)) for place in listed)
    assert unwrapped(done.stderr).count("skipped:") == len(listed)
    assert all(unwrapped(place) in unwrapped(done.stderr) for place in listed)
    assert "Traceback" not in done.stderr


def test_a_file_name_with_control_characters_is_shown_escaped(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[31m\n.txt").write_bytes(b"")
    done = run_outside("scan", tmp_path)
    assert done.returncode == 3
    assert unwrapped(done.stderr) == unwrapped(f"skipped: {tmp_path}/a\\x1b[31m .txt: the file is empty")


def test_standard_input_can_be_empty() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "dedup", "scan", "-"], input=b"", capture_output=True, check=False
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["articles"] == 0


@pytest.mark.parametrize("line", ["publisched = 2024-01-01", "outlet = 3", 'title = ["a"]'])
def test_an_outlets_toml_with_an_unknown_key_or_value_is_a_usage_error(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.txt").write_text(PAGE, "utf-8")
    (tmp_path / "outlets.toml").write_text(f"[a]\n{line}\n", "utf-8")
    with pytest.raises(UsageError, match="allowed are outlet, published, url, title"):
        list(read([str(tmp_path)]))


def test_a_jsonl_file_without_a_record_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "empty.jsonl"
    path.write_bytes(b"\n\n")
    assert [(item.place, item.reason) for item in read([path])] == [(str(path), "holds no record")]  # type: ignore[union-attr]
