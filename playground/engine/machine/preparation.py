"""What comes before the first epoch, as generators that report progress and return a result."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TypeAlias, TypeVar

from playground.run.records import PreparationRecord

T = TypeVar("T")

_CHUNK_BYTES = 1 << 24  # handled between two records: 10 to 100 ms of work

# `result = yield from preparation` inside a generator; `drain(preparation)` anywhere else.
Preparation: TypeAlias = Generator[PreparationRecord, None, T]


def at_once(bytes_each: int) -> int:
    """Return how many items of so many bytes are handled between two records: at least one."""
    return max(1, _CHUNK_BYTES // bytes_each)


def portions(total: int, size: int) -> Iterator[slice]:
    """Cut `total` items into slices of at most `size`, in order."""
    return (slice(start, min(start + size, total)) for start in range(0, total, size))
