"""Change an image and watch: shift, turn, brighten, erase, and what two epochs say of it."""

from __future__ import annotations

from base64 import b64encode
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.analysis.image_changes import ImageChange, changed
from playground.analysis.mistakes import share_text
from playground.run.network_looks import Packed, SaidOfImages, SayOfImages
from playground.ui.inspect.asking import answer_to, network_at, weights_text
from playground.ui.inspect.look import Look, keep_within
from playground.ui.inspect.one_image import choose_image, has_images
from playground.ui.pictures import png_uri
from playground.ui.plain import plain
from playground.ui.state import Key

_MOST_CLASSES = 5
_STYLE = """<style>
.what-if { display: flex; gap: 16px; }
.what-if figure { margin: 0; flex: 0 1 170px; }
.what-if img { width: 100%; image-rendering: pixelated; border-radius: 4px; display: block; }
.what-if figcaption { font-size: 0.8rem; opacity: 0.85; margin-top: 3px; }
.what-if-table { border-collapse: collapse; width: 100%; max-width: 620px; }
.what-if-table th, .what-if-table td { padding: 4px 8px; border: 0; text-align: right; }
.what-if-table th[scope="row"] { text-align: left; font-weight: 500; padding-left: 0; }
.what-if-table th[scope="colgroup"] { text-align: center; }
.what-if-table thead th { font-size: 0.8rem; font-weight: 500; opacity: 0.85; }
.what-if-table tbody tr { border-top: 1px solid color-mix(in srgb, currentColor 14%, transparent); }
.what-if-table .most { font-weight: 700; }
.what-if-table i {
  display: block; height: 4px; margin-left: auto; background: currentColor; opacity: 0.5;
}
</style>"""


def draw_what_if(look: Look) -> None:
    """Draw the image, what can be done to it, and the probabilities at two epochs."""
    if not has_images(look):
        return
    if look.data.images.dtype != np.uint8:
        st.write("This view changes pixels. The images of this run are made of other numbers.")
        return
    left, right = st.columns([5, 6], gap="large")
    with left:
        position = choose_image(look)
        if position is None:
            return
        image = np.asarray(look.data.images[position])
        pictures = st.container()  # above what changes them
        after = changed(image, _draw_controls(*image.shape[1:]))
        with pictures:
            _draw_pair(image, after)
    with right:
        _draw_answers(look, position, image, after)


def _draw_controls(height: int, width: int) -> ImageChange:
    st.button("Undo all changes", key="inspect-if-undo", icon=":material/undo:", on_click=_undo)
    columns = st.columns(2)
    across, up = width // 2, height // 2
    with columns[0]:
        right = _slider("Shift right, pixels", "right", -across, across)
        down = _slider("Shift down, pixels", "down", -up, up)
        degrees = _slider("Turn right, degrees", "degrees", -180, 180, 5)
        brighter = _slider("Brighter, % of white", "brighter", -100, 100, 5)
    with columns[1]:
        side = _slider("Erase a square, pixels a side", "side", 0, max(width, height))
        column = _slider("Its left edge", "column", 0, width - 1, disabled=not side)
        row = _slider("Its upper edge", "row", 0, height - 1, disabled=not side)
    return ImageChange(degrees, right, down, brighter, side, column, row)


_NAMES = ("right", "down", "degrees", "brighter", "side", "column", "row")


def _key(name: str) -> Key[int]:
    return Key(f"inspect-if-{name}")


def _undo() -> None:
    for name in _NAMES:
        _key(name).set(0)


def _slider(
    label: str, name: str, least: int, most: int, step: int = 1, *, disabled: bool = False
) -> int:
    """Draw a slider that begins at 0; what it held of a larger image is brought within."""
    key = _key(name)
    key.set(min(max(key.get() or 0, least), most))
    return int(
        st.slider(
            label, least, most, step=step, key=key.name, persist_state="session", disabled=disabled
        )
    )


def _draw_pair(image: NDArray[np.uint8], after: NDArray[np.uint8]) -> None:
    is_same = np.array_equal(image, after)
    figures = "".join(
        f'<figure><img src="{png_uri(pixels)}" alt="The image {when}"><figcaption>{when}'
        "</figcaption></figure>"
        for pixels, when in ((image, "as it is"), (after, "not changed" if is_same else "changed"))
    )
    st.html(f'{_STYLE}<div class="what-if">{figures}</div>')


def _draw_answers(
    look: Look, position: int, image: NDArray[np.uint8], after: NDArray[np.uint8]
) -> None:
    others = [epoch for epoch in look.whole.epochs if epoch != look.epoch]
    earlier = look.epoch
    if others:
        keep_within(Key("inspect-if-epoch"), others)
        first = next((place for place, epoch in enumerate(others) if epoch), 0)
        earlier = st.selectbox(
            f"Beside epoch {look.epoch}", others, index=first, key="inspect-if-epoch", width=320,
            persist_state="session",
            format_func=lambda epoch: f"epoch {epoch}" if epoch else "epoch 0, untrained",
        )  # fmt: skip
    pair = np.stack([image, after])
    packed = Packed(pair.shape, b64encode(pair.tobytes()).decode("ascii"))
    found = answer_to(SayOfImages(network_at(look), earlier, packed), "what-if")
    if found is None:
        return
    truth = int(look.data.labels[position])
    for epoch, shares in zip(found.epochs, found.shares, strict=True):
        st.write(plain(said_text(epoch, shares, look.names, truth)))
    st.html(_STYLE + _table(found, look.names, truth))
    asked = zip(found.epochs, dict.fromkeys((look.epoch, earlier)), strict=True)
    st.caption(plain(" ".join(dict.fromkeys(weights_text(*each) for each in asked))))


def said_text(
    epoch: int, shares: tuple[tuple[float, ...], ...], names: tuple[str, ...], truth: int
) -> str:
    """Return what one epoch says of the image before and after the change."""
    before, after = (int(np.argmax(each)) for each in shares)
    start = f"After epoch {epoch}" if epoch else "Untrained"
    first = f"{start} it says {names[before]} with {share_text(shares[0][before])} of the image"
    if shares[0] == shares[1]:  # nothing has been changed yet
        words = f"{first}."
    elif before == after:
        words = f"{first}, and the same with {share_text(shares[1][after])} once it is changed."
    else:
        words = f"{first}, and {names[after]} with {share_text(shares[1][after])} once changed."
    if after == truth:
        return words
    return f"{words} The true class, {names[truth]}, then gets {share_text(shares[1][truth])}."


def _table(found: SaidOfImages, names: tuple[str, ...], truth: int) -> str:
    every = np.array(found.shares)  # [epochs, before and after, classes]
    likeliest = np.argsort(-every.max(axis=(0, 1)), kind="stable")[:_MOST_CLASSES].tolist()
    numbers = likeliest if truth in likeliest else [*likeliest, truth]
    epochs = "".join(
        f'<th colspan="2" scope="colgroup">{f"epoch {epoch}" if epoch else "untrained"}</th>'
        for epoch in found.epochs
    )
    kinds = '<th scope="col">as it is</th><th scope="col">changed</th>' * len(found.epochs)
    best = every.argmax(axis=2).ravel().tolist()
    rows = "".join(
        f'<tr><th scope="row">{escape(names[number])}{" (true)" * (number == truth)}</th>'
        + "".join(
            f"<td{' class=most' * (number == most)}>{share_text(share)}"
            f'<i style="width: {round(100 * share)}%"></i></td>'
            for share, most in zip(every[:, :, number].ravel().tolist(), best, strict=True)
        )
        + "</tr>"
        for number in numbers
    )
    return (
        f'<table class="what-if-table"><thead><tr><th></th>{epochs}</tr><tr><th></th>{kinds}</tr>'
        f"</thead><tbody>{rows}</tbody></table>"
    )
