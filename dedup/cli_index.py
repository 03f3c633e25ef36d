"""``dedup index``: the crawler's index from a shell. Flags -> calls -> JSON lines and exit status."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Final, cast

import typer

from dedup.console import DONE, FAULT, MATCHED, SKIPPED, fields_of, reader_may_leave, showing_progress
from dedup.errors import InputError, UsageError
from dedup.index import Index, Sighting
from dedup.index.arriving import name_of
from dedup.index.index import Sync
from dedup.read import read
from dedup.records import Article, Skipped
from dedup.report import jsonl, terminal

_BATCH: Final = 1024  # articles that are stored at once

app = typer.Typer(no_args_is_help=True, help="The crawler's index: feed it, ask it, look after it.")

Where = Annotated[Path, typer.Argument(metavar="INDEX", help="The index's file, as news.dedup.")]
Paths = Annotated[
    list[str], typer.Argument(metavar="PATH...", help='Files, folders, globs; "-" is JSONL on standard input.')
]
Mapped = Annotated[
    list[str] | None, typer.Option("--map", metavar="OURS=THEIRS,...", help="Names of a record's fields.")
]
Outlet = Annotated[str | None, typer.Option(help="The outlet of articles whose record names none.")]
Agencies = Annotated[Path | None, typer.Option(help="A TOML file that adds news agencies.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Print no record an article, but how many there were.")]
Failing = Annotated[bool, typer.Option("--fail-on-match", help="Exit with 1 if any article shares copy.")]


@app.command()
def add(
    index: Where,
    paths: Paths,
    window: Annotated[
        str | None, typer.Option(help="Let go of articles so much older than the newest: 30d, 4w.")
    ] = None,
    sync: Annotated[
        str, typer.Option(help='What a crash may cost: "always" nothing, "batch" the last second, "close" all of it.')
    ] = "always",
    mapping: Mapped = None,
    outlet: Outlet = None,
    agencies: Agencies = None,
    quiet: Quiet = False,
    fail_on_match: Failing = False,
) -> None:
    """Store articles and say how each was seen before. The index is made where there is none."""
    items = read(paths, fields_of(mapping or []), outlet)
    with Index.open(index, window=window, agencies=_text(agencies), sync=cast(Sync, sync)) as opened:
        _leave(_answered(items, opened.add_many, _BATCH, quiet), fail_on_match)


@app.command()
def check(
    index: Where,
    paths: Paths,
    mapping: Mapped = None,
    outlet: Outlet = None,
    agencies: Agencies = None,
    quiet: Quiet = False,
    fail_on_match: Failing = False,
) -> None:
    """Say how articles were seen before, and store nothing."""
    items = read(paths, fields_of(mapping or []), outlet)
    with _existing(index, agencies) as opened:

        def each(articles: list[Article]) -> list[Sighting | Skipped]:
            return [_checked(opened, article) for article in articles]

        _leave(_answered(items, each, 1, quiet), fail_on_match)


@app.command()
def changes(
    index: Where,
    since: Annotated[int, typer.Option(help="The cursor of the last change that is known already.")] = 0,
    review: Annotated[bool, typer.Option("--review", help="First judge all again with what is known by now.")] = False,
) -> None:
    """Print what became known of pairs of articles; each has a cursor to go on from."""
    with _existing(index) as opened, reader_may_leave():
        if review:
            opened.review()
        sys.stdout.writelines(jsonl.line(change.to_dict()) for change in opened.changes(since))


@app.command()
def expire(
    index: Where,
    before: Annotated[str, typer.Option(help="Articles of days before this one go: 2026-10-01.")],
) -> None:
    """Let go of old articles."""
    with _existing(index) as opened:
        sys.stdout.write(f"{opened.expire(before):,} articles expired\n")


@app.command()
def verify(index: Where) -> None:
    """Read and check everything that is stored; exit status 2 if something is not what was written."""
    with _existing(index) as opened:
        faults, articles = opened.verify(), opened.info()["articles"]
    for fault in faults:
        sys.stderr.write(f"dedup: {terminal.printable(fault)}\n")
    if faults:
        raise typer.Exit(FAULT)
    sys.stdout.write(f"{articles:,} articles: all as they were written\n")


@app.command()
def info(index: Where) -> None:
    """Print counts and settings as JSON."""
    with _existing(index) as opened:
        sys.stdout.write(json.dumps(opened.info(), ensure_ascii=False, indent=2) + "\n")


def _existing(index: Path, agencies: Path | None = None) -> Index:
    """An index that is there. Raises UsageError."""
    if not index.is_file():
        raise UsageError(f"{index}: there is no such index; dedup index add makes one")
    return Index.open(index, agencies=_text(agencies))


def _checked(index: Index, article: Article) -> Sighting | Skipped:
    try:
        return index.check(article)
    except InputError as error:
        return Skipped(error.place or name_of(article), error.reason)


def _answered(
    items: Iterator[Article | Skipped],
    ask: Callable[[list[Article]], list[Sighting | Skipped]],
    batch: int,
    quiet: bool,
) -> Counter[str]:
    """Print a record for each article and each skipped input; how many there were of each status."""
    counts: Counter[str] = Counter()
    skipped: list[Skipped] = []
    with showing_progress() as progress:
        while chunk := list(islice(items, batch)):
            found = iter(ask([item for item in chunk if isinstance(item, Article)]))
            for item in chunk:
                answer = item if isinstance(item, Skipped) else next(found)
                counts[_kind(answer)] += 1
                if isinstance(answer, Skipped):
                    skipped.append(answer)
                if not quiet:
                    _say(_record(answer))
            if progress:
                progress("articles", counts.total(), 0)
    _say({"record": "summary", "articles": counts.total() - len(skipped), **dict(sorted(counts.items()))})
    terminal.print_skipped(terminal.console(sys.stderr), skipped)
    return counts


def _say(record: dict[str, object]) -> None:
    """A line on standard output; a reader who leaves early ends the printing and not the work."""
    with reader_may_leave():
        sys.stdout.write(jsonl.line(record))


def _kind(answer: Sighting | Skipped) -> str:
    return "skipped" if isinstance(answer, Skipped) else "again" if answer.again else answer.status


def _record(answer: Sighting | Skipped) -> dict[str, object]:
    if isinstance(answer, Skipped):
        return jsonl.notice(answer, "skipped")
    return answer.to_dict()


def _leave(counts: Counter[str], fail_on_match: bool) -> None:
    matched = counts.total() - counts["new"] - counts["skipped"] - counts["again"]
    raise typer.Exit(MATCHED if fail_on_match and matched else SKIPPED if counts["skipped"] else DONE)


def _text(path: Path | None) -> str | None:
    return str(path) if path else None
