"""Your data sets: renamed, extended, shared and deleted; what others see of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from app_page import AppPage
from own_images import kept, photograph, to_view

from playground.service import TrainingService

Open = Callable[..., AppPage]


def offered(page: AppPage) -> list[str]:
    """Return the labels of the data sets that the sidebar offers."""
    return list(page.widget("data.dataset").options)


def test_a_set_is_renamed_shared_extended_and_deleted(
    open_page: Open, shared_service: TrainingService
) -> None:
    page, other = open_page(), open_page()
    name = kept(shared_service, page, "*Pets* :cat:").name
    to_view(page, "sets")
    assert page.app.subheader[0].value != "*Pets* :cat:"  # marks are not read
    assert page.says("*Pets* :cat:")
    assert page.says("2 classes, 20 training and 4 test images")
    assert "*Pets* :cat:" in offered(page)
    other.look()
    assert not any("Pets" in label for label in offered(other))

    page.app.text_input(key=f"set-label-{name}").set_value("Animals")
    page.press("set-rename")
    assert page.app.subheader[0].value == "Animals"
    page.press("set-share")
    other.look()
    assert "Animals (shared)" in offered(other)
    to_view(other, "sets")
    assert not any(button.key == "set-delete" for button in other.app.button)
    other.press("set-use")
    assert other.draft.data.dataset == name
    other.choose("training.seed", 7)

    pictures = [(f"{each}.png", photograph(500 + each), "image/png") for each in range(3)]
    page.app.selectbox(key=f"set-class-{name}").set_value("dog")
    page.look()
    page.app.file_uploader(key="set-Upload-0").set_value([*pictures, ("x.png", b"", "image/png")])
    page.look()
    assert any("Not all images could be used. 1:" in text for text in page.warnings)
    assert page.app.selectbox(key="own-set").options == ["Animals · 27 images · yours, shared"]

    page.press("set-share")
    other.look()
    assert other.draft.data.dataset == "digits"
    assert other.draft.training.seed == 7
    assert any("another one is set instead" in text for text in other.warnings)

    assert page.says("No run was trained on it.")
    page.press("set-delete")
    assert page.says("There are none yet")
    assert "Animals" not in offered(page)


def test_a_link_to_a_set_of_others_keeps_the_rest_and_says_so(
    open_page: Open, shared_service: TrainingService
) -> None:
    name = kept(shared_service, open_page()).name
    link = {"data.dataset": name, "data.augmentation": "crop", "training.epochs": "3"}
    for asked in (name, f"{name[:-1]}{'0' if name[-1] != '0' else '1'}"):
        page = open_page(link | {"data.dataset": asked})
        assert page.draft.data.dataset == "digits"
        assert page.draft.data.augmentation == "crop"
        assert page.draft.training.epochs == 3
        assert not any("Pets" in text for text in page.words)
        assert len(page.warnings) == 1


def test_what_is_left_of_the_room_is_told_before_it_is_used_up(
    open_page: Open, shared_service: TrainingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page()
    kept(shared_service, page, side=128)  # 1.2 MB
    monkeypatch.setenv("PLAYGROUND_OWN_MB", "1")
    to_view(page, "bring")
    assert any("Your data sets take" in text for text in page.warnings)
