"""Sweeps: lists of values as a person types them, and the experiments of their cross product."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import islice, product
from math import prod
from typing import Any

from pydantic import ValidationError

from playground.analysis.comparison import canonical
from playground.analysis.wording import counted, setting_text
from playground.errors import InvalidExperiment, UnknownChoice, shorten
from playground.experiment import Experiment, catalog
from playground.experiment.fields import heading, paths, title, unknown_setting
from playground.experiment.hidden_sizes import parse_hidden_sizes
from playground.experiment.sentences import sentences
from playground.experiment.settings import SECTIONS

MOST_RUNS = 64
"""Runs of one sweep: an 8×8 heat map is still readable, and an evening's work for a small PC."""

SWEEPABLE = {
    "optimizer.learning_rate": "0.1, 0.01, 1e-3",
    "training.batch_size": "32, 64",
    "model.hidden_sizes": "64; 128, 64; none",
    "optimizer.name": "sgd, adam",
}
"""The settings that a person may sweep over, each with an example of how a list is written."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,12}")


def parse_list(path: str, text: str) -> list[Any]:
    """Return the values in `text` for the setting at `path`, duplicates removed, in order.

    Values are separated by commas, blanks or semicolons; lists of hidden sizes by semicolons
    alone, and "none" stands for no hidden layer. Raises `InvalidExperiment` for what is no legal
    value of this setting, and for an empty list.
    """
    if path not in SWEEPABLE:
        raise UnknownChoice("setting of a sweep", path, SWEEPABLE)
    separator = r"[;\n]" if path == "model.hidden_sizes" else r"[,;\s]+"
    parts = [part.strip() for part in re.split(separator, text) if part.strip()]
    if not parts:
        raise InvalidExperiment(
            f"The sweep has no value for {title(path)}: write some, such as {SWEEPABLE[path]}."
        )
    values = [_PARSERS[path](part) for part in parts]
    for value in values:
        _check(path, value)
    return _unique(values)


def expand(experiment: Experiment, values: Mapping[str, Sequence[Any]]) -> list[Experiment]:
    """Return the cross product of `values` by path as experiments, the last path varying fastest.

    Combinations that come to the same network and training (a setting that means nothing in them)
    are there once. Raises `InvalidExperiment` for an empty list, more than `MOST_RUNS` runs, and
    combinations that no run can have, each of which is named.
    """
    for path, choices in values.items():
        if path not in paths():
            raise unknown_setting(path)
        if not choices:
            raise InvalidExperiment(f"The sweep has no value for {title(path)}: write at least 1.")
    lists = {path: _unique(choices) for path, choices in values.items()}
    count = prod(len(choices) for choices in lists.values())
    if count > MOST_RUNS:
        sizes = " × ".join(f"{len(choices)} of {title(path)}" for path, choices in lists.items())
        raise InvalidExperiment(
            f"This sweep has {count:,} runs ({sizes}): at most {MOST_RUNS} are allowed, so leave "
            "out some values."
        )
    found: dict[Experiment, Experiment] = {}
    impossible: dict[str, list[str]] = {}
    for combination in product(*lists.values()):
        changes = dict(zip(lists, combination, strict=True))
        try:
            candidate = experiment.replace(changes)
        except InvalidExperiment as error:
            impossible.setdefault(str(error), []).append(combination_text(changes))
        else:
            found.setdefault(canonical(candidate), candidate)
    if impossible:
        raise InvalidExperiment(
            " ".join(
                f"{sentence} (In this sweep: {'; '.join(where)}.)"
                for sentence, where in impossible.items()
            )
        )
    return list(found.values())


def combination_text(changes: Mapping[str, Any]) -> str:
    """Return one combination of a sweep, such as "lr 0.1 · batch size 64"."""
    return " · ".join(setting_text(path, value) for path, value in changes.items())


def sweep_name(experiment: Experiment, values: Mapping[str, Sequence[Any]]) -> str:
    """Return a name for the group of runs: "MLP on Digits: learning rate × batch size, 6 runs"."""
    swept = [path for path, choices in values.items() if len(_unique(choices)) > 1]
    count = len(expand(experiment, values))
    network = catalog.ARCHITECTURES[experiment.model.architecture].label
    images = catalog.DATASETS[experiment.data.dataset].label
    what = " × ".join(title(path) for path in islice(swept, 4)) or "no setting"
    return f"{network} on {images}: {what}, {counted(count, 'run')}"


def _number(text: str, path: str, kind: str, written: re.Pattern[str]) -> str:
    """Return the text of a number; raises `InvalidExperiment` for what is none of this kind."""
    if not written.fullmatch(text):
        raise InvalidExperiment(
            f"{heading(path)} {shorten(text)} is not a {kind}: write such as {SWEEPABLE[path]}."
        )
    return text


def _optimizer(text: str) -> str:
    by_word = {
        word.casefold(): entry.name
        for entry in catalog.OPTIMIZERS
        for word in (entry.label, entry.name)
    }
    # What is unknown goes on as it is: the check that follows lists the choices.
    return by_word.get(text.casefold(), text)


_PARSERS: dict[str, Callable[[str], Any]] = {
    "optimizer.learning_rate": lambda text: float(
        _number(text, "optimizer.learning_rate", "number", _NUMBER)
    ),
    "training.batch_size": lambda text: int(
        _number(text, "training.batch_size", "whole number", _WHOLE_NUMBER)
    ),
    "model.hidden_sizes": lambda text: tuple(parse_hidden_sizes(text)),
    "optimizer.name": _optimizer,
}


def _check(path: str, value: object) -> None:
    # The section alone: whether a batch fits the data set is a question to the whole experiment.
    section, _, name = path.partition(".")
    try:
        SECTIONS[section].model_validate_json(json.dumps({name: value}))
    except ValidationError as error:
        problems = [{**item, "loc": (section, *item["loc"])} for item in error.errors()]
        raise InvalidExperiment(sentences(problems)) from None


def _unique(values: Sequence[Any]) -> list[Any]:
    # True == 1 and 1 == 1.0, yet they are different values of a setting.
    return list({(type(value), json.dumps(value)): value for value in values}.values())
