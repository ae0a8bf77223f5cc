"""Writing: a pile of images becomes the files of a data set, and the account of what is in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.own.brought import Wishes
from playground.own.halves import draw_test
from playground.own.likeness import alike
from playground.own.pile import ArraysFile, Pile
from playground.own.refusals import LeftOut, Refused
from playground.own.sorting import in_order

_SAMPLES = 10  # of each class
_NAMED_PAIRS = 5
_HALVES = ("train", "test")
_AT_ONCE = 1024  # images written at a time


@dataclass(frozen=True, eq=False, slots=True)
class Before:
    """A data set that is added to: its classes and its arrays, and whether its test was named."""

    class_names: tuple[str, ...]
    arrays: dict[str, NDArray[Any]]
    has_own_test: bool

    @classmethod
    def read(cls, file: Path, class_names: Sequence[str], has_own_test: bool) -> Before:
        """Read the arrays of a data set of ours."""
        with np.load(file, allow_pickle=False) as arrays:
            return cls(tuple(class_names), {name: arrays[name] for name in arrays}, has_own_test)

    def counts(self, half: str) -> list[int]:
        """Return how many images of each class a half has."""
        found = np.bincount(self.arrays[f"{half}_labels"], minlength=len(self.class_names))
        return [int(count) for count in found]


def write(
    pile: Pile,
    wishes: Wishes,
    folder: Path,
    left_out: LeftOut,
    notes: list[str],
    before: Before | None,
) -> dict[str, Any]:
    """Write `arrays.npz` and `samples.npz`, and return what is in them; raises `Refused`."""
    if not len(pile):
        raise Refused(
            f"None of the images can be read. {left_out.sentence()} Bring PNG, JPEG, WebP, BMP or "
            "GIF files."
        )
    has_own_test, is_test = _halves(pile, wishes, notes, before)
    kept = _with_training(pile, is_test, left_out, before)
    names = _class_names(pile, kept, before)
    label_of = {name: label for label, name in enumerate(names)}
    channels = _channels(pile, wishes, before)
    places = {
        "train": [place for place in kept if not is_test[place]],
        "test": [place for place in kept if is_test[place]],
    }
    labels = {
        half: np.array([label_of[pile.classes[place]] for place in places[half]], np.int64)
        for half in _HALVES
    }
    file = ArraysFile(folder / "arrays.npz", names)
    counts = {}
    for half in _HALVES:
        old = before.arrays[f"{half}_inputs"] if before else None
        old_labels = before.arrays[f"{half}_labels"] if before else np.zeros(0, np.int64)
        whole = np.concatenate([old_labels, labels[half]])
        shape = (len(whole), channels, pile.side, pile.side)
        file.write(f"{half}_inputs", shape, "|u1", _portions(old, pile, places[half], channels))
        file.write(f"{half}_labels", (len(whole),), "<i8", iter([whole]))
        counts[half] = [int(n) for n in np.bincount(whole, minlength=len(names))]
    if not sum(counts["test"]):
        raise Refused(
            "Every class has one image only, or the same one several times: bring two of one class "
            "at least, so that one can be kept to test with."
        )
    fingerprint = file.close()
    _write_samples(folder / "samples.npz", pile, places["train"], labels["train"], channels)
    if lonely := sum(train == 1 for train in counts["train"]):
        notes.append(f"{lonely:,} of {len(names):,} classes have one image only to train on.")
    thumbnails = np.array(pile.thumbnails)
    pairs = alike(thumbnails[places["test"]], thumbnails[places["train"]])
    shown = [
        (pile.names[places["test"][test]], pile.names[places["train"][train]])
        for test, train in pairs[:_NAMED_PAIRS]
    ]
    return {
        "class_names": names,
        "counts": counts,
        "image_shape": [channels, pile.side, pile.side],
        "has_own_test": has_own_test,
        "near_duplicates": len(pairs),
        "duplicate_examples": shown,
        "fingerprint": fingerprint,
        "bytes": (folder / "arrays.npz").stat().st_size,
        "notes": notes,
    }


def _halves(
    pile: Pile, wishes: Wishes, notes: list[str], before: Before | None
) -> tuple[bool, list[bool]]:
    """Return whether the test images are named, and which images they are."""
    if before and before.has_own_test:
        return True, [False] * len(pile)
    if not before and True in pile.tests and False in pile.tests:
        return True, [each is True for each in pile.tests]
    if not before and (True in pile.tests or False in pile.tests):
        notes.append("One of the halves has no image that can be read: test images were drawn.")
    there = (
        {
            name: (train, test)
            for name, train, test in zip(
                before.class_names, before.counts("train"), before.counts("test"), strict=True
            )
        }
        if before
        else {}
    )
    return False, draw_test(pile.classes, pile.digests, wishes.test_share, there)


def _with_training(
    pile: Pile, is_test: list[bool], left_out: LeftOut, before: Before | None
) -> list[int]:
    """Return the places of the images whose class has something to train on."""
    trained = {name for name, test in zip(pile.classes, is_test, strict=True) if not test}
    trained |= set(before.class_names if before else ())
    kept = []
    for place, name in enumerate(pile.classes):
        if name in trained:
            kept.append(place)
        else:
            left_out.add("Its class has test images and no training images.", pile.names[place])
    return kept


def _class_names(pile: Pile, kept: Sequence[int], before: Before | None) -> list[str]:
    found = in_order(pile.classes[place] for place in kept)
    if before:
        return [*before.class_names, *(name for name in found if name not in before.class_names)]
    if len(found) < 2:
        raise Refused(
            f"Only images of one class, “{found[0]}”, can be read: bring at least two classes."
        )
    return list(found)


def _channels(pile: Pile, wishes: Wishes, before: Before | None) -> int:
    if before:
        return int(before.arrays["train_inputs"].shape[1])
    return 1 if wishes.colour == "grey" or (wishes.colour == "auto" and pile.is_grey) else 3


def _portions(
    old: NDArray[Any] | None, pile: Pile, places: Sequence[int], channels: int
) -> Iterator[NDArray[Any]]:
    if old is not None:
        for start in range(0, len(old), _AT_ONCE):
            yield old[start : start + _AT_ONCE]
    yield from pile.images(places, channels)


def _write_samples(
    file: Path, pile: Pile, places: Sequence[int], labels: NDArray[np.int64], channels: int
) -> None:
    """Write some training images of each class, from all over it."""
    chosen = np.sort(
        np.concatenate(
            [
                here[np.unique(np.linspace(0, len(here) - 1, _SAMPLES).astype(int))]
                for label in np.unique(labels)
                for here in [np.flatnonzero(labels == label)]
            ]
            or [np.zeros(0, np.int64)]
        )
    )
    images = [*pile.images([places[place] for place in chosen], channels)]
    empty = np.zeros((0, channels, pile.side, pile.side), np.uint8)
    np.savez(
        file, allow_pickle=False, images=np.concatenate([empty, *images]), labels=labels[chosen]
    )
