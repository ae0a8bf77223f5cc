"""The state dictionary of a run's network as a file."""

from __future__ import annotations

from io import BytesIO

import torch
from safetensors.torch import save

from playground.engine.export.network import TakenNetwork


def safetensors_file(network: TakenNetwork) -> bytes:
    """Return the weights as safetensors, its metadata saying what goes in and comes out."""
    content: bytes = save(network.state_dict(), network.facts())
    return content


def pt_file(network: TakenNetwork) -> bytes:
    """Return the weights as `torch.save` writes them: a dictionary of tensors, nothing else."""
    content = BytesIO()
    torch.save(network.state_dict(), content)
    return content.getvalue()
