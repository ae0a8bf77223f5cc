"""Recipes on the page: loaded, changed, shared, trained side by side; runs remember theirs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from app_page import AppPage

from playground.experiment import Experiment
from playground.recipes import GROUPS, RECIPES
from playground.service import RunStatus, service
from playground.ui.run_choice import TABLE
from playground.ui.sidebar.recipe_choice import CHOICE, changes_text, option_text
from playground.ui.sidebar.sharing import link
from playground.ui.sidebar.side_by_side import other_half

Open = Callable[..., AppPage]

FITS = RECIPES["digits_rate_fits"]
TOO_HIGH = RECIPES["digits_rate_too_high"]
MNIST = RECIPES["mnist_cnn_20_50"]


def take(page: AppPage, name: str | None) -> None:
    page.app.selectbox(key=CHOICE.name).set_value(name)
    page.look()
    page.until_ready()


def chosen(page: AppPage) -> str | None:
    value: str | None = page.app.selectbox(key=CHOICE.name).value
    return value


def says(page: AppPage, *parts: str) -> bool:
    return any(all(part in text for part in parts) for text in page.words)


def has_button(page: AppPage, key: str) -> bool:
    return key in {button.key for button in page.app.button}


def test_a_first_visit_has_no_recipe_and_says_nothing_of_one(open_page: Open) -> None:
    page = open_page()
    assert chosen(page) is None
    assert page.draft == Experiment()
    assert not has_button(page, "recipe-undo")
    assert not says(page, "Based on")


def test_every_recipe_can_be_chosen_and_stays_as_it_is_in_the_sidebar(open_page: Open) -> None:
    page = open_page()
    for recipe in RECIPES:
        page.app.selectbox(key=CHOICE.name).set_value(recipe.name)
        page.look()
        page.look()  # what widgets make of it must be what was put in
        assert page.draft == recipe.experiment(), recipe.name
        assert page.session.recipe == recipe.name
        assert says(page, recipe.teaches)
        assert says(page, recipe.reaches)
        assert says(page, recipe.next)
        assert not page.session.problem
        assert not says(page, "Based on")


def test_a_recipe_says_what_it_reaches_and_a_download_only_where_the_files_are_not_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_DATASETS", str(tmp_path))
    assert option_text(MNIST) == "MNIST, CNN 20-50 · 12 MB download"  # its first epochs alone
    assert option_text(FITS) == f"{FITS.title} · 95 %"
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part in ("train", "t10k"):
        for kind in ("images-idx3", "labels-idx1"):
            assert option_text(MNIST).endswith("download")
            (raw / f"{part}-{kind}-ubyte.gz").touch()
    assert option_text(MNIST) == "MNIST, CNN 20-50"


def test_recipes_stand_below_the_headings_of_their_groups_which_choose_nothing(
    open_page: Open,
) -> None:
    page = open_page({"recipe": FITS.name})
    options = page.app.selectbox(key=CHOICE.name).options
    headings = [place for place, option in enumerate(options) if option.startswith("―")]
    assert [options[place].strip("― ") for place in headings] == list(GROUPS.values())
    assert len(options) == len(RECIPES) + len(headings)
    take(page, "group:published")
    assert chosen(page) == FITS.name
    assert page.draft == FITS.experiment()


def details(page: AppPage) -> str:
    """Return what stands on the button behind which a recipe's details are."""
    [box] = page.app.sidebar.get("popover")
    label: str = box.proto.popover.label
    return label


def test_the_time_is_that_of_what_would_be_trained(open_page: Open) -> None:
    page = open_page({"recipe": FITS.name})
    assert details(page) == "About 1 s"
    page.choose("data.dataset", "mnist")
    assert details(page) == "Details · 12 MB download"
    page.choose_all({"data.dataset": "digits", "training.epochs": 2})
    page.train()
    page.look()
    assert details(page) == "About 1 s"


def test_the_twin_is_one_click_away(open_page: Open) -> None:
    page = open_page({"recipe": MNIST.name})
    page.press("recipe-twin")
    assert page.draft == RECIPES[MNIST.twin].experiment()
    assert chosen(page) == MNIST.twin
    assert not has_button(page, "recipe-twin")


def test_a_change_makes_it_based_on_the_recipe_and_undo_brings_it_back(open_page: Open) -> None:
    page = open_page({"recipe": FITS.name})
    page.choose("training.epochs", 3)
    assert says(page, f"Based on** {FITS.title}: epochs 3")
    assert chosen(page) == FITS.name
    page.press("recipe-undo")
    assert page.draft == FITS.experiment()
    assert not says(page, "Based on")
    assert page.widget("training.epochs").value == FITS.experiment().training.epochs


def test_many_changes_are_told_in_one_line() -> None:
    draft = FITS.experiment().replace(
        {
            "data.dataset": "shapes",
            "model.dropout": 0.5,
            "model.batch_norm": True,
            "training.epochs": 3,
            "training.seed": 4,
        }
    )
    assert changes_text(FITS, draft) == "Shapes · dropout 0.5 · batch norm · 2 more"
    assert changes_text(FITS, FITS.experiment()) == ""


def test_taking_the_recipe_away_keeps_the_settings(open_page: Open) -> None:
    page = open_page({"recipe": FITS.name})
    take(page, None)
    assert page.draft == FITS.experiment()
    assert page.session.recipe == ""
    assert not says(page, FITS.teaches)


def test_back_to_the_defaults_takes_the_recipe_away(open_page: Open) -> None:
    page = open_page({"recipe": FITS.name})
    page.press_label("Back to the defaults")
    assert page.draft == Experiment()
    assert chosen(page) is None


def test_a_link_loads_a_recipe_and_changes_it(open_page: Open) -> None:
    page = open_page({"recipe": FITS.name, "training.epochs": "3", "optimizer.name": "adam"})
    assert page.draft == FITS.experiment().replace({"training.epochs": 3, "optimizer.name": "adam"})
    assert chosen(page) == FITS.name
    assert not page.warnings
    [shown] = [code.value for code in page.app.code]
    query = dict(parse_qsl(shown.partition("?")[2]))
    assert query == {"recipe": FITS.name, "training.epochs": "3", "optimizer.name": "adam"}


def test_a_link_can_set_what_a_recipe_changes_back_to_the_default() -> None:
    overfit = RECIPES["digits_overfit_100"]
    draft = overfit.experiment().replace({"data.training_images": None, "model.hidden_sizes": []})
    query = dict(parse_qsl(link(draft, overfit.name).partition("?")[2]))
    assert query.pop("recipe") == overfit.name
    assert query == {"data.training_images": "null", "model.hidden_sizes": "[]"}
    assert Experiment.from_link(query, overfit.experiment()) == draft


@pytest.mark.parametrize("name", ["mnist_cnn", "<b>", "x" * 500, "first_network.toml"])
def test_a_link_to_an_unknown_recipe_says_so_and_the_app_works(open_page: Open, name: str) -> None:
    page = open_page({"recipe": name, "training.epochs": "3"})
    [warning] = page.warnings
    assert warning.startswith("Part of the link was not followed. Unknown recipe ")
    assert "first_network" in warning
    assert len(warning) < 1200
    assert page.draft == Experiment().replace({"training.epochs": 3})
    assert chosen(page) is None
    assert page.can_press("train")


def test_a_link_with_a_pace_that_is_none_is_told_and_the_rest_of_it_holds(
    open_page: Open,
) -> None:
    page = open_page({"pace": "foo", "training.epochs": "3"})
    [warning] = page.warnings
    assert warning.startswith('The pace of the link was not followed. Unknown pace "foo": choose')
    assert page.draft == Experiment().replace({"training.epochs": 3})


def test_a_link_with_a_change_that_cannot_be_is_told(open_page: Open) -> None:
    page = open_page({"recipe": FITS.name, "training.epochs": "0"})
    [warning] = page.warnings
    assert warning.startswith("Part of the link was not followed. Epochs 0 is too small")
    assert page.draft == FITS.experiment()
    assert chosen(page) == FITS.name


def test_loading_a_recipe_leaves_the_run_that_trains_alone(open_page: Open) -> None:
    page = open_page({"training.epochs": "1000", "training.batch_size": "8"})
    page.press("train")
    page.until(lambda: len(page.run.epochs) >= 1)
    before = page.run
    take(page, FITS.name)
    assert page.draft == FITS.experiment()
    assert page.run_id == before.run_id
    page.until(lambda: len(page.run.epochs) > len(before.epochs))
    assert page.run.status is RunStatus.RUNNING
    assert page.run.experiment == before.experiment
    assert service().info(page.run_id).recipe == ""
    assert says(page, "The next run changes")


def test_a_run_remembers_its_recipe_and_shows_it_when_it_is_opened_again(open_page: Open) -> None:
    page = open_page({"recipe": FITS.name, "training.epochs": "2"})
    page.press("train")
    page.until(lambda: page.run.status.is_over)
    assert service().info(page.run_id).recipe == FITS.name
    again = open_page({"run": page.run_id})
    assert again.draft == page.draft
    assert chosen(again) == FITS.name
    assert says(again, f"Based on** {FITS.title}: epochs 2")


def test_a_run_without_a_recipe_opens_without_one(open_page: Open) -> None:
    page = open_page({"training.epochs": "1"})
    page.press("train")
    page.until(lambda: page.run.status.is_over)
    assert chosen(open_page({"run": page.run_id})) is None


def test_two_that_belong_together_are_trained_as_a_group_and_ticked(open_page: Open) -> None:
    page = open_page({"recipe": FITS.name})
    page.choose("training.epochs", 2)
    page.press("recipe-both")
    newest = service().runs()[:2]
    assert {run.info.recipe for run in newest} == {FITS.name, TOO_HIGH.name}
    [group] = {run.info.group for run in newest}
    assert group.startswith(f"{TOO_HIGH.title}, side by side")
    assert {run.info.owner for run in newest} == {page.session.owner}
    for run in newest:
        recipe = RECIPES[run.info.recipe].experiment()
        assert run.snapshot.experiment == recipe.replace({"training.epochs": 2})
    page.until(lambda: all(run.snapshot.status.is_over for run in service().runs()[:2]))
    page.look()
    table = page.app.dataframe[0].value
    ticked = page.app.session_state[TABLE.name]["selection"]["rows"]
    assert {table["Recipe"].iloc[row] for row in ticked} == {
        f"based on {FITS.title}",
        f"based on {TOO_HIGH.title}",
    }
    assert len(ticked) == 2


def test_the_other_half_takes_the_changes_but_not_what_tells_the_two_apart() -> None:
    draft = FITS.experiment().replace({"training.epochs": 5, "optimizer.learning_rate": 0.1})
    assert other_half(FITS, draft) == TOO_HIGH.experiment().replace({"training.epochs": 5})
    assert other_half(FITS, FITS.experiment()) == TOO_HIGH.experiment()
