from __future__ import annotations

import errno
import gzip
import os
import socket
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest
from mirror import (
    BATCHES,
    IMAGES,
    MNIST_FILES,
    RAW,
    Mirror,
    cifar_archive,
    failure,
    files,
    flipped,
    put,
)

from playground.engine.images.sources import acquisition, download, torchvision_files
from playground.engine.images.sources.archives import Job
from playground.errors import DatasetUnavailable


@pytest.mark.parametrize("name", MNIST_FILES)
def test_a_file_cut_short_is_not_kept(folder: Path, mirror: Mirror, name: str) -> None:
    mirror.lengths[f"/MNIST/{name}"] = len(MNIST_FILES[name]) + 10
    total = len(MNIST_FILES[name])
    sentence = failure()
    assert (
        f"{name} could not be fetched from 127.0.0.1 (it broke off after {total:,} of" in sentence
    )
    assert name.removesuffix(".gz") not in files(folder)
    assert not [file for file in files(folder) if file.endswith(".part")]


PATH = f"/MNIST/{IMAGES}.gz"
GOOD = MNIST_FILES[f"{IMAGES}.gz"]
DAMAGED = "what arrived is damaged: "
CONTENTS = [
    *(flipped(GOOD, at % len(GOOD)) for at in (0, 30, 2000, -1, -5)),
    b"",
    b"<html>Log in to the network first</html>",
    gzip.compress(b"<html>"),
    gzip.compress(RAW[IMAGES][:-1]),
    GOOD[:-9],
    MNIST_FILES["train-labels-idx1-ubyte.gz"],
]
BOMB = gzip.compress(bytes(10**7))


@pytest.mark.parametrize(
    ("trouble", "value", "limits", "reason"),
    [
        *(("files", content, {}, DAMAGED) for content in CONTENTS),
        ("files", BOMB, {"most": 10**6}, f"{DAMAGED}it has more than 1,000,000 bytes)"),
        ("endless", True, {"most": 100_000}, f"{DAMAGED}it has more than 100,000 bytes)"),
        ("drips", True, {"patience": 2.0}, "fewer than 600,000 bytes came in 2 seconds)"),
        ("stalls", True, {"timeout": 0.3}, "no answer for 0.3 seconds)"),
        ("statuses", 503, {}, "the server answered 503 Service Unavailable)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_why_a_file_could_not_be_fetched_is_told_and_nothing_of_it_is_left(
    folder: Path,
    mirror: Mirror,
    monkeypatch: pytest.MonkeyPatch,
    trouble: str,
    value: Any,
    limits: dict[str, float],
    reason: str,
) -> None:
    getattr(mirror, trouble).update({PATH: value})
    monkeypatch.setattr(acquisition, "Job", partial(Job, **limits))
    assert f"{IMAGES}.gz could not be fetched from 127.0.0.1 ({reason}" in failure()
    assert files(folder) == []


CIFAR = cifar_archive()
BAD_CIFAR = {
    "bit": flipped(CIFAR, len(CIFAR) // 2),
    "checksum": flipped(CIFAR, len(CIFAR) - 6),
    "cut": CIFAR[:-4],
    "without test": cifar_archive(BATCHES[:-1]),
    "other folder": cifar_archive(folder="elsewhere"),
    "way out": cifar_archive(folder="cifar-10-batches-py/../.."),
    "no tar": gzip.compress(b"no tar file"),
}


@pytest.mark.parametrize("content", BAD_CIFAR.values(), ids=list(BAD_CIFAR))
def test_a_damaged_cifar_archive_leaves_no_batch_behind(
    folder: Path, mirror: Mirror, tmp_path: Path, content: bytes
) -> None:
    mirror.files["/cifar-10-python.tar.gz"] = content
    sentence = failure("cifar10")
    assert "cifar-10-python.tar.gz could not be fetched from 127.0.0.1 (what arrived is" in sentence
    assert f"Put that file into {folder} by hand" in sentence
    assert files(tmp_path) == []


def test_an_absent_file_is_told_with_folder_and_alternatives(folder: Path, mirror: Mirror) -> None:
    del mirror.files[f"/MNIST/{IMAGES}.gz"]
    assert failure() == (
        f"MNIST could not be downloaded: {IMAGES}.gz could not be fetched from 127.0.0.1 "
        f"(it is not there: error 404). Put that file into {folder}/MNIST/raw by hand, "
        "or choose Digits or Shapes, which need no download."
    )


def test_a_refused_connection_is_told_in_plain_words(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and not listening: nobody else gets this port
        monkeypatch.setenv("PLAYGROUND_MIRROR", f"http://127.0.0.1:{taken.getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        sentence = failure()
    assert f"{IMAGES}.gz could not be fetched from 127.0.0.1 (connection refused)" in sentence


NO_WEB = ["nonsense", "file:///etc", "ftp://127.0.0.1", "http:/x", "http://"]
NO_SENSE = ["http://[", "http://a b", "http://127.0.0.1:x"]


@pytest.mark.parametrize("address", [*NO_WEB, *NO_SENSE])
def test_a_mirror_that_is_no_web_address_or_makes_no_sense_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("PLAYGROUND_MIRROR", address)
    sentence = failure()
    assert sentence.startswith(f"MNIST could not be downloaded: {IMAGES}.gz could not be fetched")
    assert f"Put that file into {folder}/MNIST/raw by hand" in sentence
    assert ("it must begin with http:// or https://" in sentence) == (address in NO_WEB)


def test_a_damaged_archive_put_there_by_hand_is_named(folder: Path) -> None:
    path = folder / f"MNIST/raw/{IMAGES}.gz"
    put(path.parent, {**MNIST_FILES, path.name: GOOD[:-20]})
    sentence = failure()
    assert sentence.startswith(f"{path} is damaged: it cannot be unpacked")
    assert "Delete it so that it is fetched again" in sentence
    assert IMAGES not in files(folder)


def test_a_folder_that_cannot_be_made_is_told(
    tmp_path: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("a file where a folder should be")
    monkeypatch.setenv("PLAYGROUND_DATASETS", str(blocker))
    sentence = failure()
    assert f"could not be written to {blocker}/MNIST/raw (not a directory)" in sentence
    assert "or choose Digits or Shapes" in sentence


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EACCES, "writing there is not allowed"),
        (errno.EROFS, "the disk can only be read"),
    ],
)
def test_a_disk_that_takes_no_more_is_told(
    folder: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch, code: int, reason: str
) -> None:
    def refuse(*arguments: object) -> NoReturn:
        raise OSError(code, "no")

    def end(sentence: str) -> NoReturn:
        raise DatasetUnavailable(sentence)

    monkeypatch.setattr(download, "fail", end)
    monkeypatch.setattr(download.Download, "_pour", refuse)
    raw = folder / "MNIST/raw"
    job = Job("MNIST", tuple(torchvision_files.archives("mnist")), raw / ".fetching-1")
    with pytest.raises(DatasetUnavailable) as caught:
        download.Download(job).run()
    assert f"{IMAGES}.gz could not be written to {raw} ({reason})" in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_read_only_folder_without_the_files_is_told(folder: Path, mirror: Mirror) -> None:
    folder.mkdir()
    folder.chmod(0o500)
    assert "(writing there is not allowed)" in failure()
