"""The tab: the session of this browser tab, which begins as its address says."""

from __future__ import annotations

from playground.errors import InvalidExperiment, UnknownChoice
from playground.experiment import Experiment
from playground.experiment.links import follow_link
from playground.recipes import RECIPES
from playground.run.paces import PACES
from playground.service import service
from playground.ui.session import Session, info_of
from playground.ui.state import PACE, RECIPE, RUN, Key, settings_asked

_SESSION: Key[Session] = Key("session")


def session() -> Session:
    """Return this tab's session; at the first call it follows the address.

    `?run=…` shows that run, `?recipe=…` loads that recipe; settings such as
    `?model.hidden_sizes=[128,64]` set the sidebar, or change the recipe.
    """
    current = _SESSION.get()
    if current is None:
        current = _from_address()
        _SESSION.set(current)
    current.follow_address()
    return current


def _from_address() -> Session:
    new = Session()
    new.pace = PACE.get() if PACE.get() in PACES else service().paces.usual(new.person)
    settings, recipe, run_id = settings_asked(), RECIPE.get(), RUN.get()
    if PACE.get() and PACE.get() not in PACES:
        new.notice = (
            f"The pace of the link was not followed. {UnknownChoice('pace', PACE.get(), PACES)}"
        )
    if settings or recipe:
        base, problems = Experiment(), []
        try:
            base = RECIPES[recipe].experiment() if recipe else base
        except InvalidExperiment as error:
            recipe, problems = "", [str(error)]
        experiment, wrong = follow_link(settings, base)
        new.load(experiment, recipe)
        if problems := problems + wrong:
            what = "Part of the link" if recipe or experiment != base else "The link"
            new.notice = " ".join([f"{what} was not followed.", *problems, new.notice]).strip()
    if run_id:
        new.run_id = run_id
        new.run_owner = info_of(run_id).owner
        if (snapshot := new.refresh()) and not (settings or recipe):
            new.load(snapshot.experiment, info_of(run_id).recipe)
    return new
