"""Cross-validation: what networks say of training images that they have not trained on."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

import numpy as np
import torch
from torch import Tensor

from playground.analysis.label_errors import suspects
from playground.engine.images.data import TrainingData
from playground.engine.images.shelf import DataShelf
from playground.engine.images.sources.splits import others
from playground.engine.machine.preparation import Preparation
from playground.engine.machine.runtime import choose_device
from playground.engine.runs.execution import initial_state
from playground.engine.runs.inspection import describe
from playground.engine.runs.predictions import save_images
from playground.engine.training.training import train
from playground.experiment import Experiment
from playground.experiment.pitfalls import data_flaws
from playground.run.artifacts import Array, Artifact
from playground.run.records import BatchRecord, PreparationRecord
from playground.run.suspects import FOLDS, MOST_SHOWN, FindSuspects, Suspects

_TOLD_SECONDS = 0.05  # between two messages on how far it is, and so between turns of others


def find_suspects(question: FindSuspects, shelf: DataShelf) -> Preparation[Suspects]:
    """Train a network for each part, on the others, and doubt labels by what they say.

    Raises the `PlaygroundError`s of a run.
    """
    setup = question.experiment.on_one_device()
    data = yield from shelf.prepare(setup.data, setup.training.seed, flaws=data_flaws(setup))
    shares = yield from out_of_sample(setup, data, question.epochs)
    labels = data.train.labels.numpy()
    found = suspects(labels, shares)
    shown = found[:MOST_SHOWN]
    key = ""
    if len(shown):
        arrays = {
            "images": data.train.inputs.numpy()[shown],
            "labels": labels[shown],
            "indices": data.train_indices.numpy()[shown],
            "probabilities": shares[shown],
        }
        key = save_images("training", arrays)
    accuracy = float((shares.argmax(axis=1) == labels).mean())
    return Suspects(key, len(found), len(labels), accuracy)


def out_of_sample(setup: Experiment, data: TrainingData, epochs: int) -> Preparation[Array]:
    """Return the probabilities float32 `[N, classes]` of all training images, each by others."""
    summary = describe(setup, data.input_shape, len(data.class_names), data.counts)
    device = choose_device(setup.training.device)
    shares = np.zeros((len(data.train), len(data.class_names)), np.float32)
    told = monotonic()
    for fold, part in enumerate(parts(data.train.labels)):
        rest = others(part, len(data.train))
        these = replace(
            data,
            train=data.train.subset(rest),
            validation=data.train.subset(part),
            train_indices=data.train_indices[rest],
            validation_indices=data.train_indices[part],
        )
        size = min(setup.training.batch_size, len(rest))
        short = setup.replace({"training.epochs": epochs, "training.batch_size": size})
        state = initial_state(short, these, summary, device)
        for record in train(short, state):
            match record:
                case Artifact(content=np.ndarray() as said):
                    shares[part] = said
                case BatchRecord() if monotonic() - told > _TOLD_SECONDS:
                    told = monotonic()
                    done = (fold + min(1.0, record.position / epochs)) / FOLDS
                    yield PreparationRecord(f"Training network {fold + 1} of {FOLDS}", done)
    return shares


def parts(labels: Tensor) -> list[Tensor]:
    """Cut the positions of `labels [N]` into `FOLDS` parts, each ascending, alike in classes."""
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    by_class = order[labels[order].argsort(stable=True)]
    return [by_class[fold::FOLDS].sort().values for fold in range(FOLDS)]
