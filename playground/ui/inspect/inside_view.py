"""Inside: what the first layer looks for, what each layer makes of an image, what it looks at."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import streamlit as st

from playground.run.network_looks import (
    EveryLayer,
    Filters,
    FirstLayer,
    LayerMaps,
    WhatItLooksAt,
)
from playground.ui.inspect.asking import answer_to, network_at, weights_text
from playground.ui.inspect.evidence import draw_evidence
from playground.ui.inspect.look import Look
from playground.ui.inspect.maps import (
    MAPS_STYLE,
    filter_pictures,
    picture_uri,
    sheet,
    sheet_of,
    strip_uri,
)
from playground.ui.inspect.one_image import choose_image, has_images
from playground.ui.pictures import validation_uri
from playground.ui.plain import plain

_PARTS = _FIRST, _LAYERS, _EVIDENCE = "First layer", "Every layer", "What it looks at"
_SAID, _TRUE = "the class it says", "the true class"
_COLOURS = "Blue is above zero, orange below, the stronger the further."
_RGB = "Grey is zero; a colour is what the weights of red, green and blue ask for."


def draw_inside(look: Look) -> None:
    """Draw one of three looks into the network."""
    if not has_images(look):
        return
    part = st.segmented_control(
        "Look at", _PARTS, default=_FIRST, required=True, key="inspect-inside",
        persist_state="session", label_visibility="collapsed",
    )  # fmt: skip
    {_FIRST: _draw_first, _LAYERS: _draw_layers, _EVIDENCE: _draw_evidence}[part](look)


def _draw_first(look: Look) -> None:
    network = network_at(look)
    found = answer_to(FirstLayer(network), "first")
    if found is None:
        return
    shown, channels, height, width = found.weights.shape
    of = f"the first {shown} of {found.units:,}" if shown < found.units else f"all {shown}"
    each = "unit" if (height, width) == look.data.images.shape[2:] else "kernel"
    st.markdown(f"##### {plain(found.layer)}: {of} {each}s, {height}×{width} weights each")
    blocks = _weights_html(found, look.names, each)
    if found.epoch and 0 in look.whole.epochs:
        untrained = answer_to(FirstLayer(replace(network, epoch=0)), "first-untrained")
        blocks += _weights_html(untrained, look.names, each) if untrained else ""
    st.html(f'{MAPS_STYLE}<div class="maps"><div class="layers">{blocks}</div></div>')
    colours = _RGB if channels == 3 else _COLOURS
    st.caption(
        plain(
            f"{weights_text(found.epoch, look.epoch)} {colours} The largest is "
            f"{found.weights.reach:.2g} from zero; each epoch has a scale of its own. Move the "
            "epoch, or play: what looked like noise takes on a form where something is learned."
        )
    )


def _weights_html(found: Filters, names: tuple[str, ...], each: str) -> str:
    pictures = filter_pictures(found.weights)
    when = f"epoch {found.epoch}" if found.epoch else "untrained"
    if found.layer == "output" and len(pictures) <= len(names):
        tiles = "".join(
            f'<figure><img src="{picture_uri(picture)}" alt="Weights of {escape(name)}, {when}" '
            f'style="width: 84px"><figcaption>{escape(name)}</figcaption></figure>'
            for picture, name in zip(pictures, names, strict=False)
        )
        body = f'<div class="tiles">{tiles}</div>'
    else:
        body = sheet_of(pictures, f"Weights of {len(pictures)} {each}s of {found.layer}, {when}")
    return f'<div class="layer"><p>{when}</p>{body}</div>'


def _draw_layers(look: Look) -> None:
    position = choose_image(look)
    if position is None:
        return
    found = answer_to(EveryLayer(network_at(look), position), "layers")
    if found is None:
        return
    picture = validation_uri(look.validation_key, position)
    shape = "×".join(map(str, look.data.images.shape[1:]))
    image = (
        f'<div class="layer"><p><b>the image</b> · {shape}</p>'
        f'<img src="{picture}" alt="The image" style="width: 84px"></div>'
    )
    layers = "".join(map(_layer_html, found.layers))
    st.html(f'{MAPS_STYLE}<div class="maps"><div class="layers">{image}{layers}</div></div>')
    st.caption(
        plain(
            f"{weights_text(found.epoch, look.epoch)} {_COLOURS} Each layer has a scale of its "
            "own. A layer whose output is a list of numbers is drawn as a strip, a bar for each; "
            "of a convolution’s output each channel is a picture. Dropout does nothing here: it "
            "drops only in training."
        )
    )


def _layer_html(layer: LayerMaps) -> str:
    shape = "×".join(map(str, layer.shape))
    count, height, width = layer.maps.shape
    whole = layer.shape[0]
    shown = width if height == count == 1 else count
    part = f" · the first {shown} of {whole:,}" if shown < whole else ""
    name = escape(layer.name)
    if height == count == 1:
        alt = f"What {name} makes of the image: {shown} numbers"
        body = f'<img class="strip" src="{strip_uri(layer.maps)}" alt="{alt}">'
    else:
        body = sheet(layer.maps, f"What {layer.name} makes of the image: {shown} maps")
    words = f"<b>{name}</b> · {escape(layer.kind)} · {shape}{part} · up to {layer.maps.reach:.2g}"
    return f'<div class="layer"><p>{words}</p>{body}</div>'


def _draw_evidence(look: Look) -> None:
    left, right = st.columns([3, 4], vertical_alignment="bottom")
    with left:
        position = choose_image(look)
    if position is None:
        return
    with right:
        which = st.segmented_control(
            "What speaks for", [_SAID, _TRUE], default=_SAID, required=True,
            key="inspect-evidence-for", persist_state="session",
        )  # fmt: skip
    target = int(look.data.labels[position]) if which == _TRUE else None
    found = answer_to(WhatItLooksAt(network_at(look), position, target), "evidence")
    if found is None:
        return
    picture = validation_uri(look.validation_key, position)
    draw_evidence(found, look.names, picture, look.epoch)
