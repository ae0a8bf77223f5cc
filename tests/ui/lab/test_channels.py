"""The piece on channels and stacked kernels."""

from __future__ import annotations

from app_page import AppPage
from lab_page import code_of, move

PIECE = "channels"


def test_both_ways_are_counted_and_drawn(page: AppPage) -> None:
    assert page.metrics["One 5×5: 16·16·5·5 + 16 parameters"] == "6,416"
    assert page.metrics["Two 3×3: 2·(16·16·3·3 + 16) parameters"] == "4,640"
    assert len(page.chart_rows(0)) == len(page.chart_rows(1)) == 81
    assert any("**72 %**" in text for text in page.words)
    assert "F.conv2d at this place" in page.html
    assert "nn.ReLU()" in code_of(page)
    move(page, PIECE, large="7", channels=64)
    assert page.metrics["Three 3×3: 3·(64·64·3·3 + 64) parameters"] == "110,784"
    assert any("Both see 7×7 pixels" in text for text in page.words)
