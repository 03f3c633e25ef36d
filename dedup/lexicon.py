"""The wording of furniture and bylines, as furniture.toml lists it: expressions, and which can match where."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from dedup.prefilter import Prefilter, any_of


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What opens other stories and comments, what single lines are, by kind, and who names the writer.

    ``prefilter`` knows the same expressions in groups: heads, comments, bylines, writers, and the kinds of lines.
    """

    heads: re.Pattern[str]
    comments: re.Pattern[str]
    lines: tuple[tuple[str, re.Pattern[str]], ...]
    bylines: re.Pattern[str]
    writers: re.Pattern[str]
    prefilter: Prefilter


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """The shipped lexicon."""
    data = tomllib.loads(resources.files("dedup").joinpath("furniture.toml").read_text("utf-8"))
    return Lexicon(
        heads=any_of(data["heads"]),
        comments=any_of(data["comments"]),
        lines=tuple((reason, any_of(patterns)) for reason, patterns in data["lines"].items()),
        bylines=any_of(data["bylines"]["patterns"]),
        writers=any_of(data["bylines"]["sentences"]),
        prefilter=Prefilter(
            {
                "heads": data["heads"],
                "comments": data["comments"],
                "bylines": data["bylines"]["patterns"],
                "writers": data["bylines"]["sentences"],
                **data["lines"],
            }
        ),
    )
