"""Stored experiments: read also where another version of the playground has written them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playground.experiment.experiment import Experiment
from playground.experiment.settings import SECTIONS

RETIRED: dict[str, str] = {}
"""By its path, what to tell of a setting that former versions had: one sentence."""


def read_stored(settings: object) -> tuple[Experiment, str]:
    """Return an experiment from its stored JSON form, and what of it is no more ("" for nothing).

    What has come since it was stored has its default. Raises `InvalidExperiment` for what this
    version does not know. Links and files are read by `Experiment.from_settings`, which lets
    nothing pass: there, an unknown setting is a mistake in writing.
    """
    if not isinstance(settings, Mapping):
        return Experiment.from_settings(settings), ""
    kept, notes = {**settings, "data": _data_of(settings)}, []
    for path, note in RETIRED.items():
        section, _, name = path.partition(".")
        values = kept.get(section)
        if isinstance(values, Mapping) and name in values:
            kept[section] = {key: value for key, value in values.items() if key != name}
            notes.append(note)
            if not kept[section] and section not in SECTIONS:
                del kept[section]
    return Experiment.from_settings(kept), " ".join(notes)


def _data_of(settings: Mapping[Any, Any]) -> object:
    """Return the section `data`, with what decided in former versions where they had no setting."""
    data, training = settings.get("data", {}), settings.get("training", {})
    if not isinstance(data, Mapping) or not isinstance(training, Mapping):
        return data
    # The run's seed drew the split, too; a crop shifted images of every size by 4 pixels.
    former = {"split_seed": training["seed"]} if "seed" in training else {}
    if data.get("augmentation", "none") != "none":
        former["crop_shift"] = 4
    return {**former, **data}
