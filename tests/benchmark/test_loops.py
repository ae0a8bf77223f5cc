from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from processes import finish, start_process

from playground.benchmark import images as images_module
from playground.benchmark.__main__ import Server
from playground.benchmark.bench import Bench
from playground.benchmark.cases import CASES, Case
from playground.benchmark.images import MEANS, STDS, Images
from playground.benchmark.limit import Limit, ReadyBatches
from playground.benchmark.machine import has_bfloat16
from playground.benchmark.others import OTHERS, ReadyImages, installed
from playground.benchmark.own import Own
from playground.benchmark.tutorial import Tutorial, TutorialImages
from playground.engine.images.shelf import DataShelf
from playground.engine.images.sources.loading import ImageDataset, ImageSource
from playground.engine.machine.preparation import Preparation
from playground.experiment import catalog
from playground.run.records import PreparationRecord

COUNT = 12
DETERMINISTIC = [name for name in CASES if name not in ("cnn_20_50_mnist", "convnet_16_32_mnist")]


def few_images(dataset: str, real: bool = False) -> Images:
    generator = torch.Generator().manual_seed(1)
    entry = catalog.DATASETS[dataset]
    parts = [images_module._random(entry, COUNT, generator) for _ in range(2)]
    return Images(dataset, ImageSource(*parts), real)


def small(name: str, batch_size: int) -> Case:
    case = CASES[name]
    return Case(case.name, case.label, {**case.changes, "training.batch_size": batch_size})


def images_of(case: Case) -> Images:
    return few_images(case.changes["data.dataset"])


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("precision", ["float32", "mixed"])
def test_every_case_is_an_experiment_of_the_true_sizes(name: str, precision: str) -> None:
    case = CASES[name]
    training, validation = case.images
    experiment = case.experiment(training, precision, "cpu")
    entry = catalog.DATASETS[experiment.data.dataset]
    assert (training, validation) == (entry.training_images, entry.test_images)
    assert experiment.data.training_images is None
    assert experiment.training.precision == precision
    assert experiment.data.validation == "official"


@pytest.mark.parametrize("name", CASES)
def test_a_part_of_an_epoch_has_the_same_share_of_validation_images(name: str) -> None:
    case = CASES[name]
    assert case.part(case.images[0]) == case.images
    training, validation = case.part(case.images[0] // 10)
    assert validation == case.images[1] // 10
    assert case.part(1) == (1, 1)
    assert case.experiment(training, "float32", "cpu").data.training_images == training


@pytest.mark.parametrize("dataset", sorted(MEANS))
def test_images_that_are_not_here_are_random_ones_of_the_true_sizes(dataset: str) -> None:
    images = Images.of(dataset)
    entry = catalog.DATASETS[dataset]
    assert not images.real
    assert images.source.train.images.shape == (entry.training_images, *entry.image_shape)
    assert len(images.source.test) == entry.test_images
    assert images.source.train.images.dtype == torch.uint8
    assert images.source.train.labels.unique().tolist() == list(range(10))
    assert images.source.train.images[:100].float().std() > 60


def test_images_that_are_here_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    source = few_images("mnist").source

    def load(name: str, download: bool) -> Preparation[ImageSource]:
        assert not download
        yield PreparationRecord("Loading")
        return source

    monkeypatch.setattr(images_module, "is_available", lambda name: True)
    monkeypatch.setattr(images_module, "load_dataset", load)
    images = Images.of("mnist")
    assert images.real
    assert images.source is source


@pytest.mark.parametrize("dataset", sorted(MEANS))
def test_the_tutorial_and_the_playground_normalize_alike(dataset: str) -> None:
    case = next(case for case in CASES.values() if case.changes["data.dataset"] == dataset)
    images = few_images(dataset)
    data = images.part(COUNT, COUNT)
    tutorial = Tutorial(case.experiment(COUNT * 100, "float32", "cpu"), images, data)
    loader = tutorial._test_loader
    assert isinstance(loader.dataset, TutorialImages)
    ready = data.normalization.apply(data.validation.images)
    for place in range(COUNT):
        image, label = loader.dataset[place]
        torch.testing.assert_close(image, ready[place], atol=1e-5, rtol=0)
        assert label == data.validation.labels[place]
    assert len(MEANS[dataset]) == len(STDS[dataset]) == len(ready[0])


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_all_three_loops_come_to_the_same_network(name: str) -> None:
    # One batch is an epoch: then the order of the images means nothing. Dropout is left out.
    case = small(name, COUNT)
    images = images_of(case)
    data = images.part(COUNT, COUNT)
    experiment = case.experiment(COUNT, "float32", "cpu")
    shelf = DataShelf()
    own_train, own = Own(experiment, data, shelf).epoch()
    tutorial_train, tutorial = Tutorial(experiment, images, data).epoch()
    limit = Limit(experiment, ReadyBatches.of(experiment, data), threads=1)
    limit.epoch()
    inputs = data.normalization.apply(data.validation.images)
    with torch.no_grad():
        logits = limit.model(inputs)
    barest = torch.nn.functional.cross_entropy(logits, data.validation.labels).item()
    assert tutorial_train == pytest.approx(own_train, rel=1e-4)
    assert tutorial == pytest.approx(own, rel=1e-2)
    assert barest == pytest.approx(own, rel=1e-2)


@pytest.mark.parametrize("precision", ["float32", "mixed"])
def test_a_bench_times_every_loop_with_the_threads_it_is_to_have(precision: str) -> None:
    case = small("softmax_mnist", 4)
    bench = Bench(case, "cpu", few_images("mnist"), default_threads=2)
    threads = {}
    for loop in ("playground", "limit", "tutorial", "playground", "limit"):
        assert bench.seconds(loop, precision, COUNT) > 0
        threads[loop] = bench.threads
    assert threads == {"tutorial": 2, "playground": 1, "limit": 1}


def test_the_limit_has_all_images_in_batches_and_in_order() -> None:
    case = small("cnn_20_50_mnist", 5)
    data = few_images("mnist").part(COUNT, COUNT)
    batches = ReadyBatches.of(case.experiment(COUNT, "float32", "cpu"), data)
    assert [len(labels) for _, labels in batches.train] == [5, 5, 2]
    assert torch.cat([labels for _, labels in batches.validation]).equal(data.validation.labels)
    together = torch.cat([inputs for inputs, _ in batches.train])
    assert together.equal(data.normalization.apply(data.train.images))
    coloured = small("convnet_7_cifar10", 5)
    data = few_images("cifar10").part(COUNT, COUNT)
    batches = ReadyBatches.of(coloured.experiment(COUNT, "float32", "cpu"), data)
    assert batches.train[0][0].is_contiguous(memory_format=torch.channels_last)


def test_a_part_shares_the_pixels_of_the_whole() -> None:
    images = few_images("mnist")
    data = images.part(5, 3)
    assert (len(data.train), len(data.validation)) == (5, 3)
    whole: ImageDataset = images.source.train
    assert data.train.images.data_ptr() == whole.images.data_ptr()


def test_a_device_that_is_not_here_is_answered_with_a_sentence() -> None:
    for request in (
        {"environment": "cuda:77"},
        {"case": "softmax_mnist", "loop": "playground", "precision": "float32", "images": 256}
        | {"device": "cuda:77"},
    ):
        answer = Server().answer(request)
        assert answer["invalid"]
        assert answer["problem"].startswith("This machine has no device cuda:77")


def test_a_cpu_has_bfloat16_where_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for found, expected in (
        ({"avx512_bf16": True, "amx_bf16": False}, True),
        ({"amx_bf16": True}, True),
        ({"avx2": True, "avx512_bf16": False}, False),
        ({}, False),
    ):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda found=found: found)
        assert has_bfloat16(torch.device("cpu")) is expected


def test_a_library_that_fails_is_answered_and_a_loop_of_ours_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(self: Bench, *asked: object) -> float:
        raise RuntimeError("no layer")

    monkeypatch.setattr(Bench, "seconds", broken)
    monkeypatch.setattr(Images, "of", lambda dataset: few_images(dataset))
    request = {"case": "softmax_mnist", "precision": "float32", "images": 256, "device": "cpu"}
    answer = Server().answer({**request, "loop": "keras"})
    assert answer == {"problem": "RuntimeError: no layer", "invalid": False}
    with pytest.raises(RuntimeError):
        Server().answer({**request, "loop": "limit"})


@pytest.fixture(params=OTHERS)
def library(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if name not in installed():  # to import Keras would choose what computes for it
        pytest.skip(f"{name} is not installed")
    return name


@pytest.mark.parametrize("name", ["mlp_128_mnist", "convnet_7_cifar10"])
def test_another_library_comes_to_the_same_network_epoch_by_epoch(library: str, name: str) -> None:
    # One batch is an epoch: then the order of the images means nothing.
    case = small(name, COUNT)
    images = images_of(case)
    data = images.part(COUNT, COUNT)
    experiment = case.experiment(COUNT, "float32", "cpu")
    tutorial = Tutorial(experiment, images, data)
    other = OTHERS[library](experiment, ReadyImages.of(data))
    losses = [tutorial.epoch() for _ in range(4)]
    assert losses[3][0] < 0.8 * losses[0][0]
    for expected in losses:
        assert other.epoch() == pytest.approx(expected, rel=1e-2)


def test_another_library_trains_on_batches_of_the_same_size(library: str) -> None:
    case = small("mlp_128_mnist", 5)
    ready = ReadyImages.of(few_images("mnist").part(COUNT, COUNT))
    sizes = []
    forward = torch.nn.Linear.forward

    def watched(layer: torch.nn.Linear, inputs: torch.Tensor) -> torch.Tensor:
        if layer.in_features == 784:
            sizes.append(len(inputs))
        return forward(layer, inputs)

    other = OTHERS[library](case.experiment(COUNT, "float32", "cpu"), ready)
    other.epoch()  # Keras sets its model up with it
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.nn.Linear, "forward", watched)
        other.epoch()
    assert sizes == [5, 5, 2] * 2


def test_another_library_says_nothing_and_leaves_nothing(
    library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    process = start_process("-m", "playground.benchmark")
    assert process.stdin is not None
    request = {"case": "softmax_mnist", "precision": "float32", "images": 512, "device": "cpu"}
    for _ in range(2):
        process.stdin.write(json.dumps({**request, "loop": library}).encode() + b"\n")
    status, output, errors = finish(process)
    assert (status, errors) == (0, "")
    assert [set(json.loads(line)) for line in output.splitlines()] == [
        {"seconds", "threads", "real_images"}
    ] * 2
    assert list(tmp_path.iterdir()) == []


def test_the_process_answers_line_by_line_and_ends_with_its_input() -> None:
    process = start_process("-m", "playground.benchmark")
    assert process.stdin is not None
    process.stdin.write(json.dumps({"environment": "cpu"}).encode() + b"\n")
    status, output, errors = finish(process)
    assert (status, errors) == (0, "")
    [answer] = map(json.loads, output.splitlines())
    assert answer["device"] == "cpu"
    assert answer["torch"] == torch.__version__
    assert answer["cores"] >= 1
    assert answer["cpu"]
