"""One worker for all tests of the pages, offline: a start of PyTorch takes seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
from app_page import AppPage
from processes import wait_until

from playground.service import TrainingService

NOWHERE = "http://127.0.0.1:9"  # the port of "discard": nothing answers, and nothing is far away


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ui") / "home"


@pytest.fixture(scope="session")
def shared_service(shared_home: Path) -> Iterator[TrainingService]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_HOME", str(shared_home))
        patch.delenv("PLAYGROUND_DATASETS", raising=False)
        patch.setenv("PLAYGROUND_MIRROR", NOWHERE)
        running = TrainingService()
        running.warm_up()
        yield running
        running.close()


@pytest.fixture(autouse=True)
def playground_home(shared_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let these tests share one folder, where the shared worker writes what pages read."""
    monkeypatch.setenv("PLAYGROUND_HOME", str(shared_home))
    monkeypatch.delenv("PLAYGROUND_DATASETS", raising=False)
    monkeypatch.setenv("PLAYGROUND_MIRROR", NOWHERE)
    return shared_home


@pytest.fixture
def open_page(
    shared_service: TrainingService, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., AppPage]]:
    """Open the app as a new visitor; `query` is the address after the question mark."""
    module = import_module("playground.service.service")  # the name leads to the function
    monkeypatch.setattr(module, "_service", shared_service)
    opened: list[AppPage] = []

    def open_new(query: dict[str, str] | None = None) -> AppPage:
        opened.append(AppPage(**(query or {})))
        opened[-1].until_ready()
        return opened[-1]

    yield open_new
    # Nothing of these runs may be written later, when the next test has another home.
    live = shared_service._roster.live
    for run in live():
        if not run.snapshot.status.is_over:
            shared_service.control(run.info.run_id, "stop")
    wait_until(lambda: all(run.snapshot.status.is_over for run in live()), "the end of the runs")
    shared_service._keeper.flush()
