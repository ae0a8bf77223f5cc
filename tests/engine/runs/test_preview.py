from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny import data_of, tiny

from playground.engine.images.data import drain
from playground.engine.images.shelf import DataShelf
from playground.engine.runs.preview import preview
from playground.errors import DatasetUnavailable
from playground.experiment import Experiment, catalog
from playground.run.image_sets import WALL_SIZE, ImageSet, fixed_positions
from playground.run.records import Preview


def shown(
    experiment: Experiment, shelf: DataShelf | None = None, *, whole: bool = False
) -> Preview:
    return drain(preview(experiment, download=False, shelf=shelf, whole=whole))


def samples(found: Preview) -> dict[str, np.ndarray]:
    samples = ImageSet("samples", found.samples_key)
    arrays = {name: samples.array(name) for name in ("labels", "before", "after")}
    return {name: array for name, array in arrays.items() if array is not None}


@pytest.mark.usefixtures("few_digits")
def test_counts_are_those_of_each_class_and_role() -> None:
    found, data = shown(tiny()), data_of(tiny())
    assert found.class_names == tuple("0123456789")
    assert found.image_shape == (1, 8, 8)
    for role, dataset in (("train", data.train), ("validation", data.validation)):
        assert found.counts[role] == tuple(
            int((dataset.labels == number).sum()) for number in range(10)
        )
    assert [sum(counts) for counts in found.counts.values()] == [60, 15, 30]


@pytest.mark.usefixtures("few_digits")
@pytest.mark.parametrize("normalization", catalog.NORMALIZATIONS.names)
def test_samples_are_training_images_as_they_are_and_as_the_network_gets_them(
    normalization: str,
) -> None:
    experiment = tiny(data__normalization=normalization)
    found, data = shown(experiment), data_of(experiment)
    arrays = samples(found)
    assert (found.mean, found.std) == (data.normalization.mean, data.normalization.std)
    expected = (arrays["before"].astype(np.float32) - found.mean[0]) / found.std[0]
    assert arrays["after"] == pytest.approx(expected, abs=1e-5)
    assert sorted(arrays["labels"]) == arrays["labels"].tolist()
    assert all((arrays["labels"] == number).sum() <= 10 for number in range(10))
    first = data.train.images[data.train.labels == 3][0].numpy()
    assert np.array_equal(arrays["before"][arrays["labels"] == 3][0], first)


@pytest.mark.usefixtures("few_digits")
def test_samples_show_the_augmentation_and_follow_every_setting_that_changes_them() -> None:
    plain = shown(tiny())
    cropped = shown(tiny(data__augmentation="crop"))
    assert not np.array_equal(samples(plain)["after"], samples(cropped)["after"])
    assert np.array_equal(samples(plain)["before"], samples(cropped)["before"])
    others = [tiny(data__normalization="unit"), tiny(training__seed=1), tiny(data__image_size=16)]
    files = {shown(experiment).samples_key for experiment in others}
    assert len(files | {plain.samples_key, cropped.samples_key}) == 5


@pytest.mark.usefixtures("few_digits")
def test_a_setting_that_leaves_the_images_alone_needs_no_new_preparation() -> None:
    shelf = DataShelf()
    first = shown(tiny(), shelf)
    steps = preview(tiny(data__augmentation="crop"), download=False, shelf=shelf)
    assert next(steps, None) is None
    assert shown(tiny(), shelf) == first


@pytest.mark.usefixtures("few_digits")
def test_the_preview_writes_the_validation_images_of_the_wall_and_all_where_asked() -> None:
    of = tiny(data__validation_share=0.5, data__training_images=40)
    validation = data_of(of).validation
    few, whole = (
        ImageSet("validation", shown(of, whole=whole).validation_key) for whole in (False, True)
    )
    labels, images = whole.array("labels"), whole.array("images")
    assert labels is not None
    assert images is not None
    assert labels.tolist() == validation.labels.tolist()
    positions = fixed_positions(labels, WALL_SIZE)
    assert len(positions) == 24 < len(labels)
    for name in ("images", "labels", "indices"):
        mine, theirs = few.array(name), whole.array(name)
        assert mine is not None
        assert theirs is not None
        assert np.array_equal(mine, theirs[positions])
    assert fixed_positions(labels[positions], WALL_SIZE) == list(range(24))  # as the run's wall


def test_a_look_at_many_large_images_writes_few_megabytes(playground_home: Path) -> None:
    for seed in (0, 1):
        shown(tiny(data__dataset="shapes", data__image_size=64, data__training_images=None,
                   data__validation="official", training__seed=seed))  # fmt: skip
    assert sum(file.stat().st_size for file in (playground_home / "validation").rglob("*")) < 1e6
    assert sum(file.stat().st_size for file in (playground_home / "samples").rglob("*")) < 15e6


def test_images_that_are_not_here_are_not_fetched_unasked(playground_home: Path) -> None:
    with pytest.raises(DatasetUnavailable, match="MNIST"):
        shown(tiny(data__dataset="mnist"))
