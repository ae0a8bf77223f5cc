"""Mistakes: the wrong answers, the worst first, and since when each is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

from playground.analysis.stored_answers import Integers, StoredAnswers, unbroken_since
from playground.analysis.wording import percent_text

LEAST_SHARE = 2.0**-25
"""What a probability stored as 0 was at most: half of the smallest float16."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of the image at `position`, after one epoch.

    `sure` is the probability of `said`, `given` that of the true class `truth`. `wrong_since` is
    the epoch from which on it was wrong at every stored one; -1 where the answer is right.
    """

    position: int
    truth: int
    said: int
    sure: float
    given: float
    wrong_since: int

    @property
    def loss(self) -> float:
        """The cross-entropy of the image in nats, as far as stored probabilities tell."""
        return -log(max(self.given, LEAST_SHARE))

    @property
    def is_right(self) -> bool:
        """Whether the likeliest class is the true one."""
        return self.said == self.truth


def worst_mistakes(answers: StoredAnswers) -> Integers:
    """Return the positions of all wrong answers after the last epoch, the largest loss first.

    Of those whose true class got as little, the surest come first.
    """
    wrong = np.flatnonzero(~answers.right[-1])
    return wrong[np.lexsort((-answers.sure[-1, wrong], answers.given[-1, wrong]))]


def answers_to(answers: StoredAnswers, positions: Integers) -> list[Answer]:
    """Return what was said of these images after the last epoch."""
    since = unbroken_since(answers.epochs, ~answers.right[:, positions])
    return [
        Answer(
            int(position),
            int(answers.labels[position]),
            int(answers.said[-1, position]),
            float(answers.sure[-1, position]),
            float(answers.given[-1, position]),
            int(wrong_since),
        )
        for position, wrong_since in zip(positions, since, strict=True)
    ]


def answer_text(answer: Answer, said: str, truth: str, called: str = "true class") -> str:
    """Return an answer in words, such as "says 7 with 98.0 %, true class 1 got 0.4 %".

    What is `called` the true class of a training image is the label it was given.
    """
    if answer.is_right:
        return f"says {said} with {share_text(answer.sure)}"
    sure, given = share_text(answer.sure), share_text(answer.given)
    return f"says {said} with {sure}, {called} {truth} got {given}"


def share_text(share: float) -> str:
    """Return a stored probability: none is 0 or 1, and what would round to it says so."""
    if share < 0.0005:
        return "less than 0.1 %"
    return "more than 99.9 %" if share >= 0.9995 else percent_text(share)


def since_text(answer: Answer, first: int) -> str:
    """Return since when an answer is wrong; `first` is the first epoch that is stored."""
    if answer.is_right:
        return ""
    if answer.wrong_since == first:
        return "wrong from the start" if not first else "never right in a stored epoch"
    return f"wrong since epoch {answer.wrong_since}"
