"""The views of the Inspect page that ask the network: changed images, its inside, wrong inputs."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from app_page import AppPage
from brought import bring_points
from inspecting import fill, inspected, to_epoch, truth_of

from playground.service import service
from playground.service.questions.inquiries import Answer
from playground.ui.inspect import wrong_inputs_view
from playground.ui.inspect.asking import WAITING_SECONDS, weights_text
from playground.ui.inspect.maps import coloured
from playground.ui.inspect.what_if_view import said_text
from playground.ui.inspect.wrong_inputs_view import other_datasets

Open = Callable[..., AppPage]


def looked_into(open_page: Open, view: str, **settings: str) -> AppPage:
    """Look into a run, and wait for what the network says."""
    page = inspected(open_page, view, **settings)
    page.until(lambda: not page.app.get("progress"))
    return page


def answered(page: AppPage, key: str, value: object) -> None:
    fill(page, key, value)
    page.until(lambda: not page.app.get("progress"))


def test_the_first_layer_is_shown_as_images_of_each_epoch(open_page: Open) -> None:
    page = looked_into(open_page, "Inside")
    assert page.says("linear1: all 16 units, 8×8 weights each")
    assert page.says("Weights of epoch 3.")
    last = re.findall(r'<img src="([^"]+)"', page.html)
    to_epoch(page, "0")
    page.until(lambda: page.says("The untrained network."))
    assert re.findall(r'<img src="([^"]+)"', page.html) != last


def test_the_units_of_softmax_regression_have_the_names_of_the_classes(open_page: Open) -> None:
    page = looked_into(open_page, "Inside", **{"model.architecture": "linear"})
    assert page.says("output: all 10 units")
    assert re.findall(r'alt="Weights of (\d), epoch 3"', page.html) == list("0123456789")
    assert len(re.findall(r'alt="Weights of \d, untrained"', page.html)) == 10


def test_every_layer_is_shown_with_its_shape(open_page: Open) -> None:
    page = looked_into(
        open_page,
        "Inside",
        **{"model.architecture": "simple_cnn", "model.hidden_sizes": "[4, 18]"},
    )
    assert page.says("conv1: all 4 kernels, 3×3 weights each")
    answered(page, "inspect-inside", "Every layer")
    for words in (
        "<b>conv1</b> · Conv2d · 4×8×8 ·",
        "<b>relu2</b> · ReLU · 18×4×4 · the first 16 of 18 ·",
        "<b>flatten</b> · Flatten · 72 ·",
        "<b>output</b> · Linear · 10 ·",
    ):
        assert words in page.html
    before = page.html
    answered(page, "inspect-image", page.app.selectbox(key="inspect-image").options and 5)
    assert page.html != before
    answered(page, "inspect-inside", "What it looks at")
    for title in ("Input gradient", "SmoothGrad", "Grad-CAM", "Occlusion"):
        assert f'alt="{title}, epoch 3"' in page.html
        assert f'alt="{title}, untrained"' in page.html
    assert page.says("they show the image’s edges and not what was learned")
    answered(page, "inspect-evidence-for", "the true class")
    assert page.says(f"What speaks for {truth_of(page, 3)[0][5]}: it gets")


def test_a_network_without_convolutions_is_told_to_have_no_grad_cam(open_page: Open) -> None:
    page = looked_into(open_page, "Inside")
    answered(page, "inspect-inside", "What it looks at")
    assert "Occlusion, untrained" in page.html
    assert page.says("There is no Grad-CAM")


def test_an_image_is_changed_and_both_epochs_say_what_they_see(open_page: Open) -> None:
    page = looked_into(open_page, "Change an image")
    assert page.app.selectbox(key="inspect-if-epoch").value == 1
    answered(page, "inspect-image", 7)
    said = truth_of(page, 3)[1][7]
    assert page.says(f"After epoch 3 it says {said} with")
    assert not page.says("changed")
    assert "not changed" in page.html
    name = page.app.selectbox(key="inspect-image").format_func(7)
    fill(page, "inspect-view", "Worst mistakes")
    assert page.says(f"Image {name}")  # the same one in every view
    answered(page, "inspect-view", "Change an image")
    answered(page, "inspect-if-side", 8)
    assert "The image changed" in page.html
    # A square over the whole image leaves one colour, of which each epoch says one thing.
    blank = re.findall(r"<td[^>]*>([^<]+)<i", page.html)
    answered(page, "inspect-image", 8)
    others = re.findall(r"<td[^>]*>([^<]+)<i", page.html)
    assert len(blank) == len(others) > 0
    page.press("inspect-if-undo")
    assert page.app.slider(key="inspect-if-side").value == 0
    assert "not changed" in page.html


def test_wrong_inputs_are_asked_about_on_demand(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Drawing the shapes takes seconds.
    monkeypatch.setattr(wrong_inputs_view, "other_datasets", lambda names: ["digits"])
    page = looked_into(open_page, "Does it know?")
    assert not page.app.get_by_key("inspect-wrong-asked").value
    answered(page, "inspect-wrong-asked", True)
    table = page.app.dataframe[0].value
    labels, said = truth_of(page, 3)
    assert table["Inputs"].tolist()[:2] == ["Its validation images", "Noise"]
    assert table["Right"].tolist()[1:3] == ["", ""]
    share = float(table["Right"][0].split()[0])
    assert share == pytest.approx(100 * np.mean(labels == said), abs=4)  # 200 of the 216
    assert page.says("so it cannot say “none of these”")
    fill(page, "inspect-threshold", 0)
    assert page.app.dataframe[0].value["Answered at 0 %"].tolist() == ["100.0 %"] * 5
    fill(page, "inspect-wrong-kind", "inverted")
    assert len(re.findall(r'alt="says \d with', page.html)) == 12


def test_while_an_answer_is_awaited_the_last_one_stays_and_the_page_looks_again(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = looked_into(open_page, "Inside")
    shown = page.html
    with monkeypatch.context() as held:
        held.setattr(service().inquiries, "ask", lambda question, patience: Answer())
        to_epoch(page, "0")
        assert page.html == shown
        assert page.says("Asking the network")
        assert page.app.session_state["inspect-polls"] == WAITING_SECONDS
    page.until(lambda: page.says("The untrained network."))
    page.until(lambda: page.app.session_state["inspect-polls"] is None)


def test_points_are_told_to_be_no_images(open_page: Open) -> None:
    bring_points()
    settings = {"data.dataset": "points", "data.validation": "official"}
    page = inspected(open_page, "Inside", **settings, **{"training.batch_size": "64"})
    for view in ("Inside", "Change an image"):
        fill(page, "inspect-view", view)
        assert page.says("The inputs of this run are lists of numbers")
    fill(page, "inspect-view", "Does it know?")
    assert page.says("This part is about pixels")


def test_another_data_set_is_one_without_any_of_the_classes() -> None:
    assert "digits" not in other_datasets(("3", "5"))
    assert other_datasets(("3", "5"))[0] == "shapes"
    assert other_datasets(("circle", "dog")) == ["digits"]
    assert other_datasets(("circle", "1")) == []


def test_sentences_name_their_numbers() -> None:
    assert weights_text(4, 4) == "Weights of epoch 4."
    assert weights_text(4, 6) == "Weights of epoch 4, the nearest kept to epoch 6."
    assert weights_text(0, 0) == "The untrained network."
    shares = ((0.1, 0.9), (0.75, 0.25))
    assert said_text(4, shares, ("cat", "dog"), 1) == (
        "After epoch 4 it says dog with 90.0 % of the image, and cat with 75.0 % once changed. The "
        "true class, dog, then gets 25.0 %."
    )
    assert said_text(0, ((0.2, 0.8), (0.1, 0.9)), ("cat", "dog"), 1) == (
        "Untrained it says dog with 80.0 % of the image, and the same with 90.0 % once it is "
        "changed."
    )
    assert said_text(4, (shares[0], shares[0]), ("cat", "dog"), 1) == (
        "After epoch 4 it says dog with 90.0 % of the image."
    )


def test_colours_are_clear_at_zero() -> None:
    found = coloured(np.array([-1.0, 0.0, 0.5], np.float32), 1.0)
    assert found[:, 3].tolist() == [255, 0, 128]
    assert found[0, :3].tolist() != found[2, :3].tolist()
