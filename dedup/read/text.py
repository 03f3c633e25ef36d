"""A text file -> one article."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping
from typing import BinaryIO, cast

from dedup.errors import Malformed, TooLarge
from dedup.limits import MAX_ARTICLE_BYTES
from dedup.read.decode import decode
from dedup.read.files import Found
from dedup.read.record import to_article
from dedup.records import Article


def open_bytes(path: str) -> BinaryIO:
    """The bytes of a file, decompressed where its name ends in .gz."""
    if path.lower().endswith(".gz"):
        return cast(BinaryIO, gzip.open(path, "rb"))
    return open(path, "rb")


def read_text(file: Found, defaults: Mapping[str, object]) -> Article:
    """The article in a text file; its outlet is the file's stem unless ``defaults`` says otherwise.

    Raises TooLarge, Undecodable or Malformed (empty, damaged compression), and OSError.
    """
    try:
        with open_bytes(file.path) as stream:
            data = stream.read(MAX_ARTICLE_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Malformed(f"damaged gzip: {error}", file.shown) from error
    if len(data) > MAX_ARTICLE_BYTES:
        raise TooLarge(f"over {MAX_ARTICLE_BYTES:,} bytes; one article is expected", file.shown)
    text, replaced = decode(data, file.shown)
    if not text.strip():
        raise Malformed("the file is empty", file.shown)
    stem = file.id.rsplit("/", 1)[-1]
    return to_article({"outlet": stem, **defaults, "id": file.id, "text": text}, file.shown, {}, replaced)
