"""Judging: what the doctor says of each run of the corpus, and whether there is harm to find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

from playground.analysis.doctor.diagnosis import diagnose
from playground.analysis.doctor.finding import Finding
from playground.analysis.estimates import wilson
from playground.examination.cases import HEALTHY, Case, Run
from playground.examination.corpus import healthy_run
from playground.examination.outcomes import Outcome, is_better, outcome_of
from playground.examination.setups import SEEDS
from playground.examination.training import trained
from playground.run.snapshot import RunSnapshot
from playground.service.doctor import evidence_of

A_NOTE = "validation_better_explained"
"""The rule that must tell and must not alarm."""

FLATTERED = "leaked_validation"
"""The rule of runs that look better than they are, where others look worse."""

# A validation set that is too small harms the claim, and not the network: it is too small where the
# 95 % interval of the accuracy is wider than this.
_TOO_SMALL, _WIDE = "validation_too_small", 0.05


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a case: whether it is as ill as planned, and what the doctor says, in order."""

    case: Case
    is_harmful: bool
    illnesses: tuple[str, ...]
    notes: tuple[str, ...]
    fix: Mapping[str, Any] | None

    @property
    def is_found(self) -> bool:
        """Whether the doctor says what it should of a sick run: that it is ill, or the note."""
        if self.case.rule == A_NOTE:
            return A_NOTE in self.notes
        return bool(self.illnesses)

    @property
    def is_right(self) -> bool:
        """Whether the first diagnosis is right."""
        if self.case.rule == A_NOTE:
            return self.is_found and not self.illnesses
        return self.illnesses[:1] != () and self.illnesses[0] in self.case.right


def judged(cases: Iterable[Case]) -> Iterator[Judged]:
    """Yield what came of each case that has been trained, as its healthy seeds have been."""
    for case in cases:
        found = findings(case.run)
        illnesses = [each for each in found if each.is_illness]
        yield Judged(
            case,
            case.rule != HEALTHY and is_harmful(case),
            tuple(each.rule for each in illnesses),
            tuple(each.rule for each in found if not each.is_illness),
            illnesses[0].fix if illnesses else None,
        )


def findings(run: Run) -> list[Finding]:
    """Return what the doctor says of a run that has been trained."""
    return diagnose(evidence_of(trained(run)))


def is_harmful(case: Case) -> bool:
    """Whether a planted fault does harm: worse than healthy seeds of its setup by 2 errors.

    For a note, whether there is something to tell: validation accuracy above that of training.
    """
    if case.rule == _TOO_SMALL:
        correct = outcome_of(case.run).correct
        low, high = wilson(round(correct.sum()), len(correct))
        return high - low > _WIDE
    if case.rule == A_NOTE:
        return _is_above(trained(case.run))
    return harms(case, outcome_of(case.run))


def _is_above(snapshot: RunSnapshot) -> bool:
    """Whether validation accuracy ends above that of training by 2 standard errors."""
    last, images = (
        snapshot.epochs[-1],
        snapshot.started.validation_images if snapshot.started else 1,
    )
    share = last.validation_accuracy
    return share - last.train_accuracy > 2 * sqrt(share * (1 - share) / images)


def harms(case: Case, outcome: Outcome) -> bool:
    """Whether this outcome, of the case or of one changed, is not what healthy seeds have."""
    healthy = [outcome_of(healthy_run(case.dataset, case.setup, seed)) for seed in SEEDS]
    if case.rule == FLATTERED:
        return any(is_better([outcome], than) for than in healthy)
    return is_better(healthy, outcome)
