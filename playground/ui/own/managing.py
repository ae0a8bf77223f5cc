"""Managing: what a tab has just done with a data set that is kept."""

from __future__ import annotations

from dataclasses import dataclass

from playground.service import service
from playground.service.own_sets import OwnSet
from playground.ui.own.collecting import left_out
from playground.ui.own.pictures_in import Pictures
from playground.ui.session import Session


@dataclass
class Managing:
    """`round` counts what was added: the fields for files are new ones after each."""

    round: int = 0
    notice: str = ""

    def add(self, current: Session, own: OwnSet, name: str, pictures: Pictures) -> None:
        """Add pictures to a class; raises `NotYours`, `InvalidExperiment` and `NoRoom`."""
        self.round += 1
        images = [(name, content) for _, content in pictures]
        _, skipped = service().own_sets.add(current.person, own.entry.name, images)
        self.notice = left_out(skipped)
