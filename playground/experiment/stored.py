"""Stored experiments: read also where another version of the playground has written them."""

from __future__ import annotations

from collections.abc import Mapping

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
    kept, notes = dict(settings), []
    for path, note in RETIRED.items():
        section, _, name = path.partition(".")
        values = kept.get(section)
        if isinstance(values, Mapping) and name in values:
            kept[section] = {key: value for key, value in values.items() if key != name}
            notes.append(note)
            if not kept[section] and section not in SECTIONS:
                del kept[section]
    data = kept.get("data")
    if isinstance(data, Mapping) and data.get("augmentation", "none") != "none":
        # Before there was a shift to choose, a crop shifted images of every size by 4 pixels.
        kept["data"] = {"crop_shift": 4, **data}
    return Experiment.from_settings(kept), " ".join(notes)
