"""The files of backbones that were kept here: written whole or not at all, checked when read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from shutil import rmtree
from uuid import uuid4

from playground.errors import BackboneUnavailable
from playground.experiment.backbone_entries import BackboneEntry
from playground.run.arrays import read_arrays
from playground.run.artifacts import Array, nbytes
from playground.run.backbones import VERSION, backbones_folder, check_name, folder_of
from playground.run.folder import save_arrays
from playground.run.part_files import write_whole
from playground.run.sweeping import make_room


def save(entry: BackboneEntry, weights: Mapping[str, Array]) -> BackboneEntry:
    """Write a backbone, whole or not at all; return its entry, with its fingerprint.

    Raises `InvalidExperiment` for a name that cannot be or is taken, and `OSError`.
    """
    check_name(entry.name)
    entry = replace(entry, fingerprint=_fingerprint(entry, weights))
    fields = asdict(entry)
    del fields["name"]  # the folder's
    make_room(nbytes(weights))
    part = backbones_folder() / f"{entry.name}.{uuid4().hex[:12]}.part"
    try:
        save_arrays(part / "weights.npz", weights)
        description = json.dumps({"version": VERSION, **fields}, indent=1)
        write_whole(part / "description.json", description.encode())
        part.rename(folder_of(entry.name))  # refused where somebody else was faster
    finally:
        rmtree(part, ignore_errors=True)
    return entry


def weights_of(entry: BackboneEntry) -> Mapping[str, Array]:
    """Return the weights of a backbone that was kept here; raises `BackboneUnavailable`."""
    file = folder_of(entry.name) / "weights.npz"
    try:
        weights = read_arrays(file)
        if _fingerprint(entry, weights) != entry.fingerprint:
            raise ValueError("its fingerprint is another")
    except (OSError, ValueError) as error:
        raise BackboneUnavailable(
            f"The backbone {entry.name} cannot be used: {file} is not what was kept ({error}). "
            "Choose another one, or delete it and keep it anew."
        ) from error
    return weights


def _fingerprint(entry: BackboneEntry, weights: Mapping[str, Array]) -> str:
    """Return the digest of all that decides what the backbone makes of an image."""
    deciding = (entry.image_shape, entry.features, entry.mean, entry.std, entry.model)
    digest = hashlib.sha256(json.dumps(deciding, sort_keys=True).encode())
    for name in sorted(weights):
        array = weights[name]
        digest.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()[:16]
