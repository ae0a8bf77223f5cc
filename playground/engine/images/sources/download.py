"""The process that fetches and unpacks a data set: `acquisition` starts it, and may end it.

Its input is a pickled `Job`; it ends when that closes, and so outlives nobody. Its output is what
it does, as lines of JSON. It is not torchvision's download, which loads torch first (3.5 s and
670 MB; this takes 0.3 s and 40 MB), tries plain http where https fails, and unpacks in memory.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import pickle
import re
import shutil
import socket
import sys
import tarfile
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from http.client import PARTIAL_CONTENT, HTTPException, HTTPResponse
from pathlib import Path
from ssl import SSLError
from threading import Thread
from typing import NoReturn
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from playground.engine.images.sources.archives import Archive, Damaged, Job
from playground.run.files import reason

_CHUNK = 1 << 18


def say(**what: object) -> None:
    """Tell who started this process: at once, whole, and from any thread."""
    os.write(1, json.dumps(what).encode() + b"\n")


def fail(sentence: str) -> NoReturn:
    """End; the sentence goes on with ", or choose another data set"."""
    say(failed=sentence)
    os._exit(1)


class Download:
    """Does a job: what is missing is in place when `run` returns, and half of a file never is."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._archive = job.archives[0]  # the one under way, and the address it comes from
        self._address = ""
        self._worked = 0  # bytes, and for any other step the fewest that are enough

    def run(self) -> None:
        """Fetch what is missing, and unpack it."""
        try:
            for leftover in self._job.staging.parent.glob(".fetching-*"):  # of killed processes
                shutil.rmtree(leftover, ignore_errors=True)
            self._job.staging.mkdir(parents=True)
            self._provide([archive for archive in self._job.archives if not archive.is_unpacked])
        except OSError as error:
            fail(
                f"{self._job.label} could not be saved: {self._archive.path.name} could not be "
                f"written to {self._archive.path.parent} ({reason(error).lower()}). Let "
                "PLAYGROUND_DATASETS name a folder with room that can be written to"
            )

    def watch(self) -> None:
        """End where too little happens, be it that bytes drip or that no step is done."""
        before = -self._job.fewest
        while self._worked >= before + self._job.fewest:
            before = self._worked
            time.sleep(self._job.patience)
        pace = f"fewer than {self._job.fewest:,} bytes came in {self._job.patience:g} seconds"
        self._not_fetched([self._blame(pace)])

    def _provide(self, missing: list[Archive]) -> None:
        remote = [archive for archive in missing if not archive.is_here]
        sizes = [self._from_any(archive, self._measure) for archive in remote]
        say(total=sum(sizes) if all(sizes) else 0)
        for number, self._archive in enumerate(missing, 1):
            where = f", file {number} of {len(missing)}" if len(missing) > 1 else ""
            if self._archive in remote:
                say(message=f"Downloading {self._job.label}{where}")
                self._from_any(self._archive, self._fetch)
                continue
            say(message=f"Unpacking {self._job.label}{where}")
            try:
                self._unpack(self._archive, self._archive.path)
            except Damaged as damage:
                path = self._archive.path
                fail(f"{path} is damaged: {damage}. Delete it so that it is fetched again")

    def _from_any(self, archive: Archive, attempt: Callable[[Archive], int]) -> int:
        self._archive, failures = archive, []
        for self._address in archive.addresses:
            self._worked += self._job.fewest
            try:
                return attempt(archive)
            except _NETWORK as error:
                failures.append(self._blame(_reason(error, self._job.timeout)))
        return self._not_fetched(failures)

    def _blame(self, why: str) -> str:
        host = re.match(r"https?://(?:[^/]*@)?([^][/:]+|\[[^]]+\])", self._address)
        return f"from {host[1] if host else self._address} ({why})"

    def _not_fetched(self, failures: list[str]) -> NoReturn:
        fail(
            f"{self._job.label} could not be downloaded: {self._archive.path.name} could not be "
            f"fetched {' nor '.join(failures)}. Put that file into {self._archive.path.parent} by "
            "hand"
        )

    def _open(self, method: str, headers: dict[str, str]) -> HTTPResponse:
        if not self._address.startswith(("http://", "https://")):
            raise _Odd(f"{self._address} is no address: it must begin with http:// or https://")
        agent = {"User-Agent": "pytorch-playground"}  # some hosts refuse Python's own
        request = Request(self._address, headers=agent | headers, method=method)
        response: HTTPResponse = urlopen(request, timeout=self._job.timeout)
        return response

    def _measure(self, archive: Archive) -> int:
        """Return how many bytes an archive has, 0 where the server does not tell."""
        with suppress(HTTPError), self._open("HEAD", {}) as response:
            return int(response.headers["Content-Length"] or 0)
        return 0

    def _fetch(self, archive: Archive) -> int:
        part = self._job.staging / archive.path.name
        part.write_bytes(b"")
        arrived, before = 0, -1
        while arrived > before:  # goes on where it broke off, as long as something comes
            before = arrived
            try:
                self._transfer(part, before)
                break
            except _NETWORK:
                arrived = part.stat().st_size
                if arrived <= before:
                    raise
        with part.open("rb") as file:
            checksum = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
        if archive.md5 not in (None, checksum.hexdigest()):
            raise Damaged("its checksum differs")
        self._unpack(archive, part)
        return arrived

    def _transfer(self, part: Path, start: int) -> None:
        """Append the bytes from `start` on; write all again where the server gives no parts."""
        with self._open("GET", {"Range": f"bytes={start}-"} if start else {}) as response:
            start = start if response.status == PARTIAL_CONTENT else 0
            announced = start + (response.length or 0)
            arrived = self._pour(response.read1, part, "ab" if start else "wb")
        if arrived < announced:
            raise _Odd(f"it broke off after {arrived:,} of {announced:,} bytes")

    def _unpack(self, archive: Archive, source: Path) -> None:
        """Put all contents in place or none; nothing is extracted by the path that it claims."""
        missing = {f"{path.parent.name}/{path.name}" for path in archive.contents}
        parts = [self._job.staging / path.name for path in archive.contents]
        try:
            with gzip.open(source) as stream:
                if not archive.path.name.endswith(".tar.gz"):
                    self._pour(stream.read, parts[0])
                    missing.clear()
                else:
                    with tarfile.open(fileobj=stream, mode="r|") as tar:
                        for member in tar:
                            name = member.name.removeprefix("./")
                            if name in missing and (content := tar.extractfile(member)):
                                self._pour(content.read, self._job.staging / Path(name).name)
                                missing.remove(name)
                    self._pour(stream.read, self._job.staging / "rest")  # with the checksum of all
        except (gzip.BadGzipFile, zlib.error, EOFError, tarfile.TarError, ValueError) as error:
            raise Damaged(f"it cannot be unpacked: {error}") from error
        if missing:
            raise Damaged(f"{', '.join(sorted(missing))} is missing in it")
        for part in parts:
            archive.read(part)
        for part, path in zip(parts, archive.contents, strict=True):
            part.replace(path)

    def _pour(self, read: Callable[[int], bytes], target: Path, mode: str = "wb") -> int:
        """Write all that can be read, and return how long the file is then."""
        with target.open(mode) as out:
            while chunk := read(_CHUNK):
                if out.tell() > self._job.most:
                    raise Damaged(f"it has more than {self._job.most:,} bytes")
                out.write(chunk)
                out.flush()  # its size on disk is the progress that is shown
                self._worked += len(chunk)
            os.fsync(out.fileno())
            return int(out.tell())


class _Odd(HTTPException):
    """What a server sends is of no use; the text says why."""


# Any other error of the system is about writing.
_NETWORK = (Damaged, HTTPException, URLError, ConnectionError, TimeoutError, SSLError, ValueError)


def _reason(error: object, timeout: float) -> str:
    """Put an error of the network into words."""
    match error:
        case Damaged():
            return f"what arrived is damaged: {error}"
        case HTTPError(code=404):
            return "it is not there: error 404"
        case HTTPError():
            return f"the server answered {error.code} {error.reason}"
        case URLError():
            return _reason(error.reason, timeout)
        case TimeoutError():
            return f"no answer for {timeout:g} seconds"
        case socket.gaierror():
            return "there is no such host, or no network"
        case SSLError():
            return f"no secure connection: {error.reason or error}"
        case OSError():
            return (error.strerror or str(error)).lower()
        case str() | _Odd():
            return str(error)
        case _:
            return f"the address or the answer makes no sense: {error}"


def _end_with_parent() -> None:
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    download = Download(pickle.load(sys.stdin.buffer))
    Thread(target=_end_with_parent, daemon=True).start()
    Thread(target=download.watch, daemon=True).start()
    download.run()
    os._exit(0)  # without waiting for a thread that reads
