"""What the commands have in common: fields renamed, progress on a terminal, a reader that leaves early."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from rich.console import Console

from dedup.errors import UsageError
from dedup.matcher import Progress
from dedup.read.record import FIELDS

DONE: Final = 0
MATCHED: Final = 1
FAULT: Final = 2
SKIPPED: Final = 3
INTERRUPTED: Final = 130


def fields_of(mappings: Sequence[str]) -> dict[str, str]:
    """OURS=THEIRS,... as a dictionary. Raises UsageError for anything else, and for one of ours named twice."""
    fields: dict[str, str] = {}
    for item in filter(None, ",".join(mappings).split(",")):
        ours, equals, theirs = (part.strip() for part in item.partition("="))
        if not equals or ours not in FIELDS or not theirs:
            raise UsageError(f"--map {item!r}: OURS=THEIRS is expected, with OURS one of {', '.join(FIELDS)}")
        if fields.setdefault(ours, theirs) != theirs:
            raise UsageError(f"--map: {ours!r} is given twice, as {fields[ours]!r} and {theirs!r}")
    return fields


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """Ends quietly when the reader of our output has seen enough (``dedup scan ... | head``)."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def showing_progress() -> Iterator[Progress | None]:
    """A progress bar on standard error, only on a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, object] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total or None)
            bar.update(tasks[stage], completed=done)  # type: ignore[arg-type]

        yield report
