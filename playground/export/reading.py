"""Reading: a run card as a run, once all that can be compared in it agrees."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

from playground.errors import PlaygroundError
from playground.experiment import read_stored
from playground.export import card
from playground.export.agreement import disagreement
from playground.export.archive import BROKEN, read_members, refuse, strict
from playground.export.card import CardRefused
from playground.run.arrays import array_in
from playground.run.info import read_snapshot
from playground.run.names import tidy, visible
from playground.run.records import KeptRecord, StartedRecord
from playground.run.snapshot import RunSnapshot, RunStatus

_OVER = (RunStatus.FINISHED, RunStatus.STOPPED, RunStatus.FAILED, RunStatus.INTERRUPTED)
_MOST_CLASSES = 10_000
_MOST_TENSORS = 2_000
_WEIGHT = re.compile(r"[A-Za-z0-9_]{1,80}(\.[A-Za-z0-9_]{1,80}){0,12}")
_STATISTICS = ("running_mean", "running_var", "num_batches_tracked")
_RUN = "neither"  # the id of a run that has none yet


@dataclass(frozen=True, eq=False, slots=True)
class ReadCard:
    """What a card holds, checked: nothing in it was run.

    `answers` are the probabilities `[N, classes]` by epoch, of the validation images with these
    `labels` and `indices`; `images` are theirs, None where the card has none. `weights` are by the
    names of the network's own state dictionary.
    """

    source: str
    checksum: str
    name: str
    recipe: str
    created_at: float
    parent_epoch: int
    snapshot: RunSnapshot
    answers: Mapping[int, NDArray[np.float16]]
    labels: NDArray[np.int64] | None
    indices: NDArray[np.int64] | None
    images: NDArray[Any] | None
    weights: Mapping[str, NDArray[Any]]
    weights_epoch: int


def read_card(content: bytes, most: int = card.LARGEST_UNPACKED) -> ReadCard:
    """Read a run card that unpacks to at most so many bytes.

    Raises `CardRefused`, which says what is wrong, for what is none.
    """
    manifest, members = read_members(content, most)
    try:
        return _read(manifest, members)
    except CardRefused:
        raise
    except (*BROKEN, SafetensorError, PlaygroundError) as error:
        first = str(error).split("\n")[0][:300].rstrip(".") or type(error).__name__
        raise CardRefused(
            f"This run card holds what no run has, and is not imported: {first}."
        ) from None


def _read(manifest: Mapping[str, Any], members: Mapping[str, bytes]) -> ReadCard:
    record = strict(members[card.RUN])
    snapshot = _snapshot(record)
    settings, _ = read_stored(strict(members[card.EXPERIMENT]))
    if settings != snapshot.experiment:
        _contradiction(f"{card.EXPERIMENT} has other settings than {card.RUN}")
    answers, labels, indices = _answers(members, snapshot)
    images = _images(members, snapshot, labels, indices)
    _check_confusion(members, snapshot, answers, labels)
    epoch = manifest["weights_epoch"]
    if type(epoch) is not int or not 0 <= epoch <= len(snapshot.epochs):
        raise ValueError("its weights are of no epoch of the run")
    if bool(epoch) != (card.WEIGHTS in members):
        _contradiction(f"{card.MANIFEST} says otherwise than {card.WEIGHTS} whether it has weights")
    weights = _weights(members[card.WEIGHTS], snapshot.started) if epoch else {}
    created_at = float(record["created_at"])
    if not 0 <= created_at <= 7e9:
        raise ValueError("it was created at no time there is")
    parent_epoch = record.get("parent_epoch", 0)
    if type(parent_epoch) is not int or not 0 <= parent_epoch <= len(snapshot.epochs):
        raise ValueError("it was continued after no epoch of the run")
    return ReadCard(
        source=tidy(str(manifest["run"]), 100),
        checksum=str(manifest["checksum"]),
        name=tidy(str(record["name"])),
        recipe=tidy(str(record["recipe"])),
        created_at=created_at,
        parent_epoch=parent_epoch,
        snapshot=replace(snapshot, kept=KeptRecord((), (epoch,) if epoch else ())),
        answers=answers,
        labels=labels,
        indices=indices,
        images=images,
        weights=weights,
        weights_epoch=epoch,
    )


def _contradiction(what: str) -> None:
    refuse(f"This run card contradicts itself, and is not imported: {what}.")


def _snapshot(record: Any) -> RunSnapshot:
    if not isinstance(record, dict):
        raise ValueError(f"{card.RUN} is no object")
    epochs = record["epochs"]
    snapshot = read_snapshot(_RUN, record, epochs)
    if snapshot.status not in _OVER:
        raise ValueError(snapshot.message or f"the run is {snapshot.status}, and not over")
    if len(snapshot.epochs) > snapshot.experiment.training.epochs:
        raise ValueError("it has more epochs than were planned")
    for each in snapshot.epochs:
        positive = (each.train_loss, each.validation_loss, each.seconds, each.images_per_second)
        shares = (each.train_accuracy, each.validation_accuracy)
        if not (
            all(isfinite(value) and value >= 0 for value in (*positive, each.learning_rate))
            and all(0 <= value <= 1 for value in shares)
        ):
            raise ValueError(f"the numbers of epoch {each.epoch} are not those of an epoch")
    places = [point.position for point in snapshot.batches]
    if places != sorted(places) or len(places) > 10_000:
        raise ValueError("its losses of batches are out of order")
    if not all(
        isfinite(v) for p in snapshot.batches for v in (p.position, p.mean, p.low, p.high)
    ) or not all(1 <= point.count <= 10**12 for point in snapshot.batches):
        raise ValueError("its losses of batches are no numbers")
    if started := snapshot.started:
        _check_started(started)
    elif snapshot.epochs:
        raise ValueError("it has epochs and was never started")
    return replace(snapshot, note="", batch=None, preparation=None)


def _check_started(started: StartedRecord) -> None:
    counts = (started.parameters, started.training_images, started.validation_images)
    texts = (*started.class_names, started.device, started.data_fingerprint)
    if not (
        all(1 <= count <= 10**12 for count in (*counts, started.batches))
        and 1 <= started.threads <= 4096
        and 2 <= len(started.class_names) <= _MOST_CLASSES
        and all(len(text) <= 200 and visible(text) == text for text in texts)
    ):
        raise ValueError("what it says of its images and its network is of no run")


def _answers(
    members: Mapping[str, bytes], snapshot: RunSnapshot
) -> tuple[dict[int, NDArray[np.float16]], NDArray[np.int64] | None, NDArray[np.int64] | None]:
    found: dict[int, NDArray[np.float16]] = {}
    files = {name: form for name in members if (form := card.ANSWERS.fullmatch(name))}
    if not files and card.LABELS not in members:
        return found, None, None
    started = snapshot.started
    if started is None:
        raise ValueError("it has answers and was never started")
    count, classes = started.validation_images, len(started.class_names)
    labels = _array(members, card.LABELS, "<i8", (count,))
    indices = _array(members, card.INDICES, "<i8", (count,))
    if not ((labels >= 0) & (labels < classes)).all() or (indices < 0).any():
        raise ValueError("its validation images have labels or positions that cannot be")
    for name, form in sorted(files.items()):
        epoch = int(form[1])
        if epoch > len(snapshot.epochs) or epoch in found or name != card.answers_name(epoch):
            raise ValueError(f"{name} is of no epoch of the run")
        shares = _array(members, name, "<f2", (count, classes))
        if not ((shares >= 0) & (shares <= 1)).all():
            raise ValueError(f"{name} holds what are no probabilities")
        if epoch:
            said = snapshot.epochs[epoch - 1]
            if problem := disagreement(said, shares, labels, snapshot.experiment):
                _contradiction(problem)
        found[epoch] = shares
    return found, labels, indices


def _images(
    members: Mapping[str, bytes],
    snapshot: RunSnapshot,
    labels: NDArray[np.int64] | None,
    indices: NDArray[np.int64] | None,
) -> NDArray[Any] | None:
    if card.IMAGES not in members:
        return None
    images = array_in(members[card.IMAGES])
    if labels is None or indices is None or snapshot.started is None:
        raise ValueError("it has images without labels")
    if images.dtype not in (np.uint8, np.float32) or not 2 <= images.ndim <= 4:
        raise ValueError(f"{card.IMAGES} holds no images")
    if len(images) != len(labels) or not np.isfinite(images).all():
        raise ValueError(f"{card.IMAGES} holds others than were validated with")
    if images_key(images, labels, indices) != snapshot.started.validation_key:
        _contradiction("its validation images are not those that the run names")
    return images


def images_key(*arrays: NDArray[Any]) -> str:
    """Return the key of an image set: a hash of its images, labels and positions.

    So no card puts its own images in the place of others.
    """
    found = hashlib.sha256()
    for array in arrays:
        found.update(str(array.shape).encode())
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()[:24]


def _check_confusion(
    members: Mapping[str, bytes],
    snapshot: RunSnapshot,
    answers: Mapping[int, NDArray[np.float16]],
    labels: NDArray[np.int64] | None,
) -> None:
    if card.CONFUSION not in members:
        return
    said = strict(members[card.CONFUSION])
    if labels is None or snapshot.started is None or said["epoch"] not in answers:
        _contradiction(f"it has no answers to what {card.CONFUSION} says")
        return
    classes = len(snapshot.started.class_names)
    taken = answers[said["epoch"]].argmax(axis=1)
    cells = np.bincount(labels * classes + taken, minlength=classes**2)
    if said["counts"] != cells.reshape(classes, classes).tolist() or (
        said["classes"] != list(snapshot.started.class_names)
    ):
        _contradiction(f"{card.CONFUSION} counts other answers than are stored")


def _weights(content: bytes, started: StartedRecord | None) -> dict[str, NDArray[Any]]:
    head = strict(content[8 : 8 + int.from_bytes(content[:8], "little")])
    layers = strict(head.get("__metadata__", {}).get("layers", "{}").encode())
    kinds = {each["dtype"] for name, each in head.items() if name != "__metadata__"}
    if len(head) > _MOST_TENSORS or not kinds <= {"F32", "I64"}:
        raise ValueError("its weights are of no network here")
    found: dict[str, NDArray[Any]] = {}
    for name, values in load(content).items():
        layer, _, rest = name.partition(".")
        own = f"{layers.get(layer, layer)}.{rest}"
        if not _WEIGHT.fullmatch(own) or own in found:
            raise ValueError("its weights have names that no network has")
        if not np.isfinite(values).all():
            raise ValueError("its weights are no numbers")
        found[own] = values
    trained = sum(
        prod(values.shape)
        for name, values in found.items()
        if name.rpartition(".")[2] not in _STATISTICS
    )
    if started is None or trained != started.parameters:
        _contradiction(
            f"its weights are {trained:,} numbers, and the network of the run has "
            f"{started.parameters if started else 0:,}"
        )
    return found


def _array(
    members: Mapping[str, bytes], name: str, kind: str, shape: tuple[int, ...]
) -> NDArray[Any]:
    array = array_in(members[name])
    if array.dtype != np.dtype(kind) or array.shape != shape:
        raise ValueError(f"{name} is {array.dtype} {array.shape}, not {np.dtype(kind)} {shape}")
    return array
