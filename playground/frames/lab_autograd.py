"""The graph of y = w·x + b as rows to draw: boxes, arrows and words, each with its place."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from playground.lab.autograd import AutogradFindings

WIDTH, HEIGHT = 12.0, 6.0
"""The size of the picture in the units of the places."""

_LEAF_ROWS = {"w": 5.0, "x": 3.0, "b": 1.0}
_LEAF = (0.0, 3.1)  # from, to
_TIMES = (4.7, 5.6)
_PLUS = (6.9, 7.8)
_RESULT = (8.9, WIDTH)
_TIMES_ROW, _PLUS_ROW = 4.0, 2.5
_BESIDE = 0.3  # what the arrow back runs below the arrow forward


class _Row(NamedTuple):
    """`kind` is box, forward, backward or a word's: title, note, value, gradient."""

    kind: str
    x: float
    y: float
    x2: float = 0.0
    y2: float = 0.0
    text: str = ""
    learned: bool = True


def graph_frame(found: AutogradFindings) -> pd.DataFrame:
    """Return the graph of what the piece `autograd` has found, one row per mark."""
    leaves = found.leaves
    nodes = {name for arrow in found.graph for name in arrow}
    product_learned = leaves["w"].requires_grad or leaves["x"].requires_grad
    is_done = any(leaf.grad is not None for leaf in leaves.values())
    rows: list[_Row] = []
    for name, leaf in leaves.items():
        row, learned = _LEAF_ROWS[name], leaf.requires_grad
        grad = "None" if leaf.grad is None else six_digits(leaf.grad)
        rows += _box(_LEAF, row, f"{name} = {six_digits(leaf.value)}", learned)
        rows.append(_Row("note", sum(_LEAF) / 2, row - 0.12, text=f"requires_grad={learned}"))
        rows.append(_Row("gradient", sum(_LEAF) / 2, row - 0.52, text=f"{name}.grad = {grad}"))
        start, end = (_TIMES, _TIMES_ROW) if name != "b" else (_PLUS, _PLUS_ROW)
        shift = {"w": 0.35, "x": -0.05, "b": -0.1}[name]
        rows += _arrow((_LEAF[1], row), (start[0], end + shift), learned, learned and is_done)
    rows += _box(_TIMES, _TIMES_ROW, "×", product_learned, 0.45)
    rows += _box(_PLUS, _PLUS_ROW, "+", found.y_requires_grad, 0.45)
    rows += _box(_RESULT, _PLUS_ROW, f"y = {six_digits(found.y)}", found.y_requires_grad)
    rows.append(_Row("note", sum(_RESULT) / 2, 2.38, text=f"requires_grad={found.y_requires_grad}"))
    rows.append(_Row("gradient", sum(_RESULT) / 2, 1.98, text="∂y/∂y = 1" if is_done else ""))
    for function, place, row in (
        ("MulBackward0", 5.15, _TIMES_ROW + 0.75),
        ("AddBackward0", 7.6, _PLUS_ROW - 0.8),
    ):
        rows.append(_Row("note", place, row, text=function if function in nodes else "not noted"))
    rows += _arrow(
        (_TIMES[1], _TIMES_ROW),
        (_PLUS[0], _PLUS_ROW + 0.2),
        product_learned,
        product_learned and is_done,
    )
    rows.append(_Row("value", 6.75, 3.95, text=f"w·x = {six_digits(found.product)}"))
    learned = found.y_requires_grad
    rows += _arrow((_PLUS[1], _PLUS_ROW), (_RESULT[0], _PLUS_ROW), learned, learned and is_done)
    return pd.DataFrame(rows, columns=list(_Row._fields))


def six_digits(value: float) -> str:
    """Return a number in at most six digits, with a real minus sign."""
    return f"{value:.6g}".replace("-", "−")


def _box(
    span: tuple[float, float], row: float, title: str, learned: bool, half: float = 0.85
) -> list[_Row]:
    middle = sum(span) / 2
    title_row = row if half < 0.6 else row + 0.38
    return [
        _Row("box", span[0], row - half, span[1], row + half, learned=learned),
        _Row("title", middle, title_row, text=title),
    ]


def _arrow(
    start: tuple[float, float], end: tuple[float, float], learned: bool, is_back: bool
) -> list[_Row]:
    rows = [_Row("forward", *start, *end, learned=learned)]
    if is_back:
        below = -_BESIDE
        rows.append(_Row("backward", end[0], end[1] + below, start[0], start[1] + below))
    return rows
