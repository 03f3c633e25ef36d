"""The stages of one article and of one pair joined: prepare(article) and compare(reference, article)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from dedup import clean, credit, sketch, speech, takes, tokens
from dedup.background import Background
from dedup.chronology import impossible
from dedup.comparer import Comparer
from dedup.config import Config
from dedup.errors import Malformed, TooLarge, UsageError
from dedup.limits import MAX_ARTICLE_BYTES
from dedup.records import U32, U64, Article, Credit, Ints, Mask, Prepared, Tokens, Zone
from dedup.results import Comparison

_DEFAULT = Config()
_OPTIONAL = (str, type(None))
_TEXTS = (("id", str), ("text", str), ("outlet", str), ("title", _OPTIONAL), ("url", _OPTIONAL), ("agency", _OPTIONAL))
_NO_BODY = "no body text was found in it"


def prepare(
    article: Article,
    config: Config | None = None,
    agencies: str | None = None,
    repeated: Sequence[Zone] = (),
) -> Prepared:
    """Clean, credit, tokenise and sketch one article: everything that is computed from it alone.

    ``agencies`` is the path of a file that extends the known agencies, ``repeated`` holds stretches of the text that
    the corpus knows as furniture. A date that cannot be counts as none. Raises TooLarge over 16 MiB of text,
    Malformed for an article without a word, or with none besides those.
    """
    _check(article)
    # A character has four bytes at most: hardly any text must be encoded to count them.
    if 4 * len(article.text) > MAX_ARTICLE_BYTES < len(article.text.encode("utf-8", "replace")):
        raise TooLarge(f"the text has over {MAX_ARTICLE_BYTES:,} bytes", article.place)
    settings = config or _DEFAULT
    article = _credible(article, settings)
    credits = credit.reader(agencies)
    everything = tokens.tokens(article.text)
    page = credits.page(article, everything)
    zones = clean.zones(article, everything, page, repeated)
    own = credits.own_agency(article.outlet)
    if own and not own.newsroom:
        zones = takes.marked(zones, article, everything, own)
    body = [at for zone in zones if zone.kind == "body" for at in (zone.start, zone.end)]
    spans = np.array(body, np.int64).reshape(-1, 2)
    found = tokens.within(everything, spans)
    if not len(found):
        raise Malformed(_no_body(article, repeated), article.place)
    printed = next((article.text[z.start : z.end].strip() for z in zones if z.kind == "headline"), None)
    return Prepared(
        article,
        zones,
        credits.credits(page, zones, found),
        (article.title or printed or "").strip() or None,
        found,
        *_of_body(article.text, spans, found, settings),
        own_agency=own.id if own else None,
        newsroom=own.newsroom if own else False,
    )


def prepare_text(article: Article, headline: str | None, reason: str, config: Config | None = None) -> Prepared:
    """Prepare a text that is nothing but body, a paragraph a line: no cleaning, no credits.

    ``reason`` says what the text is. Raises Malformed for a text without a word.
    """
    spans = [line.span() for line in re.finditer(r"[^\n]+", article.text)]
    zones = tuple(Zone("body", *span, reason) for span in spans)
    found = tokens.tokens(article.text)
    if not len(found):
        raise Malformed("the text is empty", article.place)
    body = _of_body(article.text, np.array(spans, np.int64), found, config or _DEFAULT)
    return Prepared(article, zones, (), headline, found, *body)


def _of_body(text: str, spans: Ints, found: Tokens, config: Config) -> tuple[Ints, Ints, Mask, Mask, U32, U64, int]:
    """What follows from an article's body alone, from ``paragraph`` to ``digest``; ``spans`` (k, 2) are its lines."""
    bounds = found.starts.searchsorted(spans.astype(np.int32))
    paragraph = np.arange(len(spans)).repeat(bounds[:, 1] - bounds[:, 0])
    sentence, quoted = speech.sentences(text, spans, found), speech.quoted(text, spans, found)
    units = speech.quote_units(sentence, quoted)
    return paragraph, sentence, quoted, units, *sketch.sketch(found.hashes, config)


def without_furniture(
    article: Prepared, found: Sequence[Zone], config: Config | None = None, agencies: str | None = None
) -> Prepared:
    """An article prepared anew if stretches of it turned out to be furniture; Malformed if all of it is."""
    return prepare(article.article, config, agencies, found) if found else article


def restored(
    article: Article,
    zones: tuple[Zone, ...],
    credits: tuple[Credit, ...],
    headline: str | None,
    house: tuple[str | None, bool],
    config: Config | None = None,
) -> Prepared:
    """An article as it was prepared before, from its text and what was found in it; ``house`` holds own_agency and
    newsroom. Raises Malformed if its zones hold no word."""
    spans = [(zone.start, zone.end) for zone in zones if zone.kind == "body"]
    found = tokens.within(tokens.tokens(article.text), spans)
    if not len(found):
        raise Malformed(_NO_BODY, article.place)
    body = _of_body(article.text, np.array(spans, np.int64), found, config or _DEFAULT)
    return Prepared(article, zones, credits, headline, found, *body, *house)


def _no_body(article: Article, repeated: Sequence[Zone]) -> str:
    if repeated:
        longest = max(repeated, key=lambda zone: zone.end - zone.start)
        return f"nothing but furniture: {longest.reason}"
    return _NO_BODY if article.text.strip() else "the text is empty"


def _check(article: Article) -> None:
    """Raise UsageError for what is no Article, Malformed for one with fields of other types than it declares."""
    if not isinstance(article, Article):
        raise UsageError(f"an Article is expected, not {type(article).__name__}")
    for name, kinds in _TEXTS:
        value = getattr(article, name)
        if not isinstance(value, kinds):
            raise Malformed(f"Article.{name} is {type(value).__name__}; a str is expected", str(article.id))
    if not isinstance(article.published, datetime | None):
        raise Malformed(f"Article.published is {article.published!r}; a datetime or None is expected", str(article.id))


def _credible(article: Article, config: Config) -> Article:
    """The article as undated where its date cannot be, with what was given and why kept for the report."""
    when = article.published
    why = impossible(when, config.read_on) if when else None
    if when is None or why is None:
        return article
    given = when.date().isoformat() if article.date_only else when.isoformat()
    return replace(article, published=None, date_only=False, impossible_date=f"{given} ({why})")


def compare(
    reference: Prepared, article: Prepared, background: Background | None = None, config: Config | None = None
) -> Comparison:
    """Align an article with a reference, book every token, and judge what they share.

    Without a ``background``, or with one of too little text, the two texts alone have to do
    (``judgement.basis`` is "pair"), and templates cannot be told from reprints with certainty.
    """
    comparer = Comparer([reference, article], background, config or _DEFAULT)
    return comparer.comparisons(np.array([[0, 1]]))[0]
