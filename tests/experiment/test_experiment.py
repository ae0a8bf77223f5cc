from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from playground.experiment import Difference, Experiment, catalog
from playground.experiment.fields import choices, limits, paths
from playground.experiment.settings import DataSettings, ImageSize, holdout_size, split_sizes

DEFAULT: dict[str, dict[str, Any]] = json.loads(
    """{
    "data": {
        "dataset": "digits", "classes": [], "training_images": null, "validation": "holdout",
        "validation_share": 0.15, "split_seed": 0, "image_size": null, "normalization": "dataset",
        "mean": [0.5], "std": [0.5], "augmentation": "none", "crop_shift": null,
        "left_out": []
    },
    "model": {
        "architecture": "mlp", "hidden_sizes": [64], "activation": "relu", "dropout": 0.0,
        "batch_norm": false, "initialization": "default", "backbone": "", "backbone_rate": 0.0
    },
    "optimizer": {
        "name": "adam", "learning_rate": 0.001, "momentum": 0.9, "nesterov": false,
        "weight_decay": 0.0, "schedule": "constant"
    },
    "training": {
        "epochs": 20, "batch_size": 64, "accumulation": 1, "shuffle": true,
        "loss": "cross_entropy", "train_accuracy": "running", "seed": 0, "device": "auto",
        "devices": 1, "precision": "float32", "pitfalls": [], "mystery": null
    }
}"""
)


OWN_SGD = {"data.augmentation": "crop", "optimizer.name": "sgd", "data.normalization": "custom"}


# What is valid -----------------------------------------------------------------------------------


THREE = st.lists(st.floats(0.001, 10.0), min_size=3, max_size=3)  # legal as mean and as std
SPECIAL = {
    "data.training_images": st.none() | st.integers(10, 60_000),
    "data.crop_shift": st.none() | st.integers(1, 64),
    "data.left_out": st.lists(st.integers(0, 1000), max_size=9),
    "data.image_size": st.none() | st.sampled_from(get_args(ImageSize)),
    "data.mean": THREE,
    "data.std": THREE,
    "model.hidden_sizes": st.lists(st.integers(1, 8192), max_size=32),
    "model.backbone": st.sampled_from(["", "resnet18:f37072fd", "mine:0123456789abcdef"]),
    "training.device": st.sampled_from(["auto", "cpu", "mps", "cuda", "cuda:0", "cuda:15"]),
    "training.pitfalls": st.lists(st.sampled_from(catalog.PITFALLS.names), max_size=3),
    "training.mystery": st.none() | st.from_regex(r"[A-Z0-9]{4}", fullmatch=True),
}


def any_value(path: str) -> st.SearchStrategy[Any]:
    """Return the values that the field of `path` allows, by its kind and the limits it states."""
    if path in SPECIAL:
        return SPECIAL[path]
    if path in choices():
        return st.sampled_from(choices()[path].names)
    bounds = limits(path)
    match Experiment().get(path):
        case bool():
            return st.booleans()
        case int():
            return st.integers(bounds.minimum, bounds.maximum)
    return st.floats(bounds.minimum, bounds.maximum)


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    """Draw any experiment that the catalogue, the ranges and the combination rules allow."""
    values = {path: draw(any_value(path)) for path in paths() if path != "data.classes"}
    names = catalog.DATASETS[values["data.dataset"]].class_names
    some = st.lists(st.sampled_from(names), min_size=2, unique=True)
    values["data.classes"] = draw(st.just([]) | some)
    split = ("dataset", "classes", "validation", "validation_share")
    available, _ = split_sizes(DataSettings(**{name: values[f"data.{name}"] for name in split}))
    images = min(values["data.training_images"] or available, available)
    if values["data.training_images"]:
        values["data.training_images"] = images
    if values["model.architecture"] == "transfer":
        values["training.devices"] = 1
    values["training.devices"] = min(values["training.devices"], images)
    most = images // values["training.devices"]
    values["training.batch_size"] = min(values["training.batch_size"], most)
    for path in ("data.mean", "data.std"):
        channels = catalog.DATASETS[values["data.dataset"]].image_shape[0]
        values[path] = values[path][: draw(st.sampled_from([1, channels]))]
    if values["model.architecture"] == "simple_cnn":
        values["model.hidden_sizes"] = values["model.hidden_sizes"] or [1]
    values["optimizer.nesterov"] &= values["optimizer.momentum"] > 0
    if values["training.mystery"]:
        values["training.pitfalls"] = []
    return Experiment().replace(values)


def test_the_default_experiment_is_the_documented_one() -> None:
    assert json.loads(Experiment().to_json()) == DEFAULT
    assert Experiment.from_settings({}) == Experiment()
    partial = Experiment.from_json('{"training": {"epochs": 3}}')  # what is left out: its default
    assert partial == Experiment().replace({"training.epochs": 3})
    assert partial.training.epochs == 3


@given(experiments())
def test_json_and_a_link_give_back_the_experiment_they_were_made_from(
    experiment: Experiment,
) -> None:
    assert Experiment.from_json(experiment.to_json()) == experiment
    assert Experiment.from_json(experiment.to_json().encode()) == experiment
    link = experiment.to_link()
    assert all(isinstance(value, str) for value in link.values())
    assert Experiment.from_link(link) == experiment
    assert experiment.unused() <= set(paths())


def test_a_link_holds_only_what_is_not_the_default() -> None:
    assert Experiment().to_link() == {}
    changed = Experiment().replace({"model.hidden_sizes": [128, 64], "data.dataset": "shapes"})
    assert changed.to_link() == {"data.dataset": "shapes", "model.hidden_sizes": "[128,64]"}


@given(experiments(), experiments())
def test_replacing_every_difference_turns_one_experiment_into_the_other(
    one: Experiment, other: Experiment
) -> None:
    assert one.replace(other.settings()) == other
    assert (one == other) == (one.settings() == other.settings())


def test_every_setting_is_found_by_its_path() -> None:
    found = Experiment().settings()
    assert list(found) == [
        f"{section}.{name}" for section, keys in DEFAULT.items() for name in keys
    ]
    assert found["model.hidden_sizes"] == (64,)


def test_an_experiment_cannot_be_changed_in_place() -> None:
    experiment = Experiment()
    with pytest.raises(ValidationError, match="frozen"):
        experiment.training.epochs = 3  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        experiment.data = DataSettings()  # type: ignore[misc]
    experiment.replace({"training.epochs": 3})
    assert experiment == Experiment()


def test_equal_experiments_are_one_key_of_a_dictionary() -> None:
    assert len({Experiment(), Experiment.from_json(Experiment().to_json())}) == 1
    assert Experiment() != Experiment().replace({"training.seed": 1})


def test_whole_numbers_are_fine_where_a_fraction_is_expected() -> None:
    assert Experiment().replace({"optimizer.learning_rate": 1}).optimizer.learning_rate == 1.0


@pytest.mark.parametrize(
    ("validation", "share", "sizes"),
    [("holdout", 0.15, (1221, 216)), ("holdout", 0.5, (719, 718)), ("official", 0.15, (1437, 360))],
)
def test_split_sizes_follow_the_way_of_validating(
    validation: str, share: float, sizes: tuple[int, int]
) -> None:
    assert split_sizes(DataSettings(validation=validation, validation_share=share)) == sizes


def test_a_holdout_keeps_at_least_one_image_and_never_all() -> None:
    assert [holdout_size(images, 0.05) for images in (2, 10, 100)] == [1, 1, 5]
    assert holdout_size(2, 0.9) == 1


# What is used ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "unused"),
    [
        ({"optimizer.name": "sgd"}, {"data.mean", "data.std", "data.crop_shift"}),
        (OWN_SGD, set()),
        ({**OWN_SGD, "optimizer.name": "adam"}, {"optimizer.momentum", "optimizer.nesterov"}),
        ({**OWN_SGD, "optimizer.name": "rmsprop"}, {"optimizer.nesterov"}),
        ({**OWN_SGD, "data.validation": "official"}, {"data.validation_share"}),
        (
            {**OWN_SGD, "model.architecture": "resnet18"},
            {"model.hidden_sizes", "model.activation", "model.dropout", "model.batch_norm"},
        ),
    ],
)
def test_settings_that_mean_nothing_for_the_choices_are_unused(
    changes: Mapping[str, Any], unused: set[str]
) -> None:
    of_a_backbone = {"model.backbone", "model.backbone_rate"}
    assert Experiment().replace(changes).unused() == unused | of_a_backbone


def test_differences_name_the_setting_and_both_values() -> None:
    one, other = Experiment(), Experiment().replace({"optimizer.learning_rate": 0.1})
    assert one.differences(other) == [
        Difference("optimizer.learning_rate", "learning rate", 0.001, 0.1)
    ]
    assert one.differences(one) == []


def test_differences_leave_out_what_neither_uses() -> None:
    adam = Experiment()
    other_momentum = adam.replace({"optimizer.momentum": 0.5})
    assert adam.differences(other_momentum) == []
    sgd = other_momentum.replace({"optimizer.name": "sgd"})
    assert [item.path for item in adam.differences(sgd)] == ["optimizer.name", "optimizer.momentum"]
