"""Answers: what networks say of one image as bars, of several as a table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.analysis.mistakes import share_text
from playground.charts.palette import TRAIN
from playground.ui.pictures import png_uri

MOST_BARS = 20

_STYLE = f"""<style>
.tried {{ display: flex; flex-wrap: wrap; gap: 16px 24px; align-items: flex-start; }}
.tried figure {{ margin: 0; flex: 0 0 auto; width: 132px; }}
.tried.large figure {{ width: 200px; }}
.tried figure img {{
  width: 100%; image-rendering: pixelated; display: block; border-radius: 4px;
  border: 1px solid color-mix(in srgb, currentColor 25%, transparent);
}}
.tried figcaption {{ font-size: 0.8rem; opacity: 0.85; margin-top: 4px; line-height: 1.3; }}
.tried .bars {{ flex: 1 1 250px; min-width: 0; border-collapse: collapse; max-width: 560px; }}
.tried table, .tried-table {{ border-collapse: collapse; width: 100%; }}
.tried th, .tried td, .tried-table th, .tried-table td {{
  border: 0; padding: 2px 8px 2px 0; text-align: left; font-weight: 400;
}}
.tried th {{ max-width: 9rem; overflow-wrap: break-word; }}
.tried td.bar {{ width: 60%; padding-right: 6px; }}
.tried td.bar i {{
  display: block; height: 0.85em; min-width: 1px; background: {TRAIN}; border-radius: 2px;
}}
.tried td.share, .tried-table td.share {{ text-align: right; white-space: nowrap; }}
.tried td.share {{ width: 4.6em; padding-right: 0; font-variant-numeric: tabular-nums; }}
.tried .most th, .tried .most td {{ font-weight: 700; }}
.tried tr:not(.most) i {{ opacity: 0.55; }}
.tried p {{ margin: 0 0 6px; font-size: inherit; }}
.tried.large {{ font-size: 1.3rem; }}
@media (max-width: 640px) {{
  .tried, .tried.large {{ flex-wrap: nowrap; gap: 14px; font-size: 1rem; }}
  .tried figure, .tried.large figure {{ width: 84px; }}
  .tried .bars {{ flex: 1 1 150px; }}
}}
.tried.stale .bars {{ opacity: 0.5; }}
.tried-table thead th {{ font-size: 0.8rem; opacity: 0.85; }}
.tried-table img {{ width: 48px; image-rendering: pixelated; border-radius: 3px; display: block; }}
.tried-table td:nth-child(2) {{ overflow-wrap: anywhere; }}
</style>"""


def draw_bars(
    image: NDArray[np.uint8],
    shares: Sequence[float],
    names: Sequence[str],
    *,
    is_large: bool = False,
    is_stale: bool = False,
) -> None:
    """Draw the image `[C, H, W]` as the network sees it, and the probability of every class.

    In the order of the classes; of more than 20 those that are the likeliest. They are pale where
    they are `is_stale`: of another image, until these come.
    """
    order = np.argsort(-np.array(shares), kind="stable")
    best, shown = int(order[0]), sorted(order[:MOST_BARS].tolist())
    rows = "".join(
        f'<tr{" class=most" if number == best else ""}><th scope="row">{escape(names[number])}</th>'
        f'<td class="bar"><i style="width: {100 * shares[number]:.1f}%"></i></td>'
        f'<td class="share">{_short(shares[number])}</td></tr>'
        for number in shown
    )
    left = len(shares) - len(shown)
    if left:
        rest = _short(sum(shares[number] for number in order[MOST_BARS:]))
        rows += f'<tr><th scope="row">{left} others</th><td></td><td class="share">{rest}</td></tr>'
    said = f"It says <b>{escape(names[best])}</b> with {share_text(shares[best])}."
    _, height, width = image.shape
    kinds = f"tried{' large' * is_large}{' stale' * is_stale}"
    st.html(
        f'{_STYLE}<div class="{kinds}"><figure><img src="{png_uri(image)}" '
        f'alt="The image as the network sees it"><figcaption>As the network sees it: '
        f'{width}×{height} pixels</figcaption></figure><div class="bars"><p role="status">{said}'
        f"</p><table><tbody>{rows}</tbody></table></div></div>"
    )


def _short(share: float) -> str:
    """Return a probability in the room of a bar's end, such as "> 99.9 %"."""
    text = share_text(share).replace("more than", ">").replace("less than", "<")
    return escape(text)


def draw_table(
    files: Sequence[str],
    images: NDArray[np.uint8],
    shares: Sequence[Sequence[float]],
    names: Sequence[str],
) -> None:
    """Draw a row for each of several images `[K, C, H, W]`: what is said of it, and what second."""
    rows = ""
    for file, image, each in zip(files, images, shares, strict=True):
        first, second = np.argsort(-np.array(each), kind="stable")[:2].tolist()
        cells = "".join(
            f'<td>{escape(names[number])}</td><td class="share">{share_text(each[number])}</td>'
            for number in (first, second)
        )
        rows += (
            f'<tr><td><img src="{png_uri(image)}" alt=""></td><td>{escape(file)}</td>{cells}</tr>'
        )
    heads = "".join(
        f'<th scope="col">{head}</th>'
        for head in ("Seen", "File", "It says", "Probability", "Second", "Probability")
    )
    st.html(
        f'{_STYLE}<table class="tried-table"><thead><tr>{heads}</tr></thead><tbody>{rows}'
        "</tbody></table>"
    )
