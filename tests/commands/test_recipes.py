"""`recipes` lists them, `train --recipe` runs one; no PyTorch is needed to look."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tiny import use_few_digits

from playground.__main__ import main
from playground.recipes import RECIPES
from playground.service.store.store import RunStore

ROOT = Path(__file__).resolve().parents[2]
QUICK = (
    *("--set", "data.training_images=60", "--set", "training.batch_size=16"),
    *("--set", "training.epochs=1"),
)


@pytest.fixture(autouse=True)
def few_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    use_few_digits(monkeypatch)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_json_has_one_object_per_recipe(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipes", "--json"]) == 0
    listed = lines(capsys)
    assert [line["name"] for line in listed] == RECIPES.names
    for line, recipe in zip(listed, RECIPES, strict=True):
        assert line["title"] == recipe.title
        assert line["teaches"] == recipe.teaches
        assert line["seconds"] == recipe.seconds
        assert line["reaches"] == recipe.reaches
        assert line["settings"] == json.loads(json.dumps(recipe.changes))
        assert (line["download_megabytes"] > 0) == bool(line["twin"])


def test_the_list_for_people_has_every_recipe_and_says_how_to_run_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["recipes"]) == 0
    shown = capsys.readouterr().out
    for recipe in RECIPES:
        assert f"\n{recipe.name}: {recipe.title}, about " in f"\n{shown}"
        assert " ".join(recipe.teaches.split()) in " ".join(shown.split())
    assert "mnist_cnn_20_50: MNIST, CNN 20-50, " in shown
    assert ", 12 MB download" in shown
    assert "python -m playground train --recipe NAME" in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_listing_needs_no_torch() -> None:
    code = (
        "import sys; sys.modules['torch'] = None; from playground.__main__ import main;"
        "sys.exit(main(['recipes', '--json']))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(RECIPES)


def test_a_recipe_is_trained_with_its_settings_and_those_of_set(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["train", "--recipe", "digits_rate_fits", *QUICK, "--json"]) == 0
    started, *_, finished = lines(capsys)
    assert started["training_images"] == 60
    assert finished["epochs"] == 1
    [run] = RunStore().runs()
    assert run.info.recipe == "digits_rate_fits"
    recipe = RECIPES["digits_rate_fits"].experiment()
    assert run.snapshot.experiment == recipe.replace(
        {"data.training_images": 60, "training.batch_size": 16, "training.epochs": 1}
    )
    assert main(["runs", "--json"]) == 0
    assert lines(capsys)[0]["recipe"] == "digits_rate_fits"


def test_a_run_without_a_recipe_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", *QUICK]) == 0
    assert RunStore().runs()[0].info.recipe == ""


def test_describe_takes_a_recipe_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "--recipe", "digits_feed_forward_32", "--json"]) == 0
    assert lines(capsys)[0]["parameters"] == 64 * 32 + 32 + 32 * 10 + 10


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--recipe", "nothing"], ('Unknown recipe "nothing": choose one of first_network, ',)),
        (["--recipe", "mnist_cnn"], ("Did you mean mnist_cnn_20_50?",)),
        (
            ["mine.json", "--recipe", "first_network"],
            ("There is a file, mine.json, and a recipe, first_network: give one of them",),
        ),
        (["--recipe", "first_network", "--set", "training.epochs=0"], ("Epochs 0 is too small",)),
    ],
)
def test_a_recipe_that_cannot_be_exits_2_with_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], parts: tuple[str, ...]
) -> None:
    assert main(["train", *arguments]) == 2
    shown = capsys.readouterr()
    for part in parts:
        assert part in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""
