"""``dedup index``: what it prints, where it ends, and that an index made from a shell is a crawler's."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from texts import OTHER_PAGE, PAGE, STORY, jsonl, records, run

from dedup import Index

COPIES = [
    {"id": "a", "outlet": "Post", "text": PAGE, "published": "2026-03-01"},
    {
        "id": "b",
        "outlet": "Echo",
        "text": PAGE + "\n\n" + STORY[0].replace("Monday", "Friday"),
        "published": "2026-03-02",
    },
    {"id": "c", "outlet": "Star", "text": OTHER_PAGE, "published": "2026-03-03"},
]


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "news.dedup"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return jsonl(tmp_path / "corpus.jsonl", COPIES)


def answers(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return records(capsys.readouterr().out)


def test_articles_are_added_and_each_is_answered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], index: Path, corpus: Path
) -> None:
    assert run(monkeypatch, "index", "add", index, corpus) == 0
    *seen, summary = answers(capsys)
    assert [(one["id"], one["status"]) for one in seen] == [("a", "new"), ("b", "reprint"), ("c", "new")]
    assert seen[1]["matches"][0]["id"] == "a"  # type: ignore[index]
    assert summary == {"record": "summary", "articles": 3, "new": 2, "reprint": 1}
    assert run(monkeypatch, "index", "add", index, corpus, "--quiet") == 0
    assert answers(capsys) == [{"record": "summary", "articles": 3, "again": 3}]
    with Index.open(index) as opened:
        assert opened.info()["articles"] == 3


def test_checking_stores_nothing_and_may_fail_on_a_match(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, index: Path, corpus: Path
) -> None:
    run(monkeypatch, "index", "add", index, corpus, "-q")
    copy = jsonl(tmp_path / "copy.jsonl", [{"id": "d", "outlet": "Sun", "text": PAGE}])
    apart = jsonl(tmp_path / "apart.jsonl", [{"id": "e", "outlet": "Sun", "text": " ".join(reversed(PAGE.split()))}])
    capsys.readouterr()
    assert run(monkeypatch, "index", "check", index, copy) == 0
    assert answers(capsys)[0]["status"] == "exact"
    assert run(monkeypatch, "index", "check", index, copy, "--fail-on-match") == 1
    assert run(monkeypatch, "index", "check", index, apart, "--fail-on-match") == 0
    with Index.open(index) as opened:
        assert opened.info()["articles"] == 3


def test_what_cannot_be_used_is_reported_in_its_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, index: Path
) -> None:
    path = jsonl(tmp_path / "mixed.jsonl", [COPIES[0], {"id": "x"}, COPIES[2], {"id": "y", "text": "?!"}])
    for command in ("add", "check"):
        assert run(monkeypatch, "index", command, index, path) == 3
        printed = capsys.readouterr()
        kinds = [record["record"] for record in records(printed.out)]
        assert kinds == ["sighting", "skipped", "sighting", "skipped", "summary"]
        assert printed.err.count("skipped: ") == 2
        assert f"{path}:2" in printed.err


def test_changes_go_on_from_a_cursor(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], index: Path, corpus: Path
) -> None:
    run(monkeypatch, "index", "add", index, corpus, "-q")
    capsys.readouterr()
    assert run(monkeypatch, "index", "changes", index) == 0
    (change,) = answers(capsys)
    assert (change["earlier"]["id"], change["later"]["id"]) == ("a", "b")  # type: ignore[index]
    assert run(monkeypatch, "index", "changes", index, "--since", change["cursor"], "--review") == 0
    assert answers(capsys) == []


def test_old_articles_expire(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], index: Path, corpus: Path
) -> None:
    run(monkeypatch, "index", "add", index, corpus, "-q")
    capsys.readouterr()
    assert run(monkeypatch, "index", "expire", index, "--before", "2026-03-02") == 0
    assert capsys.readouterr().out == "1 articles expired\n"
    assert run(monkeypatch, "index", "info", index) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["articles"], told["expired"], told["newest"]) == (2, 1, "2026-03-03")
    assert run(monkeypatch, "index", "expire", index, "--before", "soon") == 2
    assert "a day is expected" in capsys.readouterr().err


def test_a_window_is_taken(monkeypatch: pytest.MonkeyPatch, index: Path, corpus: Path) -> None:
    assert run(monkeypatch, "index", "add", index, corpus, "--window", "1d", "-q", "--sync", "batch") == 0
    with Index.open(index) as opened:
        assert opened.info()["articles"] == 2


def test_damage_is_told_and_exits_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], index: Path, corpus: Path
) -> None:
    run(monkeypatch, "index", "add", index, corpus, "-q")
    capsys.readouterr()
    assert run(monkeypatch, "index", "verify", index) == 0
    assert capsys.readouterr().out == "3 articles: all as they were written\n"
    with sqlite3.connect(index) as db:
        db.execute("UPDATE body SET packed = x'00' WHERE number = 2")
    db.close()
    assert run(monkeypatch, "index", "verify", index) == 2
    assert "article 2 is not what was written" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["check", "changes", "expire", "verify", "info"])
def test_an_index_that_is_not_there_exits_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str
) -> None:
    more = {"check": [jsonl(tmp_path / "a.jsonl", COPIES)], "expire": ["--before", "2026-01-01"]}
    assert run(monkeypatch, "index", command, tmp_path / "none.dedup", *more.get(command, [])) == 2
    assert "there is no such index" in capsys.readouterr().err
    assert not (tmp_path / "none.dedup").exists()


@pytest.mark.parametrize("option", [["--sync", "never"], ["--window", "soon"]])
def test_wrong_options_exit_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], index: Path, corpus: Path, option: list[str]
) -> None:
    assert run(monkeypatch, "index", "add", index, corpus, *option) == 2
    assert "allowed are" in capsys.readouterr().err


def test_a_reader_that_leaves_does_not_end_the_adding(tmp_path: Path, index: Path) -> None:
    many = [
        {"id": f"n{n}", "outlet": "Post", "text": f"{PAGE} {n}", "url": f"https://post.example/{n}"}
        for n in range(1500)
    ]
    path = jsonl(tmp_path / "many.jsonl", many)
    command = f"{sys.executable} -P -m dedup index add {index} {path} --sync close | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["number"] == 1
    with Index.open(index) as opened:
        assert opened.info()["articles"] == 1500
