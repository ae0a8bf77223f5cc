"""Asked: which networks are shown what a person draws: of which run, after which epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from playground.analysis.wording import percent_text
from playground.drawing.framing import Framing, Shape
from playground.errors import InvalidExperiment, PlaygroundError
from playground.experiment.catalog import DATASETS
from playground.experiment.entries import DatasetEntry, image_shape
from playground.experiment.settings import resized
from playground.run.artifacts import PROBABILITIES, WEIGHTS
from playground.run.folder import RunFolder
from playground.run.info import StoredRun
from playground.run.network_looks import NetworkAt
from playground.run.records import best_by_accuracy
from playground.service import RunSnapshot, service
from playground.ui.inspect.asking import network_of
from playground.ui.plain import plain
from playground.ui.runs.compared_runs import shown_name
from playground.ui.session import Session
from playground.ui.state import Key

_LATEST, _BEST, _UNTRAINED = "latest", "best", "0"
_MOST_RUNS = 200  # to choose from: the newest


@dataclass(frozen=True)
class Asked:
    """A network to ask: that of a run after an `epoch`; `name` is what the run is called."""

    name: str
    snapshot: RunSnapshot
    epoch: int

    @property
    def network(self) -> NetworkAt:
        """What the worker is asked about."""
        return network_of(self.snapshot, self.epoch)

    @property
    def entry(self) -> DatasetEntry:
        """The data set of the run; raises `UnknownChoice` where it is gone."""
        return DATASETS[self.snapshot.experiment.data.dataset]

    @property
    def framing(self) -> Framing:
        """How the images of its data set were placed in their frames; "" where no rule is known."""
        return self.entry.framing

    @property
    def shape(self) -> Shape:
        """Channels, height and width that the network sees.

        Raises `InvalidExperiment` where its inputs are no images that can be drawn.
        """
        entry = self.entry
        shape = image_shape(resized(entry.input_shape, self.snapshot.experiment.data.image_size))
        if entry.number != "uint8" or shape[0] not in (1, 3):
            raise InvalidExperiment(
                f"The images of {entry.label} are no pixels in grey or in colour: nothing can be "
                "drawn for this network."
            )
        return shape

    def class_names(self, classes: int) -> tuple[str, ...]:
        """Return the names of so many classes."""
        known = self.snapshot.started.class_names if self.snapshot.started else ()
        return (*known[:classes], *map(str, range(len(known), classes)))


def choose_asked(current: Session, snapshot: RunSnapshot) -> list[Asked]:
    """Draw the choice of the weights, and of another run beside; return one network or two."""
    asked = [_with_epoch("", snapshot)]
    if not st.toggle(
        "Beside another run", key="try-beside", persist_state="session",
        help="Two networks are shown the same, each as its data set's images were made.",
    ):  # fmt: skip
        return asked
    others = {
        run.info.run_id: run
        for run in service().runs(person=current.person)
        if run.info.run_id != snapshot.run_id and run.snapshot.epochs and _has_images(run)
    }
    key: Key[str] = Key("try-other")
    if key.get() not in others:
        key.forget()
    revealed = current.guesses.revealed
    chosen: str | None = st.selectbox(
        "The other run", list(others)[:_MOST_RUNS], key=key.name, persist_state="session",
        placeholder="There is no other run yet", disabled=not others,
        format_func=lambda run_id: plain(shown_name(others[run_id], revealed)),
    )  # fmt: skip
    if chosen is None:
        return asked
    name = shown_name(others[chosen], revealed)
    own = shown_name(StoredRun(service().info(snapshot.run_id), snapshot), revealed)
    return [_named(asked[0], own), _with_epoch(name, service().snapshot(chosen))]


def _has_images(run: StoredRun) -> bool:
    name = run.snapshot.experiment.data.dataset
    return name in DATASETS and DATASETS[name].has_images


def _named(asked: Asked, name: str) -> Asked:
    return Asked(name, asked.snapshot, asked.epoch)


def _with_epoch(name: str, snapshot: RunSnapshot) -> Asked:
    """Draw the choice of a run's weights; those that are not kept any more are let go of."""
    latest = snapshot.epochs[-1].epoch
    best = best_by_accuracy(snapshot.epochs)
    folder = RunFolder.of(snapshot.run_id)
    kept = [epoch for epoch in folder.epochs(WEIGHTS) if 0 < epoch < latest]
    options = [_LATEST, *([_BEST] if best else []), *map(str, reversed(kept))]
    options += [_UNTRAINED] * (0 in folder.epochs(PROBABILITIES))
    key: Key[Any] = Key(f"try-epoch-{snapshot.run_id}")
    if key.get() not in options:
        key.forget()

    def named(option: str) -> str:
        if option == _LATEST:
            return f"Latest: epoch {latest}"
        if option == _BEST and best:
            return f"Best: epoch {best.epoch}, {percent_text(best.validation_accuracy)}"
        return "Untrained" if option == _UNTRAINED else f"Epoch {option}"

    chosen = st.selectbox(
        plain(f"Weights of {name}") if name else "Weights", options, key=key.name,
        persist_state="session", format_func=named,
        help="After which epoch the network is asked. While it trains, the latest goes along.",
    )  # fmt: skip
    epoch = {_LATEST: latest, _BEST: best.epoch if best else latest}.get(chosen)
    return Asked(name, snapshot, int(chosen) if epoch is None else epoch)


def problem_of(asked: Asked) -> str:
    """Return why nothing can be drawn for this network; "" where it can."""
    try:
        asked.shape  # noqa: B018
    except PlaygroundError as error:
        return str(error)
    return ""
