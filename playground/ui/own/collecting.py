"""Collecting: classes and images that are put together in the page, until they are trained on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from unicodedata import normalize

from playground.errors import InvalidExperiment, shorten
from playground.own.brought import Brought, Wishes
from playground.own.found import Found, Skipped
from playground.own.library import LONGEST_LABEL
from playground.run.names import LONGEST_NAME, tidy
from playground.service import service
from playground.service.own_sets import Importing, Inbox
from playground.ui.own.pictures_in import Pictures
from playground.ui.own.suited import suited_experiment
from playground.ui.session import Session

MOST_CLASSES = 20
ENOUGH = 2  # images of a class: one to train on, one to test with


@dataclass
class Collecting:
    """The `classes` and the images `taken`, each with its class and its file, in order.

    `token` names the reading, once there is one. `round` counts what came.
    """

    classes: list[str] = field(default_factory=list)
    taken: list[tuple[str, Path]] = field(default_factory=list)
    inbox: Inbox | None = None
    token: str = ""
    round: int = 0
    notice: str = ""

    @property
    def counts(self) -> Counter[str]:
        """How many images there are of each class."""
        return Counter(name for name, _ in self.taken)

    @property
    def obstacle(self) -> str:
        """Why there is nothing to train on yet; empty where there is."""
        counts = self.counts
        few = [name for name in self.classes if counts[name] < ENOUGH]
        if len(self.classes) < 2:
            return "Name at least two classes."
        return f"Add at least {ENOUGH} images of {', '.join(few)}." if few else ""

    def name(self, text: str) -> None:
        """Add a class; raises `InvalidExperiment` for a name that cannot be one."""
        name = normalize("NFC", tidy(text, LONGEST_NAME))
        known = {each.casefold() for each in self.classes}
        if not name or set(name) & set("/\\") or not name.strip("."):
            raise InvalidExperiment(
                f"{shorten(text)} cannot name a class: write letters, without / and \\."
            )
        if name.casefold() in known:
            raise InvalidExperiment(f"There is a class called {shorten(name)}: write another name.")
        if len(self.classes) >= MOST_CLASSES:
            raise InvalidExperiment(
                f"So many as {MOST_CLASSES} classes can be collected here. Bring more as folders."
            )
        self.classes.append(name)

    def take(self, current: Session, name: str, pictures: Pictures) -> None:
        """Add pictures to a class; raises `NoRoom`, `NotYours` and `StoreUnavailable`."""
        self.round += 1
        own_sets = service().own_sets
        if self.inbox is None:
            self.inbox = own_sets.inbox(current.person)
        for ending, content in pictures:
            path = f"{name}/{len(self.taken):06}{ending}"
            file = own_sets.put(current.person, self.inbox.token, path, content)
            self.taken.append((name, file))

    def drop_last(self) -> None:
        """Remove the image that came last."""
        _, file = self.taken.pop()
        file.unlink(missing_ok=True)

    def begin(self, current: Session) -> None:
        """Read what was collected; raises `NoRoom` and `InvalidExperiment`."""
        assert self.inbox is not None
        brought = Brought("files", self.inbox.folder)
        self.token = service().own_sets.begin(current.person, brought, Wishes())

    def look(self, current: Session) -> Importing:
        """Return how far the reading is."""
        return service().own_sets.look(current.person, self.token)

    def train(self, current: Session, found: Found) -> None:
        """Keep the data set and start a run on it.

        Raises `InvalidExperiment`, `NoRoom`, `TooManyRuns`, `WorkerUnavailable` and
        `StoreUnavailable`.
        """
        token, self.token = self.token, ""
        label = tidy(" or ".join(self.classes), LONGEST_LABEL)
        entry = service().own_sets.keep(current.person, token, label)
        self.classes, self.taken, self.inbox = [], [], None
        current.start(suited_experiment(entry, current.draft), "")
        current.use_settings_shown()
        current.notice = left_out(found.skipped)


def left_out(skipped: tuple[Skipped, ...]) -> str:
    """Return what was left out and why; empty where nothing was."""
    reasons = " ".join(f"{each.count:,}: {each.reason}" for each in skipped)
    return f"Not all images could be used. {reasons}" if reasons else ""
