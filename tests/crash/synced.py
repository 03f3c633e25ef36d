"""Acknowledgements sent while something that they promise is not on the disk: what a power cut would cost.

kill -9 cannot see this, for the system has what a killed process wrote. A shim knows which writes were not synced. Not
all of them matter. What an acknowledgement promises is in the log (``-wal``) until it was moved into the database, so

* the log must have no write, and no name, that was not synced,
* the database may have some: they are copies of what the log still holds, unless the log is begun anew, cut or deleted
  just then, which is counted as ``early``,
* a segment that the table knows must be synced, and its name too (else opening would have to build it again),
* ``-shm`` is made anew by whoever opens the index after a crash.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

import making

import dedup
from crash import forked, shim
from crash.stories import NAME, Stories, random_of, small
from crash.surviving import broken_in, files_of

_PATIENCE: Final = 5  # seconds; one is at risk


def run(folder: Path, trials: int, seed: int, broken: str | None) -> dict[str, Any]:
    """Acknowledgements with something un-synced, of about so many, at each level of ``sync``."""
    small(log=64 * 1024)
    stories = Stories.made(seed, min(trials, 2000))
    levels: dict[str, dict[str, int]] = {}
    faults: list[str] = []
    for sync in ("always", "batch", "close"):
        total: dict[str, int] = {}
        for part in range(0, trials, len(stories)):
            where = folder / f"{sync}{part}"
            where.mkdir()
            count = min(len(stories), trials - part)
            ended = forked.done(broken_in(_adder(where, stories, count, sync, f"{seed}/{part}"), broken))
            if ended.fault:
                faults.append(f"{sync}: {ended.fault}")
            for told in ended.told:
                for name, value in told.items():
                    total[name] = max(total.get(name, 0), value) if name == "oldest_ms" else total.get(name, 0) + value
        levels[sync] = total
    promised = [levels["always"].get(name, 1) for name in ("log", "segments", "early", "after_close")]
    faults += ["an acknowledgement of sync='always' was not safe"] * any(promised)
    faults += [f"{sync}: closed and not safe" for sync in ("batch", "close") if levels[sync].get("after_close")]
    faults += [f"{sync}: could damage what was safe before" for sync in levels if levels[sync].get("early")]
    faults += ["batch: what was added last is not safe while nothing is called"] * levels["batch"].get("never_safe", 0)
    return {**levels, "faults": len(faults), "shown": faults}


def _adder(where: Path, stories: Stories, count: int, sync: Any, chance: str) -> forked.Work:
    def work(tell: forked.Tell) -> None:
        random, have, acks = random_of(chance), 0, dict.fromkeys(("acks", "log", "segments", "oldest_ms"), 0)
        path, log = where / NAME, where / f"{NAME}-wal"
        shim.watch(where)
        index = dedup.Index.open(path, sync=sync)
        while have < count:
            size = random.choice([1, 1, 1, 1, random.randint(2, 30)])
            index.add_many(stories.articles[have : have + size])
            have += size
            unsafe = shim.unsafe(log)
            acks["acks"] += 1
            acks["log"] += unsafe.writes or unsafe.name
            acks["oldest_ms"] = max(acks["oldest_ms"], unsafe.age)
            acks["segments"] += any(_unsafe(where / f"{NAME}-lookup" / row.file) for row in files_of(index))
            if random.random() < 0.05:
                index.settle()
        index.close()
        files = [file for file in where.rglob("*") if file.name != "lock"]
        after_close = sum(_unsafe(file) for file in files)
        tell({**acks, "early": shim.early(), "after_close": after_close, "never_safe": sync == "batch" and _idle(path)})

    return work


def _idle(path: Path) -> bool:
    """Whether an article that was added at "batch" is still not synced when nothing was called for long."""
    with dedup.Index.open(path, sync="batch") as index:
        index.add({"id": "last", "outlet": "paper.example", "text": making.prose(5, 5)})
        until = time.monotonic() + _PATIENCE
        while (waiting := shim.unsafe(Path(f"{path}-wal")).writes) and time.monotonic() < until:
            time.sleep(0.05)
    return waiting


def _unsafe(file: Path) -> bool:
    found = shim.unsafe(file)
    return found.writes or found.name
