"""The values of a sweep's setting, typed or chosen, in the grammar of its field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import ValidationError

from playground.analysis.wording import PITFALLS_PATH, value_text
from playground.errors import InvalidExperiment, UnknownChoice, shorten
from playground.experiment import Experiment
from playground.experiment.catalog import PITFALLS
from playground.experiment.fields import choices, heading, limits, paths, title
from playground.experiment.hidden_sizes import parse_hidden_sizes
from playground.experiment.sentences import sentences
from playground.experiment.settings import SECTIONS

# How a list is written; the settings that are swept most come first. What is not here and holds no
# number has none: a mystery, say, hides what it is.
_EXAMPLES = {
    "optimizer.learning_rate": "0.1, 0.01, 1e-3",
    "training.batch_size": "32, 64",
    "model.hidden_sizes": "64; 128, 64; none",
    "model.architecture": "linear, mlp",
    "optimizer.name": "sgd, adam",
    "model.dropout": "0, 0.2, 0.5",
    "optimizer.weight_decay": "0, 1e-4, 0.01",
    "training.seed": "0, 1, 2",
    "data.split_seed": "0, 1, 2",
    "data.training_images": "100, 300, all",
    "training.epochs": "5, 20",
    "data.crop_shift": "1, 2, 4",
    "data.mean": "0.5; 0.4, 0.5, 0.6",
    "data.std": "0.5; 0.2, 0.2, 0.3",
    "training.device": "cpu, auto",
    "training.devices": "1, 2",
}

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,12}")
_SWITCH = {"on": True, "true": True, "off": False, "false": False}


@lru_cache
def sweepable() -> tuple[str, ...]:
    """Return the settings that a person may sweep over, those that are swept most first."""
    rest = [path for path in paths() if options(path) or _kind(path)[0] in (int, float)]
    return tuple(dict.fromkeys([*_EXAMPLES, *rest]))


def options(path: str) -> tuple[Any, ...]:
    """Return the values there are to choose from; none where they are typed."""
    if path == PITFALLS_PATH:
        return ((), *((name,) for name in PITFALLS.names))
    kind, is_optional = _kind(path)
    if path in choices():
        return tuple(choices()[path].names)
    if kind is bool:
        return (False, True)
    return (*get_args(kind), *(None,) * is_optional) if get_origin(kind) is Literal else ()


def example(path: str) -> str:
    """Return how a list of values of this setting is written."""
    if path in _EXAMPLES:
        return _EXAMPLES[path]
    range_ = limits(path)
    numbers = unique([range_.minimum, Experiment().get(path), range_.maximum])
    values = options(path) or [number for number in numbers if number is not None]
    return ("; " if is_list(path) else ", ").join(map(_word, values[:2]))


def is_list(path: str) -> bool:
    """Return whether one value is a list itself, so that semicolons stand between values."""
    return get_origin(_kind(path)[0]) is tuple


def parse_list(path: str, text: str) -> list[Any]:
    """Return the values in `text` for the setting at `path`, duplicates removed, in order.

    Values are separated by commas, blanks or semicolons; lists by semicolons alone, words by
    commas or semicolons. "none" stands for no hidden layer, "all" for all training images. Raises
    `InvalidExperiment` for what is no legal value of this setting, and for an empty list.
    """
    if path not in sweepable():
        raise UnknownChoice("setting of a sweep", path, sweepable())
    separator = r"[;\n]" if is_list(path) else r"[,;\n]" if options(path) else r"[,;\s]+"
    parts = [part.strip() for part in re.split(separator, text) if part.strip()]
    if not parts:
        raise InvalidExperiment(
            f"The sweep has no value for {title(path)}: write some, such as {example(path)}."
        )
    values = [_value(path, part) for part in parts]
    check_values(path, values)
    return unique(values)


def check_values(path: str, values: Iterable[Any]) -> None:
    """Raise `InvalidExperiment` for what is no legal value of this setting."""
    # The section alone: whether a batch fits the data set is a question to the whole experiment.
    section, _, name = path.partition(".")
    for value in values:
        try:
            SECTIONS[section].model_validate_json(json.dumps({name: value}))
        except ValidationError as error:
            problems = [{**item, "loc": (section, *item["loc"])} for item in error.errors()]
            raise InvalidExperiment(sentences(problems)) from None


def unique(values: Sequence[Any]) -> list[Any]:
    """Return the values in order, each once."""
    # True == 1 and 1 == 1.0, yet they are different values of a setting.
    return list({(type(value), json.dumps(value)): value for value in values}.values())


def _kind(path: str) -> tuple[Any, bool]:
    """Return the type of a setting's values, and whether there may be none."""
    section, _, name = path.partition(".")
    kind: Any = SECTIONS[section].model_fields[name].annotation
    members = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    first = next(member for member in members if member is not type(None))
    return (get_args(first)[0] if get_origin(first) is Annotated else first), len(members) > 1


def _word(value: Any) -> str:
    """Return the word for a choice that a person may type: its name, not its label."""
    names = value if isinstance(value, tuple) else (value,)
    return (
        " ".join(name if isinstance(name, str) else value_text("", name) for name in names)
        or "none"
    )


def _value(path: str, text: str) -> Any:
    """Return one value; what is no choice goes on as it is, to a check that lists the choices."""
    kind, is_optional = _kind(path)
    word = text.casefold()
    if is_optional and word in ("none", value_text(path, None)):
        return None
    if values := options(path):
        words = {value_text(path, value).casefold(): value for value in values}
        words |= {_word(value): value for value in values}
        return (words | (_SWITCH if kind is bool else {})).get(word, text)
    if path == "model.hidden_sizes":
        return tuple(parse_hidden_sizes(text))
    if is_list(path):
        parts = re.split(r"[,\s]+", text.strip("[] "))
        return tuple(float(_number(path, part, "number", _NUMBER)) for part in parts)
    if kind is int:
        return int(_number(path, text, "whole number", _WHOLE_NUMBER))
    return float(_number(path, text, "number", _NUMBER)) if kind is float else text


def _number(path: str, text: str, kind: str, written: re.Pattern[str]) -> str:
    """Return the text of a number; raises `InvalidExperiment` for what is none of this kind."""
    if not written.fullmatch(text):
        raise InvalidExperiment(
            f"{heading(path)} {shorten(text)} is not a {kind}: write such as {example(path)}."
        )
    return text
