"""Checkpoints: a run's whole state after an epoch, two generations and the best, each whole.

Order of writing: a part, what was the last gets the name of the previous one too, the part becomes
the last. A process killed anywhere in between leaves a whole one.
"""

from __future__ import annotations

import json
import logging
import os
import pickle
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from shutil import copyfile
from typing import Any

import torch
from torch import Tensor

from playground.engine.training.training_state import TrainingState
from playground.errors import CheckpointMissing, InvalidExperiment, shorten
from playground.experiment import Experiment, read_stored
from playground.run.info import read_history
from playground.run.ownership import check_folder, take_folder
from playground.run.part_files import new_part, remove_stale_parts, replacing

LAST, PREVIOUS, BEST = "checkpoint.pt", "checkpoint-previous.pt", "checkpoint-best.pt"
_VERSION = 1

_FIELDS = {
    "epoch": int,
    "model": dict,
    "optimizer": dict,
    "schedule": dict,
    "order": Tensor,
    "augmentation": Tensor,
    "random": Tensor,
    "cuda_random": list,
    "experiment": str,
    "environment": dict,
    "history": str,
    "losses": Tensor,
}


@dataclass(frozen=True, slots=True)
class CheckpointFolder:
    """The checkpoints of one run, written under `fence` (see `playground.run.ownership`)."""

    folder: Path
    fence: int = 0

    def claim(self) -> None:
        """Write our fence; raises `RunTakenOver` where a later one is there, and `OSError`."""
        take_folder(self.folder, self.fence)
        remove_stale_parts(self.folder)

    def check(self) -> None:
        """Raise `RunTakenOver` where another worker has the run now."""
        check_folder(self.folder, self.fence)

    def save(self, state: Mapping[str, Any], *, is_best: bool) -> None:
        """Write a checkpoint: tensors, numbers, texts, lists and dictionaries only.

        Raises `RunTakenOver` where another worker has the run now, and `OSError` where the disk
        does not take it; the checkpoints that were there stay.
        """
        self.check()
        # In memory first: writing itself, torch tells a full disk as it does an error of its own.
        content = BytesIO()
        torch.save({"version": _VERSION, **state}, content)
        last = self.folder / LAST
        with replacing(last) as part:
            part.write_bytes(content.getbuffer())
            if last.exists():
                _link(last, self.folder / PREVIOUS)
        if is_best:
            _link(last, self.folder / BEST)

    def load(
        self, name: str | None = None, fits: tuple[Experiment, TrainingState] | None = None
    ) -> dict[str, Any] | None:
        """Return the newest whole checkpoint (or the one called `name`); None where there is none.

        A damaged one is put aside as `….damaged` and the one before it is taken; so is one that
        is of another experiment than it `fits`, epochs apart, or cannot be that state at a later
        epoch. Raises `CheckpointMissing` for one of another version, which is left alone.
        """
        for candidate in (name,) if name else (LAST, PREVIOUS):
            file = self.folder / candidate
            if not file.exists():
                continue
            try:
                saved = read_checkpoint(file)
                if fits:
                    experiment, state = fits
                    more = {"training.epochs": experiment.training.epochs}
                    if Experiment.from_json(saved["experiment"]).replace(more) != experiment:
                        raise ValueError("it is of another experiment")
                    _check_form(saved, state)
            except _DAMAGED as error:
                logging.getLogger(__name__).warning("%s is damaged: %s", file, error)
                with suppress(OSError):  # a read-only folder keeps its name
                    file.replace(file.with_name(f"{file.name}.damaged"))
            else:
                return saved
        return None


_DAMAGED = (
    OSError,
    EOFError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    RuntimeError,
    TypeError,
    ValueError,
    pickle.UnpicklingError,
    zipfile.BadZipFile,
)


def read_checkpoint(file: Path) -> dict[str, Any]:
    """Read a checkpoint without running anything in it; its experiment is as this version has it.

    Raises `CheckpointMissing` for one of another version, and one of several errors if damaged.
    """
    if not file.is_file():
        raise ValueError("it is no file")  # of a pipe the end would never come
    with zipfile.ZipFile(file) as archive:
        damaged = archive.testzip()  # torch itself does not compare the sums
    if damaged:
        raise zipfile.BadZipFile(f"{damaged} is damaged")
    state = torch.load(file, map_location="cpu", weights_only=True)
    if not isinstance(state, dict) or type(state.get("version")) is not int:
        raise ValueError("it is no checkpoint")
    if state["version"] != _VERSION:
        raise _of_another_version(f"format {state['version']}; this one reads {_VERSION}")
    for name, kind in _FIELDS.items():
        if not isinstance(state.get(name), kind):
            raise ValueError(f"{name} is not {kind.__name__}")
    history = read_history(json.loads(state["history"]))
    if len(history) != state["epoch"] or not history:
        raise ValueError(f"it says {state['epoch']} epochs and has {len(history)}")
    losses = state["losses"]
    if losses.dtype != torch.float64 or losses.shape[1:] != (5,) or not losses.isfinite().all():
        raise ValueError("its losses are no table of numbers")
    try:
        experiment, _ = read_stored(json.loads(state["experiment"]))
    except InvalidExperiment as error:
        raise _of_another_version(str(error)) from None
    return {
        **state,
        "experiment": experiment.to_json(),
        "history": json.dumps([record.numbers() for record in history]),
    }


def _of_another_version(difference: str) -> CheckpointMissing:
    return CheckpointMissing(
        "The checkpoint of this run was written by another version of the playground "
        f"({difference}). It is left as it is: go on with that version, or start a new run."
    )


def _check_form(saved: Mapping[str, Any], state: TrainingState) -> None:
    """Raise an error unless every part of a checkpoint has the form that it has in `state`."""
    fresh = state.saved()
    _check_same(saved["model"], fresh["model"])
    for name in ("order", "augmentation", "random"):
        _check_same({name: saved[name]}, {name: fresh[name]})
    weights = [weight for group in state.optimizer.param_groups for weight in group["params"]]
    groups, known = saved["optimizer"]["param_groups"], fresh["optimizer"]["param_groups"]
    if [group["params"] for group in groups] != [group["params"] for group in known]:
        raise ValueError("the optimizer has other weights")
    for number, values in saved["optimizer"]["state"].items():
        for name, value in values.items():
            if isinstance(value, Tensor) and value.ndim and value.shape != weights[number].shape:
                raise ValueError(f"{name} of the optimizer has the shape {tuple(value.shape)}")
    for settings, usual in (
        (saved["schedule"], fresh["schedule"]),
        *zip(groups, known, strict=True),
    ):
        for name, value in usual.items():
            if name in settings and not isinstance(settings[name], _like(value)):
                raise ValueError(f"{name} is {shorten(settings[name])}")


def _check_same(saved: Mapping[str, Tensor], fresh: Mapping[str, Tensor]) -> None:
    if saved.keys() != fresh.keys():
        raise ValueError("it has other weights")
    for name, tensor in fresh.items():
        if saved[name].shape != tensor.shape or saved[name].dtype != tensor.dtype:
            raise ValueError(f"{name} has the shape {tuple(saved[name].shape)}")


def _like(value: object) -> tuple[type, ...]:
    """Return the types that may stand for a value: a number for a number, all for nothing."""
    if isinstance(value, bool) or value is None:
        return (object,)
    return (int, float, Tensor) if isinstance(value, int | float | Tensor) else (type(value),)


def _link(source: Path, target: Path) -> None:
    """Give `source` a second name; where the disk has no such thing, copy it."""
    part = new_part(target)
    try:
        part.unlink()
        try:
            os.link(source, part)
        except OSError:
            copyfile(source, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
