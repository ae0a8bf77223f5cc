"""Brought: what somebody wants to make a data set of, and how they want it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playground.errors import InvalidExperiment

Kind = Literal["zip", "csv", "folder", "files"]
Colour = Literal["auto", "grey", "colour"]
Fit = Literal["crop", "pad"]

SIDES = (16, 28, 32, 48, 64, 96, 128)
"""The sides, in pixels, that images may be brought to."""

_SMALLEST_SIDE = 8


@dataclass(frozen=True, slots=True)
class Brought:
    """What is to be read at `path`: an archive or a table (a file), or a folder of class folders.

    "files" is a folder that we wrote ourselves: class folders with what a browser sent.
    """

    kind: Kind
    path: Path


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the images are to be: square, of `side` pixels; None lets their own sizes decide.

    `colour` "auto" keeps colour where any image has some. `fit` says what becomes of what is not
    square: cut to its middle, or filled up with black. `test_share` of each class becomes the test
    images where nothing brought is called test.
    """

    side: int | None = None
    colour: Colour = "auto"
    fit: Fit = "crop"
    test_share: float = 0.2

    def check(self) -> None:
        """Raise `InvalidExperiment` for what cannot be."""
        if self.side is not None and not _SMALLEST_SIDE <= self.side <= max(SIDES):
            raise InvalidExperiment(
                f"The side of the images is {self.side} pixels: choose from {_SMALLEST_SIDE} to "
                f"{max(SIDES)}."
            )
        if not 0.05 <= self.test_share <= 0.5:
            raise InvalidExperiment(
                f"The share of test images is {self.test_share:g}: choose from 0.05 to 0.5."
            )
