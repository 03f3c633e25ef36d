"""All pairs judged again with what the whole index knows: furniture, common phrases, takes joined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from dedup.config import Config
from dedup.index.sightings import Pair
from dedup.matcher import Matcher
from dedup.records import REUSE, Article
from dedup.scan import prepared

_COUNTS = (*REUSE, "quote_only")


def review(
    articles: Iterable[tuple[int, Article]],
    recorded: Mapping[tuple[int, int], Pair],
    config: Config,
    agencies: str | None,
) -> list[Pair]:
    """What is to be recorded anew, in order: pairs found, pairs with another verdict, pairs that share nothing now.

    ``recorded`` has what was recorded last of each pair of numbers. Takes that are joined to one article stand for it,
    each with its own number, and are no pairs of each other.
    """
    named = named_apart(articles)
    number_of = {article.id: number for number, article in named.items()}
    ready, _ = prepared(named.values(), config, agencies, lambda stage, done, total: None)
    numbers = [[number_of[id] for id in one.article.takes or (one.article.id,)] for one in ready]
    place = {number: at for at, own in enumerate(numbers) for number in own}
    matcher = Matcher(ready, config, lambda stage, done, total: None)
    ends = ((numbers[a][0], numbers[b][0]) for a, b in matcher.candidate_pairs())
    asked = sorted({*((min(pair), max(pair)) for pair in ends), *recorded}, key=lambda pair: pair[::-1])
    judged = [(a, b) for a, b in asked if a in place and b in place and place[a] != place[b]]
    changed = []
    for pair, found in zip(judged, matcher.comparisons([(place[a], place[b]) for a, b in judged]), strict=True):
        last = recorded.get(pair)
        before = last.verdict if last else None
        now = Pair.of(*pair, found, before)
        if now.verdict not in _COUNTS:
            now = replace(now, verdict="independent")
        if now.verdict != (before or "independent"):
            changed.append(now)
    return changed


def named_apart(articles: Iterable[tuple[int, Article]]) -> dict[int, Article]:
    """The articles by number, each with an id of its own: a second one has its number behind the id."""
    ids, found = set[str](), {}
    for number, article in articles:
        name = article.id
        while name in ids:
            name = f"{name}#{number}"
        ids.add(name)
        found[number] = replace(article, id=name, takes=())
    return found
