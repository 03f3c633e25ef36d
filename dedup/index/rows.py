"""The rows of an index on a disk, each read only if it is what was written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import numpy as np

from dedup.config import Config
from dedup.errors import IndexDamaged
from dedup.index import packing
from dedup.index.home import Entry
from dedup.index.lookups import File
from dedup.index.packing import Body, Row, Sketched, checksum
from dedup.index.sightings import Pair, SeenAs
from dedup.records import Ints

_ARTICLE: Final = ", ".join(Row._fields)
_PAIR: Final = "earlier, later, verdict, confidence, shared, reuse, retention, previous"
_ARTICLES: Final = f"SELECT {_ARTICLE} FROM article"
_MATCHES: Final = f"SELECT cursor, {_PAIR}, checksum FROM match"


class Rows:
    """Reads and writes rows over one connection; transactions are begun here and nowhere else."""

    def __init__(self, db: sqlite3.Connection, path: Path, config: Config, store_text: bool) -> None:
        self._db = db
        self._path = path
        self._config = config
        self._store_text = store_text

    @contextmanager
    def transaction(self, kind: str) -> Iterator[None]:
        """All that is done within, or nothing: "IMMEDIATE" for writing, "DEFERRED" for reading one state."""
        self._db.execute(f"BEGIN {kind}")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # what went wrong is told by the first error
                self._db.execute("ROLLBACK")
            raise

    def version(self) -> int:
        """Another number whenever another connection has written."""
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def add(self, number: int, entry: Entry, day: int, status: SeenAs) -> None:
        """Insert an article."""
        row = packing.row(number, entry, day, status, self._config)
        packed = packing.body(entry.article, self._store_text)
        self._db.execute(f"INSERT INTO article ({_ARTICLE}) VALUES ({_marks(row)})", row)
        self._db.execute("INSERT INTO body VALUES (?, ?, ?)", (number, packed, checksum(number, packed)))

    def add_pair(self, pair: Pair) -> None:
        """Insert a match, or what became of one."""
        (last,) = self._db.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'match'").fetchone()
        own = (last + 1, *(getattr(pair, name) for name in _PAIR.split(", ")))
        values = (*own, checksum(*own))
        self._db.execute(f"INSERT INTO match (cursor, {_PAIR}, checksum) VALUES ({_marks(values)})", values)

    def article(self, number: int) -> Row | None:
        """A row of "article", None if there is none. Raises IndexDamaged."""
        values = self._db.execute(f"{_ARTICLES} WHERE number = ?", (number,)).fetchone()
        return None if values is None else self._row(values)

    def between(self, first: int, last: int) -> Iterator[tuple[Row, Sketched]]:
        """The articles of a range and their sketches, in order. Raises IndexDamaged."""
        for values in self._db.execute(f"{_ARTICLES} WHERE number BETWEEN ? AND ? ORDER BY number", (first, last)):
            row = self._row(values)
            yield row, packing.sketched(row.sketch, self._config)

    def _row(self, values: Sequence[Any]) -> Row:
        self._intact(f"article {values[0]}", values)
        return Row(*values)

    def body(self, number: int) -> Body | None:
        """The body of an article, None if there is none. Raises IndexDamaged."""
        values = self._db.execute("SELECT number, packed, checksum FROM body WHERE number = ?", (number,)).fetchone()
        if values is None:
            return None
        self._intact(f"the text of article {number}", values)
        return packing.unpacked(values[1])

    def pairs(self, since: int = 0, limit: int = -1) -> Iterator[tuple[int, Pair]]:
        """At most ``limit`` matches after a cursor, in order, each with its own. Raises IndexDamaged."""
        rows = self._db.execute(f"{_MATCHES} WHERE cursor > ? ORDER BY cursor LIMIT ?", (since, limit))
        for cursor, *own, check in rows:
            self._intact(f"match {cursor}", (cursor, *own, check))
            yield cursor, Pair(*own)

    def damaged_pairs(self) -> Iterator[str]:
        """The matches that are not what was written."""
        for cursor, *own, check in self._db.execute(_MATCHES):
            if checksum(cursor, *own) != check:
                yield f"match {cursor} is not what was written"

    def last(self) -> int:
        """The greatest number that was ever given, 0 if none was."""
        found = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'article'").fetchone()
        last = found[0] if found else 0
        (top,) = self._db.execute("SELECT coalesce(max(number), 0) FROM article").fetchone()
        if not isinstance(last, int) or top > last:
            raise IndexDamaged(f"{self._path}: the number of its articles is damaged; restore a copy")
        return last

    def newest(self) -> int:
        """The newest day of an article that has a date, 0 if there is none. Raises IndexDamaged."""
        values = self._db.execute(f"{_ARTICLES} WHERE published IS NOT NULL ORDER BY day DESC LIMIT 1").fetchone()
        return 0 if values is None else self._row(values).day

    def older(self, day: int) -> Ints:
        """(n,) numbers of articles of days before that, ascending. Raises IndexDamaged: nothing goes by a wrong day."""
        rows = self._db.execute(f"{_ARTICLES} WHERE day < ?", (day,))
        found: Ints = np.sort(np.array([self._row(values).number for values in rows], np.int64))
        return found

    def expired(self) -> Ints:
        """(k, 2) ranges of numbers, first and last, of articles that expired, ascending. Raises IndexDamaged."""
        rows = self._db.execute("SELECT first, last, checksum FROM expired ORDER BY first").fetchall()
        for values in rows:
            self._intact("an expired range", values)
        return np.array([values[:2] for values in rows], np.int64).reshape(-1, 2)

    def write_expired(self, ranges: Ints) -> None:
        """Take these ranges for the expired ones."""
        self._db.execute("DELETE FROM expired")
        rows = [(first, last, checksum(first, last)) for first, last in ranges.tolist()]
        self._db.executemany("INSERT INTO expired VALUES (?, ?, ?)", rows)

    def delete(self, first: int, last: int, limit: int) -> int:
        """Delete at most ``limit`` articles of a range, with their bodies and their matches; how many."""
        wanted = "SELECT number FROM article WHERE number BETWEEN ? AND ? LIMIT ?"
        numbers = self._db.execute(wanted, (first, last, limit)).fetchall()
        for table, column in (("article", "number"), ("body", "number"), ("match", "later")):
            self._db.executemany(f"DELETE FROM {table} WHERE {column} = ?", numbers)
        return len(numbers)

    def files(self) -> list[File]:
        """The segments that count, by their first number."""
        rows = self._db.execute("SELECT first, last, file, bytes, checksum FROM segment").fetchall()
        return [File(*row) for row in rows if [type(value) for value in row] == [int, int, str, int, int]]

    def has_only(self, files: Sequence[File]) -> bool:
        """Whether the table of segments has these rows and no others, damaged ones included."""
        return bool(self._db.execute("SELECT count(*) FROM segment").fetchone() == (len(files),))

    def ask_to_write(self) -> None:
        """Raises at once where the database can only be read: SQLite opens it all the same."""
        self._db.execute("DELETE FROM segment WHERE first < 0")

    def rewrite_files(self, rows: Iterable[File]) -> None:
        """Have these segments in the table and no others."""
        self._db.execute("DELETE FROM segment")
        self.replace_files((), rows)

    def replace_files(self, gone: Iterable[File], new: Iterable[File]) -> None:
        """Take some segments out of the table, and others in."""
        self._db.executemany("DELETE FROM segment WHERE first = ?", [(row.first,) for row in gone])
        self._db.executemany("INSERT INTO segment VALUES (?, ?, ?, ?, ?)", list(new))

    def counts(self) -> dict[str, Any]:
        """Articles by status, matches, the last cursor."""
        alive = "NOT EXISTS (SELECT 1 FROM expired WHERE {} BETWEEN first AND last)".format
        statuses = self._db.execute(
            f"SELECT status, count(*) FROM article WHERE {alive('number')} GROUP BY status ORDER BY status"
        ).fetchall()
        (matches,) = self._db.execute(
            f"SELECT count(*) FROM match WHERE {alive('earlier')} AND {alive('later')}"
        ).fetchone()
        (cursor,) = self._db.execute("SELECT coalesce(max(cursor), 0) FROM match").fetchone()
        return {"statuses": dict(statuses), "matches": matches, "cursor": cursor}

    def broken(self) -> list[str]:
        """What SQLite itself finds wrong with the database."""
        found = [str(row[0]) for row in self._db.execute("PRAGMA integrity_check(20)")]
        return [] if found == ["ok"] else found

    def _intact(self, what: str, values: Sequence[Any]) -> None:
        if checksum(*values[:-1]) != values[-1]:
            raise IndexDamaged(f"{self._path}: {what} is not what was written; restore a copy, or make the index anew")


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
