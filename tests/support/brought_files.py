"""What people bring, made for tests: image files, archives, tables; and a process that reads."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from playground.own import imports
from playground.own.brought import Brought, Wishes
from playground.own.limits import LIMITS, Limits

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")


def picture(seed: int = 0, size: tuple[int, int] = (20, 16), mode: str = "RGB") -> Image.Image:
    """Return an image of smooth colours, another one for each seed."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8))
    return small.resize(size, Image.Resampling.BILINEAR).convert(mode)


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """Return the bytes of an image file."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def two_classes(each: int = 3, kind: str = "PNG") -> dict[str, bytes]:
    """Return the files of two classes by path."""
    return {
        f"{name}/{number}.{kind.lower()}": encoded(picture(10 * place + number), kind)
        for place, name in enumerate(("cat", "dog"))
        for number in range(each)
    }


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a folder and return it."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


def write_zip(file: Path, files: Mapping[str, bytes], packed: bool = False) -> Path:
    """Write an archive and return its path."""
    file.parent.mkdir(parents=True, exist_ok=True)
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(file, "w", kind) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file


class Reader:
    """The process that reads, as it is started for people, given one task after another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self._process = subprocess.Popen(
            imports._COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=folder,
            env=imports.bare_environment(),
        )

    def ask(
        self, kind: str, path: Path, wishes: Wishes | None = None, limits: Limits = LIMITS
    ) -> dict[str, Any]:
        """Return what was found, or the refusal; fails where the process ends or is puzzled."""
        brought = Brought(kind, path)  # type: ignore[arg-type]
        task = imports._task(brought, wishes or Wishes(), self.folder, {}, None, limits)
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(task).encode() + b"\n")
        stdin.flush()
        for line in stdout:
            message: dict[str, Any] = json.loads(line)
            if "done" not in message:
                assert "problem" not in message, message["problem"]
                return message
        raise AssertionError(f"it ended with {self._process.wait()} at {asdict(brought)}")

    def close(self) -> int:
        """End the process; return the most bytes of memory that it had."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        # Not what `wait4` tells: that begins with the memory of whoever started it.
        said = Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8")
        most = int(said.partition("VmHWM:")[2].split()[0]) * 1024
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()
        return most
