"""Whether one experiment can go on with what another has trained."""

from __future__ import annotations

import pytest
from compared import experiment

from playground.errors import InvalidExperiment
from playground.experiment.network import check_same_network, check_same_split

OFFICIAL = {"data__validation": "official"}


@pytest.mark.parametrize(
    "changes",
    [{"data__split_seed": 5}, {"data__validation_share": 0.3}, {"data__validation": "holdout"}],
)
def test_images_that_the_parent_has_trained_on_validate_nothing(changes: dict[str, object]) -> None:
    parent = experiment(**(OFFICIAL if "data__validation" in changes else {}))
    with pytest.raises(InvalidExperiment, match=r"go on with its validation .* official test"):
        check_same_split(parent, experiment(**changes))


def test_the_same_split_and_the_official_test_images_do() -> None:
    check_same_split(experiment(), experiment(training__seed=7, optimizer__learning_rate=0.1))
    check_same_split(experiment(), experiment(**OFFICIAL, data__split_seed=5))


def test_another_network_is_named_with_the_way_back() -> None:
    with pytest.raises(InvalidExperiment, match=r"set hidden sizes back to 64\."):
        check_same_network(experiment(), experiment(model__hidden_sizes=[7]))
    with pytest.raises(InvalidExperiment, match=r"set classes back to all\."):
        check_same_network(experiment(), experiment(data__classes=["3", "5"]))
