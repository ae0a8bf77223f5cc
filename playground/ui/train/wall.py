"""The wall: validation images with what the network says of them, right or wrong."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from playground.analysis.wording import percent_text
from playground.experiment import Experiment
from playground.experiment.catalog import DATASETS
from playground.run.questions import PreviewImages
from playground.service import RunSnapshot, service
from playground.service.predictions import (
    WALL_FILTERS,
    Tile,
    ValidationImages,
    WallFilter,
    predicted_epochs,
    probabilities,
    validation_images,
    wall,
)
from playground.ui.pictures import validation_uri
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.state import Key
from playground.ui.styles import WALL_STYLE
from playground.ui.train.to_inspect import draw_link, hear_images

_HEIGHT = 380  # pixels: three rows, as in a wide window
_LATEST = "latest"
_PATIENCE = 3.0  # seconds for images to be made again


def draw_wall(current: Session) -> None:
    """Draw the run's wall, or before the first run the images that are going to be learned."""
    if current.snapshot:
        _draw_run(current.snapshot)
    else:
        _draw_preview(current.draft)


def _draw_run(snapshot: RunSnapshot) -> None:
    started = snapshot.started
    st.markdown("##### Predictions on validation images")
    draw_link(snapshot)
    kept = predicted_epochs(snapshot.run_id, snapshot.epochs[-1].epoch if snapshot.epochs else 0)
    show, epoch = _draw_choices(snapshot, kept)
    if started is None:
        _draw_images(snapshot.experiment, "Predictions appear here after the first epoch.")
        return
    key = started.validation_key
    data = validation_images(key) or _made_again(snapshot.experiment, key)
    predicted = probabilities(snapshot.run_id, epoch) if epoch else None
    if data is None:
        return
    tiles = wall(data, predicted, show)
    has_epochs = bool(snapshot.epochs)
    is_predicted = predicted is not None
    st.caption(_caption(tiles, show, epoch, len(data.labels), is_predicted, has_epochs))
    _draw_tiles(tiles, started.class_names, started.validation_key)
    if is_predicted:
        hear_images(snapshot.run_id, epoch)


def _made_again(experiment: Experiment, key: str) -> ValidationImages | None:
    """Have the validation images of a run made again: what nobody looked at for long may be swept.

    Returns None, having said why, while that takes long, and where the data set is gone or another.
    """
    question = PreviewImages.of(experiment, whole=True)
    answer = service().inquiries.ask(question, patience=_PATIENCE)
    if answer.refusal or (answer.result and answer.result.validation_key != key):
        st.info("The validation images of this run are no longer on disk.")
        return None
    if answer.result:
        service().inquiries.forget(question)  # they may be swept once more
    if (data := validation_images(key)) is None:
        st.info("The validation images of this run are being made again: look again in a moment.")
    return data


def _draw_choices(snapshot: RunSnapshot, kept: Sequence[int]) -> tuple[WallFilter, int]:
    """Draw which images to show, and after which of the epochs that are kept; return the choice.

    The epoch is 0 where none is kept.
    """
    filters, slider = st.columns([4, 5], vertical_alignment="center", gap="medium")
    with filters:
        show: WallFilter = st.segmented_control(
            "Show",
            WALL_FILTERS,
            default="all",
            required=True,
            key="wall-filter",
            help="All: the same images at every epoch. Mistakes: wrong answers among all "
            "validation images, the most confident first. Least sure: the smallest top "
            "probability first.",
            persist_state="session",
        )
    latest = kept[-1] if kept else 0
    if shown_epochs(snapshot) == 1:
        return show, latest
    key: Key[str] = Key(f"wall-epoch-{snapshot.run_id}")
    earlier = [str(epoch) for epoch in kept[:-1]]
    chosen = key.get() or _LATEST
    if chosen != _LATEST and chosen not in earlier and earlier:
        # The end of a long run keeps only some of its epochs: the one before is still there.
        near = max((epoch for epoch in kept if epoch <= int(chosen)), default=kept[0])
        key.set(str(near))
    with slider:
        wanted = st.select_slider(
            "Epoch",
            [*(earlier or ["1"]), _LATEST],
            _LATEST,
            key=key.name,
            disabled=not earlier,
            help="Which epoch's answers to show; at the right end always the latest. Of a run over "
            "50 epochs that is over, about 50 are kept: the first ten, the best by accuracy and by "
            "loss, the last, and others evenly between.",
        )
    return show, latest if wanted == _LATEST else int(wanted)


def shown_epochs(snapshot: RunSnapshot) -> int:
    """Return how many epochs charts and slider have room for.

    While a run goes on, those planned, so that lines grow into empty space; of one that has ended
    early, those it has done.
    """
    if snapshot.status.is_over and snapshot.epochs:
        return snapshot.epochs[-1].epoch
    return snapshot.experiment.training.epochs


def _caption(
    tiles: Sequence[Tile],
    show: WallFilter,
    epoch: int,
    images: int,
    is_predicted: bool,
    has_epochs: bool,
) -> str:
    if not is_predicted:
        if has_epochs:
            return "No predictions are kept of this epoch: choose a later one."
        return "Predictions appear here after the first epoch."
    match show:
        case "mistakes" if not tiles:
            return f"After epoch {epoch}: not one mistake among {images:,} validation images."
        case "mistakes":
            return (
                f"After epoch {epoch}: the {len(tiles)} most confident mistakes among {images:,} "
                "validation images."
            )
        case "least sure":
            return (
                f"After epoch {epoch}: the {len(tiles)} images among {images:,} that the network "
                "is least sure of."
            )
    right = sum(tile.is_right for tile in tiles)
    return (
        f"After epoch {epoch}: {right} of these {len(tiles)} are right. They are the same images "
        f"at every epoch, from {images:,} validation images."
    )


def _draw_preview(draft: Experiment) -> None:
    st.markdown("##### Validation images")
    _draw_images(
        draft,
        "These are some of the validation images: the network is asked about them after every "
        "epoch and never trains on them.",
    )


def _draw_images(experiment: Experiment, words: str) -> None:
    """Draw the wall of an experiment before there are predictions, or what is in the way."""
    question = PreviewImages.of(experiment)
    answer = service().inquiries.ask(question)
    if service().problem:
        st.caption("The images appear here once training works.")
    elif answer.refusal:
        st.info(plain(answer.refusal), icon=":material/download:")
        if DATASETS[experiment.data.dataset].needs_download:
            st.caption("Train fetches what is missing, with its progress shown above.")
    elif answer.result is None:
        st.caption(plain(answer.progress.message) if answer.progress else "Preparing the images …")
        st.skeleton(_HEIGHT)
    elif data := validation_images(answer.result.validation_key):
        st.caption(words)
        _draw_tiles(wall(data, None), answer.result.class_names, answer.result.validation_key)
    else:
        service().inquiries.forget(question)  # its files are gone: ask anew at the next look


def _draw_tiles(tiles: Sequence[Tile], class_names: Sequence[str], key: str) -> None:
    body = "".join(
        tile_html(tile, class_names, validation_uri(key, tile.position)) for tile in tiles
    )
    st.html(f'{WALL_STYLE}<div class="wall" role="list">{body}</div>')


def tile_html(tile: Tile, class_names: Sequence[str], uri: str) -> str:
    """Return one image with what the network says of it, by mark and by word, never by colour."""
    truth = escape(class_names[tile.truth])
    if not tile.top:
        text, kind, spoken = truth, "unknown", f"{truth}, no prediction yet"
        top = ""
    else:
        best, share = tile.top[0]
        said = escape(class_names[best])
        chance = percent_text(share, 0)
        kind = "right" if tile.is_right else "wrong"
        mark = "✓" if tile.is_right else "✗"
        text = f'<b>{mark}</b> {said} <span class="share">({chance})</span>'
        spoken = f"right: {said}, {chance} sure"
        if not tile.is_right:
            given = percent_text(tile.truth_share, 0)
            text = f'<b>{mark}</b> says {said} <span class="share">({chance})</span>'
            text += (
                f' <span class="truth">true: {truth} <span class="share">({given})</span></span>'
            )
            spoken = f"wrong: it says {said}, {chance}; the true class is {truth}, {given}"
        top = _top(tile, class_names)
    place = f' data-position="{tile.position}"' if tile.top else ""
    return (
        f'<div role="listitem" class="tile {kind}" tabindex="0"{place}>'
        f'<img src="{uri}" alt="Validation image {tile.index}: {spoken}">'
        f'<span class="says">{text}</span>{top}</div>'
    )


def _top(tile: Tile, class_names: Sequence[str]) -> str:
    """Return the panel of the likeliest classes that shows beside the tile in question.

    The true one is marked, and named where it is none of them.
    """
    shares = dict(tile.top) | {tile.truth: tile.truth_share}
    rows = ""
    for number, share in shares.items():
        name = escape(class_names[number])
        name = f"<b>{name} (true)</b>" if number == tile.truth else name
        bar = f'<i style="width:{share * 44:.0f}px"></i>'
        rows += f"<tr><td>{name}</td><td>{bar}{percent_text(share)}</td></tr>"
    return f'<span class="top" role="tooltip"><table>{rows}</table>image {tile.index}</span>'
