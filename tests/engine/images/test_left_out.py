"""Training images can be left out; nothing else moves, and what measures stays whole."""

from __future__ import annotations

import pytest
import torch
from compared import experiment
from tiny import data_of, tiny

from playground.engine.images.data import TrainingData
from playground.errors import InvalidExperiment
from playground.experiment import Experiment, read_stored
from playground.experiment.fields import assignment

pytestmark = pytest.mark.usefixtures("few_digits")

EVERY = list(range(100))


def without(data: TrainingData, positions: list[int]) -> torch.Tensor:
    return ~torch.isin(data.train_indices, torch.tensor(positions))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"data__training_images": None},
        {"data__validation": "official"},
        {"data__classes": ["1", "2", "7"], "data__training_images": None},
        {"training__pitfalls": ["noisy_labels"]},
        {"training__pitfalls": ["shuffled_labels", "leaked"]},
        {"training__pitfalls": ["unseparated"]},
    ],
)
def test_only_training_images_go_and_the_others_keep_place_and_label(
    changes: dict[str, object],
) -> None:
    setup = tiny(training__batch_size=1, **changes)
    before = data_of(setup)
    some = before.train_indices[::3].tolist()
    gone = [
        position for position in {*some, *before.validation_indices[::2].tolist()} if position < 100
    ]
    after = data_of(setup.replace({"data.left_out": gone}))
    kept = without(before, gone)
    assert 0 < kept.sum() < len(before.train)
    torch.testing.assert_close(after.train_indices, before.train_indices[kept])
    torch.testing.assert_close(after.train.labels, before.train.labels[kept])
    torch.testing.assert_close(after.train.inputs, before.train.inputs[kept])
    for role in ("validation", "test"):
        mine, theirs = getattr(after, role), getattr(before, role)
        torch.testing.assert_close(mine.inputs, theirs.inputs)
        torch.testing.assert_close(mine.labels, theirs.labels)
    torch.testing.assert_close(after.validation_indices, before.validation_indices)


def test_leaving_out_nothing_is_the_same_data_and_leaving_out_all_is_refused() -> None:
    plain = data_of(tiny())
    assert data_of(tiny(data__left_out=[])).fingerprint == plain.fingerprint
    with pytest.raises(InvalidExperiment, match="All training images are left out"):
        data_of(tiny(data__left_out=EVERY, training__batch_size=1))


def test_a_number_that_no_training_image_has_is_told() -> None:
    with pytest.raises(InvalidExperiment, match=r"Image 1437 cannot be left out.*0 to 1436"):
        tiny(data__left_out=[5, 1437])
    with pytest.raises(InvalidExperiment, match="Image 100 cannot be left out"):
        data_of(tiny(data__left_out=[100]))
    with pytest.raises(InvalidExperiment, match=r"1001 images left out: at most 1000.*some of"):
        tiny(data__left_out=list(range(1001)))
    with pytest.raises(InvalidExperiment, match=r"Image left out -1 is too small"):
        tiny(data__left_out=[-1])
    with pytest.raises(InvalidExperiment, match='cannot contain "x"'):
        assignment("data.left_out=3, x")


def test_positions_are_sorted_travel_in_links_and_belong_to_their_data_set() -> None:
    setup = experiment(data__left_out=[507, 12, 507])
    assert setup.data.left_out == (12, 507)
    assert Experiment.from_link(setup.to_link()) == setup
    assert setup.to_link() == {"data.left_out": "[12,507]"}
    assert Experiment.from_link({"data.left_out": "507 12"}) == setup
    assert setup.chosen({"data.dataset": "shapes"}).data.left_out == ()


def test_an_experiment_stored_without_the_setting_is_the_same() -> None:
    older = Experiment().model_dump(mode="json")
    del older["data"]["left_out"]
    assert read_stored(older) == (Experiment(), "")
