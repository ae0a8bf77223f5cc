"""When the page looks again by itself: a lane that answers when it is told to shows it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

import pytest

from playground.experiment import Experiment
from playground.run.protocol import Message
from playground.service import TrainingService
from playground.service.lanes.lane import OnEnd, OnEvent
from playground.service.service import Control
from playground.ui import pacing
from playground.ui.session import Session
from playground.ui.train.live import (
    PAUSED_SECONDS,
    POLL_SECONDS,
    STEADY_SECONDS,
    seconds_to_next_look,
)


class SilentLane:
    """A lane that obeys no command by itself."""

    def __init__(self, on_event: OnEvent, on_end: OnEnd) -> None:
        self.say = on_event

    def send(self, command: Message) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no other page look on, whatever was drawn in this process before."""
    monkeypatch.setattr(pacing, "_looks", {})
    monkeypatch.setattr(pacing, "_cost", [0.0])


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> tuple[Session, Callable[[str], None]]:
    """A tab that shows a run, and what lets the worker say an event of that run."""
    lanes: list[SilentLane] = []

    def open_lane(on_event: OnEvent, on_end: OnEnd) -> SilentLane:
        lanes.append(SilentLane(on_event, on_end))
        return lanes[-1]

    running = TrainingService(open_lane)
    monkeypatch.setattr(import_module("playground.service.service"), "_service", running)
    tab = Session("me", run_id=running.submit(Experiment(), owner="me"))
    tab.refresh()

    def say(event: str) -> None:
        lanes[-1].say({"event": event, "run": tab.run_id})
        tab.refresh()

    return tab, say


def test_a_run_is_watched_closely_while_it_goes_on_and_now_and_then_while_it_is_paused(
    shown: tuple[Session, Callable[[str], None]],
) -> None:
    tab, say = shown
    assert seconds_to_next_look(tab) == POLL_SECONDS  # queued
    say("resumed")
    assert seconds_to_next_look(tab) == POLL_SECONDS
    say("paused")
    assert seconds_to_next_look(tab) == PAUSED_SECONDS  # another tab may resume it
    say("resumed")
    assert seconds_to_next_look(tab) == POLL_SECONDS
    say("finished")
    assert seconds_to_next_look(tab) is None


@pytest.mark.parametrize(
    ("action", "answer", "goes_on"),
    [("resume", "resumed", True), ("step", "resumed", True), ("stop", "stopped", False)],
)
def test_a_paused_run_is_watched_from_the_click_and_not_from_the_workers_answer(
    shown: tuple[Session, Callable[[str], None]], action: Control, answer: str, goes_on: bool
) -> None:
    tab, say = shown
    say("paused")
    tab.control(action)
    tab.refresh()
    assert seconds_to_next_look(tab) == POLL_SECONDS
    say(answer)
    assert seconds_to_next_look(tab) == (POLL_SECONDS if goes_on else None)


def test_a_long_run_is_looked_at_half_as_often(
    shown: tuple[Session, Callable[[str], None]],
) -> None:
    tab, say = shown
    say("resumed")
    assert tab.snapshot
    tab.snapshot = replace(tab.snapshot, seconds=60.0)
    assert seconds_to_next_look(tab) == STEADY_SECONDS


def test_a_run_that_waits_for_its_turn_among_many_is_looked_at_less_often(
    shown: tuple[Session, Callable[[str], None]],
) -> None:
    tab, say = shown
    say("resumed")
    tab.watch.new_at -= 60
    assert seconds_to_next_look(tab) == PAUSED_SECONDS
    tab.refresh()  # nothing new
    assert seconds_to_next_look(tab) == PAUSED_SECONDS
    say("resumed")
    assert seconds_to_next_look(tab) == POLL_SECONDS


def test_the_more_pages_look_on_the_longer_each_waits_for_its_next_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(pacing, "monotonic", lambda: clock[0])
    monkeypatch.setattr(pacing, "_looks", {})
    pages = [object() for _ in range(40)]
    waits = []
    for page in pages:
        pacing.note_look(page)
        waits.append(pacing.paced(0.5))
    assert waits[0] == 0.5
    assert waits == sorted(waits)
    # Forty pages that each take 20 ms of one core leave half of it for the answers.
    assert len(pages) / waits[-1] * 0.02 <= 0.5
    for _ in range(3):  # who looks on and on stays counted
        clock[0] += 3
        for page in pages:
            pacing.note_look(page)
    assert pacing.paced(0.5) == waits[-1]
    clock[0] += 60  # all but one have gone
    pacing.note_look(pages[0])
    assert pacing.paced(0.5) == 0.5


def test_pages_that_are_drawn_let_answers_go_out_between() -> None:
    before = sys.getswitchinterval()
    try:
        pacing.favour_answers()
        assert sys.getswitchinterval() < 0.001
    finally:
        sys.setswitchinterval(before)


def test_one_page_computes_at_a_time_and_none_waits_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pacing, "_LONGEST_WAIT", 0.05)
    with pacing.drawing(), pacing.drawing():  # the first holds the turn: the second comes anyway
        assert not pacing._turn.acquire(blocking=False)
    assert pacing._turn.acquire(blocking=False)  # and gives back only what it has
    assert not pacing._turn.acquire(blocking=False)
    pacing._turn.release()


def test_a_page_that_fails_gives_its_turn_back() -> None:
    with pytest.raises(RuntimeError), pacing.drawing():
        raise RuntimeError
    with pacing.drawing():
        pass
