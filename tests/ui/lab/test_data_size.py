"""The piece on more and more training images."""

from __future__ import annotations

from app_page import AppPage
from lab_page import code_of, move

PIECE = "data_size"


def test_both_lines_are_drawn_and_their_ends_told(page: AppPage) -> None:
    assert len(page.chart_rows(0)) == 12
    assert any("With 25 images **100.0 %** on these" in text for text in page.words)
    assert "torch.optim.Adam" in code_of(page)
    move(page, PIECE, units="2", seeds=1)
    assert any("The mean of 1 seed" in text for text in page.words)
    assert not any("With 25 images **100.0 %** on these" in text for text in page.words)
