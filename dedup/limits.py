"""Every bound on input, each with its reason. What goes over one is reported, never cut silently."""

from __future__ import annotations

from typing import Final

MIB: Final = 1024 * 1024

#: One text file or one record's text. The longest articles of newsrooms (live blogs, transcripts) stay
#: under 1 MiB; 16 leaves room and keeps one hostile file from filling the memory.
MAX_ARTICLE_BYTES: Final = 16 * MIB

#: One line of JSONL: an article with every character escaped as \\uXXXX, and its metadata.
MAX_LINE_BYTES: Final = 64 * MIB

#: Share of characters that may be undecodable before a file is called binary. Pages with a few broken
#: bytes are common in archives and are read with U+FFFD in their place.
MAX_UNDECODABLE: Final = 0.01

#: A short string field (id, outlet, url). Longer ones are somebody's text in the wrong field.
MAX_FIELD_CHARS: Final = 4096

#: A headline. Some pages carry their first paragraph as title.
MAX_TITLE_CHARS: Final = 65536

#: Cells of one longest-common-subsequence table (tokens x tokens) when two rewritten sentences are compared.
#: Two sentences of 200 tokens fit; anything larger is a table or a list and is booked whole.
MAX_LCS_CELLS: Final = 40_000

#: Seed pairs that one shingle may make between two articles (occurrences in one x occurrences in the other).
#: Refrains and tables go over it; they are then paired occurrence by occurrence, which is linear.
MAX_SEEDS_PER_SHINGLE: Final = 256

#: Runs that two articles may have in common before only the longest are kept: bounds the tiling of hostile text.
MAX_RUNS: Final = 20_000

#: Skipped inputs that are named one by one on a terminal; the rest is counted. JSONL names all.
MAX_SKIPPED_SHOWN: Final = 20

#: Earlier articles that a new one is compared with in an index, those that share most keys. A story that hundreds of
#: outlets run stays linear; all its copies are found through the ones it is compared with.
MAX_COMPARED: Final = 64

#: Matches that a sighting lists; the others are counted, and all of them are in the index's changes.
MAX_MATCHES: Final = 16

#: Articles that an index learns furniture and common phrases from at most, spread over all it has: some 4 million
#: words, 13 times what it takes to tell a standing phrase from copy, and about 60 MB.
MAX_LEARNED: Final = 8192

#: Prepared articles that an open index keeps at hand for comparing: the latest and those asked for last, some 25 kB
#: each.
MAX_AT_HAND: Final = 4096
