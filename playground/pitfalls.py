"""Pitfalls: which mistakes an experiment makes on purpose, and the codes that hide one."""

from __future__ import annotations

import hashlib
import random

from playground import catalog
from playground.catalog import PITFALLS, PitfallEntry
from playground.experiment import Experiment

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""What codes are made of: no letter that reads like a digit."""

_CODE_LENGTH = 4


def active_pitfalls(experiment: Experiment) -> frozenset[str]:
    """Return the names of all pitfalls of a run, the hidden one included."""
    chosen = frozenset(experiment.training.pitfalls)
    code = experiment.training.mystery
    return chosen | {hidden_pitfall(code).name} if code else chosen


def hidden_pitfall(code: str) -> PitfallEntry:
    """Return the pitfall that a code hides: the same one everywhere and always."""
    digest = hashlib.sha256(f"pitfall {code}".encode()).digest()
    names = PITFALLS.names
    return PITFALLS[names[int.from_bytes(digest[:8], "big") % len(names)]]


def new_code(experiment: Experiment, source: random.Random | None = None) -> str:
    """Return a random code whose pitfall changes something in `experiment`."""
    source = source or random.SystemRandom()
    while True:
        code = "".join(source.choice(CODE_LETTERS) for _ in range(_CODE_LENGTH))
        if has_effect(hidden_pitfall(code), experiment):
            return code


def has_effect(pitfall: PitfallEntry, experiment: Experiment) -> bool:
    """Whether a pitfall changes anything in the training or the validation of `experiment`."""
    if pitfall.name == "raw_pixels":
        return experiment.data.normalization != "none"
    return not pitfall.needs or bool(pitfall.needs & _layers(experiment))


def _layers(experiment: Experiment) -> frozenset[str]:
    """Return which of dropout and batch norm the network has."""
    model = experiment.model
    architecture = catalog.ARCHITECTURES[model.architecture]
    chosen = {"dropout"} if model.dropout > 0 and model.hidden_sizes else set()
    chosen |= {"batch_norm"} if model.batch_norm and model.hidden_sizes else set()
    return frozenset(chosen) & architecture.uses | architecture.has
