"""Find news articles that share wire copy, and say what each outlet kept, cut and added.

=====================  =============================================================
``scan(source)``       a corpus: files, folders, articles -> clusters of shared copy
``compare(a, b)``      two articles -> ledger, passages, verdict
``load_background(s)`` a corpus for ``compare`` to look up what is common in
``Index.open(path)``   articles between calls: has this been seen, what is new in it?
``prepare(article)``   an article -> zones, credits, tokens, signature, fingerprints
``to_datasketch(s)``   a signature -> ``datasketch.LeanMinHash``, and back
=====================  =============================================================
"""

from __future__ import annotations

from dedup.background import Background
from dedup.config import Config
from dedup.errors import DedupError, IndexFault, InputError, UsageError
from dedup.index import Index
from dedup.pair import compare, load_background
from dedup.pipeline import prepare
from dedup.records import Article, Credit, Ledger, Passage, Quotation, Skipped
from dedup.results import Cluster, Comparison
from dedup.scan import ScanResult, scan
from dedup.sketch import from_datasketch, to_datasketch

__version__ = "0.1.0"

__all__ = [
    "Article",
    "Background",
    "Cluster",
    "Comparison",
    "Config",
    "Credit",
    "DedupError",
    "Index",
    "IndexFault",
    "InputError",
    "Ledger",
    "Passage",
    "Quotation",
    "ScanResult",
    "Skipped",
    "UsageError",
    "compare",
    "from_datasketch",
    "load_background",
    "prepare",
    "scan",
    "to_datasketch",
]
