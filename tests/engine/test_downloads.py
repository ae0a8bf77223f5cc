from __future__ import annotations

import errno
import gzip
import hashlib
import io
import os
import pickle
import socket
import struct
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from torchvision.datasets import CIFAR10, KMNIST, MNIST

from playground.engine.data import drain
from playground.engine.datasets import ImageSource, archives, is_available, load_dataset
from playground.engine.datasets.part_files import new_part
from playground.errors import DatasetUnavailable
from playground.records import PreparationRecord

TIME_LIMIT = 20.0  # seconds after which a test that waits has failed
IMAGES = "train-images-idx3-ubyte"


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">I{array.ndim}I", 0x800 + array.ndim, *array.shape) + array.tobytes()


NOISE = np.random.default_rng(0).integers(0, 256, (40, 28, 28), dtype=np.uint8)
RAW = {
    IMAGES: idx(NOISE),
    "train-labels-idx1-ubyte": idx(np.arange(40, dtype=np.uint8) % 10),
    "t10k-images-idx3-ubyte": idx(NOISE[:6]),
    "t10k-labels-idx1-ubyte": idx(np.arange(6, dtype=np.uint8)),
}
MNIST_FILES = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in RAW.items()}

PIXELS = np.random.default_rng(1).integers(0, 256, (4, 3072), dtype=np.uint8)
BATCHES = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]


def cifar_archive(names: list[str] = BATCHES, folder: str = "cifar-10-batches-py") -> bytes:
    """A tar.gz of small batches; the labels of each are its number in `BATCHES`."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        extra = tarfile.TarInfo("../outside")
        extra.size = 4
        tar.addfile(extra, io.BytesIO(b"evil"))
        for name in names:
            label = BATCHES.index(name)
            content = pickle.dumps({b"data": PIXELS, b"labels": [label] * 4}, protocol=2)
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


@dataclass
class Mirror:
    """A web server on this machine whose files can be changed, cut or stalled by a test."""

    files: dict[str, bytes] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)  # announced instead of the true ones
    stalls: set[str] = field(default_factory=set)  # only half is sent, then silence
    statuses: dict[str, int] = field(default_factory=dict)
    no_head: bool = False
    requests: list[str] = field(default_factory=list)
    stalling: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    address: str = ""

    def gets(self, path: str) -> int:
        return self.requests.count(f"GET {path}")


def handler(mirror: Mirror) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            if mirror.no_head:
                self.send_error(405)
            else:
                self.answer(with_body=False)

        def do_GET(self) -> None:
            self.answer(with_body=True)

        def answer(self, with_body: bool) -> None:
            mirror.requests.append(f"{self.command} {self.path}")
            body = mirror.files.get(self.path)
            status = mirror.statuses.get(self.path, 200 if body is not None else 404)
            if body is None or status != 200:
                self.send_error(status)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(mirror.lengths.get(self.path, len(body))))
            self.end_headers()
            if not with_body:
                return
            if self.path in mirror.stalls:
                self.wfile.write(body[: len(body) // 2])
                mirror.stalling.set()
                mirror.release.wait(TIME_LIMIT)
                return
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    return Handler


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    mirror = Mirror({f"/MNIST/{name}": content for name, content in MNIST_FILES.items()})
    mirror.files["/cifar-10-python.tar.gz"] = cifar_archive()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(mirror))
    server.daemon_threads = True
    serving = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    serving.start()
    mirror.address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("PLAYGROUND_MIRROR", mirror.address)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield mirror
    mirror.release.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLAYGROUND_DATASETS", str(tmp_path / "sets"))
    return tmp_path / "sets"


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + TIME_LIMIT
    while not condition():
        assert time.monotonic() < end, "what the test waits for never came"
        time.sleep(0.005)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def assert_true_mnist(source: ImageSource) -> None:
    assert source.train.images[:, 0].tolist() == NOISE.tolist()
    assert source.train.labels.tolist() == [number % 10 for number in range(40)]
    assert source.test.images[:, 0].tolist() == NOISE[:6].tolist()
    assert source.test.labels.tolist() == list(range(6))


def failure(name: str = "mnist") -> str:
    with pytest.raises(DatasetUnavailable) as caught:
        drain(load_dataset(name))
    return str(caught.value)


def flipped(content: bytes, position: int) -> bytes:
    return content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]


def test_a_data_set_is_downloaded_whole_and_only_once(folder: Path, mirror: Mirror) -> None:
    assert not is_available("mnist")
    assert_true_mnist(drain(load_dataset("mnist")))
    assert is_available("mnist")
    assert files(folder) == sorted(RAW)
    for name, content in RAW.items():
        assert (folder / "MNIST/raw" / name).read_bytes() == content
    asked = len(mirror.requests)
    assert_true_mnist(drain(load_dataset("mnist")))
    assert len(mirror.requests) == asked


def test_cifar_is_unpacked_by_name_and_nothing_else_is_written(
    folder: Path, mirror: Mirror, tmp_path: Path
) -> None:
    source = drain(load_dataset("cifar10"))
    assert source.train.labels.tolist() == [label for label in range(5) for _ in range(4)]
    assert source.test.labels.tolist() == [5] * 4
    assert source.test.images.flatten(1).tolist() == PIXELS.tolist()
    assert files(tmp_path) == BATCHES
    assert {path.parent for path in folder.rglob("*_batch*")} == {folder / "cifar-10-batches-py"}


def test_progress_counts_the_bytes_of_all_files(folder: Path, mirror: Mirror) -> None:
    records: list[PreparationRecord] = []
    path = "/MNIST/t10k-images-idx3-ubyte.gz"
    mirror.stalls.add(path)
    preparation = load_dataset("mnist")
    done = {name: len(content) for name, content in MNIST_FILES.items() if name.startswith("train")}
    half = len(mirror.files[path]) // 2
    expected = (sum(done.values()) + half) / sum(len(content) for content in MNIST_FILES.values())

    def reached() -> bool:
        records.append(next(preparation))
        return records[-1].fraction == pytest.approx(expected)

    until(reached)
    preparation.close()
    assert records[-1].message == "Downloading MNIST, file 3 of 4"
    assert all(record.waiting for record in records)
    fractions = [record.fraction for record in records if record.fraction is not None]
    assert fractions == sorted(fractions)


def test_the_time_left_follows_from_the_pace_so_far(
    folder: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/cifar-10-python.tar.gz"
    mirror.stalls.add(path)
    preparation = load_dataset("cifar10")

    def half_way() -> bool:
        return next(preparation).fraction == pytest.approx(0.5, abs=0.01)

    until(half_way)
    later = time.monotonic() + 10
    with monkeypatch.context() as patch:
        patch.setattr("playground.engine.datasets.acquisition.time.monotonic", lambda: later)
        assert next(preparation).seconds_left == pytest.approx(10, rel=0.1)
    preparation.close()


def test_a_server_that_tells_no_sizes_in_advance_works_as_well(
    folder: Path, mirror: Mirror
) -> None:
    mirror.no_head = True
    assert_true_mnist(drain(load_dataset("mnist")))


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


@pytest.mark.parametrize("position", [0, 30, 2000, -1, -5])
def test_a_damaged_file_is_not_kept(folder: Path, mirror: Mirror, position: int) -> None:
    content = MNIST_FILES[f"{IMAGES}.gz"]
    mirror.files[f"/MNIST/{IMAGES}.gz"] = flipped(content, position % len(content))
    sentence = failure()
    assert f"{IMAGES}.gz could not be fetched whole: what arrived is damaged" in sentence
    assert files(folder) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>Log in to the network first</html>",
        gzip.compress(b"<html>"),
        gzip.compress(RAW[IMAGES][:-1]),
        MNIST_FILES["train-labels-idx1-ubyte.gz"],
        MNIST_FILES[f"{IMAGES}.gz"][:-9],
    ],
    ids=["empty", "page", "packed page", "cut before packing", "other file", "cut after packing"],
)
def test_a_file_of_another_content_is_not_kept(
    folder: Path, mirror: Mirror, content: bytes
) -> None:
    mirror.files[f"/MNIST/{IMAGES}.gz"] = content
    assert "what arrived is damaged" in failure()
    assert files(folder) == []


@pytest.mark.parametrize(
    "content",
    [
        flipped(cifar_archive(), len(cifar_archive()) // 2),
        flipped(cifar_archive(), len(cifar_archive()) - 6),
        cifar_archive()[:-4],
        cifar_archive(BATCHES[:-1]),
        cifar_archive(folder="elsewhere"),
        cifar_archive(folder="cifar-10-batches-py/../.."),
        gzip.compress(b"no tar file"),
    ],
    ids=["bit", "checksum", "cut", "without test", "other folder", "way out", "no tar"],
)
def test_a_damaged_cifar_archive_leaves_no_batch_behind(
    folder: Path, mirror: Mirror, tmp_path: Path, content: bytes
) -> None:
    mirror.files["/cifar-10-python.tar.gz"] = content
    sentence = failure("cifar10")
    assert "cifar-10-python.tar.gz could not be fetched whole" in sentence
    assert f"Put that file into {folder} by hand" in sentence
    assert files(tmp_path) == []


def test_an_absent_file_is_told_with_folder_and_alternatives(folder: Path, mirror: Mirror) -> None:
    del mirror.files[f"/MNIST/{IMAGES}.gz"]
    assert failure() == (
        f"MNIST could not be downloaded: {IMAGES}.gz could not be fetched from 127.0.0.1 "
        f"(it is not there: error 404). Put that file into {folder}/MNIST/raw by hand, "
        "or choose Digits or Shapes, which need no download."
    )


def test_a_server_in_trouble_is_quoted(folder: Path, mirror: Mirror) -> None:
    mirror.statuses[f"/MNIST/{IMAGES}.gz"] = 503
    assert "(the server answered 503 Service Unavailable)" in failure()


def test_a_refused_connection_is_told_in_plain_words(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and not listening: nobody else gets this port
        monkeypatch.setenv("PLAYGROUND_MIRROR", f"http://127.0.0.1:{taken.getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        sentence = failure()
    assert f"{IMAGES}.gz could not be fetched from 127.0.0.1 (connection refused)" in sentence


@pytest.mark.parametrize("address", ["nonsense", "file:///etc", "ftp://127.0.0.1"])
def test_a_mirror_that_is_no_web_address_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("PLAYGROUND_MIRROR", address)
    assert "it must begin with http:// or https://" in failure()


def test_closing_in_the_middle_ends_the_transfer_and_leaves_nothing(
    folder: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playground.engine.datasets.download.TIMEOUT", 3600.0)
    mirror.stalls.add(f"/MNIST/{IMAGES}.gz")
    preparation = load_dataset("mnist")
    until(lambda: next(preparation) is not None and mirror.stalling.is_set())
    fetching = [thread for thread in threading.enumerate() if thread.name == "fetch MNIST"]
    assert len(fetching) == 1
    preparation.close()
    fetching[0].join(TIME_LIMIT / 2)
    assert not fetching[0].is_alive()  # though the server has neither sent more nor hung up
    assert not mirror.release.is_set()
    assert files(folder) == []


def test_a_download_that_was_interrupted_succeeds_the_next_time(
    folder: Path, mirror: Mirror
) -> None:
    path = "/MNIST/t10k-images-idx3-ubyte.gz"
    mirror.lengths[path] = 10**6
    failure()
    assert files(folder) == sorted([IMAGES, "train-labels-idx1-ubyte"])
    del mirror.lengths[path]
    assert_true_mnist(drain(load_dataset("mnist")))
    assert mirror.gets(f"/MNIST/{IMAGES}.gz") == 1  # what was there is not fetched again
    assert files(folder) == sorted(RAW)


def test_leftovers_of_a_killed_process_are_removed_and_other_files_are_not(
    folder: Path, mirror: Mirror
) -> None:
    raw = folder / "MNIST/raw"
    leftover = new_part(raw / f"{IMAGES}.gz")
    leftover.write_bytes(b"half")
    os.utime(leftover, (time.time() - 3600,) * 2)
    by_hand = raw / f"{IMAGES}.gz.part"  # as a browser calls it
    by_hand.write_bytes(b"half")
    os.utime(by_hand, (time.time() - 3600,) * 2)
    assert_true_mnist(drain(load_dataset("mnist")))
    assert files(folder) == sorted([*RAW, by_hand.name])


def test_a_second_run_waits_for_the_first_and_fetches_nothing_itself(
    folder: Path, mirror: Mirror
) -> None:
    mirror.stalls.add("/cifar-10-python.tar.gz")
    first, second = load_dataset("cifar10"), load_dataset("cifar10")
    until(lambda: next(first) is not None and mirror.stalling.is_set())
    until(lambda: next(second).message.startswith("Waiting for CIFAR-10, which another run"))
    assert mirror.gets("/cifar-10-python.tar.gz") == 1
    mirror.stalls.clear()
    first.close()  # now the second has to do it
    assert drain(second).test.labels.tolist() == [5] * 4
    assert mirror.gets("/cifar-10-python.tar.gz") == 2


def test_many_runs_at_once_all_get_whole_files(folder: Path, mirror: Mirror) -> None:
    results: list[ImageSource] = []
    threads = [
        threading.Thread(target=lambda: results.append(drain(load_dataset("mnist"))))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIME_LIMIT)
    assert len(results) == 6
    for source in results:
        assert_true_mnist(source)
    assert files(folder) == sorted(RAW)


@pytest.mark.parametrize("download", [True, False])
def test_archives_put_there_by_hand_are_unpacked_without_a_network(
    folder: Path, monkeypatch: pytest.MonkeyPatch, download: bool
) -> None:
    monkeypatch.setenv("PLAYGROUND_MIRROR", "nonsense")
    raw = folder / "MNIST/raw"
    raw.mkdir(parents=True)
    for name, content in MNIST_FILES.items():
        (raw / name).write_bytes(content)
    (folder / "cifar-10-python.tar.gz").write_bytes(cifar_archive())
    assert is_available("mnist")
    assert is_available("cifar10")
    assert_true_mnist(drain(load_dataset("mnist", download)))
    assert len(drain(load_dataset("cifar10", download)).train) == 20
    assert files(folder) == sorted([*RAW, *MNIST_FILES, *BATCHES, "cifar-10-python.tar.gz"])


def test_a_damaged_archive_put_there_by_hand_is_named(folder: Path) -> None:
    raw = folder / "MNIST/raw"
    raw.mkdir(parents=True)
    for name, content in MNIST_FILES.items():
        (raw / name).write_bytes(content)
    path = raw / f"{IMAGES}.gz"
    path.write_bytes(path.read_bytes()[:-20])
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
        (errno.EACCES, "no permission to write there"),
        (errno.EROFS, "it is read-only"),
    ],
)
def test_a_disk_that_takes_no_more_is_told_and_nothing_is_left(
    folder: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch, code: int, reason: str
) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError(code, "no")

    monkeypatch.setattr(archives, "_copy", refuse)
    sentence = failure()
    assert f"{IMAGES}.gz could not be written to {folder}/MNIST/raw ({reason})" in sentence
    assert files(folder) == []


@pytest.fixture
def official(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> Mirror:
    """Let torchvision's own lists name the server: a host without this file, then a good one."""
    monkeypatch.delenv("PLAYGROUND_MIRROR")
    hosts = [f"{mirror.address}/gone/", f"{mirror.address}/MNIST/"]
    sums = [
        (name, hashlib.md5(content, usedforsecurity=False).hexdigest())
        for name, content in MNIST_FILES.items()
    ]
    monkeypatch.setattr(MNIST, "mirrors", hosts)
    monkeypatch.setattr(MNIST, "resources", sums)
    return mirror


def test_official_hosts_are_tried_in_turn(folder: Path, official: Mirror) -> None:
    assert_true_mnist(drain(load_dataset("mnist")))
    assert official.gets(f"/gone/{IMAGES}.gz") == official.gets(f"/MNIST/{IMAGES}.gz") == 1


def test_a_checksum_is_compared_with_official_hosts(folder: Path, official: Mirror) -> None:
    other = gzip.compress(idx(255 - NOISE), mtime=0)  # sound in itself, and not what it should be
    official.files[f"/MNIST/{IMAGES}.gz"] = other
    sentence = failure()
    assert "from 127.0.0.1 (it is not there: error 404) nor from 127.0.0.1 " in sentence
    assert "(what arrived is damaged: its checksum differs)" in sentence
    assert files(folder) == []


def test_a_mirror_may_hold_other_images_of_the_same_form(folder: Path, mirror: Mirror) -> None:
    mirror.files[f"/MNIST/{IMAGES}.gz"] = gzip.compress(idx(255 - NOISE))
    source = drain(load_dataset("mnist"))
    assert source.train.images[:, 0].tolist() == (255 - NOISE).tolist()


def test_addresses_and_checksums_are_torchvisions() -> None:
    from playground.engine.datasets.torchvision_files import archives as archives_of

    for archive, (name, md5) in zip(archives_of("kmnist"), KMNIST.resources, strict=True):
        assert archive.remote.addresses == tuple(mirror + name for mirror in KMNIST.mirrors)
        assert archive.remote.md5 == md5
    (cifar,) = archives_of("cifar10")
    assert cifar.remote.addresses == (CIFAR10.url,)
    assert cifar.remote.md5 == CIFAR10.tgz_md5
    assert [path.name for path in cifar.contents] == BATCHES


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_read_only_folder_without_the_files_is_told(folder: Path, mirror: Mirror) -> None:
    folder.mkdir()
    folder.chmod(0o500)
    assert "(no permission to write there)" in failure()
