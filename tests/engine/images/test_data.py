from __future__ import annotations

from collections.abc import Callable, Generator

import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from playground.engine.images import data as data_module
from playground.engine.images.data import TrainingData, drain, prepare_data
from playground.engine.images.normalization import NORMALIZATIONS, OWN, Normalization
from playground.engine.images.sources.dataset import Dataset, Source
from playground.engine.images.sources.splits import others, stratified
from playground.engine.images.spread import histogram, measure
from playground.engine.machine import preparation
from playground.errors import InvalidExperiment
from playground.experiment import catalog
from playground.experiment.settings import DataSettings, holdout_size
from playground.run.records import PreparationRecord

NAMES = catalog.DATASETS["shapes"].class_names
Prepare = Callable[..., TrainingData]


def images_of(labels: Tensor, seed: int, size: int = 8) -> Dataset:
    generator = torch.Generator().manual_seed(seed)
    shape = (len(labels), 3, size, size)
    images = torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)
    return Dataset(images, labels, NAMES)


LABELS = torch.tensor([0] * 70 + [1] * 37 + [3] * 13)  # class 2 and those above 3 are missing


@pytest.fixture
def source() -> Source:
    return Source(images_of(LABELS, 1), images_of(torch.arange(20) % 10, 2))


@pytest.fixture
def prepare(source: Source, monkeypatch: pytest.MonkeyPatch) -> Prepare:
    def load(name: str, download: bool) -> Generator[PreparationRecord, None, Source]:
        yield PreparationRecord("Loading")
        return source

    def run(seed: int = 0, **settings: object) -> TrainingData:
        chosen = DataSettings.model_validate({"dataset": "shapes", **settings})
        return drain(prepare_data(chosen, seed))

    monkeypatch.setattr(data_module, "load_dataset", load)
    return run


@pytest.mark.parametrize("count", [0, 1, 2, 7, 60, 119, 120])
def test_a_stratified_choice_has_exactly_the_number_asked_for(count: int) -> None:
    chosen = stratified(LABELS, count, torch.Generator().manual_seed(0))
    assert len(chosen) == count
    assert chosen.unique().tolist() == chosen.tolist()  # ascending, none twice
    for label in (0, 1, 3):
        members = int((label == LABELS).sum())
        assert abs(int((LABELS[chosen] == label).sum()) - count * members / 120) < 1


def test_a_stratified_choice_gives_the_odd_images_to_the_largest_remainders() -> None:
    labels = torch.tensor([0] * 5 + [1] * 3 + [2] * 2)  # of 4: shares of 2.0, 1.2 and 0.8
    chosen = stratified(labels, 4, torch.Generator().manual_seed(0))
    assert torch.bincount(labels[chosen]).tolist() == [2, 1, 1]


@pytest.mark.parametrize("count", [-1, 121])
def test_a_stratified_choice_of_more_than_there_are_is_an_error(count: int) -> None:
    with pytest.raises(ValueError, match="120"):
        stratified(LABELS, count, torch.Generator())


def test_others_are_the_positions_not_chosen() -> None:
    assert others(torch.tensor([1, 4]), 6).tolist() == [0, 2, 3, 5]


@pytest.mark.parametrize("share", [0.05, 0.15, 0.333, 0.5])
def test_a_hold_out_split_is_exact_disjoint_and_complete(prepare: Prepare, share: float) -> None:
    data = prepare(validation_share=share)
    assert len(data.validation) == holdout_size(120, share)
    together = torch.cat([data.train_indices, data.validation_indices])
    assert together.sort().values.tolist() == list(range(120))


def test_images_and_labels_are_those_at_the_positions(prepare: Prepare, source: Source) -> None:
    data = prepare(training_images=30)
    for part, indices in (
        (data.train, data.train_indices),
        (data.validation, data.validation_indices),
    ):
        assert torch.equal(part.images, source.train.images[indices])
        assert torch.equal(part.labels, source.train.labels[indices])
    assert torch.equal(data.test.images, source.test.images)
    assert data.class_names == NAMES
    assert data.image_shape == (3, 8, 8)


def test_the_split_seed_alone_moves_the_split(prepare: Prepare) -> None:
    first = prepare(seed=1, split_seed=3)
    again = prepare(split_seed=3, image_size=16, normalization="unit", augmentation="crop")
    other = prepare(seed=1, split_seed=4)
    assert torch.equal(first.validation_indices, again.validation_indices)
    assert not torch.equal(first.validation_indices, other.validation_indices)


def test_fewer_training_images_leave_the_validation_images_as_they_are(prepare: Prepare) -> None:
    everything, fewer = prepare(), prepare(training_images=20)
    assert torch.equal(everything.validation_indices, fewer.validation_indices)
    assert set(fewer.train_indices.tolist()) < set(everything.train_indices.tolist())
    assert torch.bincount(fewer.train.labels).tolist() == [12, 6, 0, 2]


def test_official_validation_is_the_test_images_and_trains_on_all(
    prepare: Prepare, source: Source
) -> None:
    data = prepare(validation="official", image_size=16)
    assert data.train_indices.tolist() == list(range(120))
    assert data.validation_indices.tolist() == list(range(20))
    assert torch.equal(data.validation.images, data.test.images)
    assert torch.equal(data.validation.labels, source.test.labels)


@pytest.mark.parametrize("validation", ["holdout", "official"])
def test_chosen_classes_alone_are_there_and_numbered_anew(
    prepare: Prepare, source: Source, validation: str
) -> None:
    data = prepare(classes=[NAMES[3], NAMES[0]], validation=validation, training_images=20)
    assert data.class_names == (NAMES[0], NAMES[3])
    official = source.test if validation == "official" else source.train
    for part, indices, whole in (
        (data.train, data.train_indices, source.train),
        (data.validation, data.validation_indices, official),
    ):
        assert torch.equal(part.images, whole.images[indices])
        assert torch.equal(part.labels, whole.labels[indices] // 3)
    assert torch.bincount(data.train.labels).tolist() == [17, 3]  # the shares of 70 and 13
    assert data.test.labels.tolist() == [0, 1, 0, 1]
    assert len(data.validation) == (4 if validation == "official" else holdout_size(83, 0.15))


def test_the_split_of_chosen_classes_is_drawn_by_the_split_seed(prepare: Prepare) -> None:
    pair = [NAMES[0], NAMES[1]]
    first, again, other = (prepare(classes=pair, split_seed=seed) for seed in (3, 3, 4))
    assert torch.equal(first.validation_indices, again.validation_indices)
    assert not torch.equal(first.validation_indices, other.validation_indices)
    assert set(torch.cat([first.train_indices, first.validation_indices]).tolist()) == set(
        range(107)
    )


def test_classes_without_images_are_refused(prepare: Prepare) -> None:
    with pytest.raises(InvalidExperiment, match="no images of the classes square, star"):
        prepare(classes=["square", "star"])


def test_more_training_images_than_there_are_is_a_sentence_with_both_numbers(
    prepare: Prepare,
) -> None:
    with pytest.raises(InvalidExperiment, match="103 training images are more than the 102"):
        prepare(training_images=103)


def test_a_single_training_image_cannot_be_split(
    prepare: Prepare, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    lone = Source(source.train.subset(torch.tensor([0])), source.test)
    monkeypatch.setattr(
        data_module, "load_dataset", lambda name, download: (yield from iter(())) or lone
    )
    with pytest.raises(InvalidExperiment, match="has 1 training images here"):
        prepare()
    assert len(prepare(validation="official").train) == 1


@pytest.mark.parametrize("size", [8, 16, 28, 64])
def test_resizing_is_bilinear_with_antialiasing_to_the_nearest_level(
    prepare: Prepare, source: Source, size: int
) -> None:
    data = prepare(image_size=size)
    exact = interpolate(
        source.train.images.double(), size=(size, size), mode="bilinear", antialias=True
    )[data.train_indices]
    assert data.train.images.dtype == torch.uint8
    assert data.image_shape == (3, size, size)
    assert float((data.train.images - exact).abs().max()) <= 1.5  # two roundings, one per axis


def test_resizing_in_portions_equals_resizing_at_once(
    prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = prepare(image_size=16)
    monkeypatch.setattr(preparation, "_CHUNK_BYTES", 3 * 16 * 16 * 7)
    cut = prepare(image_size=16)
    assert torch.equal(whole.train.images, cut.train.images)
    assert whole.normalization == cut.normalization
    assert whole.fingerprint == cut.fingerprint


def test_resizing_reports_progress_up_to_the_end(
    prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "_CHUNK_BYTES", 3 * 32 * 32 * 10)
    settings = DataSettings(dataset="shapes", image_size=32)
    fractions = [
        record.fraction
        for record in prepare_data(settings, 0)
        if record.message == "Resizing images to 32×32"
    ]
    assert fractions[:3] == [10 / 102, 20 / 102, 30 / 102]
    assert fractions.count(1.0) == 3  # training, test and validation images


def test_the_fingerprint_follows_everything_that_training_sees(
    prepare: Prepare, source: Source
) -> None:
    first = prepare().fingerprint
    assert prepare().fingerprint == first
    assert int(first, 16) > 0
    changes = [prepare(split_seed=1), prepare(image_size=16), prepare(training_images=50)]
    source.train.images[7, 0, 0, 0] ^= 1
    changes.append(prepare())
    source.train.images[7, 0, 0, 0] ^= 1
    source.train.labels[0] = 1
    changes.append(prepare())
    assert len({first, *(data.fingerprint for data in changes)}) == 6


def test_normalization_is_measured_on_the_training_images_used(prepare: Prepare) -> None:
    data = prepare(training_images=20, image_size=16)
    pixels = data.train.images.double()
    assert data.normalization.mean == pytest.approx(pixels.mean((0, 2, 3)).tolist(), rel=1e-12)
    std = pixels.std((0, 2, 3), correction=0).tolist()
    assert data.normalization.std == pytest.approx(std, rel=1e-12)


def normalization(name: str, inputs: Tensor) -> Normalization:
    return Normalization.of(name, drain(measure(inputs)))


def test_every_normalization_of_the_catalogue_has_numbers_and_no_other() -> None:
    assert {*NORMALIZATIONS, OWN} == set(catalog.NORMALIZATIONS.names)


@pytest.mark.parametrize(
    ("name", "black", "white"), [("symmetric", -1, 1), ("unit", 0, 1), ("none", 0, 255)]
)
def test_a_fixed_normalization_maps_black_and_white(name: str, black: float, white: float) -> None:
    images = torch.tensor([0, 255], dtype=torch.uint8).view(1, 1, 1, 2)
    found = normalization(name, images)
    for pixels in (images, images.float()):
        inputs = found.apply(pixels)
        assert inputs.dtype == torch.float32
        assert inputs.flatten().tolist() == [black, white]
        assert torch.equal(pixels, images)  # left alone


def test_the_data_set_normalization_gives_mean_zero_and_deviation_one() -> None:
    images = images_of(torch.arange(10), 6).images
    inputs = normalization("dataset", images).apply(images).double()
    assert inputs.mean((0, 2, 3)).tolist() == pytest.approx([0, 0, 0], abs=1e-6)
    assert inputs.std((0, 2, 3), correction=0).tolist() == pytest.approx([1, 1, 1], abs=1e-6)


def test_a_channel_of_one_colour_is_shifted_to_zero_and_not_divided() -> None:
    images = torch.full((2, 1, 3, 3), 9, dtype=torch.uint8)
    assert normalization("dataset", images) == Normalization((9.0,), (1.0,))
    assert normalization("dataset", images).apply(images).abs().sum() == 0


def test_a_histogram_counts_every_value_of_each_channel() -> None:
    images = torch.tensor([[[[0, 0]], [[255, 3]]]], dtype=torch.uint8)
    counts = histogram(images)
    assert counts[0, 0] == 2
    assert counts[1, [3, 255]].tolist() == [1, 1]
    assert counts.sum() == 4


def test_drain_gives_the_result_and_passes_errors_on() -> None:
    def good() -> Generator[PreparationRecord, None, int]:
        yield PreparationRecord("one", waiting=True)
        yield PreparationRecord("two")
        return 3

    def bad() -> Generator[PreparationRecord, None, int]:
        yield PreparationRecord("one")
        raise InvalidExperiment("no")

    assert drain(good()) == 3
    with pytest.raises(InvalidExperiment, match="no"):
        drain(bad())
