from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from playground.engine.training.optimizers import (
    OPTIMIZER_BUILDERS,
    SCHEDULE_BUILDERS,
    build_optimizer,
    build_schedule,
)
from playground.experiment import catalog
from playground.experiment.settings import OptimizerSettings

TORCH_OPTIMIZERS = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "adadelta": torch.optim.Adadelta,
    "rmsprop": torch.optim.RMSprop,
}


def network() -> nn.Module:
    """A convolution, a 1×1 one and a linear layer, stored as the CNNs are: channels last."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = nn.Sequential(
            nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Conv2d(4, 3, 1), nn.Flatten(), nn.Linear(12, 3)
        )
    return model.to(memory_format=torch.channels_last)


def train(model: nn.Module, optimizer: torch.optim.Optimizer, first: int, last: int) -> None:
    for step in range(first, last):
        generator = torch.Generator().manual_seed(step)
        images = torch.randn(8, 2, 4, 4, generator=generator)
        optimizer.zero_grad()
        F.cross_entropy(model(images), torch.arange(8) % 3).backward()
        optimizer.step()


def rates(schedule: str, total_steps: int, steps_per_epoch: int, rate: float = 0.1) -> list[float]:
    """The learning rate of each step of a run, by the schedule."""
    settings = OptimizerSettings(name="sgd", learning_rate=rate, schedule=schedule)
    optimizer = build_optimizer(settings, nn.Linear(1, 1))
    scheduler = build_schedule(settings, optimizer, total_steps, steps_per_epoch)
    found = []
    for _ in range(total_steps):
        found.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return found


def test_each_name_of_the_catalogue_has_a_builder_and_no_builder_is_left_over():
    assert set(OPTIMIZER_BUILDERS) == set(catalog.OPTIMIZERS.names)
    assert set(SCHEDULE_BUILDERS) == set(catalog.SCHEDULES.names)


@pytest.mark.parametrize("weight_decay", [0.0, 0.01])
@pytest.mark.parametrize("name", catalog.OPTIMIZERS.names)
def test_the_fast_optimizer_gives_the_weights_of_torchs_plain_one(name, weight_decay):
    settings = OptimizerSettings(
        name=name, learning_rate=0.01, momentum=0.8, weight_decay=weight_decay
    )
    fast, plain = network(), network()
    momentum = {"momentum": 0.8} if "momentum" in catalog.OPTIMIZERS[name].uses else {}
    reference = TORCH_OPTIMIZERS[name](
        plain.parameters(), lr=0.01, weight_decay=weight_decay, foreach=False, **momentum
    )
    train(fast, build_optimizer(settings, fast), 0, 10)
    train(plain, reference, 0, 10)
    moved = network()
    for one, other, start in zip(
        fast.parameters(), plain.parameters(), moved.parameters(), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-6)
        assert not torch.equal(one, start)


@pytest.mark.parametrize("name", catalog.OPTIMIZERS.names)
def test_optimizers_are_fused_where_torch_has_it(name):
    for device, has_kernels in (("cpu", name in ("sgd", "adam", "adamw")), ("meta", False)):
        optimizer = build_optimizer(OptimizerSettings(name=name), nn.Linear(2, 2, device=device))
        assert bool(optimizer.param_groups[0].get("fused")) == has_kernels


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"momentum": 0.0, "weight_decay": 0.5}, 3.0 + 0.5 * 2.0),
        ({"momentum": 0.9}, 3.0),
        ({"momentum": 0.9, "nesterov": True}, 1.9 * 3.0),
    ],
)
def test_the_first_step_of_sgd_is_the_rate_times_gradient_decay_and_nesterovs_look_ahead(
    changes, step
):
    layer = nn.Linear(1, 1, bias=False)
    nn.init.constant_(layer.weight, 2.0)
    settings = OptimizerSettings(name="sgd", learning_rate=0.1, **changes)
    optimizer = build_optimizer(settings, layer)
    layer(torch.tensor([[3.0]])).sum().backward()
    optimizer.step()
    assert layer.weight.item() == pytest.approx(2.0 - 0.1 * step)


def test_frozen_weights_are_left_to_themselves():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    model[0].requires_grad_(False)
    optimizer = build_optimizer(OptimizerSettings(name="sgd"), model)
    assert len(optimizer.param_groups[0]["params"]) == 2


@pytest.mark.parametrize(
    ("schedule", "total_steps", "steps_per_epoch", "expected"),
    [
        ("constant", 12, 3, [0.1] * 12),
        ("step", 16, 2, [0.1] * 8 + [0.01] * 4 + [0.001] * 4),
        # Half of 15 lies inside the third epoch, 11.25 inside the fourth.
        ("step", 15, 3, [0.1] * 9 + [0.01] * 3 + [0.001] * 3),
        ("step", 7, 7, [0.1] * 7),
    ],
)
def test_constant_stays_and_step_takes_a_tenth_after_half_and_three_quarters_between_epochs(
    schedule, total_steps, steps_per_epoch, expected
):
    assert rates(schedule, total_steps, steps_per_epoch) == pytest.approx(expected)


def test_cosine_falls_every_step_from_the_learning_rate_to_nearly_nothing():
    found = rates("cosine", 100, 10)
    assert found[0] == 0.1
    assert found[50] == pytest.approx(0.05)
    assert all(later < earlier for earlier, later in pairwise(found))
    assert 0 < found[-1] < 0.0001


def test_one_cycle_climbs_for_three_tenths_and_then_falls_close_to_zero():
    found = rates("one_cycle", 100, 10)
    top = found.index(max(found))
    assert found[0] == pytest.approx(0.1 / 25)
    assert found[top] == pytest.approx(0.1)
    assert top == 29
    assert found[:top] == sorted(found[:top])
    assert found[top:] == sorted(found[top:], reverse=True)
    assert 0 < found[-1] < 1e-5


@pytest.mark.parametrize("optimizer", catalog.OPTIMIZERS.names)
def test_one_cycle_leaves_the_momentum_alone(optimizer):
    settings = OptimizerSettings(name=optimizer, momentum=0.7, schedule="one_cycle")
    built = build_optimizer(settings, nn.Linear(1, 1))
    before = {k: built.param_groups[0].get(k) for k in ("momentum", "betas")}
    schedule = build_schedule(settings, built, 10, 5)
    for _ in range(5):
        built.step()
        schedule.step()
    assert {k: built.param_groups[0].get(k) for k in ("momentum", "betas")} == before


@pytest.mark.parametrize("total_steps", [1, 2, 3])
@pytest.mark.parametrize("schedule", catalog.SCHEDULES.names)
def test_a_run_of_one_or_two_steps_still_learns_at_its_first_step(schedule, total_steps):
    found = rates(schedule, total_steps, 1)
    assert found[0] > 0.001
    assert all(0 <= rate <= 0.1 + 1e-12 for rate in found)
