"""The exception tree.

DedupError
├─ InputError          one article is bad: it is reported as skipped and the run goes on
│  ├─ TooLarge         over a bound of limits.py
│  ├─ Undecodable      not text: binary, or too many bytes that are no UTF-8
│  └─ Malformed        not what its format promises: broken JSON, a field of the wrong type, no text
├─ IndexFault          the run stops, nothing is half written
│  ├─ IndexLocked      somebody else has the index open in a way that does not go together with this one
│  ├─ IndexMismatch    made with another Config, or by a newer version of this package
│  └─ IndexDamaged     what is read is not what was written
└─ UsageError          the call is wrong: it says what was given and what is allowed
"""

from __future__ import annotations


class DedupError(Exception):
    """Anything this package raises on purpose."""


class InputError(DedupError):
    """One article cannot be used.

    ``place`` names where it came from (``file`` or ``file:line``), ``reason`` what is wrong with it.
    """

    def __init__(self, reason: str, place: str = "") -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
        self.reason = reason
        self.place = place


class TooLarge(InputError):  # noqa: N818 - the word a user reads; the tree says what it is
    """The input is over a bound of limits.py."""


class Undecodable(InputError):  # noqa: N818
    """The bytes are not text."""


class Malformed(InputError):  # noqa: N818
    """The input is not what its format promises."""


class IndexFault(DedupError):  # noqa: N818
    """The index or an output cannot be written or read; nothing is half written."""


class IndexLocked(IndexFault):
    """Another process has the index open and does not share it."""


class IndexMismatch(IndexFault):
    """The index was made with another Config or in a newer format."""


class IndexDamaged(IndexFault):
    """The index holds something else than what was written."""


class UsageError(DedupError):
    """The call is wrong."""
