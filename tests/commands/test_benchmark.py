from __future__ import annotations

import json
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from playground import catalog
from playground.__main__ import main
from playground.commands import benchmark_loops, benchmark_page
from playground.commands.benchmark_loops import Loops, Plan, Row
from playground.commands.benchmark_measure import Measure
from playground.commands.benchmark_page import PagePlan
from playground.commands.benchmark_server import serving, write_random_mnist
from playground.commands.benchmark_tab import AT_REST_SECONDS, Tab
from playground.commands.benchmark_table import head, line, medians_of_cnns, notes, row_fields
from playground.engine.benchmark.cases import CASES
from playground.engine.data import drain
from playground.engine.datasets import load_dataset
from playground.errors import PlaygroundError

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


@pytest.fixture(autouse=True)
def paced(monkeypatch: pytest.MonkeyPatch) -> type[Paced]:
    monkeypatch.setattr(benchmark_loops, "LoopProcess", Paced)
    monkeypatch.setattr(Paced, "asked", [])
    return Paced


def rows_of(name: str, plan: Plan = SHORT) -> list[Row]:
    with Loops("cpu", lambda text: None) as loops:
        return list(loops.rows(CASES[name], plan, ["float32", "mixed"]))


def row(name: str = "mlp_128_mnist", precision: str = "float32", **seconds: float) -> Row:
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
    rows += [row("softmax_mnist", tutorial=100), row(names[0], "mixed", tutorial=1.9)]
    plain, mixed = medians_of_cnns(rows)
    assert (plain.value, plain.is_met) == (pytest.approx(1.6), True)
    assert (mixed.value, mixed.is_met) == (pytest.approx(1.9), False)
    assert medians_of_cnns([row("softmax_mnist")]) == []


def test_rows_stand_below_their_heading() -> None:
    heading = head().splitlines()[1]
    texts = [line(row(name, precision)) for name in CASES for precision in ("float32", "mixed")]
    for text in texts:
        assert text.index("8.000") + 5 == heading.index("tutorial") + len("tutorial")
        assert text.index(" 8.00 ") + 1 == heading.rindex("playground")
    assert texts[0].endswith("235, 235, 235")


def test_a_reader_is_told_what_the_numbers_are_not() -> None:
    assert notes([row()], ENVIRONMENT) == []
    scaled = row()
    scaled.measured = {**scaled.measured, "tutorial": 512}
    scaled.real_images = False
    told = " ".join(notes([scaled], {**ENVIRONMENT, "cores": 8, "bfloat16": False}))
    for words in ("random ones", "scaled", "bfloat16", "2 cores without a GPU"):
        assert words in told


@pytest.mark.parametrize(
    ("value", "at_least", "mark"),
    [(1.2, False, "✓ ≤ 1.3"), (1.4, False, "✗ ≤ 1.3"), (1.4, True, "✓ ≥ 1.3")],
)
def test_a_measure_says_whether_its_aim_is_met(value: float, at_least: bool, mark: str) -> None:
    measure = Measure("cost", "the cost", value, "times", 1.3, at_least=at_least)
    assert measure.mark == mark
    assert measure.fields()["met"] == mark.startswith("✓")
    assert "aim" not in Measure("plain", "plain", 1.0, "s").fields()


def no_page(plan: PagePlan, tell: Callable[[str], None]) -> Iterator[Measure]:
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
    assert main(["benchmark", "--quick", *parts]) == 0
    out = capsys.readouterr().out
    assert out.count("MLP 128, MNIST") == 2
    assert "10.00 ✓ ≥ 8" in out
    assert "1.25 ✗ ≤ 1.15" in out
    assert "first paint" in out
    assert out.splitlines()[-1].startswith("cpu (a CPU), 2 cores, torch 2 with 2 threads")


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
    from playground.ui.live import IDLE_SECONDS, POLL_SECONDS

    assert POLL_SECONDS < AT_REST_SECONDS <= IDLE_SECONDS


def test_options_reach_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    from playground.commands import benchmark

    seen: list[Namespace] = []
    monkeypatch.setattr(benchmark, "main", lambda options: seen.append(options) or 0)
    assert main(["benchmark", "--device", "cpu"]) == 0
    [options] = seen
    assert (options.device, options.quick, options.json, options.only) == ("cpu", False, False, [])
