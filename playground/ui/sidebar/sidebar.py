"""The sidebar: the experiment being set up, its network, and what is wrong with it if anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from playground.errors import InvalidExperiment
from playground.experiment import Experiment, catalog
from playground.experiment.data_checks import doubts
from playground.service import service
from playground.ui.pacing import drawing
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.sidebar import widgets
from playground.ui.sidebar.model_summary import draw_model_summary
from playground.ui.sidebar.pitfall_switches import draw_pitfalls, take_pitfalls
from playground.ui.sidebar.recipe_choice import draw_recipe_choice, draw_recipe_words
from playground.ui.sidebar.sharing import draw_sharing
from playground.ui.sidebar.who import draw_who
from playground.ui.state import setting_key

_MOST_CLASSES = 1000  # in a list to choose from: a data set may have a hundred thousand


def draw_sidebar(current: Session) -> None:
    """Draw the settings and take what is chosen into the session's draft."""
    current.load_if_wanted()
    with st.sidebar:
        below_recipe = draw_recipe_choice(current)
        settings = _Settings(current.draft)
        with drawing():
            settings.draw()
        current.take_held = partial(_take_held, current, tuple(settings.drawn))
        current.take_held()
        if words := doubts(current.draft.data):
            st.warning(plain(words), icon=":material/flip:")
        draw_pitfalls(current)
        with below_recipe:
            draw_recipe_words(current)
        draw_model_summary(current)
        draw_sharing(current)
        draw_who(current)


def _take_held(current: Session, drawn: Sequence[str]) -> None:
    """Take what the widgets of these settings hold, and the switches of the pitfalls."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    for path in drawn:
        key = setting_key(path)
        if key.is_kept:  # else the draft was changed since: its widgets are to follow it
            try:
                values[path] = widgets.read(path, key.get())
            except InvalidExperiment as error:
                problems.append(str(error))
    try:
        current.draft = current.draft.replace(values)
    except InvalidExperiment as error:
        problems.append(str(error))
    take_pitfalls(current)
    current.problem = " ".join(problems)


class _Settings:
    """The widgets, and the paths of those that are `drawn`.

    Widgets of settings that mean nothing with the present choices are left out; such settings
    keep their value in the draft. A choice drawn earlier decides at once on those below it.
    """

    def __init__(self, draft: Experiment) -> None:
        self.drawn: list[str] = []
        self._draft = draft

    def draw(self) -> None:
        st.subheader("Data", anchor=False)
        dataset = self._take("data.dataset", widgets.choice)
        st.caption(plain(catalog.DATASETS[dataset].summary))
        with st.expander("Image options"):
            self._data(dataset)
        st.subheader("Model", anchor=False)
        self._model()
        st.subheader("Training", anchor=False)
        self._training()

    def _data(self, dataset: str) -> None:
        if len(catalog.DATASETS[dataset].class_names) <= _MOST_CLASSES:
            self._take("data.classes", widgets.classes, dataset)
        self._take("data.training_images", widgets.optional_count, "all")
        validation = self._take("data.validation", widgets.choice)
        if "validation_share" in catalog.VALIDATIONS[validation].uses:
            self._take("data.validation_share", widgets.share)
        self._take("data.split_seed", widgets.count)
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

    def _model(self) -> None:
        name = self._take("model.architecture", widgets.choice)
        architecture = catalog.ARCHITECTURES[name]
        st.caption(architecture.summary)
        if "hidden_sizes" in architecture.uses:
            text = "Channels" if architecture.convolutional else "Hidden sizes"
            self._take("model.hidden_sizes", widgets.hidden_sizes, text)
        if "activation" in architecture.uses:
            self._take("model.activation", widgets.choice)
        with st.expander("Model options"):
            if "dropout" in architecture.uses:
                self._take("model.dropout", widgets.share)
            if "batch_norm" in architecture.uses:
                self._take("model.batch_norm", widgets.switch)
            self._take("model.initialization", widgets.choice)

    def _training(self) -> None:
        optimizer = self._take("optimizer.name", widgets.choice)
        uses = catalog.OPTIMIZERS[optimizer].uses
        self._take("optimizer.learning_rate", widgets.logarithmic)
        if "momentum" in uses:
            self._take("optimizer.momentum", widgets.fraction)
        if "nesterov" in uses:
            self._take("optimizer.nesterov", widgets.switch)
        left, right = st.columns(2)
        with left:
            self._take("training.batch_size", widgets.batch_size)
        with right:
            self._take("training.epochs", widgets.count)
        with st.expander("Training options"):
            self._take("optimizer.schedule", widgets.choice)
            self._take("optimizer.weight_decay", partial(widgets.logarithmic, zero=True))
            self._take("training.loss", widgets.choice)
            self._take("training.train_accuracy", widgets.choice)
            self._take("training.accumulation", widgets.count)
            self._take("training.shuffle", widgets.switch)
            self._take("training.seed", widgets.count)
            self._take("training.device", widgets.device, _devices())
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
