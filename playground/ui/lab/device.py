"""Devices on the page: the same training on each one, timed."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from playground.charts.lab.bars import parts_chart
from playground.frames.lab_runs import parts_frame
from playground.lab.batch_orders import BATCH_SIZE, BATCH_SIZES
from playground.lab.device import MEASUREMENT, NETWORKS, PARTS, DeviceQuestion, DeviceTime
from playground.ui.lab.figures import STYLE, number, table
from playground.ui.lab.findings import draw_code, findings
from playground.ui.lab.panel import Panel, draw_try
from playground.ui.session import Session

_PANEL = Panel("device")
_DEFAULT_SIZE = 64
_BOX, _ROW = 186, 77  # pixels of what is always there, and of a device: its bar, its line
_ALT = (
    "Bars: milliseconds per batch on each device, divided into fetching the batch, forward, "
    "backward and update."
)
_CLEAR = 1.15  # what is closer may be chance


def draw_device(current: Session) -> None:
    """Draw the piece."""
    columns = st.columns([1.5, 1.2, 1], gap="medium", vertical_alignment="bottom")
    with columns[0]:
        network = _PANEL.choose(NETWORKS, "Network, digits of 28×28 pixels")
    with columns[1]:
        label = "Batch size in images"
        batch_size = _PANEL.choose_of(BATCH_SIZE, label, BATCH_SIZES, default=_DEFAULT_SIZE)
    with columns[2]:
        shape = {"icon": ":material/timer:", "type": "primary"}
        measurement = _PANEL.count_button(MEASUREMENT, "Measure again", "again", **shape)
    devices = _PANEL.kept("devices", 2)
    with st.container(height=_BOX + _ROW * devices, border=False, key="lab-box-device"):
        found = findings(DeviceQuestion(network, batch_size, measurement))
        if found is None:
            return
        _PANEL.chart(parts_frame(found.devices), parts_chart, _ALT)
        st.html(STYLE + _table(found.devices))
        st.markdown(_words(found.devices))
    if len(found.devices) != devices:
        _PANEL.keep("devices", len(found.devices))
        st.rerun()
    sizes = ", ".join(map(str, found.hidden_sizes))
    st.caption(
        f"{NETWORKS.labels[network]} with hidden sizes {sizes}: {found.parameters:,} "
        f"parameters. Each row is the median of {found.rounds} rounds; other programs and the "
        "runs of others slow it down. The loss after three steps shows that all of them compute "
        "the same."
    )
    draw_try(
        "batch size 1, then 512: a step costs about as much to start as to compute while it is "
        "small, so large batches give far more images per second. A second thread, or a GPU, pays "
        "off only when there is enough to compute: try the large CNN."
    )
    draw_code(found.code)


def _table(devices: Sequence[DeviceTime]) -> str:
    rows = []
    for device in devices:
        total = sum(device.milliseconds.values())
        rows.append(
            [
                device.label,
                number(device.images_per_second, 0),
                f"{number(device.slowest, 0)} – {number(device.fastest, 0)}",
                *(f"{100 * device.milliseconds[part] / total:.0f} %" for part in PARTS),
                number(device.loss, 4),
            ]
        )
    head = ("Device", "Images per second", "Slowest – fastest", *PARTS.values(), "Loss")
    return table(head, rows, "Images per second and the shares of the parts, for each device")


def _words(devices: Sequence[DeviceTime]) -> str:
    """Return which device is the fastest, and where its time goes."""
    fastest = max(devices, key=lambda device: device.images_per_second)
    milliseconds = fastest.milliseconds
    part = max(milliseconds, key=milliseconds.__getitem__)
    share = 100 * milliseconds[part] / sum(milliseconds.values())
    others = [device for device in devices if device is not fastest]
    times = ""
    if others:
        second = max(others, key=lambda device: device.images_per_second)
        ratio = fastest.images_per_second / second.images_per_second
        how = f"{ratio:.1f} times" if ratio >= _CLEAR else "about"
        times = f", {how} as fast as {second.label}"
    return (
        f"Fastest here: **{fastest.label}**{times}. The largest part of its "
        f"time goes to **{PARTS[part]}** ({share:.0f} %)."
    )
