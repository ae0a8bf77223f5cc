"""What people's data sets are called on the pages, with whose they are."""

from __future__ import annotations

from playground.service import service
from playground.service.own_sets import OwnSet
from playground.ui.session import Session


def own_labels(current: Session) -> dict[str, str]:
    """Return the data sets that people have brought and who sits here may use, by name."""
    sets = service().own_sets.of(current.person)
    return {
        own.entry.name: own.label if own.is_mine else f"{own.label} ({whose(own)})" for own in sets
    }


def whose(own: OwnSet) -> str:
    """Return whose a data set is, such as "yours, shared" or "shared by Ada"."""
    if own.is_mine:
        return "yours, shared" if own.is_shared else "yours"
    nickname = service().people.nickname_of(own.owner) if own.owner else ""
    return f"shared by {nickname}" if nickname else "shared"
