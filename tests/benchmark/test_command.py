from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from argparse import Namespace
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest
from processes import finish, start_process, wait_until

from playground.__main__ import main
from playground.benchmark import loops as benchmark_loops
from playground.benchmark import page as benchmark_page
from playground.benchmark import watch as benchmark_watch
from playground.benchmark.cases import CASES
from playground.benchmark.loops import LoopProcess, Loops, Plan
from playground.benchmark.measure import Measure
from playground.benchmark.page import PagePlan
from playground.benchmark.row import Row
from playground.benchmark.server import serving, write_random_mnist
from playground.benchmark.signals import orderly_end
from playground.benchmark.tab import AT_REST_SECONDS, Tab
from playground.benchmark.table import (
    details,
    head,
    line,
    measure_line,
    medians_of_cnns,
    notes,
    row_fields,
)
from playground.benchmark.watch import QUIET_CORES, Watch, all_seconds, own_seconds
from playground.engine.images.data import drain
from playground.engine.images.sources.loading import load_dataset
from playground.errors import PlaygroundError
from playground.experiment import catalog

ENVIRONMENT = {
    "python": "3.11",
    "torch": "2",
    "device": "cpu",
    "device_name": "",
    "cpu": "a CPU",
    "cores": 2,
    "threads": 2,
    "bfloat16": True,
    "others": [],
}
PACE = {"tutorial": 1e-4, "playground": 1e-5, "limit": 8e-6}  # seconds per training image
SHORT = Plan(rounds=3, seconds=0.5, fewest_batches=4, warm_up=True, tutorial_mixed=True)


class Paced:
    """A process whose loops take what `PACE` says, and half of it with mixed precision."""

    asked: list[dict[str, Any]] = []  # noqa: RUF012

    def __init__(self, *, waits_idly: bool) -> None:
        self.is_app = waits_idly

    def __enter__(self) -> Paced:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        if "environment" in request:
            return dict(ENVIRONMENT)
        assert self.is_app == (request["loop"] in ("playground", "limit"))
        if request["loop"] not in PACE:
            raise PlaygroundError("no layer")
        self.asked.append(dict(request))
        factor = 0.5 if request["precision"] == "mixed" else 1.0
        seconds = PACE[request["loop"]] * request["images"] * factor
        turn = sum(each == request for each in self.asked)
        disturbed = 10 if turn in (1, 3) else 1  # the first time, and once in between
        threads = 2 if not self.is_app else 1
        return {"seconds": seconds * disturbed, "threads": threads, "real_images": False}


class Machine:
    """A machine on which every reading is 10 s after the one before: ours take 1.5 cores."""

    def __init__(self) -> None:
        self.others_cores = 0.0
        self._seconds = [0.0, 0.0, 0.0]

    def reading(self) -> tuple[float, float, float]:
        steps = (10.0, 15.0 + 10 * self.others_cores, 15.0)
        self._seconds = [sum(pair) for pair in zip(self._seconds, steps, strict=True)]
        at, everything, own = self._seconds
        return at, everything, own


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(benchmark_watch, "_reading", machine.reading)
    return machine


@pytest.fixture(autouse=True)
def paced(monkeypatch: pytest.MonkeyPatch) -> type[Paced]:
    monkeypatch.setattr(benchmark_loops, "LoopProcess", Paced)  # imported above: the real one
    monkeypatch.setattr(Paced, "asked", [])
    return Paced


def rows_of(name: str, plan: Plan = SHORT) -> list[Row]:
    with Loops("cpu", lambda text: None) as loops:
        return list(loops.rows(CASES[name], plan, ["float32", "mixed"]))


def row(
    name: str = "mlp_128_mnist",
    precision: str = "float32",
    others_cores: float | None = 0.0,
    is_judged: bool = True,
    **seconds: float,
) -> Row:
    times = {"tutorial": 8.0, "playground": 1.0, "limit": 0.9} | seconds
    parts = dict.fromkeys(times, 60_000)
    return Row(
        CASES[name],
        precision,
        times["tutorial"],
        times["playground"],
        times["limit"],
        None,
        parts,
        3,
        parts,
        real_images=True,
        others_cores=others_cores,
        is_judged=is_judged,
    )


def test_a_round_takes_about_the_planned_time_and_never_more_than_an_epoch() -> None:
    first, second = rows_of("mlp_128_mnist")
    # 0.5 s at 1e-4 s an image are 5,000 images, 20 batches; a whole epoch takes 0.6 s.
    assert first.measured == {"tutorial": 5120, "playground": 60_000, "limit": 60_000}
    assert second.measured == first.measured


def test_seconds_are_medians_of_the_rounds_scaled_to_a_whole_epoch() -> None:
    first, second = rows_of("mlp_128_mnist")
    assert first.tutorial_seconds == pytest.approx(6.0)
    assert first.playground_seconds == pytest.approx(0.6)
    assert first.limit_seconds == pytest.approx(0.48)
    assert second.playground_seconds == pytest.approx(0.3)
    assert first.gain == pytest.approx(10)
    assert first.excess == pytest.approx(1.25)


def test_the_tutorial_of_a_mixed_row_is_float32_and_the_mixed_one_stands_beside_it() -> None:
    first, second = rows_of("mlp_128_mnist")
    assert second.tutorial_seconds == first.tutorial_seconds
    assert first.tutorial_mixed_seconds is None
    assert second.tutorial_mixed_seconds == pytest.approx(3.0)
    assert "tutorial_mixed_seconds" not in row_fields(first)
    quick = Plan(rounds=2, seconds=0.5, fewest_batches=4, warm_up=False, tutorial_mixed=False)
    assert rows_of("mlp_128_mnist", quick)[1].tutorial_mixed_seconds is None


def test_loops_take_turns_and_another_one_begins_each_round(paced: type[Paced]) -> None:
    rows_of("mlp_128_mnist")
    laps = [(each["loop"], each["precision"]) for each in paced.asked[4:]]  # after the pace
    rounds = [laps[start : start + 6] for start in range(0, len(laps), 6)]
    assert len(rounds) == 4  # and one that does not count
    assert all(len(set(each)) == 6 for each in rounds)
    assert len({each[0] for each in rounds}) == 4


def test_other_libraries_stand_beside_a_float32_row_and_one_that_fails_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(PACE, "skorch", 2e-5)
    monkeypatch.setitem(ENVIRONMENT, "others", ["skorch", "keras"])
    assert main(["benchmark", "--quick", "--json", "--only", "mlp_128_mnist"]) == 0
    shown = capsys.readouterr()
    first, second, _ = map(json.loads, shown.out.splitlines())
    assert first["skorch_seconds"] == pytest.approx(2 * first["playground_seconds"])
    assert "skorch_seconds" not in second
    assert "keras_seconds" not in first
    assert "keras is left out, it cannot train MLP 128, MNIST: no layer" in shown.err


def test_a_network_that_is_slow_is_measured_on_a_few_batches() -> None:
    plan = Plan(rounds=2, seconds=0.0, fewest_batches=4, warm_up=False, tutorial_mixed=False)
    [first, _] = rows_of("cnn_6_3_cifar10", plan)
    assert set(first.measured.values()) == {4 * CASES["cnn_6_3_cifar10"].batch_size}
    assert first.tutorial_seconds > 1


@pytest.mark.parametrize(
    ("name", "precision", "seconds", "met"),
    [
        ("softmax_mnist", "float32", {"tutorial": 14.9}, (False, True)),
        ("softmax_mnist", "float32", {"tutorial": 15.0}, (True, True)),
        ("mlp_128_mnist", "float32", {"tutorial": 8.0, "limit": 0.8}, (True, False)),
        ("mlp_128_cifar10", "float32", {"tutorial": 2.9}, (False, True)),
        ("mlp_128_mnist", "mixed", {"tutorial": 1.0}, (None, True)),
        ("cnn_6_3_cifar10", "float32", {"limit": 0.94}, (None, False)),
        ("cnn_6_3_cifar10", "float32", {"limit": 0.96}, (None, True)),
        # It is the number that is shown which is judged: 1.054 is shown as 1.05.
        ("cnn_6_3_cifar10", "float32", {"playground": 1.054, "limit": 1.0}, (None, True)),
        ("cnn_6_3_cifar10", "float32", {"playground": 1.056, "limit": 1.0}, (None, False)),
    ],
)
def test_a_row_knows_its_aims(
    name: str, precision: str, seconds: dict[str, float], met: tuple[bool | None, bool]
) -> None:
    aims = row_fields(row(name, precision, **seconds))["aims"]
    found = [
        aims.get(key, {}).get("met") for key in ("tutorial_by_playground", "playground_by_limit")
    ]
    assert found == list(met)
    text = line(row(name, precision, **seconds))
    assert text.count("✗") == found.count(False)
    assert text.count("✓") == found.count(True)


def test_the_gain_of_the_cnns_is_their_median() -> None:
    names = [name for name, case in CASES.items() if case.is_convolutional]
    rows = [
        row(name, tutorial=gain) for name, gain in zip(names, (1.0, 1.5, 1.7, 9.0), strict=True)
    ]
    rows += [row("softmax_mnist", tutorial=100)]
    rows += [row(name, "mixed", tutorial=1.9) for name in names[:3]]
    plain, mixed = medians_of_cnns(rows)
    assert (plain.value, plain.is_met) == (pytest.approx(1.6), True)
    assert (mixed.value, mixed.is_met) == (pytest.approx(1.9), False)
    assert medians_of_cnns([row("softmax_mnist")]) == []
    assert medians_of_cnns(rows[:2]) == []
    rows[1].others_cores = 1.0
    assert [measure.is_met for measure in medians_of_cnns(rows)] == [None, False]


def test_rows_stand_below_their_heading() -> None:
    heading = head(6).splitlines()[-1]
    texts = [line(row(name, precision)) for name in CASES for precision in ("float32", "mixed")]
    for text in texts:
        assert text.index("8.000") + 5 == heading.index("tutorial") + len("tutorial")
        assert (text + " ").index(" 8.00 ") + 1 == heading.rindex("playground")


def test_a_reader_without_knowledge_is_told_what_the_columns_are() -> None:
    told = head(6)
    for words in ("DataLoader", ".item()", "this app's engine", "barest loop", "medians of 6"):
        assert words in told
    assert "? not judged" in told


def test_how_an_experiment_was_measured_stands_below_it() -> None:
    [first, second] = rows_of("mlp_128_mnist")
    *_, text = details([first, second])
    assert text.split() == [
        *("MLP", "128,", "MNIST"),
        "256",
        *("2,", "1,", "1"),
        *("20,", "235,", "of", "235"),
        *("900%,", "900%,", "900%"),  # one of three rounds took ten times as long
        "0.00",
    ]


def test_everything_fits_a_hundred_columns() -> None:
    rows = [
        row(name, precision, 1.5, tutorial=114.371, playground=1.0541)
        for name in CASES
        for precision in ("float32", "mixed")
    ]
    for each in rows:
        each.real_images = False
        each.tutorial_mixed_seconds = 5.0
        each.others = {"skorch": 3.0}
        each.threads = dict.fromkeys(each.threads, 64)
        each.spread = dict.fromkeys(("tutorial", "playground", "limit"), 0.15)
    measures = [
        *medians_of_cnns(rows),
        Measure("paint", "first paint", 1.0, "s", 2.0, "a note " + "that is long " * 6),
        Measure("cpu", "CPU of one page, training", 1.0, "% of a core", 5.0, "a note of 20 s"),
    ]
    texts = [head(6), *map(line, rows), *details(rows), *map(measure_line, measures)]
    texts += notes(rows, measures, {**ENVIRONMENT, "cores": 8, "bfloat16": False})
    long = [text for each in texts for text in each.splitlines() if len(text) > 100]
    assert long == []


def test_a_reader_is_told_what_the_numbers_are_not() -> None:
    assert notes([row()], [], ENVIRONMENT) == []
    scaled = row()
    scaled.measured = {**scaled.measured, "tutorial": 512}
    scaled.real_images = False
    rows = [scaled, row("softmax_mnist", "mixed", is_judged=False)]
    told = " ".join(notes(rows, [], {**ENVIRONMENT, "cores": 8, "bfloat16": False}))
    for words in (
        "not here: MLP 128, MNIST.",
        "scaled",
        "bfloat16",
        "2 cores without a GPU",
        "tutorial's loop is that with float32",
        "without --quick",
    ):
        assert words in told
    assert "does not say" in " ".join(notes([row(others_cores=None)], [], ENVIRONMENT))


def test_beside_other_work_nothing_is_judged_and_the_table_says_so_loudly() -> None:
    quiet, busy = row(others_cores=QUIET_CORES), row(others_cores=QUIET_CORES + 0.01)
    assert [aim["met"] for aim in row_fields(quiet)["aims"].values()] == [True, True]
    assert [aim["met"] for aim in row_fields(busy)["aims"].values()] == [None, None]
    assert row_fields(busy)["others_cores"] == busy.others_cores
    assert (line(quiet).count("✓"), line(quiet).count("?")) == (2, 0)
    assert (line(busy).count("✓"), line(busy).count("?")) == (0, 2)
    assert notes([quiet], [], ENVIRONMENT) == []
    page = Measure("click", "a click", 9.0, "s", 1.0, others_cores=1.0)
    assert (page.mark, page.fields()["met"]) == ("? ≤ 1", None)
    for told in (notes([busy], [], ENVIRONMENT), notes([quiet], [page], ENVIRONMENT)):
        assert told[0].startswith("THE MACHINE WAS BUSY WITH OTHER WORK")
        assert "quiet machine" in " ".join(told)


def test_the_rows_of_a_busy_machine_know_what_others_took(machine: Machine) -> None:
    machine.others_cores = 0.7
    rows = rows_of("mlp_128_mnist")
    assert [each.others_cores for each in rows] == [pytest.approx(0.7)] * 2


def test_the_spread_of_a_loop_is_that_of_its_rounds(paced: type[Paced]) -> None:
    first, second = rows_of("mlp_128_mnist")
    # Of the three rounds that count, one took ten times as long: (10 - 1) / 1.
    assert first.spread == pytest.approx(dict.fromkeys(("tutorial", "playground", "limit"), 9))
    assert set(second.fields()["spread"]) == {"tutorial", "playground", "limit"}


def test_a_watch_subtracts_our_own_work_and_is_never_negative(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    readings = iter(
        [(0.0, 100.0, 50.0), (10.0, 118.0, 61.0), (20.0, 119.0, 62.0), (30.0, 100.0, 63.0)]
    )
    monkeypatch.setattr(benchmark_watch, "_reading", lambda: next(readings))
    watch = Watch()
    assert watch.others_cores() == pytest.approx(0.7)
    assert watch.others_cores() == pytest.approx(0.35)
    assert watch.others_cores() is None  # a system whose clock of the cores stands still


def test_the_work_of_all_is_that_of_the_cores_we_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    core = Namespace(user=1.0, nice=2.0, system=4.0, idle=1000.0, iowait=1000.0, steal=8.0)
    monkeypatch.setattr(psutil, "cpu_times", lambda percpu: [core, core, core])
    monkeypatch.setattr(benchmark_watch, "_allowed_cores", lambda: [0, 2])
    assert all_seconds() == 30
    for unknown in ([], [64]):
        monkeypatch.setattr(benchmark_watch, "_allowed_cores", lambda found=unknown: found)
        assert all_seconds() == 45


def test_our_own_work_counts_children_that_run_and_those_that_have_ended() -> None:
    work = "import time\nwhile time.process_time() < 0.3: pass\n"
    before = own_seconds()
    process = subprocess.Popen(
        [sys.executable, "-c", f"{work}print(flush=True)\ninput()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        running = own_seconds() - before
        process.communicate(b"\n")
    assert running > 0.25
    assert own_seconds() - before >= running - 0.02  # the clock's ticks are 0.01 s


@pytest.mark.parametrize(
    ("value", "at_least", "mark"),
    [(1.2, False, "✓ ≤ 1.3"), (1.4, False, "✗ ≤ 1.3"), (1.4, True, "✓ ≥ 1.3")],
)
def test_a_measure_says_whether_its_aim_is_met(value: float, at_least: bool, mark: str) -> None:
    measure = Measure("cost", "the cost", value, "times", 1.3, at_least=at_least)
    assert measure.mark == mark
    assert measure.fields()["met"] == mark.startswith("✓")
    assert "aim" not in Measure("plain", "plain", 1.0, "s").fields()


def no_page(plan: PagePlan, tell: Callable[[str], None]) -> Generator[Measure, None, None]:
    tell("page")
    yield Measure("first_paint", "first paint", 1.0, "s", 2.0)


def test_json_has_a_row_per_case_and_precision_and_the_environment_last(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benchmark_page, "page_measures", no_page)
    assert main(["benchmark", "--quick", "--json"]) == 0
    shown = capsys.readouterr()
    *measured, last = map(json.loads, shown.out.splitlines())
    assert list(last) == ["environment"]
    assert last["environment"]["torch"] == "2"
    assert "load_before" in last["environment"]
    assert last["environment"]["stopped"] is False
    rows = [each for each in measured if "experiment" in each]
    assert [(each["experiment"], each["precision"]) for each in rows] == [
        (name, precision) for name in CASES for precision in ("float32", "mixed")
    ]
    for each in rows:
        assert each["images"] == CASES[each["experiment"]].images[0]
        for key in ("tutorial_seconds", "playground_seconds", "limit_seconds"):
            assert each[key] > 0
    assert [each["measure"] for each in measured if "measure" in each] == [
        "tutorial_by_playground_cnns_float32",
        "tutorial_by_playground_cnns_mixed",
        "first_paint",
    ]
    assert "MLP 128, MNIST: round 3 of 3" in shown.err


def test_a_table_has_the_rows_the_measures_and_the_machine(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benchmark_page, "page_measures", no_page)
    parts = ["--only", "mlp_128_mnist", "--only", "page"]
    assert main(["benchmark", *parts]) == 0
    out = capsys.readouterr().out
    assert out.count("\nMLP 128, MNIST") == 3  # and once how it was measured
    assert "10.00 ✓ ≥ 8" in out
    assert "1.25 ✗ ≤ 1.15" in out
    assert "first paint" in out
    assert out.splitlines()[-1].startswith("cpu (a CPU), 2 cores, torch 2 with 2 threads")


def test_quick_loops_are_not_judged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benchmark_page, "page_measures", no_page)
    assert main(["benchmark", "--quick", "--json"]) == 0
    *measured, _ = map(json.loads, capsys.readouterr().out.splitlines())
    met = {aim["met"] for each in measured for aim in each.get("aims", {}).values()}
    assert met == {None}
    assert [each["met"] for each in measured if "measure" in each] == [None, None, True]
    assert main(["benchmark", "--quick"]) == 0
    out = capsys.readouterr().out
    assert "first paint" in out
    assert [out.count(mark) for mark in ("✓ ≤", "✓ ≥", "✗ ≤", "✗ ≥")] == [1, 0, 0, 0]
    assert "Quick numbers are not judged" in out


def test_what_is_interrupted_says_so_and_exits_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = []

    def interrupted(plan: PagePlan, tell: Callable[[str], None]) -> Generator[Measure, None, None]:
        try:
            yield Measure("first_paint", "first paint", 1.0, "s", 2.0)
            raise KeyboardInterrupt
        finally:
            closed.append(plan)

    monkeypatch.setattr(benchmark_page, "page_measures", interrupted)
    assert main(["benchmark", "--json", "--only", "page"]) == 130
    shown = capsys.readouterr()
    measure, last = map(json.loads, shown.out.splitlines())
    assert measure["measure"] == "first_paint"
    assert last["environment"]["stopped"] is True
    assert last["environment"]["torch"] == "2"
    assert shown.err.endswith("Stopped.\n")
    assert len(closed) == 1


def test_before_the_machine_is_known_it_can_be_stopped_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ask(self: Paced, request: Mapping[str, Any]) -> dict[str, Any]:
        raise KeyboardInterrupt

    monkeypatch.setattr(Paced, "ask", ask)
    assert main(["benchmark", "--json"]) == 130
    assert json.loads(capsys.readouterr().out)["environment"]["stopped"] is True
    assert main(["benchmark"]) == 130
    stopped, _, load = capsys.readouterr().out.strip().splitlines()
    assert stopped.startswith("It was stopped")
    assert load.startswith("load ")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_every_block_and_is_as_before_afterwards(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    left = []
    with pytest.raises(SystemExit) as ended, orderly_end():
        try:
            signal.raise_signal(number)
        finally:
            signal.raise_signal(number)  # a second one does not cut the cleaning short
            left.append(number)
    assert ended.value.code == 128 + number
    assert left == [number]
    assert signal.getsignal(number) is before


def test_a_signal_that_the_parent_ignores_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with orderly_end():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_outside_the_main_thread_signals_are_left_alone() -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def look() -> None:
        with orderly_end():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [before]


def test_a_process_of_loops_is_deaf_to_ctrl_c_from_its_start() -> None:
    before = signal.getsignal(signal.SIGINT)
    with LoopProcess(waits_idly=True) as loops:
        for _ in range(10):  # while it starts
            os.kill(loops._process.pid, signal.SIGINT)
        assert loops.ask({"environment": "cpu"})["device"] == "cpu"
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
def test_a_benchmark_that_is_ended_leaves_no_process_and_no_folder(
    number: signal.Signals, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    arguments = ("benchmark", "--quick", "--json", "--only", "page")
    process = start_process("-m", "playground", *arguments)
    family = psutil.Process(process.pid)
    wait_until(lambda: [*tmp_path.glob("playground-benchmark-*/home")], "the app's home")
    wait_until(lambda: len(family.children(recursive=True)) > 1, "the server and its worker")
    started = family.children(recursive=True)
    process.send_signal(number)
    ended, output, errors = finish(process)
    assert ended == status
    assert json.loads(output.splitlines()[-1])["environment"]["stopped"] is True
    assert "Traceback" not in errors
    _, staying = psutil.wait_procs(started, timeout=0)
    assert staying == []
    assert [*tmp_path.glob("playground-benchmark-*")] == []


def test_without_bfloat16_there_is_no_mixed_row(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(ENVIRONMENT, "bfloat16", False)
    assert main(["benchmark", "--quick", "--only", "softmax_mnist"]) == 0
    out = capsys.readouterr().out
    assert "mixed" not in out
    assert "no instructions for bfloat16" in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--only", "mlp"], 'Unknown part of the benchmark "mlp": choose one of softmax_mnist,'),
        (["--device", "gpu"], 'Device "gpu" is unknown: write auto, cpu, mps, or cuda:0.'),
    ],
)
def test_an_option_that_cannot_be_exits_2_with_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert main(["benchmark", *arguments]) == 2
    shown = capsys.readouterr()
    assert sentence in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""


def test_complaints_come_without_loading_pytorch() -> None:
    code = (
        "import sys; from playground.__main__ import main\n"
        "assert main(['benchmark', '--only', 'x']) == 2\n"
        "assert not {'torch', 'streamlit'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_random_images_are_read_as_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_random_mnist(tmp_path)
    monkeypatch.setenv("PLAYGROUND_DATASETS", str(tmp_path))
    source = drain(load_dataset("mnist", download=False))
    entry = catalog.DATASETS["mnist"]
    assert (len(source.train), len(source.test)) == (entry.training_images, entry.test_images)
    assert source.train.images[:100].float().std() > 60
    assert source.test.labels.unique().tolist() == list(range(10))


def test_a_page_without_the_button_is_a_sentence() -> None:
    with pytest.raises(PlaygroundError, match="The page has no button train to press"):
        Tab("http://127.0.0.1:9").click("train")


@pytest.mark.slow
def test_a_page_is_measured_from_its_start_to_the_end_of_a_run(tmp_path: Path) -> None:
    plan = PagePlan(starts=1, clicks=2, seconds=0.2, live_rounds=0, live_epochs=0)
    with serving(tmp_path / "home") as app:
        assert app.ready_seconds > 0
        with Tab(app.address, {"training.epochs": "3"}) as tab:
            assert 0 < tab.first_paint < 60
            benchmark_page._come_to_rest(tab)
            click = benchmark_page._click(tab, plan.clicks)
            assert 0 < click.value < 60
            assert tab.progress.startswith("Finished 3 epochs")
            assert tab.number("Validation accuracy").endswith("%")
            document = benchmark_page._document(app.home / "runs" / tab.run_id / "run.json")
            assert len(document["epochs"]) == 3
            measures = [*benchmark_page._memory(app, tab)]
            measures.append(benchmark_page._cpu("cpu", "a page", app, tab, plan.seconds, 1.0))
    memory = {measure.name: measure.value for measure in measures}
    assert 50 < memory["server_memory"] < memory["worker_memory"] < 3000
    assert 0 <= memory["cpu"] <= 200


def test_the_first_epoch_of_a_run_is_not_the_last_of_the_one_before() -> None:
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    tab = Tab("http://127.0.0.1:9")
    number = ForwardMsg()
    number.delta.new_element.metric.label = "Validation accuracy"
    number.delta.new_element.metric.body = "97.0 %"
    number.metadata.delta_path.extend([0, 1])
    tab._opened = 0.0
    tab._take(number)
    assert tab.number("Validation accuracy") == "97.0 %"
    moved = ForwardMsg()
    moved.page_info_changed.query_string = "run=abc"
    tab._take(moved)
    assert (tab.run_id, tab.number("Validation accuracy")) == ("abc", "")


def test_a_page_at_rest_looks_as_seldom_as_the_app_says() -> None:
    from playground.ui.train.live import IDLE_SECONDS, POLL_SECONDS

    assert POLL_SECONDS < AT_REST_SECONDS <= IDLE_SECONDS


def test_options_reach_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    from playground.benchmark import command as benchmark

    seen: list[Namespace] = []
    monkeypatch.setattr(benchmark, "main", lambda options: seen.append(options) or 0)
    assert main(["benchmark", "--device", "cpu"]) == 0
    [options] = seen
    assert (options.device, options.quick, options.json, options.only) == ("cpu", False, False, [])
