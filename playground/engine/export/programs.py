"""A run's network as an ExportedProgram: its graph with its weights, for any number of images."""

from __future__ import annotations

import json
import logging
from io import BytesIO

import torch
from torch.export import Dim, ExportedProgram

from playground.engine.export.network import TakenNetwork

EXAMPLES = 2  # images in the batch it is traced with: one could be taken for a fixed size


def exported_file(network: TakenNetwork) -> bytes:
    """Return the network for `torch.export.load`, with what is to be known of it beside it."""
    content = BytesIO()
    facts = {"facts.json": json.dumps(network.facts())}
    torch.export.save(exported(network), content, extra_files=facts)
    return content.getvalue()


def exported(network: TakenNetwork) -> ExportedProgram:
    """Return the network in eval mode: float32 inputs `[N, …]` to logits `[N, classes]`."""
    logging.getLogger("torch.export").setLevel(logging.ERROR)
    images = torch.zeros(EXAMPLES, *network.input_shape)
    return torch.export.export(
        network.model(), (images,), dynamic_shapes=({0: Dim("batch")},), strict=False
    )
