"""Each form of the kernels in turn: the readable twins and every instruction set of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest

from dedup.kernels import _native, compiled, reference


@contextmanager
def _in_use(name: str) -> Iterator[None]:
    before = _native.isa()
    _native.use_isa(name)
    try:
        yield
    finally:
        _native.use_isa(before)


@pytest.fixture(scope="module", params=_native.isas())
def isa(request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of an instruction set, which the compiled kernels use."""
    with _in_use(request.param):
        yield request.param


@pytest.fixture(scope="module", params=["reference", *_native.isas()])
def form(request: pytest.FixtureRequest) -> Iterator[ModuleType]:
    """All kernels: the twins, or the compiled ones with an instruction set."""
    if request.param == "reference":
        yield reference
    else:
        with _in_use(request.param):
            yield compiled
