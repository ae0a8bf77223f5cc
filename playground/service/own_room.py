"""OwnRoom: how much of the disk own data sets take, of one person and of all, and may take."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from playground.errors import NoRoom
from playground.own import library
from playground.own.limits import LIMITS
from playground.run import environment
from playground.run.disk import size_text
from playground.run.home import home
from playground.run.sweeping import LARGE, limit, make_room
from playground.service.permission import Person

_MEGABYTES = 500  # of one person, unless PLAYGROUND_OWN_MB says otherwise
_OF_ALL = 0.5  # of the limit of all that is stored here
_NEAR = 0.8  # told from here on
_SPARE = 200_000_000  # bytes that stay free on the disk, whatever else is allowed


@dataclass(frozen=True, slots=True)
class Quota:
    """How many bytes somebody's data sets take and may take; `sentence` is empty until it is near.

    `upload` is how many bytes one file that is brought may have.
    """

    used: int
    most: int
    upload: int
    sentence: str = ""


def is_of(person: Person, own: library.Story) -> bool:
    """Whether a data set is this person's; what came by the command line is the operator's."""
    if not own.owner:
        return person.is_operator
    return own.owner in (person.owner, *person.also)


def quota(person: Person) -> Quota:
    """Return how much room this person's data sets take and may take."""
    stories = [own for _, own in library.all_stories()]
    used = sum(own.bytes for own in stories if is_of(person, own))
    everybody = sum(own.bytes for own in stories)
    all_most = round(_OF_ALL * limit())
    own_most = environment.whole_number("PLAYGROUND_OWN_MB", _MEGABYTES, 10_000_000) * 1_000_000
    most = all_most if person.is_operator else min(own_most, all_most)
    sentence = ""
    if used > _NEAR * most:
        sentence = (
            f"Your data sets take {size_text(used)} of the {size_text(most)} that are for you: "
            "when that is reached, delete one to make another."
        )
    elif everybody > _NEAR * all_most:
        sentence = (
            f"All data sets of this server take {size_text(everybody)} of the "
            f"{size_text(all_most)} that are for them: soon nobody can make another."
        )
    return Quota(used, most, LIMITS.upload, sentence)


def check(person: Person, more: int) -> None:
    """Raise `NoRoom` where so many bytes more would be too many for this person, or for all."""
    found = quota(person)
    if found.used + more > found.most:
        raise NoRoom(
            f"Your data sets take {size_text(found.used)}, this one takes {size_text(more)}, and "
            f"{size_text(found.most)} is the most that one person's may take here: delete one "
            "under “Your data sets”, or choose a smaller size of the images. Whoever runs this "
            "server can also raise PLAYGROUND_OWN_MB."
        )
    everybody = sum(own.bytes for _, own in library.all_stories())
    if everybody + more > _OF_ALL * limit():
        raise NoRoom(
            f"All data sets of this server take {size_text(everybody)}, and "
            f"{size_text(_OF_ALL * limit())} is the most that they may, half of the limit for all "
            "that is stored here (PLAYGROUND_DISK_GB): somebody has to delete one first."
        )
    check_disk(more)


def check_disk(more: int) -> None:
    """Raise `NoRoom` where so many bytes more do not fit on the disk, or under its limit."""
    home().mkdir(parents=True, exist_ok=True)
    is_full = shutil.disk_usage(home()).free < more + _SPARE
    if more >= LARGE and not is_full:
        is_full = make_room(more).total + more > limit()
    if is_full:
        raise NoRoom(
            f"There is no room for {size_text(more)} more on this server's disk: somebody has to "
            "delete runs or data sets first."
        )
