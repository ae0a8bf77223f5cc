"""Piece: what a piece of the concept lab takes and returns."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any, TypeAlias

from playground.engine.images.shelf import DataShelf
from playground.run.records import PreparationRecord

Findings: TypeAlias = dict[str, Any]
Inputs: TypeAlias = Mapping[str, Any]

# A generator, so that a piece that takes a while reports progress and lets runs have their turn.
Piece: TypeAlias = Callable[[Inputs, DataShelf], Generator[PreparationRecord, None, Findings]]
