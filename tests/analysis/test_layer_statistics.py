"""What is read of layers: what a run writes, and nothing of what it would not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground.analysis.layer_statistics import read_layers
from playground.run.layer_columns import BINS, COLUMNS, PROBE


def content(**changes: Any) -> dict[str, Any]:
    """Return what a network of two layers would leave behind, with changes."""
    numbers = np.ones((2, len(COLUMNS)), np.float32)
    return {
        "names": np.frombuffer(b"linear1\noutput", np.uint8),
        "numbers": numbers,
        "histograms": np.ones((2, 3, BINS), np.int32),
        "edges": np.tile(np.array([-1, 1], np.float32), (2, 3, 1)),
        "probe": np.ones(len(PROBE), np.float32),
        **changes,
    }


def changed(name: str, place: Any, value: float) -> dict[str, Any]:
    array = content()[name].copy()
    array[place] = value
    return content(**{name: array})


def test_what_was_not_measured_is_none_and_all_else_is_by_its_name() -> None:
    written = changed("numbers", (1, COLUMNS.index("saturated_share")), np.nan)
    read = read_layers(written, 3)
    assert read is not None
    assert read.epoch == 3
    assert [layer.name for layer in read.layers] == ["linear1", "output"]
    assert read.layers[0].saturated_share == 1.0
    assert read.layers[1].saturated_share is None
    assert read.layers[0].kind == "convolution"
    assert read.layers[0].outputs.counts.tolist() == [1] * BINS


@pytest.mark.parametrize(
    "damaged",
    [
        {},
        content(names=np.frombuffer(b"linear1", np.uint8)),
        content(names=np.frombuffer(b"<b>1</b>\noutput", np.uint8)),
        content(names=np.frombuffer(b"\xff\xfe\noutput", np.uint8)),
        content(numbers=np.ones((2, len(COLUMNS)), np.float64)),
        content(numbers=np.ones((2, 3), np.float32)),
        content(probe=np.ones(1, np.float32)),
        changed("numbers", (0, COLUMNS.index("units")), np.nan),
        changed("numbers", (0, COLUMNS.index("silent_units")), 2),
        changed("numbers", (0, COLUMNS.index("kind")), 77),
        changed("histograms", (0, 0, 0), -1),
        changed("edges", (0, 0, 0), np.inf),
        changed("edges", (0, 0, 0), 9),
        changed("probe", PROBE.index("images"), np.nan),
    ],
)
def test_what_no_run_writes_is_not_read(damaged: dict[str, Any]) -> None:
    assert read_layers(damaged, 1) is None
