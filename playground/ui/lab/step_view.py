"""One step of training in six looks: images, logits, losses, gradient, update, and after."""

from __future__ import annotations

import streamlit as st

from playground.analysis.wording import number_text
from playground.experiment import Experiment
from playground.experiment.catalog import OPTIMIZERS
from playground.experiment.entries import OptimizerEntry
from playground.experiment.settings import OptimizerSettings
from playground.lab.microscope import CHANNEL, UNIT, MicroscopeFindings, WeightTile
from playground.ui.lab.batch_tables import after_table, image_cards, logits_table, losses_table
from playground.ui.lab.figures import digits_apart, number, short
from playground.ui.lab.panel import Panel
from playground.ui.lab.tiles import draw_tiles

PANEL = Panel("microscope")
STAGES = ("Images", "Logits", "Losses", "Gradient", "Update", "After")


def draw_stage(stage: str, found: MicroscopeFindings, experiment: Experiment) -> None:
    """Draw what the microscope has found, one of the `STAGES`."""
    match stage:
        case "Images":
            st.markdown(
                "Eight training images and their classes. The network gets their pixels "
                f"normalized, from {number(found.low)} to {number(found.high)}."
            )
            st.html(image_cards(found))
        case "Logits":
            st.markdown(
                "The network's answers, one number for each class. Bold is the largest, framed "
                "the true class: in a right answer they are the same."
            )
            st.html(logits_table(found))
        case "Losses":
            st.markdown(
                "Softmax makes probabilities of them, in %. Each image's loss is −ln of its framed "
                f"one; the batch's is their mean, **{number(found.loss, 3)}**."
            )
            st.html(losses_table(found))
        case "Gradient":
            _draw_gradient(found)
        case "Update":
            _draw_update(found, experiment)
        case _:
            _draw_after(found)


def _draw_gradient(found: MicroscopeFindings) -> None:
    tile = found.tile
    st.markdown(
        "backward() tells for every weight how much the mean loss would grow with it. Shown is one "
        f"unit of the first layer: {_tile_words(tile)}."
    )
    _choose_tile(tile)
    draw_tiles(tile.values, {"before": "Weights", "gradient": "Gradient"}, PANEL.key("tile"))
    place = f"row {tile.row + 1}, column {tile.column + 1}"
    gradient = tile.at_strongest("gradient")
    way = "lowering" if gradient > 0 else "raising"
    st.markdown(
        f"Strongest here: {place}, with a gradient of **{short(gradient)}**. {way.capitalize()} "
        "this weight makes the batch's loss fall."
        if gradient
        else "All zero: no image of this batch gets through this unit, so it learns nothing now."
    )


def _draw_update(found: MicroscopeFindings, experiment: Experiment) -> None:
    tile = found.tile
    values = tile.values
    count = f", its step {tile.steps:,}" if tile.steps else ""
    optimizer = OPTIMIZERS[experiment.optimizer.name]
    st.markdown(f"{optimizer.label}{count}: {rule_text(experiment.optimizer)}")
    _choose_tile(tile)
    states = {state.name: state.label for state in optimizer.states if state.name in values}
    first = states or {"gradient": "Gradient"}
    draw_tiles(values, {**first, "update": "Update", "after": "Weights after"}, PANEL.key("tile"))
    names = ("before", "gradient", "after")
    before, gradient, after = (short(tile.at_strongest(name)) for name in names)
    change = tile.at_strongest("update")
    st.markdown(
        f"Row {tile.row + 1}, column {tile.column + 1}: {before} {'−' if change < 0 else '+'} "
        f"{short(abs(change))} = **{after}**, with a gradient of {gradient}."
        f"{memory_words(tile, optimizer)}"
    )


def memory_words(tile: WeightTile, optimizer: OptimizerEntry) -> str:
    """Say so where former gradients have moved the weight against its present one."""
    gradient = tile.at_strongest("gradient")
    memories = (state.name for state in optimizer.states if state.remembers)
    remembered = next((name for name in memories if name in tile.values), None)
    if not remembered or gradient * tile.at_strongest("update") <= 0:
        return ""
    if gradient * tile.at_strongest(remembered) >= 0:  # then it is weight decay that has moved it
        return ""
    words = "It moves the other way than this gradient asks"
    return f" {words}: {optimizer.label} remembers former gradients."


def rule_text(settings: OptimizerSettings) -> str:
    """Return how a weight follows from its gradient and the optimizer's state."""
    optimizer = OPTIMIZERS[settings.name]
    rule = (optimizer.rule_ahead if settings.nesterov else "") or optimizer.rule
    if not settings.weight_decay or optimizer.decays_apart:
        return f"{rule}."
    return f"{rule}. First, {number_text(settings.weight_decay)} · weight is added to the gradient."


def _draw_after(found: MicroscopeFindings) -> None:
    before, after = found.loss, found.loss_after
    right = sum(
        max(range(len(row)), key=row.__getitem__) == label
        for row, label in zip(found.probabilities, found.labels, strict=True)
    )
    digits = digits_apart([(before, after)], most=8)
    # Not "after > before", which is false of what is not a number.
    glyph = "" if after == before else " ▼" if after < before else " ▲"
    st.markdown(
        f"The same eight images once more: the mean loss went from **{number(before, digits)}** to "
        f"**{number(after, digits)}**{glyph}. Before the update, {right} of 8 were right."
    )
    st.html(after_table(found))


def _choose_tile(tile: WeightTile) -> None:
    """Let a person choose the unit, and of several channels one."""
    PANEL.keep(UNIT.name, tile.unit)
    PANEL.keep(CHANNEL.name, tile.channel)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for number_of, count in ((UNIT, tile.units), (CHANNEL, tile.channels)):
            if number_of is UNIT or count > 1:
                label = f"{number_of.name.capitalize()}, 1 to {count:,}"
                keeping = PANEL.keeping(number_of.name, number_of.default)
                st.number_input(label, 1, count, width=150, **keeping)
        label, unit = f"Strongest gradient: unit {tile.strongest}", tile.strongest
        PANEL.button(label, "strongest", UNIT.name, unit, disabled=unit == tile.unit)


def _tile_words(tile: WeightTile) -> str:
    values = tile.values["gradient"]
    size = f"{len(values)}×{len(values[0])}"
    return f"its kernel of {size} weights" if tile.is_kernel else f"{size}, a weight per pixel"
