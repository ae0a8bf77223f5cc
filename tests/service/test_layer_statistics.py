"""Layers come from disk epoch by epoch; what is damaged is left out until it is whole."""

from __future__ import annotations

import numpy as np

from playground.run.artifacts import LAYERS, Artifact
from playground.run.folder import RunFolder
from playground.run.layer_columns import BINS, COLUMNS, PROBE
from playground.service.layer_statistics import layer_statistics


def put(run_id: str, epoch: int) -> None:
    content = {
        "names": np.frombuffer(b"output", np.uint8),
        "numbers": np.ones((1, len(COLUMNS)), np.float32),
        "histograms": np.ones((1, 3, BINS), np.int32),
        "edges": np.ones((1, 3, 2), np.float32),
        "probe": np.ones(len(PROBE), np.float32),
    }
    RunFolder.of(run_id).put(Artifact(LAYERS, epoch, content))


def test_what_is_whole_is_read_up_to_an_epoch_and_what_is_damaged_once_it_is_mended() -> None:
    assert layer_statistics("odd-layers", 9) == ()
    for epoch in (0, 1, 2):
        put("odd-layers", epoch)
    (RunFolder.of("odd-layers").path / f"{LAYERS}-0001.npz").write_bytes(b"no arrays")
    assert [each.epoch for each in layer_statistics("odd-layers", 9)] == [0, 2]
    put("odd-layers", 1)
    found = layer_statistics("odd-layers", 1)
    assert [(each.epoch, each.layers[0].name) for each in found] == [(0, "output"), (1, "output")]
