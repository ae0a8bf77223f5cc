"""Seeds: one number in the experiment, and from it one independent seed for each purpose."""

from __future__ import annotations

import hashlib


def derive_seed(seed: int, purpose: str) -> int:
    """Return the seed for one purpose of a run, such as "weights": 0 to 2**32 − 1.

    The same on every machine and in every version of Python. Purposes with different names get
    unrelated seeds, so that more images in the split cannot change the first weights. Below 2**32,
    because torch, numpy and scikit-learn all accept that.
    """
    digest = hashlib.sha256(f"{seed}:{purpose}".encode()).digest()
    return int.from_bytes(digest[:4], "big")
