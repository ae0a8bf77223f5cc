from __future__ import annotations

import inspect
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import errors
from playground.errors import (
    InvalidExperiment,
    PlaygroundError,
    UnknownChoice,
    did_you_mean,
    shorten,
)

CLASSES = [
    value
    for value in vars(errors).values()
    if inspect.isclass(value) and issubclass(value, PlaygroundError)
]


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    drawn: dict[str, str] = {}
    above: list[tuple[int, str]] = []  # the column and the name of each class on the way down
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"[│├└─\s]*([A-Z]\w+)(\s{2,}\S|$)", line)
        if not found:
            continue
        column, name = found.start(1), found.group(1)
        above = [item for item in above if item[0] < column]
        drawn[name] = above[-1][1] if above else "Exception"
        above.append((column, name))
    assert drawn == {each.__name__: each.__bases__[0].__name__ for each in CLASSES}


@pytest.mark.parametrize("error", CLASSES)
def test_every_error_is_caught_as_a_playground_error_and_documented(
    error: type[PlaygroundError],
) -> None:
    assert issubclass(error, PlaygroundError)
    assert (error.__doc__ or "").splitlines()[0].endswith(".")


def test_an_unknown_choice_names_the_value_the_choices_and_the_nearest() -> None:
    error = UnknownChoice("optimizer", "Adamm", ["sgd", "adam"])
    assert str(error) == ('Unknown optimizer "Adamm": choose one of sgd, adam. Did you mean adam?')
    assert isinstance(error, InvalidExperiment)


def test_an_unknown_choice_near_to_nothing_ends_with_the_choices() -> None:
    assert str(UnknownChoice("optimizer", "zzz", iter(["sgd", "adam"]))).endswith("sgd, adam.")


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("MNIST", "mnist"),
        (" mnist ", "mnist"),
        ("fashion-mnist", "fashion_mnist"),
        ("epochs", "training.epochs"),
        ("", None),
        (None, None),
        (5, None),
    ],
)
def test_the_nearest_choice_is_suggested(name: object, suggestion: str | None) -> None:
    choices = ["mnist", "fashion_mnist", "training.epochs"]
    expected = f" Did you mean {suggestion}?" if suggestion else ""
    assert did_you_mean(name, choices) == expected


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("abc", '"abc"'),
        ("", '""'),
        (3, '"3"'),
        (None, '"null"'),
        (True, '"true"'),
        ([1, None], '"[1, null]"'),
        ("a\nb\x1b[31m", '"a\\nb\\x1b[31m"'),
        ("\ud800", '"\\ud800"'),
        ("größer ∞", '"größer ∞"'),
        ("x" * 60, f'"{"x" * 60}"'),
        ("x" * 61, f'"{"x" * 59}…"'),
    ],
)
def test_a_value_is_quoted_on_one_line_that_prints(value: object, quoted: str) -> None:
    assert shorten(value) == quoted


def test_a_monstrous_name_is_near_to_nothing() -> None:
    assert did_you_mean("x" * 1_000_000, ["mnist"]) == ""
    assert did_you_mean(10**5000, ["mnist"]) == ""


def test_a_number_too_long_to_write_is_named_by_its_type() -> None:
    assert shorten(10**5000) == '"int"'


def test_a_value_nested_beyond_python_is_named_by_its_type() -> None:
    value: list[object] = []
    for _ in range(sys.getrecursionlimit() * 50):
        value = [value]
    assert shorten(value) == '"list"'


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_quoted_so_that_it_prints(text: str) -> None:
    assert shorten(text).isprintable()
    shorten(text).encode()
