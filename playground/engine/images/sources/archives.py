"""Compressed files as publishers offer them, and how each becomes the files that are read."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from playground.engine.images.sources.download import RemoteFile
from playground.run.part_files import replacing

_CHUNK = 1 << 20


class Damaged(Exception):
    """A file does not hold what it should; the text says why, for the middle of a sentence."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A compressed file, `path` on this machine, that unpacks to `contents`.

    A `.tar.gz` holds its contents in one folder, called like the one they are to lie in; any other
    is one file. `check` raises `Damaged` if an unpacked file is not what it should be.
    """

    remote: RemoteFile
    path: Path
    contents: tuple[Path, ...]
    check: Callable[[Path], object]

    @property
    def is_unpacked(self) -> bool:
        """Whether all contents are on this machine."""
        return all(path.is_file() for path in self.contents)

    @property
    def is_here(self) -> bool:
        """Whether no network is needed."""
        return self.is_unpacked or self.path.is_file()

    def unpack(self, source: Path, proceed: Callable[[], None]) -> None:
        """Unpack `source` and put the contents in place, all of them or, if one is bad, none.

        Calls `proceed` between chunks, which may raise to break off. Raises `Damaged`.
        """
        with ExitStack() as stack:
            parts = [stack.enter_context(replacing(target)) for target in self.contents]
            try:
                with gzip.open(source) as stream:
                    if self.path.name.endswith(".tar.gz"):
                        self._read_members(stream, parts, proceed)
                    else:
                        with parts[0].open("wb") as out:
                            _copy(stream, out, proceed)
            except (gzip.BadGzipFile, zlib.error, EOFError, tarfile.TarError) as error:
                raise Damaged(f"it cannot be unpacked: {error}") from error
            for part in parts:
                proceed()
                self.check(part)

    def _read_members(
        self, stream: gzip.GzipFile, parts: list[Path], proceed: Callable[[], None]
    ) -> None:
        """Copy the expected members of a tar file, by name; nothing is extracted by its path."""
        wanted = {
            f"{target.parent.name}/{target.name}": part
            for target, part in zip(self.contents, parts, strict=True)
        }
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                part = wanted.pop(member.name.removeprefix("./"), None)
                content = tar.extractfile(member) if part and member.isreg() else None
                if part and content:
                    with content, part.open("wb") as out:
                        _copy(content, out, proceed)
        if wanted:
            raise Damaged(f"{', '.join(wanted)} is missing in it")
        while stream.read(_CHUNK):  # to the end, where the checksum of the whole file stands
            proceed()


def _copy(
    source: IO[bytes] | gzip.GzipFile, target: IO[bytes], proceed: Callable[[], None]
) -> None:
    while chunk := source.read(_CHUNK):
        proceed()
        target.write(chunk)
