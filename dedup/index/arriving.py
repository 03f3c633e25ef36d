"""What a crawler hands over -> an article ready to be placed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import xxhash

from dedup import pipeline, read
from dedup.config import Config
from dedup.index import keys
from dedup.index.home import Entry
from dedup.records import Article, Prepared, Zone

Source = str | Path | Article | Prepared | Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Ready:
    """An article prepared without what was learned, and its entry, which is prepared with it."""

    plain: Prepared
    entry: Entry


def prepared(source: Source, config: Config, agencies: str | None) -> Prepared:
    """The article, prepared. Raises InputError, and UsageError for a path that is not there."""
    if isinstance(source, Prepared):
        return source
    return pipeline.prepare(read.read_one(source, _id_of(source)), config, agencies)


def ready(plain: Prepared, furniture: Sequence[Zone], config: Config, agencies: str | None) -> Ready:
    """A prepared article without stretches that are furniture, as an entry. Raises InputError if nothing is left."""
    article = pipeline.without_furniture(plain, furniture, config, agencies)
    published = article.article.published
    name = keys.identity(article.article)
    day = published.toordinal() if published else None
    return Ready(plain, Entry(article, keys.keys(article, name, config), name, day))


def name_of(source: Source) -> str:
    """What is said of an article that cannot be used: where it came from, or which it is."""
    article = source.article if isinstance(source, Prepared) else source
    return article.place or article.id if isinstance(article, Article) else "article"


def _id_of(source: Source) -> str:
    """The id of an article that has none and no URL: by its text, so that it is the same one when it comes again."""
    text = source.get("text") if isinstance(source, Mapping) else None
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else b""
    return f"article-{xxhash.xxh3_64_hexdigest(raw)}" if raw else "article"
