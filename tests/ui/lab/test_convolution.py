"""The piece on convolution and pooling: kernels to choose and to edit, sizes by formula."""

from __future__ import annotations

from app_page import AppPage
from lab_page import code_of, move

PIECE = "convolution"


def weights(page: AppPage) -> list[float]:
    return [page.app.get_by_key(f"lab-convolution-weight{place}").value for place in range(9)]


def test_a_photograph_goes_through_the_edge_kernel_first(page: AppPage) -> None:
    assert weights(page) == [-1.0] * 4 + [8.0] + [-1.0] * 4
    assert "Result: 46×46" in page.html
    assert page.metrics["Convolution: 3·3 weights + 1 bias"] == "10"
    assert "F.conv2d" in code_of(page)


def test_a_preset_sets_the_nine_weights_and_an_edit_leaves_it(page: AppPage) -> None:
    move(page, PIECE, preset="Sharpen")
    assert weights(page) == [0.0, -1.0, 0.0, -1.0, 5.0, -1.0, 0.0, -1.0, 0.0]
    move(page, PIECE, weight4=2.0)
    assert weights(page)[4] == 2.0
    assert page.app.get_by_key("lab-convolution-preset").value is None


def test_stride_and_padding_fill_in_the_formula(page: AppPage) -> None:
    move(page, PIECE, picture="digit", stride=2, padding=1)
    assert any("⌊(8 + 2·1 − 3) / 2⌋ + 1 = **4**" in text for text in page.words)
    assert "Result: 4×4" in page.html
    assert "Max pooling: 2×2" in page.html


def test_the_place_stays_inside_a_smaller_result(page: AppPage) -> None:
    move(page, PIECE, row=40, column=45)
    move(page, PIECE, picture="digit")
    assert page.app.get_by_key("lab-convolution-row").value == 5
    assert page.app.get_by_key("lab-convolution-column").max == 5


def test_a_pooling_window_too_large_is_told(page: AppPage) -> None:
    move(page, PIECE, picture="digit", stride=3)
    move(page, PIECE, pool=4)
    assert any("4×4 does not fit into 2×2" in text for text in page.words)


def test_zero_is_grey_where_the_scale_has_both_signs(page: AppPage) -> None:
    assert "grey is 0, white is" in page.html
    move(page, PIECE, **{f"weight{place}": 0.0 for place in range(9)})
    assert "Black is −1.00, grey is 0, white is 1.00" in page.html
    move(page, PIECE, preset="Identity")
    assert "Black is 0.00, white is" in page.html


def test_the_range_of_the_weights_is_told(page: AppPage) -> None:
    assert "from -10 to 10" in page.app.get_by_key("lab-convolution-preset").help
