"""Articles that were seen, between calls: for crawlers, in memory or on a disk."""

from __future__ import annotations

from dedup.index.index import Index
from dedup.index.sightings import Change, Match, Seen, Sighting

__all__ = ["Change", "Index", "Match", "Seen", "Sighting"]
