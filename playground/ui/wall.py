"""The wall: validation images with what the network says of them, right or wrong."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from playground.records import StartedRecord
from playground.service import RunSnapshot, service
from playground.service.evaluation import (
    WALL_FILTERS,
    Tile,
    WallFilter,
    probabilities,
    validation_images,
    wall,
)
from playground.ui.pictures import validation_uri
from playground.ui.session import Session
from playground.ui.styles import WALL_STYLE

_HEIGHT = 430  # pixels: three rows at the usual widths, so that nothing below jumps


def draw_wall(current: Session) -> None:
    """Draw the run's wall, or before the first run the images that are going to be learned."""
    snapshot = current.snapshot
    if snapshot and snapshot.started:
        _draw_run(snapshot, snapshot.started)
    else:
        _draw_preview(current)


def _draw_run(snapshot: RunSnapshot, started: StartedRecord) -> None:
    done, planned = len(snapshot.epochs), snapshot.experiment.training.epochs
    st.markdown("##### Predictions on validation images")
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
    with slider:
        wanted = planned
        if planned > 1:
            wanted = st.slider(
                "Epoch",
                1,
                planned,
                planned,
                key=f"wall-epoch-{snapshot.run_id}",
                help="Which epoch's answers to show; at the right end always the latest.",
            )
    epoch = min(wanted, done)
    data = validation_images(started.validation_key)
    predicted = probabilities(snapshot.run_id, epoch) if epoch else None
    if data is None:
        st.info("The validation images of this run are no longer on disk.")
        return
    tiles = wall(data, predicted, show)
    st.caption(_caption(tiles, show, epoch, len(data.labels), predicted is not None))
    _draw_tiles(tiles, started.class_names, started.validation_key)


def _caption(
    tiles: Sequence[Tile], show: WallFilter, epoch: int, images: int, is_predicted: bool
) -> str:
    if not is_predicted:
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


def _draw_preview(current: Session) -> None:
    st.markdown("##### Images to learn")
    answer = service().preview(current.draft, patience=0.0)
    if answer.refusal:
        with st.container(height=_HEIGHT, border=False):
            st.info(answer.refusal, icon=":material/download:")
            st.caption("Train fetches what is missing, with its progress shown above.")
        return
    if answer.result is None:
        progress = answer.progress
        st.caption(progress.message if progress else "Preparing the images …")
        st.skeleton(_HEIGHT)
        return
    preview = answer.result
    data = validation_images(preview.validation_key)
    if data is None:
        service().forget_preview(current.draft)
        return
    tiles = wall(data, None)
    st.caption(
        f"{sum(preview.counts['train']):,} training images and {len(data.labels):,} validation "
        f"images of {len(preview.class_names)} classes. These {len(tiles)} are validation images: "
        "the network is asked about them after every epoch and never trains on them."
    )
    _draw_tiles(tiles, preview.class_names, preview.validation_key)


def _draw_tiles(tiles: Sequence[Tile], class_names: Sequence[str], key: str) -> None:
    body = "".join(_tile(tile, class_names, validation_uri(key, tile.position)) for tile in tiles)
    with st.container(height=_HEIGHT, border=False, key="wall"):
        st.html(f'{WALL_STYLE}<div class="wall" role="list">{body}</div>')


def _tile(tile: Tile, class_names: Sequence[str], uri: str) -> str:
    truth = escape(class_names[tile.truth])
    if not tile.top:
        text, kind, spoken = truth, "unknown", f"{truth}, no prediction yet"
        top = ""
    else:
        best, share = tile.top[0]
        said = escape(class_names[best])
        chance = f"{share:.0%}".replace("%", " %")
        kind = "right" if tile.is_right else "wrong"
        mark = "✓" if tile.is_right else "✗"
        claim = said if tile.is_right else f"{said}, is {truth}"
        text = f'<b>{mark}</b> {claim} · <span class="share">{chance}</span>'
        spoken = f"{'right' if tile.is_right else 'wrong'}: {claim}, {chance} sure"
        top = _top(tile, class_names)
    return (
        f'<div role="listitem" class="tile {kind}" tabindex="0">'
        f'<img src="{uri}" alt="Validation image {tile.index}: {spoken}">'
        f'<span class="says">{text}</span>{top}</div>'
    )


def _top(tile: Tile, class_names: Sequence[str]) -> str:
    """Return the panel of the likeliest classes that shows under the pointer or the focus."""
    rows = "".join(
        f'<tr><td>{escape(class_names[number])}</td><td><i style="width:{share * 44:.0f}px"></i>'
        f"{share * 100:.1f} %</td></tr>"
        for number, share in tile.top
    )
    return f'<span class="top" role="tooltip"><table>{rows}</table>image {tile.index}</span>'
