"""Bits that flip and files that are cut: the answer is that of the intact index, or an IndexFault, and nothing else.

Damage is done to a closed index (``flips``, ``cuts``), or to the log of one that was not closed (``log``). Each trial
opens it, asks for copies, reads the changes and verifies. What ``verify`` must find is told by reading all tables with
SQLite alone: if a row is another one than before, it (or opening) must say so.
"""

from __future__ import annotations

import hashlib
import json
import signal
import sqlite3
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from crash import forked
from crash.stories import BLOCK, FIRST_DAY, NAME, Stories, base, copied, random_of, small
from crash.surviving import broken_in
from dedup import Index, IndexFault
from dedup.index import disk

_HAVE: Final = 7 * BLOCK + 8  # four blocks in one segment, three in one each, eight articles in none
_EXPIRED: Final = 1  # day
_ASKED: Final = (3, 15, 22, 40, 64, 65, 90, 113, 120)
_WINDOW: Final = "365d"  # in which all articles are
_BATCH: Final = 50  # trials in one process
_HANGS: Final = 20  # seconds
_SHOWN: Final = 12
_FAULT: Final = "IndexFault"
#: What a trial may count for. "segments": the damage was to one.
_GOOD: Final = ("segments", "equal", "raised", "found", "rebuilt", "hidden")
_BAD: Final = ("wrong", "foreign", "died", "unseen", "unusable")
_KEYS: Final = {"article": "number", "body": "number", "match": "cursor", "segment": "first", "expired": "first"}
_VALUES: Final = ("NULL", "'text'", "x'00ff'", "{0} + 1", "-1", "1e300")
_BIG: Final = {"article", "body"}


@dataclass(frozen=True)
class Intact:
    """A closed index, its files, what it answers, and its rows by table."""

    folder: Path
    stories: Stories
    answers: dict[str, str]
    rows: dict[str, str] | None
    pages: dict[str, list[tuple[int, int]]]

    @classmethod
    def made(cls, folder: Path, seed: int) -> Intact:
        """With every part that an index can have."""
        small()
        disk._DELETED = 6  # type: ignore[misc]  # of the expired articles some still have rows
        stories = Stories.made(seed, _HAVE + 20)
        base(folder, stories, _HAVE, _EXPIRED)
        (told,) = forked.done(lambda tell: tell(_answers(copied(folder, folder.with_name("as it is")), stories))).told
        assert set(told["verify"]) <= set("[]"), told
        return cls(folder, stories, told, rows_of(folder / NAME), _pages(folder / NAME))

    @property
    def segments(self) -> list[Path]:
        """The files of its segments."""
        return sorted(self.folder.glob("*-lookup/*.segment"))

    def part(self, file: Path, at: int) -> str:
        """What stands at a place."""
        if file.name != NAME:
            return "segment"
        names = [name for name, own in self.pages.items() for start, size in own if start <= at < start + size]
        return f"page {at // 8192 + 1}, {''.join(names) or 'free'}, {at % 8192}"


@dataclass(frozen=True, slots=True)
class Damage:
    """A file, what it is to hold instead, and that in words."""

    file: Path
    raw: bytes
    what: str


def flips(folder: Path, trials: int, seed: int, broken: str | None) -> dict[str, Any]:
    """One bit flipped: half of them anywhere in the database, the others in its small tables and in segments."""
    intact = Intact.made(folder / "intact", seed)

    def damage(trial: int) -> Damage:
        random = random_of(seed, trial)
        kind = random.random()
        file = random.choice(intact.segments) if kind < 0.2 else intact.folder / NAME
        raw = bytearray(file.read_bytes())
        at = _in_small_tables(random, intact, raw) if 0.2 <= kind < 0.5 else random.randrange(len(raw))
        bit = random.randrange(8)
        raw[at] ^= 1 << bit
        return Damage(file, bytes(raw), f"bit {bit} of byte {at} of {file.name} ({intact.part(file, at)})")

    return _trials(intact, range(trials), damage, broken)


def cuts(folder: Path, trials: int, seed: int, broken: str | None) -> dict[str, Any]:
    """The database and the segments cut at every length, or a sample of lengths, and taken away altogether."""
    intact = Intact.made(folder / "intact", seed)
    files = [intact.folder / NAME, *intact.segments]
    every = [(file, size) for file in files for size in range(file.stat().st_size)]
    sample = every if trials >= len(every) else random_of(seed).sample(every, trials)
    chosen = [(file, 0) for file in files] + sample

    def damage(trial: int) -> Damage:
        file, size = chosen[trial]
        return Damage(file, file.read_bytes()[:size], f"{file.name} cut at {size}")

    return _trials(intact, range(len(chosen)), damage, broken)


def values(folder: Path, trials: int, seed: int, broken: str | None) -> dict[str, Any]:
    """Single values of rows replaced through SQLite, so that its pages are sound: what bits that flip can make of them,
    and more. Every column of every table, the middle and the last row, or a sample."""
    intact = Intact.made(folder / "intact", seed)
    every = [(table, column, at, new) for table, column in _columns(intact) for at in (0.5, 0.99) for new in _VALUES]
    chosen = every if trials >= len(every) else random_of(seed).sample(every, trials)

    def damage(trial: int) -> Damage:
        table, column, at, new = chosen[trial]
        path = copied(intact.folder, intact.folder.with_name("to be damaged"))
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            key = _KEYS.get(table, "name")
            (count,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()
            row = f"{key} = (SELECT {key} FROM {table} ORDER BY {key} LIMIT 1 OFFSET {int(count * at)})"
            with suppress(sqlite3.Error):  # some columns do not take it
                db.execute(f"UPDATE {table} SET {column} = {new.format(column)} WHERE {row}")
        return Damage(intact.folder / NAME, path.read_bytes(), f"{table}.{column} = {new} where {row}")

    return _trials(intact, range(len(chosen)), damage, broken)


def _columns(intact: Intact) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(f"{(intact.folder / NAME).as_uri()}?immutable=1", uri=True)) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return [(name, row[1]) for name in names for row in db.execute(f"PRAGMA table_info({name})")]


def _trials(
    intact: Intact, numbers: Sequence[int], damage: Callable[[int], Damage], broken: str | None
) -> dict[str, Any]:
    figures = dict.fromkeys((*_GOOD, *_BAD), 0)
    shown: list[str] = []
    left = list(numbers)
    while left:
        batch = left[:_BATCH]
        ended = forked.done(broken_in(_damaged(intact, batch, damage), broken))
        for result in ended.told:
            for name in result["counts"]:
                figures[name] += 1
            shown += [f"trial {result['trial']}, {result['what']}: {text}" for text in result["shown"][:1]]
        left = left[max(1, len(ended.told)) :] if ended.fault else left[len(batch) :]
        if ended.fault:  # the one after the last that was told of
            figures["died"] += 1
            shown.append(f"trial {batch[min(len(ended.told), len(batch) - 1)]}: {ended.fault}")
            left = left[1:] if ended.told else left
    faults = sum(figures[name] for name in _BAD)
    return {"trials_made": len(numbers), **figures, "faults": faults, "shown": shown[:_SHOWN]}


def _damaged(intact: Intact, batch: Sequence[int], damage: Callable[[int], Damage]) -> forked.Work:
    def work(tell: forked.Tell) -> None:
        for trial in batch:
            signal.alarm(_HANGS)
            path = copied(intact.folder, intact.folder.with_name("damaged"))
            done = damage(trial)
            (path.parent / done.file.relative_to(intact.folder)).write_bytes(done.raw)
            is_segment = done.file.name != NAME
            same_rows = is_segment or rows_of(path) == intact.rows
            answers = _answers(path, intact.stories)
            if is_segment and _in_use(path, done):
                answers["segment"] = "is still in use"
            tell({"trial": trial, "what": done.what, **_judged(intact, answers, is_segment, same_rows)})

    return work


def _judged(intact: Intact, answers: dict[str, str], is_segment: bool, same_rows: bool) -> dict[str, Any]:
    """What a trial counts for, and what is to be shown of it."""
    foreign = [text for text in answers.values() if text.startswith("Traceback")]
    asked = {name: text for name, text in answers.items() if name not in ("verify", "open")}
    wrong = [name for name, text in asked.items() if text not in (_FAULT, intact.answers.get(name))]
    raised = _FAULT in answers.values()
    found = answers.get("verify", _FAULT) != "[]"
    if wrong == ["changes"] and found:  # a match that is hidden is for ``verify`` to tell
        return {"counts": ["hidden", "found"], "shown": []}
    counts = ["foreign"] * bool(foreign) + ["wrong"] * bool(wrong and not foreign) + ["segments"] * is_segment
    if is_segment:
        counts += ["rebuilt"] if not raised and not found and not wrong else ["unusable"]
    else:
        counts += ["raised"] * raised + ["found"] * found + ["equal"] * (not raised and not wrong)
        counts += ["unseen"] * (not same_rows and not raised and not found)
    shown = [*foreign, *(f"{name} is another than before" for name in wrong if not foreign)]
    shown += ["a damaged segment makes it raise"] * (is_segment and (raised or found))
    shown += ["verify does not see that rows are others"] * ("unseen" in counts)
    return {"counts": counts, "shown": shown}


def _in_use(path: Path, done: Damage) -> bool:
    """Whether a closed index still counts on a damaged segment."""
    with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as db:
        files = [path.with_name(f"{NAME}-lookup") / name for (name,) in db.execute("SELECT file FROM segment")]
    return any(file.name == done.file.name and file.read_bytes() == done.raw for file in files)


def _answers(path: Path, stories: Stories) -> dict[str, str]:
    """What each call answers: a digest, "IndexFault", or the traceback of anything else that it raised."""
    found: dict[str, str] = {}
    holder: list[Index] = []

    def attempt(name: str, call: Callable[[], object]) -> None:
        try:
            text = json.dumps(call(), default=str)
            found[name] = text if name == "verify" else hashlib.md5(text.encode()).hexdigest()
        except IndexFault:
            found[name] = _FAULT
        except BaseException:
            found[name] = traceback.format_exc()

    attempt("open", lambda: holder.append(Index.open(path, window=_WINDOW)))
    if holder:
        index = holder[0]
        asked = {"another": stories.articles[-1]}
        for number in _ASKED:
            asked |= {f"a copy of {number}": stories.copy(number), f"{number} again": stories.articles[number - 1]}
        for name, article in asked.items():
            attempt(name, lambda article=article: index.check(article).to_dict())  # type: ignore[misc]
        attempt("changes", lambda: [change.to_dict() for change in index.changes()])
        attempt("verify", index.verify)
        # which lets go of what the window says
        attempt("add", lambda: [index.add(stories.articles[-2]).to_dict(), index.info()["articles"]])
        attempt("close", index.close)
    return found


def rows_of(path: Path) -> dict[str, str] | None:
    """A digest of all rows of each table, None if they cannot be read. Left out are those of segments, which are made
    anew, those of expired articles, and the greatest cursor, which the table of matches has too."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as db:
            db.text_factory = lambda raw: raw.decode("utf-8", "replace")
            names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
            rows = {name.lower(): list(db.execute(f'SELECT * FROM "{name}"')) for name in names if name != "segment"}
            for name in _BIG:
                rows[name] = [row for row in rows[name] if row[0] not in range(1, 20 * _EXPIRED + 1)]
            rows["sqlite_sequence"] = [row for row in rows["sqlite_sequence"] if row[0] == "article"]
            rows["settings"] = [db.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version")]
    except (sqlite3.Error, UnicodeDecodeError, OverflowError, KeyError):
        return None
    return {name: hashlib.md5(repr(own).encode("utf-8", "replace")).hexdigest() for name, own in rows.items()}


def _pages(path: Path) -> dict[str, list[tuple[int, int]]]:
    """Where the pages of each table and index stand, with their sizes; nothing where SQLite cannot tell."""
    found: dict[str, list[tuple[int, int]]] = {}
    with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as db:
        try:
            for name, at, size in db.execute("SELECT name, pgoffset, pgsize FROM dbstat"):
                found.setdefault(name, []).append((at, size))
        except sqlite3.OperationalError:
            return {}
    return found


def _in_small_tables(random: Random, intact: Intact, raw: bytearray) -> int:
    """A place that is in use, in any table or index but the two large ones."""
    names = sorted(intact.pages.keys() - _BIG)
    if not names:
        return random.randrange(len(raw))
    at, size = random.choice(intact.pages[random.choice(names)])
    return random.choice([place for place in range(at, at + size) if raw[place] or place < at + 12])


def log(folder: Path, trials: int, seed: int, broken: str | None) -> dict[str, Any]:
    """The log of an index that was not closed, cut and with flipped bits. SQLite takes what stands before the first
    frame that is not as it was written, up to a commit: articles acknowledged later are lost, and it cannot be told.
    What is left must be an index that is whole.

    "begun_anew" is a log that was moved into the database and then written from its start; "moved" one that was moved
    and not written again. In the latter what is lost is in the database, but older pages of the log stand before those:
    a mixture, in which copies must be found or a fault be raised; that it is not whole is for ``verify`` to say."""
    small(log=10**9)
    stories = Stories.made(seed, 110)
    base(folder / "base", stories, 60)
    figures: dict[str, Any] = {}
    faults: list[str] = []
    for state in ("not_moved", "moved", "begun_anew"):
        left = folder / state
        ended = forked.done(lambda tell, left=left: _left(folder / "base", left, stories))  # type: ignore[misc]
        assert not ended.fault, ended.fault
        size = left.joinpath(f"{NAME}-wal").stat().st_size
        own = {"log_bytes": size, "cut": 0, "flipped": 0, "raised": 0, "verified": 0, "adds_lost": 0}
        for trials_of in _batches(_log_damage(size, trials // 3, seed)):
            ended = forked.done(broken_in(_log_trials(left, stories, trials_of, state == "moved"), broken))
            for told in ended.told:
                own[told["how"]] += 1
                own["raised"] += told["faulted"]
                own["verified"] += told["verified"]
                own["adds_lost"] += told["lost"]
                faults += [f"{state} {told['how']} at {told['at']}: {text}" for text in told["faults"]]
            if ended.fault:
                faults.append(f"{state} {trials_of[len(ended.told)]}: {ended.fault}")
        figures[state] = own
    return {**figures, "faults": len(faults), "shown": faults[:_SHOWN]}


def _left(start: Path, to: Path, stories: Stories) -> None:
    """A copy of an index that is open, as a power cut leaves it."""
    with Index.open(copied(start, to.with_name("open"))) as index:
        for at in range(60, 80):
            index.add(stories.articles[at])
        index.settle()
        index.expire(FIRST_DAY + timedelta(days=1))
        index.add(stories.articles[80])
        if to.name != "not_moved":
            index._home._upkeep._move()  # type: ignore[attr-defined]
        if to.name == "begun_anew":
            index._home._upkeep._moved = False  # type: ignore[attr-defined]
            index.add(stories.articles[81])
            index.add(stories.articles[82])
        copied(to.with_name("open"), to)
        (to / f"{NAME}-shm").unlink()


def _log_damage(size: int, trials: int, seed: int) -> list[tuple[str, int]]:
    random = random_of(seed, "log")
    cut = range(size) if trials > 2 * size else sorted(random.sample(range(size), trials // 2))
    return [("cut", at) for at in cut] + [("flipped", random.randrange(8 * size)) for _ in range(trials // 2)]


def _batches(all_of_it: list[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    for at in range(0, len(all_of_it), _BATCH):
        yield all_of_it[at : at + _BATCH]


def _log_trials(left: Path, stories: Stories, trials: Sequence[tuple[str, int]], mixed: bool) -> forked.Work:
    def work(tell: forked.Tell) -> None:
        for how, at in trials:
            signal.alarm(_HANGS)
            path = copied(left, left.with_name("damaged"))
            file = Path(f"{path}-wal")
            raw = bytearray(file.read_bytes())
            if how == "cut":
                del raw[at:]
            else:
                raw[at // 8] ^= 1 << at % 8
            file.write_bytes(raw)
            tell({"how": how, "at": at, **_whole(path, stories, mixed)})

    return work


def _whole(path: Path, stories: Stories, mixed: bool) -> dict[str, Any]:
    """Whether it is an index of the first so many articles, and answers as one; a fault that it raises is no fault.
    ``mixed``: that it is not whole is only to be told."""
    faults, last, told = [], 0, []
    try:
        index = Index.open(path)
        last = index._home.last()
        told = index.verify()
        there = {number for number, _ in index._home.articles()}
        for number in (*range(1, 60, 7), *range(60, 84)):
            if (known := stories.known(index, number)) != (number in there):
                faults.append(f"a copy of {number} of {last} is{' not' * (not known)} known")
        if there not in (set(range(1, last + 1)), set(range(21, last + 1))):
            faults.append(f"of {last} there are {len(there)}")
        if index.add(stories.articles[last]).number != last + 1:
            faults.append("another number")
        index.close()
    except IndexFault:
        return {"faulted": True, "lost": 0, "verified": bool(told), "faults": faults}
    except BaseException:
        faults.append(traceback.format_exc())
    faults += [] if mixed else told
    return {"faulted": False, "lost": 83 - last, "verified": bool(told), "faults": faults}
