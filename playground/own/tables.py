"""Tables: CSV files with a label and the pixels of one image in each line, read line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isqrt
from typing import IO

import numpy as np
from numpy.typing import NDArray

from playground.own.files import UNPACKING_ERRORS
from playground.own.limits import Limits
from playground.own.refusals import LeftOut, Refused
from playground.own.sorting import class_name

_LABELS = ("label", "class", "target", "y", "class_label", "digit")
_FORM = (
    "The table is to have a label first and then the pixels of a square image in each line, such "
    "as “label,pixel0,pixel1,…”: 784 pixels for 28×28 in grey, or three times as many for colour, "
    "all red ones first."
)
_NUMBERS = frozenset(b"0123456789.eE+-")


@dataclass(frozen=True, eq=False, slots=True)
class Row:
    """The class of one image of a table, and its pixels: `[n, n]`, or `[n, n, 3]` in colour."""

    class_name: str
    values: NDArray[np.float32]


class Table:
    """A table being read; `side` and `channels` are those of all of its images."""

    def __init__(self, stream: IO[bytes], name: str, limits: Limits, left_out: LeftOut) -> None:
        """Read the first line; raises `Refused` where it is that of no such table."""
        self._stream, self._name = stream, name
        self._limits, self._left_out = limits, left_out
        first = self._line().lstrip(b"\xef\xbb\xbf")
        self._comma = max((b",", b";", b"\t"), key=first.count)
        cells = [_word(cell) for cell in first.split(self._comma)]
        self._columns = len(cells)
        self._first: bytes | None = first
        self._label = 0
        are_words = any(cell and not _is_number(cell) for cell in cells[1:])
        if are_words or cells[0].casefold() in _LABELS:  # a line of names
            self._first = None
            named = [place for place, cell in enumerate(cells) if cell.casefold() in _LABELS]
            self._label = named[0] if named else 0
        self.side, self.channels = self._shape(self._columns - 1)
        self.scale = 0.0  # what makes levels from 0 to 255 of its numbers; decided by the first

    def rows(self) -> Iterator[Row]:
        """Yield the rows that are whole; the others are counted as left out."""
        number, line = 1, self._first if self._first is not None else self._line()
        while line:
            number += 1
            if (text := line.strip()) and (row := self._row(text, number)):
                yield row
            line = self._line()

    def _row(self, line: bytes, number: int) -> Row | None:
        cells = line.split(self._comma)
        shown = f"{self._name}, line {number}"
        if len(cells) != self._columns:
            self._left_out.add("The line has more or fewer columns than the first one.", shown)
            return None
        name = _word(cells.pop(self._label))
        try:
            values = np.array(cells, dtype=np.bytes_).astype(np.float32)
        except ValueError:
            self._left_out.add("The line has pixels that are no numbers.", shown)
            return None
        if not ((values >= 0) & (values <= 255)).all():  # what is no number lies nowhere
            self._left_out.add("The line has pixels that are not from 0 to 255.", shown)
            return None
        if not name:
            self._left_out.add("The line has no label.", shown)
            return None
        if not self.scale:
            self.scale = 255.0 if values.max() <= 1 and (values % 1).any() else 1.0
        values = np.minimum(np.rint(values * self.scale), 255).astype(np.float32)
        planes = values.reshape(self.channels, self.side, self.side)
        return Row(class_name(name), planes[0] if self.channels == 1 else planes.transpose(1, 2, 0))

    def _line(self) -> bytes:
        try:
            line = self._stream.readline(self._limits.line + 1)
        except UNPACKING_ERRORS as error:
            raise Refused("The table is damaged, and cannot be read to its end.") from error
        if len(line) > self._limits.line:
            raise Refused(self._limits.too_wide())
        return line

    def _shape(self, pixels: int) -> tuple[int, int]:
        if pixels > self._limits.columns:
            raise Refused(self._limits.too_wide())
        for channels in (1, 3):
            side = isqrt(pixels // channels)
            if side > 1 and side * side * channels == pixels:
                return side, channels
        raise Refused(
            f"The first line of the table has {pixels + 1:,} columns, which is no label and a "
            f"square image. {_FORM}"
        )


def _word(cell: bytes) -> str:
    return cell.decode(errors="replace").strip().strip('"').strip()


def _is_number(cell: str) -> bool:
    return set(cell.encode()) <= _NUMBERS
