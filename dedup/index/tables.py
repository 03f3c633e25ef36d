"""The tables of an index on a disk: made, opened and checked. They can be read with any SQLite browser."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, Final

from dedup.config import Config, Rules
from dedup.errors import IndexDamaged, IndexFault, IndexLocked, IndexMismatch, UsageError
from dedup.index.packing import checksum

FORMAT: Final = 1
_APPLICATION: Final = 0x64656475  # "dedu"
_MAGIC: Final = b"SQLite format 3\0"
_WAIT: Final = 30  # seconds for another process that is writing
_LOG: Final = 4 * 2**20  # bytes
_PAGE: Final = 8192  # bytes; six rows of the largest table

_SCHEMA: Final = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT, checksum INTEGER) WITHOUT ROWID;
CREATE TABLE article (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT, outlet TEXT, url TEXT, published TEXT, title TEXT, credit TEXT,
    status TEXT, day INTEGER, identity BLOB, sketch BLOB, checksum INTEGER);
CREATE INDEX article_day ON article (day);
CREATE TABLE body (number INTEGER PRIMARY KEY, packed BLOB, checksum INTEGER);
CREATE TABLE match (
    cursor INTEGER PRIMARY KEY AUTOINCREMENT, earlier INTEGER, later INTEGER, verdict TEXT, confidence TEXT,
    shared INTEGER, reuse REAL, retention REAL, previous TEXT, checksum INTEGER);
CREATE INDEX match_later ON match (later);
CREATE TABLE segment (first INTEGER PRIMARY KEY, last INTEGER, file TEXT, bytes INTEGER, checksum INTEGER);
CREATE TABLE expired (first INTEGER PRIMARY KEY, last INTEGER, checksum INTEGER);
CREATE VIEW reuse AS SELECT later.outlet, later.title, later.published, match.verdict, match.confidence,
    round(match.reuse, 3) AS reuse, earlier.outlet AS earlier_outlet, earlier.title AS earlier_title,
    earlier.published AS earlier_published, match.later, match.earlier
    FROM match JOIN article AS later ON later.number = match.later
    JOIN article AS earlier ON earlier.number = match.earlier;
"""


def look_at(path: Path) -> None:
    """Raises IndexDamaged for a file that is no database, before anything is made beside it."""
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) not in (_MAGIC, b""):
            raise IndexDamaged(f"{path}: is no index, or is damaged; choose another name, or restore a copy")


@contextmanager
def faults(path: Path) -> Iterator[None]:
    """What SQLite and the system raise, as a fault of the index that says which file and what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise _fault(path, error) from error
    except UnicodeDecodeError as error:  # of a message that quotes what is damaged
        raise IndexDamaged(f"{path}: is damaged; restore a copy or make the index anew") from error
    except OSError as error:
        raise IndexFault(f"{error.filename or path}: {error.strerror or error}") from error


def _fault(path: Path, error: sqlite3.Error) -> IndexFault:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return IndexDamaged(f"{path}: is damaged ({error}); restore a copy or make the index anew")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return IndexLocked(f"{path}: another process has been writing for {_WAIT} seconds; try again ({error})")
    if name.startswith("SQLITE_FULL"):
        return IndexFault(f"{path}: the disk is full; nothing of this call was stored, all before it is ({error})")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return IndexFault(f"{path}: cannot be written ({error}); an index needs a folder that it may write to")
    return IndexFault(f"{path}: {error}; nothing of this call was stored")


def connected(path: Path, synchronous: str) -> sqlite3.Connection:
    """A connection that any thread may use, one at a time; transactions are begun by hand."""
    db = sqlite3.connect(path, timeout=_WAIT, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.execute(f"PRAGMA synchronous = {synchronous}")
    db.execute("PRAGMA cache_size = -16384")  # KiB
    db.execute(f"PRAGMA journal_size_limit = {_LOG}")  # to which the log is cut when it begins anew
    return db


def open_tables(
    db: sqlite3.Connection, path: Path, config: Config | None, store_text: bool | None
) -> tuple[Config, bool]:
    """Make the tables where there are none, check them where there are; the Config in use, and whether text is stored.

    Raises IndexMismatch for another Config, another ``store_text`` or a newer format; IndexFault for a file that is no
    index.
    """
    db.execute(f"PRAGMA page_size = {_PAGE}")
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables and not application:
        if any(path.with_name(f"{path.name}-lookup").glob("*.segment")):
            raise IndexDamaged(f"{path}: is empty, though its lookups are there; restore a copy, or remove both")
        _make(db, config or Config(), store_text is not False)
    elif application != _APPLICATION:
        raise IndexFault(f"{path}: is an SQLite file, but no index of this program; choose another name")
    elif version > FORMAT:
        raise IndexMismatch(f"{path}: has format {version}, and this version of dedup reads up to {FORMAT}; update it")
    return _checked(db, path, config, store_text)


def _make(db: sqlite3.Connection, config: Config, store_text: bool) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("BEGIN IMMEDIATE")
    try:
        if db.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):  # nobody else was faster
            for statement in filter(str.strip, _SCHEMA.split(";\n")):
                db.execute(statement)
            values = {
                "config": json.dumps(asdict(config), default=str, sort_keys=True),
                "fingerprint": config.fingerprint(),
                "store_text": str(int(store_text)),
            }
            rows = [(name, value, checksum(name, value)) for name, value in values.items()]
            db.executemany("INSERT INTO setting VALUES (?, ?, ?)", rows)
            db.execute(f"PRAGMA application_id = {_APPLICATION}")
            db.execute(f"PRAGMA user_version = {FORMAT}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _checked(db: sqlite3.Connection, path: Path, config: Config | None, store_text: bool | None) -> tuple[Config, bool]:
    settings = {}
    for name, value, check in db.execute("SELECT name, value, checksum FROM setting"):
        if checksum(name, value) != check:
            raise IndexDamaged(f"{path}: setting {name!r} is not what was written")
        settings[name] = value
    if not {"config", "fingerprint", "store_text"} <= settings.keys():
        raise IndexDamaged(f"{path}: its settings are missing")
    made = _config(settings["config"], path)
    used = config or made
    if used.fingerprint() != settings["fingerprint"]:
        raise IndexMismatch(f"{path}: {_difference(made, used, settings['fingerprint'])}")
    stored = settings["store_text"] == "1"
    if store_text not in (None, stored):
        raise IndexMismatch(f"{path}: was made with store_text={stored} and is opened with {store_text}")
    return used, stored


def _config(text: str, path: Path) -> Config:
    try:
        values: dict[str, Any] = json.loads(text)
        read_on = values.pop("read_on")
        rules = Rules(**values.pop("rules"))
        return Config(**values, rules=rules, read_on=date.fromisoformat(read_on) if read_on else None)
    except (ValueError, TypeError, KeyError, UsageError) as error:
        raise IndexMismatch(f"{path}: was made with settings that this version of dedup does not know") from error


def _difference(made: Config, used: Config, fingerprint: str) -> str:
    one, two = ({**asdict(c), **asdict(c.rules)} for c in (made, used))
    names = [name for name in one if name != "rules" and one[name] != two[name]]
    told = ", ".join(f"{name} = {one[name]!r} there and {two[name]!r} here" for name in names)
    what = told or "the same settings in another format of results"
    return (
        f"was made with Config {fingerprint} and is opened with {used.fingerprint()} ({what}); "
        "open it with the Config it was made with, or make a new index"
    )
