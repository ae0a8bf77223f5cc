"""Packing: a run as a run card, one zip with all that is to be taken away."""

from __future__ import annotations

import csv
import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO, StringIO
from time import time
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from playground.analysis.confusion import confusions
from playground.analysis.mistakes import answer_text, answers_to, worst_mistakes
from playground.analysis.stored_answers import StoredAnswers
from playground.export import card
from playground.export.numbers import csv_file
from playground.export.report import Mistake, Told, report
from playground.export.taken import shown_name
from playground.run.artifacts import PROBABILITIES
from playground.run.folder import RunFolder
from playground.run.home import home
from playground.run.image_sets import ImageSet
from playground.run.info import StoredRun, snapshot_document
from playground.run.thinning import spread

_MOST_MISTAKES = 24
_IMAGES_PACKED = 4 * card.MEGABYTE  # a page takes 8 MB of files
_ANSWERS_UNPACKED = 8 * card.MEGABYTE  # of all epochs
_LARGEST_SIDE = 64  # pixels of a mistake
_DATE = (1980, 1, 1, 0, 0, 0)  # the same run makes the same card

_WHAT = {
    card.RUN: "the record: settings, epochs, how it ended",
    card.EXPERIMENT: "the settings: python -m playground train experiment.json",
    card.ENVIRONMENT: "versions, device and images that the numbers belong to",
    card.CURVES: "a row for each epoch, for a spreadsheet",
    card.CONFUSION: "how many images of which class were taken for which",
    card.MISTAKES: "the worst answers; the images are in mistakes/",
    card.WEIGHTS: "the weights; their metadata says what goes in",
    card.SCRIPT: "the same experiment in plain PyTorch",
    card.LABELS: "the true classes of the validation images, and beside it what was said of them",
    card.IMAGES: "the validation images",
}


def card_file(
    run: StoredRun,
    epoch: int,
    weights: bytes | None,
    environment: Mapping[str, str],
    script: str | None,
) -> bytes:
    """Return the run card, with `weights` (safetensors) of `epoch`; 0 for a run without any.

    What does not fit is left out: the images where they take megabytes, the answers of some epochs.
    """
    members = dict(_records(run, environment))
    if weights is not None:
        members[card.WEIGHTS] = weights
    if script is not None:
        members[card.SCRIPT] = script.encode()
    answers, images = _answers(run, members, epoch)
    counts, mistakes, at = None, [], epoch
    if answers is not None:
        at = answers.epochs[-1]
        counts = confusions(answers)[-1]
        names = run.snapshot.started.class_names if run.snapshot.started else ()
        members[card.CONFUSION] = card.strict_json(
            {"epoch": at, "classes": names, "counts": counts.tolist()}
        )
        if images is not None:
            mistakes = _mistakes(answers, images, names, members)
    told = Told(at, counts, mistakes, environment, [(n, _WHAT[n]) for n in _WHAT if n in members])
    members[card.REPORT] = report(run, told, shown_name(run))
    return _zip(members, _manifest(run, epoch if weights else 0, members))


def _records(run: StoredRun, environment: Mapping[str, str]) -> Mapping[str, bytes]:
    """Return what is told of the run, without what is of this playground alone."""
    snapshot = replace(
        run.snapshot,
        note="",
        batch=None,
        kept=None,
        message=run.snapshot.message.replace(str(home()), "…"),
    )
    record = {
        "name": run.info.name,
        "recipe": run.info.recipe,
        "created_at": run.info.created_at,
        "parent_epoch": run.info.parent_epoch,
        **snapshot_document(snapshot),
        "epochs": [each.numbers() for each in snapshot.epochs],
    }
    return {
        card.RUN: card.strict_json(record),
        card.EXPERIMENT: snapshot.experiment.to_json().encode(),
        card.ENVIRONMENT: card.strict_json(dict(environment)),
        card.CURVES: csv_file(replace(run, info=replace(run.info, group=""))),
    }


def _answers(
    run: StoredRun, members: dict[str, bytes], epoch: int
) -> tuple[StoredAnswers | None, NDArray[np.uint8] | None]:
    """Add the answers of epochs up to `epoch` and beyond; return those up to it, and the images."""
    started = run.snapshot.started
    shelf = ImageSet("validation", started.validation_key) if started else None
    labels, indices = (shelf.array(name) if shelf else None for name in ("labels", "indices"))
    if shelf is None or labels is None or indices is None:
        return None, None
    folder = RunFolder.of(run.info.run_id)
    stored = [each for each in folder.epochs(PROBABILITIES) if each <= len(run.snapshot.epochs)]
    best = run.snapshot.best
    wanted = {epoch, best.epoch if best else 0} & {*stored}
    found: dict[int, NDArray[np.float16]] = {}
    size = len(labels) * len(started.class_names) * 2 if started else 0
    most = max(len(wanted) + 1, _ANSWERS_UNPACKED // max(1, size))
    for each in sorted(wanted | {*spread(stored, min(most, 100))}):
        array = folder.array(PROBABILITIES, each)
        if array is not None and array.shape == (
            len(labels),
            len(started.class_names if started else ()),
        ):
            found[each] = array
            members[card.answers_name(each)] = _npy(array)
    if not found:
        return None, None
    members[card.LABELS], members[card.INDICES] = _npy(labels), _npy(indices)
    images = shelf.array("images")
    if images is not None and images.dtype == np.uint8 and _packs(images):
        members[card.IMAGES] = _npy(images)
    seen = [each for each in found if each <= epoch] or list(found)
    said = np.stack([found[each].argmax(axis=1) for each in seen]).astype(np.int16)
    everywhere = np.arange(len(labels))
    answers = StoredAnswers(
        tuple(seen),
        len(started.class_names if started else ()),
        labels,
        said,
        np.stack([found[each].max(axis=1) for each in seen]),
        np.stack([found[each][everywhere, labels] for each in seen]),
    )
    return answers, images


def _packs(images: NDArray[np.uint8]) -> bool:
    """Whether images are few enough, or pack well enough, to lie in a card."""
    if images.nbytes > 10 * _IMAGES_PACKED:
        return False
    return len(zlib.compress(images.tobytes(), 6)) <= _IMAGES_PACKED


def _mistakes(
    answers: StoredAnswers,
    images: NDArray[np.uint8],
    names: tuple[str, ...],
    members: dict[str, bytes],
) -> list[Mistake]:
    found = []
    table = StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(["file", "validation image", "true class", "answer", "probability", "words"])
    worst = worst_mistakes(answers)[:_MOST_MISTAKES]
    for number, answer in enumerate(answers_to(answers, worst), 1):
        png = _png(images[answer.position])
        said, truth = names[answer.said], names[answer.truth]
        words = answer_text(answer, said, truth)
        file = f"mistakes/{number:02}.png"
        if png:
            members[file] = png
            found.append(Mistake(png, words, answer.position))
            cells = (file, answer.position, truth, said, f"{answer.sure:.4f}", words)
            rows.writerow([_as_words(str(cell)) for cell in cells])
    if found:
        members[card.MISTAKES] = table.getvalue().encode()
    return found


def _as_words(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _png(pixels: NDArray[Any]) -> bytes:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or len(pixels) not in (1, 3):
        return b""
    array = np.ascontiguousarray(pixels.transpose(1, 2, 0))
    image = Image.fromarray(array[:, :, 0] if array.shape[2] == 1 else array)
    image.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
    content = BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def _npy(array: NDArray[Any]) -> bytes:
    content = BytesIO()
    np.save(content, np.ascontiguousarray(array), allow_pickle=False)
    return content.getvalue()


def _manifest(run: StoredRun, epoch: int, members: Mapping[str, bytes]) -> bytes:
    manifest: dict[str, Any] = {
        "kind": card.KIND,
        "version": card.VERSION,
        "run": run.info.run_id,
        "made_at": round(time()),
        "weights_epoch": epoch,
        "files": {
            name: {"bytes": len(content), "sha256": card.digest(content)}
            for name, content in members.items()
        },
    }
    return json.dumps({**manifest, "checksum": card.checksum(manifest)}, indent=1).encode()


def _zip(members: Mapping[str, bytes], manifest: bytes) -> bytes:
    whole = BytesIO()
    with ZipFile(whole, "w") as archive:
        for name, content in {card.MANIFEST: manifest, **members}.items():
            about = ZipInfo(name, _DATE)
            is_packed = name.endswith((".png", ".safetensors"))
            about.compress_type = ZIP_STORED if is_packed else ZIP_DEFLATED
            about.external_attr = 0o644 << 16
            archive.writestr(about, content)
    return whole.getvalue()
