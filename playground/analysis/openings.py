"""What the test images said, how sure that is, and how often one person has looked at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from playground.analysis.estimates import difference_of_shares, leaves_out_zero, wilson
from playground.analysis.wording import (
    counted,
    interval_text,
    percent_text,
    points_text,
    verdict_text,
)
from playground.run.seal import Opening


def sealed_text(opening: Opening, validation_images: int) -> str:
    """Return the test accuracy and how far it lies from validation's, both with their errors."""
    right = round(opening.test_accuracy * opening.images)
    low, high = wilson(right, opening.images)
    validated = round(opening.validation_accuracy * validation_images)
    apart = difference_of_shares((validated, validation_images), (right, opening.images))
    difference = opening.test_accuracy - opening.validation_accuracy
    return (
        f"On new images the accuracy lies between {percent_text(low)} and {percent_text(high)} "
        f"(Wilson's 95 % interval, {counted(opening.images, 'test image')}). From validation to "
        f"test: {points_text(difference)}, 95 % interval {interval_text(apart)} with the errors "
        f"of both ({validation_images:,} validation images): "
        f"{verdict_text(leaves_out_zero(apart))}."
    )


def looks_text(
    looks: Mapping[str, Sequence[Opening]], run_id: str, validated: int, *, is_mine: bool = False
) -> str:
    """Return how often one person has looked at the test images of a data set, and if it counts.

    `looks` are the openings by the runs of that person; in `validated` further runs the test
    images were looked at after every epoch. Only the very first look is a test: whatever was
    chosen after it was chosen with the test images. "" where nobody has looked.
    """
    opened = sum(map(len, looks.values()))
    runs = sum(bool(each) for each in looks.values())
    first = min(
        ((each[0].opened_at, name) for name, each in looks.items() if each), default=(0.0, "")
    )[1]
    if opened == 1 and first == run_id and not validated:
        return "Opened once: this counts."
    told = []
    if opened:
        times = "once" if opened == 1 else f"{opened} times, in {counted(runs, 'run')}"
        told.append(f"opened the test images of this data set {times}")
    if validated:
        told.append(f"validated on them in {counted(validated, 'run')}")
    if not told:
        return ""
    who = "You have" if is_mine else "Whoever trained this run has"
    text = f"{who} {', and '.join(told)}"
    if validated:
        return f"{text}: no look at them counts as a test any more."
    where = "that of this run" if first == run_id else "in another run"
    return f"{text}: only the first look counts as a test, {where}."
