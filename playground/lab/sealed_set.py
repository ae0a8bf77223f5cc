"""The test set: a seal for each run that counts how often it has been opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import PlainValidator

from playground.errors import InvalidExperiment, shorten
from playground.lab.inputs import Choice
from playground.run.questions import Question
from playground.run.seal import Opening

KEPT = Choice("checkpoint", "epoch", {"best": "Smallest validation loss", "last": "Last epoch"})


@dataclass(frozen=True, slots=True)
class SealFindings:
    """The openings of a run's test set, the first one first."""

    openings: tuple[Opening, ...]
    code: str


def _run_id(value: object) -> str:
    if isinstance(value, str):
        return value
    raise InvalidExperiment(f"{shorten(value)} is not the id of a run: give one.")


@dataclass(frozen=True, slots=True)
class SealQuestion(Question[SealFindings]):
    """How often has the test set of a run been opened? Looking does not open it.

    With a `nonce` it is opened, for the epoch that `checkpoint` names; the same nonce opens it
    once.
    """

    run: Annotated[str, PlainValidator(_run_id)]
    nonce: str = ""
    checkpoint: Annotated[str, KEPT.rule] = KEPT.default
