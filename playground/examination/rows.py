"""Rows: what came of each case as it is kept, one line of CSV a case."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from playground.examination.cases import HEALTHY
from playground.run.part_files import replacing


@dataclass(frozen=True, slots=True)
class Row:
    """What came of a case. `first` is the first diagnosis; `fix` is JSON, as its settings are.

    The last three are None where nothing was proposed or tried: whether the fix did better than
    the case by 2 standard errors, better than a change at random, and whether that did better.
    """

    dataset: str
    name: str
    rule: str
    is_harmful: bool
    is_found: bool
    is_right: bool
    first: str
    others: str
    notes: str
    fix: str = ""
    helps: bool | None = None
    beats: bool | None = None
    random_helps: bool | None = None

    @property
    def is_healthy(self) -> bool:
        """Whether nothing was planted."""
        return self.rule == HEALTHY


_NAMES = tuple(field.name for field in fields(Row))
_TRUTH = {"yes": True, "no": False, "": None}
_TEXT = {value: text for text, value in _TRUTH.items()}


def write_rows(file: Path, rows: Iterable[Row]) -> None:
    """Keep the rows; raises `OSError`."""
    with replacing(file) as part, part.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(_NAMES)
        for row in rows:
            writer.writerow([_text(value) for value in asdict(row).values()])


def read_rows(file: Path) -> list[Row]:
    """Read what `write_rows` wrote; raises `OSError`, and `KeyError` for what it did not."""
    with file.open(newline="", encoding="utf-8") as stream:
        return [Row(**_values(each)) for each in csv.DictReader(stream)]


def as_json(settings: object) -> str:
    """Return settings as they are kept, "" for none."""
    return "" if settings is None else json.dumps(settings, sort_keys=True)


def _text(value: str | bool | None) -> str:
    return value if isinstance(value, str) else _TEXT[value]


def _values(line: dict[str, str]) -> dict[str, Any]:
    kinds = {field.name: str(field.type) for field in fields(Row)}
    return {name: line[name] if kinds[name] == "str" else _TRUTH[line[name]] for name in _NAMES}


def share(rows: Sequence[Row], name: str) -> tuple[int, int]:
    """Return of how many rows `name` is true, and of how many it is true or false."""
    known = [getattr(row, name) for row in rows if getattr(row, name) is not None]
    return sum(known), len(known)
