"""Results as text on a terminal: tables to paste into a mail, two articles side by side.

Text from articles is shown printable characters only; everything a terminal might obey is escaped. Colour
never carries meaning alone: each kind of passage has its sign.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import IO, Final, Literal, cast

from rich import box
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dedup.chronology import lag_seconds
from dedup.limits import MAX_SKIPPED_SHOWN
from dedup.records import Article, Passage, PassageKind, Prepared, QuotationStatus, Skipped, Span
from dedup.report.figures import added, lag, percentages, words
from dedup.report.jsonl import published
from dedup.results import Cluster, Comparison

_WIDTH: Final = 120  # of a table that is not printed to a terminal
_SIGNS: Final[dict[PassageKind, tuple[str, str, str]]] = {  # opening sign, closing sign, style
    "kept": ("", "", ""),
    "moved": ("[>", "<]", "cyan"),
    "rewritten": ("[~", "~]", "yellow"),
    "cut": ("[-", "-]", "red"),
    "added": ("{+", "+}", "green"),
}
_COLUMNS: Final = (
    "outlet", "published", "verdict", "conf.", "kept%", "moved%", "rewr.%", "cut%",
    "words", "added", "not in ref.", "credit", "lag",
)  # fmt: skip
_WORDS: Final = ("outlet", "published", "verdict", "conf.", "credit")  # columns that hold no figures
_GAP: Final = 2
_SILENT: Final = {  # columns left out when they say no more
    "moved%": ("0.0",), "rewr.%": ("0.0",), "lag": ("", "0"), "added": ("", "0"), "not in ref.": ("",),
}  # fmt: skip
_LEAST_NEEDED: Final = ("lag", "published", "moved%", "rewr.%", "credit", "conf.", "words", "cut%")  # dropped in turn
_OPENING: Final = "\"'“„«»‹‘「『([{¿¡"
_STATUSES: Final[tuple[QuotationStatus, ...]] = ("same", "trimmed", "extended", "altered", "unmarked", "new")
_ALTERED_SHOWN: Final = 5
_CONTEXT: Final = 8  # words shown before and behind those of a quotation that differ
_LEGEND: Final = "signs: [-cut-]  {+not in the reference+}  [~rewritten~]  [>moved<]  italics: quotation"


def printable(text: str) -> str:
    """``text`` with control, bidirectional, zero-width and unassigned characters as \\x.. escapes."""
    return "".join(ch if _shown(ch) else _escaped(ch) for ch in text)


def _shown(ch: str) -> bool:
    return ch == " " or (ch.isprintable() and unicodedata.category(ch) not in ("Cf", "Zl", "Zp"))


def _escaped(ch: str) -> str:
    if ch in "\t\n\r\u00a0\u2003\u2009\u202f":
        return " "
    point = ord(ch)
    return f"\\x{point:02x}" if point < 256 else f"\\u{point:04x}" if point < 65536 else f"\\U{point:08x}"


def console(stream: IO[str] | None = None) -> Console:
    """A console on ``stream`` (standard output); where that is no terminal, wide and without colour."""
    out = Console(file=stream, highlight=False)
    return out if out.is_terminal else Console(file=stream, highlight=False, width=_WIDTH)


_NOTES: Final = (
    "kept, moved, rewritten, cut: share of the reference copy's words. credit none: none found in the text given.",
    "added: words that the agency's own item, or three other outlets with the text around them, have not.",
    "not in ref.: further words that the reference copy has not; whether the outlet added them, it cannot tell.",
)


def into(page: IO[str], out: Console) -> Console:
    """A console that writes to ``page`` as ``out`` would to its own stream: as wide, with its colours."""
    return Console(
        file=page, highlight=False, width=out.width, force_terminal=out.is_terminal, color_system=_colours(out)
    )


def _colours(out: Console) -> Literal["auto", "standard", "256", "truecolor", "windows"] | None:
    return cast(Literal["standard", "256", "truecolor", "windows"] | None, out.color_system)


def print_scan(out: Console, clusters: Sequence[Cluster], counts: Mapping[str, int], seconds: float) -> None:
    """The clusters, largest first, each a table, under one line of counts."""
    print_counts(out, counts, seconds)
    for cluster in clusters:
        out.print()
        _print_cluster(out, cluster)
    if clusters:
        out.print()
        originals = all(cluster.reference.status == "original" for cluster in clusters)
        sure = any(added(cluster, member)[0] for cluster in clusters for member in cluster.members)
        for note, said in zip(_NOTES, (True, sure, not originals), strict=True):
            if said:
                print_line(out, note, "dim")


def print_counts(out: Console, counts: Mapping[str, int], seconds: float) -> None:
    """What a scan found, in one line."""
    quoting = f", {counts['quote_only']:,} sharing quotations only" if counts["quote_only"] else ""
    versions = (
        f", {_n(counts['version_groups'], 'story')} in versions of one outlet" if counts["version_groups"] else ""
    )
    print_line(
        out,
        f"{_n(counts['articles'], 'article')}: {_n(counts['clusters'], 'cluster')} of shared copy{versions} with"
        f" {_n(counts['clustered'], 'article')}{quoting}, {counts['independent']:,} independent ({seconds:.1f} s)",
    )


def print_line(out: Console, text: str, style: str = "") -> None:
    """A line of text as it is, wrapped by the terminal alone."""
    out.print(Text(printable(text), style=style), soft_wrap=True)


def _n(count: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else plural}"


def _print_cluster(out: Console, cluster: Cluster) -> None:
    reference, held = cluster.reference.printed, cluster.reference.prepared
    title = f"{cluster.agency} copy" if cluster.agency else "Shared copy"
    if len(cluster.members) == 1:
        title = "Versions of one outlet"
    print_line(out, f"{title}: {reference.headline or '(no headline)'}", "bold")
    status = f"{cluster.reference.status} ({cluster.reference.reason})"
    if held is reference:
        print_line(out, f"reference copy: {_name(reference)}, {len(reference.tokens)} words, {status}")
    else:
        print_line(out, f"reference copy: {len(held.tokens)} words, {status}")
        print_line(out, f"printed copy nearest to it: {_name(reference)}, {len(reference.tokens)} words")
    _print_members(out, cluster)
    if cluster.direction != "undated":
        print_line(out, f"first published: {_first(cluster)}")
    if cluster.quote_only:
        print_line(out, f"quotations only, outside the cluster: {_names(cluster.quote_only)}")
    if cluster.revisions:
        print_line(out, f"further versions by the same outlet: {_names(cluster.revisions)}")
    if cluster.versions:
        print_line(out, f"further versions by the agency, no edits of the outlets: {_names(cluster.versions)}")


def _first(cluster: Cluster) -> str:
    known = cluster.direction == "known" and cluster.first
    return (known.outlet or known.id) if known else "not known, several may have been the first by their dates"


def _names(comparisons: Sequence[Comparison]) -> str:
    return ", ".join(f"{_name(c.article)} ({_day(c.article)})" for c in comparisons)


def _name(prepared: Prepared) -> str:
    return prepared.article.outlet or prepared.article.id


def _day(prepared: Prepared) -> str:
    return (published(prepared.article) or "no date")[:10]


def _print_members(out: Console, cluster: Cluster) -> None:
    """The members as a table, of as many columns as the width holds; figures are never cut short."""
    first = cluster.first
    rows = [_row(cluster, comparison, first) for comparison in cluster.members]
    headings = [*_COLUMNS]
    shown = [at for at, heading in enumerate(headings) if any(row[at] not in _SILENT.get(heading, ()) for row in rows)]
    rows = [[row[at] for at in shown] for row in rows]
    print_table(out, [headings[at] for at in shown], rows, _WORDS, _LEAST_NEEDED)


def print_table(
    out: Console, headings: Sequence[str], rows: Sequence[Sequence[str]], words: Collection[str], least: Sequence[str]
) -> None:
    """Rows of cells as they are; columns of ``words`` to the left, and of ``least`` dropped in turn for the width."""
    widths = [max(cell_len(row[at]) for row in [headings, *rows]) for at in range(len(headings))]
    shown = [*range(len(headings))]
    for heading in least:
        if sum(widths[at] + _GAP for at in shown) - _GAP > out.width:
            shown = [at for at in shown if headings[at] != heading]
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="underline")
    for at in shown:
        side: Literal["left", "right"] = "left" if headings[at] in words else "right"
        table.add_column(headings[at], justify=side, no_wrap=True, min_width=widths[at])
    for row in rows:
        table.add_row(*(Text(row[at]) for at in shown))
    out.print(table, soft_wrap=True)


def _row(cluster: Cluster, comparison: Comparison, first: Article | None) -> list[str]:
    """A member's cells, in the order of _COLUMNS."""
    ledger, article = comparison.ledger, comparison.article
    low, high = added(cluster, comparison)
    original = cluster.reference.status == "original"
    own = article is comparison.reference
    kept = percentages([ledger.kept, ledger.moved, ledger.rewritten_reference, ledger.cut])
    cells = [
        shortened(_name(article), 26),
        _day(article),
        "(reference copy)" if own else words(comparison.verdict, comparison.detail),
        "" if own else comparison.confidence,
        *(f"{share:.1f}" for share in kept),
        f"{ledger.article_tokens}",
        _counted(low, ledger.article_tokens),
        "" if original else _counted(high - low, ledger.article_tokens),
        shortened(_credit(article), 18),
        lag(lag_seconds(first, article.article)),
    ]
    return [printable(cell) for cell in cells]


def _counted(words: int, of: int) -> str:
    return f"{words} ({100 * words / of:.0f} %)" if words else "0"


def _credit(article: Prepared) -> str:
    """The words of the credit; else the agency that the text names, which is no credit; else "none"."""
    if article.credit:
        return article.credit.text
    return next((f"(names {c.agency})" for c in article.credits if c.kind == "mention"), "none")


def shortened(text: str, width: int) -> str:
    """``text``, printable, in at most ``width`` cells of a terminal."""
    shown = printable(text)
    return shown if cell_len(shown) <= width else set_cell_size(shown, width - 1).rstrip() + "…"


def print_skipped(out: Console, skipped: Sequence[Skipped], warnings: Sequence[Skipped] = ()) -> None:
    """What could not be used, and what was used with a reserve, by place; beyond twenty only counted."""
    for label, items in (("skipped", skipped), ("note", warnings)):
        for item in items[:MAX_SKIPPED_SHOWN]:
            print_line(out, f"{label}: {item.place}: {item.reason}")
        if len(items) > MAX_SKIPPED_SHOWN:
            print_line(out, f"... and {len(items) - MAX_SKIPPED_SHOWN:,} more; --format jsonl lists them all")


def print_comparison(out: Console, comparison: Comparison) -> None:
    """Two articles side by side, paragraph by paragraph, with the ledger under them."""
    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False, padding=(0, 2, 1, 0))
    table.add_column(Text(_heading("reference", comparison.reference)), ratio=1, overflow="fold")
    table.add_column(Text(_heading("article", comparison.article)), ratio=1, overflow="fold")
    for row in _rows(comparison):
        table.add_row(row.reference, row.article)
    out.print(table)
    print_line(out, _LEGEND)
    out.print()
    for sentence in _conclusion(comparison):
        print_line(out, sentence)


def _heading(role: str, prepared: Prepared) -> str:
    return f"{role}: {printable(_name(prepared))}\n{printable(prepared.headline or '(no headline)')}"


@dataclass(slots=True)
class _Row:
    """A paragraph of the article beside what it was made of."""

    reference: Text = field(default_factory=Text)
    article: Text = field(default_factory=Text)


def _rows(comparison: Comparison) -> Iterator[_Row]:
    row, at_r, at_d = _Row(), -1, -1
    for passage in comparison.passages:
        for part in _by_paragraph(comparison, passage):
            here_r = int(comparison.reference.paragraph[part.reference[0]]) if part.reference else at_r
            here_d = int(comparison.article.paragraph[part.article[0]]) if part.article else at_d
            same = here_d == at_d if part.article else here_r == at_r
            if not same and (row.reference or row.article):
                yield row
                row = _Row()
                at_r = at_d = -1
            at_r, at_d = (here_r if part.reference else at_r), (here_d if part.article else at_d)
            if part.reference:
                _append(row.reference, comparison.reference, part.kind, part.reference)
            if part.article:
                _append(row.article, comparison.article, part.kind, part.article)
    if row.reference or row.article:
        yield row


def _by_paragraph(comparison: Comparison, passage: Passage) -> Iterator[Passage]:
    """A kept or moved passage cut where a paragraph of the article ends."""
    if passage.reference is None or passage.article is None or passage.kind == "rewritten":
        yield passage
        return
    (first_r, _), (first, after) = passage.reference, passage.article
    paragraph = comparison.article.paragraph
    at = first
    for end in [k for k in range(first + 1, after) if paragraph[k] != paragraph[k - 1]] + [after]:
        offset = first_r - first
        yield Passage(passage.kind, (at + offset, end + offset), (at, end), passage.quote)
        at = end


def _append(cell: Text, prepared: Prepared, kind: PassageKind, span: Span) -> None:
    """Add the printed text of a token span to a cell, with the signs of its kind, quoted words in italics."""
    opening, closing, style = _SIGNS[kind]
    if cell and not cell.plain.endswith(" "):
        before = prepared.article.text[_edge(prepared, span[0]) - 1 : _edge(prepared, span[0])]
        cell.append(" " if before.isspace() or kind != "kept" else "")
    cell.append(opening, style)
    quoted = prepared.quoted
    ends = [zone.end for zone in prepared.zones if zone.kind == "body"]
    bounds = [span[0], *(k for k in range(span[0] + 1, span[1]) if quoted[k] != quoted[k - 1]), span[1]]
    for at, end in pairwise(bounds):
        stop = min(_edge(prepared, end), ends[int(prepared.paragraph[end - 1])])
        raw = prepared.article.text[_edge(prepared, at) : stop]
        text = printable(" ".join(raw.split()))
        space = " " if raw[-1:].isspace() else ""
        last = end == span[1]
        cell.append(text + (closing if last else "") + space, f"{style} italic".strip() if quoted[at] else style)


def _edge(prepared: Prepared, token: int) -> int:
    """Where the printed text of a token begins, its opening marks included; the end of the body after the last."""
    starts, ends, text = prepared.tokens.starts, prepared.tokens.ends, prepared.article.text
    if token == len(starts):
        return max(zone.end for zone in prepared.zones if zone.kind == "body")
    first, least = int(starts[token]), int(ends[token - 1]) if token else 0
    while first > least and text[first - 1] in _OPENING:
        first -= 1
    return first


def _conclusion(comparison: Comparison) -> Iterable[str]:
    ledger, judgement, credit = comparison.ledger, comparison.judgement, comparison.article.credit
    lone = "judged by the two texts alone"
    basis = lone if judgement.basis == "pair" else "phrases common in the corpus left out"
    yield f"verdict: {words(comparison.verdict, comparison.detail)}, confidence {comparison.confidence} ({basis})"
    yield f"why: {'; '.join(judgement.reasons)}"
    shared = [("kept", ledger.kept), ("moved", ledger.moved)]
    reference = [*shared, ("rewritten", ledger.rewritten_reference), ("cut", ledger.cut)]
    article = [*shared, ("rewritten", ledger.rewritten_article), ("not in the reference", ledger.added)]
    yield f"of the reference's {ledger.reference_tokens} words: {_parts(reference)}"
    yield f"of the article's {ledger.article_tokens} words: {_parts(article)}"
    reuse = f"reuse outside quotations {comparison.narrative_reuse:.1%}, inside {comparison.quote_reuse:.1%}"
    yield f"{reuse}; 5-word resemblance {comparison.resemblance:.3f}"
    yield from _quotations(comparison)
    named = ", ".join(c.agency for c in comparison.article.credits if c.kind == "mention")
    none = f"none found in the text given{f' (it names {named})' if named else ''}"
    yield f"credit of the article: {f'{credit.text} ({credit.agency})' if credit else none}"


def _quotations(comparison: Comparison) -> Iterator[str]:
    """How many quotations have which status, and the altered ones in both wordings."""
    counts = Counter(quotation.status for quotation in comparison.quotations)
    if counts:
        yield f"quotations: {', '.join(f'{counts[status]} {status}' for status in _STATUSES if counts[status])}"
    altered = [quotation for quotation in comparison.quotations if quotation.status == "altered"]
    for quotation in altered[:_ALTERED_SHOWN]:
        reference, article = (
            _wording(side, span, [pair[at] for pair in quotation.differs], _SIGNS[("cut", "added")[at]])
            for at, (side, span) in enumerate(
                ((comparison.reference, quotation.reference), (comparison.article, quotation.article))
            )
            if span
        )
        yield f"altered: “{reference}” in the reference, “{article}” in the article"
    if len(altered) > _ALTERED_SHOWN:
        yield f"... and {len(altered) - _ALTERED_SHOWN:,} more altered; --format json lists them all"


def _wording(prepared: Prepared, span: Span, differs: Sequence[Span], signs: tuple[str, str, str]) -> str:
    """A quotation around the words that differ, these between the signs."""
    start, end = max(span[0], differs[0][0] - _CONTEXT), min(span[1], differs[-1][1] + _CONTEXT)
    parts, at = ["…"] if start > span[0] else [], start
    for first, after in differs:
        parts += [_printed(prepared, at, first)]
        parts += [f"{signs[0]}{_printed(prepared, first, after)}{signs[1]}"] if first < after else []
        at = after
    parts += [_printed(prepared, at, end), "…" if end < span[1] else ""]
    return " ".join(part for part in parts if part)


def _printed(prepared: Prepared, first: int, after: int) -> str:
    if first >= after:
        return ""
    tokens = prepared.tokens
    return " ".join(prepared.article.text[int(tokens.starts[first]) : int(tokens.ends[after - 1])].split())


def _parts(parts: Sequence[tuple[str, int]]) -> str:
    shares = percentages([count for _, count in parts])
    return ", ".join(f"{count} {name} ({share} %)" for (name, count), share in zip(parts, shares, strict=True))
