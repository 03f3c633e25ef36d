"""Body -> sentences, quotations and quote units, per token (how they are found: kernels/speech.py).

A quote unit is a quotation with the short rest of its sentence: the reporting clause, whatever its language.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from dedup import kernels
from dedup.records import Ints, Mask, Tokens

_HANDLE: Final = re.compile(r"\s*[—–-]{1,2}\s*[^\n]{2,60}\(@\w+\)")
_UNIT_QUOTED: Final = 3  # quoted tokens that a sentence needs for its rest to join
_UNIT_SHARE: Final = 0.4
_UNIT_REST: Final = 12


def sentences(text: str, spans: Ints, tokens: Tokens) -> Ints:
    """(n,) int64: the number of each token's sentence, counted from 0 through the body's (k, 2) ``spans``."""
    return kernels.sentences(text, spans, tokens.starts)


def quoted(text: str, spans: Ints, tokens: Tokens) -> Mask:
    """(n,) bool: whether each token stands inside quotation marks, or in an embedded post."""
    embedded = np.zeros(len(spans), np.uint8)
    if "(@" in text:  # the line of a post's author comes behind it
        ends = [bool(_HANDLE.match(text[start:end])) for start, end in spans[1:].tolist()]
        embedded[: len(ends)] = ends
    return kernels.quoted(text, spans, tokens.starts, embedded)


def quote_units(sentence: Ints, quoted: Mask) -> Mask:
    """(n,) bool: quoted tokens, and the rest of a sentence that is mostly quotation.

    The rest joins when the sentence has at least 3 quoted tokens, they make at least 40 % of it, and the rest
    is at most 12 tokens.
    """
    return kernels.quote_units(sentence, quoted, _UNIT_QUOTED, _UNIT_SHARE, _UNIT_REST)
