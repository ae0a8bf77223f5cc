"""Weak slices: kinds of images of which the network gets more wrong than of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammaln

from playground.analysis.estimates import LEVEL, Interval, difference_of_shares
from playground.analysis.image_measures import Group
from playground.analysis.stored_answers import Flags, Integers
from playground.analysis.wording import p_text, percent_text


@dataclass(frozen=True, eq=False, slots=True)
class Slice:
    """A group of images beside all others: how many of each are right.

    `difference` is how much larger the share of the slice is than that of the rest, an interval
    that holds for all slices tried at once. `p` is that of Fisher's exact test of “not weaker”,
    corrected for the number tried. `expected` is the share that would be right if each image were
    as easy as its class.
    """

    group: Group
    right: int
    rest_right: int
    rest: int
    difference: Interval
    p: float
    expected: float

    @property
    def images(self) -> int:
        """How many images it has."""
        return len(self.group.members)

    @property
    def share(self) -> float:
        """The share of its images that is right."""
        return self.right / self.images

    @property
    def rest_share(self) -> float:
        """The share of all others that is right."""
        return self.rest_right / self.rest

    @property
    def is_weak(self) -> bool:
        """Whether both the test and the interval say that it is weaker than the rest."""
        return self.p < 1 - LEVEL and self.difference[1] < 0


def slices(
    groups: Sequence[Group], right: Flags, labels: Integers, tries_each: int = 1
) -> list[Slice]:
    """Return the groups of images, each judged beside the rest, the weakest first.

    `right` and `labels` are those of all images, `[N]`. `tries_each` is how often else such groups
    are looked at, as once for each class. Holm's correction: of all the times that no slice is
    weak, at most one in twenty calls one so, however the groups overlap.
    """
    images, all_right = len(right), int(right.sum())
    tries = len(groups) * tries_each
    by_class = np.bincount(labels, right) / np.maximum(np.bincount(labels), 1)
    found = []
    for group in groups:
        rest = images - len(group.members)
        count = int(right[group.members].sum())
        p = fisher(len(group.members) - count, len(group.members), images - all_right, images)
        level = 1 - (1 - LEVEL) / tries
        difference = difference_of_shares(
            (all_right - count, rest), (count, len(group.members)), level
        )
        expected = float(by_class[labels[group.members]].mean())
        found.append(Slice(group, count, all_right - count, rest, difference, p, expected))
    return _corrected(found, tries)


def fisher(wrong: int, members: int, all_wrong: int, images: int) -> float:
    """Return the chance of at least so many `wrong` among `members` drawn from all `images`.

    Fisher's exact test, one-sided, by the hypergeometric distribution.
    """
    least = max(0, members + all_wrong - images)
    counts = np.arange(least, min(members, all_wrong) + 1)
    logs = (
        _choose(all_wrong, counts)
        + _choose(images - all_wrong, members - counts)
        - _choose(images, np.asarray(members))
    )
    return min(1.0, float(np.exp(logs[counts >= wrong]).sum()))


def _choose(total: int, chosen: np.ndarray) -> np.ndarray:
    """Return the logarithm of the number of ways to choose."""
    ways: np.ndarray = gammaln(total + 1) - gammaln(chosen + 1) - gammaln(total - chosen + 1)
    return ways


def _corrected(found: Sequence[Slice], tries: int) -> list[Slice]:
    """Return the slices with p-values after Holm, "A simple sequentially rejective …", 1979."""
    corrected, largest = [], 0.0
    for place, each in enumerate(sorted(found, key=lambda each: (each.p, each.share))):
        largest = max(largest, min(1.0, each.p * (tries - place)))
        corrected.append(replace(each, p=largest))
    return corrected


def weak_text(each: Slice, tries: int) -> str:
    """Return what is weak about a slice, and how sure that is."""
    low, high = (100 * abs(end) for end in reversed(each.difference))
    return (
        f"{each.group.name.capitalize()} ({each.group.meaning}): {each.right:,} of {each.images:,} "
        f"are right, {percent_text(each.share)}; of all others {percent_text(each.rest_share)}. "
        f"That is {100 * (each.rest_share - each.share):.1f} points less (interval "
        f"{low:.1f} to {high:.1f}, {p_text(each.p)}, both corrected for {tries:,} tries). If each "
        f"image were as easy as its class, {percent_text(each.expected)} would be right."
    )


def least_visible(members: int, all_wrong: int, images: int, tries: int) -> float | None:
    """Return by how much smaller the share of a slice must be to be seen at all; None if never.

    In a slice of so many `members`, with so many wrong in all.
    """
    rest = images - members
    for wrong in range(min(members, all_wrong) + 1):
        least = wrong / members - (all_wrong - wrong) / rest
        if least <= 0 or fisher(wrong, members, all_wrong, images) * tries >= 1 - LEVEL:
            continue
        shares = (rest - all_wrong + wrong, rest), (members - wrong, members)
        if difference_of_shares(*shares, 1 - (1 - LEVEL) / tries)[1] < 0:
            return least
    return None
