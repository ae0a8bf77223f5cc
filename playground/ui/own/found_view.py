"""What a reading has found, before it is used: counts, samples, what was left out, and doubts."""

from __future__ import annotations

from html import escape

import streamlit as st

from playground.own.found import Found, Skipped
from playground.run.names import visible
from playground.ui.pictures import png_uri
from playground.ui.plain import plain
from playground.ui.styles import SAMPLES_STYLE

_MOST_CLASSES = 100  # drawn: a page of a hundred thousand rows would stand still
_MOST_NAMED = 5


def draw_found(found: Found) -> None:
    """Draw how many classes and images there are, and what to think of before use."""
    training, test = (sum(found.counts[role]) for role in ("train", "test"))
    channels, height, width = found.image_shape
    with st.container(key="numbers"):
        columns = st.columns(4)
    columns[0].metric("Classes", f"{len(found.class_names):,}", border=True)
    columns[1].metric("Training images", f"{training:,}", border=True)
    columns[2].metric("Test images", f"{test:,}", border=True)
    colour = "grey" if channels == 1 else "colour"
    columns[3].metric(f"Size, in {colour}", f"{width}×{height}", border=True)
    st.caption(plain(f"{_sizes(found)} {_halves(found)}"))
    for words in found.notes:
        st.caption(plain(words))
    for words in doubts(found):
        st.warning(plain(words), icon=":material/warning:")
    if found.skipped:
        draw_skipped(found.skipped)


def doubts(found: Found) -> list[str]:
    """Return what would make a network trained on this, or its accuracy, less than it seems."""
    words = []
    if len(found.class_names) < 2:
        words.append(
            "There is one class only, and a network learns to tell classes apart: bring at least "
            "two, each in a folder of its own."
        )
    counts = [sum(both) for both in zip(found.counts["train"], found.counts["test"], strict=True)]
    single = [name for name, n in zip(found.class_names, counts, strict=True) if n == 1]
    if single:
        words.append(
            f"{_classes(len(single))} one image only, which is not enough to learn from and to "
            f"measure with: {named(single)}."
        )
    if found.near_duplicates:
        pairs = [f"{test} and {train}" for test, train in found.duplicate_examples]
        examples = f" Such as {named(pairs)}." if pairs else ""
        words.append(
            f"{found.near_duplicates:,} of the test images look like one of the training images: "
            f"what the network has seen is no test of it.{examples}"
        )
    return words


def draw_skipped(skipped: tuple[Skipped, ...]) -> None:
    """Draw what was left out, and why."""
    total = sum(each.count for each in skipped)
    with st.expander(f"{total:,} {'file was' if total == 1 else 'files were'} left out"):
        for each in skipped:
            examples = f" Such as {named(each.examples)}." if each.examples else ""
            st.markdown(f"- **{each.count:,}**: {plain(each.reason + examples)}")


def named(names: list[str] | tuple[str, ...]) -> str:
    """Return the first names of a list, and how many more there are."""
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _classes(count: int) -> str:
    return "One class has" if count == 1 else f"{count:,} classes have"


def _sizes(found: Found) -> str:
    smallest, largest = ("×".join(map(str, size)) for size in _both(found))
    came = f"at {smallest}" if found.sizes.all_alike else f"from {smallest} to {largest}"
    return f"The images came {came} pixels."


def _both(found: Found) -> tuple[tuple[int, int], tuple[int, int]]:
    return found.sizes.smallest, found.sizes.largest


def _halves(found: Found) -> str:
    if found.has_own_test:
        return "The test images are those that were brought as such."
    return "The test images were drawn from each class, and are kept apart."


def draw_classes(found: Found) -> None:
    """Draw the classes, how many images of each, and ten of them."""
    rows = []
    counts = zip(found.class_names, found.counts["train"], found.counts["test"], strict=True)
    for number, (name, train, test) in enumerate(counts):
        if number == _MOST_CLASSES:
            break
        shown = escape(visible(name))
        images = "".join(
            f'<img src="{png_uri(pixels)}" alt="{shown}">' for pixels in found.samples[number]
        )
        rows.append(
            f'<tr><th scope="row">{shown}</th><td>{train:,}</td><td>{test:,}</td>'
            f'<td><span class="strip">{images}</span></td></tr>'
        )
    st.html(
        f'{SAMPLES_STYLE}<table class="samples"><thead><tr><th scope="col">Class</th>'
        '<th scope="col">Training</th><th scope="col">Test</th><th scope="col">Some of them</th>'
        f"</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )
    if (more := len(found.class_names) - _MOST_CLASSES) > 0:
        st.caption(f"And {more:,} more classes.")
