"""The recipe on top of the sidebar: which one is loaded, what it teaches, and what goes with it."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from playground.analysis.wording import percent_text, setting_text
from playground.experiment import Experiment
from playground.experiment.catalog import DATASETS
from playground.experiment.fields import capitalized
from playground.recipes import GROUPS, RECIPES, Recipe, time_text
from playground.run.datasets import is_here
from playground.ui.notices import try_and_tell
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.sidebar.side_by_side import train_both
from playground.ui.state import RUNS_PAGE, Key, open_page
from playground.ui.tab import session

CHOICE: Key[str | None] = Key("recipe")
_HEADING = "group:"  # a group's line among the options
_MOST_CHANGES = 3  # named on one line


def draw_recipe_choice(current: Session) -> DeltaGenerator:
    """Draw the select box; return the place below it, for `draw_recipe_words`.

    What is to be said there depends on the settings, which are drawn after it.
    """
    if CHOICE.get() != (current.recipe or None):
        CHOICE.set(current.recipe or None)
    st.selectbox(
        "Recipe",
        _options(),
        index=None,
        format_func=_label,
        key=CHOICE.name,
        on_change=_choose,
        placeholder="Choose a recipe",
        help="A complete experiment with what it teaches, how long it takes and what it reaches. "
        "Type to search. A run that trains goes on undisturbed.",
        persist_state="session",
    )
    return st.container(gap="small")


def draw_recipe_words(current: Session) -> None:
    """Draw what the recipe teaches or what has been changed in it, and what goes with it."""
    if current.recipe not in RECIPES:
        return
    recipe = RECIPES[current.recipe]
    if changes := changes_text(recipe, current.draft):
        st.markdown(f":small[**Based on** {plain(recipe.title)}: {plain(changes)}]")
    else:
        st.caption(f"{plain(recipe.teaches)}{_reaches(recipe)}")
    with st.container(horizontal=True, gap="xsmall"):
        with st.popover(
            _costs(current, is_changed=bool(changes)), icon=":material/timer:", type="tertiary"
        ):
            _draw_details(recipe, is_changed=bool(changes))
        if changes:
            st.button(
                "Undo",
                key="recipe-undo",
                icon=":material/undo:",
                type="tertiary",
                on_click=load_recipe,
                args=(recipe.name,),
                help="Back to the recipe as it is.",
            )
        if recipe.twin and _download(recipe.experiment()):
            _draw_twin(recipe, RECIPES[recipe.twin])
        if recipe.beside:
            _draw_both(current, recipe, RECIPES[recipe.beside])


def _draw_details(recipe: Recipe, *, is_changed: bool) -> None:
    if is_changed:  # else it stands under the select box
        st.markdown(plain(recipe.teaches))
    st.markdown(f"**Reaches** {plain(recipe.reaches)}.")
    st.markdown(f"**Then try:** {plain(recipe.next)}")
    if recipe.source:
        st.markdown(f"**After** {plain(recipe.source)}.")
    download = _download(recipe.experiment())
    after = f", after a {download}" if download else ""
    st.caption(
        f"Accuracies are those of the validation images. It takes {recipe.takes} on two CPU "
        f"cores{after}."
    )
    if recipe.answer:
        with st.expander("What was measured"):
            st.markdown(plain(recipe.answer))


def _draw_twin(recipe: Recipe, twin: Recipe) -> None:
    st.button(
        "Without download",
        key="recipe-twin",
        icon=":material/cloud_off:",
        type="tertiary",
        on_click=load_recipe,
        args=(twin.name,),
        help=f"“{plain(twin.title)}” teaches the same without the {recipe.download_text}, and "
        f"takes {twin.takes}.",
    )


def _draw_both(current: Session, recipe: Recipe, other: Recipe) -> None:
    pressed = st.button(
        "Train both",
        key="recipe-both",
        icon=":material/compare_arrows:",
        type="tertiary",
        disabled=bool(current.obstacle),
        help=f"Train this one and “{plain(other.title)}” side by side, and compare them on the "
        "Runs page. What you have changed goes for both.",
    )
    if pressed and try_and_tell(current, partial(train_both, current, recipe)):
        open_page(RUNS_PAGE)


def load_recipe(name: str) -> None:
    """Set the sidebar to a recipe; to be called before it is drawn. Runs are left alone."""
    session().load(RECIPES[name].experiment(), name)
    session().notice = ""


def option_text(recipe: Recipe) -> str:
    """Return a recipe as the select box lists it, such as "MNIST, CNN 20-50 · 99 % · 12 MB …"."""
    reached = "" if recipe.best is None else percent_text(recipe.best, 0)
    return " · ".join(filter(None, (recipe.title, reached, _download(recipe.experiment()))))


def changes_text(recipe: Recipe, draft: Experiment) -> str:
    """Return what in `draft` is not as in the recipe, such as "lr 0.01 · epochs 5"."""
    changes = recipe.experiment().differences(draft)
    texts = [setting_text(change.path, change.new) for change in changes[:_MOST_CHANGES]]
    if more := len(changes) - len(texts):
        texts.append(f"{more} more")
    return " · ".join(texts)


def _reaches(recipe: Recipe) -> str:
    return "" if recipe.best is None else f" **Reaches {percent_text(recipe.best, 1)}**"


def _costs(current: Session, *, is_changed: bool) -> str:
    """Return what the draft costs, such as "About 10 min · 12 MB download".

    A recipe knows its time; of one that was changed, only like runs on this machine tell.
    """
    seconds = current.expected_seconds if is_changed else RECIPES[current.recipe].seconds
    takes = "Details" if seconds is None else capitalized(time_text(seconds))
    return " · ".join(filter(None, (takes, _download(current.draft))))


def _download(experiment: Experiment) -> str:
    """Return what is to come over the network first; "" where nothing is."""
    name = experiment.data.dataset
    megabytes = DATASETS[name].download_megabytes
    return f"{megabytes:.0f} MB download" if megabytes and not is_here(name) else ""


def _options() -> list[str]:
    """Return the recipes' names, those of each group below its heading."""
    options: list[str] = []
    for group in GROUPS:
        names = [recipe.name for recipe in RECIPES if recipe.group == group]
        options += [f"{_HEADING}{group}", *names] if names else []
    return options


def _label(option: str) -> str:
    if option.startswith(_HEADING):
        return f"― {GROUPS[option.removeprefix(_HEADING)]} ―"
    return option_text(RECIPES[option])


def _choose() -> None:
    name = CHOICE.get()
    if name and name.startswith(_HEADING):
        return  # which is no recipe: the one that was chosen stays
    if name and name in RECIPES:
        load_recipe(name)
    else:
        session().recipe = ""  # the settings stay: they are one's own now
