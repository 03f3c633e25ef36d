"""Two headlines: what the second keeps of the first. Apart from the ledger, and never evidence of reuse."""

from __future__ import annotations

from dedup import kernels
from dedup.records import Headlines, Tokens


def headlines(reference: str | None, article: str | None) -> Headlines:
    """Compare two headlines word by word; one that is missing shares nothing."""
    tokens_r, tokens_d = kernels.tokenise(reference or ""), kernels.tokenise(article or "")
    keys_r, keys_d = tokens_r.keys, tokens_d.keys
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
        added=_printed(article or "", tokens_d, words_r),
        dropped=_printed(reference or "", tokens_r, words_d),
    )


def _printed(text: str, tokens: Tokens, known: set[str]) -> tuple[str, ...]:
    """The words of ``text`` whose keys are not ``known``, as printed, each once."""
    places = zip(tokens.keys, tokens.starts.tolist(), tokens.ends.tolist(), strict=True)
    found = {key: text[a:b] for key, a, b in reversed(list(places)) if key not in known}
    return tuple(reversed(found.values()))
