"""Verification: that a run's plain script came to the run's numbers, stamped on the run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from playground.run.folder import RunFolder
from playground.run.info import RunInfo
from playground.run.part_files import write_whole
from playground.run.records import EpochRecord
from playground.run.snapshot import RunSnapshot

COMPARED = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
"""The numbers of an epoch that a script prints, in its order."""

TOLERANCE = 0.02
"""How far numbers may lie apart where they cannot be the same to the last digit.

Of a loss above 1 it is the share of it.
"""

_LARGEST = 100_000  # bytes; a stamp takes about five hundred
_Word = Annotated[str, Field(max_length=500)]


@dataclass(frozen=True, slots=True)
class Verification:
    """What was compared, and what came of it.

    `tolerance` is 0 where the numbers should be the same to the last digit, and `why` then empty:
    else it says why they need not be. `difference` is the largest one, found at `number` of
    `epoch`; both are empty where there is none. `versions` are those that the script ran with.
    """

    epochs: int
    planned: int
    tolerance: float
    why: _Word
    difference: float
    number: _Word
    epoch: int
    is_within: bool
    threads: int
    device: _Word
    versions: _Word
    at: float

    @property
    def is_exact(self) -> bool:
        """Whether every number is the same to the last digit."""
        return self.difference == 0

    @property
    def sentence(self) -> str:
        """Return the stamp in words."""
        what = (
            f"loss and accuracy in training and validation of {self.epochs} "
            f"epoch{'s' if self.epochs > 1 else ''}"
        )
        where = (
            f"{self.versions}, {self.device}, {self.threads} "
            f"thread{'s' if self.threads > 1 else ''}"
        )
        if self.is_exact:
            return f"The script came to the run's numbers to the last digit: {what} ({where})."
        farthest = (
            f"the largest difference is {self.difference:.2g}, in the "
            f"{self.number.replace('_', ' ')} of epoch {self.epoch}"
        )
        allowed = (
            f"Up to {self.tolerance:g} (above 1, that share of the number) is allowed, as "
            f"{self.why}."
            if self.tolerance
            else "They should be the same to the last digit: same arithmetic, same version."
        )
        verdict = "close to" if self.is_within else "not to"
        return f"The script came {verdict} the run's numbers: of {what}, {farthest}. {allowed}" + (
            f" ({where}.)"
        )


@dataclass(frozen=True, slots=True)
class _Document:
    version: Literal[1]
    stamp: Verification


_DOCUMENT = TypeAdapter(_Document)


def compare(
    records: Sequence[EpochRecord], printed: Sequence[Sequence[float]], tolerance: float
) -> tuple[float, str, int, bool]:
    """Return the largest difference, its number and epoch, and whether all are within tolerance.

    A number that is not finite is as far away as can be.
    """
    largest, where, at, is_within = 0.0, "", 0, True
    for record, values in zip(records, printed, strict=True):
        for name, value in zip(COMPARED, values, strict=True):
            truth = getattr(record, name)
            if value == truth:
                continue
            difference = abs(value - truth) if isfinite(value) else sys.float_info.max
            is_within = is_within and difference <= tolerance * max(1.0, abs(truth))
            if difference > largest:
                largest, where, at = difference, name, record.epoch
    return largest, where, at, is_within


def obstacle(info: RunInfo, snapshot: RunSnapshot) -> str:
    """Return why a run cannot be verified, as a sentence; empty where it can."""
    if info.parent:
        return (
            "This run went on from the weights of another one, and its script begins afresh: "
            "verify that other run."
        )
    if not snapshot.status.is_over:
        return "This run is not over: verify it when it is."
    if not snapshot.epochs or snapshot.started is None:
        return "This run has no whole epoch whose numbers a script could come to."
    return ""


def read_verification(run_id: str) -> Verification | None:
    """Return a run's stamp; None where it has none that can be read. Raises `UnknownRun`."""
    file = RunFolder.of(run_id).verification
    try:
        if file.stat().st_size > _LARGEST:
            return None
        return _DOCUMENT.validate_json(file.read_bytes()).stamp
    except (OSError, ValueError):
        return None


def write_verification(run_id: str, stamp: Verification) -> None:
    """Keep a run's stamp instead of the one before; raises `OSError`."""
    write_whole(RunFolder.of(run_id).verification, _DOCUMENT.dump_json(_Document(1, stamp)))
