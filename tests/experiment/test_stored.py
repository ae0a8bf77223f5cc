"""Stored experiments of other versions: what is new has its default, what is gone is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from playground.errors import InvalidExperiment, UnknownChoice
from playground.experiment import Experiment, read_stored, stored

SETTINGS: dict[str, Any] = json.loads(Experiment().replace({"training.epochs": 7}).to_json())


def test_what_has_come_since_has_its_default() -> None:
    older = {**SETTINGS, "training": {"epochs": 7}}
    del older["optimizer"]
    assert read_stored(older) == (Experiment().replace({"training.epochs": 7}), "")


def test_where_one_seed_drew_the_split_too_it_still_does() -> None:
    older = json.loads(Experiment().replace({"training.seed": 5}).to_json())
    del older["data"]["split_seed"], older["data"]["classes"]
    both = Experiment().replace({"training.seed": 5, "data.split_seed": 5})
    assert read_stored(older) == (both, "")
    assert read_stored({"training": {"seed": 5}}) == (both, "")
    apart = Experiment().replace({"training.seed": 5})
    assert read_stored(json.loads(apart.to_json())) == (apart, "")


def test_what_is_retired_is_told_and_the_rest_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(stored.RETIRED, "model.wings", "Networks have no wings any more.")
    monkeypatch.setitem(stored.RETIRED, "sound.volume", "It is quiet now.")
    older = {**SETTINGS, "model": {**SETTINGS["model"], "wings": 2}, "sound": {"volume": 3}}
    known = Experiment().replace({"training.epochs": 7})
    assert read_stored(older) == (known, "Networks have no wings any more. It is quiet now.")
    assert older["model"]["wings"] == 2
    with pytest.raises(InvalidExperiment, match="wings"):
        Experiment.from_settings(older)  # a link or a file lets nothing pass


@pytest.mark.parametrize("settings", [None, [], "text", {"model": {"wings": 2}}, {"model": 3}])
def test_what_this_version_does_not_know_is_refused(settings: object) -> None:
    with pytest.raises(InvalidExperiment):
        read_stored(settings)
    with pytest.raises(UnknownChoice, match="weather"):
        read_stored({"data": {"dataset": "weather"}})


def test_a_crop_stored_before_its_shift_could_be_chosen_shifts_by_4_pixels_as_it_did() -> None:
    cropped = Experiment().replace({"data.augmentation": "crop"})
    for experiment, shift in ((cropped, 4), (Experiment(), None)):
        older = json.loads(experiment.to_json())
        del older["data"]["crop_shift"]
        assert read_stored(older)[0] == experiment.replace({"data.crop_shift": shift})
        assert read_stored(json.loads(experiment.to_json()))[0] == experiment
