from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from streamlit import config

from playground.charts import palette
from playground.charts.palette import Shades

CONFIG_FILE = Path(__file__).parents[2] / ".streamlit" / "config.toml"
SETTINGS: dict[str, Any] = tomllib.loads(CONFIG_FILE.read_text(encoding="utf-8"))
THEMES = ("light", "dark")

LINES = {
    name: getattr(palette, name)
    for name in ("TRAIN", "VALIDATION", "TEST", "GHOST", "CORRECT", "WRONG")
} | {color: color for color in palette.CATEGORICAL}
TEXTS = {name: value for name, value in vars(palette).items() if name.endswith("TEXT")}


def channels(color: str) -> list[float]:
    """Return linear red, green and blue from 0 to 1, by the sRGB curve."""
    shares = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]


def luminance(linear: list[float]) -> float:
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2, from 1 to 21."""
    dark, light = sorted(luminance(channels(color)) for color in (one, other))
    return (light + 0.05) / (dark + 0.05)


# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear channels.
COLOUR_BLINDNESS = {
    "without green cones": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "without red cones": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
}


def lab(linear: list[float]) -> list[float]:
    """Return CIELAB of linear sRGB, white point D65."""
    r, g, b = (min(max(c, 0.0), 1.0) for c in linear)
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    )
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]


def seen_difference(one: str, other: str, matrix: list[list[float]]) -> float:
    def seen(color: str) -> list[float]:
        linear = channels(color)
        return lab([sum(m * c for m, c in zip(row, linear, strict=True)) for row in matrix])

    return sum((a - b) ** 2 for a, b in zip(seen(one), seen(other), strict=True)) ** 0.5


def test_contrast_agrees_with_known_values() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", LINES)
def test_lines_and_areas_stand_out_from_both_backgrounds(name: str, theme: str) -> None:
    assert contrast(LINES[name], getattr(palette.BACKGROUND, theme)) >= 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", TEXTS)
def test_text_is_readable_on_background_and_panel(name: str, theme: str) -> None:
    text: Shades = TEXTS[name]
    for ground in (palette.BACKGROUND, palette.PANEL):
        assert contrast(getattr(text, theme), getattr(ground, theme)) >= 4.5


@pytest.mark.parametrize("eyes", COLOUR_BLINDNESS)
@pytest.mark.parametrize(
    "pair", [(palette.CORRECT, palette.WRONG), (palette.TRAIN, palette.VALIDATION)]
)
def test_pairs_differ_for_colour_blind_eyes(pair: tuple[str, str], eyes: str) -> None:
    assert seen_difference(*pair, COLOUR_BLINDNESS[eyes]) >= 30


@pytest.mark.parametrize("theme", THEMES)
def test_the_theme_repeats_the_palette(theme: str) -> None:
    colors = SETTINGS["theme"][theme]
    shades = {
        "backgroundColor": palette.BACKGROUND,
        "secondaryBackgroundColor": palette.PANEL,
        "textColor": palette.TEXT,
        "blueTextColor": palette.TRAIN_TEXT,
        "orangeTextColor": palette.VALIDATION_TEXT,
        "greenTextColor": palette.CORRECT_TEXT,
        "redTextColor": palette.WRONG_TEXT,
    }
    assert {key: colors[key] for key in shades} == {
        key: getattr(shade, theme) for key, shade in shades.items()
    }
    lines = {
        "blueColor": palette.TRAIN,
        "orangeColor": palette.VALIDATION,
        "violetColor": palette.TEST,
        "greenColor": palette.CORRECT,
        "redColor": palette.WRONG,
        "grayColor": palette.GHOST,
    }
    assert {key: colors[key] for key in lines} == lines


def test_the_charts_of_streamlit_use_the_palette() -> None:
    assert SETTINGS["theme"]["chartCategoricalColors"] == list(palette.CATEGORICAL)


def test_the_faint_blue_of_batches_is_the_blue_of_training() -> None:
    red, green, blue = (int(palette.TRAIN[start : start + 2], 16) for start in (1, 3, 5))
    assert palette.TRAIN_FAINT.startswith(f"rgba({red}, {green}, {blue}, ")


@pytest.mark.parametrize("theme", THEMES)
def test_the_primary_button_is_visible_and_its_label_readable(theme: str) -> None:
    primary = SETTINGS["theme"][theme]["primaryColor"]
    assert contrast(primary, getattr(palette.BACKGROUND, theme)) >= 3
    # Labels of 16 pixels in medium weight; 4.3 in the dark theme is what one blue for both allows.
    assert contrast(primary, "#ffffff") >= 4.3


def option_names(settings: dict[str, Any], prefix: str = "") -> list[str]:
    names: list[str] = []
    for key, value in settings.items():
        path = f"{prefix}{key}"
        names += option_names(value, f"{path}.") if isinstance(value, dict) else [path]
    return names


@pytest.mark.parametrize("name", option_names(SETTINGS))
def test_every_setting_exists_in_the_installed_streamlit(name: str) -> None:
    assert name in config.get_config_options()


def test_every_setting_of_the_server_has_its_reason() -> None:
    lines = CONFIG_FILE.read_text(encoding="utf-8").partition("[theme")[0].splitlines()
    bare = [line for line in lines if re.match(r"\w+ *=", line) and "  # " not in line]
    assert bare == []


def test_the_server_is_private_and_spares_the_processor() -> None:
    assert SETTINGS["server"]["address"] == "127.0.0.1"
    assert SETTINGS["runner"]["postScriptGC"] is False
    assert SETTINGS["server"]["fileWatcherType"] == "none"
    assert SETTINGS["browser"]["gatherUsageStats"] is False
    # A browser that has forgotten a message that the server only names stands still for good.
    assert SETTINGS["global"]["minCachedMessageSize"] >= 10**9
