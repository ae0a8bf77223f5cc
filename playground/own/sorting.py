"""Sorting: which class and which half a file belongs to, by the folders it lies in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from playground.own.refusals import LeftOut
from playground.run.names import tidy

Half = Literal["train", "test"]

_TRAINING = frozenset({"train", "training", "train_images"})
_TEST = frozenset({"test", "testing", "test_images"})
_VALIDATION = frozenset({"val", "valid", "validation", "dev"})
_HALVES = _TRAINING | _TEST | _VALIDATION
LEADS_OUT = "Its path leads out of what was brought."
_LONGEST = 80  # letters of the name of a class

# What computers put beside files by themselves; nobody brought it, and nobody is told.
_SYSTEM = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
# What is no image by its name; anything else is looked into, whatever it is called.
_OTHER = re.compile(
    r"\.(txt|md|pdf|json|xml|ya?ml|html?|csv|tsv|py|ipynb|docx?|xlsx?|mat|npy|npz|pkl|pt|h5|"
    r"mp4|mov|avi|mkv|mp3|wav|svg|heic|heif|tiff?|psd|raw|dng|exe|db|log|ini)$",
    re.IGNORECASE,
)
_ARCHIVE = re.compile(r"\.(zip|tar|gz|tgz|bz2|xz|7z|rar)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sorted:
    """A file's place in the list it came in, its class, and its half; None where none is said."""

    place: int
    class_name: str
    half: Half | None


def sort_files(
    names: Sequence[str], left_out: LeftOut, *, are_classes: bool = False
) -> tuple[list[Sorted], str]:
    """Return the files that may be images of a class, and the folder that all of them are in.

    Folders around all of them mean nothing; then come the half, where there is one, and the class.
    With `are_classes` the outermost folders are known to be classes.
    """
    candidates = [
        (place, parts)
        for place, name in enumerate(names)
        if (parts := _parts(name, left_out)) is not None
    ]
    around = 0 if are_classes else _around([parts[:-1] for _, parts in candidates])
    found: list[Sorted] = []
    inside = [(place, parts[around:]) for place, parts in candidates]
    # With folders in them: else these are classes of trains and of tests.
    kinds = {parts[0].casefold() for _, parts in inside if len(parts) > 2}
    has_halves = bool(kinds & _TRAINING) and bool(kinds & (_TEST | _VALIDATION))
    has_halves = has_halves and not are_classes
    validates = has_halves and not kinds & _TEST
    for place, parts in inside:
        half: Half | None = None
        if has_halves:
            word = parts[0].casefold()
            if word not in _HALVES:
                left_out.add(
                    "It lies beside the folders that are called train and test.", names[place]
                )
                continue
            half = "test" if word in _TEST or (validates and word in _VALIDATION) else "train"
            parts = parts[1:]
        if len(parts) < 2:
            left_out.add("It lies in no folder of a class.", names[place])
            continue
        found.append(Sorted(place, class_name(parts[0]), half))
    shared = candidates[0][1][around - 1] if around and candidates else ""
    return found, shared


def class_name(text: str) -> str:
    """Return the name of a class as it is kept: one line of the usual spelling of its letters."""
    # None can be taken for two folders, or for one that is hidden.
    plain = unicodedata.normalize("NFC", text).replace("/", "∕").lstrip(".")
    return tidy(plain, _LONGEST) or "unnamed"


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names of classes by label: numbers in their order, words in that of letters."""
    unique = set(names)
    if all(re.fullmatch("[0-9]{1,9}", name) for name in unique):
        return tuple(sorted(unique, key=lambda name: (int(name), name)))
    return tuple(sorted(unique, key=lambda name: (name.casefold(), name)))


def _parts(name: str, left_out: LeftOut) -> list[str] | None:
    """Return the folders and the name of a file that may be an image; None for any other."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        left_out.add(LEADS_OUT, name)
        return None
    if not parts or any(part.startswith(".") or part.casefold() in _SYSTEM for part in parts):
        return None
    if _ARCHIVE.search(parts[-1]):
        left_out.add("It is an archive in what was brought: unpack it first.", name)
        return None
    if _OTHER.search(parts[-1]):
        left_out.add("It is no PNG, JPEG, WebP, BMP or GIF by its name.", name)
        return None
    return parts


def _around(folders: Sequence[list[str]]) -> int:
    """Return how many folders are around all files: the first that all have in common."""
    if not folders:
        return 0
    first, last = min(folders), max(folders)
    count = 0
    while count < min(len(first), len(last)) and first[count] == last[count]:
        count += 1
    return count
