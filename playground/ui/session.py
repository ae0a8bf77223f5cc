"""Session: what one browser tab works on; what Streamlit keeps of it is behind `ui.state`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.errors import InvalidExperiment, StoreUnavailable, UnknownRun
from playground.experiment import Experiment
from playground.experiment.catalog import DATASETS, PITFALLS
from playground.experiment.fields import paths
from playground.experiment.network import check_same_network, check_same_split
from playground.recipes import RECIPES
from playground.run.info import RunInfo
from playground.run.paces import FULL, PACES
from playground.service import RunSnapshot, service
from playground.service.permission import Action, Person, may
from playground.service.service import Control
from playground.ui.guesses import Guesses
from playground.ui.identity import Identity, browser_token
from playground.ui.run_choice import RunChoice
from playground.ui.state import (
    RUN,
    clear_address,
    pitfall_key,
    setting_key,
)
from playground.ui.watch import Watch

_GONE = (
    "The data set of this setup is no longer here, or belongs to somebody who does not share it: "
    "another one is set instead."
)
_HIDDEN = (
    "This run is on images that somebody keeps to themselves: ask them to share their data set."
)


@dataclass
class Session:
    """The experiment being set up, and the run being shown with its latest snapshot.

    `browser` is where one sits: see `person`. `problem` says why the sidebar's values make no
    experiment; `draft` is then the last one that they did make. `recipe` is the name of the recipe
    that the draft began as, empty where there is none. `notice` is something to tell once.
    `previous` is the run before, drawn as a ghost until dismissed.
    """

    browser: str = field(default_factory=browser_token)
    is_teacher: bool = False
    identity: Identity = field(default_factory=Identity)
    draft: Experiment = field(default_factory=Experiment)
    recipe: str = ""
    wants_settings_shown: bool = False
    problem: str = ""
    misfit: str = ""
    notice: str = ""
    run_id: str = ""
    run_owner: str = ""
    snapshot: RunSnapshot | None = None
    previous: RunSnapshot | None = None
    smoothing: float = 0.6
    choice: RunChoice = field(default_factory=RunChoice)
    pace: str = FULL  # of the run that Train starts
    closes_sidebar: bool = False  # at the next look, where it covers the page
    guesses: Guesses = field(default_factory=Guesses)
    forks: dict[str, int] = field(default_factory=dict)  # by run, the epoch it was forked at
    tried: dict[str, str] = field(default_factory=dict)  # by run, that whose change it tries
    estimate: tuple[object, float | None] = (None, None)  # what it was for, seconds
    watch: Watch = field(default_factory=Watch)
    take_held: Callable[[], None] = lambda: None  # takes what the sidebar's widgets hold now
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
    def person(self) -> Person:
        """Who sits at the screen."""
        return service().people.person(self.browser, is_teacher=self.is_teacher)

    @property
    def owner(self) -> str:
        """What the runs carry that are started here."""
        return self.person.owner

    @property
    def is_mine(self) -> bool:
        """Whether the run shown is of whoever sits here, or of nobody as there is none."""
        return not self.run_id or self.person.owns(self._run_shown)

    def may(self, action: Action) -> bool:
        """Whether who sits here may do this with the run shown."""
        return may(self.person, action, self._run_shown)

    @property
    def whose(self) -> str:
        """Whose the run shown is, such as "Ada's", where it is not of whoever sits here."""
        if not self.run_owner:
            return "The operator's"
        nickname = service().people.nickname_of(self.run_owner)
        return f"{nickname}'s" if nickname else "Somebody else's"

    def may_see(self, snapshot: RunSnapshot) -> bool:
        """Whether who sits here may see a run: not one of images that others keep to themselves."""
        if snapshot.experiment.data.dataset in DATASETS.built_in:
            return True
        info = info_of(snapshot.run_id)
        return service().own_sets.may_see_run(self.person, info, snapshot)

    @property
    def _run_shown(self) -> RunInfo:
        return RunInfo(self.run_id, 0.0, owner=self.run_owner)

    @property
    def expected_seconds(self) -> float | None:
        """How long a run of the draft will probably take; None where nothing tells."""
        asked = self.draft, self.run_id, self.snapshot and self.snapshot.status
        if self.estimate[0] != asked:
            self.estimate = asked, service().expected_seconds(self.draft)
        seconds, pace = self.estimate[1], PACES[self.pace]
        if seconds is None or pace.batch_seconds:
            return None
        return max(seconds, pace.epoch_seconds * self.draft.training.epochs)

    @property
    def continued_after(self) -> int:
        """The epoch of another run that the run shown went on from; 0 where it began afresh."""
        if self.run_id not in self.forks:
            self.forks = {self.run_id: info_of(self.run_id).parent_epoch}
        return self.forks[self.run_id]

    @property
    def obstacle(self) -> str:
        """Why Train cannot be pressed now; empty where it can."""
        return self.problem or self.misfit or service().problem

    def load(self, experiment: Experiment, recipe: str = "") -> None:
        """Set the sidebar to `experiment`, which began as `recipe` where there is one.

        To be called before its widgets are drawn. The run shown is left alone. A data set that is
        gone, or that others keep to themselves, gives way to the one by default.
        """
        if not self._may_use(experiment):
            experiment = _on_other_images(experiment)
            if _GONE not in self.notice:
                self.notice = f"{self.notice} {_GONE}".strip()
        self.draft = experiment
        self.recipe = recipe if recipe in RECIPES else ""
        self.problem = self.misfit = ""
        for path in paths():
            setting_key(path).forget()
        for name in PITFALLS.names:
            pitfall_key(name).forget()

    def refresh(self) -> RunSnapshot | None:
        """Take the latest snapshot of the run shown; None where no run is shown."""
        if self.run_id:
            try:
                snapshot = service().snapshot(self.run_id)
                if not self.may_see(snapshot):
                    raise UnknownRun(_HIDDEN)
                self.snapshot = snapshot
                self.watch.note((self.run_id, self.snapshot.version))
            except UnknownRun as error:
                if str(error) not in self.notice:
                    self.notice = f"{self.notice} {error}".strip()
                self.run_id, self.snapshot = "", None
                RUN.forget()
            except StoreUnavailable:
                pass  # what was shown stays; the page says what is wrong with the store
        return self.snapshot

    def train(self, *, one_epoch: bool = False) -> None:
        """Start a run of what the sidebar holds; the run shown so far becomes the ghost behind it.

        Raises `InvalidExperiment` where that is no experiment.
        """
        self.take_typed()
        if self.snapshot and not self.snapshot.status.is_over and self.is_mine:
            service().control(self.run_id, "stop", self.person)
        self.start(self.draft, self.recipe, one_epoch=one_epoch)

    def take_typed(self) -> None:
        """Take what was typed a moment ago: a button may be pressed before the page is drawn anew.

        Raises `InvalidExperiment` where it makes no experiment.
        """
        self.take_held()
        if self.problem:
            raise InvalidExperiment(self.problem)

    def go_on(self, epoch: int, more: int, *, changed: bool = False) -> None:
        """Start a run from the weights of the run shown after `epoch`, for `more` epochs.

        It has the settings of the run shown, or, `changed`, those of the sidebar. Raises
        `InvalidExperiment` where the sidebar's network or split is another.
        """
        assert self.snapshot is not None
        own, recipe = self.snapshot.experiment, info_of(self.run_id).recipe
        if changed:
            self.take_typed()
            check_same_network(own, self.draft)
            check_same_split(own, self.draft)
            own, recipe = self.draft, self.recipe
        experiment = own.replace({"training.epochs": epoch + more})
        self.start(experiment, recipe, parent=self.run_id, parent_epoch=epoch)
        if not own.differences(self.draft):  # else the sidebar is set up for something else
            self.load(experiment, recipe)
            self.use_settings_shown()

    def _may_use(self, experiment: Experiment) -> bool:
        name = experiment.data.dataset
        return name in DATASETS.built_in or service().own_sets.may_use(self.person, name)

    def try_change(self, changes: Mapping[str, Any]) -> None:
        """Start a run like the one shown with these settings changed, and compare the two.

        Raises `InvalidExperiment` where no run can have them.
        """
        assert self.snapshot is not None
        own, before, recipe = self.snapshot.experiment, self.run_id, info_of(self.run_id).recipe
        experiment = own.replace(changes)
        if not self.snapshot.status.is_over and self.is_mine:
            service().control(self.run_id, "stop", self.person)
        self.start(experiment, recipe)
        self.tried[self.run_id] = before
        if not own.differences(self.draft):  # else the sidebar is set up for something else
            self.load(experiment, recipe)
            self.use_settings_shown()

    def use_settings_shown(self) -> None:
        """Set the sidebar to the settings of the run shown, at the next look at the whole page.

        Not at once: where only a part is drawn anew, what the fields of the sidebar hold comes
        back with the next whole page.
        """
        self.wants_settings_shown = self.snapshot is not None

    def load_if_wanted(self) -> None:
        """Set the sidebar to the settings of the run shown where that was asked for.

        And to other images where those of the draft are gone meanwhile.
        """
        if not self._may_use(self.draft):
            self.load(self.draft, self.recipe)
        if self.wants_settings_shown and self.snapshot:
            self.load(self.snapshot.experiment, info_of(self.run_id).recipe)
        self.wants_settings_shown = False

    def start(self, experiment: Experiment, recipe: str, **begin: Any) -> None:
        """Start a run and show it; the one shown so far becomes the ghost behind it."""
        if not self._may_use(experiment):
            raise InvalidExperiment(_GONE)
        run_id = service().submit(
            experiment, owner=self.owner, recipe=recipe, pace=self.pace, **begin
        )
        if self.snapshot and self.snapshot.epochs:
            self.previous = self.snapshot
        self.show(run_id)

    def show(self, run_id: str) -> None:
        """Show a run, and name it in the address, so that a refresh finds it."""
        self.run_id = run_id
        self.snapshot = None
        self.obeyed_from = 0
        self.run_owner = info_of(run_id).owner
        clear_address()
        RUN.set(run_id)
        self.refresh()

    def follow_address(self) -> None:
        """Show the run that the address names, after Back or Forward; let it name the one shown.

        Turning to another page takes the run out of the address.
        """
        asked = RUN.get()
        if asked and asked != self.run_id:
            self.run_id, self.run_owner, self.obeyed_from = asked, info_of(asked).owner, 0
            self.refresh()
        elif self.run_id and not asked:
            RUN.set(self.run_id)

    def control(self, action: Control) -> None:
        """Pause, resume, step or stop the run shown."""
        self.obeyed_from = service().snapshot(self.run_id).version + 1
        service().control(self.run_id, action, self.person)

    def dismiss_previous(self) -> None:
        """Take the ghost of the run before off the charts."""
        self.previous = None


def _on_other_images(experiment: Experiment) -> Experiment:
    """Return an experiment with the data set by default, and with all else that this allows."""
    plain = Experiment()
    try:
        settings = experiment.model_dump(mode="json")
        return Experiment.from_settings({**settings, "data": plain.data.model_dump(mode="json")})
    except InvalidExperiment:
        return plain


def info_of(run_id: str) -> RunInfo:
    """Return what is said of a run; nothing of one that cannot be found."""
    try:
        return service().info(run_id)
    except (UnknownRun, StoreUnavailable):
        return RunInfo(run_id, 0.0)
