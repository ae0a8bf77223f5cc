from __future__ import annotations

import json
import signal
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest

from playground.__main__ import main
from playground.benchmark import command as benchmark
from playground.benchmark import page as benchmark_page
from playground.benchmark import watch as benchmark_watch
from playground.benchmark.cases import CASES
from playground.benchmark.command import orderly_end
from playground.benchmark.contest import Contest
from playground.benchmark.measure import Measure
from playground.benchmark.plan import QUICK, Plan
from playground.benchmark.processes import WAITING
from playground.benchmark.row import Lap, Row, medians_of_cnns
from playground.benchmark.table import ending, line, notes
from playground.benchmark.watch import QUIET_CORES, Watch, all_seconds, own_seconds
from playground.errors import PlaygroundError

ENVIRONMENT = {"python": "3.11", "torch": "2", "device": "cpu", "device_name": "", "cpu": "a CPU"}
ENVIRONMENT |= {"cores": 2, "threads": 2, "bfloat16": True, "others": []}
PACE = {"tutorial": 1e-4, "playground": 1e-5, "limit": 8e-6}  # seconds per training image
SHORT = Plan(rounds=3, seconds=0.5)


class Paced:
    """Processes whose loops take what `PACE` says, and half of it with mixed precision."""

    def __init__(self) -> None:
        self.environment: dict[str, Any] = dict(ENVIRONMENT)
        self.pace = dict(PACE)
        self.asked: list[tuple[Any, ...]] = []

    @contextmanager
    def contestants(self) -> Iterator[Callable[..., Any]]:
        yield self.ask

    def ask(self, process: str, method: str, *arguments: Any) -> Any:
        if method == "environment":
            return self.environment
        _, loop, precision, images, _, threads = arguments
        assert process == loop
        assert threads == (1 if loop == "limit" else 0)  # those of the playground
        if loop not in self.pace:
            raise PlaygroundError("no layer")
        self.asked.append(arguments)
        seconds = self.pace[loop] * images * (0.5 if precision == "mixed" else 1.0)
        disturbed = self.asked.count(arguments) in (1, 3)  # the first time, and in between
        return (
            seconds * (10 if disturbed else 1),
            1 if loop in WAITING and loop != "tutorial" else 2,
            False,
        )

    def rows(self, name: str, plan: Plan = SHORT) -> list[Row]:
        contest = Contest(plan, self.ask, lambda text: None)
        return list(contest.rows(CASES[name], ["float32", "mixed"]))


class Machine:
    """A machine on which every reading is 10 s after the one before: ours take 1.5 cores."""

    def __init__(self) -> None:
        self.others_cores = 0.0
        self._seconds = (0.0, 0.0, 0.0)

    def reading(self) -> tuple[float, float, float]:
        at, everything, own = self._seconds
        self._seconds = (at + 10, everything + 15 + 10 * self.others_cores, own + 15)
        return self._seconds


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(benchmark_watch, "_reading", machine.reading)
    return machine


@pytest.fixture(autouse=True)
def paced(monkeypatch: pytest.MonkeyPatch) -> Paced:
    paced = Paced()
    monkeypatch.setattr(benchmark, "contestants", paced.contestants)
    monkeypatch.setattr(benchmark_page, "page_measures", no_page)
    return paced


def no_page(plan: Plan, tell: Callable[[str], None]) -> Iterator[Measure]:
    tell("page")
    yield Measure("first_paint", "first paint", 1.0, "s", 2.0)


def row(
    name: str = "mlp_128_mnist",
    precision: str = "float32",
    others_cores: float | None = 0.0,
    is_enough: bool = True,
    images: int = 60_000,
    real: bool = True,
    **seconds: float,
) -> Row:
    times = {"tutorial": 8.0, "playground": 1.0, "limit": 0.9} | seconds
    scale = images / CASES[name].images[0]
    laps = {loop: Lap(images, [each * scale], 64, real) for loop, each in times.items()}
    return Row(CASES[name], precision, laps, others_cores, is_enough)


def test_a_round_takes_about_the_planned_time_and_seconds_are_medians_of_a_whole_epoch(
    paced: Paced,
) -> None:
    first, second = paced.rows("mlp_128_mnist")
    # 0.5 s at 1e-4 s an image are 5,000 images, 20 batches; a whole epoch takes 0.6 s.
    measured = {loop: lap.images for loop, lap in first.laps.items()}
    assert measured == {"tutorial": 5120, "playground": 60_000, "limit": 60_000}
    assert {loop: first.seconds(loop) for loop in first.laps} == pytest.approx(
        {"tutorial": 6.0, "playground": 0.6, "limit": 0.48}
    )
    assert {loop: second.seconds(loop) for loop in second.laps} == pytest.approx(
        {"tutorial": 6.0, "playground": 0.3, "limit": 0.24, "tutorial_mixed": 3.0}
    )
    assert first.gain.value == pytest.approx(10)
    assert first.excess.value == pytest.approx(1.25)
    # Of the three rounds that count, one took ten times as long: (10 - 1) / 1.
    assert [lap.spread for lap in first.laps.values()] == pytest.approx([9, 9, 9])
    [_, quick] = paced.rows("mlp_128_mnist", QUICK)
    assert set(quick.laps) == {"tutorial", "playground", "limit"}
    assert not quick.is_enough


def test_loops_take_turns_and_another_one_begins_each_round(paced: Paced) -> None:
    paced.rows("mlp_128_mnist")
    laps = [(loop, precision) for _, loop, precision, *_ in paced.asked[5:]]  # after the pace
    rounds = [laps[start : start + 6] for start in range(0, len(laps), 6)]
    assert len(rounds) == 4  # and one that does not count
    assert all(len(set(each)) == 6 for each in rounds)
    assert len({each[0] for each in rounds}) == 4


def test_other_libraries_stand_beside_a_float32_row_and_one_that_fails_is_left_out(
    paced: Paced, capsys: pytest.CaptureFixture[str]
) -> None:
    paced.pace["skorch"] = 2e-5
    paced.environment["others"] = ["skorch", "keras"]
    options = ["--quick", "--json", "--device", "cpu", "--only", "mlp_128_mnist"]
    assert main(["benchmark", *options]) == 0
    assert {device for *_, device, _ in paced.asked} == {"cpu"}
    shown = capsys.readouterr()
    first, second, _ = map(json.loads, shown.out.splitlines())
    assert first["skorch_seconds"] == pytest.approx(2 * first["playground_seconds"])
    assert "skorch_seconds" not in second
    assert "keras_seconds" not in first
    assert "keras is left out, it cannot train MLP 128, MNIST: no layer" in shown.err


def test_a_network_that_is_slow_is_measured_on_a_few_batches(paced: Paced) -> None:
    [first, _] = paced.rows("cnn_6_3_cifar10", Plan(seconds=0.0))
    assert {lap.images for lap in first.laps.values()} == {4 * 128}
    assert first.seconds("tutorial") > 1


@pytest.mark.parametrize(
    ("name", "precision", "seconds", "met"),
    [
        ("softmax_mnist", "float32", {"tutorial": 14.9}, (False, True)),
        ("softmax_mnist", "float32", {"tutorial": 15.0}, (True, True)),
        ("mlp_128_mnist", "float32", {"tutorial": 8.0, "limit": 0.8}, (True, False)),
        ("mlp_128_cifar10", "float32", {"tutorial": 2.9}, (False, True)),
        ("mlp_128_mnist", "mixed", {"tutorial": 1.0}, (None, True)),
        ("cnn_6_3_cifar10", "float32", {"limit": 0.9}, (None, False)),
        ("cnn_6_3_cifar10", "float32", {"limit": 0.96}, (None, True)),
        # It is the number that is shown which is judged: 1.104 is shown as 1.10.
        ("cnn_6_3_cifar10", "float32", {"playground": 1.104, "limit": 1.0}, (None, True)),
        ("cnn_6_3_cifar10", "float32", {"playground": 1.106, "limit": 1.0}, (None, False)),
    ],
)
def test_a_row_knows_its_aims(
    name: str, precision: str, seconds: dict[str, float], met: tuple[bool | None, bool]
) -> None:
    each = row(name, precision, **seconds)
    aims = each.fields()["aims"]
    keys = ("tutorial_by_playground", "playground_by_limit")
    assert tuple(aims.get(key, {}).get("met") for key in keys) == met
    text = line(each, [each])
    assert (text.count("✗"), text.count("✓")) == (met.count(False), met.count(True))


@pytest.mark.parametrize(
    ("value", "at_least", "mark"),
    [(1.2, False, "✓ ≤ 1.3"), (1.4, False, "✗ ≤ 1.3"), (1.4, True, "✓ ≥ 1.3")],
)
def test_a_measure_says_whether_its_aim_is_met(value: float, at_least: bool, mark: str) -> None:
    measure = Measure("cost", "the cost", value, "times", 1.3, at_least=at_least)
    assert measure.mark == mark
    assert measure.fields()["met"] == mark.startswith("✓")
    assert "aim" not in Measure("plain", "plain", 1.0, "s").fields()


def test_the_gain_of_the_cnns_is_their_median() -> None:
    names = [name for name, case in CASES.items() if case.is_convolutional]
    gains = (1.0, 1.5, 1.7, 9.0)
    rows = [row(name, tutorial=gain) for name, gain in zip(names, gains, strict=True)]
    rows += [row("softmax_mnist", tutorial=100)]
    rows += [row(name, "mixed", tutorial=1.9) for name in names[:3]]
    plain, mixed = medians_of_cnns(rows)
    assert (plain.value, plain.is_met) == (pytest.approx(1.6), True)
    assert (mixed.value, mixed.is_met) == (pytest.approx(1.9), False)
    assert medians_of_cnns(rows[:2]) == []
    rows[1] = row(names[1], tutorial=1.5, others_cores=1.0)
    assert [measure.is_met for measure in medians_of_cnns(rows)] == [None, False]


def test_everything_stands_below_its_heading_and_fits_a_hundred_columns() -> None:
    times = {"tutorial": 114.371, "playground": 1.0541, "tutorial_mixed": 5.0, "skorch": 3.0}
    rows = [
        row(name, precision, 1.5, real=False, **times)
        for name in CASES
        for precision in ("float32", "mixed")
    ]
    *told, heading, _ = line(rows[0]).splitlines()
    for words in ("DataLoader", ".item()", "engine", "barest loop", "medians of 1", "? not judged"):
        assert words in "\n".join(told)
    for each in rows:
        text = line(each, rows)
        assert text.index("114.371") + 7 == heading.index("tutorial") + len("tutorial")
        assert text.index("108.50") == heading.rindex("playground")
    measures = [
        *medians_of_cnns(rows),
        Measure("paint", "first paint", 1.0, "s", 2.0, "a note " + "that is long " * 6),
        Measure("cpu", "CPU of one page, training", 1.0, "% of a core", 5.0, "a note of 20 s"),
    ]
    loads = {"load_before": 1.0, "load_after": 1.0, "cores": 8, "bfloat16": False}
    texts = [line(rows[0]), *(line(each, [rows[0]]) for each in measures)]
    texts.append(ending([*rows, *measures], {**ENVIRONMENT, **loads}))
    assert [text for each in texts for text in each.splitlines() if len(text) > 100] == []


def test_a_reader_is_told_what_the_numbers_are_not() -> None:
    assert notes([row()], ENVIRONMENT) == []
    scaled = row(images=512, real=False)
    rows = [scaled, row("softmax_mnist", "mixed", is_enough=False, skorch=2.0)]
    told = " ".join(notes(rows, {**ENVIRONMENT, "cores": 8, "bfloat16": False}))
    for words in (
        "not here: MLP 128, MNIST.",
        "scaled",
        "bfloat16",
        "2 cores without a GPU",
        "tutorial's loop is that with float32",
        "skorch takes: Softmax regression, MNIST 2.00 s.",
        "without --quick",
    ):
        assert words in told
    unknown = [row(others_cores=None)]
    assert "does not say" in " ".join(notes(unknown, ENVIRONMENT))


def test_beside_other_work_nothing_is_enough_and_the_table_says_so_loudly(
    machine: Machine, paced: Paced
) -> None:
    machine.others_cores = 0.7
    assert [each.others_cores for each in paced.rows("mlp_128_mnist")] == [pytest.approx(0.7)] * 2
    quiet, busy = row(others_cores=QUIET_CORES), row(others_cores=QUIET_CORES + 0.01)
    assert [aim["met"] for aim in quiet.fields()["aims"].values()] == [True, True]
    assert [aim["met"] for aim in busy.fields()["aims"].values()] == [None, None]
    assert busy.fields()["others_cores"] == busy.others_cores
    assert (line(busy, [busy]).count("✓"), line(busy, [busy]).count("?")) == (0, 2)
    assert notes([quiet], ENVIRONMENT) == []
    page = Measure("click", "a click", 9.0, "s", 1.0, others_cores=1.0)
    assert (page.mark, page.fields()["met"]) == ("? ≤ 1", None)
    for found in ([busy], [quiet, page]):
        told = notes(found, ENVIRONMENT)
        assert told[0].startswith("THE MACHINE WAS BUSY WITH OTHER WORK")
        assert "quiet machine" in " ".join(told)


def test_a_watch_subtracts_our_own_work_and_is_never_negative(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    readings = iter([(0, 100, 50), (10, 118, 61), (20, 119, 62), (30, 125, 90), (40, 100, 63)])
    monkeypatch.setattr(benchmark_watch, "_reading", lambda: next(readings))
    watch = Watch()
    assert watch.others_cores() == pytest.approx(0.7)
    assert watch.others_cores() == pytest.approx(0.35)
    assert watch.others_cores() == 0
    assert watch.others_cores() is None  # a system whose clock of the cores stands still


def test_the_work_of_all_is_that_of_the_cores_we_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    core = Namespace(user=1.0, nice=2.0, system=4.0, idle=1000.0, iowait=1000.0, steal=8.0)
    monkeypatch.setattr(psutil, "cpu_times", lambda percpu: [core, core, core])
    for allowed, seconds in (({0, 2}, 30), (set(), 45), ({64}, 45)):
        monkeypatch.setattr("os.sched_getaffinity", lambda _, found=allowed: found, raising=False)
        assert all_seconds() == seconds


def test_our_own_work_counts_children_that_run_and_those_that_have_ended() -> None:
    work = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()"
    before = own_seconds()
    with subprocess.Popen(
        [sys.executable, "-c", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        running = own_seconds() - before
        process.communicate(b"\n")
    assert running > 0.25
    assert own_seconds() - before >= running - 0.02  # the clock's ticks are 0.01 s


def test_json_has_a_row_per_case_and_precision_and_the_environment_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["benchmark", "--quick", "--json"]) == 0
    shown = capsys.readouterr()
    *measured, last = map(json.loads, shown.out.splitlines())
    assert list(last) == ["environment"]
    assert last["environment"].items() >= {**ENVIRONMENT, "stopped": False}.items()
    assert {"load_before", "load_after"} <= set(last["environment"])
    rows = [each for each in measured if "experiment" in each]
    assert [(each["experiment"], each["precision"]) for each in rows] == [
        (name, precision) for name in CASES for precision in ("float32", "mixed")
    ]
    names = "label images validation_images batch_size tutorial_precision tutorial_by_playground "
    names += "playground_by_limit rounds spread others_cores measured_images threads real_images"
    for each in rows:
        assert each["images"] == CASES[each["experiment"]].images[0]
        assert all(each[f"{loop}_seconds"] > 0 for loop in PACE)
        assert set(names.split()) < set(each)
        assert each["threads"] == {"tutorial": 2, "playground": 1, "limit": 1}
        assert {aim["met"] for aim in each["aims"].values()} == {None}  # it is a quick one
    measures = {each["measure"]: each["met"] for each in measured if "measure" in each}
    cnns = ("tutorial_by_playground_cnns_float32", "tutorial_by_playground_cnns_mixed")
    assert list(measures.items()) == [*((name, None) for name in cnns), ("first_paint", True)]
    assert "MLP 128, MNIST: round 3 of 3" in shown.err


def test_a_table_has_the_rows_the_measures_and_the_machine(
    capsys: pytest.CaptureFixture[str],
) -> None:
    parts = ["--only", "mlp_128_mnist", "--only", "page"]
    assert main(["benchmark", *parts]) == 0
    out = capsys.readouterr().out
    assert out.count("\nMLP 128, MNIST") == 3  # and once how it was measured
    assert "10.00 ✓ ≥ 8" in out
    assert "1.25 ✗ ≤ 1.15" in out
    assert "\n\nfirst paint" in out
    how = "MLP 128, MNIST 256 2, 1, 1 59, 235, of 235 900%, 900%, 900% 0.00"
    assert how in [" ".join(text.split()) for text in out.splitlines()]
    assert out.split("\n\n")[-1].startswith("cpu (a CPU), 2 cores, torch 2 with 2 threads")
    assert main(["benchmark", "--quick", *parts]) == 0
    out = capsys.readouterr().out
    assert [out.count(mark) for mark in ("✓ ≤", "✓ ≥", "✗ ≤", "✗ ≥")] == [1, 0, 0, 0]
    assert "Quick numbers are not judged" in out


def test_without_bfloat16_there_is_no_mixed_row(
    paced: Paced, capsys: pytest.CaptureFixture[str]
) -> None:
    paced.environment["bfloat16"] = False
    assert main(["benchmark", "--quick", "--only", "softmax_mnist"]) == 0
    out = capsys.readouterr().out
    assert "mixed" not in out
    assert "no instructions for bfloat16" in out


def test_what_is_interrupted_says_so_and_exits_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = []

    def interrupted(plan: Plan, tell: Callable[[str], None]) -> Iterator[Measure]:
        try:
            yield from no_page(plan, tell)
            signal.raise_signal(signal.SIGINT)
        finally:
            closed.append(plan)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(benchmark_page, "page_measures", interrupted)
    assert main(["benchmark", "--json", "--only", "page"]) == 130
    assert signal.signal(signal.SIGINT, before) is signal.default_int_handler
    shown = capsys.readouterr()
    measure, last = map(json.loads, shown.out.splitlines())
    assert measure["measure"] == "first_paint"
    assert last["environment"].items() >= {"stopped": True, "torch": "2"}.items()
    assert shown.err.endswith("Stopped.\n")
    assert len(closed) == 1


def test_before_the_machine_is_known_it_can_be_stopped_too(
    paced: Paced, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(paced, "ask", lambda *asked: signal.raise_signal(signal.SIGTERM))
    assert main(["benchmark", "--json"]) == 143
    assert json.loads(capsys.readouterr().out)["environment"]["stopped"] is True
    assert main(["benchmark"]) == 143
    note, _, load = capsys.readouterr().out.strip().splitlines()
    assert note.startswith("It was stopped")
    assert load.startswith("load ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_every_block_and_is_as_before_afterwards(number: signal.Signals) -> None:
    old = signal.signal(number, signal.SIG_DFL)
    left = []
    try:
        with pytest.raises(SystemExit) as ended, orderly_end():
            try:
                signal.raise_signal(number)
            finally:
                signal.raise_signal(number)  # a second one does not cut the cleaning short
                left.append(number)
        assert (ended.value.code, left) == (128 + number, [number])
        assert signal.getsignal(number) is signal.SIG_DFL
        signal.signal(number, signal.SIG_IGN)
        with orderly_end():
            signal.raise_signal(number)  # what the parent ignores stays ignored
    finally:
        signal.signal(number, old)


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
    assert (shown.err.count("\n"), shown.out) == (1, "")


def test_complaints_come_without_loading_pytorch() -> None:
    code = (
        "import sys; from playground.__main__ import main\n"
        "assert main(['benchmark', '--only', 'x']) == 2\n"
        "assert not {'torch', 'streamlit'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
