from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from playground.benchmark import images as images_module
from playground.benchmark import loops, processes
from playground.benchmark.bench import Bench
from playground.benchmark.cases import CASES, Case
from playground.benchmark.images import MEANS, STDS, Images
from playground.benchmark.machine import has_bfloat16
from playground.benchmark.others import OTHERS, installed
from playground.benchmark.processes import Ask, bench_process
from playground.engine.images.data import TrainingData
from playground.engine.images.sources.dataset import Source
from playground.engine.machine.preparation import Preparation
from playground.engine.models.building import build_model
from playground.errors import DeviceUnavailable, PlaygroundError
from playground.experiment import Experiment, catalog
from playground.run import threads
from playground.run.records import PreparationRecord

COUNT = 12
DETERMINISTIC = [name for name in CASES if name not in ("cnn_20_50_mnist", "convnet_16_32_mnist")]
SMALL = ("softmax_mnist", "playground", "float32", 256)


def few_images(dataset: str) -> Images:
    return Images.random(dataset, COUNT, COUNT)


def few(case: Case, batch_size: int) -> tuple[Experiment, TrainingData]:
    small = replace(case, batch_size=batch_size)
    data = few_images(case.dataset).part(COUNT, COUNT)
    return small.experiment(COUNT, "float32", "cpu"), data


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_case_is_an_experiment_of_the_true_sizes_and_so_are_its_parts(case: Case) -> None:
    training, validation = case.images
    entry = catalog.DATASETS[case.dataset]
    assert (training, validation) == (entry.training_images, entry.test_images)
    for precision in ("float32", "mixed"):
        experiment = case.experiment(training, precision, "cpu")
        assert experiment.data.training_images is None
        assert experiment.data.validation == "official"
        assert experiment.training.precision == precision
    assert case.part(training) == case.images
    assert case.part(training // 10) == (training // 10, validation // 10)
    assert case.part(1) == (1, 1)
    assert case.experiment(600, "float32", "cpu").data.training_images == 600


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
    data = images.part(5, 3)
    assert (len(data.train), len(data.validation)) == (5, 3)
    assert data.train.images.data_ptr() == images.source.train.images.data_ptr()  # no copy


def test_images_that_are_here_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    source = few_images("mnist").source

    def load(name: str, download: bool) -> Preparation[Source]:
        assert not download
        yield PreparationRecord("Loading")
        return source

    monkeypatch.setattr(images_module, "is_available", lambda name: True)
    monkeypatch.setattr(images_module, "load_dataset", load)
    images = Images.of("mnist")
    assert images.real
    assert images.source is source


@pytest.mark.parametrize("name", ["mlp_128_mnist", "mlp_128_cifar10"])
def test_the_tutorial_and_the_playground_normalize_alike(name: str) -> None:
    _, data = few(CASES[name], COUNT)
    dataset = CASES[name].dataset
    images = loops.TutorialImages(data.validation, dataset)
    ready = data.normalization.apply(data.validation.images)
    for place in range(COUNT):
        image, label = images[place]
        torch.testing.assert_close(image, ready[place], atol=1e-5, rtol=0)
        assert label == data.validation.labels[place]
    assert len(MEANS[dataset]) == len(STDS[dataset]) == len(ready[0])


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_all_three_loops_come_to_the_same_network(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One batch is an epoch: then the order of the images means nothing. Dropout is left out.
    experiment, data = few(CASES[name], COUNT)
    own = loops.playground(experiment, data)()
    assert loops.tutorial(experiment, data)() == pytest.approx(own, rel=1e-2)
    assert own
    models = []

    def build(*arguments: object) -> torch.nn.Module:
        models.append(build_model(*arguments))  # type: ignore[arg-type]
        return models[-1]

    monkeypatch.setattr(loops, "build_model", build)
    loops.limit(experiment, data)()
    with torch.no_grad():
        logits = models[0](data.normalization.apply(data.validation.images))
    barest = torch.nn.functional.cross_entropy(logits, data.validation.labels).item()
    assert barest == pytest.approx(own[1], rel=1e-2)


def test_the_limit_has_all_images_in_batches_and_in_order() -> None:
    experiment, data = few(CASES["cnn_20_50_mnist"], 5)
    batches = loops.ready_batches(experiment, data, data.train, 5)
    assert [len(labels) for _, labels in batches] == [5, 5, 2]
    assert torch.cat([labels for _, labels in batches]).equal(data.train.labels)
    together = torch.cat([inputs for inputs, _ in batches])
    assert together.equal(data.normalization.apply(data.train.images))
    experiment, data = few(CASES["convnet_7_cifar10"], 5)
    [(inputs, _), *_] = loops.ready_batches(experiment, data, data.train, 5)
    assert inputs.is_contiguous(memory_format=torch.channels_last)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Return a bench that computes with two threads and has few images, in batches of 4."""
    monkeypatch.setattr(Images, "of", few_images)
    monkeypatch.setitem(CASES, "softmax_mnist", replace(CASES["softmax_mnist"], batch_size=4))
    torch.set_num_threads(2)
    return Bench()


@pytest.mark.parametrize("precision", ["float32", "mixed"])
def test_a_bench_times_every_loop_with_the_threads_it_is_to_have(
    bench: Bench, precision: str
) -> None:
    threads: dict[str, int] = {}
    for loop in ("playground", "limit", "tutorial", "playground", "limit"):
        given = threads["playground"] if loop == "limit" else 0
        request = ("softmax_mnist", loop, precision, COUNT, "cpu", given)
        seconds, threads[loop], real = bench.lap(*request)
        assert seconds > 0
        assert not real
    assert threads == {"tutorial": 2, "playground": 1, "limit": 1}


def test_a_cpu_has_bfloat16_where_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for found, expected in (
        ({"avx512_bf16": True, "amx_bf16": False}, True),
        ({"amx_bf16": True}, True),
        ({"avx2": True, "avx512_bf16": False}, False),
        ({}, False),
    ):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda found=found: found)
        assert has_bfloat16(torch.device("cpu")) is expected


def test_a_library_that_fails_is_a_sentence_and_a_loop_of_ours_is_not(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError("no layer")

    monkeypatch.setitem(OTHERS, "keras", broken)
    monkeypatch.setitem(loops.LOOPS, "limit", broken)
    with pytest.raises(PlaygroundError, match="RuntimeError: no layer"):
        bench.lap("softmax_mnist", "keras", "float32", COUNT, "cpu")
    with pytest.raises(RuntimeError):
        bench.lap("softmax_mnist", "limit", "float32", COUNT, "cpu")


def test_each_loop_has_a_process_of_its_own_and_the_libraries_that_of_the_tutorial(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[Mapping[str, str]] = []

    @contextmanager
    def process(waiting: Mapping[str, str]) -> Iterator[Ask]:
        opened.append(waiting)
        number = len(opened)
        yield lambda *request: (number, waiting, *request)

    monkeypatch.setattr(processes, "bench_process", process)
    with processes.contestants() as ask:
        asked = [ask(loop, "lap", loop) for loop in ("tutorial", "playground", "limit", "keras")]
    assert [waiting for _, waiting, *_ in asked] == [{}, threads.WAITING, {}, {}]
    assert [number for number, *_ in asked] == [1, 2, 3, 1]
    assert [request for *_, request in asked] == ["tutorial", "playground", "limit", "keras"]
    assert len(opened) == 3


def test_the_process_answers_is_deaf_to_ctrl_c_and_ends_with_the_block(
    capfd: pytest.CaptureFixture[str],
) -> None:
    before = signal.getsignal(signal.SIGINT)
    with bench_process(threads.WAITING) as ask:
        assert signal.getsignal(signal.SIGINT) is before
        [process] = multiprocessing.active_children()
        assert process.pid
        for _ in range(10):  # while it starts
            os.kill(process.pid, signal.SIGINT)
        answer = ask("environment", "cpu")
        assert (answer["device"], answer["torch"]) == ("cpu", torch.__version__)
        assert answer["cores"] >= 1
        assert answer["cpu"]
        for request in (("environment", "cuda:77"), ("lap", *SMALL, "cuda:77")):
            with pytest.raises(DeviceUnavailable, match="This machine has no device cuda:77"):
                ask(*request)
        process.kill()
        with pytest.raises(PlaygroundError, match=r"has ended \(status -9\)"):
            ask("environment", "cpu")
    assert not multiprocessing.active_children()
    assert capfd.readouterr() == ("", "")


@pytest.fixture(params=OTHERS)
def library(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if name not in installed():  # to import Keras would choose what computes for it
        pytest.skip(f"{name} is not installed")
    return name


@pytest.mark.parametrize("name", ["mlp_128_mnist", "convnet_7_cifar10"])
def test_another_library_comes_to_the_same_network_epoch_by_epoch(library: str, name: str) -> None:
    # One batch is an epoch: then the order of the images means nothing.
    experiment, data = few(CASES[name], COUNT)
    tutorial, other = loops.tutorial(experiment, data), OTHERS[library](experiment, data)
    losses = [tutorial() for _ in range(4)]
    assert losses[3][0] < 0.8 * losses[0][0]
    for expected in losses:
        assert other() == pytest.approx(expected, rel=1e-2)


def test_another_library_trains_on_batches_of_the_same_size(library: str) -> None:
    sizes = []
    forward = torch.nn.Linear.forward

    def watched(layer: torch.nn.Linear, inputs: torch.Tensor) -> torch.Tensor:
        if layer.in_features == 784:
            sizes.append(len(inputs))
        return forward(layer, inputs)

    other = OTHERS[library](*few(CASES["mlp_128_mnist"], 5))
    other()  # Keras sets its model up with it
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.nn.Linear, "forward", watched)
        other()
    assert sizes == [5, 5, 2] * 2


def test_another_library_says_nothing_and_leaves_nothing(
    library: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.chdir(tmp_path)
    with bench_process({}) as ask:
        for _ in range(2):
            seconds, _, real = ask("lap", "softmax_mnist", library, "float32", 512, "cpu")
            assert seconds > 0
            assert not real
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []
