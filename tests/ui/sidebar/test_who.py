"""Who am I, in the sidebar: a nickname, its code, and the way back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from app_page import AppPage

from playground.experiment import Experiment
from playground.service import TrainingService, service

Open = Callable[..., AppPage]
ENDLESS = Experiment().replace({"training.epochs": 1000, "training.batch_size": 8})


@pytest.fixture(autouse=True)
def nobody_known(shared_service: TrainingService) -> Iterator[None]:
    yield
    for file in shared_service.store.file.parent.glob("people.json*"):
        file.unlink()


def fill(page: AppPage, key: str, value: Any) -> None:
    page.app.get_by_key(key).set_value(value)
    page.look()


def take(page: AppPage, nickname: str) -> str:
    """Take a nickname; return the code that is shown."""
    fill(page, "nickname", nickname)
    page.press("who-take")
    codes = [code.value for code in page.app.code if re.fullmatch(r"\w{5}-\w{5}", code.value)]
    return codes[0] if codes else ""


def test_nobody_has_to_be_somebody_and_without_a_key_there_is_no_teacher(open_page: Open) -> None:
    page = open_page()
    assert page.says("until it is closed")
    assert not [box for box in page.app.text_input if box.key == "teachers-key"]
    assert page.session.owner == page.session.browser


def test_a_nickname_and_its_code_bring_a_person_back_to_a_run(open_page: Open) -> None:
    page = open_page()
    run_id = service().submit(ENDLESS, owner=page.session.owner)
    code = take(page, "Ann *Lee*")
    assert page.says("You are **Ann *Lee***")
    page.press("who-written")
    assert code not in [shown.value for shown in page.app.code]
    elsewhere = open_page({"run": run_id})
    assert not elsewhere.can_press("stop")
    assert elsewhere.says("Ann *Lee*'s run: you can watch it.")
    fill(elsewhere, "nickname", "ann *lee*")
    fill(elsewhere, "code", "AAAAA-AAAAA")
    elsewhere.press("who-come-back")
    assert any("do not belong together" in text for text in elsewhere.warnings)
    assert elsewhere.app.get_by_key("code").value == ""
    fill(elsewhere, "code", code.lower())
    elsewhere.press("who-come-back")
    assert elsewhere.says("You are **Ann *Lee***")
    assert code not in repr(elsewhere.app.session_state)
    elsewhere.press("stop")
    elsewhere.until(lambda: elsewhere.run.status.is_over)
    elsewhere.press("who-leave")
    assert not elsewhere.session.is_mine


def test_a_nickname_that_is_taken_is_told(open_page: Open) -> None:
    assert take(open_page(), "Ann")
    page = open_page()
    assert not take(page, "ann")
    assert any('"ann" is taken' in text for text in page.warnings)


def test_a_run_of_the_command_line_can_be_watched_and_not_controlled(
    open_page: Open, shared_service: TrainingService
) -> None:
    run_id = shared_service.submit(ENDLESS)
    page = open_page({"run": run_id})
    page.until(lambda: page.run.status.is_live)
    assert page.says("The operator's run: you can watch it.")
    assert not page.can_press("pause")
    assert not page.can_press("stop")
    page.press("train")  # one's own, which leaves the other alone
    assert page.run_id != run_id
    assert service().snapshot(run_id).status.is_live
    page.press("stop")


def test_a_teacher_may_pause_and_stop_a_run_and_starts_her_own_beside_it(
    open_page: Open, shared_service: TrainingService
) -> None:
    run_id = shared_service.submit(ENDLESS, owner="somebody")
    page = open_page({"run": run_id})
    page.session.is_teacher = True
    page.until(lambda: page.can_press("pause"))
    page.press("pause")
    page.until(lambda: page.progress.startswith("Paused"))
    page.press("pause")  # which is Resume now
    page.until(lambda: page.run.status.is_live)
    page.press("train")
    assert page.run_id != run_id
    assert service().snapshot(run_id).status.is_live
    page.press("stop")
