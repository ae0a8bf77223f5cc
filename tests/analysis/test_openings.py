"""What is said of the sealed test set: its errors, and how often it was looked at."""

from __future__ import annotations

import pytest

from playground.analysis.openings import looks_text, sealed_text
from playground.run.seal import Opening


def opening(at: float = 1.0, validation: float = 0.95, test: float = 0.93) -> Opening:
    return Opening(f"nonce {at}", at, 5, 360, validation, test)


def test_test_accuracy_and_difference_carry_their_errors() -> None:
    # Wilson's interval of 335 of 360; Newcombe's of 335 of 360 less 205 of 216.
    assert sealed_text(opening(), 216) == (
        "On new images the accuracy lies between 89.9 % and 95.3 % (Wilson's 95 % interval, 360 "
        "test images). From validation to test: −2.0 points, 95 % interval −5.7 to +2.5 points "
        "with the errors of both (216 validation images): chance alone may do that."
    )
    assert sealed_text(opening(test=0.8), 216).endswith("more than chance.")


@pytest.mark.parametrize(
    ("looks", "validated", "text"),
    [
        ({"mine": [1.0]}, 0, "Opened once: this counts."),
        ({"mine": [1.0], "other": []}, 0, "Opened once: this counts."),
        ({"mine": [1.0, 2.0]}, 0, "2 times, in 1 run: only the first look counts as a test, that"),
        ({"mine": [1.0], "other": [2.0]}, 0, "2 times, in 2 runs: only the first look counts as a"),
        ({"mine": [3.0], "other": [2.0]}, 0, "counts as a test, in another run."),
        ({"mine": []}, 1, "Whoever trained this run has validated on them in 1 run: no look at"),
        ({"mine": [3.0]}, 2, "once, and validated on them in 2 runs: no look at them counts"),
    ],
)
def test_looks_are_counted_over_all_runs_of_a_person(
    looks: dict[str, list[float]], validated: int, text: str
) -> None:
    by_run = {name: [opening(at) for at in times] for name, times in looks.items()}
    assert text in looks_text(by_run, "mine", validated)


def test_nothing_is_said_before_the_first_look_and_the_owner_is_spoken_to() -> None:
    assert looks_text({"mine": []}, "mine", 0) == ""
    assert looks_text({"mine": [], "other": [opening()]}, "mine", 0, is_mine=True) == (
        "You have opened the test images of this data set once: only the first look counts as a "
        "test, in another run."
    )
