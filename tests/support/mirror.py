"""A web server on this machine that offers small data sets in their publishers' formats."""

from __future__ import annotations

import gzip
import io
import pickle
import struct
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from playground.engine.images.data import drain
from playground.engine.images.sources.dataset import Source
from playground.engine.images.sources.loading import load_dataset
from playground.errors import DatasetUnavailable

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
    breaks: set[str] = field(default_factory=set)  # half of what is asked for, then it hangs up
    drips: set[str] = field(default_factory=set)  # a byte now and then, for ever
    endless: set[str] = field(default_factory=set)
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
            start = 0
            if self.path in mirror.breaks and (asked := self.headers["Range"]):
                start = int(asked.removeprefix("bytes=").removesuffix("-"))
            self.send_response(206 if start else 200)
            if self.path not in mirror.endless:
                length = mirror.lengths.get(self.path, len(body)) - start
                self.send_header("Content-Length", str(length))
            self.end_headers()
            if with_body:
                with suppress(ConnectionError):
                    self.send(body[start:])

        def send(self, body: bytes) -> None:
            half = body[: len(body) // 2]
            if self.path in mirror.breaks and len(body) > 100:
                self.wfile.write(half)
            elif self.path in mirror.stalls:
                self.wfile.write(half)
                mirror.stalling.set()
                mirror.release.wait(TIME_LIMIT)
            elif self.path in mirror.drips:
                while not mirror.release.wait(0.05):
                    self.wfile.write(b"x")
            else:
                self.wfile.write(body)
                while self.path in mirror.endless and not mirror.release.is_set():
                    self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    return Handler


@contextmanager
def serving() -> Iterator[Mirror]:
    """Serve the good files until the block ends."""
    mirror = Mirror({f"/MNIST/{name}": content for name, content in MNIST_FILES.items()})
    mirror.files["/cifar-10-python.tar.gz"] = cifar_archive()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(mirror))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    mirror.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield mirror
    finally:
        mirror.release.set()
        server.shutdown()
        server.server_close()


def put(folder: Path, contents: dict[str, bytes]) -> None:
    """Write the files of a new folder."""
    folder.mkdir(parents=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + TIME_LIMIT
    while not condition():
        assert time.monotonic() < end, "what the test waits for never came"
        time.sleep(0.005)


def files(folder: Path) -> list[str]:
    """All files but those that are empty and locked by who fetches."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return sorted(path.name for path in found)


def assert_true_mnist(source: Source) -> None:
    assert source.train.images[:, 0].tolist() == NOISE.tolist()
    assert source.train.labels.tolist() == [number % 10 for number in range(40)]
    assert source.test.images[:, 0].tolist() == NOISE[:6].tolist()
    assert source.test.labels.tolist() == list(range(6))


def flipped(content: bytes, position: int) -> bytes:
    return content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]


def failure(name: str = "mnist") -> str:
    """Why a data set cannot be had."""
    with pytest.raises(DatasetUnavailable) as caught:
        drain(load_dataset(name))
    return str(caught.value)
