"""Two headlines: what the second keeps of the first. Apart from the ledger, and never evidence of reuse."""

from __future__ import annotations

from dedup import kernels
from dedup.records import Headlines


def headlines(reference: str | None, article: str | None) -> Headlines:
    """Compare two headlines word by word; one that is missing shares nothing."""
    keys_r, starts_r, ends_r = kernels.match_keys(reference or "")
    keys_d, starts_d, ends_d = kernels.match_keys(article or "")
    number = {key: at for at, key in enumerate(dict.fromkeys(keys_r + keys_d))}
    common = kernels.common_subsequence([number[k] for k in keys_r], [number[k] for k in keys_d])
    words_r, words_d = set(keys_r), set(keys_d)
    both = len(words_r & words_d)
    total = len(keys_r) + len(keys_d)
    return Headlines(
        reference=reference,
        article=article,
        kept=both / max(1, len(words_r)),
        in_reference=both / max(1, len(words_d)),
        dice=2 * len(common) / total if total else 0.0,
        added=_printed(article or "", keys_d, starts_d.tolist(), ends_d.tolist(), words_r),
        dropped=_printed(reference or "", keys_r, starts_r.tolist(), ends_r.tolist(), words_d),
    )


def _printed(text: str, keys: list[str], starts: list[int], ends: list[int], known: set[str]) -> tuple[str, ...]:
    """The words of ``text`` whose keys are not ``known``, as printed, each once."""
    found = {k: text[a:b] for k, a, b in reversed(list(zip(keys, starts, ends, strict=True))) if k not in known}
    return tuple(reversed(found.values()))
