"""What every test gets: a home folder of its own, no settings of this machine, one thread."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# No deadlines: a busy machine is not a bug. In CI the examples are the same each time, so that a
# change lands or fails for what it is and not for its luck.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(autouse=True)
def playground_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point all state of the app at an empty folder, and forget data sets and mirrors."""
    home = tmp_path / "home"
    monkeypatch.setenv("PLAYGROUND_HOME", str(home))
    monkeypatch.delenv("PLAYGROUND_DATASETS", raising=False)
    monkeypatch.delenv("PLAYGROUND_MIRROR", raising=False)
    return home


@pytest.fixture(autouse=True)
def backbone_for_transfer(request: pytest.FixtureRequest, playground_home: Path) -> None:
    """Keep a tiny backbone for the tests that run over every architecture, where it is Transfer."""
    callspec = getattr(request.node, "callspec", None)
    if callspec and re.search(r"\btransfer\b", callspec.id):
        from kept_backbones import keep_backbone

        if not (playground_home / "backbones" / "tiny").exists():  # some share a home
            keep_backbone()


@pytest.fixture(autouse=True)
def one_torch_thread() -> None:
    """Let torch compute on one thread, without importing it for the tests that do not."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what is fast first: the real browser and the classroom come last."""
    last = ("ui", "load", "browser")

    def rank(item: pytest.Item) -> int:
        folder = item.path.parent.name
        return last.index(folder) + 1 if folder in last else 0

    items.sort(key=rank)
