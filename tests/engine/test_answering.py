"""Every question that a page can ask has an answer of the type it says."""

from __future__ import annotations

import math
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, get_args, get_type_hints

import pytest
from asking import ask, sent

from playground import lab
from playground.engine.answering import ANSWERERS
from playground.lab.linear_regression import RegressionQuestion
from playground.run import baselines, questions
from playground.run.questions import Question, answer_type, read_question


def kinds() -> set[type[Question[Any]]]:
    """Return every question that is written down."""
    modules = [
        baselines,
        questions,
        *(import_module(f"{lab.__name__}.{each.name}") for each in iter_modules(lab.__path__)),
    ]
    return {
        thing
        for module in modules
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, Question) and thing is not Question
    }


def test_every_question_has_an_answerer() -> None:
    assert kinds() == set(ANSWERERS)
    assert len({kind.__name__ for kind in ANSWERERS}) == len(ANSWERERS)


@pytest.mark.parametrize("kind", ANSWERERS, ids=lambda kind: kind.__name__)
def test_an_answer_is_of_the_type_that_the_question_says(kind: type[Question[Any]]) -> None:
    [*_, answer] = get_args(get_type_hints(ANSWERERS[kind])["return"])
    assert answer is answer_type(kind)


@pytest.mark.parametrize(
    "kind", [kind for kind in ANSWERERS if "lab" in kind.__module__], ids=lambda kind: kind.__name__
)
def test_a_question_of_the_lab_is_read_as_it_was_asked(kind: type[Question[Any]]) -> None:
    question = kind(**({"run": "some"} if kind.__name__ == "SealQuestion" else {}))
    assert read_question(kind, sent(question)) == question
    assert len({question, read_question(kind, sent(question))}) == 1  # asked once


def test_a_loss_without_end_comes_back_as_it_is() -> None:
    losses = ask(RegressionQuestion(steps=1000, learning_rate=1e-3)).by_hand
    assert len(losses) == 1000
    assert not math.isfinite(losses[-1])
