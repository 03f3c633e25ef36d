"""Flags -> calls -> exit status, and nothing else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from dedup import __version__
from dedup.errors import DedupError, UsageError
from dedup.pair import compare as compare_pair
from dedup.read.record import FIELDS
from dedup.records import REUSE
from dedup.report import jsonl, terminal
from dedup.scan import Progress, ScanResult
from dedup.scan import scan as scan_corpus

DONE: Final = 0
MATCHED: Final = 1
FAULT: Final = 2
SKIPPED: Final = 3
INTERRUPTED: Final = 130

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Find news articles that share wire copy, and say what each outlet kept, cut and added.",
    epilog="Exit status: 0 done; 1 only with --fail-on-match; 2 usage or I/O error; 3 done, but some input"
    " was skipped; 130 interrupted.",
)


class ScanFormat(StrEnum):
    """Forms of a scan's result."""

    text = "text"
    jsonl = "jsonl"


class PairFormat(StrEnum):
    """Forms of a comparison."""

    text = "text"
    json = "json"


@app.command()
def scan(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help='Files, folders, globs; "-" is JSONL on standard input.'),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Write to this file, or into this folder, instead of standard output."),
    ] = None,
    form: Annotated[
        ScanFormat | None, typer.Option("--format", help="Default: text on a terminal, else jsonl.")
    ] = None,
    mapping: Annotated[
        str,
        typer.Option(
            "--map",
            metavar="OURS=THEIRS,...",
            help="Names of a record's fields, as text=body,published=pubdate.",
        ),
    ] = "",
    outlet: Annotated[str | None, typer.Option(help="The outlet of all articles.")] = None,
    agencies: Annotated[
        Path | None, typer.Option(help="A TOML file that adds news agencies (same form as agencies.toml).")
    ] = None,
    fail_on_match: Annotated[bool, typer.Option("--fail-on-match", help="Exit with 1 if any copy is shared.")] = False,
) -> None:
    """Find the wire copy in a corpus. The main job."""
    fields = _fields(mapping)
    with _progress() as progress:
        result = scan_corpus(
            paths,
            fields=fields,
            outlet=outlet,
            agencies=str(agencies) if agencies else None,
            progress=progress,
        )
    _write_scan(result, output, form)
    terminal.print_skipped(terminal.console(sys.stderr), result.skipped)
    if fail_on_match and result.clusters:
        raise typer.Exit(MATCHED)
    raise typer.Exit(SKIPPED if result.skipped else DONE)


@app.command()
def compare(
    reference: Annotated[str, typer.Argument(help="A file that holds one article: what the other is held against.")],
    article: Annotated[str, typer.Argument(help="A file that holds one article.")],
    form: Annotated[PairFormat | None, typer.Option("--format", help="Default: text on a terminal, else json.")] = None,
    agencies: Annotated[Path | None, typer.Option(help="A TOML file that adds news agencies.")] = None,
    fail_on_match: Annotated[
        bool, typer.Option("--fail-on-match", help="Exit with 1 if the articles share copy.")
    ] = False,
) -> None:
    """Show two articles side by side, with the ledger."""
    comparison = compare_pair(reference, article, agencies=str(agencies) if agencies else None)
    if (form or (PairFormat.text if sys.stdout.isatty() else PairFormat.json)) is PairFormat.json:
        sys.stdout.write(jsonl.line(comparison.to_dict()))
    else:
        terminal.print_comparison(terminal.console(), comparison)
    raise typer.Exit(MATCHED if fail_on_match and comparison.verdict in REUSE else DONE)


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        sys.stdout.write(f"newsdedup {__version__}\n")
        raise typer.Exit(DONE)


def _fields(mapping: str) -> dict[str, str]:
    """OURS=THEIRS,... as a dictionary. Raises UsageError for anything else."""
    fields = {}
    for item in filter(None, mapping.split(",")):
        ours, equals, theirs = item.partition("=")
        if not equals or ours.strip() not in FIELDS or not theirs.strip():
            raise UsageError(f"--map {item!r}: OURS=THEIRS is expected, with OURS one of {', '.join(FIELDS)}")
        fields[ours.strip()] = theirs.strip()
    return fields


def _write_scan(result: ScanResult, output: Path | None, form: ScanFormat | None) -> None:
    if output is None:
        if (form or (ScanFormat.text if sys.stdout.isatty() else ScanFormat.jsonl)) is ScanFormat.text:
            terminal.print_scan(terminal.console(), result.clusters, dict(result.counts), result.seconds)
        else:
            sys.stdout.writelines(map(jsonl.line, result.records()))
        return
    chosen = form or (ScanFormat.text if output.suffix == ".txt" else ScanFormat.jsonl)
    target = output
    try:
        if output.is_dir() or not output.suffix:
            output.mkdir(parents=True, exist_ok=True)
            target = output / f"scan.{'txt' if chosen is ScanFormat.text else 'jsonl'}"
        if chosen is ScanFormat.jsonl:
            result.to_jsonl(target)
            return
        with target.open("w", encoding="utf-8") as file:
            terminal.print_scan(terminal.console(file), result.clusters, dict(result.counts), result.seconds)
    except OSError as error:
        raise UsageError(f"{target}: cannot be written: {error.strerror or error}") from error


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """A progress bar on standard error, only on a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, object] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total or None)
            bar.update(tasks[stage], completed=done)  # type: ignore[arg-type]

        yield report


def main() -> None:
    """The command ``dedup``: runs it and leaves with its exit status; a user never sees a traceback."""
    try:
        app()
    except DedupError as error:
        sys.stderr.write(f"dedup: {terminal.printable(str(error))}\n")
        sys.exit(FAULT)
    except KeyboardInterrupt:
        sys.stderr.write("dedup: interrupted; nothing was written\n")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(DONE)
