"""How many images each class has in each role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

ROLES = ("train", "validation", "test")


def class_counts_frame(
    class_names: Sequence[str], counts: Mapping[str, Sequence[int]]
) -> pd.DataFrame:
    """Return one row per class and role with its number of `images`, in the catalogue's order.

    `counts` has for each role ("train", "validation", "test") one number per class.
    """
    unknown = [role for role in counts if role not in ROLES]
    if unknown:
        raise ValueError(f"unknown role {unknown[0]}: roles are {', '.join(ROLES)}")
    per_role = {role: list(counts[role]) for role in ROLES if role in counts}
    for role, numbers in per_role.items():
        if len(numbers) != len(class_names):
            raise ValueError(
                f"{len(numbers)} counts for role {role}: pass one for each of the "
                f"{len(class_names)} classes"
            )
    rows = [
        (name, role, int(numbers[index]))
        for index, name in enumerate(class_names)
        for role, numbers in per_role.items()
    ]
    frame = pd.DataFrame(rows, columns=["class", "role", "images"])
    return frame.astype({"class": "str", "role": "str", "images": "int64"})
