"""What a page says of a process that trains and gives no answer."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import pytest
from app_page import AppPage
from workshop import Workshop

from playground.experiment import Experiment
from playground.service import RunStatus, TrainingService
from playground.service.lanes import supervisor

TOLD = "The process that trains this run has not answered for"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    clock = [1000.0]
    monkeypatch.setattr(supervisor, "monotonic", lambda: clock[0])
    return clock


@pytest.fixture
def workshop() -> Workshop:
    return Workshop()


@pytest.fixture
def service(
    workshop: Workshop, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> Iterator[TrainingService]:
    service = TrainingService(workshop.open)
    monkeypatch.setattr(import_module("playground.service.service"), "_service", service)
    yield service
    service.close()


def silent_page(run_id: str, clock: list[float], browser: str = "") -> AppPage:
    """Open the page of a run, and look at it while its lane says nothing."""
    page = AppPage(run=run_id)
    if browser:
        page.session.browser = browser
    assert not any(TOLD in text for text in page.warnings)
    for seconds in (2, 7):
        clock[0] += seconds
        page.look()
    return page


def test_the_page_says_that_nothing_answers_and_ends_the_process_when_asked_to(
    service: TrainingService, workshop: Workshop, clock: list[float]
) -> None:
    run_id = service.submit(Experiment(), owner="me")
    workshop.lane.begin(run_id, epochs=2)
    page = silent_page(run_id, clock, browser="me")
    [told] = [text for text in page.warnings if TOLD in text]
    assert f"{TOLD} 7 seconds: it hangs, or one step of its work" in told
    page.press("end-process")
    assert not any(TOLD in text for text in page.warnings)
    assert page.says("gave no answer and was ended. The run went on from its last epoch.")
    assert workshop.lanes[0].is_dead
    assert (page.run.status, len(page.run.epochs)) == (RunStatus.QUEUED, 2)


def test_who_only_watches_is_told_and_cannot_end_it(
    service: TrainingService, workshop: Workshop, clock: list[float]
) -> None:
    run_id = service.submit(Experiment(), owner="somebody else")
    workshop.lane.begin(run_id, epochs=2)
    page = silent_page(run_id, clock)
    assert any(TOLD in text for text in page.warnings)
    assert "end-process" not in [button.key for button in page.app.button]
