"""Recorded steps against computed ones, with a stand-in for what only a GPU can do."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from contextlib import nullcontext
from itertools import islice
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from running import of_kind
from tiny import CPU, data_of, epochs, results, state_of, tiny
from torch import Tensor, nn

from playground.engine.machine.runtime import TorchState
from playground.engine.runs.execution import initial_state
from playground.engine.runs.inspection import describe
from playground.engine.training import step as step_module
from playground.engine.training.cuda_recorder import CudaRecorder, recorder_for
from playground.engine.training.graph_recording import (
    Recording,
    Results,
    Snapshot,
    distance,
    record,
)
from playground.engine.training.step import GraphedStep, build_step, eager_step
from playground.engine.training.training import train
from playground.engine.training.training_state import TrainingState
from playground.experiment import Experiment, catalog
from playground.run.records import BatchRecord

pytestmark = pytest.mark.usefixtures("few_digits")

Spoil = Callable[[Results, int, nn.Module], None]

MLP: dict[str, Any] = {"model__hidden_sizes": [12], "model__dropout": 0.4}
CNN: dict[str, Any] = {
    "model__architecture": "simple_cnn",
    "model__hidden_sizes": [4, 4],
    "model__batch_norm": True,
}
RESTLESS: dict[str, Any] = {**CNN, "model__dropout": 0.3, "data__augmentation": "crop_flip"}
SMALL = {"data__training_images": 10, "training__batch_size": 5, "training__epochs": 1}


class StandIn:
    """Repeats what it recorded into the same tensors, as a CUDA graph does.

    `spoil` changes the results of the replay of a number, counted from 1; `fails` raises at a
    place ("aside 1", "record"), after everything that must be set back has been disturbed.
    """

    def __init__(self, model: nn.Module, spoil: Spoil | None = None, fails: str = "") -> None:
        self.recorded = self.replayed = self.asides = 0
        self._model, self._spoil, self._fails = model, spoil, fails

    def aside(self, compute: Callable[[], tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
        self.asides += 1
        computed = compute()
        self._maybe_fail(f"aside {self.asides}")
        return computed

    def record(self, compute: Callable[[], Results]) -> tuple[Callable[[], None], Results]:
        assert all(weight.grad is None for weight in self._model.parameters())
        self.recorded += 1
        before = Snapshot(self._model, CPU)
        static = [None if found is None else found.clone() for found in compute()]
        self._maybe_fail("record")
        before.restore()  # a graph that is recorded computes nothing yet
        for tensor in static:
            if tensor is not None:
                tensor.fill_(torch.nan)

        def replay() -> None:
            self.replayed += 1
            for weight in self._model.parameters():
                weight.grad = None  # a graph overwrites its gradients
            for kept, found in zip(static, compute(), strict=True):
                if kept is not None and found is not None:
                    kept.copy_(found)
            if self._spoil:
                self._spoil(static, self.replayed, self._model)

        return replay, static

    def _maybe_fail(self, place: str) -> None:
        if place == self._fails:
            torch.rand(3)
            for buffer in self._model.buffers():
                buffer.add_(1)
            raise torch.OutOfMemoryError("CUDA out of memory.")


Graphed = MakeStandIn = Callable[..., StandIn]


def digest(value: Any) -> str:
    """Return a text that is equal where all numbers are, bit for bit."""
    if isinstance(value, Tensor):
        return hashlib.sha256(value.detach().contiguous().numpy().tobytes()).hexdigest()
    if isinstance(value, dict):
        return str({key: digest(part) for key, part in value.items()})
    if isinstance(value, list | tuple):
        return str([digest(part) for part in value])
    return repr(value)


def outcome_of(state: TrainingState, records: list[Any]) -> tuple[object, ...]:
    """Return what a run said and left behind, apart from how long it took."""
    losses = [record.loss for record in of_kind(BatchRecord, records)]
    return losses, results(records), digest(state.saved())


def eager(experiment: Experiment) -> tuple[object, ...]:
    state = state_of(experiment)
    return outcome_of(state, list(train(experiment, state)))


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> MakeStandIn:
    """Return what makes a stand-in for the recorder of the runs that begin from then on."""

    def make(state: TrainingState, **options: Any) -> StandIn:
        recorder = StandIn(state.model, **options)
        monkeypatch.setattr(step_module, "recorder_for", lambda device: recorder)
        return recorder

    return make


@pytest.fixture
def graphed(stand_in: MakeStandIn) -> Graphed:
    """Return what trains with a stand-in as without one, and tells what was recorded."""

    def run(experiment: Experiment, **options: Any) -> StandIn:
        expected, state = eager(experiment), state_of(experiment)
        recorder = stand_in(state, **options)
        assert outcome_of(state, list(train(experiment, state))) == expected
        return recorder

    return run


# The same numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        MLP,
        {**MLP, "model__batch_norm": True, "optimizer__schedule": "one_cycle"},
        {**MLP, "training__precision": "mixed"},
        {**MLP, "training__loss": "nll", "optimizer__name": "sgd"},
        CNN,
        RESTLESS,
        {**CNN, "training__pitfalls": ["validated_in_train_mode"]},
        *(
            {**MLP, "optimizer__name": name, "optimizer__weight_decay": 0.01}
            for name in catalog.OPTIMIZERS.names
        ),
        *(
            {
                **SMALL,
                "optimizer__name": "sgd",
                "model__architecture": entry.name,
                "data__image_size": 32 if entry.convolutional else None,
            }
            for entry in catalog.ARCHITECTURES
        ),
    ],
    ids=str,
)
def test_a_recorded_run_is_the_computed_one_bit_for_bit(
    graphed: Graphed, changes: dict[str, Any]
) -> None:
    experiment = tiny(**changes)
    images, training = experiment.data.training_images, experiment.training
    recorder = graphed(experiment)
    assert recorder.recorded == 1
    # Two to check, and all but a last batch that is too short.
    assert recorder.replayed == 2 + training.epochs * (images // training.batch_size)


def test_a_run_taken_up_from_a_checkpoint_goes_on_as_if_it_had_not_stopped(
    stand_in: MakeStandIn,
) -> None:
    experiment = tiny(**RESTLESS)
    *_, expected = eager(experiment)
    state, resumed = state_of(experiment), state_of(experiment)
    recorder = stand_in(state)
    next(epochs(experiment, state))
    assert recorder.recorded == 1
    recorder = stand_in(resumed)
    resumed.restore(state.saved())
    list(train(experiment, resumed))
    assert recorder.recorded == 1
    assert digest(resumed.saved()) == expected


def test_recorded_runs_that_take_turns_draw_from_their_own_random_state(
    stand_in: MakeStandIn,
) -> None:
    setups = [tiny(**RESTLESS), tiny(training__seed=4, **MLP)]
    expected = [eager(setup) for setup in setups]
    turns = []
    for setup in setups:
        own = TorchState()
        with own.active():
            state = state_of(setup)
            stand_in(state)
            stream = train(setup, state)
            turns.append((own, state, stream, [next(stream)]))
    for _ in range(20):
        for own, _state, stream, said in turns:
            with own.active():
                said.extend(filter(None, [next(stream, None)]))
    for (own, state, _stream, said), alone in zip(turns, expected, strict=True):
        with own.active():
            assert outcome_of(state, said) == alone


# Which steps are recorded -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"training__accumulation": 2},
        {"training__pitfalls": ["not_zeroed"]},
        {"training__pitfalls": ["not_zeroed"], "training__accumulation": 2},
    ],
)
def test_steps_that_add_to_gradients_are_never_recorded(
    graphed: Graphed, changes: dict[str, Any]
) -> None:
    recorder = graphed(tiny(**MLP, **changes))
    assert (recorder.recorded, recorder.asides) == (0, 0)


def test_another_mode_of_the_network_is_recorded_anew(graphed: Graphed) -> None:
    recorder = graphed(tiny(training__pitfalls=["eval_mode"], training__epochs=3, **RESTLESS))
    assert recorder.recorded == 2  # train mode in the first epoch, then eval mode


def test_weights_that_have_moved_are_recorded_anew(stand_in: MakeStandIn) -> None:
    experiment = tiny(**RESTLESS)
    expected, state = eager(experiment), state_of(experiment)
    recorder = stand_in(state)
    records = train(experiment, state)
    said: list[Any] = [next(records), next(records)]
    state.model.load_state_dict(state.model.state_dict())  # stays where it is
    said.append(next(records))
    assert recorder.recorded == 1
    for weight in state.model.parameters():
        weight.data = weight.data.clone()  # as to another device and back
    said += records
    assert recorder.recorded == 2
    assert outcome_of(state, said) == expected


@pytest.mark.parametrize(
    ("device", "switch", "hip", "records"),
    [
        ("cpu", "1", None, False),
        ("mps", "1", None, False),
        ("cuda:0", "", None, True),  # and no GPU has been looked for
        ("cuda:0", "0", None, False),
        ("cuda:0", "1", None, True),
        ("cuda:0", "1", "6.4", False),
    ],
)
def test_a_gpu_records_unless_it_is_switched_off_or_not_nvidias(
    monkeypatch: pytest.MonkeyPatch, device: str, switch: str, hip: str | None, records: bool
) -> None:
    monkeypatch.setattr(torch.version, "hip", hip)
    monkeypatch.setenv("PLAYGROUND_CUDA_GRAPHS", switch)
    model, place = nn.Linear(2, 2), torch.device(device)
    assert isinstance(recorder_for(place), CudaRecorder) == records
    assert isinstance(build_step(tiny(), model, place), GraphedStep) == records


# What a replay leaves -----------------------------------------------------------------------------


def test_what_a_replay_returned_is_not_overwritten_by_the_next() -> None:
    experiment = tiny(**MLP)
    state = state_of(experiment)
    plain = eager_step(experiment, state.model, CPU)
    step = GraphedStep(plain, state.model, CPU, StandIn(state.model))
    batches = [state.train.slice(start, start + 16) for start in (0, 16, 32)]
    batches.append(state.train.slice(48, 60))  # shorter: not a replay

    def computed(compute: Callable[..., tuple[Tensor, Tensor]]) -> list[tuple[Tensor, Tensor]]:
        torch.manual_seed(3)
        found = []
        for images, labels in batches:
            for weight in state.model.parameters():
                weight.grad = None
            found.append(compute(images, labels, None))
        return found

    for mine, theirs in zip(computed(step), computed(plain), strict=True):
        assert all(torch.equal(one, other) for one, other in zip(mine, theirs, strict=True))
        assert not any(tensor.requires_grad for tensor in mine)


class Unused(nn.Module):
    """A network with a weight that has no part in its answer."""

    def __init__(self) -> None:
        super().__init__()
        self.used, self.unused = nn.Linear(64, 10), nn.Linear(64, 10)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.used(images.flatten(1))
        return logits


def test_a_weight_without_a_gradient_keeps_none() -> None:
    experiment, model = tiny(), Unused()
    recorder = StandIn(model)
    step = GraphedStep(eager_step(experiment, model, CPU), model, CPU, recorder)
    step(*state_of(experiment).train.slice(0, 16), None)
    assert recorder.replayed == 3
    assert model.used.weight.grad is not None
    assert model.unused.weight.grad is None


# Recordings that are refused ----------------------------------------------------------------------


def nudge(position: int, by: float = 1e-6) -> Spoil:
    """Return what adds to the largest number of the result at `position`, at every replay."""

    def spoil(static: Results, number: int, model: nn.Module) -> None:
        tensor = static[position]
        assert tensor is not None
        tensor.view(-1)[tensor.abs().argmax()] += by

    return spoil


def add_up(static: Results, number: int, model: nn.Module) -> None:
    """Add to the gradients instead of replacing them, which the first replay does not show."""
    for gradient in static[2:]:
        assert gradient is not None
        gradient.mul_(number)


def draw(static: Results, number: int, model: nn.Module) -> None:
    torch.rand(1)


def shift(static: Results, number: int, model: nn.Module) -> None:
    for buffer in model.buffers():
        buffer.add_(1)


@pytest.mark.parametrize(
    "spoil", [nudge(0), nudge(1), nudge(2), nudge(-1), nudge(0, torch.nan), add_up, draw, shift]
)
def test_a_recording_that_computes_something_else_is_not_used(
    graphed: Graphed, spoil: Spoil, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        recorder = graphed(tiny(**CNN), spoil=spoil)
    assert recorder.recorded == 1
    assert recorder.replayed <= 2  # none after the check
    [line] = caplog.records
    assert line.getMessage().startswith("training goes on without CUDA graphs: a replay is ")


@pytest.mark.parametrize("fails", ["aside 1", "aside 3", "record"])
def test_a_recording_that_fails_leaves_no_trace_but_a_line_in_the_log(
    graphed: Graphed, fails: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        recorder = graphed(tiny(**RESTLESS), fails=fails)
    assert recorder.replayed == 0
    [line] = caplog.records
    assert line.getMessage() == ("training goes on without CUDA graphs: CUDA out of memory.")


def unsteady(model: nn.Module, noise: list[float]) -> Callable[..., tuple[Tensor, Tensor]]:
    """Return a computation whose loss is off by the next of `noise` at each call."""

    def compute(images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        logits = model(images)
        loss = nn.functional.cross_entropy(logits, labels)
        loss.backward()
        return loss.detach() + noise.pop(0), logits.detach()

    return compute


@pytest.mark.parametrize(
    ("noise", "is_used"),
    [
        ([0, 1e-5, 0, 0, 1e-5, -1e-5], True),  # warm-ups, the recording, two replays
        ([0, 1e-5, 0, 0, 1e-5, 1e-3], False),
        ([0, 0, 0, 0, 0, 1e-5], False),
        ([0, torch.inf, 0, 0, torch.inf, torch.inf], False),
        ([torch.nan] * 6, False),
    ],
)
def test_a_replay_may_vary_where_computing_twice_does_and_only_as_much(
    noise: list[float], is_used: bool
) -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    images, labels = state_of(tiny()).train.slice(0, 16)

    def recorded() -> Recording:
        compute, before = unsteady(model, list(noise)), Snapshot(model, CPU)
        return record(compute, model, before, images, labels, StandIn(model))

    if is_used:
        assert recorded().is_of(model)
    else:
        with pytest.raises(RuntimeError, match="which varies by"):
            recorded()


def test_the_distance_of_outcomes_is_that_of_their_numbers_furthest_apart() -> None:
    whole = torch.tensor([1, 2])
    one, other = torch.tensor([1.0, 2.0]), torch.tensor([1.5, 2.25])
    assert distance([one, None, whole], [other, None, whole]) == 0.5
    assert distance([whole], [whole + 1]) == torch.inf
    assert distance([whole], [None]) == torch.inf
    assert distance([whole, torch.tensor(1.0)], [whole, torch.tensor(torch.nan)]) == torch.inf


@pytest.mark.parametrize(("left", "is_enough"), [(799, False), (800, True)])
def test_a_graph_that_would_leave_too_little_memory_is_refused(
    monkeypatch: pytest.MonkeyPatch, left: int, is_enough: bool
) -> None:
    free = iter([(left + 200, 2000), (left, 2000)])  # before and after a graph of 200 bytes
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: next(free))
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", lambda: SimpleNamespace(replay="replay"))
    for name in ("Stream", "current_stream", "device", "stream", "graph"):
        monkeypatch.setattr(torch.cuda, name, lambda *place, **options: nullcontext())
    recorder = CudaRecorder(torch.device("cuda:0"))
    if is_enough:
        assert recorder.record(lambda: [None]) == ("replay", [None])
    else:
        with pytest.raises(RuntimeError, match="a graph of 200 bytes would leave 799 of memory"):
            recorder.record(lambda: [None])


# On a GPU -----------------------------------------------------------------------------------------


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that torch can compute on")
@pytest.mark.parametrize("changes", [MLP, {**MLP, "training__precision": "mixed"}, RESTLESS])
def test_on_a_gpu_a_graph_gives_the_numbers_of_eager_steps_also_when_taken_up_again(
    changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    experiment = tiny(**changes, training__device="cuda")
    data, device = data_of(experiment), torch.device("cuda:0")
    # Where a convolution's gradients add up in any order, nothing could be compared bit for bit.
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)

    def fresh() -> TrainingState:
        summary = describe(experiment, data.image_shape, len(data.class_names))
        return initial_state(experiment, data, summary, device)

    def on_cpu(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: on_cpu(part) for key, part in value.items()}
        return value.cpu() if isinstance(value, Tensor) else value

    def trained(state: TrainingState, count: int = 2) -> tuple[list[Any], str]:
        said = list(islice(epochs(experiment, state), count))
        return results(said), digest(on_cpu(state.saved()))

    monkeypatch.setenv("PLAYGROUND_CUDA_GRAPHS", "0")
    expected = trained(fresh())
    monkeypatch.delenv("PLAYGROUND_CUDA_GRAPHS")
    with caplog.at_level(logging.WARNING):
        assert trained(fresh()) == expected
        first, resumed = fresh(), fresh()
        trained(first, 1)
        resumed.restore(first.saved())
        assert trained(resumed)[1] == expected[1]
    assert not caplog.records  # or it was not a graph that gave these numbers
