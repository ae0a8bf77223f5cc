"""Recorded steps against computed ones, with a stand-in for what only a GPU can do."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from tiny import CPU, data_of, results, state_of, tiny, use_few_digits
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
from playground.run.records import BatchRecord, EpochRecord

Spoil = Callable[[Results, int], None]

MLP: dict[str, Any] = {"model__hidden_sizes": [12], "model__dropout": 0.4}
CNN: dict[str, Any] = {
    "model__architecture": "simple_cnn",
    "model__hidden_sizes": [4, 4],
    "model__batch_norm": True,
}
RESTLESS: dict[str, Any] = {**CNN, "model__dropout": 0.3, "data__augmentation": "crop_flip"}
BATCHES = 3  # full ones in an epoch of 60 images: 16, 16, 16 and 12


@pytest.fixture(autouse=True)
def few_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    use_few_digits(monkeypatch)


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
                self._spoil(static, self.replayed)

        return replay, static

    def _maybe_fail(self, place: str) -> None:
        if place == self._fails:
            torch.rand(3)
            for buffer in self._model.buffers():
                buffer.add_(1)
            raise torch.OutOfMemoryError("CUDA out of memory.")


@dataclass
class Outcome:
    """What a run said and left behind, apart from how long it took."""

    losses: list[float | None]
    epochs: list[tuple[float, ...]]
    state: str


def digest(value: Any) -> str:
    """Return a text that is equal where all numbers are, bit for bit."""
    if isinstance(value, Tensor):
        return hashlib.sha256(value.detach().contiguous().numpy().tobytes()).hexdigest()
    if isinstance(value, dict):
        return str({key: digest(part) for key, part in value.items()})
    if isinstance(value, list | tuple):
        return str([digest(part) for part in value])
    return repr(value)


def outcome_of(state: TrainingState, records: list[Any]) -> Outcome:
    losses = [record.loss for record in records if isinstance(record, BatchRecord)]
    return Outcome(losses, results(records), digest(state.saved()))


def eager(experiment: Experiment) -> Outcome:
    state = state_of(experiment)
    return outcome_of(state, list(train(experiment, state)))


@pytest.fixture
def graphed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Outcome, StandIn]]:
    """Return what trains with a stand-in, and tells the outcome and what was recorded."""

    def run(experiment: Experiment, **options: Any) -> tuple[Outcome, StandIn]:
        state = state_of(experiment)
        recorder = StandIn(state.model, **options)
        with monkeypatch.context() as patch:
            patch.setattr(step_module, "recorder_for", lambda device: recorder)
            outcome = outcome_of(state, list(train(experiment, state)))
        return outcome, recorder

    return run


Graphed = Callable[..., tuple[Outcome, StandIn]]


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
    ],
)
def test_a_recorded_run_is_the_computed_one_bit_for_bit(
    graphed: Graphed, changes: dict[str, Any]
) -> None:
    experiment = tiny(**changes)
    outcome, recorder = graphed(experiment)
    assert outcome == eager(experiment)
    assert recorder.recorded == 1
    assert recorder.replayed == 2 + 2 * BATCHES  # two to check, and the last batch is too short


@pytest.mark.parametrize("architecture", catalog.ARCHITECTURES.names)
def test_every_architecture_can_be_recorded(graphed: Graphed, architecture: str) -> None:
    is_convolutional = catalog.ARCHITECTURES[architecture].convolutional
    experiment = tiny(
        model__architecture=architecture,
        data__image_size=32 if is_convolutional else None,
        data__training_images=10,
        training__batch_size=5,
        training__epochs=1,
        optimizer__name="sgd",
    )
    outcome, recorder = graphed(experiment)
    assert outcome == eager(experiment)
    assert recorder.replayed == 2 + 2


@pytest.mark.parametrize("optimizer", catalog.OPTIMIZERS.names)
def test_every_optimizer_steps_from_recorded_gradients(graphed: Graphed, optimizer: str) -> None:
    experiment = tiny(optimizer__name=optimizer, optimizer__weight_decay=0.01, **MLP)
    outcome, recorder = graphed(experiment)
    assert outcome == eager(experiment)
    assert recorder.recorded == 1


def test_a_run_taken_up_from_a_checkpoint_goes_on_as_if_it_had_not_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    experiment = tiny(**RESTLESS)
    expected = eager(experiment)
    saved: dict[str, Any] = {}
    for stops in (True, False):
        state = state_of(experiment)
        recorder = StandIn(state.model)
        monkeypatch.setattr(step_module, "recorder_for", lambda device, found=recorder: found)
        if not stops:
            state.restore(saved)
        for said in train(experiment, state):
            if stops and isinstance(said, EpochRecord):
                saved = state.saved()
                break
        assert recorder.recorded == 1
    assert digest(state.saved()) == expected.state


def test_recorded_runs_that_take_turns_draw_from_their_own_random_state(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    setups = [tiny(**RESTLESS), tiny(training__seed=4, **MLP)]
    expected = [eager(setup) for setup in setups]
    turns = []
    for setup in setups:
        own = TorchState()
        with own.active():
            state = state_of(setup)
            recorder = StandIn(state.model)
            monkeypatch.setattr(step_module, "recorder_for", lambda device, found=recorder: found)
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
    experiment = tiny(**MLP, **changes)
    outcome, recorder = graphed(experiment)
    assert (recorder.recorded, recorder.asides) == (0, 0)
    assert outcome == eager(experiment)


def test_another_mode_of_the_network_is_recorded_anew(graphed: Graphed) -> None:
    experiment = tiny(training__pitfalls=["eval_mode"], training__epochs=3, **RESTLESS)
    outcome, recorder = graphed(experiment)
    assert recorder.recorded == 2  # train mode in the first epoch, then eval mode
    assert outcome == eager(experiment)


def test_weights_that_have_moved_are_recorded_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = tiny(**RESTLESS)
    expected = eager(experiment)
    state = state_of(experiment)
    recorder = StandIn(state.model)
    monkeypatch.setattr(step_module, "recorder_for", lambda device: recorder)
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


def test_nothing_is_recorded_on_a_cpu() -> None:
    assert recorder_for(CPU) is None
    assert recorder_for(torch.device("mps")) is None
    experiment = tiny()
    step = build_step(experiment, state_of(experiment).model, CPU)
    assert not isinstance(step, GraphedStep)


def test_a_gpu_records_unless_it_is_switched_off_or_not_nvidias(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gpu = torch.device("cuda:0")
    monkeypatch.setattr(torch.version, "hip", None)
    monkeypatch.delenv("PLAYGROUND_CUDA_GRAPHS", raising=False)
    assert isinstance(recorder_for(gpu), CudaRecorder)  # and no GPU has been looked for
    monkeypatch.setenv("PLAYGROUND_CUDA_GRAPHS", "0")
    assert recorder_for(gpu) is None
    monkeypatch.setenv("PLAYGROUND_CUDA_GRAPHS", "1")
    assert isinstance(recorder_for(gpu), CudaRecorder)
    monkeypatch.setattr(torch.version, "hip", "6.4")
    assert recorder_for(gpu) is None


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

    def spoil(static: Results, number: int) -> None:
        tensor = static[position]
        assert tensor is not None
        tensor.view(-1)[tensor.abs().argmax()] += by

    return spoil


def add_up(static: Results, number: int) -> None:
    """Add to the gradients instead of replacing them, which the first replay does not show."""
    for gradient in static[2:]:
        assert gradient is not None
        gradient.mul_(number)


def draw(static: Results, number: int) -> None:
    torch.rand(1)


@pytest.mark.parametrize(
    "spoil", [nudge(0), nudge(1), nudge(2), nudge(-1), nudge(0, torch.nan), add_up, draw]
)
def test_a_recording_that_computes_something_else_is_not_used(
    graphed: Graphed, spoil: Spoil, caplog: pytest.LogCaptureFixture
) -> None:
    experiment = tiny(**CNN)
    with caplog.at_level(logging.WARNING):
        outcome, recorder = graphed(experiment, spoil=spoil)
    assert outcome == eager(experiment)
    assert recorder.recorded == 1
    assert recorder.replayed <= 2  # none after the check
    [line] = caplog.records
    assert line.getMessage().startswith("training goes on without CUDA graphs: a replay is ")


def test_a_recording_that_leaves_other_statistics_is_not_used(graphed: Graphed) -> None:
    experiment = tiny(**CNN)
    state = state_of(experiment)
    recorder = StandIn(state.model, lambda static, number: _shift(state.model))
    step = GraphedStep(eager_step(experiment, state.model, CPU), state.model, CPU, recorder)
    before = digest(dict(state.model.named_buffers()))
    assert step._record(recorder, *state.train.slice(0, 16)) is None
    assert digest(dict(state.model.named_buffers())) == before


def _shift(model: nn.Module) -> None:
    for buffer in model.buffers():
        buffer.add_(1)


@pytest.mark.parametrize("fails", ["aside 1", "aside 3", "record"])
def test_a_recording_that_fails_leaves_no_trace_but_a_line_in_the_log(
    graphed: Graphed, fails: str, caplog: pytest.LogCaptureFixture
) -> None:
    experiment = tiny(**RESTLESS)
    with caplog.at_level(logging.WARNING):
        outcome, recorder = graphed(experiment, fails=fails)
    assert outcome == eager(experiment)
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
    assert (
        distance([torch.tensor([1.0, 2.0]), None, whole], [torch.tensor([1.5, 2.25]), None, whole])
        == 0.5
    )
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

    def trained(state: TrainingState, *, epochs: int = 2) -> tuple[list[Any], str]:
        said = []
        for record_ in train(experiment, state):
            said.append(record_)
            if isinstance(record_, EpochRecord) and record_.epoch == epochs:
                break
        return results(said), digest(on_cpu(state.saved()))

    monkeypatch.setenv("PLAYGROUND_CUDA_GRAPHS", "0")
    expected = trained(fresh())
    monkeypatch.delenv("PLAYGROUND_CUDA_GRAPHS")
    with caplog.at_level(logging.WARNING):
        assert trained(fresh()) == expected
        first, resumed = fresh(), fresh()
        trained(first, epochs=1)
        resumed.restore(first.saved())
        assert trained(resumed)[1] == expected[1]
    assert not caplog.records  # or it was not a graph that gave these numbers
