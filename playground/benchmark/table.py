"""The benchmark as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any

from playground.benchmark.measure import Measure
from playground.benchmark.row import Row
from playground.benchmark.watch import QUIET_CORES, busiest, is_quiet

_WIDTH = 100  # characters; the columns below are parts of it
_LOOPS = ("tutorial", "playground", "limit")

_LEGEND = """\
tutorial     the loop as tutorials write it: a transform for each image, a DataLoader in the main
             process, .item() after each batch
playground   this app's engine
limit        the barest loop that does the same arithmetic; its threads wait as torch has it
Seconds are those of an epoch, all training images and then validation, medians of {} rounds.
≥, ≤ is an aim: ✓ met, ✗ missed, ? not judged; without a sign no aim is set.

                                            seconds per epoch          tutorial ÷     playground ÷
experiment                precision    tutorial playground      limit  playground     limit"""
_DETAILS = """\
how it was measured        batch  threads        batches measured    rounds apart by  others
                            size  t, p, l    t, p and l, of epoch            t, p, l   cores"""


def line(found: Row | Measure, before: Sequence[Row | Measure] = ()) -> str:
    """Return a row or a measure as it is told after those `before`: the first has a heading."""
    if isinstance(found, Row):
        rounds = len(found.laps["playground"].seconds)
        return _row_line(found) if before else f"{_LEGEND.format(rounds)}\n{_row_line(found)}"
    return ("\n" if before and isinstance(before[-1], Row) else "") + _measure_line(found)


def _row_line(row: Row) -> str:
    numbers = "".join(f"{row.seconds(loop):11.3f}" for loop in _LOOPS)
    ratios = "".join(f"{f'{ratio.shown} {ratio.mark}':15}" for ratio in (row.gain, row.excess))
    return f"{row.case.label:26}{row.precision:10}{numbers}  {ratios}".rstrip()


def _measure_line(measure: Measure) -> str:
    text = f"{measure.label:42}{measure.shown:>7} {measure.unit:12}{measure.mark:10}"
    note = f"({measure.note})" if measure.note else ""
    if len(text) + len(note) <= _WIDTH:
        return f"{text}{note}".rstrip()
    return f"{text.rstrip()}\n    {note}"


def ending(found: Sequence[Row | Measure], environment: dict[str, Any]) -> str:
    """Return what stands below: how it was measured, what a reader must know, and the machine."""
    parts = (_details(found), notes(found, environment), [_machine(environment)])
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _details(found: Sequence[Row | Measure]) -> list[str]:
    """Return a small table of how each experiment was measured; loops are in the order above."""
    rows = _rows(found)
    said = [_DETAILS] if rows else []
    for row in rows:
        if row.precision == "float32":  # of the others all but the spread is the same
            size, laps = row.case.batch_size, [row.laps[loop] for loop in _LOOPS]
            counts = (laps[0].images, laps[1].images, row.case.images[0])
            threads = ", ".join(str(lap.threads) for lap in laps)
            batches = "{}, {}, of {}".format(*(-(-images // size) for images in counts))
            spread = ", ".join(f"{lap.spread:.0%}" for lap in laps)
            others = "–" if row.others_cores is None else f"{row.others_cores:.2f}"
            measured = f"{size:>6}{threads:>9}{batches:>24}{spread:>19}{others:>8}"
            said.append(f"{row.case.label:26}{measured}")
    return said


def _rows(found: Sequence[Row | Measure]) -> list[Row]:
    return [each for each in found if isinstance(each, Row)]


def notes(found: Sequence[Row | Measure], environment: dict[str, Any]) -> list[str]:
    """Return what a reader must know of the numbers, as lines; the weightiest is the last."""
    rows = _rows(found)
    unreal = dict.fromkeys(row.case.label for row in rows if not row.laps["playground"].real_images)
    most = busiest(each.others_cores for each in found)
    here = environment.get("device", "cpu"), environment.get("cores", 2)
    said = {
        f"Random images of the true sizes, the data set is not here: {', '.join(unreal)}.": unreal,
        "In the rows with mixed precision the tutorial's loop is that with float32.": any(
            row.precision == "mixed" for row in rows
        ),
        **dict.fromkeys(_others(rows), True),
        "Mixed precision is left out: this device has no instructions for bfloat16.": rows
        and not environment["bfloat16"],
        "Where fewer batches than an epoch's were measured, seconds are scaled to it.": any(
            row.laps["tutorial"].images < row.case.images[0] for row in rows
        ),
        "Quick numbers are not judged (?) where so few batches or epochs say little: measure "
        "without --quick.": not all(each.is_enough for each in found),
        "The aims are those of 2 cores without a GPU.": here != ("cpu", 2),
        "This system does not say what other processes take: see that they rest.": rows
        and busiest(row.others_cores for row in rows) is None,
        "It was stopped: this is not all that was asked for.": environment.get("stopped"),
        f"THE MACHINE WAS BUSY WITH OTHER WORK: other processes took up to {most or 0:.2f} of its "
        f"cores. Numbers taken beside more than {QUIET_CORES:g} compare little and are not judged "
        "(?): repeat them on a quiet machine.": not is_quiet(most),
    }
    told = [sentence for sentence, is_so in said.items() if is_so]
    return [text for sentence in told for text in wrap(sentence, _WIDTH, break_on_hyphens=False)]


def _others(rows: Sequence[Row]) -> Iterator[str]:
    """Yield a sentence for every loop that has no column: its times."""
    for loop in sorted({loop for row in rows for loop in row.laps}.difference(_LOOPS)):
        name = {"tutorial_mixed": "The tutorial's loop with mixed precision added"}.get(loop, loop)
        within = [row for row in rows if loop in row.laps]
        times = ", ".join(f"{row.case.label} {row.seconds(loop):.2f} s" for row in within)
        yield f"{name} takes: {times}."


def _machine(environment: dict[str, Any]) -> str:
    """Return the machine in lines; what is not known of it is left out."""
    said = f"load {environment['load_before']:.1f} before and {environment['load_after']:.1f} after"
    if "torch" in environment:
        device = environment["device_name"] or environment["cpu"]
        said = (
            f"{environment['device']} ({device}), {environment['cores']} cores, torch "
            f"{environment['torch']} with {environment['threads']} threads by default, Python "
            f"{environment['python']}, {said}"
        )
    return "\n".join(wrap(said, _WIDTH))
