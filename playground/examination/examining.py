"""Examining: train what is not trained yet, let the doctor judge it, and try what it proposes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from playground.errors import InvalidExperiment
from playground.examination.cases import HEALTHY, Case, Run
from playground.examination.corpus import cases, healthy_run
from playground.examination.judging import A_NOTE, Judged, judged
from playground.examination.remedies import beats, changed_at_random, helps, remedied
from playground.examination.rows import Row, as_json
from playground.examination.setups import SEEDS
from playground.examination.training import is_trained
from playground.examination.workers import train_all


def examine(
    datasets: Iterable[str], workers: int, tell: Callable[[str], None], *, trains: bool = True
) -> list[Row]:
    """Return what came of every case of these data sets; of one that is not here, none.

    Each run is trained once, whoever asks for it; `tell` hears of each. Where it does not
    train, what has been trained is judged. Raises `OSError` where nothing can be written.
    """
    rows: list[Row] = []
    for dataset in datasets:
        corpus = cases(dataset)
        if trains:
            _train([case.run for case in corpus], workers, tell)
        found = list(judged(_whole(corpus)))
        if trains:
            _train([run for each in found for run in _remedies(each)], workers, tell)
        rows += [_row(each) for each in found]
    return rows


def _train(runs: Sequence[Run], workers: int, tell: Callable[[str], None]) -> None:
    for told in train_all(runs, workers):
        tell(told)


def _whole(corpus: Sequence[Case]) -> list[Case]:
    """Return the cases that have been trained, as their healthy seeds have."""

    def has_all(case: Case) -> bool:
        seeds = SEEDS if case.rule != HEALTHY else ()
        twins = [healthy_run(case.dataset, case.setup, seed) for seed in seeds]
        return all(map(is_trained, [case.run, *twins]))

    return list(filter(has_all, corpus))


def _remedies(each: Judged) -> list[Run]:
    """Return what is to be trained to see whether a proposed fix helps; nothing without one."""
    fixed = _fixed(each)
    return [fixed, changed_at_random(each.case.run)] if fixed else []


def _fixed(each: Judged) -> Run | None:
    if not each.is_harmful or each.case.rule == A_NOTE or each.fix is None:
        return None
    try:
        return remedied(each.case.run, each.fix)
    except InvalidExperiment:
        return None


def _row(each: Judged) -> Row:
    runs = _remedies(each)
    has_all = bool(runs) and all(map(is_trained, runs))
    tried = (
        (helps(each.case, runs[0]), beats(each.case, *runs), helps(each.case, runs[1]))
        if has_all
        else (None, None, None)
    )
    return Row(
        dataset=each.case.dataset,
        name=each.case.name,
        rule=each.case.rule,
        is_harmful=each.is_harmful,
        is_found=each.is_found,
        is_right=each.is_right,
        first=each.illnesses[0] if each.illnesses else "",
        others=" ".join(each.illnesses[1:]),
        notes=" ".join(each.notes),
        fix=as_json(each.fix),
        helps=tried[0],
        beats=tried[1],
        random_helps=tried[2],
    )
