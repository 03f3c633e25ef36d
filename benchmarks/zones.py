"""How well the zones of a raw page agree with its article, written out by hand.

    python benchmarks/zones.py PAGES.jsonl.gz

PAGES holds records with ``html`` and ``gold`` (the article's text). Every page is turned into plain text with
all its menus and boxes, a line a block (needs lxml), cleaned by dedup, and its body compared with the gold text
word by word.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import dedup
from dedup.kernels import tokenise

_BLOCKS = frozenset(
    {"p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "br", "ul", "ol", "section", "article", "header"}
    | {"footer", "td", "blockquote", "figcaption", "time", "nav", "aside", "form", "button", "label", "option"}
)


def plain_text(html: str) -> str:
    """All text of a page, one line a block element."""
    from lxml import html as parser

    page = parser.fromstring(re.sub(r"<\?xml[^>]*>", "", html))
    for element in page.xpath("//script|//style|//noscript|//comment()|//head"):
        if element.getparent() is not None:
            element.drop_tree()
    for element in page.iter():
        if element.tag in _BLOCKS:
            element.tail = "\n" + (element.tail or "")
            element.text = "\n" + (element.text or "")
    lines = (" ".join(line.split()) for line in page.text_content().split("\n"))
    return "\n".join(line for line in lines if line)


def f1_and_recall(found: Sequence[str], gold: Sequence[str]) -> tuple[float, float]:
    """Word F1 and recall of ``found`` against ``gold``, as bags of match keys."""
    both = sum((Counter(found) & Counter(gold)).values())
    return 2 * both / max(1, len(found) + len(gold)), both / max(1, len(gold))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    data = parser.parse_args().pages.read_bytes()
    whole, body, headlines = [], [], 0
    for number, line in enumerate((gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).splitlines()):
        page = json.loads(line)
        if not isinstance(page.get("gold"), str) or not page["gold"].strip():
            continue
        text = plain_text(page["html"])
        gold = tokenise(page["gold"]).keys
        prepared = dedup.prepare(dedup.Article(str(number), text))
        whole.append(f1_and_recall(tokenise(text).keys, gold))
        body.append(f1_and_recall(prepared.tokens.keys, gold))
        headlines += prepared.headline is not None
    for name, figures in (("whole page", whole), ("body", body)):
        f1, recall = (sum(column) / len(figures) for column in zip(*figures, strict=True))
        print(f"{name}: word F1 {f1:.3f}, recall {recall:.3f}")
    print(f"{len(whole)} pages, a headline found on {headlines}")


if __name__ == "__main__":
    main()
