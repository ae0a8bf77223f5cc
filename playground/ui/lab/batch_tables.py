"""Eight images and what a network says of them, as HTML: one row or one card for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import numpy as np

from playground.charts.palette import CORRECT_TEXT, TRAIN, WRONG_TEXT
from playground.lab.inputs import Rows
from playground.lab.microscope import MicroscopeFindings
from playground.ui.lab.figures import digits_apart, number, unpacked
from playground.ui.pictures import png_uri

STYLE = f"""<style>
.lab-batch {{ min-height: 25.5rem; overflow-x: auto; }}
.lab-batch table {{
  border-collapse: collapse; width: 100%; table-layout: fixed;
  font-variant-numeric: tabular-nums; font-size: 0.9rem;
}}
.lab-batch th, .lab-batch td {{
  padding: 2px 5px; height: 2.6rem; text-align: right; border: 0; white-space: nowrap;
}}
.lab-batch thead th {{
  font-size: 0.75rem; font-weight: 500; opacity: 0.85; height: 1.8rem; white-space: normal;
  overflow-wrap: anywhere; line-height: 1.1; padding: 2px 1px;
}}
.lab-batch thead th:first-child {{ width: 7.6rem; }}
.lab-batch tbody th, .lab-batch thead th:first-child {{ text-align: left; font-weight: 500; }}
.lab-batch tbody tr {{ border-top: 1px solid color-mix(in srgb, currentColor 14%, transparent); }}
.lab-batch img {{ width: 34px; height: 34px; image-rendering: pixelated; border-radius: 3px; }}
.lab-batch th img {{ vertical-align: middle; margin-right: 8px; }}
.lab-batch td.true {{ outline: 2px solid currentColor; outline-offset: -4px; border-radius: 6px; }}
.lab-batch td.most {{ font-weight: 700; }}
.lab-batch .cards {{ display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 14px; }}
.lab-batch figure {{ margin: 0; text-align: center; }}
.lab-batch figure img {{ width: 100%; max-width: 9.6rem; height: auto; aspect-ratio: 1; }}
.lab-batch figcaption {{ font-size: 0.9rem; margin-top: 4px; }}
.lab-batch .better {{ color: light-dark({CORRECT_TEXT.light}, {CORRECT_TEXT.dark}); }}
.lab-batch .worse {{ color: light-dark({WRONG_TEXT.light}, {WRONG_TEXT.dark}); }}
</style>"""


def image_cards(found: MicroscopeFindings) -> str:
    """Return the images large, each with its true class."""
    names = [escape(found.class_names[label]) for label in found.labels]
    pairs = zip(unpacked(found.images), names, strict=True)
    cards = "".join(
        f'<figure><img src="{png_uri(image)}" alt="training image {count}: {name}">'
        f"<figcaption>{name}</figcaption></figure>"
        for count, (image, name) in enumerate(pairs, 1)
    )
    return f'{STYLE}<div class="lab-batch"><div class="cards">{cards}</div></div>'


def logits_table(found: MicroscopeFindings) -> str:
    """Return the logit of each image and class; the true class framed, the largest bold."""
    return _by_class(found, found.logits, lambda value: number(value, 1), "Logits", False)


def losses_table(found: MicroscopeFindings) -> str:
    """Return the probability of each image and class, and each image's loss."""
    return _by_class(found, found.probabilities, _percent, "Probabilities", True)


def after_table(found: MicroscopeFindings) -> str:
    """Return the loss of each image before and after the update, better or worse by a glyph."""
    pairs = list(zip(found.losses, found.losses_after, strict=True))
    digits = digits_apart(pairs)
    rows = []
    for place, (before, after) in enumerate(pairs):
        change = after - before
        # Not "change > 0", which is false of what is not a number.
        kind, glyph = ("better", "▼ ") if change < 0 else ("worse", "▲ ")
        if change == 0:
            kind, glyph = "", ""
        least = 10.0**-digits
        size = f"&lt; {number(least, digits)}" if 0 < abs(change) < least else ""
        rows.append(
            f"<tr>{_head(found, place)}<td>{number(before, digits)}</td>"
            f"<td>{number(after, digits)}</td>"
            f'<td class="{kind}">{glyph}{size or number(abs(change), digits)}</td></tr>'
        )
    head = ("Image", "Loss before", "Loss after", "Change: ▼ better, ▲ worse")
    return _table(head, rows, "Loss of each image before and after the update")


def _by_class(
    found: MicroscopeFindings, numbers: Rows, text: Callable[[float], str], what: str, tinted: bool
) -> str:
    rows = []
    for place, values in enumerate(numbers):
        most, truth = int(np.argmax(values)), found.labels[place]
        cells = ""
        for label, value in enumerate(values):
            marks = " ".join(["true"] * (label == truth) + ["most"] * (label == most))
            tint = _tint(value) if tinted else ""
            cells += f'<td class="{marks}"{tint}>{text(value)}</td>'
        loss = f"<td><b>{number(found.losses[place])}</b></td>" if tinted else ""
        rows.append(f"<tr>{_head(found, place)}{cells}{loss}</tr>")
    head = ["Image", *found.class_names, *(["Loss"] if tinted else [])]
    return _table(head, rows, f"{what} of each image and class")


def _tint(share: float) -> str:
    percent = round(45 * share) if np.isfinite(share) else 0
    return f' style="background: color-mix(in srgb, {TRAIN} {percent}%, transparent)"'


def _percent(share: float) -> str:
    if not np.isfinite(share):
        return number(share)
    return "0" if share < 0.005 else f"{100 * share:.0f}"


def _head(found: MicroscopeFindings, place: int) -> str:
    image = unpacked(found.images)[place]
    name = escape(found.class_names[found.labels[place]])
    return f'<th scope="row"><img src="{png_uri(image)}" alt="">{name}</th>'


def _table(head: Sequence[str], rows: Sequence[str], caption: str) -> str:
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    return (
        f'{STYLE}<div class="lab-batch"><table><caption class="spoken">{escape(caption)}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )
