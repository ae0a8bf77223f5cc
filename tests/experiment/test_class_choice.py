"""Which classes an experiment has: by name or number, in links, files and commands alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.analysis.wording import changed_settings, value_text
from playground.errors import InvalidExperiment
from playground.experiment import Experiment
from playground.experiment.catalog import DATASETS
from playground.experiment.class_choice import parse_classes
from playground.experiment.fields import assignment
from playground.experiment.settings import split_sizes

CIFAR10 = Experiment().replace({"data.dataset": "cifar10"})


def chosen(text: str, base: Experiment = CIFAR10) -> tuple[str, ...]:
    return base.replace(dict([assignment(f"data.classes={text}")])).data.classes


@pytest.mark.parametrize(
    "text",
    ["cat, dog", "dog,cat", "Cat;DOG", "[cat, dog]", '["dog", "cat"]', "3, 5", "[5,3]", "cat, 5"],
)
def test_classes_are_named_or_numbered_in_any_order(text: str) -> None:
    assert chosen(text) == ("cat", "dog")


@pytest.mark.parametrize("text", ["", "all", "[]", ", ".join(DATASETS["cifar10"].class_names)])
def test_all_of_them_are_no_choice(text: str) -> None:
    assert CIFAR10.replace(dict([assignment(f"data.classes={text}")])) == CIFAR10


def test_a_name_that_is_a_number_goes_before_the_number() -> None:
    assert chosen("7, 1", Experiment()) == ("1", "7")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cat", 'class "cat" alone there is nothing to tell apart: choose at least two classes of'),
        ("3, cat", 'class "cat" alone'),
        ("cat, dgo", 'CIFAR-10 has no class "dgo": choose of airplane, automobile, '),
        ("cat, dgo", "numbers from 0 to 9. Did you mean dog?"),
        ("3, 10", 'no class "10"'),
        ("[3, -1]", 'no class "-1"'),
        ("[3, 1.5]", 'no class "1.5"'),
        ("null", 'no class "null"'),
        ("[3, true]", 'no class "true"'),
        ("[[3], 5]", 'no class "[3]"'),
    ],
)
def test_what_is_no_class_is_told_with_those_there_are(text: str, told: str) -> None:
    with pytest.raises(InvalidExperiment) as caught:
        chosen(text)
    assert told in str(caught.value)


def test_another_data_set_has_other_classes() -> None:
    pair = CIFAR10.replace({"data.classes": ["cat", "dog"]})
    with pytest.raises(InvalidExperiment, match='Digits has no class "cat"'):
        pair.replace({"data.dataset": "digits"})
    with pytest.raises(InvalidExperiment, match=r"must be a list of names of classes") as caught:
        Experiment.from_settings({"data": {"classes": "cat"}})
    assert '"cat"' in str(caught.value)


def test_the_choice_comes_back_from_a_link_and_is_read_by_people() -> None:
    pair = CIFAR10.replace({"data.classes": [3, 5]})
    assert pair.to_link()["data.classes"] == '["cat","dog"]'
    assert Experiment.from_link(pair.to_link()) == pair
    assert Experiment.from_json(pair.to_json()) == pair
    assert changed_settings(pair) == "CIFAR-10 · classes cat, dog"
    assert value_text("data.classes", ()) == "all"


@given(st.text(max_size=30))
def test_any_text_is_a_choice_or_a_sentence(text: str) -> None:
    try:
        names = CIFAR10.replace({"data.classes": parse_classes(text)}).data.classes
    except InvalidExperiment as error:
        assert "\n" not in str(error)
    else:
        assert not names or len(names) > 1


@pytest.mark.parametrize("entry", DATASETS, ids=lambda entry: entry.name)
def test_the_counts_of_all_classes_are_those_of_the_data_set(entry: object) -> None:
    from playground.experiment.entries import DatasetEntry

    assert isinstance(entry, DatasetEntry)
    alone = [entry.counts([name]) for name in entry.class_names]
    assert [sum(each) for each in zip(*alone, strict=True)] == [*entry.counts()]


def test_fewer_classes_have_fewer_images() -> None:
    pair = Experiment().replace({"data.classes": ["0", "1"]})
    assert split_sizes(pair.data) == (287 - 43, 43)
    with pytest.raises(InvalidExperiment, match="245 training images are more than the 244"):
        pair.replace({"data.training_images": 245})
