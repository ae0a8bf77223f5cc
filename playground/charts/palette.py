"""The colours of charts and page. `.streamlit/config.toml` repeats them; a test compares the two.

Every colour of a line or an area stands out at least 3:1 from both backgrounds, so that one chart
serves both themes. No colour reaches the 4.5:1 of small text on both: text comes in `Shades`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shades:
    """One meaning in two colours: `light` for the light theme, `dark` for the dark one."""

    light: str
    dark: str


BACKGROUND = Shades("#ffffff", "#0e1117")
PANEL = Shades("#f3f5f9", "#1c2130")
TEXT = Shades("#262b36", "#f0f2f6")

TRAIN = "#2d78e0"
TRAIN_FAINT = "rgba(45, 120, 224, 0.5)"
"""The loss of single batches: noise that explains the line, not the line."""
VALIDATION = "#d96b0b"
TEST = "#8b5cf6"
GHOST = "#808894"
"""What is there to compare with: the previous run, the level of chance."""

# Blue-green and red are 57 apart (CIELAB) to a typical eye without green cones, 35 without red.
CORRECT = "#0a9396"
WRONG = "#d83a3a"

TRAIN_TEXT = Shades("#1f66cc", "#7ab0ff")
VALIDATION_TEXT = Shades("#a84900", "#ffa057")
CORRECT_TEXT = Shades("#0b6f7a", "#4cc3d0")
WRONG_TEXT = Shades("#b8321f", "#ff9180")

ROLES = {"train": TRAIN, "validation": VALIDATION, "test": TEST}

CATEGORICAL = (TRAIN, VALIDATION, TEST, CORRECT, "#d6409f", "#8a8500", "#a0694b", GHOST)
"""Eight runs side by side; beyond the first four, tell them apart by dash as well."""
