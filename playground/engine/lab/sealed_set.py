"""The test set: what a network says of images that had no part in any choice, under a seal."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import asdict
from time import time

import torch
from torch import Tensor, nn

from playground.engine.images.normalization import Normalization
from playground.engine.images.shelf import DataShelf
from playground.engine.lab.code import source
from playground.engine.machine.preparation import Preparation
from playground.engine.machine.runtime import choose_device, multiply_adds
from playground.engine.models.building import build_model
from playground.engine.runs.checkpoint import BEST, LAST, CheckpointFolder
from playground.engine.runs.inspection import describe
from playground.engine.training.evaluation import portion_size
from playground.errors import CheckpointMissing, InvalidExperiment
from playground.experiment import Experiment
from playground.experiment.pitfalls import data_flaws
from playground.lab.sealed_set import SealFindings, SealQuestion
from playground.run.home import run_folder
from playground.run.part_files import replacing
from playground.run.records import PreparationRecord
from playground.run.seal import Opening, openings, openings_file

_NAMES = {"best": BEST, "last": LAST}


def judge(
    model: nn.Module, images: Tensor, labels: Tensor, normalize: Normalization, portion: int
) -> Generator[int, None, float]:
    """Return the share of right answers; a portion at a time, yielding how many images are done."""
    model.eval()  # dropout off; batch norm normalizes by what it has learned in training
    right = 0
    for start in range(0, len(images), portion):
        part = slice(start, start + portion)
        with torch.inference_mode():  # no gradients: from these images nothing is learned
            logits = model(normalize.apply(images[part]))
        right += int((logits.argmax(1) == labels[part]).sum())
        yield min(start + portion, len(images))
    return right / len(images)


def investigate(question: SealQuestion, shelf: DataShelf) -> Preparation[SealFindings]:
    """Open the seal, where that is asked for, and return the openings, the first one first.

    Raises `CheckpointMissing`, and `InvalidExperiment` where the run has no sealed test images.
    """
    run_id, nonce = question.run, question.nonce
    if nonce and all(opening.nonce != nonce for opening in openings(run_id)):
        _note(run_id, (yield from _open(question, shelf)))
    return SealFindings(openings(run_id), source(judge))


def _open(question: SealQuestion, shelf: DataShelf) -> Preparation[Opening]:
    folder = CheckpointFolder(run_folder(question.run))
    saved = folder.load(_NAMES[question.checkpoint]) or folder.load()
    if saved is None:
        raise CheckpointMissing(
            "This run has no checkpoint yet: wait for its first epoch, then open the seal."
        )
    experiment = Experiment.from_json(saved["experiment"])
    if experiment.data.validation == "official":
        raise InvalidExperiment(
            "This run has looked at the test images after every epoch: choose a hold-out share for "
            "validation and train again."
        )
    seed = experiment.training.seed
    data = yield from shelf.prepare(
        experiment.data, seed, download=False, flaws=data_flaws(experiment)
    )
    device = choose_device("auto")
    classes = len(data.class_names)
    model = build_model(experiment.model, data.input_shape, classes, seed)
    model.load_state_dict(saved["model"])
    portion = portion_size(multiply_adds(describe(experiment, data.input_shape, classes)))
    images, labels = data.test.inputs.to(device), data.test.labels.to(device)
    verdict = judge(model.to(device), images, labels, data.normalization, portion)
    while True:
        try:
            done = next(verdict)
        except StopIteration as end:
            accuracy: float = end.value
            break
        yield PreparationRecord("Opening the test set", done / len(data.test))
    return Opening(
        nonce=question.nonce,
        opened_at=time(),
        epoch=saved["epoch"],
        images=len(data.test),
        validation_accuracy=float(json.loads(saved["history"])[-1]["validation_accuracy"]),
        test_accuracy=accuracy,
    )


def _note(run_id: str, opening: Opening) -> None:
    """Write an opening down; whoever reads finds the file as it was, or with it."""
    known = [asdict(each) for each in openings(run_id)]
    with replacing(openings_file(run_id)) as part:
        part.write_text(json.dumps([*known, asdict(opening)], indent=1), encoding="utf-8")
