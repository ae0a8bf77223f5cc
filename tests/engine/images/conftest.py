"""A folder for data sets, and a mirror on this machine to fetch them from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from mirror import Mirror, serving


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    with serving() as mirror:
        monkeypatch.setenv("PLAYGROUND_MIRROR", mirror.address)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        yield mirror


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLAYGROUND_DATASETS", str(tmp_path / "sets"))
    return tmp_path / "sets"
