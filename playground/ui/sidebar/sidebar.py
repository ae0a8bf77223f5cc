"""The sidebar: the experiment being set up, its network, and what is wrong with it if anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from playground.analysis.wording import value_text
from playground.errors import InvalidExperiment
from playground.experiment import Experiment, catalog
from playground.experiment.data_checks import doubts
from playground.experiment.hidden_sizes import (
    doubt_about_sizes,
    parse_hidden_sizes,
    suited_sizes,
)
from playground.recipes import recipe_text
from playground.service import service
from playground.ui.pacing import drawing
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.sidebar import learning_rate, widgets
from playground.ui.sidebar.model_summary import draw_model_summary
from playground.ui.sidebar.pitfall_switches import draw_pitfalls, take_pitfalls
from playground.ui.sidebar.rate_finder import draw_rate_finder
from playground.ui.sidebar.recipe_choice import draw_recipe_choice, draw_recipe_words
from playground.ui.sidebar.sharing import draw_sharing
from playground.ui.sidebar.who import draw_who
from playground.ui.state import TRAIN_PAGE, Key, setting_key
from playground.ui.styles import SIDEBAR_STYLE

_MOST_CLASSES = 1000  # in a list to choose from: a data set may have a hundred thousand


def draw_sidebar(current: Session) -> None:
    """Draw the settings and take what is chosen into the session's draft."""
    current.load_if_wanted()
    with st.sidebar, st.container(gap="xsmall"):
        st.html(SIDEBAR_STYLE)
        below_recipe = draw_recipe_choice(current)
        own = [each.entry.name for each in service().own_sets.of(current.person)]
        settings = _Settings(current.draft, own)
        with drawing():
            settings.draw()
        current.take_held = partial(_take_held, current, tuple(settings.drawn))
        current.take_held()
        with settings.below_sizes:
            _draw_doubts(current.draft)
        with below_recipe:
            draw_recipe_words(current)
        with settings.below_optimizer:
            draw_rate_finder(current)
        with settings.below_all:
            draw_model_summary(current)
        draw_pitfalls(current)
        draw_sharing(current)
        draw_who(current)


def draw_aside(current: Session) -> None:
    """Draw what stays of the sidebar on a page that is not about the draft, which is kept."""
    current.load_if_wanted()
    with st.sidebar:
        dataset = catalog.DATASETS[current.draft.data.dataset].label
        network = catalog.ARCHITECTURES[current.draft.model.architecture].label
        st.caption(f"Being set up on the Train page: {plain(network)} on {plain(dataset)}.")
        if recipe := recipe_text(current.recipe, current.draft):
            st.caption(f"Recipe: {plain(recipe)}")
        st.page_link(TRAIN_PAGE, label="To the Train page", icon=":material/tune:")
        draw_who(current)


def _draw_doubts(draft: Experiment) -> None:
    """Draw what is legal and yet probably not what was meant."""
    if words := doubts(draft.data):
        st.warning(plain(words), icon=":material/flip:")
    if words := doubt_about_sizes(draft.model.architecture, draft.model.hidden_sizes):
        st.markdown(f":small[:orange[{plain(words)}]]")


def _take_held(current: Session, drawn: Sequence[str]) -> None:
    """Take what the widgets of these settings hold, and the switches of the pitfalls."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    learning_rate.settle()
    _suit_sizes(current.draft)
    for path in drawn:
        key = setting_key(path)
        if key.is_kept:  # else the draft was changed since: its widgets are to follow it
            try:
                values[path] = widgets.read(path, key.get())
            except InvalidExperiment as error:
                problems.append(str(error))
    try:
        current.draft = current.draft.chosen(values)
    except InvalidExperiment as error:
        problems.append(str(error))
    take_pitfalls(current)
    current.problem = " ".join(problems)


def _suit_sizes(draft: Experiment) -> None:
    """Let sizes that nobody has typed follow an architecture that has just been chosen."""
    chosen: str | None = setting_key("model.architecture").get()
    typed: Key[str] = setting_key("model.hidden_sizes")
    text = typed.get()
    if chosen is None or text is None or chosen == draft.model.architecture:
        return
    try:
        held = tuple(parse_hidden_sizes(text))
    except InvalidExperiment:
        return
    if (suited := suited_sizes(chosen, held)) != held:
        typed.set(value_text("model.hidden_sizes", suited))


class _Settings:
    """The widgets, and the paths of those that are `drawn`.

    Widgets of settings that mean nothing with the present choices are left out; such settings
    keep their value in the draft. A choice drawn earlier decides at once on those below it.
    What a person comes for stands in rows, the rest is folded below each.
    """

    def __init__(self, draft: Experiment, own_datasets: Sequence[str]) -> None:
        self.drawn: list[str] = []
        self._draft = draft
        self._own_datasets = own_datasets

    def draw(self) -> None:
        self._take("data.dataset", widgets.choice, self._own_datasets)
        self._model()
        self.below_sizes = st.container(gap="xsmall")
        learning_rate.draw(self._draft, self._take)
        self._training()
        self.below_all = st.container(gap="xsmall")
        with st.expander("Image options"):
            self._image_options()
        with st.expander("Model options"):
            self._model_options()
        with st.expander("Training options"):
            self._training_options()

    def _model(self) -> None:
        left, right = st.columns([3, 2], gap="xsmall", vertical_alignment="bottom")
        with left:
            name = self._take("model.architecture", widgets.choice)
        architecture = catalog.ARCHITECTURES[name]
        with right:
            if "hidden_sizes" in architecture.uses:
                _suit_sizes(self._draft)
                text = "Channels" if architecture.convolutional else "Hidden sizes"
                self._take("model.hidden_sizes", widgets.hidden_sizes, text)
            else:
                st.caption("Its layers are fixed.")

    def _training(self) -> None:
        left, right = st.columns(2, gap="xsmall")
        with left:
            self._take("training.batch_size", widgets.batch_size)
        with right:
            self._take("training.epochs", widgets.count)
        left, right = st.columns(2, gap="xsmall")
        with left:
            optimizer = self._take("optimizer.name", widgets.choice)
        with right:
            self._take("training.device", widgets.device, _devices())
        uses = catalog.OPTIMIZERS[optimizer].uses
        if "momentum" in uses:
            self._take("optimizer.momentum", widgets.fraction)
        if "nesterov" in uses:
            self._take("optimizer.nesterov", widgets.switch)
        self.below_optimizer = st.container(gap="xsmall")

    def _image_options(self) -> None:
        dataset = str(setting_key("data.dataset").get())
        if len(catalog.DATASETS[dataset].class_names) <= _MOST_CLASSES:
            self._take("data.classes", widgets.classes, dataset)
        self._take("data.training_images", widgets.optional_count, "all")
        validation = self._take("data.validation", widgets.choice)
        if "validation_share" in catalog.VALIDATIONS[validation].uses:
            self._take("data.validation_share", widgets.share)
        self._take("data.split_seed", widgets.count)
        self._take("data.left_out", widgets.left_out, dataset)
        self._take("data.image_size", widgets.image_size)
        normalization = self._take("data.normalization", widgets.choice)
        if catalog.NORMALIZATIONS[normalization].uses:
            left, right = st.columns(2)
            with left:
                self._take("data.mean", widgets.channel_numbers)
            with right:
                self._take("data.std", widgets.channel_numbers)
        augmentation = self._take("data.augmentation", widgets.choice)
        if catalog.AUGMENTATIONS[augmentation].uses:
            self._take("data.crop_shift", widgets.optional_count, "an eighth of it", 1)

    def _model_options(self) -> None:
        name: str = setting_key("model.architecture").get_or_set(self._draft.model.architecture)
        uses = catalog.ARCHITECTURES[name].uses
        if "activation" in uses:
            self._take("model.activation", widgets.choice)
        if "dropout" in uses:
            self._take("model.dropout", widgets.share)
        if "batch_norm" in uses:
            self._take("model.batch_norm", widgets.switch)
        self._take("model.initialization", widgets.choice)

    def _training_options(self) -> None:
        self._take("optimizer.schedule", widgets.choice)
        self._take("optimizer.weight_decay", partial(widgets.logarithmic, zero=True))
        self._take("training.loss", widgets.choice)
        self._take("training.train_accuracy", widgets.choice)
        self._take("training.accumulation", widgets.count)
        self._take("training.shuffle", widgets.switch)
        self._take("training.seed", widgets.count)
        self._take("training.precision", widgets.choice)

    def _take(self, path: str, widget: Callable[..., Any], *arguments: Any) -> Any:
        widget(path, self._draft, *arguments)
        self.drawn.append(path)
        return setting_key(path).get()


def _devices() -> dict[str, str]:
    """Return the devices of the worker's machine and their names as people know them."""
    environment = service().environment
    if environment is None:
        return {"cpu": "CPU"}
    names = {"cpu": "CPU", "mps": "Apple GPU", **environment.device_names}
    return {device: names.get(device, device) for device in environment.devices}
