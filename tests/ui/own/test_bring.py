"""Your images: four ways to bring them, what is shown before use, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from app_page import AppPage
from own_images import PETS, files_of, send, to_bring, until_read, zip_of

from playground.experiment import Experiment
from playground.experiment.entries import DatasetEntry
from playground.own.found import Found, Sizes
from playground.ui.own.found_view import doubts
from playground.ui.own.suited import suited_experiment

Open = Callable[..., AppPage]


def is_at_the_beginning(page: AppPage) -> bool:
    return any(group.key == "own-way" for group in page.app.button_group)


def choose_way(page: AppPage, way: str) -> None:
    page.app.button_group(key="own-way").set_value(way)
    page.look()


def test_a_zip_is_looked_at_and_named_and_then_trained_on(open_page: Open) -> None:
    page = open_page()
    to_bring(page)
    assert page.draft.data.dataset == "digits"
    send(page, "zip", "My pets.zip", zip_of(PETS))
    assert page.metrics == {
        "Classes": "2",
        "Training images": "32",
        "Test images": "8",
        "Size, in colour": "16×16",
    }
    assert page.says("from 20×16") or page.says("at 20×16")
    for name in PETS:
        assert f'<th scope="row">{name}</th><td>16</td><td>4</td>' in page.html
        assert page.html.count(f'alt="{name}"') == 10
    assert page.app.text_input(key="own-label").value == "My pets"
    page.press("own-use")
    assert page.metrics["Best epoch"] == "–"  # the Train page
    [chosen] = [box for box in page.app.selectbox if box.label == "Data set"]
    assert chosen.value == page.draft.data.dataset
    assert "My pets" in chosen.options
    assert page.draft.training.batch_size <= 32 / 10
    page.choose("training.epochs", 5)
    page.train()
    assert page.run.best is not None
    assert page.run.best.validation_accuracy == 1.0  # dark and bright are told apart


def test_what_is_left_out_is_told_and_names_are_text(open_page: Open) -> None:
    page = open_page()
    to_bring(page)
    name = "*a* <img src=x onerror=alert(1)>"
    classes = {name: 4, "b": 4, "single": 1}
    others = {"b/notes.txt": b"words", "b/empty.png": b"", "b/:smile:.png": b"no image"}
    send(page, "zip", "x.zip", zip_of(classes, **others))
    assert "*a* &lt;img src=x onerror=alert(1)&gt;</th>" in page.html
    assert "<img src=x" not in page.html
    assert [each.label for each in page.app.expander if "left out" in each.label] == [
        "3 files were left out"
    ]
    assert page.says("no PNG, JPEG, WebP, BMP or GIF by its name. Such as b/notes.txt")
    assert page.says("b/empty.png")
    assert any("One class has one image only" in text for text in page.warnings)


def test_it_can_be_read_again_otherwise_and_discarded(open_page: Open) -> None:
    page = open_page()
    to_bring(page)
    send(page, "zip", "x.zip", zip_of({"cat": 4, "dog": 4}))
    page.app.selectbox(key="own-side").set_value(28)
    page.app.selectbox(key="own-colour").set_value("grey")
    page.look()
    page.press("own-again")
    until_read(page)
    assert page.metrics["Size, in grey"] == "28×28"
    page.press("own-discard")
    assert is_at_the_beginning(page)
    assert page.says("Your data sets take")


@pytest.mark.parametrize(
    ("kind", "name", "content", "words"),
    [
        ("zip", "x.zip", b"no zip", "zip"),
        ("zip", "x.zip", zip_of({"only": 3}), "one class"),
        ("csv", "x.csv", b"label,pixel0\n", "columns"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence_and_another_may_come(
    open_page: Open, kind: str, name: str, content: bytes, words: str
) -> None:
    page = open_page()
    to_bring(page)
    choose_way(page, kind)
    send(page, kind, name, content)
    [warning] = page.warnings
    assert words in warning
    assert not any(button.key == "own-use" for button in page.app.button)
    page.press("own-discard")
    assert is_at_the_beginning(page)


def test_a_reading_is_given_up(open_page: Open) -> None:
    page = open_page()
    to_bring(page)
    page.app.file_uploader(key="own-zip-0").upload("x.zip", zip_of(PETS))
    page.look()
    assert page.app.button(key="own-discard").label == "Cancel"
    page.press("own-discard")
    assert is_at_the_beginning(page)


def test_a_table_of_pixels_is_a_data_set(open_page: Open) -> None:
    page = open_page()
    to_bring(page)
    choose_way(page, "csv")
    numbers = np.random.default_rng(0).integers(0, 256, (12, 16))
    rows = [f"{row % 2}," + ",".join(map(str, pixels)) for row, pixels in enumerate(numbers)]
    send(page, "csv", "table.csv", "\n".join(rows).encode())
    assert page.metrics["Classes"] == "2"
    assert page.metrics["Size, in grey"]


def test_a_folder_of_the_browser_is_looked_at_when_all_has_arrived(open_page: Open) -> None:
    page = open_page()
    to_bring(page)
    choose_way(page, "files")
    found = files_of({"cat": 3, "dog": 3}).items()
    sent = [(f"pets/{path}", content, "image/png") for path, content in found]
    page.app.file_uploader(key="own-files-0").set_value(sent)
    page.look()
    assert page.says("6 files have arrived")
    page.press("own-look")
    until_read(page)
    assert page.app.text_input(key="own-label").value == "pets"
    assert '<th scope="row">cat</th>' in page.html


def test_a_path_on_the_server_may_be_named_below_the_folders_allowed(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page()
    to_bring(page)
    ways = page.app.button_group(key="own-way")
    assert "A path on the server" not in ways.options
    allowed = tmp_path / "allowed"
    for path, content in files_of({"cat": 2, "dog": 2}).items():
        (allowed / path).parent.mkdir(parents=True, exist_ok=True)
        (allowed / path).write_bytes(content)
    monkeypatch.setenv("PLAYGROUND_IMAGE_FOLDERS", str(allowed))
    page.look()
    choose_way(page, "server")
    page.app.text_input(key="own-path").set_value(str(tmp_path))
    page.press("own-look")
    assert any("PLAYGROUND_IMAGE_FOLDERS" in text for text in page.warnings)
    page.app.text_input(key="own-path").set_value(str(allowed))
    page.press("own-look")
    until_read(page)
    assert page.metrics["Classes"] == "2"


def found(train: tuple[int, ...], test: tuple[int, ...], near_duplicates: int = 0) -> Found:
    names = tuple(f"class {number}" for number in range(len(train)))
    samples = tuple(np.zeros((1, 1, 8, 8), np.uint8) for _ in names)
    pairs = (("test/a.png", "train/b.png"),) * bool(near_duplicates)
    sizes = Sizes((8, 8), (8, 8), True)
    counts = {"train": train, "test": test}
    return Found(
        names, counts, (1, 8, 8), samples, (), True, near_duplicates, pairs, sizes, "", 1, 0.1
    )


def test_doubts_are_told_before_use() -> None:
    assert doubts(found((3, 4), (1, 1))) == []
    assert "one class only" in doubts(found((3,), (1,)))[0]
    [few] = doubts(found((1, 4, 1), (0, 1, 0)))
    assert "2 classes have one image only" in few
    assert few.endswith(": class 0, class 2.")
    [seen] = doubts(found((3, 4), (1, 1), near_duplicates=2))
    assert seen.startswith("2 of the test images look like one of the training images")
    assert "test/a.png and train/b.png" in seen


@pytest.mark.parametrize("images", [10, 32, 200, 1000, 60_000])
@pytest.mark.parametrize("shape", [(3, 64, 64), (1, 8, 8)])
def test_settings_suit_what_is_brought(images: int, shape: tuple[int, int, int]) -> None:
    entry = DatasetEntry("digits", "x", "x", shape, ("a", "b"), images, 5)
    suited = suited_experiment(entry, Experiment().replace({"training.device": "cpu"}))
    assert suited.training.batch_size <= max(2, images / 10)
    assert 5 <= suited.training.epochs <= 40
    assert suited.training.device == "cpu"
    assert (suited.model.architecture == "simple_cnn") == (shape[1] >= 16)
