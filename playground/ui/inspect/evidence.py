"""Evidence: which pixels of an image speak for a class, by method, beside the untrained network."""

from __future__ import annotations

from html import escape

import streamlit as st

from playground.analysis.likeness import likeness
from playground.analysis.mistakes import share_text
from playground.run.network_looks import SMOOTH_COPIES, Evidence
from playground.ui.inspect.asking import weights_text
from playground.ui.inspect.maps import MAPS_STYLE, map_uri
from playground.ui.plain import plain

_METHODS = {
    "gradient": ("Input gradient", "How much the logit changes with each pixel."),
    "smooth": (
        "SmoothGrad",
        f"The mean input gradient of {SMOOTH_COPIES} noisy copies: less speckled.",
    ),
    "cam": ("Grad-CAM", "Where the maps of {layer} speak for the class."),
    "occlusion": (
        "Occlusion",
        "How far the probability falls where a square is hidden; orange: where it rises.",
    ),
}


def draw_evidence(
    found: Evidence, names: tuple[str, ...], picture: str, epoch: int, *, is_shown: bool = True
) -> None:
    """Draw the maps over the `picture`, an address, which is shown first too where it is not yet.

    `epoch` is the one whose weights were asked for.
    """
    trained, untrained = map(share_text, found.shares)
    st.write(
        plain(
            f"What speaks for {names[found.target]}: it gets {trained} here, and {untrained} "
            "from the untrained network."
        )
    )
    image = f'<img src="{picture}" alt="The image" style="width: 84px; margin-bottom: 12px">'
    cards = "".join(_card_html(found, name, picture) for name in found.maps)
    st.html(
        f'{MAPS_STYLE}<div class="maps">{image * is_shown}<div class="cards">{cards}</div></div>'
    )
    if "cam" not in found.maps:
        st.caption("There is no Grad-CAM: it needs the maps of a convolution, and there is none.")
    st.caption(
        plain(
            f"{weights_text(found.epoch, epoch)} The untrained network is the control: if "
            "both pictures look alike, they show the image’s edges and not what was learned. "
            "Likeness is the rank correlation of their pixels: 1 is the same, 0 nothing in common."
        )
    )


def _card_html(found: Evidence, name: str, picture: str) -> str:
    title, words = _METHODS[name]
    pair = found.maps[name]
    alike = likeness(*(packed.numbers for packed in pair))
    told = (
        "no likeness: one of them is empty"
        if alike is None
        else f"likeness {alike:.2f}".replace("-", "−")
    )
    when = f"epoch {found.epoch}" if found.epoch else "untrained"
    tiles = "".join(
        f'<figure><span class="over"><img src="{picture}" alt=""><img src="{map_uri(packed)}" '
        f'alt="{title}, {caption}"></span><figcaption>{caption}</figcaption></figure>'
        for packed, caption in zip(pair, (when, "untrained"), strict=True)
    )
    words = escape(words.format(layer=found.seen))
    return (
        f'<div class="card"><p><b>{title}</b> · {told}</p><div class="pair">{tiles}</div>'
        f"<figcaption>{words}</figcaption></div>"
    )
