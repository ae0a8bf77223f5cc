from __future__ import annotations

import re
from typing import Any

import pytest

from playground.errors import UnknownChoice
from playground.experiment import Experiment, catalog
from playground.experiment.entries import (
    ArchitectureEntry,
    Catalog,
    DatasetEntry,
    Entry,
    OptimizerEntry,
    PitfallEntry,
)
from playground.experiment.settings import SECTIONS

AnyEntry = Entry | DatasetEntry | ArchitectureEntry | OptimizerEntry | PitfallEntry

CHOICES: dict[str, tuple[str, str]] = {  # of a catalogue: its setting, and its names in order
    "DATASETS": ("data.dataset", "digits shapes mnist fashion_mnist kmnist cifar10"),
    "ARCHITECTURES": (
        "model.architecture",
        "linear mlp simple_cnn convnet_7 convnet_16_32 cnn_20_50 cnn_6_3 resnet18 transfer",
    ),
    "ACTIVATIONS": ("model.activation", "relu tanh sigmoid gelu identity"),
    "INITIALIZATIONS": ("model.initialization", "default xavier_uniform he"),
    "OPTIMIZERS": ("optimizer.name", "sgd adam adamw adadelta rmsprop"),
    "SCHEDULES": ("optimizer.schedule", "constant step cosine one_cycle"),
    "NORMALIZATIONS": ("data.normalization", "dataset symmetric unit none custom"),
    "AUGMENTATIONS": ("data.augmentation", "none crop crop_flip"),
    "VALIDATIONS": ("data.validation", "holdout official"),
    "PRECISIONS": ("training.precision", "float32 mixed"),
    "LOSSES": ("training.loss", "cross_entropy nll"),
    "TRAIN_ACCURACIES": ("training.train_accuracy", "running after_epoch"),
    "PITFALLS": (
        "training.pitfalls",
        "softmax_twice sorted eval_mode not_zeroed validated_in_train_mode raw_pixels leaked "
        "shuffled_labels noisy_labels rate_times_100 unseparated",
    ),
}
NAMES = {name: names.split() for name, (_, names) in CHOICES.items()}
CATALOGS: dict[str, Catalog[Any]] = {
    name: value for name, value in vars(catalog).items() if isinstance(value, Catalog)
}
ENTRIES: list[AnyEntry] = [entry for each in CATALOGS.values() for entry in each]
each_catalog = pytest.mark.parametrize("name", NAMES)
each_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.label)


def test_the_catalogues_are_those_specified() -> None:
    assert set(CATALOGS) == set(NAMES)


def test_registering_a_name_twice_is_an_error() -> None:
    entry = Entry("relu", "ReLU", "Cuts off below zero.")
    with pytest.raises(ValueError, match="the activation relu is registered twice"):
        Catalog("activation", [entry, Entry("relu", "Other", "The same name.")])


@each_catalog
def test_a_catalogue_offers_exactly_its_choices_and_tells_them_apart(name: str) -> None:
    choices, entries = CATALOGS[name], list(CATALOGS[name])
    assert choices.names == NAMES[name]
    assert [choices[each] for each in NAMES[name]] == entries
    assert all(each in choices for each in NAMES[name])
    assert "nope" not in choices
    assert len({each.label for each in entries}) == len(entries) == len(choices)
    assert len({each.summary for each in entries}) == len(entries)


@each_entry
def test_an_entry_has_a_plain_name_a_label_and_one_line_of_summary(entry: AnyEntry) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", entry.name)
    assert entry.label.strip() == entry.label != ""
    assert entry.summary.endswith(".")
    assert 10 < len(entry.summary) <= 100
    assert entry.summary.isprintable()


@each_catalog
def test_an_unknown_name_is_refused_with_all_choices_and_the_nearest(name: str) -> None:
    nearly = NAMES[name][-1].upper()
    with pytest.raises(UnknownChoice) as raised:
        CATALOGS[name][nearly]
    assert str(raised.value) == (
        f'Unknown {CATALOGS[name].kind} "{nearly}": choose one of {", ".join(NAMES[name])}. '
        f"Did you mean {NAMES[name][-1]}?"
    )


@pytest.mark.parametrize("name", [name for name in NAMES if name != "PITFALLS"])
def test_an_experiment_takes_every_choice_and_no_other(name: str) -> None:
    path, _ = CHOICES[name]
    for choice in NAMES[name]:
        assert Experiment().replace({path: choice}).get(path) == choice
    wrongs: list[object] = ["nope", "", None, 3, ["relu"], {}]
    for wrong in wrongs:
        with pytest.raises(UnknownChoice, match=f"Unknown {CATALOGS[name].kind}"):
            Experiment().replace({path: wrong})


@pytest.mark.parametrize("name", NAMES)
def test_what_a_choice_uses_are_settings_of_its_section(name: str) -> None:
    section = CHOICES[name][0].partition(".")[0]
    for entry in CATALOGS[name]:
        assert getattr(entry, "uses", frozenset()) <= set(SECTIONS[section].model_fields)


@pytest.mark.parametrize("entry", catalog.DATASETS, ids=lambda entry: entry.name)
def test_a_data_set_has_images_classes_and_some_for_testing(entry: DatasetEntry) -> None:
    assert entry.has_images
    assert entry.image_shape[0] in (1, 3)
    assert len(set(entry.class_names)) == len(entry.class_names) > 1
    assert entry.training_images > entry.test_images > 0
    assert entry.needs_download == (entry.name not in ("digits", "shapes"))


@pytest.mark.parametrize("pitfall", catalog.PITFALLS, ids=lambda entry: entry.name)
def test_a_pitfall_says_in_sentences_why_it_hurts_and_how_to_see_it(pitfall: PitfallEntry) -> None:
    for text in (pitfall.why, pitfall.see):
        assert text[0].isupper()
        assert text.endswith(".")
        assert text.isprintable()
        assert 40 < len(text) <= 250
    assert pitfall.needs <= {"dropout", "batch_norm"}


def test_an_experiment_takes_any_set_of_pitfalls_in_the_order_of_the_catalogue() -> None:
    for name in catalog.PITFALLS.names:
        chosen = Experiment().replace({"training.pitfalls": [name]})
        assert chosen.training.pitfalls == (name,)
    backwards = Experiment().replace({"training.pitfalls": catalog.PITFALLS.names[::-1]})
    assert backwards.training.pitfalls == tuple(catalog.PITFALLS.names)
    twice = Experiment().replace({"training.pitfalls": ["leaked", "sorted", "leaked"]})
    assert twice == Experiment().replace({"training.pitfalls": ["sorted", "leaked"]})
    with pytest.raises(UnknownChoice, match=r"Unknown pitfall .*Did you mean sorted\?"):
        Experiment().replace({"training.pitfalls": ["sort"]})
