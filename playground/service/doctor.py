"""What a run recorded, read from disk for its diagnosis."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache

from playground.analysis.doctor.diagnosis import diagnose
from playground.analysis.doctor.evidence import Evidence
from playground.analysis.doctor.finding import Finding
from playground.run.artifacts import FACTS, START
from playground.run.facts import EpochFacts, StartFacts, read_facts
from playground.run.folder import RunFolder
from playground.run.snapshot import RunSnapshot
from playground.service.layer_statistics import layer_statistics
from playground.service.stored_answers import stored_answers

# The facts of an epoch take 2 kB, findings as much.
_KEPT_EPOCHS, _KEPT_FINDINGS = 1024, 64


def evidence_of(snapshot: RunSnapshot, revealed: Collection[str] = ()) -> Evidence:
    """Return what a run recorded up to its last epoch.

    `revealed` are the mysteries that who looks has guessed: of others nothing is told.
    """
    run_id, last = snapshot.run_id, len(snapshot.epochs)
    folder, mystery = RunFolder.of(run_id), snapshot.experiment.training.mystery
    key = snapshot.started.validation_key if snapshot.started else ""
    starts = folder.epochs(START)
    facts = {
        epoch: found
        for epoch in folder.epochs(FACTS)
        if epoch <= last and (found := _facts(run_id, epoch))
    }
    return Evidence(
        experiment=snapshot.experiment,
        status=snapshot.status.value,
        message=snapshot.message,
        started=snapshot.started,
        records=snapshot.epochs,
        batches=snapshot.batches,
        answers=stored_answers(run_id, key, last) if key else None,
        start=read_facts(StartFacts, folder.arrays(START, starts[0])) if starts else None,
        facts=facts,
        layers=layer_statistics(run_id, last),
        is_secret=mystery is not None and mystery not in revealed,
    )


def _facts(run_id: str, epoch: int) -> EpochFacts | None:
    try:
        return _read_facts(run_id, epoch)
    except FileNotFoundError:
        return None


# What was read is kept; a failure is not, so that a file that comes later is found.
@lru_cache(maxsize=_KEPT_EPOCHS)
def _read_facts(run_id: str, epoch: int) -> EpochFacts:
    facts = read_facts(EpochFacts, RunFolder.of(run_id).arrays(FACTS, epoch))
    if facts is None:
        raise FileNotFoundError
    return facts


@dataclass(frozen=True)
class _Look:
    """What decides the findings on a run: it is looked at anew where an epoch came or it ended."""

    run_id: str
    epochs: int
    status: str
    is_guessed: bool
    snapshot: RunSnapshot = field(compare=False)


def findings(snapshot: RunSnapshot, revealed: Collection[str] = ()) -> tuple[Finding, ...]:
    """Return what the doctor says of a run, from memory where nothing has changed since."""
    mystery = snapshot.experiment.training.mystery
    status, epochs = snapshot.status, len(snapshot.epochs)
    told = status.value if status.is_over else ""  # a pause changes nothing
    return _diagnose(_Look(snapshot.run_id, epochs, told, mystery in revealed, snapshot))


@lru_cache(maxsize=_KEPT_FINDINGS)
def _diagnose(look: _Look) -> tuple[Finding, ...]:
    mystery = look.snapshot.experiment.training.mystery
    revealed = (mystery,) if look.is_guessed and mystery else ()
    return tuple(diagnose(evidence_of(look.snapshot, revealed)))
