from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.errors import InvalidExperiment, UnknownChoice
from playground.experiment import Experiment, catalog
from playground.experiment.fields import paths
from playground.experiment.settings import SECTIONS


def refusal(build: Callable[[], Experiment]) -> str:
    """Return the sentence with which `build` is refused, or nothing where it succeeds.

    Whatever else it raises fails the test.
    """
    try:
        experiment = build()
    except InvalidExperiment as error:
        text = str(error)
        assert text.strip() and text[-1] in ".?", text
        assert not text[0].islower() and not text[0].isspace(), text
        assert text.isprintable(), ascii(text)
        assert len(text) < 4000, len(text)
        return text
    assert Experiment.from_json(experiment.to_json()) == experiment
    return ""


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)  # lone surrogates too
NAMES = [*SECTIONS, *paths(), *(path.partition(".")[2] for path in paths())]
CHOICES = [*catalog.DATASETS.names, *catalog.OPTIMIZERS.names, "mlp", "cuda:1", "none"]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**30, -(10**400), 10**4000])
    | st.floats()
    | ANY_TEXT
    | st.sampled_from(CHOICES)
)
KEYS = st.sampled_from(NAMES) | ANY_TEXT
JUNK = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        section: st.fixed_dictionaries({}, optional=dict.fromkeys(settings.model_fields, JUNK))
        for section, settings in SECTIONS.items()
    },
)


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@given(JUNK | NEARLY)
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_any_settings_make_an_experiment_or_a_sentence(junk: object) -> None:
    refusal(lambda: Experiment.from_settings(junk))


@given(st.text(st.characters(exclude_categories=())) | st.binary() | NEARLY.map(json.dumps))
def test_any_text_makes_an_experiment_or_a_sentence(junk: str | bytes) -> None:
    refusal(lambda: Experiment.from_json(junk))


@given(st.dictionaries(KEYS, ANY_TEXT | st.sampled_from(CHOICES), max_size=4))
def test_any_link_makes_an_experiment_or_a_sentence(junk: dict[str, str]) -> None:
    refusal(lambda: Experiment.from_link(junk))


@given(st.dictionaries(KEYS, JUNK, max_size=4))
def test_any_replacement_makes_an_experiment_or_a_sentence(junk: dict[str, Any]) -> None:
    refusal(lambda: Experiment().replace(junk))


@pytest.mark.parametrize("depth", [50, 150, 250, 900, 1100, 100_000])
def test_endless_nesting_is_a_sentence(depth: int) -> None:
    assert refusal(lambda: Experiment.from_settings(nested(depth)))
    assert refusal(lambda: Experiment.from_settings({"data": {"dataset": nested(depth)}}))
    assert refusal(lambda: Experiment.from_json("[" * depth + "]" * depth))
    assert refusal(lambda: Experiment.from_link({"data.dataset": "[" * depth + "]" * depth}))
    assert refusal(lambda: Experiment().replace({"data.dataset": nested(depth)}))


def test_a_number_of_more_digits_than_python_writes_is_a_sentence() -> None:
    huge, digits = 10**5000, "9" * 5000
    assert refusal(lambda: Experiment.from_settings(huge))
    text = refusal(lambda: Experiment.from_settings({"training": {"epochs": huge}}))
    assert "4300 digits" in text
    assert "sys." not in text  # Python's advice is not for the person at the screen
    assert refusal(lambda: Experiment().replace({"training.epochs": huge}))
    assert refusal(lambda: Experiment.from_json(digits))
    assert refusal(lambda: Experiment.from_link({"training.epochs": digits}))


@pytest.mark.parametrize("value", [object(), {1, 2}, b"digits", Experiment(), lambda: 0])
def test_what_is_not_json_is_a_sentence(value: object) -> None:
    assert refusal(lambda: Experiment.from_settings(value))
    assert refusal(lambda: Experiment.from_settings({"data": {"dataset": value}}))


@pytest.mark.parametrize("text", ["", "[", "null", "3", "\ufeff{}", "{'data': 1}", '{"data": }'])
def test_text_that_is_no_json_object_is_a_sentence_with_the_way_out(text: str) -> None:
    assert "must be an object with" in refusal(lambda: Experiment.from_json(text))


TOO_MANY_LAYERS = "There are 40 hidden sizes: at most 32 are allowed"
A_LIST = "must be a list of whole numbers, such as [128, 64]."
WRONG_VALUES: list[tuple[str, object, str, str]] = [
    # path, value, how the sentence names the value, how it names the way out
    ("model.hidden_sizes", "12, abc", 'Hidden sizes "12, abc"', A_LIST),
    ("model.hidden_sizes", None, "Hidden sizes null", A_LIST),
    ("model.hidden_sizes", 64, "Hidden sizes 64", A_LIST),
    ("model.hidden_sizes", [0], "Hidden size 0", "at least 1."),
    ("model.hidden_sizes", [64, -3], "Hidden size -3", "at least 1."),
    ("model.hidden_sizes", [1_000_000], "Hidden size 1000000", "at most 8192."),
    ("model.hidden_sizes", [1.5], "Hidden size 1.5", "must be a whole number."),
    ("model.hidden_sizes", ["abc"], 'Hidden size "abc"', "must be a whole number."),
    ("model.hidden_sizes", [True], "Hidden size true", "must be a whole number."),
    ("model.hidden_sizes", [8] * 40, TOO_MANY_LAYERS, "leave out some layers."),
    ("model.dropout", 1, "Dropout 1", "at most 0.9."),
    ("model.batch_norm", "yes", 'Batch norm "yes"', "true or false."),
    ("model.batch_norm", 1, "Batch norm 1", "true or false."),
    ("training.batch_size", 2000, "Batch size 2,000", "choose at most 1221."),
    ("training.batch_size", 100_000, "Batch size 100000", "at most 65536."),
    ("training.batch_size", 0, "Batch size 0", "at least 1."),
    ("training.epochs", True, "Epochs true", "must be a whole number."),
    ("training.epochs", None, "Epochs null", "must be a whole number."),
    ("training.epochs", 2.5, "Epochs 2.5", "must be a whole number."),
    ("training.epochs", 10**30, f"Epochs {10**30}", "at most 1000."),
    ("training.seed", -1, "Seed -1", "at least 0."),
    ("training.device", "gpu", 'Device "gpu"', "write auto, cpu, mps, or cuda:0."),
    ("training.device", "cuda:٣", 'Device "cuda:٣"', "write auto, cpu, mps, or cuda:0."),
    ("training.device", "cpu\n", 'Device "cpu\\n"', "write auto, cpu, mps, or cuda:0."),
    ("training.device", None, "Device null", "must be text."),
    ("optimizer.learning_rate", 0, "Learning rate 0", "at least 0.00001."),
    ("optimizer.learning_rate", 1e9, "Learning rate 1000000000 ", "at most 10."),
    ("optimizer.learning_rate", float("nan"), "Learning rate NaN", "such as 0.1."),
    ("optimizer.learning_rate", float("-inf"), "Learning rate -Infinity", "such as 0.1."),
    ("optimizer.learning_rate", "fast", 'Learning rate "fast"', "must be a number."),
    ("optimizer.learning_rate", True, "Learning rate true", "must be a number."),
    ("optimizer.learning_rate", None, "Learning rate null", "must be a number."),
    ("optimizer.name", None, 'optimizer "null"', "choose one of sgd, adam, adamw"),
    ("optimizer.name", 3, 'optimizer "3"', "choose one of sgd, adam, adamw"),
    ("optimizer.name", "adm", 'optimizer "adm"', "Did you mean adam?"),
    ("data.dataset", "MNIST", 'data set "MNIST"', "Did you mean mnist?"),
    ("data.dataset", "cifar", 'data set "cifar"', "Did you mean cifar10?"),
    ("model.architecture", "resnet-18", 'architecture "resnet-18"', "Did you mean resnet18?"),
    ("data.image_size", 12, "Image size 12", "choose one of 8, 16, 28, 32 or 64, or null."),
    ("data.training_images", 5, "Training images 5", "at least 10."),
    ("data.training_images", 5000, "5,000 training images", "choose at most 1221."),
    ("data.mean", [], "There is no mean", "one for each channel."),
    ("data.mean", [0.1] * 5, "There are 5 numbers in the mean", "leave out some."),
    ("data.mean", "0.5", 'Mean "0.5"', "must be a list of numbers, such as [0.5]."),
    ("data.mean", [11], "Mean 11", "at most 10."),
    ("data.std", [0], "Std 0", "at least 0.001."),
    ("data.std", [None], "Std null", "must be a number."),
    ("training.accumulation", 0, "Gradient accumulation 0", "at least 1."),
    ("training.shuffle", "no", 'Shuffle "no"', "true or false."),
    ("training.loss", "mse", 'loss "mse"', "choose one of cross_entropy, nll."),
    ("training.pitfalls", "sorted", 'Pitfalls "sorted"', 'such as ["sorted"].'),
    ("training.pitfalls", ["sort"], 'pitfall "sort"', "Did you mean sorted?"),
    ("training.mystery", "k7q", 'Mystery "K7Q"', "write four letters or digits"),
    ("data.validation_share", "a\nb", 'Validation share "a\\nb"', "must be a number."),
]


@pytest.mark.parametrize(("path", "value", "naming", "way_out"), WRONG_VALUES)
def test_a_wrong_value_is_named_with_the_way_out(
    path: str, value: object, naming: str, way_out: str
) -> None:
    section, _, name = path.partition(".")
    text = refusal(lambda: Experiment.from_settings({section: {name: value}}))
    assert naming in text
    assert way_out in text
    assert refusal(lambda: Experiment().replace({path: value})) == text
    assert refusal(lambda: Experiment.from_json(json.dumps({section: {name: value}}))) == text


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({"datas": {}}, ['no section "datas"', "data, model, optimizer, training", "mean data?"]),
        ({"model": {"layers": [3]}}, ['Section model has no setting "layers"', "hidden_sizes"]),
        ({"data": {"datset": "mnist"}}, ['no setting "datset"', "Did you mean dataset?"]),
        (
            {"data": 5},
            ["Section data is 5", "must be an object", "dataset, classes, training_images"],
        ),
        ({"model": None}, ["Section model is null", "architecture, hidden_sizes"]),
        ({"optimizer": [1]}, ["Section optimizer is [1]", "learning_rate"]),
    ],
)
def test_an_unknown_key_is_named_with_the_keys_there_are(
    settings: dict[str, Any], parts: list[str]
) -> None:
    text = refusal(lambda: Experiment.from_settings(settings))
    assert [part for part in parts if part not in text] == []


@pytest.mark.parametrize("path", ["", ".", "data", "data.", "data.dataset.x", ".dataset"])
def test_a_path_that_is_none_lists_the_settings(path: str) -> None:
    with pytest.raises(UnknownChoice, match=r"choose one of data\.dataset, data\.classes"):
        Experiment().replace({path: 1})


@pytest.mark.parametrize("path", ["epochs", "trainig.epochs", "Training.Epochs", "data.epochs"])
def test_a_path_nearly_right_is_put_right(path: str) -> None:
    assert refusal(lambda: Experiment().replace({path: 1})).endswith("mean training.epochs?")


def test_a_single_unknown_choice_keeps_its_class_and_several_get_a_sentence_each() -> None:
    with pytest.raises(UnknownChoice):
        Experiment.from_settings({"data": {"dataset": "nope"}})
    wrong = {"data": {"dataset": "nope"}, "optimizer": {"name": "no"}, "training": {"epochs": 0}}
    text = refusal(lambda: Experiment.from_settings(wrong))
    assert text.count("choose one of") == 2
    assert "Epochs 0 is too small" in text


@pytest.mark.parametrize(
    ("typed", "told"), [("0.0", "0"), ("1e-09", "1e-9"), ("2e16", "2e16"), ("0.000001", "1e-6")]
)
def test_a_number_is_quoted_as_people_type_it(typed: str, told: str) -> None:
    wrong = {"optimizer": {"learning_rate": float(typed)}}
    text = refusal(lambda: Experiment.from_settings(wrong))
    assert text.startswith(f"Learning rate {told} is too ")


def test_a_thousand_wrong_keys_do_not_fill_the_screen() -> None:
    text = refusal(lambda: Experiment.from_settings({f"key{i}": i for i in range(1000)}))
    assert text.endswith("And 995 more like these.")


OWN = {"data.normalization": "custom"}
BARE = {"model.hidden_sizes": []}
NO_MOMENTUM = {"optimizer.momentum": 0, "optimizer.nesterov": True}
TWO_MEANS = {"data.mean": [0.1, 0.2]}
ALL_TO_LEARN = {"data.training_images": 1437}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({**BARE, "model.architecture": "simple_cnn"}, "needs at least one hidden size"),
        ({**NO_MOMENTUM, "optimizer.name": "sgd"}, "Nesterov needs a momentum above 0"),
        ({"model.architecture": "transfer", "training.devices": 2}, "a backbone trains on one"),
        (ALL_TO_LEARN, "choose at most 1221."),
        (
            {**OWN, **TWO_MEANS},
            "The mean has 2 numbers, and the images of Digits have 1 channel: give one number.",
        ),
        (
            {**OWN, "data.dataset": "cifar10", "data.std": [0.2, 0.2]},
            "The std has 2 numbers, and the images of CIFAR-10 have 3 channels: give one number, "
            "or 3.",
        ),
        ({"data.training_images": 50}, "Batch size 64 is larger than the 50 training images"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(
    changes: Mapping[str, Any], sentence: str
) -> None:
    assert sentence in refusal(lambda: Experiment().replace(changes))


@pytest.mark.parametrize(
    "changes",
    [
        NO_MOMENTUM,
        BARE,
        TWO_MEANS,
        {**OWN, "data.dataset": "cifar10", "data.mean": [0.5]},
        {**OWN, "data.dataset": "cifar10", "data.mean": [0.49, 0.48, 0.45]},
        {**ALL_TO_LEARN, "data.validation": "official"},
    ],
)
def test_a_rule_does_not_bind_choices_that_keep_or_do_not_use_it(changes: dict[str, Any]) -> None:
    assert refusal(lambda: Experiment().replace(changes)) == ""
