"""The process that reads may end as it likes: whoever asked gets a sentence, and nobody else."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from brought_files import two_classes, write_files

from playground.errors import InvalidExperiment
from playground.own import imports
from playground.own.brought import Brought, Wishes
from playground.own.found import Found
from playground.own.limits import LIMITS
from playground.own.process import MARK

WISHES = Wishes(side=16)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    return folder


def once(action: Callable[[psutil.Process], None]) -> Callable[[], bool]:
    """Return what does something to the process that reads at the first look, and never cancels."""
    done: list[bool] = []

    def look() -> bool:
        if not done:
            done.append(True)
            action(psutil.Process().children()[-1])
        return False

    return look


def read(tmp_path: Path, folder: Path, action: Callable[[psutil.Process], None]) -> Found:
    brought = Brought("folder", write_files(tmp_path / "in", two_classes(3)))
    limits = replace(LIMITS, still_seconds=1.5)
    return imports.read(brought, WISHES, folder, is_cancelled=once(action), limits=limits)


def test_what_ends_the_process_is_left_out_and_the_rest_is_read(
    tmp_path: Path, folder: Path
) -> None:
    def die_at_the_third(process: psutil.Process) -> None:
        process.send_signal(signal.SIGKILL)
        process.wait()
        (folder / MARK).write_bytes((2).to_bytes(8, "little"))

    found = read(tmp_path, folder, die_at_the_third)
    assert found.images == 5
    assert [(each.count, each.examples) for each in found.skipped] == [(1, ("cat/2.png",))]
    assert "ended the process" in found.skipped[0].reason


def test_what_takes_for_ever_is_left_out_and_the_rest_is_read(tmp_path: Path, folder: Path) -> None:
    def hang_at_the_third(process: psutil.Process) -> None:
        process.suspend()
        (folder / MARK).write_bytes((2).to_bytes(8, "little"))

    found = read(tmp_path, folder, hang_at_the_third)
    assert (found.images, found.skipped[0].count) == (5, 1)
    assert "took too long" in found.skipped[0].reason


def test_a_process_that_ends_at_no_image_is_told(tmp_path: Path, folder: Path) -> None:
    others = set(psutil.Process().children())  # of tests before
    with pytest.raises(InvalidExperiment, match="ended again and again"):
        read(tmp_path, folder, psutil.Process.kill)
    assert set(psutil.Process().children()) <= others


def test_giving_up_ends_the_process(tmp_path: Path, folder: Path) -> None:
    brought = Brought("folder", write_files(tmp_path / "in", two_classes(3)))
    others = set(psutil.Process().children())
    with pytest.raises(imports.Cancelled):
        imports.read(brought, WISHES, folder, is_cancelled=lambda: True)
    assert set(psutil.Process().children()) <= others


def test_too_little_memory_is_told(tmp_path: Path, folder: Path) -> None:
    brought = Brought("folder", write_files(tmp_path / "in", two_classes(3)))
    limits = replace(LIMITS, memory=30_000_000)  # less than the libraries take
    with pytest.raises(InvalidExperiment, match=r"anew|more memory"):
        imports.read(brought, WISHES, folder, limits=limits)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="the system shows no environments")
def test_the_process_knows_no_secret_and_holds_none_of_our_files(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_TEACHER_KEY", "abcdefghijklmnop")
    monkeypatch.setenv("HOME", "/nobody")
    seen: list[str] = []

    def look(process: psutil.Process) -> None:
        seen.extend([*process.environ(), process.cwd()])

    with (tmp_path / "private").open("w") as private:
        os.set_inheritable(private.fileno(), False)
        assert read(tmp_path, folder, look).images == 6
    assert str(folder) in seen
    assert not [name for name in seen if name.startswith("PLAYGROUND") or name == "HOME"]


def test_code_beside_the_images_is_not_run(tmp_path: Path, folder: Path) -> None:
    trace = tmp_path / "trace"
    evil = f"open({str(trace)!r}, 'w')".encode()
    for name in ("numpy", "PIL", "json", "sitecustomize"):
        (folder / f"{name}.py").write_bytes(evil)
        (tmp_path / f"{name}.py").write_bytes(evil)
    assert read(tmp_path, folder, lambda process: None).images == 6
    assert not trace.exists()
