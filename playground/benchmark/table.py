"""The benchmark as a person reads it, and the aims of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from textwrap import wrap
from typing import Any

from playground.benchmark.measure import Measure
from playground.benchmark.row import Row
from playground.benchmark.watch import QUIET_CORES, busiest, is_quiet

# Aims on 2 cores without a GPU.
_GAINS = {"softmax_mnist": 15.0, "mlp_128_mnist": 8.0, "mlp_128_cifar10": 3.0}
_GAINS_OF_CNNS = {"float32": 1.4, "mixed": 2.0}
_EXCESS, _EXCESS_OF_CNNS = 1.15, 1.05
_FEWEST_NETWORKS = 3  # of fewer there is no median worth the name

_WIDTH = 100  # characters; the columns below are parts of it
_NAME, _PRECISION, _NUMBER, _RATIO = 26, 10, 11, 15
_LABEL, _VALUE, _UNIT, _MARK = 42, 7, 12, 10
_INDENT = "    "

_LEGEND = """\
tutorial     the loop as tutorials write it: a transform for each image, a DataLoader in the main
             process, .item() after each batch
playground   this app's engine
limit        the barest loop that does the same arithmetic
Seconds are those of an epoch, all training images and then validation, medians of {rounds} rounds.
≥, ≤ is an aim: ✓ met, ✗ missed, ? not judged; without a sign no aim is set."""


def gain(row: Row) -> Measure:
    """Return how many times as fast as the tutorial's loop the playground's is."""
    aim = _GAINS.get(row.case.name) if row.precision == "float32" else None
    name = f"tutorial_by_playground_{row.case.name}_{row.precision}"
    return Measure(
        name,
        "tutorial ÷ playground",
        row.gain,
        "times",
        aim,
        at_least=True,
        others_cores=row.others_cores,
        is_enough=row.is_judged,
    )


def excess(row: Row) -> Measure:
    """Return the playground's time as a multiple of the limit's."""
    return Measure(
        f"playground_by_limit_{row.case.name}_{row.precision}",
        "playground ÷ limit",
        row.excess,
        "times",
        _EXCESS_OF_CNNS if row.case.is_convolutional else _EXCESS,
        others_cores=row.others_cores,
        is_enough=row.is_judged,
    )


def medians_of_cnns(rows: Sequence[Row]) -> list[Measure]:
    """Return the median gain over the networks with convolutions, by precision, of 3 or more."""
    found = []
    for precision, aim in _GAINS_OF_CNNS.items():
        cnns = [row for row in rows if row.case.is_convolutional and row.precision == precision]
        if len(cnns) >= _FEWEST_NETWORKS:
            measure = Measure(
                f"tutorial_by_playground_cnns_{precision}",
                f"tutorial ÷ playground, CNNs, {precision}",
                median(row.gain for row in cnns),
                "times",
                aim,
                f"median of {len(cnns)} networks",
                at_least=True,
                others_cores=busiest(row.others_cores for row in cnns),
                is_enough=all(row.is_judged for row in cnns),
            )
            found.append(measure)
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


def head(rounds: int) -> str:
    """Return what stands above the rows: what the columns mean, and their names."""
    over = f"{'':<{_NAME + _PRECISION}}{'seconds per epoch':^{3 * _NUMBER}}  "
    names = "".join(f"{name:>{_NUMBER}}" for name in ("tutorial", "playground", "limit"))
    return (
        f"{_LEGEND.format(rounds=rounds)}\n\n"
        f"{over}{'tutorial ÷':<{_RATIO}}playground ÷\n"
        f"{'experiment':<{_NAME}}{'precision':<{_PRECISION}}{names}  "
        f"{'playground':<{_RATIO}}limit"
    )


def line(row: Row) -> str:
    """Return one row; where fewer batches than the epoch's were measured, seconds are scaled."""
    numbers = "".join(
        f"{seconds:>{_NUMBER}.3f}"
        for seconds in (row.tutorial_seconds, row.playground_seconds, row.limit_seconds)
    )
    ratios = "".join(
        f"{f'{measure.shown} {measure.mark}':<{_RATIO}}" for measure in (gain(row), excess(row))
    )
    return f"{row.case.label:<{_NAME}}{row.precision:<{_PRECISION}}{numbers}  {ratios}".rstrip()


def details(rows: Sequence[Row]) -> list[str]:
    """Return a small table of how each experiment was measured; loops are in the order above."""
    if not rows:
        return []
    said = [
        f"{'how it was measured':<{_NAME}}{'batch':>6}{'threads':>9}{'batches measured':>24}"
        f"{'rounds apart by':>19}{'others':>8}",
        f"{'':<{_NAME}}{'size':>6}{'t, p, l':>9}{'t, p and l, of epoch':>24}"
        f"{'t, p, l':>19}{'cores':>8}",
    ]
    for row in rows:
        if row.precision != "float32":  # all but the spread is as in the row before
            continue
        size = row.case.batch_size
        counts = (row.measured["tutorial"], row.measured["playground"], row.case.images[0])
        batches = "{}, {}, of {}".format(*(-(-images // size) for images in counts))
        loops = ("tutorial", "playground", "limit")
        threads = ", ".join(str(row.threads[loop]) for loop in loops)
        spread = ", ".join(f"{row.spread.get(loop, 0.0):.0%}" for loop in loops)
        others = "–" if row.others_cores is None else f"{row.others_cores:.2f}"
        said.append(
            f"{row.case.label:<{_NAME}}{size:>6}{threads:>9}{batches:>24}{spread:>19}{others:>8}"
        )
    return said


def measure_line(measure: Measure) -> str:
    """Return one measure below the rows, its note on a line of its own where it is long."""
    text = (
        f"{measure.label:<{_LABEL}}{measure.shown:>{_VALUE}} {measure.unit:<{_UNIT}}"
        f"{measure.mark:<{_MARK}}"
    )
    note = f"({measure.note})" if measure.note else ""
    if len(text) + len(note) <= _WIDTH:
        return f"{text}{note}".rstrip()
    return f"{text.rstrip()}\n{_INDENT}{note}"


def notes(
    rows: Sequence[Row], measures: Sequence[Measure], environment: dict[str, Any]
) -> list[str]:
    """Return what a reader must know of the numbers, as lines; the weightiest is the last."""
    said = []
    if random := _labels(row for row in rows if not row.real_images):
        said.append(f"Random images of the true sizes, the data set is not here: {random}.")
    if any(row.precision == "mixed" for row in rows):
        said.append("In the rows with mixed precision the tutorial's loop is that with float32.")
    if mixed := _times((row, row.tutorial_mixed_seconds) for row in rows):
        said.append(f"The tutorial's loop with mixed precision added takes: {mixed}.")
    if rows and not environment["bfloat16"]:
        said.append("Mixed precision is left out: this device has no instructions for bfloat16.")
    for name in sorted({name for row in rows for name in row.others}):
        times = _times((row, row.others.get(name)) for row in rows)
        said.append(f"{name} takes: {times}.")
    if any(row.measured["tutorial"] < row.case.images[0] for row in rows):
        said.append("Where fewer batches than an epoch's were measured, seconds are scaled to it.")
    if any(not measure.is_enough for measure in [*map(gain, rows), *measures]):
        said.append(
            "Quick numbers are not judged (?) where so few batches or epochs say little: measure "
            "without --quick."
        )
    if environment.get("device", "cpu") != "cpu" or environment.get("cores", 2) != 2:
        said.append("The aims are those of 2 cores without a GPU.")
    if rows and busiest(row.others_cores for row in rows) is None:
        said.append("This system does not say what other processes take: see that they rest.")
    if environment.get("stopped"):
        said.append("It was stopped: this is not all that was asked for.")
    said += _busy(rows, measures)
    return [text for sentence in said for text in wrap(sentence, _WIDTH, break_on_hyphens=False)]


def _busy(rows: Sequence[Row], measures: Sequence[Measure]) -> list[str]:
    most = busiest([row.others_cores for row in rows] + [each.others_cores for each in measures])
    if most is None or is_quiet(most):
        return []
    return [
        f"THE MACHINE WAS BUSY WITH OTHER WORK: other processes took up to {most:.2f} of its "
        f"cores. Numbers taken beside more than {QUIET_CORES:g} compare little and are not judged "
        "(?): repeat them on a quiet machine."
    ]


def _labels(rows: Iterable[Row]) -> str:
    return ", ".join(dict.fromkeys(row.case.label for row in rows))


def _times(found: Iterable[tuple[Row, float | None]]) -> str:
    return ", ".join(
        f"{row.case.label} {seconds:.2f} s" for row, seconds in found if seconds is not None
    )


def environment_line(environment: dict[str, Any]) -> str:
    """Return the machine in lines; what is not known of it is left out."""
    load = f"load {environment['load_before']:.1f} before and {environment['load_after']:.1f} after"
    if "torch" not in environment:
        return load
    device = environment["device_name"] or environment["cpu"]
    return "\n".join(
        wrap(
            f"{environment['device']} ({device}), {environment['cores']} cores, torch "
            f"{environment['torch']} with {environment['threads']} threads by default, Python "
            f"{environment['python']}, {load}",
            _WIDTH,
        )
    )
