"""Session: what one browser tab works on. The only reader and writer of Streamlit's state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from playground.errors import InvalidExperiment, StoreUnavailable, UnknownRun
from playground.experiment import Experiment
from playground.experiment.catalog import PITFALLS
from playground.experiment.fields import paths, title
from playground.recipes import RECIPES
from playground.run.info import RunInfo
from playground.service import RunSnapshot, service
from playground.service.service import Control
from playground.ui.guesses import Guesses
from playground.ui.identity import browser_token
from playground.ui.run_choice import RunChoice

_SESSION = "session"
_SHAPES_WEIGHTS = ("model.architecture", "model.hidden_sizes", "model.batch_norm")
_RUN = "run"  # the parameter of the address that names a run
_PIECE = "piece"  # the one that names a piece of the concept lab
_RECIPE = "recipe"  # the one that names the recipe to which the settings are changes
_RESERVED = frozenset({_RUN, _PIECE, _RECIPE})  # all others are settings


@dataclass
class Session:
    """The experiment being set up, and the run being shown with its latest snapshot.

    `owner` is who sits at the screen. `problem` says why the sidebar's values make no experiment;
    `draft` is then the last one that they did make. `recipe` is the name of the recipe that the
    draft began as, empty where there is none. `notice` is something to tell once.
    `previous` is the run before, drawn as a ghost until dismissed.
    """

    owner: str = field(default_factory=browser_token)
    draft: Experiment = field(default_factory=Experiment)
    recipe: str = ""
    problem: str = ""
    misfit: str = ""
    notice: str = ""
    run_id: str = ""
    run_owner: str = ""
    snapshot: RunSnapshot | None = None
    previous: RunSnapshot | None = None
    smoothing: float = 0.6
    choice: RunChoice = field(default_factory=RunChoice)
    guesses: Guesses = field(default_factory=Guesses)
    polls_every: float | None = None  # seconds between two looks of the page at the run
    obeyed_from: int = 0  # the version of the snapshot that will show the last command's effect

    @property
    def is_moving(self) -> bool:
        """Whether the run shown changes without anybody doing anything more.

        So it does after a command that the worker has not answered yet, such as Step on a paused
        run: its status still says paused.
        """
        run = self.snapshot
        return run is not None and (
            run.status.is_live or (not run.status.is_over and run.version < self.obeyed_from)
        )

    @property
    def is_mine(self) -> bool:
        """Whether who sits here may control the run shown, not only watch it."""
        return self.run_owner in ("", self.owner)

    @property
    def obstacle(self) -> str:
        """Why Train cannot be pressed now; empty where it can."""
        return self.problem or self.misfit or service().problem

    def load(self, experiment: Experiment, recipe: str = "") -> None:
        """Set the sidebar to `experiment`, which began as `recipe` where there is one.

        To be called before its widgets are drawn. The run shown is left alone.
        """
        self.draft = experiment
        self.recipe = recipe if recipe in RECIPES else ""
        self.problem = ""
        for path in paths():
            st.session_state.pop(setting_key(path), None)
        for name in PITFALLS.names:
            st.session_state.pop(pitfall_key(name), None)

    def refresh(self) -> RunSnapshot | None:
        """Take the latest snapshot of the run shown; None where no run is shown."""
        if self.run_id:
            try:
                self.snapshot = service().snapshot(self.run_id)
            except UnknownRun as error:
                if str(error) not in self.notice:
                    self.notice = f"{self.notice} {error}".strip()
                self.run_id, self.snapshot = "", None
                st.query_params.pop(_RUN, None)
            except StoreUnavailable:
                pass  # what was shown stays; the page says what is wrong with the store
        return self.snapshot

    def train(self, *, one_epoch: bool = False) -> None:
        """Start a run of the draft; the run shown so far becomes the ghost behind it."""
        if self.snapshot and not self.snapshot.status.is_over and self.is_mine:
            service().control(self.run_id, "stop", self.owner)
        run_id = service().submit(
            self.draft, owner=self.owner, one_epoch=one_epoch, recipe=self.recipe
        )
        self._follow(run_id)

    def go_on(self, epoch: int, more: int) -> None:
        """Start a run with the draft from the weights of the run shown after `epoch`.

        It trains `more` epochs. Raises `InvalidExperiment` where the draft's network is another.
        """
        assert self.snapshot is not None
        check_same_network(self.snapshot.experiment, self.draft)
        experiment = self.draft.replace({"training.epochs": epoch + more})
        parent = self.run_id
        run_id = service().submit(
            experiment,
            owner=self.owner,
            parent=parent,
            parent_epoch=epoch,
            recipe=self.recipe,
        )
        self._follow(run_id)
        self.load(experiment, self.recipe)

    def _follow(self, run_id: str) -> None:
        if self.snapshot and self.snapshot.epochs:
            self.previous = self.snapshot
        self.show(run_id)

    def show(self, run_id: str) -> None:
        """Show a run, and name it in the address, so that a refresh finds it."""
        self.run_id = run_id
        self.snapshot = None
        self.obeyed_from = 0
        self.run_owner = _owner_of(run_id)
        st.query_params.clear()
        st.query_params[_RUN] = run_id
        self.refresh()

    def follow_address(self) -> None:
        """Show the run that the address names, after Back or Forward; let it name the one shown.

        Turning to another page takes the run out of the address.
        """
        asked = st.query_params.get(_RUN, "")
        if asked and asked != self.run_id:
            self.run_id, self.run_owner, self.obeyed_from = asked, _owner_of(asked), 0
            self.refresh()
        elif self.run_id and not asked:
            st.query_params[_RUN] = self.run_id

    def control(self, action: Control) -> None:
        """Pause, resume, step or stop the run shown."""
        self.obeyed_from = service().snapshot(self.run_id).version + 1
        service().control(self.run_id, action, self.owner)

    def piece(self, names: Sequence[str]) -> str:
        """Return which of these pieces of the concept lab the address names; else the first."""
        asked = st.query_params.get(_PIECE, "")
        return asked if asked in names else names[0]

    def turn_to_piece(self, name: str) -> None:
        """Let the address name a piece of the concept lab."""
        st.query_params[_PIECE] = name

    def dismiss_previous(self) -> None:
        """Take the ghost of the run before off the charts."""
        self.previous = None


def session() -> Session:
    """Return this tab's session; at the first call it follows the address.

    `?run=…` shows that run, `?recipe=…` loads that recipe; settings such as
    `?model.hidden_sizes=[128,64]` set the sidebar, or change the recipe.
    """
    if _SESSION not in st.session_state:
        st.session_state[_SESSION] = _from_address(st.query_params.to_dict())
    current: Session = st.session_state[_SESSION]
    current.follow_address()
    return current


def check_same_network(parent: Experiment, child: Experiment) -> None:
    """Raise `InvalidExperiment` where `child` cannot go on with the weights of `parent`."""
    for path in ("data.dataset", "data.image_size", *_SHAPES_WEIGHTS):
        if path not in parent.unused() and parent.get(path) != child.get(path):
            raise InvalidExperiment(
                f"A run can only go on with the same network: set {title(path)} back to "
                f"{parent.get(path)}."
            )


def _owner_of(run_id: str) -> str:
    return _info_of(run_id).owner


def _info_of(run_id: str) -> RunInfo:
    """Return what is said of a run; nothing of one that cannot be found."""
    try:
        return service().info(run_id)
    except (UnknownRun, StoreUnavailable):
        return RunInfo(run_id, 0.0)


def setting_key(path: str) -> str:
    """Return the key of a setting's widget."""
    return f"setting-{path.replace('.', '-')}"


def widget_value(path: str, default: Any) -> Any:
    """Return what a setting's widget holds, preparing it with `default` before it is first drawn.

    Streamlit forgets the widgets of a page that is left; the draft does not.
    """
    return st.session_state.setdefault(setting_key(path), default)


def pitfall_key(name: str) -> str:
    """Return the key of a pitfall's switch."""
    return setting_key(f"training.pitfalls.{name}")


def held(key: str) -> Any:
    """Return what the widget with this key holds; None before it is drawn."""
    return st.session_state.get(key)


def hold(key: str, value: Any) -> None:
    """Let the widget with this key hold `value`; to be called before it is drawn."""
    st.session_state[key] = value


def _from_address(query: Mapping[str, str]) -> Session:
    new = Session()
    settings = {key: value for key, value in query.items() if key not in _RESERVED}
    recipe = query.get(_RECIPE, "")
    if settings or recipe:
        try:
            base = RECIPES[recipe].experiment() if recipe else None
            new.load(Experiment.from_link(settings, base), recipe)
        except InvalidExperiment as error:
            new.notice = f"The link was not followed. {error}"
    if run_id := query.get(_RUN, ""):
        new.run_id = run_id
        new.run_owner = _owner_of(run_id)
        if (snapshot := new.refresh()) and not (settings or recipe):
            new.load(snapshot.experiment, _info_of(run_id).recipe)
    return new
