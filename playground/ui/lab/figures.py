"""Pictures and small tables of the lab as HTML: sharp pixels, numbers in columns."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from playground.charts.palette import VALIDATION
from playground.lab.pixels import Pixels
from playground.ui.pictures import png_uri

STYLE = f"""<style>
.lab-table {{ border-collapse: collapse; font-variant-numeric: tabular-nums;
  display: block; overflow-x: auto; max-width: 100%; }}
.lab-table th, .lab-table td {{
  padding: 3px 7px; text-align: right; border: 0; white-space: nowrap;
}}
.lab-table thead th {{ font-size: 0.8rem; font-weight: 500; opacity: 0.8; }}
.lab-table tbody th {{ text-align: left; font-weight: 500; padding-left: 0; }}
.lab-table tbody tr {{ border-top: 1px solid color-mix(in srgb, currentColor 14%, transparent); }}
.lab-tables {{ display: flex; flex-wrap: wrap; gap: 14px 32px; align-items: start; }}
.lab-figure {{ margin: 0; }}
.lab-figure .frame {{ position: relative; line-height: 0; width: 100%; max-width: 22rem; }}
.lab-figure img {{ width: 100%; aspect-ratio: 1; image-rendering: pixelated; border-radius: 4px; }}
.lab-figure i {{
  position: absolute; outline: 2px solid {VALIDATION}; box-shadow: 0 0 0 3px #000;
}}
.lab-figure figcaption {{
  font-size: 0.85rem; line-height: 1.35; min-height: 4.1em; margin-top: 6px;
}}
.lab-strip {{
  display: grid; grid-template-columns: 7.5rem repeat(8, minmax(0, 72px)); gap: 6px;
  align-items: center;
}}
.lab-strip img {{ width: 100%; aspect-ratio: 1; image-rendering: pixelated; border-radius: 3px; }}
.lab-strip span {{ font-size: 0.85rem; line-height: 1.3; }}
.lab-sum {{
  display: flex; flex-wrap: wrap; gap: 12px; align-items: center;
  font-variant-numeric: tabular-nums;
}}
.lab-sum table {{ border-collapse: collapse; }}
.lab-sum td {{
  border: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding: 4px 6px;
  text-align: right; min-width: 3.1rem; font-size: 0.9rem;
}}
.lab-sum figure {{ margin: 0; }}
.lab-sum figcaption {{ font-size: 0.8rem; opacity: 0.8; }}
.lab-sum b {{ font-size: 1.15rem; }}
</style>"""


def number(value: float, digits: int = 2) -> str:
    """Return a number with as many decimals, thousands apart, and a real minus sign."""
    if not np.isfinite(value):
        return "∞" if value > 0 else "−∞" if value < 0 else "not a number"
    if abs(value) >= 1e7:
        return scientific(value)
    text = f"{value:,.{digits}f}"
    return text.replace("-", "−") if float(text.replace(",", "")) else text.lstrip("-")


def scientific(value: float) -> str:
    """Return a number with its power of ten, such as 1.1e86 or 2.5e−13."""
    if value == 0 or not np.isfinite(value):
        return number(value, 0)
    digits, power = f"{value:.1e}".split("e")
    return f"{digits}e{int(power)}".replace("-", "−")


def short(value: float, digits: int = 4) -> str:
    """Return a number in as many significant digits, such as 0.01234 or 3.7e−5."""
    if value == 0 or not np.isfinite(value):
        return number(value, 0)
    mantissa, e, power = f"{value:.{digits}g}".partition("e")
    return f"{mantissa}{e}{int(power) if e else ''}".replace("-", "−")


def digits_apart(pairs: Iterable[tuple[float, float]], least: int = 3, most: int = 6) -> int:
    """Return how many decimals it takes, `least` to `most`, to tell the numbers of each pair."""
    changes = [abs(one - other) for one, other in pairs]
    smallest = min((change for change in changes if change >= 10.0**-most), default=1.0)
    return next((digits for digits in range(least, most) if smallest >= 10.0**-digits), most)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> str:
    """Return a table; each row's first cell names the row. `caption` is for those who listen."""
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        f"{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
        for name, *cells in rows
    )
    return (
        f'<table class="lab-table"><caption class="spoken">{escape(caption)}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    )


def unpacked(picture: Pixels) -> NDArray[np.uint8]:
    """Return the pixels that the worker has packed."""
    content = np.frombuffer(b64decode(picture.content), dtype=np.uint8)
    return content.reshape(picture.shape)


def strip(name: str, images: Pixels, state: str) -> str:
    """Return a row of images with its name in front."""
    pictures = "".join(
        f'<img src="{png_uri(image)}" alt="image {count}, {escape(state)}">'
        for count, image in enumerate(unpacked(images), 1)
    )
    return f"<span>{escape(name)}</span>{pictures}"


def figure(
    image: Pixels, caption: str, alt: str, marked: tuple[float, float, float] | None = None
) -> str:
    """Return a square picture; `marked` frames a square of it: row, column and side in pixels."""
    pixels = unpacked(image)
    frame = ""
    if marked:
        row, column, side = (100 * value / pixels.shape[-1] for value in marked)
        place = f"top:{row:.3f}%;left:{column:.3f}%;width:{side:.3f}%;height:{side:.3f}%"
        frame = f'<i style="{place}"></i>'
    return (
        f'<figure class="lab-figure"><div class="frame"><img src="{png_uri(pixels)}" '
        f'alt="{escape(alt)}">{frame}</div><figcaption>{caption}</figcaption></figure>'
    )


def grid(values: Sequence[Sequence[float]], caption: str) -> str:
    """Return numbers in rows and columns with a caption below."""
    rows = "".join(
        f"<tr>{''.join(f'<td>{number(value)}</td>' for value in row)}</tr>" for row in values
    )
    return f"<figure><table>{rows}</table><figcaption>{escape(caption)}</figcaption></figure>"
