"""Rehearsal: the next steps of a run, taken on a copy by the loop that trains, and watched."""

from __future__ import annotations

import copy
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from playground.engine.training.step import eager_step
from playground.engine.training.team import ALONE
from playground.engine.training.training import train
from playground.engine.training.training_state import TrainingState
from playground.errors import TrainingDiverged
from playground.experiment import Experiment
from playground.run.facts import EpochFacts
from playground.run.records import BatchRecord

STEPS = 5
"""Enough to see a gradient grow four times; a fortieth of an epoch of MNIST in batches of 256."""


def rehearse(experiment: Experiment, state: TrainingState) -> Generator[None, None, EpochFacts]:
    """Take the next batches of a run on a copy of its state; return what there was to see.

    Yields after each. The run itself is left as it is, but for torch's own random state: whoever
    calls sets it back.
    """
    twin = _twin(state)
    experiment = experiment.on_one_device()  # the others do not take part
    seen = _Seen(twin.model, experiment.training.accumulation)
    eager = eager_step(experiment, twin.model, twin.train.device)

    def step(inputs: Tensor, labels: Tensor, share: Tensor | None) -> tuple[Tensor, Tensor]:
        seen.before_step()
        loss, logits = eager(inputs, labels, share)
        seen.after_step(loss.detach(), logits.detach(), labels)
        return loss, logits

    # A schedule's rate changes next to nothing in so few steps.
    steady = experiment.model_copy(
        update={
            "optimizer": experiment.optimizer.model_copy(update={"schedule": "constant"}),
            "training": experiment.training.model_copy(update={"epochs": state.epoch + 1}),
        }
    )
    device = twin.train.device
    random = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
    steps = train(steady, twin, step)
    with suppress(TrainingDiverged):
        for record in steps:
            if not isinstance(record, BatchRecord) or record.loss is None:
                break  # the epoch is over
            yield
            if len(seen.losses) > STEPS:  # only then what the last of them did is seen
                break
    if random is not None:
        torch.cuda.set_rng_state(random, device)
    return seen.facts(twin.optimizer.param_groups[0]["lr"])


def _twin(state: TrainingState) -> TrainingState:
    """Return a copy that shares the images alone; its schedule is not to be used."""
    memo: dict[int, object] = {}
    model = copy.deepcopy(state.model, memo)
    for mine, theirs in zip(model.parameters(), state.model.parameters(), strict=True):
        mine.grad = None if theirs.grad is None else theirs.grad.clone()
    return replace(
        state,
        model=model,
        optimizer=copy.deepcopy(state.optimizer, memo),
        order=_copied(state.order),
        augmentation=_copied(state.augmentation),
        team=ALONE,
    )


def _copied(generator: torch.Generator) -> torch.Generator:
    return torch.Generator().set_state(generator.get_state())


@dataclass
class _Seen:
    """What there was to see of the steps of `model` so far."""

    model: nn.Module
    accumulation: int
    losses: list[Tensor] = field(default_factory=list)
    cross_entropies: list[Tensor] = field(default_factory=list)
    norms: list[Tensor] = field(default_factory=list)
    cosines: list[Tensor] = field(default_factory=list)
    ratios: list[Tensor] = field(default_factory=list)
    held: list[bool] = field(default_factory=list)
    modes: list[bool] = field(default_factory=list)
    _weights: Tensor | None = None
    _gradient: Tensor | None = None

    def before_step(self) -> None:
        """Look at what the last step has done to the weights, and at what the next one finds."""
        weights = _flat(self.model, "data")
        if self._weights is not None:
            self.ratios.append((weights - self._weights).norm() / self._weights.norm())
        self._weights = weights
        self.modes.append(self.model.training)
        # The first of all may find what the epoch before has left, which nobody adds to.
        if self.losses and len(self.losses) % self.accumulation == 0:
            self.held.append(any(weight.grad is not None for weight in self.model.parameters()))

    def after_step(self, loss: Tensor, logits: Tensor, labels: Tensor) -> None:
        """Look at the loss, and at the gradient that the optimizer is going to follow."""
        gradient = _flat(self.model, "grad")
        if self._gradient is not None:
            self.cosines.append(torch.cosine_similarity(gradient, self._gradient, dim=0))
        self._gradient = gradient
        self.norms.append(gradient.norm())
        self.losses.append(loss)
        self.cross_entropies.append(torch.nn.functional.cross_entropy(logits.float(), labels))

    def facts(self, learning_rate: float) -> EpochFacts:
        """Return all of it as plain numbers."""
        return EpochFacts(
            learning_rate=(float(learning_rate),),
            losses=_numbers(self.losses),
            cross_entropies=_numbers(self.cross_entropies),
            gradient_norms=_numbers(self.norms),
            cosines=_numbers(self.cosines) if self.accumulation == 1 else (),
            update_ratios=_numbers(self.ratios),
            held=_share(self.held),
            train_mode=_share(self.modes),
        )


def _flat(model: nn.Module, what: str) -> Tensor:
    parts = [getattr(weight, what) for weight in model.parameters()]
    return torch.cat([part.detach().flatten() for part in parts if part is not None]).clone()


def _numbers(values: list[Tensor]) -> tuple[float, ...]:
    return tuple(torch.stack(values).tolist()) if values else ()


def _share(flags: list[bool]) -> tuple[float, ...]:
    return (sum(flags) / len(flags),) if flags else ()
