from __future__ import annotations

import math
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from compared import experiment, run

from playground.analysis.sweep_values import check_values, example, options, parse_list, sweepable
from playground.analysis.sweeps import MOST_RUNS, expand, sweep_name
from playground.analysis.wording import value_text
from playground.errors import InvalidExperiment, UnknownChoice
from playground.experiment import Experiment
from playground.experiment.catalog import OPTIMIZERS
from playground.experiment.fields import paths
from playground.frames.sweep import sweep_frame, sweep_points

RATE, BATCH, SIZES = "optimizer.learning_rate", "training.batch_size", "model.hidden_sizes"
OPTIMIZER = "optimizer.name"


def test_every_setting_can_be_swept_but_what_is_hidden_and_what_is_a_choice_of_several() -> None:
    assert set(paths()) - set(sweepable()) == {
        *("training.mystery", "data.classes", "data.left_out"),
        "model.backbone",  # there are others on every machine
    }


@pytest.mark.parametrize("path", sweepable())
def test_the_example_of_every_list_is_one(path: str) -> None:
    values = parse_list(path, example(path))
    assert len(values) > 1
    colour = experiment(data__dataset="cifar10")
    for value in values:
        assert colour.replace({path: value}).get(path) == value


@pytest.mark.parametrize("path", [path for path in sweepable() if options(path)])
def test_every_choice_is_read_by_its_label_and_is_legal(path: str) -> None:
    for value in options(path):
        label = value_text(path, value)
        if "," not in label:
            assert parse_list(path, label) == [value]
        check_values(path, [value])


@pytest.mark.parametrize(
    ("path", "text", "values"),
    [
        (RATE, "0.1, 0.01, 1e-3", [0.1, 0.01, 0.001]),
        (RATE, " .5;1 ;  0.1, ", [0.5, 1.0, 0.1]),
        (RATE, "0.1, 0.10, 1e-1", [0.1]),
        (BATCH, "64, 32 64", [64, 32]),
        (SIZES, "64; 128, 64; none", [(64,), (128, 64), ()]),
        (SIZES, "64 32", [(64, 32)]),
        (OPTIMIZER, "SGD, adamw, sgd", ["sgd", "adamw"]),
        ("data.training_images", "100 all 300 none", [100, None, 300]),
        ("model.batch_norm", "On, off, true", [True, False]),
        ("data.image_size", "8, 16 pixels; unchanged", [8, 16, None]),
        ("data.normalization", "0 to 1, none", ["unit", "none"]),
        ("data.mean", "0.5; 0.4, 0.5, 0.6", [(0.5,), (0.4, 0.5, 0.6)]),
        ("training.pitfalls", "none; sorted", [(), ("sorted",)]),
        ("training.device", "cpu, cuda:0", ["cpu", "cuda:0"]),
        (OPTIMIZER, ",".join(OPTIMIZERS.names), OPTIMIZERS.names),
    ],
)
def test_a_list_is_read_in_order_and_without_repeats(
    path: str, text: str, values: list[object]
) -> None:
    assert parse_list(path, text) == values


@pytest.mark.parametrize(
    ("path", "text", "sentence"),
    [
        (RATE, "0.1, fast", 'Learning rate "fast" is not a number'),
        (RATE, "nan", 'Learning rate "nan" is not a number'),
        (RATE, "0", "Learning rate 0 is too small: it must be at least 0.00001"),
        (RATE, "1e400", "is not a finite number"),
        (BATCH, "32.5", 'Batch size "32.5" is not a whole number'),
        (BATCH, "0", "Batch size 0 is too small: it must be at least 1"),
        (BATCH, "-8", "Batch size -8 is too small"),
        (SIZES, "64; a", 'Hidden sizes cannot contain "a"'),
        (SIZES, "64; ,", 'Hidden sizes cannot contain ","'),
        (SIZES, "64, 0", "Hidden size 0 is too small: it must be at least 1"),
        (SIZES, ", ".join(["8"] * 33), "There are 33 hidden sizes: at most 32 are allowed"),
        (OPTIMIZER, "adam, lion", 'Unknown optimizer "lion": choose one of sgd, adam'),
        ("training.seed", "1, -1", "Seed -1 is too small: it must be at least 0"),
        ("model.dropout", "0.5 1", "Dropout 1 is too large: it must be at most 0.9"),
        ("data.mean", "0.5; dark", 'Mean "dark" is not a number: write such as 0.5; 0.4, 0.5, 0.6'),
        ("model.batch_norm", "maybe", 'Batch norm "maybe" is not valid: it must be true or false'),
        ("data.image_size", "9", "is not offered: choose one of 8, 16"),
        ("training.device", "gpu", 'Device "gpu" is unknown: write auto, cpu, mps, or cuda:0'),
        (BATCH, " , ", "The sweep has no value for batch size: write some, such as 32, 64."),
    ],
)
def test_junk_is_answered_by_a_sentence(path: str, text: str, sentence: str) -> None:
    with pytest.raises(InvalidExperiment) as raised:
        parse_list(path, text)
    assert sentence in str(raised.value)


def test_the_cross_product_comes_in_order_the_last_setting_fastest() -> None:
    runs = expand(Experiment(), {RATE: [0.1, 0.01], BATCH: [32, 64]})
    pairs = [(each.get(RATE), each.get(BATCH)) for each in runs]
    assert pairs == [(0.1, 32), (0.1, 64), (0.01, 32), (0.01, 64)]
    assert all(each.training.seed == 0 for each in runs)
    assert expand(Experiment(), {}) == [Experiment()]


def test_equal_runs_are_there_once() -> None:
    assert len(expand(Experiment(), {RATE: [0.1, 0.1], BATCH: [32, 64]})) == 2
    networks = {"model.architecture": ["linear", "mlp"], SIZES: [(8,), (16,)]}
    assert len(expand(Experiment(), networks)) == 3


def test_sixty_four_runs_are_the_most() -> None:
    rates = [0.001 * step for step in range(1, 9)]
    batches = list(range(8, 16))
    assert len(expand(Experiment(), {RATE: rates, BATCH: batches})) == MOST_RUNS == 64
    with pytest.raises(InvalidExperiment) as raised:
        expand(Experiment(), {RATE: rates, BATCH: [*batches, *range(20, 24)]})
    assert str(raised.value) == (
        "This sweep has 96 runs (8 of learning rate × 12 of batch size): at most 64 are allowed, "
        "so leave out some values."
    )


def test_a_huge_product_is_refused_without_being_built() -> None:
    many = range(1, 1001)
    with pytest.raises(InvalidExperiment, match="1,000,000,000 runs"):
        expand(
            Experiment(), {RATE: [s / 1000 for s in many], BATCH: many, SIZES: [(s,) for s in many]}
        )


def test_every_combination_that_no_run_can_have_is_named() -> None:
    with pytest.raises(InvalidExperiment) as raised:
        expand(Experiment(), {RATE: [0.1, 0.01], BATCH: [64, 4096, 8192]})
    text = str(raised.value)
    for rate, size in product(("0.1", "0.01"), (4096, 8192)):
        assert f"lr {rate} · batch size {size}" in text
    assert "batch size 64" not in text
    assert text.count("Batch size 4,096 is larger than the 1,221 training images") == 1


def test_a_setting_that_no_run_of_the_sweep_uses_is_refused() -> None:
    with pytest.raises(InvalidExperiment, match="Momentum changes nothing in any run of this sw"):
        expand(Experiment(), {"optimizer.momentum": [0.0, 0.9]})
    runs = expand(Experiment(), {"optimizer.momentum": [0.0, 0.9], OPTIMIZER: ["sgd", "adam"]})
    assert len(runs) == 3


def test_an_empty_list_or_an_unknown_setting_is_refused() -> None:
    with pytest.raises(InvalidExperiment, match="no value for batch size"):
        expand(Experiment(), {BATCH: []})
    with pytest.raises(UnknownChoice, match="Did you mean training"):
        expand(Experiment(), {"training.batchsize": [1]})
    with pytest.raises(UnknownChoice, match="Unknown setting of a sweep"):
        parse_list("training.mystery", "K7QF")
    with pytest.raises(UnknownChoice, match="Unknown setting"):
        sweep_frame([], "model.depth")


def test_a_sweep_is_named_by_what_it_varies() -> None:
    values = {RATE: [0.1, 0.01], BATCH: [32, 64, 128], OPTIMIZER: ["adam"]}
    assert sweep_name(Experiment(), values) == ("MLP on Digits: learning rate × batch size, 6 runs")
    assert sweep_name(Experiment(), {}) == "MLP on Digits: no setting, 1 run"


# The cells of the heat map.


def test_cells_are_in_order_of_size_and_the_best_is_marked_once() -> None:
    found = {(0.1, 128): 0.9, (0.01, 32): 0.95, (0.1, 32): 0.95, (0.01, 128): 0.7}
    runs = [
        run([accuracy], f"{x}-{y}", optimizer__learning_rate=x, training__batch_size=y)
        for (x, y), accuracy in found.items()
    ]
    frame = sweep_frame(runs, RATE, BATCH)
    assert frame.x.tolist() == ["0.01", "0.1", "0.01", "0.1"]
    assert frame.y.tolist() == ["32", "32", "128", "128"]
    assert frame.best.tolist() == [True, False, False, False]
    assert frame.run_id[0] == "id-0.01-32"
    assert frame.settings[0] == "lr 0.01 · batch size 32"
    assert frame.text.tolist() == ["95.0 %", "95.0 %", "70.0 %", "90.0 %"]


def test_one_setting_alone_makes_one_row_of_cells_the_best_of_the_rest_in_each() -> None:
    runs = [
        run([0.7], optimizer__name="sgd"),
        run([0.8], optimizer__name="adam", training__batch_size=32),
        run([0.9], optimizer__name="adam"),
    ]
    frame = sweep_frame(runs, OPTIMIZER)
    assert frame.x.tolist() == ["SGD", "Adam"]
    assert frame.accuracy.tolist() == [0.7, 0.9]
    assert frame.settings[1] == "Adam · batch size 64"
    assert set(frame.y) == {""}


def test_a_cell_of_several_seeds_is_their_mean_and_not_the_luckiest() -> None:
    lucky = [run([0.99], training__seed=0), run([0.51], training__seed=1)]
    steady = [run([0.8], model__dropout=0.5, training__seed=seed) for seed in (0, 1)]
    frame = sweep_frame([*lucky, *steady], "model.dropout")
    assert frame.accuracy.tolist() == pytest.approx([0.75, 0.8])
    assert frame.best.tolist() == [False, True]
    assert frame.seeds.tolist() == ["2 seeds", "2 seeds"]


def test_a_seed_counts_wherever_it_was_started_and_of_equal_cells_the_older_is_the_best() -> None:
    old, swept = (run([0.9], str(rate), optimizer__learning_rate=rate) for rate in (0.1, 0.01))
    younger = replace(swept, created_at=2e9)
    assert sweep_frame([younger, old], RATE).best.tolist() == [False, True]
    apart = run([0.8], "apart", optimizer__learning_rate=0.1, training__seed=1, status="failed")
    frame = sweep_frame([younger, old], RATE, among=[apart, old, younger])
    assert frame.accuracy.tolist() == pytest.approx([0.9, 0.85])
    assert frame.seeds.tolist() == ["1 seed", "2 seeds, of them 1 failed"]


def test_a_cell_without_an_epoch_has_its_status_and_is_never_the_best() -> None:
    frame = sweep_frame([run(status="queued"), run(status="failed", model__dropout=0.5)], RATE)
    assert math.isnan(frame.accuracy[0])
    assert frame.text[0] == "queued"
    assert not frame.best.any()


def test_hidden_sizes_are_in_order_of_depth_and_none_is_no_number() -> None:
    runs = [run([0.5], model__hidden_sizes=sizes) for sizes in ([128, 64], [], [16], [8])]
    assert sweep_frame(runs, SIZES).x.tolist() == ["none", "8", "16", "128, 64"]
    sizes = [run([0.5], data__image_size=size) for size in (None, 16, 8)]
    assert sweep_frame(sizes, "data.image_size").x.tolist() == [
        "8 pixels",
        "16 pixels",
        "unchanged",
    ]


def test_an_empty_sweep_has_the_same_columns() -> None:
    full, empty = sweep_frame([run([0.5])], RATE, BATCH), sweep_frame([], RATE, BATCH)
    assert list(full.columns) == list(empty.columns)
    assert full.dtypes.equals(empty.dtypes)


# The points of one setting.


def test_numbers_are_placed_by_their_size_rates_by_their_logarithm_and_names_in_order() -> None:
    def drawn(path: str, *values: Any) -> tuple[set[str], list[float], list[str]]:
        name = path.replace(".", "__")
        frame = sweep_points([run([0.5], **{name: value}) for value in values], path)
        return set(frame["scale"]), frame.x_value.tolist(), frame.x.tolist()

    assert drawn(RATE, 0.1, 0.03) == ({"log"}, [0.03, 0.1], ["0.03", "0.1"])
    assert drawn("optimizer.weight_decay", 0.01, 0.0)[:2] == ({"log"}, [0.0, 0.01])
    assert drawn("model.dropout", 0.0, 0.5, 0.2)[:2] == ({"linear"}, [0.0, 0.2, 0.5])
    assert drawn(BATCH, 32, 512)[0] == {"log"}
    images = drawn("data.training_images", None, 300)
    assert images == ({"linear"}, [300.0, 1221.0], ["300", "all"])
    for path, values, names in (
        ("model.activation", ("tanh", "relu"), ["ReLU", "tanh"]),
        ("model.batch_norm", (True, False), ["off", "on"]),
        ("data.image_size", (None, 16), ["16 pixels", "unchanged"]),
        (SIZES, ((64,), ()), ["none", "64"]),
        (RATE, (0.1,), ["0.1"]),
    ):
        kinds, places, labels = drawn(path, *values)
        assert (kinds, labels) == ({"names"}, names)
        assert all(map(math.isnan, places))
    with pytest.raises(UnknownChoice, match="Unknown setting"):
        sweep_points([], "model.depth")


def test_seeds_of_a_value_are_their_mean_with_a_whisker_and_a_dot_for_each() -> None:
    runs = [run([value], training__seed=n) for n, value in enumerate((0.8, 0.9, 1.0))]
    frame = sweep_points([*runs, run([0.95], model__dropout=0.5)], "model.dropout")
    assert frame.is_run.tolist() == [True, True, True, False, False]
    mean = frame.iloc[3]
    assert (mean.accuracy, mean.low, mean.high) == pytest.approx((0.9, 0.8, 1.0))
    assert math.isnan(frame.low[4])
    assert frame.best.tolist() == [False, False, False, False, True]


def test_a_sweep_over_the_seed_alone_is_one_mean_for_each_split() -> None:
    runs = [run([0.9], str(n), training__seed=n) for n in range(3)]
    assert set(sweep_points(runs).x) == {"3 seeds"}
    elsewhere = [
        run([0.8], f"s{n}", training__seed=n, data__split_seed=1, status="failed") for n in range(2)
    ]
    frame = sweep_points([*runs, *elsewhere])
    assert frame[~frame.is_run].x.tolist() == ["split seed 0", "split seed 1"]
