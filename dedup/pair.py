"""Two articles on their own: the library call behind ``dedup compare``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from dedup import pipeline, read
from dedup.background import Background, Furniture
from dedup.config import Config
from dedup.errors import InputError
from dedup.furniture import FurnitureCounts, outline
from dedup.records import Article, Prepared, Skipped
from dedup.results import Comparison

Source = str | Path | Article | Mapping[str, object]


def compare(
    reference: Source,
    article: Source,
    *,
    background: Background | None = None,
    config: Config | None = None,
    agencies: str | None = None,
) -> Comparison:
    """What ``article`` kept, moved, rewrote, cut and added against ``reference``, and the verdict on it.

    Each is an Article, a mapping with at least ``text``, or the path of a file that holds one article. With
    a ``background`` (see :func:`load_background`) phrases that are common in it do not count as shared copy, and
    what it knows as furniture of the outlets is no body; without one the two texts alone decide, and the
    confidence says how far. Raises InputError for an article that cannot be used and UsageError for a wrong call.

    >>> c = compare("seeds/the-moscow-times.txt", "seeds/the-times-of-israel.txt")  # doctest: +SKIP
    >>> c.verdict, c.ledger.cut, c.ledger.added  # doctest: +SKIP
    ('edited_reprint', 0, 210)
    """
    settings = config or Config()
    sides = (read.read_one(reference, "reference"), read.read_one(article, "article"))
    one, two = (pipeline.prepare(side, settings, agencies) for side in sides)
    if background is not None and background.learned is not None:
        one, two = (_without(background.learned, side, settings, agencies) for side in (one, two))
    return pipeline.compare(one, two, background, settings)


def _without(learned: Furniture, side: Prepared, config: Config, agencies: str | None) -> Prepared:
    """An article without its outlet's furniture; as it is where nothing would be left to compare."""
    with suppress(InputError):
        return pipeline.without_furniture(side, learned.of(side), config, agencies)
    return side


def load_background(
    source: Source | Iterable[Source],
    *,
    config: Config | None = None,
    fields: Mapping[str, str] | None = None,
) -> Background:
    """The corpus in which compare() asks whether a phrase is common: paths, articles or mappings.

    What cannot be used is left out. It takes some 700,000 words, dated over more than a week, to tell a
    standing phrase from copy; under 300,000 the two texts alone decide.
    """
    settings = config or Config()
    sources = [source] if isinstance(source, (str, Path, Article, Mapping)) else source
    ready, outlines = [], []
    learned = FurnitureCounts()
    for item in read.read(sources, fields):
        if not isinstance(item, Skipped):
            with suppress(InputError):
                ready.append(pipeline.prepare(item, settings))
                outlines.append(outline(ready[-1]))
                learned.add(outlines[-1])
    kept = []
    for article, found in zip(ready, learned.furniture(outlines), strict=True):
        with suppress(InputError):
            kept.append(pipeline.without_furniture(article, found, settings))
    return Background(kept, settings.rules, learned)
