from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.analysis.wording import value_text
from playground.errors import InvalidExperiment
from playground.experiment import Experiment
from playground.experiment.catalog import ARCHITECTURES
from playground.experiment.fields import assignment
from playground.experiment.hidden_sizes import doubt_about_sizes, parse_hidden_sizes
from playground.experiment.stored import read_stored

CNN = ARCHITECTURES["simple_cnn"].sizes


@given(st.lists(st.integers(-(10**11), 10**11), max_size=40))
def test_sizes_come_back_from_what_is_shown(sizes: list[int]) -> None:
    assert parse_hidden_sizes(value_text("model.hidden_sizes", sizes)) == sizes


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("128, 64", [128, 64]),
        ("128 64", [128, 64]),
        ("128;64", [128, 64]),
        ("  128,,\t64,\n", [128, 64]),
        ("+16", [16]),
        ("007", [7]),
        ("256", [256]),
        ("[128, 64]", [128, 64]),
        ("", []),
        ("[ ]", []),
        (" None ", []),
    ],
)
def test_sizes_are_read_alike_wherever_they_are_typed(text: str, sizes: list[int]) -> None:
    assert parse_hidden_sizes(text) == sizes
    assert assignment(f"model.hidden_sizes={text}") == ("model.hidden_sizes", sizes)


@pytest.mark.parametrize(
    "part", ["abc", "1e3", "12.5", "1_000", "0x10", "--3", "½", "9" * 13, "[64", "none"]
)
def test_what_is_no_whole_number_is_named(part: str) -> None:
    with pytest.raises(InvalidExperiment, match="whole numbers separated by commas") as caught:
        parse_hidden_sizes(f"12, {part}, 13")
    assert f'"{part}"' in str(caught.value)


@pytest.mark.parametrize("text", [",", "null", "1.5", "true", "[12,", "{}"])
def test_what_is_neither_sizes_nor_none_is_refused(text: str) -> None:
    for read in (parse_hidden_sizes, lambda text: assignment(f"model.hidden_sizes={text}")):
        with pytest.raises(InvalidExperiment, match=r"such as 128, 64, or none\.$"):
            read(text)


@given(st.text(max_size=30))
def test_any_text_is_sizes_or_a_sentence_on_one_line(text: str) -> None:
    try:
        sizes = parse_hidden_sizes(text)
    except InvalidExperiment as error:
        assert "\n" not in str(error)
        assert str(error).isprintable()
    else:
        assert all(isinstance(size, int) for size in sizes)


@pytest.mark.parametrize(
    ("before", "chosen", "sizes"),
    [
        ({}, {"model.architecture": "simple_cnn"}, CNN),
        ({"model.architecture": "linear"}, {"model.architecture": "simple_cnn"}, CNN),
        ({"model.hidden_sizes": []}, {"model.architecture": "simple_cnn"}, CNN),
        ({"model.hidden_sizes": [7]}, {"model.architecture": "simple_cnn"}, (7,)),
        ({}, {"model.architecture": "simple_cnn", "model.hidden_sizes": [64]}, (64,)),
        ({"model.architecture": "simple_cnn"}, {"training.epochs": 3}, (64,)),
        ({"model.hidden_sizes": [7]}, {"model.architecture": "linear"}, (7,)),
    ],
)
def test_sizes_that_nobody_has_named_suit_the_architecture(
    before: dict[str, Any], chosen: dict[str, Any], sizes: tuple[int, ...]
) -> None:
    experiment = Experiment().replace(before)  # which takes its changes to the letter
    assert experiment.chosen(chosen).model.hidden_sizes == sizes


def test_every_architecture_with_sizes_has_its_own_and_no_other_has_any() -> None:
    for entry in ARCHITECTURES:
        assert bool(entry.sizes) == ("hidden_sizes" in entry.uses)
    assert Experiment().model.hidden_sizes == ARCHITECTURES["mlp"].sizes


@pytest.mark.parametrize("architecture", ARCHITECTURES.names)
@pytest.mark.parametrize("sizes", [[64], [8, 16, 32], [8]])
def test_a_link_brings_the_sizes_back_whether_it_names_them_or_not(
    architecture: str, sizes: list[int]
) -> None:
    choice = {"model.architecture": architecture, "model.hidden_sizes": sizes}
    for base in (Experiment(), Experiment().replace({"model.hidden_sizes": [8]})):
        experiment = base.replace(choice)
        assert Experiment.from_link(experiment.to_link(base), base) == experiment


def test_a_file_without_sizes_has_those_of_its_architecture_and_a_stored_run_its_own() -> None:
    model = {"architecture": "simple_cnn"}
    assert Experiment.from_json(json.dumps({"model": model})).model.hidden_sizes == CNN
    assert Experiment.from_json("{}") == Experiment()
    assert read_stored({"model": model})[0].model.hidden_sizes == (64,)
    own = Experiment().replace({"model.architecture": "simple_cnn"})
    assert Experiment.from_json(own.to_json()) == read_stored(json.loads(own.to_json()))[0] == own


def test_one_convolution_is_doubted_and_nothing_else() -> None:
    assert "One convolution of 64 channels" in doubt_about_sizes("simple_cnn", [64])
    assert not doubt_about_sizes("simple_cnn", CNN)
    assert not doubt_about_sizes("mlp", [64])
    assert not doubt_about_sizes("resnet18", [64])
