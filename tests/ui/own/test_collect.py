"""Collect here: classes by name, images one way or another, and a network trained on them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from app_page import TRAIN_PAGE, AppPage, plain
from own_images import photograph, to_view

from playground.service import service

Open = Callable[..., AppPage]


def name_class(page: AppPage, name: str) -> None:
    page.app.text_input(key="collect-new").set_value(name)
    page.look()


def counts(page: AppPage) -> list[str]:
    group = page.app.button_group(key="collect-class")
    return [plain(option) for option in group.options]


def add(page: AppPage, name: str, number: int, count: int, *, dark: bool = False) -> None:
    page.app.button_group(key="collect-class").set_value(name)
    page.look()
    found = [(f"{each}.png", photograph(each, dark=dark), "image/png") for each in range(count)]
    page.app.file_uploader(key=f"collect-Upload-{number}").set_value(found)
    page.look()


def test_classes_are_named_filled_and_trained_on(open_page: Open) -> None:
    page = open_page()
    to_view(page, "collect")
    assert page.says("Name at least two classes.")
    for name in ("cup", "*pen*"):
        name_class(page, name)
    assert counts(page) == ["cup · 0", "*pen* · 0"]
    assert page.says("Add at least 2 images of cup, *pen*.")
    add(page, "cup", 0, 6)
    add(page, "*pen*", 1, 6, dark=True)
    assert counts(page) == ["cup · 6", "*pen* · 6"]
    page.press("collect-drop")
    assert counts(page) == ["cup · 6", "*pen* · 5"]
    page.press("collect-train")
    page.until(lambda: page.run_id)
    assert page.metrics["Best epoch"]  # the Train page, where AppTest has to be led by hand
    page.turn_to(TRAIN_PAGE)
    page.until(lambda: "Finished" in page.progress)
    entry = page.run.experiment.data.dataset
    [kept] = (own for own in service().own_sets.of(page.session.person) if own.entry.name == entry)
    assert (kept.label, kept.images) == ("cup or *pen*", 11)
    assert page.draft.data.dataset == entry
    to_view(page, "collect")
    assert page.says("Name at least two classes.")  # the next collection begins


@pytest.mark.parametrize(
    ("name", "words"), [("a/b", "without / and"), ("..", "without / and"), ("CUP", "There is")]
)
def test_a_name_that_cannot_be_is_refused_in_a_sentence(
    open_page: Open, name: str, words: str
) -> None:
    page = open_page()
    to_view(page, "collect")
    name_class(page, "cup")
    name_class(page, name)
    assert any(words in text for text in page.warnings)
    assert counts(page) == ["cup · 0"]


def test_what_cannot_be_read_is_refused_and_what_was_collected_stays(open_page: Open) -> None:
    page = open_page()
    to_view(page, "collect")
    for name in ("a", "b"):
        name_class(page, name)
    for number, name in enumerate(("a", "b")):
        page.app.button_group(key="collect-class").set_value(name)
        page.look()
        found = [(f"{each}.png", b"no image", "image/png") for each in range(2)]
        page.app.file_uploader(key=f"collect-Upload-{number}").set_value(found)
        page.look()
    page.press("collect-train")
    page.until(lambda: page.warnings)
    assert counts(page) == ["a · 2", "b · 2"]
    assert page.run_id == ""
