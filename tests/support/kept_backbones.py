"""Backbones as people keep them, made by the tests: tiny, with the weights that a seed draws."""

from __future__ import annotations

import torch

from playground.engine.models.backbone_weights import without_head
from playground.engine.models.building import build_model
from playground.engine.runs.kept_weights import weights_of
from playground.experiment.backbone_entries import BackboneEntry
from playground.experiment.settings import ModelSettings
from playground.run import backbone_files, backbones


def keep_backbone(
    name: str = "tiny", channels: int = 3, seed: int = 0, **others: object
) -> BackboneEntry:
    """Write a backbone for 8×8 images into the home of this moment, and let it be offered."""
    fields = {"architecture": "simple_cnn", "hidden_sizes": (4, 5), **others}
    model, shape = ModelSettings.model_validate(fields), (channels, 8, 8)
    extractor = without_head(build_model(model, shape, 3, seed)).eval()
    with torch.no_grad():
        features = extractor(torch.zeros(1, *shape)).shape[1]
    backbones.follow()
    entry = BackboneEntry(
        name,
        name.capitalize(),
        f"{name.capitalize()}, kept by a test.",
        "0" * 16,
        shape,
        features,
        (120.0,) * channels,
        (60.0,) * channels,
        model.model_dump(mode="json", include={"architecture", "hidden_sizes", "batch_norm"}),
    )
    return backbone_files.save(entry, weights_of(extractor))
