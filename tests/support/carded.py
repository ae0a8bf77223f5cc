"""Run cards without training: a run whose record says what its stored answers say, and a forger."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
from compared import epoch, experiment
from safetensors.numpy import save

from playground.export import card
from playground.export.packing import card_file
from playground.export.reading import images_key
from playground.run.artifacts import PROBABILITIES, WEIGHTS, Artifact
from playground.run.folder import RunFolder
from playground.run.image_sets import ImageSet
from playground.run.info import RunInfo, StoredRun
from playground.run.records import KeptRecord, StartedRecord
from playground.service import RunSnapshot, RunStatus
from playground.service.store.store import RunStore

NAMES = ("circle", "<b>square</b>", "star")
IMAGES, EPOCHS = 40, 3


def keep_run(run_id: str = "source", name: str = "=Mine <script>alert(1)</script>") -> StoredRun:
    """Store a finished run of three epochs, with answers, images and weights, and return it."""
    chance = np.random.default_rng(0)
    labels = chance.integers(0, len(NAMES), IMAGES)
    images = chance.integers(0, 256, (IMAGES, 1, 8, 8), np.uint8)
    arrays = {"images": images, "labels": labels, "indices": np.arange(IMAGES)}
    key = images_key(*arrays.values())
    ImageSet("validation", key).put(arrays)
    folder, records = RunFolder.of(run_id), []
    for number in range(1, EPOCHS + 1):
        logits = chance.normal(size=(IMAGES, len(NAMES)))
        logits[np.arange(IMAGES), labels] += number
        shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        folder.put(Artifact(PROBABILITIES, number, shares.astype(np.float16)))
        right = float((shares.astype(np.float16).argmax(axis=1) == labels).mean())
        records.append(
            epoch(number, right, float(-np.log(shares[np.arange(IMAGES), labels]).mean()))
        )
    weights = {
        "output.weight": np.ones((3, 64), np.float32),
        "output.bias": np.zeros(3, np.float32),
    }
    folder.put(Artifact(WEIGHTS, EPOCHS, weights))
    started = StartedRecord(195, 100, IMAGES, 4, NAMES, "cpu", 1, "print", key)
    settings = experiment(model__architecture="linear", training__epochs=EPOCHS)
    snapshot = RunSnapshot(
        run_id,
        settings,
        RunStatus.FINISHED,
        started=started,
        epochs=tuple(records),
        kept=KeptRecord((), (EPOCHS,)),
    )
    info = RunInfo(run_id, 1e9, name, "a secret owner", "a group")
    store = RunStore()
    store.save(info, snapshot)
    store.close()
    return StoredRun(info, snapshot)


def card_of(run: StoredRun) -> bytes:
    """Return the run card of a run of `keep_run`."""
    stored = RunFolder.of(run.info.run_id).arrays(WEIGHTS, EPOCHS)
    assert stored
    weights = {f"1.{name.partition('.')[2]}": np.array(array) for name, array in stored.items()}
    content = save(weights, {"layers": json.dumps({"1": "output"})})
    return card_file(run, EPOCHS, content, {"device": "cpu <i>"}, "print(1)\n")


def members_of(content: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def forged(members: Mapping[str, bytes], **said: Any) -> bytes:
    """Return a card of these members whose checksums are right; `said` changes its manifest."""
    manifest = json.loads(members[card.MANIFEST]) | said
    others = {name: content for name, content in members.items() if name != card.MANIFEST}
    manifest["files"] = {
        name: {"bytes": len(content), "sha256": card.digest(content)}
        for name, content in others.items()
    }
    manifest["checksum"] = card.checksum(manifest)
    return zipped({card.MANIFEST: json.dumps(manifest).encode(), **others})


def zipped(members: Mapping[str, bytes]) -> bytes:
    whole = BytesIO()
    with ZipFile(whole, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return whole.getvalue()


def npy(array: np.ndarray, *, pickled: bool = False) -> bytes:
    content = BytesIO()
    np.save(content, array, allow_pickle=pickled)
    return content.getvalue()
