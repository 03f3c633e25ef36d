"""What each outlet does with copy, as tables on a terminal: per outlet, then per outlet and agency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console

from dedup.outlets import CopyFigures, Outlet
from dedup.report.figures import lag
from dedup.report.terminal import print_line, print_table, printable, shortened

_FIGURES: Final = ("copy", "copy%", "kept%", "cut%", "not in ref.%", "added%", "headline", "credit", "lag", "first")
_OUTLETS: Final = ("outlet", "articles", "versions", "agency", "agency%", *_FIGURES)
_AGENCIES: Final = ("outlet", "agency's copy", "own", *_FIGURES)
_WORDS: Final = ("outlet", "agency's copy", "credit")  # columns that hold no figures
_SILENT: Final = ("", "0")  # a column of nothing else is left out
_LEAST_NEEDED: Final = ("versions", "copy%", "added%", "first", "headline", "lag", "credit")  # dropped in turn
_WIDTHS: Final = (26, 22)  # characters of an outlet's and an agency's name
_NOTES: Final = """\
copy: articles in clusters of shared copy, one of each cluster; agency: those in clusters of an agency's copy.
agency%: share of all words of the outlet that are such copy; copy%: of the words of its copy, reference copies whole.
kept%, cut%: of the words of the reference copies that other articles are held against.
not in ref.%: of the words of those articles; added%: the same where the reference is the agency's own item.
headline: reprints with another headline than the reference copy's.
credit: agency copy that prints one; none: none found in the text given; other: another agency's.
own: the agency's own items, in no figure but first. lag: median after the first publication, by the dates given.
"""


def print_outlets(out: Console, rows: Sequence[Outlet]) -> None:
    """The outlets that print copy, those with most first, each with its figures; then the same by agency."""
    shown = [row for row in rows if row.by_agency]
    if len(shown) < len(rows):
        silent = len(rows) - len(shown)
        print_line(out, f"{silent:,} of {len(rows):,} outlets {'shares' if silent == 1 else 'share'} no copy")
    if not shown:
        return
    out.print()
    _print(out, _OUTLETS, [_outlet(row) for row in shown])
    out.print()
    _print(out, _AGENCIES, [cells for row in shown for cells in _agencies(row)])
    out.print()
    for note in _NOTES.splitlines():
        print_line(out, note, "dim")


def _print(out: Console, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    said = [at for at in range(len(headings)) if not all(row[at] in _SILENT for row in rows)]
    print_table(
        out,
        [headings[at] for at in said],
        [[printable(row[at]) for at in said] for row in rows],
        _WORDS,
        _LEAST_NEEDED,
    )


def _outlet(row: Outlet) -> list[str]:
    counts = (row.articles, row.revisions, row.agency_articles)
    printed = sum(count for kind, count in row.copy.credits.items() if kind not in ("other", "none"))
    copy = sum(row.copy.credits.values())
    credited = f"{printed} of {copy}" if copy else ""
    return [_name(row), *(f"{count}" for count in counts), _percent(row.agency_share), *_figures(row.copy, credited)]


def _agencies(row: Outlet) -> Iterator[list[str]]:
    for agency, figures in row.by_agency:
        named = shortened(agency, _WIDTHS[1]) if agency else "(no agency known)"
        kinds = ", ".join(f"{count} {kind}" for kind, count in figures.credits.items() if count)
        yield [_name(row), named, f"{figures.originals}", *_figures(figures, kinds)]


def _name(row: Outlet) -> str:
    return shortened(row.outlet, _WIDTHS[0]) if row.outlet else "(no outlet)"


def _figures(copy: CopyFigures, credited: str) -> list[str]:
    """The cells of _FIGURES."""
    shares = (copy.copy_share, copy.kept, copy.cut, copy.not_in_reference, copy.added)
    changed = round((copy.headline_changed or 0) * copy.headlines)
    return [
        f"{copy.articles}",
        *map(_percent, shares),
        f"{changed} of {copy.headlines}" if copy.headlines else "",
        credited,
        lag(copy.median_lag_seconds),
        f"{copy.firsts}",
    ]


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"
