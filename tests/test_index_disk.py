"""An index on a disk: it is there again, other processes hear of it, and its files can be read and made anew."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import pickle
import shutil
import sqlite3
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import zstandard
from making import article, prose
from test_index import DAY, WIRE, made, pairs_of, wire

from dedup import Config, Index
from dedup.config import Rules
from dedup.errors import IndexDamaged, IndexFault, IndexLocked, IndexMismatch, UsageError
from dedup.index import lookups, upkeep


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "news.dedup"


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of 16 articles, so that a hundred make several and merge them."""
    monkeypatch.setattr(lookups, "BLOCK", 16)


def files(path: Path) -> list[str]:
    """The segments, by the numbers they are about."""
    names = [file.name for file in path.with_name(f"{path.name}-lookup").glob("*.segment")]
    return sorted(("-".join(name.split("-")[:2]) for name in names), key=lambda name: int(name.split("-")[0]))


def filled(path: Path, count: int = 100, **settings: Any) -> list[Any]:
    """An index with made articles, closed again."""
    with Index.open(path, **settings) as index:
        seen = [index.add(item) for item in made(count)]
        index.settle()
    return seen


@pytest.mark.usefixtures("small_blocks")
def test_what_was_added_is_there_again(path: Path) -> None:
    articles = made(100)
    with Index.open(path) as index:
        before = index.add_many(articles[:60])
    with Index.open(path) as index:
        before += index.add_many(articles[60:])
        index.settle()
        assert files(path) == ["1-64", "65-80", "81-96"]
    whole = Index.open(":memory:").add_many(articles)
    assert pairs_of(before) == pairs_of(whole)
    with Index.open(path) as index:
        assert [seen.number for seen in index.add_many(articles)] == list(range(1, 101))  # type: ignore[union-attr]
        assert index.info()["articles"] == 100
        assert index.verify() == []


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("lost", ["folder", "file", "bytes", "end", "all of it"])
def test_lookups_that_are_missing_or_damaged_are_made_anew(path: Path, lost: str) -> None:
    seen = filled(path)
    folder = path.with_name("news.dedup-lookup")
    victim = sorted(folder.glob("*.segment"))[0]
    if lost == "folder":
        shutil.rmtree(folder)
    elif lost == "file":
        victim.unlink()
    else:
        raw = bytearray(victim.read_bytes())
        raw[len(raw) // 2] ^= 1
        victim.write_bytes({"bytes": raw, "end": raw[:-5], "all of it": b""}[lost])
    with Index.open(path) as index:
        again = index.add_many(made(100))
        assert pairs_of(again) == pairs_of(seen)
        assert all(one.again for one in again)  # type: ignore[union-attr]
        index.settle()
        assert index.verify() == []
        assert files(path)[0] == "1-64"


def test_two_handles_hear_of_each_other(path: Path) -> None:
    with Index.open(path) as one, Index.open(path) as two:
        assert one.add(wire("Alpha")).number == 1
        assert two.check(wire("Beta")).status == "exact"
        assert two.add(wire("Beta", prose(3, 12))).number == 2
        assert one.add(wire("Gamma", prose(3, 12))).matches[0].seen.outlet == "Beta"
        assert [(c.earlier.outlet, c.later.outlet) for c in two.changes()] == [("Beta", "Gamma")]
        assert two.expire("2027-01-01") == 3
        assert one.check(wire("Delta")).status == "new"
        assert one.add(wire("Alpha")).number == 4
        assert two.info()["articles"] == 1


@pytest.mark.usefixtures("small_blocks")
def test_two_handles_share_segments(path: Path) -> None:
    articles = made(120)
    with Index.open(path) as one, Index.open(path) as two:
        found = []
        for at in range(0, 120, 10):
            found += (one if at % 20 else two).add_many(articles[at : at + 10])
            one.settle()
            two.settle()
        assert pairs_of(found) == pairs_of(Index.open(":memory:").add_many(articles))
        assert files(path)[0] == "1-64"
        assert one.verify() == []


def _adds(path: Path, outlet: str, barrier: Any, texts: list[str], out: Any) -> None:
    with Index.open(path) as index:
        for number, text in enumerate(texts):
            barrier.wait()
            seen = index.add(wire(outlet, text, number))
            out.put((number, outlet, [match.seen.outlet for match in seen.matches]))


def test_of_two_copies_added_at_the_same_instant_one_finds_the_other(path: Path) -> None:
    Index.open(path).close()
    context = multiprocessing.get_context("spawn")
    barrier, out = context.Barrier(2), context.Queue()
    texts = [prose(1000 + n, 8) for n in range(40)]
    work = [context.Process(target=_adds, args=(path, outlet, barrier, texts, out)) for outlet in ("Alpha", "Beta")]
    for process in work:
        process.start()
    told = [out.get(timeout=60) for _ in range(2 * len(texts))]
    for process in work:
        process.join()
    for number in range(len(texts)):
        seen = {outlet: found for n, outlet, found in told if n == number}
        assert sorted(seen.values()) in ([[], ["Alpha"]], [[], ["Beta"]])


def test_another_config_is_refused_and_both_are_named(path: Path) -> None:
    filled(path, 3, config=Config(seed=7))
    with Index.open(path) as index:  # none given: the one it was made with
        assert index.info()["config"] == Config(seed=7).fingerprint()
    with pytest.raises(IndexMismatch) as refused:
        Index.open(path, config=Config(seed=8, rules=Rules(far_days=4)))
    said = str(refused.value)
    assert Config(seed=7).fingerprint() in said
    assert Config(seed=8, rules=Rules(far_days=4)).fingerprint() in said
    assert "seed = 7 there and 8 here" in said
    assert "far_days = 3 there and 4 here" in said


def test_a_newer_format_is_refused(path: Path) -> None:
    filled(path, 3)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(IndexMismatch, match="has format 99, and this version of dedup reads up to 1"):
        Index.open(path)


def test_what_is_no_index_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("Not a database at all. " * 100)
    with pytest.raises(IndexFault, match=r"notes\.txt"):
        Index.open(text)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE mine (x)")
    db.close()
    with pytest.raises(IndexFault, match="no index of this program"):
        Index.open(other)
    with pytest.raises(IndexFault, match="a file in a folder that there is"):
        Index.open(tmp_path / "nowhere" / "news.dedup")
    with pytest.raises(IndexFault, match="a file in a folder that there is"):
        Index.open(tmp_path)
    assert text.read_text().startswith("Not a database")


def test_an_index_that_is_alone_is_locked(path: Path) -> None:
    with Index.open(path, sync="close") as index:
        index.add(wire("Alpha"))
        for sync in ("always", "close"):
            with pytest.raises(IndexLocked):
                Index.open(path, sync=sync)  # type: ignore[arg-type]
    with Index.open(path) as index:
        assert index.check(wire("Beta")).status == "exact"
        with pytest.raises(IndexLocked, match="needs it alone"):
            Index.open(path, sync="close")
        Index.open(path, sync="batch").close()


@pytest.mark.parametrize("sync", ["always", "batch", "close"])
def test_every_level_of_safety_stores_all_of_it(path: Path, sync: Any) -> None:
    filled(path, 20, sync=sync)
    with Index.open(path) as index:
        assert index.info()["articles"] == 20
        assert index.verify() == []


def _opened_elsewhere(index: Index, out: Any) -> None:
    out.put((os.getpid(), index.add(wire("Beta")).status))
    index.close()


def test_a_handle_goes_to_another_process_by_its_path(path: Path) -> None:
    with Index.open(path, window="30d", sync="batch") as index:
        index.add(wire("Alpha"))
        with pickle.loads(pickle.dumps(index)) as copy:
            assert copy.check(wire("Beta")).status == "exact"
        context = multiprocessing.get_context("spawn")
        out = context.Queue()
        process = context.Process(target=_opened_elsewhere, args=(index, out))
        process.start()
        assert out.get(timeout=60)[1] == "exact"
        process.join()
        assert index.info()["articles"] == 2
    with pytest.raises(UsageError, match="in memory"):
        pickle.dumps(Index.open(":memory:"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_after_a_fork_it_must_be_opened_again(path: Path) -> None:
    with Index.open(path) as index:
        index.add(wire("Alpha"))
        read, write = os.pipe()
        child = os.fork()
        if not child:  # pragma: no cover: the other process
            try:
                index.check(wire("Beta"))
            except IndexFault as error:
                os.write(write, str(error).encode())
            index.close()
            with Index.open(path) as own:
                os.write(write, own.check(wire("Beta")).status.encode())
            os._exit(0)
        os.waitpid(child, 0)
        said = os.read(read, 4096).decode()
        assert "opened before a fork; open it again" in said
        assert said.endswith("exact")
        assert index.check(wire("Beta")).status == "exact"
        assert index.verify() == []


@pytest.mark.usefixtures("small_blocks")
def test_what_expired_leaves_the_disk(path: Path) -> None:
    with Index.open(path) as index:
        for day in range(80):
            index.add(wire("Alpha", prose(day, 8), day, published=(DAY + timedelta(day)).isoformat()))
        index.settle()
        assert files(path) == ["1-64", "65-80"]
        index.expire(DAY + timedelta(70))
        for day in range(80, 84):
            index.add(wire("Alpha", prose(day, 8), day, published=(DAY + timedelta(day)).isoformat()))
        assert files(path) == ["65-80"]
        index.settle()
        assert index.check(wire("Beta", prose(69, 8))).status == "new"
        assert index.check(wire("Beta", prose(70, 8))).status == "exact"
        assert index.verify() == []
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*), min(number) FROM article").fetchone() == (14, 71)
        assert db.execute("SELECT count(*) FROM body").fetchone() == (14,)
    db.close()
    with Index.open(path) as index:
        assert index.check(wire("Beta", prose(69, 8))).status == "new"
        assert index.add(wire("Beta", prose(71, 8))).status == "exact"


def test_tables_can_be_read_by_anyone(path: Path) -> None:
    with Index.open(path) as index:
        index.add(wire("Alpha", WIRE + "\n\n(AFP)", title="A storm"))
        index.add(wire("Beta", title="The storm"))
    with sqlite3.connect(path) as db:
        rows = db.execute("SELECT outlet, verdict, reuse, earlier_outlet, earlier_title FROM reuse").fetchall()
        assert rows == [("Beta", "verbatim_reprint", 1.0, "Alpha", "A storm")]
        assert db.execute("SELECT number, id, outlet, status, credit FROM article").fetchall() == [
            (1, "Alpha-0", "Alpha", "new", "AFP"),
            (2, "Beta-0", "Beta", "exact", None),
        ]
    db.close()


@pytest.mark.parametrize("table", ["article", "body", "match", "expired", "setting"])
def test_a_row_that_is_not_what_was_written_is_found(path: Path, table: str) -> None:
    with Index.open(path) as index:
        index.add(wire("Alpha", prose(9, 12), published="2020-01-01"))
        index.add(wire("Beta"))
        index.add(wire("Gamma", WIRE + " " + prose(4)))
        index.expire("2021-01-01")
    column, value = {
        "article": ("day", 7),
        "body": ("packed", b"something else"),
        "match": ("verdict", "independent"),
        "expired": ("last", 2),
        "setting": ("value", "1"),
    }[table]
    with sqlite3.connect(path) as db:
        db.execute(f"UPDATE {table} SET {column} = ?", (value,))
    db.close()

    def asked() -> None:
        with Index.open(path) as index:
            assert any("not what was written" in fault for fault in index.verify())
            list(index.changes())
            index.check(wire("Delta"))

    with pytest.raises(IndexDamaged, match="not what was written"):
        asked()


@pytest.mark.parametrize("table", ["article", "body"])
def test_a_row_that_is_missing_is_found(path: Path, table: str) -> None:
    filled(path, 4)
    with sqlite3.connect(path) as db:
        db.execute(f"DELETE FROM {table} WHERE number = 2")
    db.close()

    def asked() -> None:
        with Index.open(path) as index:
            assert any("2 is missing" in fault for fault in index.verify())
            index.add_many(made(4))
            index.scan()

    with pytest.raises(IndexDamaged, match="2 is missing"):
        asked()


def test_the_log_moves_into_the_database_in_the_background(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "_LOG", 200_000)
    with Index.open(path) as index:
        for item in made(150):
            index.add(item)
        index.settle()
        index.add(wire("Alpha"))
        assert path.stat().st_size > 200_000
        assert path.with_name("news.dedup-wal").stat().st_size < 4_000_000
    assert not path.with_name("news.dedup-wal").exists()


def test_what_the_sqlite_driver_says_comes_as_a_fault_of_the_index(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Index.open(path) as index:
        index.add(wire("Alpha"))

        def full(*given: Any) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        with monkeypatch.context() as broken:
            broken.setattr("dedup.index.rows.Rows.add", full)
            with pytest.raises(IndexFault, match="nothing of this call was stored"):
                index.add(wire("Beta", prose(3, 12)))
        assert index.add(wire("Beta", prose(3, 12))).number == 2


def test_odd_names_come_back_as_they_were(path: Path) -> None:
    odd = "Zeitung \udce4\U0001f4f0 'x'; DROP TABLE article"
    with Index.open(path) as index:
        index.add(article(WIRE, id="\ud800", outlet=odd, url=None, title="\udfff"))
    with Index.open(path) as index:
        seen = index.check(wire("Beta")).matches[0].seen
        assert (seen.id, seen.outlet, seen.url, seen.title) == ("\ud800", odd, None, "\udfff")
        assert index.verify() == []


def test_without_texts_verdicts_and_ledgers_are_the_same(path: Path) -> None:
    articles = made(150)
    whole = Index.open(":memory:").add_many(articles)
    with Index.open(path, store_text=False) as index:
        seen = index.add_many(articles[:100])
    with Index.open(path) as index:
        seen += index.add_many(articles[100:])
        assert pairs_of(seen) == pairs_of(whole)
        for one, other in zip(seen, whole, strict=True):
            assert one.to_dict() == other.to_dict()  # type: ignore[union-attr]
        for call in (index.scan, index.clusters, index.review):
            with pytest.raises(UsageError, match="needs the texts"):
                call()
        assert index.verify() == []
        assert index.info()["store_text"] is False
    with pytest.raises(IndexMismatch, match="store_text=False and is opened with True"):
        Index.open(path, store_text=True)
    stored = path.read_bytes()
    with sqlite3.connect(path) as db:
        bodies = b"".join(
            zstandard.ZstdDecompressor().decompress(row[0]) for row in db.execute("SELECT packed FROM body")
        )
    db.close()
    words = {key for one in seen for key in one.article.tokens.keys if len(key) > 9}  # type: ignore[union-attr]
    told = " ".join(f"{item.title} {item.outlet}" for item in articles).lower()
    secret = [word.encode() for word in words if word not in told]
    assert len(secret) > 100
    assert not [word for word in secret if word in bodies.lower() or word in stored.lower()]


def test_an_index_that_nobody_closed_is_closed_in_the_end(path: Path) -> None:
    code = f"import dedup; index = dedup.Index.open({str(path)!r}); index.add_many([{{'text': 'word ' * 30}}] * 80)"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert not path.with_name("news.dedup-wal").exists()


def test_a_block_that_expired_before_it_was_written_is_let_go(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "BLOCK", 16)
    with Index.open(path) as index:
        index.add_many([wire("Alpha", prose(n, 8), n, published="2026-01-01") for n in range(17)])
        index.expire("2026-02-01")
        index.settle()
        assert files(path) == []
        assert index.add(wire("Beta", prose(3, 8))).status == "new"
        assert index.verify() == []


def test_scans_and_checks_of_everything_hear_of_others_first(path: Path) -> None:
    with Index.open(path) as one, Index.open(path) as two:
        two.add_many([wire("Alpha"), wire("Beta")])
        assert len(one.scan().clusters) == 1
        two.expire("2027-01-01")
        two.add(wire("Gamma"))
        assert one.verify() == []
        assert one.scan().counts["articles"] == 1


def test_handles_of_one_process_build_the_same_segments_side_by_side(path: Path, small_blocks: None) -> None:
    articles = [wire(f"Outlet {n % 7}", prose(n, 8), n) for n in range(200)]
    with Index.open(path) as one, Index.open(path) as two:
        halves = [
            threading.Thread(target=index.add_many, args=(articles[k::2], 5)) for k, index in enumerate((one, two))
        ]
        for thread in halves:
            thread.start()
        for thread in halves:
            thread.join()
        one.settle()
        two.settle()
        assert one.info()["articles"] == 200
        assert one.verify() == []
        assert all(seen.again for seen in two.add_many(articles))  # type: ignore[union-attr]


def test_a_call_that_comes_while_it_is_closed_is_told_so(path: Path) -> None:
    index = Index.open(path)

    async def late() -> None:
        index._calls.shutdown()
        await index.aadd(wire("Alpha"))

    with pytest.raises(IndexFault, match="being closed"):
        asyncio.run(late())
    index.close()


def test_a_review_records_no_pair_twice_that_another_process_added(path: Path) -> None:
    with Index.open(path) as one, Index.open(path) as two:
        one.add(wire("Alpha"))
        two.add(wire("Beta"))
        assert one.review() == 0
        assert len(list(one.changes())) == 1


def test_what_expired_is_counted_no_more(path: Path) -> None:
    with Index.open(path) as index:
        index.add_many([wire(f"Outlet {n}", WIRE, n, published=f"2026-0{1 + n % 2}-01") for n in range(100)])
        index.expire("2026-02-01")
        told = index.info()
        assert (told["articles"], sum(told["statuses"].values())) == (50, 50)  # type: ignore[attr-defined]
