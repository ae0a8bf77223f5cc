"""What data sets are called on the pages, those that people have brought with whose they are."""

from __future__ import annotations

from playground.experiment.catalog import DATASETS
from playground.service import service
from playground.service.own_sets import OwnSet
from playground.ui.session import Session


def dataset_labels(current: Session) -> dict[str, str]:
    """Return the data sets that who sits here may use, by name: what people have brought last."""
    person, own_sets = current.person, service().own_sets
    known = {entry.name: entry.label for entry in DATASETS}
    labels = {name: known[name] for name in own_sets.usable(person, known)}
    for own in own_sets.of(person):
        labels.pop(own.entry.name, None)
        labels[own.entry.name] = own.label if own.is_mine else f"{own.label} ({whose(own)})"
    return labels


def whose(own: OwnSet) -> str:
    """Return whose a data set is, such as "yours, shared" or "shared by Ada"."""
    if own.is_mine:
        return "yours, shared" if own.is_shared else "yours"
    nickname = service().people.nickname_of(own.owner) if own.owner else ""
    return f"shared by {nickname}" if nickname else "shared"
