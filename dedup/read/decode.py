"""Bytes -> text, decided once: what comes after this holds valid characters only."""

from __future__ import annotations

import codecs
import re
from typing import Final

from dedup.errors import Undecodable
from dedup.limits import MAX_UNDECODABLE

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decode(data: bytes, place: str) -> tuple[str, int]:
    """Text of UTF-8 (or what a byte order mark says), and how many characters were undecodable.

    Undecodable bytes become U+FFFD and NUL a space. Raises Undecodable where more than one character in a
    hundred is neither text nor white space.
    """
    encoding = "utf-8"
    for mark, named in _BOMS:
        if data.startswith(mark):
            data, encoding = data[len(mark) :], named
            break
    try:
        text, replaced = data.decode(encoding), 0
    except UnicodeDecodeError:
        text = data.decode(encoding, "replace")
        replaced = text.count("\ufffd")
    odd = replaced + len(_CONTROL.findall(text))
    if odd > max(1, MAX_UNDECODABLE * len(text)):
        raise Undecodable(f"not UTF-8 text: {odd:,} of {len(text):,} characters are undecodable or control", place)
    return text.replace("\x00", " "), replaced


def scalars(text: str) -> str:
    """``text`` with lone surrogates (JSON may hold them) as U+FFFD and NUL as a space; offsets stay."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            text = _SURROGATE.sub("\ufffd", text)
    return text.replace("\x00", " ")
