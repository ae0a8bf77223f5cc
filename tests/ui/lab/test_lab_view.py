from __future__ import annotations

from playground.lab.pieces import PIECES
from playground.ui.lab import lab_view


def test_every_piece_of_the_lab_can_be_drawn() -> None:
    assert list(lab_view._DRAWERS) == PIECES.names
