"""Seal: how often the test images of a run have been looked at, when, and what they said."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from playground.errors import PlaygroundError
from playground.run.folder import RunFolder


@dataclass(frozen=True, slots=True)
class Opening:
    """One look at the test images. Accuracies are shares from 0 to 1.

    `opened_at` is in seconds since 1970; `nonce` tells one press of the button from another.
    """

    nonce: str
    opened_at: float
    epoch: int
    images: int
    validation_accuracy: float
    test_accuracy: float


def openings_file(run_id: str) -> Path:
    """Return the file, in a run's folder, of its openings; raises `UnknownRun`."""
    return RunFolder.of(run_id).openings


def openings(run_id: str) -> tuple[Opening, ...]:
    """Return a run's openings, the first one first; none while the seal is whole.

    Raises `UnknownRun`, and `PlaygroundError` where the file is there and cannot be read: to take
    that for a whole seal would let the test set be opened for the first time twice.
    """
    file = openings_file(run_id)
    try:
        if file.exists() and not file.is_file():  # of a pipe the end would never come
            raise ValueError("it is no file")
        return tuple(Opening(**fields) for fields in json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError) as error:
        raise PlaygroundError(
            f"How often the test set of this run was opened cannot be read: {error}. The file is "
            f"{file.name} in the run's folder: mend it, or remove it to count anew."
        ) from None
