"""Halves: which images of a set that names none are kept to test with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence


def draw_test(
    classes: Sequence[str],
    digests: Sequence[bytes],
    share: float,
    before: dict[str, tuple[int, int]],
) -> list[bool]:
    """Return for each image whether it is one to test with: about `share` of each class.

    By what is in the images, so that it comes out alike whatever the files are called, and equal
    images are never on both sides. A class of one image has it to train on. `before` has the
    counts of a class, to train and to test, that are there already.
    """
    by_class: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(classes):
        by_class[name].append(place)
    is_test = [False] * len(classes)
    for name, places in by_class.items():
        train, test = before.get(name, (0, 0))
        total = len(places) + train + test
        wanted = round(total * share) or int(total > 1)
        count = min(max(0, wanted - test), len(places) - (0 if train else 1))
        places.sort(key=lambda place: digests[place])
        while 0 < count < len(places) and (digests[places[count]] == digests[places[count - 1]]):
            count -= 1
        for place in places[:count]:
            is_test[place] = True
    return is_test
