"""Flags -> calls -> exit status, and nothing else."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import StrEnum
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import Annotated, Final, TextIO

import typer
from rich.console import Console

from dedup import __version__
from dedup.cli_index import app as index_app
from dedup.console import DONE, FAULT, INTERRUPTED, MATCHED, SKIPPED, fields_of, reader_may_leave, showing_progress
from dedup.errors import DedupError, UsageError
from dedup.pair import compare as compare_pair
from dedup.read import find
from dedup.records import REUSE
from dedup.report import jsonl, outlets, terminal
from dedup.scan import ScanResult, warnings
from dedup.scan import scan as scan_corpus

_SUFFIXES: Final = (".jsonl", ".txt")
_COMPRESSED: Final = (".gz", ".bz2", ".xz", ".zst", ".zip")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Find news articles that share wire copy, and say what each outlet kept, cut and added.",
    epilog="Exit status: 0 done; 1 only with --fail-on-match; 2 usage or I/O error; 3 done, but some input"
    " was skipped (1 goes before 3); 130 interrupted.",
)


app.add_typer(index_app, name="index")


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
        list[str] | None,
        typer.Option(
            "--map",
            metavar="OURS=THEIRS,...",
            help="Names of a record's fields, as text=body,published=pubdate; may be given several times.",
        ),
    ] = None,
    outlet: Annotated[str | None, typer.Option(help="The outlet of articles whose record names none.")] = None,
    agencies: Annotated[
        Path | None, typer.Option(help="A TOML file that adds news agencies (same form as agencies.toml).")
    ] = None,
    by_outlet: Annotated[
        bool, typer.Option("--outlets", help="Text: what each outlet does with copy, in place of the clusters.")
    ] = False,
    fail_on_match: Annotated[bool, typer.Option("--fail-on-match", help="Exit with 1 if any copy is shared.")] = False,
) -> None:
    """Find the wire copy in a corpus. The main job."""
    fields = fields_of(mapping or [])
    target = _target(output, form)
    if target and any(os.path.exists(f.path) and target.exists() and target.samefile(f.path) for f in find(paths)):
        raise UsageError(f"{target}: is one of the inputs and would be overwritten")
    with showing_progress() as progress:
        result = scan_corpus(
            paths,
            fields=fields,
            outlet=outlet,
            agencies=str(agencies) if agencies else None,
            progress=progress,
        )
    _write_scan(result, target, form, by_outlet)
    terminal.print_skipped(terminal.console(sys.stderr), result.skipped, result.warnings)
    if fail_on_match and result.counts["clusters"]:
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
    with reader_may_leave():
        if (form or (PairFormat.text if sys.stdout.isatty() else PairFormat.json)) is PairFormat.json:
            sys.stdout.write(jsonl.line(comparison.to_dict()))
        else:
            _print(None, lambda out: terminal.print_comparison(out, comparison))
    terminal.print_skipped(terminal.console(sys.stderr), [], warnings([comparison.reference, comparison.article]))
    raise typer.Exit(MATCHED if fail_on_match and comparison.verdict in REUSE else DONE)


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        sys.stdout.write(f"newsdedup {__version__}\n")
        raise typer.Exit(DONE)


def _target(output: Path | None, form: ScanFormat | None) -> Path | None:
    """The file to write: ``output`` itself, or scan.txt or scan.jsonl in it. Raises UsageError."""
    if output is None:
        return None
    if output.suffix and not output.is_dir():
        if output.suffix not in _SUFFIXES and (form is None or output.suffix in _COMPRESSED):
            raise UsageError(f"{output}: cannot write this format; allowed are a folder, {', '.join(_SUFFIXES)}")
        return output
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{output}: cannot be written: {error.strerror or error}") from error
    return output / ("scan.txt" if form is ScanFormat.text else "scan.jsonl")


def _write_scan(result: ScanResult, target: Path | None, form: ScanFormat | None, by_outlet: bool) -> None:
    if target is None:
        with reader_may_leave():
            if (form or (ScanFormat.text if sys.stdout.isatty() else ScanFormat.jsonl)) is ScanFormat.text:
                _print_scan(result, None, by_outlet)
            else:
                sys.stdout.writelines(map(jsonl.line, result.records()))
        return
    if (form or (ScanFormat.text if target.suffix == ".txt" else ScanFormat.jsonl)) is ScanFormat.jsonl:
        result.to_jsonl(target)
    else:
        with jsonl.whole(target) as file:
            _print_scan(result, file, by_outlet)
    if sys.stderr.isatty():
        sys.stderr.write(f"written: {terminal.printable(str(target))}\n")


def _print_scan(result: ScanResult, file: TextIO | None, by_outlet: bool) -> None:
    def draw(out: Console) -> None:
        if by_outlet:
            terminal.print_counts(out, result.counts, result.seconds)
            outlets.print_outlets(out, result.outlets)
        else:
            terminal.print_scan(out, result.clusters, result.counts, result.seconds)

    _print(file, draw)


def _print(file: TextIO | None, draw: Callable[[Console], None]) -> None:
    """What ``draw`` prints, put together first, so that rich never meets a reader that has left."""
    page = StringIO()
    draw(terminal.into(page, terminal.console(file)))
    (file or sys.stdout).write(page.getvalue())


def main() -> None:
    """The command ``dedup``: runs it and leaves with its exit status; a user never sees a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # what the terminal's encoding lacks is escaped
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except DedupError as error:
        sys.stderr.write(f"dedup: {terminal.printable(str(error))}\n")
        sys.exit(FAULT)
    except OSError as error:
        sys.stderr.write(f"dedup: cannot be written: {error.strerror or error}\n")
        sys.exit(FAULT)
    except KeyboardInterrupt:
        sys.stderr.write("dedup: interrupted; nothing was written\n")
        sys.exit(INTERRUPTED)
