"""The piece on normalization: the lesson's numbers on the page, and images there and back."""

from __future__ import annotations

import re

from app_page import AppPage
from lab_page import code_of, move, press

PIECE = "normalization"


def test_the_lesson_ends_at_its_numbers(page: AppPage) -> None:
    assert any("[0.110, 0.110, 2.650]" in text for text in page.words)
    raw = page.chart_rows(0)
    assert raw[raw["step"] == 100]["value"].round(9).tolist() == [0.11, 0.11, 2.65]
    assert "weights -= 0.01 * gradient" in code_of(page)


def test_fewer_steps_and_other_inputs_are_followed(page: AppPage) -> None:
    move(page, PIECE, input2=1.0, updates=50)
    assert any("[0.105, 0.105, 0.105]" in text for text in page.words)


def test_the_measured_numbers_centre_the_images(page: AppPage) -> None:
    press(page, PIECE, "measured")
    assert page.app.get_by_key("lab-normalization-mean").value == 0.31
    assert page.app.get_by_key("lab-normalization-std").value == 0.38
    [words] = [text for text in page.words if text.startswith("After it")]
    mean = re.search(r"mean \*\*(−?0\.\d\d)\*\*", words)
    assert mean is not None
    assert abs(float(mean[1].replace("−", "-"))) <= 0.05


def test_eight_images_are_shown_before_after_and_back(page: AppPage) -> None:
    pictures = {
        state: re.findall(rf'src="([^"]+)" alt="image \d, {state}"', page.html)
        for state in ("as it is", "normalized", "normalized and back")
    }
    assert {len(shown) for shown in pictures.values()} == {8}
    assert pictures["as it is"] == pictures["normalized and back"] != pictures["normalized"]
