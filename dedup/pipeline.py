"""The stages of one article and of one pair joined: prepare(article) and compare(reference, article)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import xxhash

from dedup import align, clean, credit, headline, judge, sketch, speech, tokens
from dedup.background import Background, day_of
from dedup.config import Config
from dedup.errors import Malformed, TooLarge, UsageError
from dedup.limits import MAX_ARTICLE_BYTES
from dedup.records import Article, Basis, Comparison, Mask, Prepared, Tile

_NO_BODY = "no body text was found in it"


def prepare(
    article: Article,
    config: Config | None = None,
    agencies: str | None = None,
    repeated: Collection[tuple[str, ...]] = (),
) -> Prepared:
    """Clean, credit, tokenise and sketch one article: everything that is computed from it alone.

    ``agencies`` is the path of a file that extends the known agencies, ``repeated`` holds the match keys of
    lines that are the outlet's furniture. Raises TooLarge over 16 MiB of text, Malformed for an article
    without a word.
    """
    _check(article)
    if len(article.text) > MAX_ARTICLE_BYTES or len(article.text.encode("utf-8", "replace")) > MAX_ARTICLE_BYTES:
        raise TooLarge(f"the text has over {MAX_ARTICLE_BYTES:,} bytes", article.place)
    settings = config or Config()
    credits = credit.reader(agencies)
    everything = tokens.tokens(article.text)
    zones = clean.zones(article, everything, credits, repeated)
    body = [(zone.start, zone.end) for zone in zones if zone.kind == "body"]
    found = tokens.within(everything, body)
    if not len(found):
        raise Malformed(_NO_BODY if article.text.strip() else "the text is empty", article.place)
    own = credits.own_agency(article.outlet)
    signature, fingerprints = sketch.sketch(found.hashes, settings)
    printed = next((article.text[z.start : z.end].strip() for z in zones if z.kind == "headline"), None)
    return Prepared(
        article=article,
        zones=zones,
        credits=credits.credits(article, zones, found),
        headline=(article.title or printed or "").strip() or None,
        tokens=found,
        paragraph=np.searchsorted([start for start, _ in body], found.starts, "right") - 1,
        sentence=speech.sentences(article.text, body, found),
        quoted=speech.quoted(article.text, body, found),
        signature=signature,
        fingerprints=fingerprints,
        digest=xxhash.xxh3_128_intdigest(found.hashes.tobytes()),
        own_agency=own.id if own else None,
        newsroom=own.newsroom if own else False,
    )


def _check(article: Article) -> None:
    """Raise UsageError for what is no Article, Malformed for one with fields of other types than it declares."""
    if not isinstance(article, Article):
        raise UsageError(f"an Article is expected, not {type(article).__name__}")
    for name in ("id", "text", "outlet", "title", "url", "agency"):
        value = getattr(article, name)
        optional = name in ("title", "url", "agency")
        if not isinstance(value, str) and not (optional and value is None):
            raise Malformed(f"Article.{name} is {type(value).__name__}; a str is expected", str(article.id))
    if not isinstance(article.published, datetime | None):
        raise Malformed(f"Article.published is {article.published!r}; a datetime or None is expected", str(article.id))


def compare(
    reference: Prepared, article: Prepared, background: Background | None = None, config: Config | None = None
) -> Comparison:
    """Align an article with a reference, book every token, and judge what they share.

    Without a ``background``, or with one of too little text, the two texts alone have to do
    (``judgement.basis`` is "pair"), and templates cannot be told from reprints with certainty.
    """
    settings = config or Config()
    return compared(reference, article, shared_tiles(reference, article, settings), background, settings)


def shared_tiles(reference: Prepared, article: Prepared, config: Config) -> tuple[Tile, ...]:
    """The common runs of two articles: the first half of a comparison."""
    return align.tiles(reference.tokens, article.tokens, config.minimum_tile)


def compared(
    reference: Prepared,
    article: Prepared,
    found: Sequence[Tile],
    background: Background | None,
    config: Config,
) -> Comparison:
    """The second half of a comparison, from the tiles ``found`` by shared_tiles."""
    reading = _read(reference, article, found, background, config)
    alignment, (units_r, units_d) = reading.alignment, reading.units
    ledger = alignment.ledger()
    shared = alignment.partner_article >= 0
    return Comparison(
        reference=reference,
        article=article,
        judgement=judge.judge(reading.measure, ledger, config.rules),
        ledger=ledger,
        passages=align.passages(alignment, units_r, units_d, reference.paragraph, article.paragraph),
        headline=headline.headlines(reference.headline, article.headline),
        resemblance=sketch.resemblance(reference.tokens.hashes, article.tokens.hashes),
        narrative_reuse=_mean(shared[~units_d]),
        quote_reuse=_mean(shared[units_d]),
    )


def kind(
    reference: Prepared, article: Prepared, found: Sequence[Tile], background: Background | None, config: Config
) -> tuple[judge.Kind, int]:
    """The kind of reuse and the tokens kept or moved: what a scan asks of every candidate pair."""
    reading = _read(reference, article, found, background, config)
    return judge.kind_of(reading.measure, config.rules), int((reading.alignment.partner_article >= 0).sum())


@dataclass(frozen=True, slots=True)
class _Reading:
    units: tuple[Mask, Mask]
    alignment: align.Alignment
    measure: judge.Measure


def _read(
    reference: Prepared, article: Prepared, found: Sequence[Tile], background: Background | None, config: Config
) -> _Reading:
    units_r = speech.quote_units(reference.sentence, reference.quoted)
    units_d = speech.quote_units(article.sentence, article.quoted)
    knowledge = _knowledge(reference, article, found, background)
    sizes = judge.tile_sizes(found, units_r, units_d, knowledge.informative, reference.tokens.unspaced)
    counts = [judge.counts_in_ledger(size, knowledge.basis, knowledge.needed, config.rules) for size in sizes]
    counts = align.leaning(found, counts, (len(reference.tokens), len(article.tokens)))
    counted = [tile for tile, counted in zip(found, counts, strict=True) if counted]
    alignment = align.align(reference.tokens, article.tokens, counted, reference.sentence, article.sentence)
    dated = reference.article.published is not None and article.article.published is not None
    measure = judge.Measure(
        tiles=sizes,
        covers=_covers(reference, article, alignment, found, knowledge) if counted else (0.0, 0.0),
        shorter=min(len(reference.tokens), len(article.tokens)),
        identical=reference.tokens.keys == article.tokens.keys,
        basis=knowledge.basis,
        needed=knowledge.needed,
        days_apart=abs(day_of(reference) - day_of(article)) if dated else None,
        same_credit=bool(_credited(reference) & _credited(article)),
    )
    return _Reading((units_r, units_d), alignment, measure)


def _credited(article: Prepared) -> set[str]:
    """The agencies whose copy the article says it is."""
    return {credit.agency for credit in article.credits if credit.kind in ("full", "shared") and credit.agency}


@dataclass(frozen=True, slots=True)
class _Knowledge:
    """Which tokens of each tile are informative, and how that is known."""

    informative: list[Mask]
    basis: Basis
    needed: int


def _knowledge(
    reference: Prepared, article: Prepared, found: Sequence[Tile], background: Background | None
) -> _Knowledge:
    if background is not None and background.suffices:
        return _Knowledge([~mask for mask in background.common(reference, article, found)], "corpus", 0)
    words_r, needed_r = judge.informative_words(reference, _sentence_starts(reference))
    words_d, needed_d = judge.informative_words(article, _sentence_starts(article))
    masks = [words_r[t.reference : t.reference + t.length] & words_d[t.article : t.article + t.length] for t in found]
    return _Knowledge(masks, "pair", max(needed_r, needed_d))


def _sentence_starts(article: Prepared) -> Mask:
    starts: Mask = np.diff(article.sentence, prepend=-1) != 0
    return starts


def _covers(
    reference: Prepared,
    article: Prepared,
    alignment: align.Alignment,
    found: Sequence[Tile],
    knowledge: _Knowledge,
) -> tuple[float, float]:
    """The share of each text that the other one holds, phrases known to be common in the corpus left out."""
    asked_r, asked_d = np.ones(len(reference.tokens), bool), np.ones(len(article.tokens), bool)
    if knowledge.basis == "corpus":
        for tile, informative in zip(found, knowledge.informative, strict=True):
            asked_r[tile.reference : tile.reference + tile.length] = informative
            asked_d[tile.article : tile.article + tile.length] = informative
    return (
        align.cover(alignment.partner_reference >= 0, asked_r, reference.sentence),
        align.cover(alignment.partner_article >= 0, asked_d, article.sentence),
    )


def _mean(mask: Mask) -> float:
    return float(mask.mean()) if len(mask) else 0.0
