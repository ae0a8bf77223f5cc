"""The choice of classes: as people type it, "cat, dog", and as an experiment keeps it, by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from playground.errors import InvalidExperiment, did_you_mean, shorten
from playground.experiment.entries import DatasetEntry

_TOLD = 12  # names in a sentence: a data set may have a hundred thousand


def parse_classes(text: str) -> list[str]:
    """Return the names or numbers in `text`, separated by commas, in brackets or not.

    "all" and an empty text are no choice. Whether there are such is the experiment's affair.
    """
    typed = text.strip().removeprefix("[").removesuffix("]").strip()
    if typed.casefold() == "all":
        return []
    return [part.strip().strip("\"'") for part in re.split(r"[,;]", typed) if part.strip()]


def chosen_classes(chosen: Sequence[object], entry: DatasetEntry) -> tuple[str, ...]:
    """Return the names of the classes `chosen` by name or number, in the order of their labels.

    The choice of all is kept as none at all: it is the same run. Raises `InvalidExperiment` for
    what is no class of the data set, and for a single one.
    """
    wanted = {_name(each, entry) for each in chosen}
    names = tuple(dict.fromkeys(name for name in entry.class_names if name in wanted))
    if len(names) == 1:
        raise InvalidExperiment(
            f"With the class {shorten(names[0])} alone there is nothing to tell apart: choose at "
            f"least two classes of {entry.label}, or none for all of them."
        )
    return () if len(names) == len(set(entry.class_names)) else names


def _name(wanted: object, entry: DatasetEntry) -> str:
    """Return the name of one class; a name goes before a number, as digits are called by theirs."""
    names = entry.class_names
    if isinstance(wanted, str):
        for name in names:
            if wanted.strip().casefold() == name.casefold():
                return name
    text = str(wanted).strip()
    if re.fullmatch(r"\d{1,6}", text) and int(text) < len(names):
        return names[int(text)]
    told = ", ".join(islice(names, _TOLD)) + (", …" if len(names) > _TOLD else "")
    raise InvalidExperiment(
        f"{entry.label} has no class {shorten(wanted)}: choose of {told}, or of their numbers from "
        f"0 to {len(names) - 1}.{did_you_mean(text, names)}"
    )
