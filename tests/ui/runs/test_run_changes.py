"""Changing runs on the Runs page: stars, names, deleting, and who may."""

from __future__ import annotations

from typing import Any

import pytest
from runs_page import ME, RunsPage, stored, three

from playground.experiment import Experiment
from playground.run.questions import KeepBackbone
from playground.service import RunStatus, service


def test_a_starred_run_comes_first_and_back(page: RunsPage) -> None:
    page.tick("first")
    page.press("star")
    assert page.names == ["first", "third", "second"]
    assert page.table["★"].tolist() == ["★", "", ""]
    assert page.ticked == ["first"]
    page.press("star")
    assert page.names == ["third", "second", "first"]


def test_a_new_name_is_kept_and_shown_letter_by_letter(page: RunsPage) -> None:
    page.tick("first", "second")
    page.tick("first")
    page.app.session_state["rename-box"] = True
    page.rename("  **bold**  run ")
    assert page.app.session_state["rename-box"] is False  # Enter closes it
    assert page.names[-1] == "**bold** run"
    assert service().info("a").name == "**bold** run"
    page.tick("**bold** run", "second")
    page.fill("runs-baseline", "a")
    headings = [element.value for element in page.app.markdown]
    assert any(r"\*\*bold\*\* run" in text for text in headings)


def test_deleted_runs_leave_the_table_until_undo(page: RunsPage) -> None:
    page.tick("first", "second")
    page.press("delete-runs")
    assert page.names == ["third"]
    assert page.says("2 runs are deleted")
    page.press("undo")
    assert page.names == ["third", "second", "first"]
    assert page.ticked == ["second", "first"]


def test_the_last_run_can_be_deleted_and_brought_back(filled: Any) -> None:
    filled(three()[0])
    page = RunsPage()
    page.tick("first")
    page.press("delete-runs")
    assert page.says("There are no runs yet"), page.words
    page.press("undo")
    assert page.names == ["first"]


CHANGING = ("rename-box", "star", "stop-runs", "delete-runs")


def closed(page: RunsPage) -> dict[str, str]:
    """Return the buttons that change runs and cannot be pressed, with what they say."""
    found = {"rename-box": page.app.get("popover")[0].proto.popover}
    found |= {key: page.app.button(key=key).proto for key in CHANGING[1:]}
    return {key: each.help.replace("\\", "") for key, each in found.items() if each.disabled}


@pytest.mark.parametrize(("owner", "whose"), [("somebody", "somebody else"), ("", "the operator")])
def test_a_run_of_others_can_be_compared_and_the_buttons_say_why_it_cannot_be_changed(
    owner: str, whose: str, filled: Any
) -> None:
    filled(stored("a", name="theirs", owner=owner), stored("b", name="mine"))
    service().submit(Experiment(), name="live", owner=owner)
    page = RunsPage()
    page.tick("theirs")
    assert page.charts
    assert set(closed(page)) == set(CHANGING)
    for key, done in zip(CHANGING, ("renamed", "starred", "", "deleted"), strict=True):
        words = f"This run belongs to {whose}"
        assert closed(page)[key].startswith(words) == bool(done)  # there is nothing to stop
        assert f"it cannot be {done} by you" in closed(page)[key] or not done
    page.tick("live")
    assert "it cannot be stopped by you" in closed(page)["stop-runs"]
    page.tick("theirs", "live", "mine")
    assert "2 of these 3 runs are not yours" in closed(page)["delete-runs"]
    page.tick("mine")
    assert set(closed(page)) == {"stop-runs"}


@pytest.mark.parametrize("key", CHANGING[1:])
def test_whoever_is_somebody_else_by_now_changes_nothing(key: str, filled: Any) -> None:
    filled(stored("a", name="mine"))
    live = service().submit(Experiment(), name="live", owner=ME)
    page = RunsPage()
    page.tick("live")
    before = service().info("a"), service().info(live)
    page.session.browser = "somebody else"
    page.press(key)
    assert any("This run belongs to somebody else" in text for text in page.warnings)
    assert (service().info("a"), service().info(live)) == before
    assert not service().snapshot(live).status.is_over
    assert not page.says("deleted.")


def test_a_name_typed_by_whoever_is_somebody_else_by_now_is_not_kept(filled: Any) -> None:
    filled(stored("a", name="mine"))
    page = RunsPage()
    page.tick("mine")
    page.session.browser = "somebody else"
    page.rename("theirs now")
    assert any("cannot be renamed by you" in text for text in page.warnings)
    assert service().info("a").name == "mine"


def test_a_teacher_with_the_key_stops_renames_deletes_and_brings_back(
    filled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_TEACHER_KEY", "a key of a teacher")
    filled(stored("a", name="theirs", owner="somebody"))
    live = service().submit(Experiment(), name="live", owner="somebody")
    page = RunsPage()
    page.fill("teachers-key", "a key of a pupil")
    page.press("who-teacher")
    assert any("not the teacher's key" in text for text in page.warnings)
    page.fill("teachers-key", "a key of a teacher")
    page.press("who-teacher")
    assert page.says("You hold the teacher's key")
    assert "a key of a teacher" not in repr(page.app.session_state)
    page.tick("live")
    page.press("stop-runs")
    assert service().snapshot(live).status is RunStatus.STOPPED
    page.tick("theirs")
    page.rename("better")
    assert "better" in page.names
    page.press("delete-runs")
    assert page.names == ["live"]
    page.press("undo")
    assert sorted(page.names) == ["better", "live"]
    page.press("who-no-teacher")
    page.tick("better")
    assert "cannot be deleted by you" in closed(page)["delete-runs"]
    stranger = RunsPage()
    assert not stranger.session.is_teacher


def test_undo_is_refused_where_deleting_is(filled: Any) -> None:
    filled(stored("a", name="mine"))
    page = RunsPage()
    page.tick("mine")
    page.press("delete-runs")
    page.session.browser = "somebody else"
    page.press("undo")
    assert any("cannot be deleted by you" in text for text in page.warnings)
    assert service().runs() == []


def test_the_box_to_rename_opens_with_the_name_there_is(filled: Any) -> None:
    filled(stored("a", training__pitfalls=["leaked"]), stored("b", name="given"))
    page = RunsPage()
    page.tick("given")
    assert page.name_box.value == "given"
    page.tick(next(name for name in page.names if name != "given"))
    assert page.name_box.value == "MLP on Digits"
    page.rename("other")
    assert service().info("a").name == "other"
    assert page.name_box.value == "other"
    page.rename("")
    assert service().info("a").name == ""
    assert page.name_box.value == "MLP on Digits"


def test_a_name_of_others_gives_no_command(filled: Any) -> None:
    filled(stored("a", name="\u202egnp.exe\x1b[2J", group="g\x07"))
    page = RunsPage()
    assert page.names == [r"\u202egnp.exe\x1b[2J"]
    assert page.app.get_by_key("runs-group").options == ["All runs", r"g\x07"]


def test_open_shows_the_run_on_the_train_page(page: RunsPage) -> None:
    page.tick("second")
    page.press("open-run")
    assert page.run_id == "b"
    assert page.session.run_id == "b"
    assert page.metrics["Validation accuracy"] == "90.0 %"


def test_keeping_a_backbone_is_asked_for_the_run_that_is_ticked(page: RunsPage) -> None:
    page.tick("first")
    page.app.text_input(key="backbone-name").set_value("mine")
    page.press("keep-backbone")
    assert page.app.session_state["backbone-asked"] == KeepBackbone("a", 2, "mine")
