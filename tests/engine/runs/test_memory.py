from __future__ import annotations

import re
from pathlib import Path

import psutil
import pytest
import torch
from compared import experiment

from playground.engine.models.building import build_model
from playground.engine.runs import memory
from playground.engine.runs.inspection import describe
from playground.engine.runs.memory import check_memory, free_memory, held_bytes, memory_needed
from playground.engine.training.optimizers import build_optimizer
from playground.errors import ModelDoesNotFit
from playground.experiment import Experiment, catalog
from playground.experiment.pitfalls import image_counts

GB = 1_000_000_000


def needed(setup: Experiment, training_images: int = 1000) -> int:
    return memory_needed(setup, describe(setup), (training_images, image_counts(setup)[1]))


def refusal(setup: Experiment, free: int, training_images: int = 1000) -> str:
    """Return why a run does not fit into what is free; "" where it does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "free_memory", lambda device: free)
        try:
            check_memory(setup, describe(setup), (training_images, 216))
        except ModelDoesNotFit as error:
            return str(error)
    return ""


def bytes_of(tensors: object) -> int:
    if isinstance(tensors, torch.Tensor):
        return tensors.numel() * tensors.element_size()
    if isinstance(tensors, dict):
        return sum(map(bytes_of, tensors.values()))
    return 0


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("name", catalog.OPTIMIZERS.names)
def test_weights_gradients_and_optimizer_state_are_estimated_as_they_are(name, momentum):
    setup = experiment(optimizer__name=name, optimizer__momentum=momentum)
    model = build_model(setup.model, (1, 8, 8), 10)
    optimizer = build_optimizer(setup.optimizer, model)
    model(torch.rand(1, 1, 8, 8)).sum().backward()
    optimizer.step()
    weights = sum(bytes_of(weight) for weight in model.parameters())
    gradients = sum(bytes_of(weight.grad) for weight in model.parameters())
    state = sum(map(bytes_of, optimizer.state.values()))
    estimate = held_bytes(setup.optimizer, describe(setup).parameters)
    assert estimate == pytest.approx(weights + gradients + state, rel=0.01)
    kept = {name for each in optimizer.state.values() for name in each if bytes_of(each[name])}
    assert kept - {"step"} == {
        state.name for state in catalog.OPTIMIZERS[name].states if momentum or not state.of_momentum
    }
    assert needed(setup) > estimate


@pytest.mark.parametrize("architecture", catalog.ARCHITECTURES.names)
def test_the_values_that_a_batch_leaves_behind_are_within_the_estimate(architecture):
    shape, batch = (1, 16, 16), 64
    setup = experiment(
        model__architecture=architecture,
        model__hidden_sizes=[4, 8],
        data__image_size=16,
        training__batch_size=batch,
    )
    model = build_model(setup.model, shape, 10)
    saved: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        saved[tensor.data_ptr()] = bytes_of(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        model(torch.rand(batch, *shape)).sum()
    assert sum(saved.values()) < needed(setup, training_images=0)


def test_the_estimate_grows_with_batch_size_units_and_images():
    small = experiment(training__batch_size=32, model__hidden_sizes=[2048])
    assert needed(small.replace({"training.batch_size": 1024})) > needed(small)
    assert needed(small.replace({"model.hidden_sizes": [4096]})) > needed(small)
    assert needed(small, 10_000) - needed(small, 0) == 10_000 * 64 * 4


def test_a_large_set_counts_as_bytes_for_an_mlp_and_as_floats_for_convolutions():
    mlp = experiment()
    assert needed(mlp, 100_000) - needed(mlp, 0) == 100_000 * 64
    cnn = experiment(model__architecture="simple_cnn", model__hidden_sizes=[4, 8])
    assert needed(cnn, 100_000) - needed(cnn, 0) == 100_000 * 64 * 4


def test_a_set_too_large_to_keep_as_float_counts_one_byte_a_pixel():
    setup = experiment(data__dataset="cifar10", data__image_size=64)
    assert needed(setup, 42_500) - needed(setup, 0) == 42_500 * 3 * 64 * 64


def test_leaked_images_count_twice_and_those_never_separated_once():
    plain, pixels = experiment(training__batch_size=1000), 64 * 4
    leaked = plain.replace({"training.pitfalls": ["leaked"]})
    difference = describe(leaked).memory_megabytes - describe(plain).memory_megabytes
    assert difference * 1e6 == pytest.approx(216 * pixels)
    shared = plain.replace({"training.pitfalls": ["unseparated"]})
    assert needed(plain, 1437) - needed(shared, 1437) == 216 * pixels
    assert describe(shared) == describe(plain)  # 1,437 images, however they are called


@pytest.mark.parametrize("changes", [{"accumulation": 4}, {"shuffle": False}, {"loss": "nll"}])
def test_options_of_the_loop_need_no_more_memory(changes):
    settings = {f"training.{name}": value for name, value in changes.items()}
    assert describe(experiment().replace(settings)) == describe(experiment())


def test_measuring_all_training_images_takes_portions_of_its_own():
    plain = experiment(training__batch_size=1)
    exact = plain.replace({"training.train_accuracy": "after_epoch"})
    assert needed(exact) > needed(plain)


def test_a_run_that_fits_is_let_through_where_a_tenth_of_what_is_free_stays_in_reserve():
    setup = experiment()
    check_memory(setup, describe(setup), (1000, 216))
    assert not refusal(setup, int(needed(setup) / 0.89))
    assert "are free for it" in refusal(setup, int(needed(setup) / 0.91))


def test_a_huge_network_is_refused_before_anything_is_allocated():
    setup = experiment(model__hidden_sizes=[8192] * 32)
    before = psutil.Process().memory_info().rss
    message = refusal(setup, 16 * GB)
    assert psutil.Process().memory_info().rss - before < 0.2 * GB
    parameters = 64 * 8192 + 8192 + 31 * (8192 * 8192 + 8192) + 8192 * 10 + 10
    assert re.match(
        rf"MLP with {parameters:,} parameters and batch size 64 needs about 33\.\d GB of memory; "
        r"14\.4 GB are free for it\. Choose smaller hidden sizes\.$",
        message,
    )


def test_the_suggested_batch_size_fits_and_the_next_one_does_not():
    setup = experiment(
        model__architecture="resnet18", data__dataset="cifar10", training__batch_size=1000
    )
    message = refusal(setup, 2 * GB)
    found = re.search(r"Choose batch size (\d+) or less\.$", message)
    assert found
    size = int(found[1])
    assert not refusal(setup.replace({"training.batch_size": size}), 2 * GB)
    assert refusal(setup.replace({"training.batch_size": 2 * size}), 2 * GB)


def test_a_network_without_hidden_sizes_that_never_fits_asks_for_another_one():
    setup = experiment(model__architecture="resnet18", training__batch_size=1)
    message = refusal(setup, GB // 10)
    assert message.endswith("Choose another architecture or a smaller image size.")


def test_where_the_images_are_what_does_not_fit_fewer_of_them_are_the_way_out():
    message = refusal(experiment(), GB // 10, training_images=10_000_000)
    assert message.endswith("Choose fewer training images or a smaller image size.")


def control_group(folder: Path, limit: str, used: int, cached: int) -> Path:
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 5\nactive_file {cached}\ninactive_file 1\n")
    return folder


@pytest.mark.parametrize(("used", "cached", "free"), [(3000, 0, 2001), (5000, 700, 701)])
def test_the_limit_of_a_container_counts_where_it_is_smaller(tmp_path, used, cached, free):
    assert free_memory(control_group=control_group(tmp_path, "5000", used, cached)) == free


@pytest.mark.parametrize("limit", ["max", "", str(10**18)])
def test_without_a_smaller_limit_the_machines_free_memory_counts(tmp_path, limit):
    folder = control_group(tmp_path, limit, 0, 0)
    for group in (folder, tmp_path / "none"):
        assert 10_000 < free_memory(control_group=group) <= psutil.virtual_memory().total
