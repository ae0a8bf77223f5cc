"""An experiment as a link and as a file: there, back, and what is wrong with bad ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qsl

import pytest
from app_page import AppPage

from playground.experiment import Experiment
from playground.experiment.catalog import ARCHITECTURES, DATASETS, OPTIMIZERS
from playground.recipes import RECIPES, Recipe
from playground.ui.sidebar.sharing import link

Open = Callable[..., AppPage]

EXPERIMENTS = [
    Experiment(),
    *(Experiment().replace({"data.dataset": name}) for name in DATASETS.names),
    *(Experiment().replace({"model.architecture": name}) for name in ARCHITECTURES.names),
    *(Experiment().replace({"optimizer.name": name}) for name in OPTIMIZERS.names),
    Experiment().replace({"model.hidden_sizes": [], "model.batch_norm": True}),
    Experiment().replace(
        {
            "data.training_images": 500,
            "data.image_size": 16,
            "model.hidden_sizes": [128, 64],
            "optimizer.learning_rate": 1e-5,
            "training.device": "cuda:0",
        }
    ),
    Experiment().replace({"data.normalization": "custom", "data.mean": [0.1302]}),
    Experiment().replace({"training.pitfalls": ["sorted"]}),
    Experiment().replace({"training.mystery": "2E45"}),
    *(recipe.experiment() for recipe in RECIPES),
]


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_a_link_leads_back_to_its_experiment(experiment: Experiment) -> None:
    query = dict(parse_qsl(link(experiment).partition("?")[2], strict_parsing=False))
    assert Experiment.from_link(query) == experiment


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_a_link_with_a_recipe_leads_back_to_what_was_made_of_it(recipe: Recipe) -> None:
    assert parse_qsl(link(recipe.experiment(), recipe.name).partition("?")[2]) == [
        ("recipe", recipe.name)
    ]
    for experiment in (
        Experiment(),
        recipe.experiment().replace({"training.mystery": "2345", "training.pitfalls": []}),
    ):
        query = dict(parse_qsl(link(experiment, recipe.name).partition("?")[2]))
        assert query.pop("recipe") == recipe.name
        assert Experiment.from_link(query, recipe.experiment()) == experiment


def test_a_link_sets_the_sidebar(open_page: Open) -> None:
    page = open_page({"model.hidden_sizes": "[128,64]", "optimizer.name": "sgd"})
    assert page.draft == Experiment().replace(
        {"model.hidden_sizes": [128, 64], "optimizer.name": "sgd"}
    )
    assert page.widget("model.hidden_sizes").value == "128, 64"
    assert not page.warnings
    [shown] = [code.value for code in page.app.code]
    assert Experiment.from_link(dict(parse_qsl(shown.partition("?")[2]))) == page.draft


@pytest.mark.parametrize(
    ("key", "value", "parts"),
    [
        ("foo", "3", ('"foo"', "model.hidden_sizes")),
        ("training.epoch", "3", ('"training.epoch"', "Did you mean training.epochs?")),
        ("data.dataset", "digit", ('"digit"', "Did you mean digits?")),
        ("model.hidden_sizes", "[12,", ("[12",)),
        ("model.hidden_sizes", '["abc"]', ("abc", "whole number")),
        ("training.epochs", "abc", ("abc", "whole number")),
        ("training.epochs", "NaN", ("whole number",)),
        ("optimizer.learning_rate", "0", ("Learning rate 0", "at least 0.00001")),
        ("optimizer.learning_rate", "1e9", ("Learning rate", "at most 10")),
        ("optimizer.learning_rate", "Infinity", ("Learning rate",)),
        ("training.batch_size", "5000", ("5,000", "at most 1221")),
        ("training.seed", "9" * 5000, ("Seed",)),
        ("data.dataset", "![x](http://127.0.0.1:9/x.png)", ("![x](http",)),
    ],
)
def test_a_link_that_cannot_be_followed_says_why_and_the_app_works(
    open_page: Open, key: str, value: str, parts: tuple[str, ...]
) -> None:
    page = open_page({key: value})
    [warning] = page.warnings
    assert warning.startswith("The link was not followed. ")
    for part in parts:
        assert part in warning
    assert len(warning) < 1000
    assert page.draft == Experiment()
    assert page.can_press("train")


def upload(page: AppPage, content: bytes, name: str = "mine.json") -> None:
    page.app.file_uploader[0].upload(name, content, "application/json")
    page.look()
    page.until_ready()


def test_an_uploaded_experiment_sets_the_sidebar(open_page: Open) -> None:
    wanted = Experiment().replace(
        {"data.dataset": "shapes", "model.architecture": "simple_cnn", "training.epochs": 3}
    )
    page = open_page()
    upload(page, wanted.to_json().encode())
    assert page.draft == wanted
    assert page.widget("training.epochs").value == 3
    assert not page.warnings


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"", ("JSON",)),
        (b"{", ("JSON",)),
        (b"[1, 2]", ("sections",)),
        (b'{"training": {"epochs": "many"}}', ("Epochs", '"many"', "whole number")),
        (b'{"training": {"epocs": 3}}', ('"epocs"', "Did you mean epochs?")),
        (b'{"data": {"dataset": "imagenet"}}', ('"imagenet"', "digits")),
        (bytes(range(256)), ("JSON",)),
        (b"\xff\xfe" + "{}".encode("utf-16-le") + b"\x00", ("JSON",)),
        (b"[" * 100_000, ("JSON",)),
        (json.dumps({"training": {"epochs": 10**400}}).encode(), ("Epochs",)),
        (b'{"a": "' + b"x" * 1_000_000 + b'"}', ("1,000,009 bytes", "1,000,000")),
    ],
    ids=[
        "empty",
        "cut",
        "list",
        "wrong type",
        "unknown key",
        "unknown choice",
        "binary",
        "broken UTF-16",
        "endless nesting",
        "huge number",
        "huge file",
    ],
)
def test_a_file_that_is_no_experiment_is_told(
    open_page: Open, content: bytes, parts: tuple[str, ...]
) -> None:
    page = open_page({"training.epochs": "7"})
    before = page.draft
    upload(page, content)
    [warning] = page.warnings
    assert warning.startswith("mine.json was not opened. ")
    for part in parts:
        assert part in warning
    assert len(warning) < 1000
    assert page.draft == before
    assert page.can_press("train")


def test_what_was_refused_is_told_on_every_page_until_something_else_is_opened(
    open_page: Open,
) -> None:
    page = open_page({"training.epochs": "many"})
    pages = [f"playground/ui/pages/{name}.py" for name in ("data", "runs", "lab", "train")]
    for path in pages:
        page.turn_to(path)
        assert [text for text in page.warnings if text.startswith("The link was not")], path
    page.turn_to(pages[0])
    upload(page, b"{")
    for path in pages:
        page.turn_to(path)
        [warning] = [text for text in page.warnings if "was not" in text]
        assert warning.startswith("mine.json was not opened. ")
    page.turn_to(pages[0])
    page.press_label("Back to the defaults")
    assert not [text for text in page.warnings if "was not" in text]
