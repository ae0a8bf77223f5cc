from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground.engine.machine.randomness import derive_seed

PURPOSES = ("split", "weights", "order", "augmentation", "dropout")


def test_a_derived_seed_never_changes():
    assert derive_seed(0, "weights") == 949_529_266
    assert derive_seed(1, "order") == 3_022_582_162


def test_every_seed_and_purpose_has_its_own():
    seeds = [derive_seed(seed, purpose) for seed in range(200) for purpose in PURPOSES]
    assert len(set(seeds)) == len(seeds)


@given(st.integers(0, 2**31 - 1), st.text(max_size=20))
def test_torch_and_numpy_accept_every_derived_seed(seed, purpose):
    derived = derive_seed(seed, purpose)
    assert 0 <= derived < 2**32
    torch.Generator().manual_seed(derived)
    np.random.RandomState(derived)
