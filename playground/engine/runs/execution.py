"""Execution: a whole run from its experiment, as one stream of records."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from pathlib import Path

import torch

from playground.engine.images.data import TrainingData, drain
from playground.engine.images.shelf import DataShelf
from playground.engine.machine.randomness import derive_seed
from playground.engine.machine.runtime import choose_devices, cores, multiply_adds, threads_for
from playground.engine.models.building import build_model
from playground.engine.runs.features import prepare_inputs
from playground.engine.runs.handing_out import hand_out, receive
from playground.engine.runs.inspection import describe
from playground.engine.runs.journal import AFRESH, Beginning, Journal
from playground.engine.runs.memory import check_memory
from playground.engine.runs.observers import are_asked, observe, observers
from playground.engine.runs.predictions import save_validation_images
from playground.engine.runs.together import Job, execute_together
from playground.engine.runs.training_sample import save_training_sample
from playground.engine.training.batches import batch_count, check_batches, step_count
from playground.engine.training.evaluation import evaluate, portion_size
from playground.engine.training.optimizers import build_optimizer, build_schedule
from playground.engine.training.precision import pixel_type
from playground.engine.training.team import ALONE, Team
from playground.engine.training.training import train
from playground.engine.training.training_state import TrainingState
from playground.experiment import Experiment, catalog
from playground.experiment.pitfalls import active_pitfalls, data_flaws, real_optimizer
from playground.run.artifacts import PROBABILITIES, Artifact
from playground.run.folder import RunFolder
from playground.run.records import (
    BatchRecord,
    EpochRecord,
    KeptRecord,
    ModelSummary,
    NoteRecord,
    PreparationRecord,
    RestoredRecord,
    StartedRecord,
    TurnRecord,
)

RunRecord = (
    PreparationRecord
    | StartedRecord
    | RestoredRecord
    | KeptRecord
    | NoteRecord
    | TurnRecord
    | BatchRecord
    | EpochRecord
)


def execute(
    experiment: Experiment,
    folder: Path | None = None,
    shelf: DataShelf | None = None,
    begin: Beginning = AFRESH,
    change_state: Callable[[TrainingState], None] | None = None,
) -> Generator[RunRecord, None, None]:
    """Prepare the data, build the network and train it, yielding a record at every step.

    With a `folder`, the validation images, each epoch's class probabilities and a checkpoint are
    written there before the record that announces the epoch; `begin` says whether to go on from
    such a checkpoint. A folder that cannot be written is told in a `NoteRecord`, and the run goes
    on. Runs with the same `shelf` share their images. `change_state` is called once, before the
    first step, for a network that is to begin otherwise than its settings say. A run on several
    devices is computed by as many processes, which end with the generator. Raises
    `PlaygroundError`s: the data set is not there, the model does not fit, the loss diverges,
    another process has the run.
    """
    if experiment.training.devices > 1:
        yield from execute_together(experiment, Job(folder, begin, change_state))
    else:
        yield from compute(experiment, Job(folder, begin, change_state), shelf)


def compute(
    experiment: Experiment, job: Job, shelf: DataShelf | None = None, team: Team = ALONE
) -> Generator[RunRecord, None, None]:
    """Do what `execute` says in this process, as the one that leads the `team`."""
    folder, begin, change_state = job
    shelf = shelf or DataShelf()
    device = team_device(experiment, team)
    data = yield from shelf.prepare(
        experiment.data, experiment.training.seed, flaws=data_flaws(experiment)
    )
    yield PreparationRecord("Building the network")
    summary = describe(experiment, data.input_shape, len(data.class_names), data.counts)
    hand_out(data, team)
    threads = share_threads(experiment, summary, device)
    inputs = yield from prepare_inputs(experiment, data, device)
    state = initial_state(experiment, data, summary, device, shelf, inputs, team)
    del inputs
    if change_state:
        change_state(state)
    entry = catalog.DATASETS[experiment.data.dataset]
    started = StartedRecord(
        parameters=summary.parameters,
        training_images=len(data.train),
        validation_images=len(data.validation),
        batches=batch_count(len(data.train), experiment.training.global_batch_size, state.model),
        class_names=data.class_names,
        device=str(device),
        threads=threads,
        data_fingerprint=data.fingerprint,
        validation_key=_written(save_validation_images, data) if folder else "",
        training_key=_written(save_training_sample, data) if folder and are_asked() else "",
        dataset_label=entry.label if entry.content else "",
        dataset_content=entry.content,
    )
    journal = Journal(experiment, started, RunFolder(folder), begin) if folder else None
    history = journal.restore(state) if journal else []
    if not team.is_alone:
        team.shared(state.saved())
    watching = observers(experiment, data, state) if folder else []
    del data  # the feeds hold what training needs of it
    if journal and not state.epoch:
        untrained = yield from _untrained(experiment, state)
        yield from journal.take(untrained, state)
        for artifact in (yield from observe(watching, state)):
            yield from journal.take(artifact, state)
    yield started
    yield from history
    for record in train(experiment, state):
        if journal:
            if isinstance(record, EpochRecord):
                for artifact in (yield from observe(watching, state)):
                    yield from journal.take(artifact, state)
            yield from journal.take(record, state)
        if not isinstance(record, Artifact):
            yield record


def follow(experiment: Experiment, job: Job, team: Team) -> None:
    """Take part in the run that another process leads, to its end."""
    device = team_device(experiment, team)
    data = receive(team)
    summary = describe(experiment, data.input_shape, len(data.class_names), data.counts)
    share_threads(experiment, summary, device)
    state = initial_state(experiment, data, summary, device, team=team)
    if job.change_state:
        job.change_state(state)
    state.restore(team.shared())
    for _ in train(experiment, state):
        pass


def team_device(experiment: Experiment, team: Team) -> torch.device:
    """Return the device of this process; raises `DeviceUnavailable`."""
    settings = experiment.training
    return choose_devices(settings.device, team.size)[team.rank]


def share_threads(experiment: Experiment, summary: ModelSummary, device: torch.device) -> int:
    """Let torch compute with this process's share of the threads; return how many."""
    settings = experiment.training
    wanted = threads_for(summary, settings.batch_size, device)
    threads = max(1, min(wanted, cores() // settings.devices)) if settings.devices > 1 else wanted
    torch.set_num_threads(threads)
    return threads


def _untrained(
    experiment: Experiment, state: TrainingState
) -> Generator[PreparationRecord, None, Artifact]:
    """Return what the network says before the first step: in eval mode, so no number changes."""
    precision = experiment.training.precision
    evaluation = evaluate(state.model, state.validation, state.portion, precision)
    while True:
        try:
            done, portions = next(evaluation)
        except StopIteration as end:
            return Artifact(PROBABILITIES, 0, end.value.probabilities)
        if done < portions:
            yield PreparationRecord("Asking the untrained network", done / portions)


def _written(save: Callable[[TrainingData], str], data: TrainingData) -> str:
    """Write images for those who look; return their key, "" where they cannot be written."""
    try:
        return save(data)
    except OSError as error:
        logging.getLogger(__name__).warning("images for the pages are not written: %s", error)
        return ""


def initial_state(
    experiment: Experiment,
    data: TrainingData,
    summary: ModelSummary,
    device: torch.device,
    shelf: DataShelf | None = None,
    inputs: TrainingData | None = None,
    team: Team = ALONE,
) -> TrainingState:
    """Return the state before the first batch; weights, order, … each from their own random seed.

    `inputs` are those of `prepare_inputs`, which are prepared here where they are not given.
    Raises `InvalidExperiment` where the batches do not suit the data or the network, and
    `ModelDoesNotFit` where memory would not suffice.
    """
    settings, seed = experiment.training, experiment.training.seed
    if team.leads:
        check_memory(experiment, summary, data.counts, device)
    model = build_model(experiment.model, data.input_shape, len(data.class_names), seed)
    check_batches(len(data.train), settings.batch_size, model, settings.devices)
    channels_last = catalog.ARCHITECTURES[experiment.model.architecture].convolutional
    if channels_last:
        model = model.to(memory_format=torch.channels_last)
    model = model.to(device)
    rates = real_optimizer(experiment)
    optimizer = build_optimizer(rates, model, experiment.model.backbone_rate)
    batches = batch_count(len(data.train), settings.global_batch_size, model)
    steps = step_count(batches, settings.accumulation)
    inputs = inputs or drain(prepare_inputs(experiment, data, device))
    train_feed, validation_feed = (shelf or DataShelf()).feeds(
        inputs,
        device,
        pixel_type(settings.precision),
        channels_last=channels_last and len(inputs.input_shape) == 3,
    )
    # Dropout draws from torch's global state; whoever interleaves runs swaps it (TorchState).
    torch.manual_seed(derive_seed(seed, "dropout"))
    return TrainingState(
        model=model,
        optimizer=optimizer,
        schedule=build_schedule(rates, optimizer, steps * settings.epochs, steps),
        order=torch.Generator().manual_seed(derive_seed(seed, "order")),
        augmentation=torch.Generator().manual_seed(derive_seed(seed, "augmentation")),
        train=train_feed,
        validation=validation_feed,
        portion=portion_size(multiply_adds(summary)),
        keeps_gradients="not_zeroed" in active_pitfalls(experiment),
        team=team,
    )
