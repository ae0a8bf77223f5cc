"""The recipes: every file is one, says what it is for, and is exactly what its tutorial does."""

from __future__ import annotations

import csv
import io
import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from statistics import median

import pytest
from compared import run
from recipe_seeds import NAMES, table

import playground.recipes
from playground.errors import InvalidExperiment, UnknownChoice
from playground.experiment import Experiment
from playground.experiment.fields import assignment
from playground.experiment.settings import split_sizes
from playground.frames.tables import metrics_csv, runs_frame
from playground.recipes import GROUPS, RECIPES, Recipe, recipe_text
from playground.recipes.reading import read_recipe, read_recipes
from playground.run.info import RunInfo, info_document, read_info

FOLDER = Path(playground.recipes.__file__).parent
FILES = sorted(FOLDER.glob("*.toml"))
GOOD = """
title = "A title"
teaches = "Something."
seconds = 3
reaches = "90 %"
reached = [0.9]
next = "Go on."
order = 1

[experiment.training]
epochs = 3
"""

# The settings of each as a person would write them behind --set.
TUTORIALS = {
    "cifar10_convnet_7": """
        data.dataset=cifar10 data.validation=official data.normalization=unit
        model.architecture=convnet_7 model.initialization=xavier_uniform
        optimizer.name=adam optimizer.learning_rate=0.001 training.batch_size=64 training.epochs=10
        training.shuffle=true training.pitfalls=[] training.train_accuracy=after_epoch""",
    "mnist_convnet_16_32": """
        data.dataset=mnist data.normalization=custom data.mean=[0.1302] data.std=[0.3069]
        model.architecture=convnet_16_32 optimizer.name=adadelta optimizer.learning_rate=0.5
        training.loss=nll training.batch_size=32 training.epochs=2 training.seed=0""",
    "cifar10_mlp_128": """
        data.dataset=cifar10 data.normalization=symmetric model.architecture=mlp
        model.hidden_sizes=[128] optimizer.name=sgd optimizer.learning_rate=0.001
        optimizer.momentum=0.9 optimizer.weight_decay=0.0001 training.batch_size=256
        training.epochs=50""",
    "mnist_softmax_regression": """
        data.dataset=mnist data.normalization=unit model.architecture=linear
        optimizer.name=sgd optimizer.learning_rate=0.001 optimizer.momentum=0
        training.batch_size=128 training.epochs=5""",
    "mnist_feed_forward_32": """
        data.dataset=mnist data.normalization=unit model.architecture=mlp model.hidden_sizes=[32]
        optimizer.name=sgd optimizer.learning_rate=0.5 optimizer.momentum=0
        training.batch_size=128 training.epochs=5""",
    "cifar10_cnn_6_3": """
        data.dataset=cifar10 data.normalization=dataset data.augmentation=crop_flip
        model.architecture=cnn_6_3 training.batch_size=128""",
    "mnist_cnn_20_50": """
        data.dataset=mnist data.normalization=custom data.mean=[0.1307] data.std=[0.3081]
        model.architecture=cnn_20_50 optimizer.name=adam optimizer.learning_rate=0.0003
        training.batch_size=32 training.epochs=20""",
    "digits_overfit_100": "data.dataset=digits data.training_images=100 data.augmentation=none",
    "cifar10_overfit_100": "data.dataset=cifar10 data.training_images=100 data.augmentation=none",
}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_file_is_a_recipe_under_its_name(file: Path) -> None:
    assert read_recipe(file) == RECIPES[file.stem]


def test_the_recipes_are_those_files_in_their_order() -> None:
    assert sorted(RECIPES.names) == [file.stem for file in FILES]
    orders = [(list(GROUPS).index(recipe.group), recipe.order) for recipe in RECIPES]
    assert orders == sorted(set(orders))
    assert {recipe.group for recipe in RECIPES} == set(GROUPS)
    assert len({recipe.title for recipe in RECIPES}) == len(orders)
    assert next(iter(RECIPES)).experiment() == Experiment()  # what a first visit shows


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_a_recipe_says_in_sentences_what_it_is_for(recipe: Recipe) -> None:
    for text in (recipe.teaches, recipe.next):
        assert text[-1] in ".?"
        assert text[0].isupper()
        assert "  " not in text
        assert "\n" not in text
    assert len(recipe.title) <= 40
    assert len(recipe.teaches) <= 140
    assert recipe.reaches[-1] not in ".,"
    assert "%" in recipe.reaches
    assert 1 <= recipe.seconds <= 6 * 3600


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_a_recipe_states_only_what_is_not_the_default(recipe: Recipe) -> None:
    differences = Experiment().differences(recipe.experiment())
    assert set(recipe.changes) == {change.path for change in differences}


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_what_needs_a_download_has_a_twin_that_needs_none(recipe: Recipe) -> None:
    assert bool(recipe.twin) == bool(recipe.download_megabytes)
    if recipe.twin:
        twin = RECIPES[recipe.twin]
        assert not twin.download_megabytes
        assert not twin.twin
        assert twin.download_text == ""
        assert recipe.download_text.endswith(" MB download")


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_two_that_stand_side_by_side_name_each_other(recipe: Recipe) -> None:
    if recipe.beside:
        other = RECIPES[recipe.beside]
        assert other.beside == recipe.name
        assert other.experiment().data.dataset == recipe.experiment().data.dataset
        assert other.experiment().training.seed == recipe.experiment().training.seed


@pytest.mark.parametrize(("name", "text"), TUTORIALS.items(), ids=list(TUTORIALS))
def test_a_tutorial_is_followed_exactly(name: str, text: str) -> None:
    settings = dict(assignment(each) for each in text.split())
    experiment, asked = RECIPES[name].experiment(), Experiment().replace(settings)
    assert [experiment.get(path) for path in settings] == [asked.get(path) for path in settings]


@pytest.mark.parametrize("name", ["mnist_softmax_regression", "mnist_feed_forward_32"])
def test_a_sixth_of_mnist_is_kept_for_validation(name: str) -> None:
    assert split_sizes(RECIPES[name].experiment().data) == (50_000, 10_000)


@pytest.mark.parametrize("name", ["cifar10_convnet_7", "shapes_convnet_7"])
def test_as_published_and_mended_differ_in_the_three_mistakes_alone(name: str) -> None:
    mended, published = RECIPES[name], RECIPES[f"{name}_published"]
    assert mended.beside == published.name
    differences = mended.experiment().differences(published.experiment())
    assert {change.path: (change.old, change.new) for change in differences} == {
        "training.shuffle": (True, False),
        "training.pitfalls": ((), ("softmax_twice", "eval_mode")),
    }


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownChoice, match="Did you mean mnist_cnn_20_50") as caught:
        RECIPES["mnist_cnn_2050"]
    assert str(caught.value).startswith('Unknown recipe "mnist_cnn_2050": choose one of ')


def test_a_recipe_is_told_from_what_was_made_of_it() -> None:
    recipe = RECIPES["mnist_cnn_20_50"]
    assert recipe_text(recipe.name, recipe.experiment()) == "MNIST, CNN 20-50"
    changed = recipe.experiment().replace({"training.epochs": 3})
    assert recipe_text(recipe.name, changed) == "based on MNIST, CNN 20-50"
    idle = recipe.experiment().replace({"optimizer.momentum": 0.5})  # Adam has none
    assert recipe_text(recipe.name, idle) == "MNIST, CNN 20-50"
    assert recipe_text("", changed) == ""
    assert recipe_text("one_of_another_version", changed) == "one_of_another_version"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1, "1 s"), (89, "89 s"), (90, "2 min"), (600, "10 min"), (5400, "2 h")],
)
def test_a_time_is_told_roughly(tmp_path: Path, seconds: int, text: str) -> None:
    file = tmp_path / "one.toml"
    file.write_text(GOOD.replace("seconds = 3", f"seconds = {seconds}"))
    assert read_recipe(file).takes == f"about {text}"


BAD = [
    ("title =", "cannot be used. "),
    (GOOD.replace('"A title"', '" "'), "It needs a title, written as text"),
    (GOOD.replace("title =", "titel ="), 'no key "titel"'),
    (GOOD.replace("title =", "titel ="), "Did you mean title?"),
    (GOOD.replace("seconds = 3", "seconds = 3.5"), "It needs a whole number for seconds."),
    (GOOD.replace("seconds = 3", "seconds = true"), "It needs a whole number for seconds."),
    (GOOD.replace("[0.9]", "[90]"), "a list of shares, such as [0.983, 0.986]"),
    (GOOD.replace("[0.9]", "0.9"), "a list of shares"),
    (GOOD.replace("[experiment.training]", "[experiment]"), 'setting "epochs" is in no section'),
    (GOOD.replace("order = 1", "order = 1\ntwin = 3"), "twin must be the name of a recipe"),
    (GOOD.replace("order = 1", "order = 1\nsource = 3"), "source must be the name of a tutorial"),
    (GOOD.replace("order = 1", 'order = 1\ngroup = "frist"'), "Did you mean first?"),
    (GOOD.replace("order = 1", "order = 1\ngroup = [1]"), "choose one of first, published, next"),
    (GOOD.replace("epochs = 3", "epochs = 0"), "Epochs 0 is too small"),
    (GOOD.replace("epochs = 3", "epoch = 3"), "Did you mean training.epochs?"),
    (GOOD.replace("epochs = 3", 'epochs = "many"'), "must be a whole number"),
    (GOOD + "batch_size = 100000", "Batch size 100000 is too large"),
    ("\udcff", "cannot be used. "),
]


@pytest.mark.parametrize(("text", "part"), BAD)
def test_a_file_that_is_no_recipe_is_told_by_its_name(tmp_path: Path, text: str, part: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(InvalidExperiment) as caught:
        read_recipe(file)
    assert str(caught.value).startswith("The recipe mine.toml cannot be used. ")
    assert part in str(caught.value)


def test_a_bad_file_does_not_take_the_others_down(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "good.toml").write_text(GOOD)
    (tmp_path / "bad.toml").write_text("title =")
    with caplog.at_level(logging.ERROR):
        [recipe] = read_recipes(tmp_path)
    assert recipe.name == "good"
    assert (recipe.group, recipe.source) == ("next", "")
    assert recipe.experiment() == Experiment().replace({"training.epochs": 3})
    assert "The recipe bad.toml cannot be used." in caplog.text


def test_recipes_need_neither_torch_nor_streamlit() -> None:
    code = (
        "import sys; from playground.recipes import RECIPES; RECIPES['first_network'].experiment();"
        "print(*sorted({'torch', 'streamlit', 'pandas', 'altair'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=FOLDER.parents[1], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


QUICK = """first_network digits_rate_too_high digits_rate_fits digits_small_batches
    digits_two_classes digits_deep_sigmoids digits_large_batches digits_overfit_100
    digits_softmax_regression digits_feed_forward_32 fast_digits_97"""


@pytest.mark.parametrize("name", QUICK.split())
def test_a_recipe_on_digits_reaches_what_it_says(name: str) -> None:
    from playground.engine.runs.execution import execute
    from playground.run.records import EpochRecord

    recipe = RECIPES[name]
    epochs = [each for each in execute(recipe.experiment()) if isinstance(each, EpochRecord)]
    accuracies = [record.validation_accuracy for record in epochs]
    reached = [max(accuracies)] if len(recipe.reached) == 1 else accuracies
    assert recipe.reached == pytest.approx(reached[: len(recipe.reached)], abs=0.03)
    if name == "digits_overfit_100":
        assert epochs[-1].train_accuracy == 1.0


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_measured_over_seeds_reaches_their_median(name: str) -> None:
    assert RECIPES[name].reached == pytest.approx([median(table()[name, "best"])], abs=0.002)


def test_one_batch_is_learned_by_heart_with_every_seed() -> None:
    assert table()["digits_overfit_batch", "trained"] == [1.0] * 5


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ("shapes_no_bend", "shapes_bend"),
        ("digits_deep_sigmoids", "digits_deep_xavier"),
        ("digits_deep_xavier", "digits_deep_batch_norm"),
        ("digits_rate_constant", "digits_rate_cosine"),
        ("digits_noisy", "digits_noisy_decay"),
    ],
)
def test_what_a_pair_shows_was_measured(worse: str, better: str) -> None:
    assert median(table()[worse, "last"]) + 0.02 < median(table()[better, "last"])


def test_a_run_stored_before_there_were_recipes_has_none() -> None:
    fields = info_document(RunInfo("run-1", 1.0, recipe="first_network"))
    assert read_info(fields).recipe == "first_network"
    del fields["recipe"]
    assert read_info(fields).recipe == ""


def test_the_tables_of_runs_name_the_recipe() -> None:
    runs = [
        replace(run([0.5], name="as it is"), recipe="first_network"),
        replace(run([0.5], name="changed", training__epochs=3), recipe="first_network"),
        run([0.5], name="none"),
    ]
    title = RECIPES["first_network"].title
    assert runs_frame(runs).recipe.tolist() == [title, f"based on {title}", ""]
    rows = list(csv.DictReader(io.StringIO(metrics_csv(runs))))
    assert [row["recipe"] for row in rows] == ["first_network", "first_network", ""]
