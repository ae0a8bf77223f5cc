"""Bringing: what a tab is about to make a data set of, from the files sent to the data set kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from streamlit.runtime.uploaded_file_manager import UploadedFile

from playground.own.brought import Brought, Kind, Wishes
from playground.own.library import LONGEST_LABEL
from playground.run.names import tidy
from playground.service import service
from playground.service.own_sets import Importing
from playground.ui.own.suited import suited_experiment
from playground.ui.session import Session
from playground.ui.state import TRAIN_PAGE
from playground.ui.uploads import release


@dataclass
class Bringing:
    """The reading called `token`, if one is under way or done, of what was `brought`.

    `inbox` names what was sent for it; `label` is what the data set may be called.
    `round` counts what was sent: the fields for files are new ones after each.
    """

    token: str = ""
    inbox: str = ""
    brought: Brought | None = None
    label: str = ""
    round: int = 0
    notice: str = ""

    def send(
        self, current: Session, kind: Kind, files: Sequence[UploadedFile], wishes: Wishes
    ) -> None:
        """Write what a browser has sent where it is read, begin to read it, and let go of it here.

        Raises `NoRoom`, `InvalidExperiment` and `StoreUnavailable`.
        """
        self.round += 1
        person, own_sets = current.person, service().own_sets
        try:
            inbox = own_sets.inbox(person)
            self.inbox = inbox.token
            for file in files:
                name = file.name if kind == "files" else f"brought.{kind}"
                place = own_sets.put(person, inbox.token, name, file.getbuffer())
        finally:
            release(files)
        self.brought = Brought(kind, inbox.folder if kind == "files" else place)
        self.label = suggested(kind, files[0].name)
        self.read(current, wishes)

    def read(self, current: Session, wishes: Wishes) -> None:
        """Begin to read what was brought, once more where it was read before.

        Raises `NoRoom`, `InvalidExperiment` and `StoreUnavailable`.
        """
        assert self.brought is not None
        self.token = service().own_sets.begin(current.person, self.brought, wishes)

    def look(self, current: Session) -> Importing:
        """Return how far the reading is."""
        return service().own_sets.look(current.person, self.token)

    def give_up(self, current: Session) -> None:
        """Forget what was sent, and begin anew."""
        tokens = self.token, self.inbox
        self.token = self.inbox = ""
        for token in tokens:
            service().own_sets.cancel(current.person, token)

    def use(self, current: Session, label: str, *, shared: bool) -> None:
        """Keep the data set, set the draft to it, and turn to the Train page.

        To be called before the sidebar is drawn.

        Raises `InvalidExperiment`, `NoRoom` and `StoreUnavailable`.
        """
        entry = service().own_sets.keep(current.person, self.token, label, shared=shared)
        self.token = ""
        current.load(suited_experiment(entry, current.draft))
        current.opens = TRAIN_PAGE


def suggested(kind: Kind, name: str) -> str:
    """Return what a data set may be called that came under this name."""
    path = PurePosixPath(name.replace("\\", "/"))
    first = path.parts[0] if kind == "files" and len(path.parts) > 1 else path.stem
    return tidy(first, LONGEST_LABEL)


def of_server(text: str) -> Brought:
    """Return what a path on the server's disk is, by its ending alone: others may not be told."""
    path = Path(text.strip())
    kinds: dict[str, Kind] = {".zip": "zip", ".csv": "csv"}
    return Brought(kinds.get(path.suffix.casefold(), "folder"), path)
