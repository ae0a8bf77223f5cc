"""Reading: what was brought becomes the arrays of a data set. Only ever in a process of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from playground.own.brought import SIDES, Brought, Wishes
from playground.own.decoding import decode, resize_pixels, size_of
from playground.own.files import File, files_in_folder, files_in_zip
from playground.own.limits import Limits
from playground.own.pile import Pile
from playground.own.refusals import LeftOut, Refused, Unreadable
from playground.own.sorting import Sorted, sort_files
from playground.own.tables import Table
from playground.own.writing import Before, write

_ASKED = 200  # files whose sizes decide the side where nobody wishes for one
_LARGEST_ALIKE = 96  # pixels: images that are all of one size up to this one keep it
_TELL_EVERY = 0.1  # seconds
_NO_IMAGE = 2**62  # marks that what is done now is done with all images
_NO_MEMORY = "It needs more memory to read than it may take."


@dataclass(eq=False, slots=True)
class Reading:
    """What a reading is given, and whom it tells.

    `tell` gets how many files are done of how many, `mark` the number of the one that comes next.
    Those of `avoid` are left out for the reason given: they ended the process before this one.
    """

    brought: Brought
    wishes: Wishes
    limits: Limits
    folder: Path
    tell: Callable[[int, int], None]
    mark: Callable[[int], None]
    avoid: dict[int, str] = field(default_factory=dict)
    before: Before | None = None
    left_out: LeftOut = field(default_factory=LeftOut)
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def read(self) -> dict[str, Any]:
        """Write the arrays and the samples to the folder, and return what was found as JSON.

        Raises `Refused`.
        """
        started = monotonic()
        pile = self._from_table() if self.brought.kind == "csv" else self._from_files()
        try:
            found = write(pile, self.wishes, self.folder, self.left_out, self.notes, self.before)
        finally:
            pile.close()
        area = sorted(self.sizes, key=lambda size: size[0] * size[1])
        return {
            **found,
            "skipped": self.left_out.told(),
            "sizes": [area[0], area[-1], len(area) == 1],
            "seconds": monotonic() - started,
        }

    def _from_files(self) -> Pile:
        listing = files_in_zip if self.brought.kind == "zip" else files_in_folder
        files = sorted(listing(self.brought.path, self.limits), key=lambda file: file.name)
        names = [file.name for file in files]
        chosen, around = sort_files(names, self.left_out, are_classes=self.before is not None)
        tables = [file for file in files if file.name.lower().endswith(".csv")]
        if not chosen and tables:
            return self._from_tables(tables)
        classes = Counter(each.class_name for each in chosen)
        if len(classes) > self.limits.classes:
            raise Refused(self.limits.too_many_classes(len(classes)))
        if not self.before and len(classes) < 2:
            raise Refused(self._too_few(classes, around))
        side = self.wishes.side or self._side([files[each.place] for each in chosen])
        pile = Pile(self.folder / "pixels", side, self.limits)
        told = 0.0
        for number, each in enumerate(chosen):
            if monotonic() - told > _TELL_EVERY:
                self.tell(number, len(chosen))
                told = monotonic()
            self._take(pile, files[each.place], each, number)
        self.tell(len(chosen), len(chosen))
        self.mark(_NO_IMAGE)
        return pile

    def _take(self, pile: Pile, file: File, each: Sorted, number: int) -> None:
        try:
            if number in self.avoid:
                raise Unreadable(self.avoid[number])
            self.mark(number)
            picture = decode(file.read(), pile.side, self.wishes.fit, self.limits)
        except Unreadable as error:
            self.left_out.add(str(error), file.name)
        except MemoryError:
            self.left_out.add(_NO_MEMORY, file.name)
        else:
            self.sizes[picture.size] += 1
            is_test = None if each.half is None else each.half == "test"
            pile.add(picture.pixels, each.class_name, file.name, is_test, picture.is_grey)

    def _side(self, files: list[File]) -> int:
        """Return the side that suits the sizes of the images."""
        sizes = set()
        step = max(1, len(files) // _ASKED)
        for number, file in enumerate(files[::step]):
            if number * step in self.avoid:
                continue
            self.mark(number * step)
            try:
                sizes.add(size_of(file.read(), self.limits))
            except (Unreadable, MemoryError):  # told when its turn comes
                continue
        if not sizes:
            return SIDES[0]
        first = min(next(iter(sizes)))
        if len(sizes) == 1 and min(SIDES) // 2 <= first <= _LARGEST_ALIKE:
            return first
        middle = float(np.median([min(size) for size in sizes]))
        return next((side for side in (64, 32, 28) if side <= middle), SIDES[0])

    def _from_table(self) -> Pile:
        path = self.brought.path
        if path.stat().st_size > self.limits.upload:
            raise Refused(
                f"The table is larger than {self.limits.upload // 1_000_000} MB, the most that is "
                "read: bring fewer lines."
            )
        with path.open("rb") as stream:
            table = Table(stream, path.name, self.limits, self.left_out)
            pile = self._pile_of(table)
            self._take_rows(table, pile, None)
        return pile

    def _from_tables(self, files: list[File]) -> Pile:
        """Read the tables of an archive: one, or one to train with and one to test with."""
        by_half = {
            half: next((file for file in files if half in file.name.lower()), None)
            for half in ("train", "test")
        }
        train, test = by_half["train"] or files[0], by_half["test"]
        pile: Pile | None = None
        for file, is_test in ((train, False), (test, True)):
            if file is None or (is_test and file is train):
                continue
            try:
                with file.open() as stream:
                    table = Table(stream, file.name, self.limits, self.left_out)
                    pile = pile or self._pile_of(table)
                    self._take_rows(table, pile, is_test if test is not None else None)
            except (Refused, Unreadable) as error:
                if pile is None or not is_test:
                    raise Refused(str(error)) from error
                self.notes.append(f"The table {file.name} is left out. {error}")
        assert pile is not None, "the first table makes it"
        return pile

    def _pile_of(self, table: Table) -> Pile:
        return Pile(self.folder / "pixels", self.wishes.side or table.side, self.limits)

    def _take_rows(self, table: Table, pile: Pile, is_test: bool | None) -> None:
        told, classes = 0.0, set(pile.classes)
        for number, row in enumerate(table.rows()):
            if monotonic() - told > _TELL_EVERY:
                self.mark(number)
                self.tell(number, 0)
                told = monotonic()
            if len(pile) >= self.limits.files:
                raise Refused(self.limits.too_many_files())
            classes.add(row.class_name)
            if len(classes) > self.limits.classes:
                raise Refused(self.limits.too_many_classes(len(classes)))
            pixels = row.values.astype(np.uint8)
            if is_grey := pixels.ndim == 2:
                pixels = np.repeat(pixels[..., None], 3, axis=2)
            if pile.side != table.side:
                pixels = resize_pixels(pixels, pile.side)
            self.sizes[table.side, table.side] += 1
            pile.add(pixels, row.class_name, f"line {number + 1}", is_test, is_grey)

    def _too_few(self, classes: Collection[str], around: str) -> str:
        way_out = (
            "Bring a folder for each class, called as the class is, at least two, with the images "
            "of the class in it."
        )
        if classes or around:
            name = next(iter(classes), around)
            return f"All images lie in one folder, “{name}”, so there is one class only. {way_out}"
        return " ".join(
            filter(None, ("No images in folders were found.", self.left_out.sentence(), way_out))
        )
