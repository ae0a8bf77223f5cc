"""Environment: what the numbers of a run belong to, in words."""

from __future__ import annotations

import platform

import torch
import torchvision

from playground.engine.runs.checkpoint import CheckpointFolder
from playground.errors import CheckpointMissing
from playground.run.folder import RunFolder
from playground.run.snapshot import RunSnapshot


def environment_of(snapshot: RunSnapshot) -> dict[str, str]:
    """Return versions, device, threads and images, of the run and of this export."""
    found = {}
    if started := snapshot.started:
        found = {
            "device": started.device,
            "threads": str(started.threads),
            "fingerprint of the images": started.data_fingerprint,
        }
    try:
        saved = CheckpointFolder(RunFolder.of(snapshot.run_id).path).load() or {}
    except CheckpointMissing:
        saved = {}
    version = saved.get("environment", {}).get("torch", "")
    return {
        **({"PyTorch of the run": str(version)} if version else {}),
        **found,
        "PyTorch of the export": str(torch.__version__),
        "torchvision of the export": str(torchvision.__version__),
        "Python of the export": platform.python_version(),
    }
