"""The piece on autograd: buttons that add gradients up and zero them, as the page shows it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from app_page import AppPage
from lab_page import code_of, move, press, turn_to_lab

Open = Callable[..., AppPage]
PIECE = "autograd"


def gradients(page: AppPage) -> list[str]:
    rows = page.chart_rows(0)
    return list(rows[rows["kind"] == "gradient"]["text"])


def test_the_link_of_the_piece_shows_graph_gradients_and_the_code_that_ran(page: AppPage) -> None:
    assert page.app.subheader[0].value == "Autograd"
    assert gradients(page) == ["w.grad = 3", "x.grad = None", "b.grad = 1", "∂y/∂y = 1"]
    assert "y.backward(" in code_of(page)
    assert any("Try this" in text for text in page.words)


def test_a_second_backward_doubles_the_gradients_and_zeroing_takes_them_away(page: AppPage) -> None:
    press(page, PIECE, "backward")
    assert gradients(page)[:3] == ["w.grad = 6", "x.grad = None", "b.grad = 2"]
    press(page, PIECE, "zero")
    assert gradients(page)[:3] == ["w.grad = None", "x.grad = None", "b.grad = None"]
    assert not page.can_press("lab-autograd-zero")


def test_sliders_and_pills_decide_what_gets_which_gradient(page: AppPage) -> None:
    move(page, PIECE, w=-1.5, learned=["x"])
    assert gradients(page)[:3] == ["w.grad = None", "x.grad = −1.5", "b.grad = None"]


def test_without_anything_to_learn_the_page_says_what_pytorch_says(page: AppPage) -> None:
    move(page, PIECE, learned=[])
    [warning] = page.warnings
    assert "does not require grad" in warning
    rows = page.chart_rows(0)
    assert "backward" not in set(rows["kind"])


@pytest.mark.parametrize("name", ["nonsense", "![x](http://a.test/y)", "Autograd"])
def test_a_piece_that_there_is_not_is_named_and_the_first_is_shown(
    open_page: Open, name: str
) -> None:
    page = open_page()
    turn_to_lab(page, name)
    assert page.warnings == [
        f'There is no piece called "{name}". This is the first one, Autograd: choose above.'
    ]
    assert "![" not in page.app.warning[0].value
    assert page.app.query_params["piece"] in ("autograd", ["autograd"])
    assert "def backward(" in code_of(page)
    page.look()
    assert page.warnings  # the page looks again by itself: it is still there to be read
    page.app.get_by_key("lab-piece").set_value("device")
    page.look()
    assert not page.warnings
