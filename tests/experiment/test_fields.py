from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.errors import InvalidExperiment, UnknownChoice
from playground.experiment import Experiment
from playground.experiment.fields import (
    Limits,
    allowed_keys,
    assignment,
    description,
    limits,
    paths,
    title,
)
from playground.experiment.settings import SECTIONS

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize("path", paths())
def test_every_setting_has_a_title_and_a_sentence_of_description(path: str) -> None:
    assert title(path)
    assert "_" not in title(path)
    assert [other for other in paths() if title(other) == title(path)] == [path]
    assert description(path).endswith(".")
    assert description(path)[0].isupper()


@pytest.mark.parametrize("path", ["", "data", "data.nope", "nope.dataset", "a.b.c"])
def test_an_unknown_path_is_its_own_title(path: str) -> None:
    assert title(path) == path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("optimizer.learning_rate", Limits(1e-5, 10.0)),
        ("training.epochs", Limits(1, 1000)),
        ("training.seed", Limits(0, 2**31 - 1)),
        ("model.hidden_sizes", Limits(None, 32)),
        ("data.training_images", Limits(10, None)),
        ("data.dataset", Limits(None, None)),
        ("model.batch_norm", Limits(None, None)),
    ],
)
def test_limits_are_those_of_the_field(path: str, expected: Limits) -> None:
    assert limits(path) == expected


NUMBERS = [
    path
    for path in paths()
    if limits(path).minimum is not None and isinstance(Experiment().get(path), int | float)
]


@pytest.mark.parametrize("path", NUMBERS)
def test_both_ends_of_a_range_are_legal_and_the_next_number_is_not(path: str) -> None:
    # 60,000 images, so that the largest batch size meets its own limit and not the data's.
    start = Experiment().replace({"data.dataset": "mnist", "data.validation": "official"})
    bounds = limits(path)
    for bound, away in ((bounds.minimum, -math.inf), (bounds.maximum, math.inf)):
        assert bound is not None
        whole = isinstance(bound, int)
        beyond = bound + math.copysign(1, away) if whole else math.nextafter(bound, away)
        with pytest.raises(InvalidExperiment, match=r"must be at (least|most)"):
            start.replace({path: int(beyond) if whole else beyond})
        if path == "training.batch_size" and away > 0:
            continue
        assert start.replace({path: bound}).get(path) == bound


def test_the_allowed_keys_are_those_of_the_section() -> None:
    assert allowed_keys("") == ["data", "model", "optimizer", "training"]
    for section in SECTIONS:
        assert [f"{section}.{key}" for key in allowed_keys(section)] == [
            path for path in paths() if path.startswith(f"{section}.")
        ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("training.epochs=5", ("training.epochs", 5)),
        (" training.epochs =5", ("training.epochs", 5)),
        ("optimizer.learning_rate=1e-3", ("optimizer.learning_rate", 0.001)),
        ("model.hidden_sizes=[128, 64]", ("model.hidden_sizes", [128, 64])),
        ("model.batch_norm=true", ("model.batch_norm", True)),
        ("data.image_size=null", ("data.image_size", None)),
        ("data.dataset=mnist", ("data.dataset", "mnist")),
        ('data.dataset="mnist"', ("data.dataset", "mnist")),
        ("training.device=cuda:0", ("training.device", "cuda:0")),
        ("data.dataset=a=b", ("data.dataset", "a=b")),
        ("data.dataset=", ("data.dataset", "")),
    ],
)
def test_an_assignment_is_json_where_it_can_be_and_else_text(
    text: str, expected: tuple[str, object]
) -> None:
    assert assignment(text) == expected


def test_an_assignment_without_an_equals_sign_shows_how_to_write_one() -> None:
    with pytest.raises(InvalidExperiment, match=r'"epochs 5" sets nothing: .*training\.epochs=5'):
        assignment("epochs 5")


def test_an_assignment_to_no_setting_lists_them() -> None:
    told = r'setting "epochs".*data\.dataset, .*Did you mean training\.epochs\?'
    with pytest.raises(UnknownChoice, match=told):
        assignment("epochs=5")


@pytest.mark.parametrize("value", ["[" * 100_000, "9" * 5000, "1e999", "NaN"])
def test_an_assignment_of_a_monstrous_value_is_still_an_assignment(value: str) -> None:
    assert assignment(f"training.epochs={value}")[0] == "training.epochs"


@given(ANY_TEXT | st.tuples(st.sampled_from(paths()), ANY_TEXT).map("=".join))
def test_any_assignment_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        assert assignment(text)[0] in paths()
    except InvalidExperiment as error:
        assert str(error)[-1] in ".?"
        assert str(error).isprintable()
