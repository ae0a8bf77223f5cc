"""One file from the network to the disk, whole or not at all; `cancel` ends it at once.

torchvision's own download reports no progress and cannot be stopped.
"""

from __future__ import annotations

import hashlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

TIMEOUT = 15.0  # seconds without a byte
_CHUNK = 1 << 18
_AGENT = {"User-Agent": "pytorch-playground"}  # some hosts refuse Python's own


class TransferFailed(Exception):
    """A file did not arrive; the text says why in plain words, for the middle of a sentence."""


class Cancelled(Exception):
    """Nobody wants the file any more."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file with the addresses that have it, to be tried in turn; `md5` None is not compared."""

    name: str
    addresses: tuple[str, ...]
    md5: str | None


class Transfer:
    """Fetches files one after another in one thread, and can be cancelled from another."""

    def __init__(self) -> None:
        self.received: dict[str, int] = {}  # bytes by file name
        self.sizes: dict[str, int] = {}
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._response: http.client.HTTPResponse | None = None

    def cancel(self) -> None:
        """Make the thread that is fetching raise `Cancelled`, even while it waits for a byte."""
        self._cancelled.set()
        with self._lock:
            if self._response is not None:
                connection = socket.socket(fileno=self._response.fileno())
                with suppress(OSError):  # the other side has hung up already
                    connection.shutdown(socket.SHUT_RDWR)
                connection.detach()

    def check(self) -> None:
        """Raise `Cancelled` if it was."""
        if self._cancelled.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Sleep; raise `Cancelled` as soon as it is."""
        self._cancelled.wait(seconds)
        self.check()

    def measure(self, file: RemoteFile) -> None:
        """Ask how long `file` is, for the progress of all; raises `TransferFailed`."""
        self._from_any(file, self._measure_at)

    def fetch(self, file: RemoteFile, part: Path) -> None:
        """Write `file` to `part`; raises `TransferFailed` with every address and its reason.

        An `OSError` is about writing `part`, never about the network.
        """
        self._from_any(file, lambda address, file: self._fetch_from(address, file, part))

    def _from_any(self, file: RemoteFile, attempt: Callable[[str, RemoteFile], None]) -> None:
        failures = []
        for address in file.addresses:
            try:
                return attempt(address, file)
            except TransferFailed as failure:
                failures.append(f"from {_host(address)} ({failure})")
        raise TransferFailed(" nor ".join(failures))

    def _measure_at(self, address: str, file: RemoteFile) -> None:
        with suppress(_Refused), self._open(address, "HEAD") as response:
            size = response.headers["Content-Length"] or ""
            if size.isdigit():
                self.sizes[file.name] = int(size)

    def _fetch_from(self, address: str, file: RemoteFile, part: Path) -> None:
        received = self.received[file.name] = 0
        checksum = hashlib.md5(usedforsecurity=False)
        with self._open(address, "GET") as response, part.open("wb") as out:
            announced = response.length
            if announced is not None:
                self.sizes[file.name] = announced
            while chunk := self._read(response):
                out.write(chunk)
                checksum.update(chunk)
                received += len(chunk)
                self.received[file.name] = received
        if announced is not None and received != announced:
            raise TransferFailed(f"it broke off after {received:,} of {announced:,} bytes")
        if file.md5 is not None and checksum.hexdigest() != file.md5:
            raise TransferFailed("what arrived is damaged: its checksum differs")

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        with self._network_errors():
            chunk = response.read1(_CHUNK)
        self.check()
        return chunk

    @contextmanager
    def _open(self, address: str, method: str) -> Iterator[http.client.HTTPResponse]:
        self.check()
        if urlsplit(address).scheme not in ("http", "https"):
            raise TransferFailed(f"{address} is no address: it must begin with http:// or https://")
        with self._network_errors():
            response = urlopen(Request(address, headers=_AGENT, method=method), timeout=TIMEOUT)
        with response:
            with self._lock:
                self._response = response
            try:
                self.check()
                yield response
            finally:
                with self._lock:  # from here on its number may belong to another file
                    self._response = None

    @contextmanager
    def _network_errors(self) -> Iterator[None]:
        try:
            yield
        except HTTPError as error:
            self.check()
            raise _Refused(_answer(error)) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.check()
            raise TransferFailed(_reason(error)) from error


class _Refused(TransferFailed):
    """The server is there, and answered no."""


def _answer(error: HTTPError) -> str:
    if error.code == 404:
        return "it is not there: error 404"
    return f"the server answered {error.code} {error.reason}"


def _reason(error: Exception) -> str:
    """Put an error of the network into words."""
    if isinstance(error, URLError):
        return _reason(error.reason) if isinstance(error.reason, Exception) else str(error.reason)
    match error:
        case TimeoutError():
            return f"no answer for {TIMEOUT:.0f} seconds"
        case ConnectionRefusedError():
            return "connection refused"
        case socket.gaierror():
            return "there is no such host, or no network"
        case ssl.SSLError():
            return f"no secure connection: {error.reason or error}"
        case ConnectionError() | http.client.IncompleteRead():
            return "the connection broke off"
        case OSError():
            return (error.strerror or str(error)).lower()
        case _:
            return f"the address or the answer makes no sense: {error}"


def _host(address: str) -> str:
    return urlsplit(address).hostname or address
