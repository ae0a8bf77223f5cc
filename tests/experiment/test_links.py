"""Links with something wrong in them: the rest holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.experiment import Experiment
from playground.experiment.fields import paths
from playground.experiment.links import follow_link


@pytest.mark.parametrize(
    ("query", "changes", "told"),
    [
        ({"training.epochs": "5"}, {"training.epochs": 5}, []),
        (
            {"training.epochs": "0", "foo": "1", "training.seed": "7"},
            {"training.seed": 7},
            ["Epochs 0 is too small", 'Unknown setting "foo"'],
        ),
        (
            # Only with the data set that comes after it is the batch legal.
            {"training.batch_size": "5000", "model.dropout": "2", "data.dataset": "mnist"},
            {"training.batch_size": 5000, "data.dataset": "mnist"},
            ["Dropout 2 is too large"],
        ),
        (
            {"model.architecture": "simple_cnn", "model.hidden_sizes": "none"},
            {"model.architecture": "simple_cnn", "model.hidden_sizes": [8, 16, 32]},
            ["The Simple CNN needs at least one hidden size"],
        ),
        ({"model.hidden_sizes": "256"}, {"model.hidden_sizes": [256]}, []),
        ({"model.hidden_sizes": "256, 12x"}, {}, ['Hidden sizes cannot contain "12x"']),
    ],
)
def test_what_is_wrong_in_a_link_is_told_and_the_rest_holds(
    query: dict[str, str], changes: dict[str, object], told: list[str]
) -> None:
    followed, problems = follow_link(query)
    assert followed == Experiment().replace(changes)
    assert len(problems) == len(told)
    assert all(problem.startswith(start) for problem, start in zip(problems, told, strict=True))


def test_a_thousand_wrong_keys_do_not_fill_the_screen() -> None:
    _, problems = follow_link({f"key{number}": "1" for number in range(1000)})
    assert len(problems) == 6
    assert problems[-1] == "And 995 more like these."


@given(st.dictionaries(st.sampled_from(paths()), st.sampled_from(["0", "1", "none", "mnist", "x"])))
def test_any_link_is_followed_as_far_as_it_can_be(query: dict[str, str]) -> None:
    followed, problems = follow_link(query)
    if not problems:
        assert Experiment.from_link(query) == followed
    assert len(followed.differences(Experiment())) + len(problems) <= len(query) + 1
