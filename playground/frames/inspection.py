"""Stored answers as tables: confusion, classes over epochs, lives of images, reliability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from playground.analysis.calibration import Reliability
from playground.analysis.cartography import Cartography
from playground.analysis.confusion import ClassScores, Shares, shares
from playground.analysis.estimates import wilson
from playground.analysis.stored_answers import Integers, StoredAnswers
from playground.analysis.wording import percent_text

Measure = Literal["counts", "row %", "column %"]
MEASURES: tuple[Measure, ...] = ("counts", "row %", "column %")

_LINE_POINTS = 200  # of the coverage curve


def confusion_frame(
    counts: Integers, names: Sequence[str], measure: Measure, chosen: tuple[int, int] | None
) -> pd.DataFrame:
    """Return a row per cell of a confusion matrix that is not empty, and the chosen one.

    `strength` is the value by that of the largest of its kind: right answers and confused ones
    each have their own, so that the many right ones do not outshine the others.
    """
    whole = {
        "counts": np.ones_like(counts),
        "row %": counts.sum(axis=1, keepdims=True) + 0 * counts,
        "column %": counts.sum(axis=0, keepdims=True) + 0 * counts,
    }[measure]
    values = np.nan_to_num(shares(counts, whole))
    is_right = np.eye(len(counts), dtype=bool)
    largest = [max(values[kind].max(initial=0.0), 1e-9) for kind in (~is_right, is_right)]
    shown = counts > 0
    if chosen:
        shown[chosen] = True
    truth, said = np.nonzero(shown)
    picked = values[truth, said]
    right = truth == said
    return pd.DataFrame(
        {
            "truth": np.asarray(names, dtype=object)[truth],
            "said": np.asarray(names, dtype=object)[said],
            "truth_number": truth,
            "said_number": said,
            "count": counts[truth, said],
            "text": [
                f"{value:,.0f}" if measure == "counts" else f"{100 * value:.0f}" for value in picked
            ],
            "right": right,
            "strength": picked / np.where(right, largest[1], largest[0]),
            "chosen": (truth == chosen[0]) & (said == chosen[1]) if chosen else False,
        }
    )


def scores_frame(scores: ClassScores, names: Sequence[str]) -> pd.DataFrame:
    """Return a row per class: precision, recall and F1 in percent, and how many images it has."""
    columns = {"Precision": scores.precision, "Recall": scores.recall, "F1": scores.f1}
    percents = {name: 100 * values for name, values in columns.items()}
    return pd.DataFrame({"Class": list(names), **percents, "Images": scores.support})


def class_accuracy_frame(
    counts: Integers, epochs: Sequence[int], names: Sequence[str], chosen: int | None
) -> pd.DataFrame:
    """Return the accuracy of each class over the epochs, from `confusions` `[E, C, C]`."""
    right = np.diagonal(counts, axis1=1, axis2=2)
    accuracy = shares(right, counts.sum(axis=2))
    classes = len(names)
    return pd.DataFrame(
        {
            "epoch": np.repeat(np.asarray(epochs), classes),
            "class": list(names) * len(epochs),
            "accuracy": accuracy.ravel(),
            "chosen": np.tile(
                np.arange(classes) == (-1 if chosen is None else chosen), len(epochs)
            ),
        }
    ).dropna()


def life_frame(answers: StoredAnswers, rows: Sequence[Integers]) -> pd.DataFrame:
    """Return a row per group of images and epoch: the mean probability of the true class."""
    if not rows:
        return pd.DataFrame(columns=["row", "epoch", "given", "images"])
    order = np.concatenate(rows)
    sizes = np.array([len(row) for row in rows])
    starts = np.append(0, np.cumsum(sizes)[:-1])
    given = answers.given[:, order].astype(np.float32)
    means = np.add.reduceat(given, starts, axis=1) / sizes
    epochs = len(answers.epochs)
    return pd.DataFrame(
        {
            "row": np.tile(np.arange(len(rows)), epochs),
            "epoch": np.repeat(np.asarray(answers.epochs), len(rows)),
            "given": means.ravel().round(4),
            "images": np.tile(sizes, epochs),
        }
    )


def cartography_frame(found: Cartography, positions: Integers, images: Integers) -> pd.DataFrame:
    """Return a row per image at `positions`; `images` are the numbers of all in the data set."""
    return pd.DataFrame(
        {
            "position": positions,
            "image": images[positions],
            "mean": found.mean[positions].round(4),
            "spread": found.spread[positions].round(4),
            "right": found.right[positions].round(4),
            "region": found.regions[positions].astype(object),
        }
    )


def image_frame(answers: StoredAnswers, position: int, names: Sequence[str]) -> pd.DataFrame:
    """Return a row per epoch of one image: the true class's probability, what was said."""
    said = answers.said[:, position]
    return pd.DataFrame(
        {
            "epoch": answers.epochs,
            "given": answers.given[:, position].astype(np.float64),
            "said": [names[number] for number in said],
            "right": answers.right[:, position],
        }
    )


def reliability_frame(series: dict[str, Reliability]) -> pd.DataFrame:
    """Return a row per bin of each series, with the 95 % interval of its accuracy by Wilson."""
    rows = [
        (name, mean, right / images, *wilson(int(right), int(images)), images)
        for name, found in series.items()
        for mean, right, images in zip(found.confidence, found.right, found.images, strict=True)
    ]
    columns = ["series", "confidence", "accuracy", "low", "high", "images"]
    return pd.DataFrame(rows, columns=columns)


def coverage_frame(
    share: Shares, accuracy: Shares, answered: int, right: int, images: int
) -> pd.DataFrame:
    """Return the curve of accuracy by the share answered, and the point at the threshold."""
    kept = np.unique(np.linspace(0, len(share) - 1, _LINE_POINTS).astype(int))
    frame = pd.DataFrame(
        {"coverage": share[kept], "accuracy": accuracy[kept], "is_threshold": False}
    )
    if answered:
        frame.loc[len(frame)] = [answered / images, right / answered, True]
    frame["text"] = [
        f"{percent_text(right)} right of the surest {percent_text(part)}"
        for right, part in zip(frame["accuracy"], frame["coverage"], strict=True)
    ]
    return frame
