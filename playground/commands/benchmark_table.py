"""The benchmark as a person reads it, and the aims of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from playground.commands.benchmark_loops import Row
from playground.commands.benchmark_measure import Measure

# Aims on 2 cores without a GPU.
_GAINS = {"softmax_mnist": 15.0, "mlp_128_mnist": 8.0, "mlp_128_cifar10": 3.0}
_GAINS_OF_CNNS = {"float32": 1.4, "mixed": 2.0}
_EXCESS, _EXCESS_OF_CNNS = 1.15, 1.05

_NAME, _NUMBER, _RATIO = 30, 12, 17  # characters


def gain(row: Row) -> Measure:
    """Return how many times as fast as the tutorial's loop the playground's is."""
    aim = _GAINS.get(row.case.name) if row.precision == "float32" else None
    name = f"tutorial_by_playground_{row.case.name}_{row.precision}"
    return Measure(name, "tutorial ÷ playground", row.gain, "times", aim, at_least=True)


def excess(row: Row) -> Measure:
    """Return the playground's time as a multiple of the limit's."""
    aim = _EXCESS_OF_CNNS if row.case.is_convolutional else _EXCESS
    name = f"playground_by_limit_{row.case.name}_{row.precision}"
    return Measure(name, "playground ÷ limit", row.excess, "times", aim)


def medians_of_cnns(rows: Sequence[Row]) -> list[Measure]:
    """Return the median gain over the networks with convolutions, by precision."""
    found = []
    for precision, aim in _GAINS_OF_CNNS.items():
        gains = [
            row.gain for row in rows if row.case.is_convolutional and row.precision == precision
        ]
        if gains:
            label = f"tutorial ÷ playground, CNNs, {precision}"
            name = f"tutorial_by_playground_cnns_{precision}"
            note = f"median of {len(gains)} networks; the tutorial's loop is float32"
            value = median(gains)
            found.append(Measure(name, label, value, "times", aim, note, at_least=True))
    return found


def row_fields(row: Row) -> dict[str, Any]:
    """Return a row as its JSON object, with the aims that it has."""
    aims = {"tutorial_by_playground": gain(row), "playground_by_limit": excess(row)}
    return {
        **row.fields(),
        "aims": {
            name: {"aim": measure.aim, "met": measure.is_met}
            for name, measure in aims.items()
            if measure.aim is not None
        },
    }


def head() -> str:
    """Return the two lines above the rows."""
    over = f"{'':<{_NAME + 9}}{'seconds per epoch':^{3 * _NUMBER}}  {'tutorial ÷':<{_RATIO}}"
    names = "".join(f"{name:>{_NUMBER}}" for name in ("tutorial", "playground", "limit"))
    return (
        f"{over}{'playground ÷':<{_RATIO}}batches measured\n"
        f"{'experiment':<{_NAME}}{'precision':<9}{names}  {'playground':<{_RATIO}}"
        f"{'limit':<{_RATIO}}tutorial, others, epoch"
    )


def line(row: Row) -> str:
    """Return one row; where fewer batches than the epoch's were measured, seconds are scaled."""
    numbers = "".join(
        f"{seconds:>{_NUMBER}.3f}"
        for seconds in (row.tutorial_seconds, row.playground_seconds, row.limit_seconds)
    )
    ratios = "".join(
        f"{f'{measure.value:.2f} {measure.mark}':<{_RATIO}}" for measure in (gain(row), excess(row))
    )
    size = row.case.batch_size
    counts = (row.measured["tutorial"], row.measured["playground"], row.case.images[0])
    batches = ", ".join(str(-(-images // size)) for images in counts)
    return f"{row.case.label:<{_NAME}}{row.precision:<9}{numbers}  {ratios}{batches}"


def measure_line(measure: Measure) -> str:
    """Return one measure below the rows."""
    value = f"{measure.value:.3g}" if measure.value < 100 else f"{measure.value:.0f}"
    note = f"  ({measure.note})" if measure.note else ""
    return f"{measure.label:<44}{value:>7} {measure.unit:<12}{measure.mark:<10}{note}".rstrip()


def notes(rows: Sequence[Row], environment: dict[str, Any]) -> list[str]:
    """Return what a reader must know of the rows, as sentences."""
    said = []
    if any(not row.real_images for row in rows):
        said.append("Images are random ones of the true sizes where a data set is not here.")
    if any(row.tutorial_mixed_seconds is not None for row in rows):
        mixed = ", ".join(
            f"{row.case.label} {row.tutorial_mixed_seconds:.2f} s"
            for row in rows
            if row.tutorial_mixed_seconds is not None
        )
        said.append(f"The tutorial's loop with mixed precision added takes: {mixed}.")
    if rows and not environment["bfloat16"]:
        said.append("Mixed precision is left out: this device has no instructions for bfloat16.")
    for name in sorted({name for row in rows for name in row.others}):
        times = ", ".join(
            f"{row.case.label} {row.others[name]:.2f} s" for row in rows if name in row.others
        )
        said.append(f"{name} takes: {times}.")
    if any(row.measured["tutorial"] < row.case.images[0] for row in rows):
        said.append("Where fewer batches than an epoch's were measured, seconds are scaled to it.")
    if environment["device"] != "cpu" or environment["cores"] != 2:
        said.append("The aims are those of 2 cores without a GPU.")
    return said


def environment_line(environment: dict[str, Any]) -> str:
    """Return the machine in one line."""
    device = environment["device_name"] or environment["cpu"]
    return (
        f"{environment['device']} ({device}), {environment['cores']} cores, torch "
        f"{environment['torch']} with {environment['threads']} threads by default, Python "
        f"{environment['python']}, load {environment['load_before']:.1f} before and "
        f"{environment['load_after']:.1f} after"
    )
