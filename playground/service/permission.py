"""Permission: who may do what with a run. The service asks here before it does anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from playground.errors import NotYours
from playground.run.info import RunInfo

Action = Literal[
    "pause",
    "resume",
    "step",
    "stop",
    "slow",
    "rename",
    "star",
    "delete",
    "unseal",
    "judge",
    "verify",
    "keep",
]

CHANGES: dict[str, Action] = {"name": "rename", "is_starred": "star", "deleted_at": "delete"}
"""What changing a field of `RunInfo` is."""

# Not to train on in somebody's place, nor to spend the one look at the test images that counts.
_TEACHER = frozenset({"pause", "resume", "stop", "rename", "star", "delete", "judge", "verify"})

_PAST = {
    "pause": "paused",
    "keep": "reused",
    "stop": "stopped",
    "slow": "slowed",
    "rename": "renamed",
    "star": "starred",
    "unseal": "unsealed",
    "verify": "verified",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks. Runs of theirs carry `owner`, or one of `also`, which they had before."""

    owner: str
    also: tuple[str, ...] = ()
    is_teacher: bool = False
    is_operator: bool = False

    def owns(self, run: RunInfo) -> bool:
        """Whether the run is theirs. One without an owner is the operator's."""
        if not run.owner:
            return self.is_operator
        return run.owner in (self.owner, *self.also)


OPERATOR = Person("", is_operator=True)
"""Who has the home folder, and with it the command line. Runs of theirs carry no owner."""


def may(person: Person, action: Action, run: RunInfo) -> bool:
    """Return whether this person may do this with this run. To bring back is to delete."""
    return person.is_operator or person.owns(run) or (person.is_teacher and action in _TEACHER)


def require(
    person: Person, action: Action, runs: Sequence[RunInfo], nickname: Callable[[str], str]
) -> None:
    """Raise `NotYours`, which says whose they are, where not all of these runs allow it."""
    others = [run for run in runs if not may(person, action, run)]
    if not others:
        return
    done = _PAST.get(action, f"{action}{'d' if action.endswith('e') else 'ed'}")
    owner = others[0].owner
    whose = f"to {nickname(owner)}" if nickname(owner) else "to somebody else"
    whose = whose if owner else "to the operator of this server, who started it without the page"
    if len(runs) > 1:
        raise NotYours(
            f"{len(others)} of these {len(runs)} runs are not yours, and cannot be {done} by you: "
            "tick only your own."
        )
    raise NotYours(
        f"This run belongs {whose}: it cannot be {done} by you. You can watch it, and compare it "
        "with yours."
    )
