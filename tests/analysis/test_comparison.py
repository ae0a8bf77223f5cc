from __future__ import annotations

import re
from dataclasses import replace
from math import inf, nan, sqrt
from typing import Any

import pytest
from compared import epoch, experiment, run
from hypothesis import given
from hypothesis import strategies as st

from playground.analysis.comparison import (
    ComparedRun,
    canonical,
    causes,
    compare_pair,
    differing_settings,
)
from playground.analysis.seeds import (
    SeedGroup,
    band,
    compare_seeds,
    seed_experiments,
    seed_groups,
    seed_statistics,
)
from playground.analysis.wording import (
    CHOICES,
    changed_settings,
    marks_text,
    no_effect_text,
    percent_text,
    points_text,
    setting_text,
    value_text,
)
from playground.errors import InvalidExperiment, UnknownChoice
from playground.experiment import Experiment
from playground.experiment.catalog import ARCHITECTURES, OPTIMIZERS, PITFALLS
from playground.experiment.entries import PitfallEntry
from playground.experiment.fields import paths
from playground.experiment.pitfalls import has_effect, hidden_pitfall

SIZES = {"model__hidden_sizes": [128]}

# How settings and results read.


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("data.training_images", None, "all"),
        ("data.image_size", None, "unchanged"),
        ("data.image_size", 28, "28×28"),
        ("model.batch_norm", True, "on"),
        ("model.batch_norm", False, "off"),
        ("optimizer.learning_rate", 0.00001, "0.00001"),
        ("optimizer.weight_decay", 0.0, "0"),
        ("training.batch_size", 32, "32"),
        ("model.hidden_sizes", (), "none"),
        ("model.hidden_sizes", (128, 64), "128, 64"),
        ("data.dataset", "fashion_mnist", "Fashion-MNIST"),
        ("training.device", "cuda:0", "cuda:0"),
        ("training.pitfalls", (), "none"),
        ("training.pitfalls", ("sorted",), "⚠ Never shuffled, sorted by class"),
        (
            "training.pitfalls",
            ("sorted", "leaked"),
            "⚠ Never shuffled, sorted by class · ⚠ Validation images leaked into training",
        ),
        ("training.mystery", "K7QF", "K7QF"),
    ],
)
def test_a_value_is_written_as_a_person_reads_it(path: str, value: object, text: str) -> None:
    assert value_text(path, value) == text


@pytest.mark.parametrize("path", CHOICES)
def test_every_name_of_the_catalogue_reads_as_its_label(path: str) -> None:
    for entry in CHOICES[path]:
        assert value_text(path, entry.name) == entry.label


def test_every_setting_that_is_a_name_has_its_catalogue() -> None:
    words = {path for path in paths() if isinstance(Experiment().get(path), str)}
    assert words - {"training.device"} == set(CHOICES)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "defaults"),
        (
            {
                "optimizer__learning_rate": 0.01,
                "data__dataset": "mnist",
                "model__batch_norm": True,
                **SIZES,
            },
            "MNIST · hidden sizes 128 · batch norm · lr 0.01",
        ),
        ({"model__architecture": "resnet18", **SIZES}, "ResNet-18"),  # which has none
    ],
)
def test_changed_settings_that_are_used_are_short_and_in_the_order_of_the_sections(
    changes: dict[str, Any], text: str
) -> None:
    assert changed_settings(experiment(**changes)) == text


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("model.batch_norm", True, "batch norm"),
        ("model.batch_norm", False, "no batch norm"),
        ("training.pitfalls", ("sorted",), "⚠ Never shuffled, sorted by class"),
        ("training.pitfalls", (), "no pitfalls"),
        ("training.mystery", "K7QF", "mystery K7QF"),
        ("training.mystery", None, "no mystery"),
    ],
)
def test_a_switch_is_with_or_without_a_pitfall_is_marked_and_a_mystery_called_by_its_code(
    path: str, value: object, text: str
) -> None:
    assert setting_text(path, value) == text


def test_changed_settings_name_what_a_mystery_hides_to_those_who_know_it() -> None:
    hidden = experiment(training__mystery="K7QF")
    assert changed_settings(hidden) == "mystery K7QF"
    assert changed_settings(hidden, {"AAAA"}) == changed_settings(hidden)
    label = hidden_pitfall("K7QF").label
    assert changed_settings(hidden, {"K7QF"}).endswith(f"mystery K7QF: {label}")
    assert marks_text(hidden) == "⚠ mystery K7QF"
    assert marks_text(hidden, {"K7QF"}).endswith(f"⚠ mystery K7QF: {label}")
    assert marks_text(Experiment()) == ""


@pytest.mark.parametrize("pitfall", PITFALLS, ids=lambda pitfall: pitfall.name)
def test_a_pitfall_has_a_reason_exactly_where_it_has_no_effect(pitfall: PitfallEntry) -> None:
    for network in (
        Experiment(),
        experiment(model__dropout=0.5),
        experiment(data__normalization="none"),
        experiment(training__epochs=1, model__dropout=0.5),
    ):
        assert bool(no_effect_text(pitfall, network)) is not has_effect(pitfall, network)


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        (-0.042, "−4.2 points"),
        (0.3, "+30.0 points"),
        (0.0, "±0.0 points"),
        (0.0001, "+0.01 points"),
        (-0.0004, "−0.04 points"),
        (1e-9, "±0.0 points"),
        (0.001, "+0.1 points"),
    ],
)
def test_a_difference_reads_in_points_with_a_true_minus(difference: float, text: str) -> None:
    assert points_text(difference) == text


def test_percent_says_all_or_nothing_only_where_it_is_true() -> None:
    assert percent_text(0.99999) == "99.9 %"
    assert percent_text(0.99999, decimals=2) == "99.99 %"
    assert percent_text(1.0) == "100.0 %"


# What differs.


def test_the_best_epoch_is_the_first_of_the_highest_and_never_one_without_a_number() -> None:
    records = (epoch(1, nan, 1.0), epoch(2, 0.9), epoch(3, 0.9), epoch(4, 0.8))
    best = replace(run(), epochs=records).best
    assert best is not None
    assert best.epoch == 2
    assert replace(run(), epochs=(epoch(1, nan, 1.0),)).best is None


@pytest.mark.parametrize("architecture", ARCHITECTURES.names)
@pytest.mark.parametrize("optimizer", OPTIMIZERS.names)
def test_the_canonical_experiment_has_nothing_idle_and_is_its_own(
    architecture: str, optimizer: str
) -> None:
    rest = {"data__validation": "official", "data__validation_share": 0.3, **DROPOUT}
    network = {"model__architecture": architecture, "model__hidden_sizes": [7]}
    odd = experiment(**network, **rest, optimizer__name=optimizer, optimizer__momentum=0.5)
    plain = canonical(odd)
    assert all(plain.get(path) == Experiment().get(path) for path in plain.unused())
    assert canonical(plain) == plain
    assert causes(odd, plain) == []
    used = set(paths()) - odd.unused()
    assert all(plain.get(path) == odd.get(path) for path in used)


def test_a_setting_that_one_run_does_not_have_is_not_a_second_cause() -> None:
    mlp = experiment(model__hidden_sizes=[128])
    resnet = experiment(model__architecture="resnet18", model__hidden_sizes=[32])
    assert [change.path for change in causes(mlp, resnet)] == ["model.architecture"]


def test_only_settings_that_differ_are_in_the_table_with_a_value_for_each_run() -> None:
    runs = [
        run(model__hidden_sizes=[128], training__seed=1),
        run(model__hidden_sizes=[64], training__seed=1),
        run(model__architecture="linear", model__hidden_sizes=[9], training__seed=1),
    ]
    rows = differing_settings(runs)
    assert [(row.path, row.label, row.values) for row in rows] == [
        ("model.architecture", "architecture", ("MLP", "MLP", "Linear")),
        ("model.hidden_sizes", "hidden sizes", ("128", "64", "–")),
    ]
    assert differing_settings(runs[:1]) == differing_settings([]) == []


# Pairs.

DROPOUT = {"model__dropout": 0.5}
SIX_CHANGES = {
    "model__hidden_sizes": [9],
    "model__batch_norm": True,
    "optimizer__weight_decay": 0.1,
    "training__epochs": 9,
    "training__batch_size": 9,
    **DROPOUT,
}
OTHER_IMAGES = "The images that measure them are not the same."


def test_a_pair_that_differs_in_one_setting_is_one_sentence() -> None:
    pair = compare_pair(
        run([0.5, 0.967, 0.9]), run([0.9, 0.925, 0.92], optimizer__learning_rate=0.01)
    )
    assert pair.sentence == (
        "learning rate 0.001 → 0.01, all else equal, same seed: validation accuracy −4.2 points "
        "(best epoch of each: 96.7 % → 92.5 %, after 3 epochs)."
    )
    assert pair.is_single_cause
    assert pair.missing_twins == ()
    assert pair.points == pytest.approx(-4.2)


@pytest.mark.parametrize(
    ("other", "pattern", "is_single_cause"),
    [
        (run([0.5]), "^same settings, same seed: validation accuracy ±0.0 points", False),
        (run([0.51], training__seed=3), r"^seed 0 → 3, all else equal: .* \+1.0 points", True),
        (run([0.51], training__seed=3), "Only chance differs: this is seed noise.$", True),
        (run([0.5, 0.6], training__epochs=2), "^epochs 20 → 2, all else equal, same seed:", True),
        (run([0.5, 0.6], training__epochs=2), "after 1 and 2 epochs", True),
        (run([0.6], status="running", **DROPOUT), "best epoch so far of each", True),
        (run([0.4], name="wild", status="failed", **DROPOUT), '"wild" failed', True),
        (run([0.5004], **DROPOUT), r"\+0.04 points \(best epoch of each: 50.00 % → 50.04 %", True),
        (run([1.0], training__pitfalls=["unseparated"]), f"{OTHER_IMAGES}$", True),
        (run([1.0], data__dataset="mnist"), OTHER_IMAGES, True),
        (run([0.5], training__pitfalls=["sorted"]), f"^((?!{OTHER_IMAGES}).)*$", True),
        (run([0.5], **SIX_CHANGES), r"^6 settings differ \(hidden sizes.*; 2 more\)", False),
    ],
)
def test_a_pair_is_told_in_words_that_fit(
    other: ComparedRun, pattern: str, is_single_cause: bool
) -> None:
    pair = compare_pair(run([0.5]), other)
    assert re.search(pattern, pair.sentence)
    assert pair.is_single_cause is is_single_cause


def test_another_seed_is_named_and_the_twin_with_the_same_seed_is_offered() -> None:
    other = run([0.6], training__seed=3, optimizer__learning_rate=0.01)
    pair = compare_pair(run([0.5]), other)
    assert "all else equal, seeds 0 and 3: validation accuracy +10.0 points" in pair.sentence
    assert pair.sentence.endswith("Part of it may be the seed: run the twin with seed 0.")
    assert not pair.is_single_cause
    assert pair.missing_twins == (experiment(optimizer__learning_rate=0.01),)


def test_several_differences_cannot_be_told_apart_and_the_missing_twins_are_offered() -> None:
    other = run([0.6], training__batch_size=32, optimizer__learning_rate=0.01)
    pair = compare_pair(run([0.5]), other)
    assert pair.sentence.startswith(
        "2 settings differ (learning rate 0.001 → 0.01; batch size 64 → 32), same seed: "
    )
    assert pair.sentence.endswith(
        "The cause cannot be told apart: run a twin that changes only one setting."
    )
    assert not pair.is_single_cause
    twins = (experiment(optimizer__learning_rate=0.01), experiment(training__batch_size=32))
    assert pair.missing_twins == twins
    there = compare_pair(run([0.5]), other, existing=twins)
    assert there.missing_twins == ()
    assert "compare with a twin that changes only one setting" in there.sentence


def test_a_twin_brings_along_what_its_choice_comes_with_and_is_one_that_a_run_can_have() -> None:
    baseline = experiment(optimizer__momentum=0.2)
    other = experiment(optimizer__name="sgd", optimizer__momentum=0.5, optimizer__learning_rate=0.1)
    pair = compare_pair(replace(run(), experiment=baseline), replace(run(), experiment=other))
    assert set(pair.missing_twins) == {
        experiment(optimizer__name="sgd", optimizer__momentum=0.5),
        experiment(optimizer__learning_rate=0.1),
    }
    pair = compare_pair(run([0.5]), run([0.9], data__dataset="mnist", training__batch_size=2048))
    assert pair.missing_twins == (experiment(data__dataset="mnist"),)  # the other cannot be


def test_a_pair_that_differs_in_one_pitfall_says_that_it_was_switched() -> None:
    clean = run([0.967])
    flawed = run([0.925], training__pitfalls=["softmax_twice"])
    for one, other, switched, points in (
        (clean, flawed, "on", "−4.2"),
        (flawed, clean, "off", "+4.2"),
    ):
        pair = compare_pair(one, other)
        assert pair.is_single_cause
        assert pair.sentence.startswith(
            f"pitfall “Softmax before cross-entropy” switched {switched}, all else equal, "
            f"same seed: validation accuracy {points} points"
        )


def test_two_pitfalls_are_two_causes_and_each_has_its_twin() -> None:
    baseline = run([0.9], training__pitfalls=["leaked"])
    other = run([0.5], training__pitfalls=["leaked", "sorted", "noisy_labels"])
    pair = compare_pair(baseline, other)
    assert pair.sentence.startswith(
        "2 settings differ (pitfall “Never shuffled, sorted by class” switched on; pitfall "
        "“20 % label noise” switched on), same seed: "
    )
    assert "cause cannot be told apart" in pair.sentence
    assert not pair.is_single_cause
    assert pair.missing_twins == (
        experiment(training__pitfalls=["sorted", "leaked"]),
        experiment(training__pitfalls=["leaked", "noisy_labels"]),
    )


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (None, "K7QF", "mystery K7QF switched on"),
        ("K7QF", None, "mystery K7QF switched off"),
        ("K7QF", "AB23", "mystery K7QF → AB23"),
    ],
)
def test_a_mystery_is_one_cause_that_tells_nothing(
    before: str | None, after: str | None, words: str
) -> None:
    pair = compare_pair(run([0.9], training__mystery=before), run([0.5], training__mystery=after))
    assert pair.sentence.startswith(f"{words}, all else equal, same seed: ")
    assert pair.is_single_cause
    for code in filter(None, (before, after)):
        assert hidden_pitfall(code).label not in pair.sentence


SETTINGS = {
    "data.dataset": st.sampled_from(["digits", "mnist"]),
    "model.architecture": st.sampled_from(["mlp", "linear", "resnet18", "simple_cnn"]),
    "model.hidden_sizes": st.sampled_from([[], [8], [16, 32]]),
    "optimizer.name": st.sampled_from(["adam", "sgd", "rmsprop"]),
    "optimizer.momentum": st.sampled_from([0.0, 0.9]),
    "optimizer.nesterov": st.booleans(),
    "training.batch_size": st.sampled_from([64, 4096]),
    "training.pitfalls": st.lists(st.sampled_from(["sorted", "leaked", "eval_mode"]), unique=True),
    "training.seed": st.sampled_from([0, 1]),
}


@given(st.fixed_dictionaries({}, optional=SETTINGS), st.fixed_dictionaries({}, optional=SETTINGS))
def test_every_twin_differs_from_the_baseline_in_one_setting_and_is_new(
    one: dict[str, object], two: dict[str, object]
) -> None:
    try:
        baseline, other = Experiment().replace(one), Experiment().replace(two)
    except InvalidExperiment:
        return
    pair = compare_pair(
        replace(run([0.5]), experiment=baseline), replace(run([0.5]), experiment=other)
    )
    wanted = {change.path for change in causes(baseline, other)}
    for twin in pair.missing_twins:
        changes = [change.path for change in causes(baseline, twin)]
        assert len(changes) == 1
        assert changes[0] in wanted
        assert twin.training.seed == baseline.training.seed
        assert canonical(twin) not in (canonical(baseline), canonical(other))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("queued", '"new" has no epoch yet'),
        ("failed", '"new" failed before its first epoch'),
        ("stopped", '"new" was stopped before its first epoch'),
        ("finished", '"new" ended before its first epoch'),
    ],
)
def test_a_run_without_an_epoch_is_told_and_not_compared(status: str, words: str) -> None:
    pair = compare_pair(run([0.5]), run(name="new", status=status, model__dropout=0.5))
    assert pair.sentence.endswith(f"same seed: {words}, so there is nothing to compare.")
    assert pair.points is None


# Seeds.


def group(best: list[float], name: str = "base", **changes: object) -> SeedGroup:
    return SeedGroup(
        tuple(
            run([value / 2, value], name=f"{name} {seed}", training__seed=seed, **changes)
            for seed, value in enumerate(best)
        )
    )


def test_runs_are_grouped_when_only_the_seed_differs_and_a_seed_counts_once() -> None:
    first, again = run([0.5], name="a"), run([0.5, 0.6], name="a again")
    other_seed, other = run([0.5], name="b", training__seed=1), run([0.5], model__dropout=0.5)
    idle = run([0.5], name="c", training__seed=2, optimizer__momentum=0.1)
    groups = seed_groups([other_seed, first, other, again, idle])
    assert [[each.name for each in found.runs] for found in groups] == [
        ["a again", "b", "c"],
        ["run"],
    ]


def test_statistics_are_those_of_a_sample() -> None:
    numbers = seed_statistics(group([0.90, 0.92, 0.94]).runs)
    assert numbers is not None
    assert numbers.mean == pytest.approx(0.92)
    assert numbers.standard_deviation == pytest.approx(0.02)
    assert numbers.count == 3
    assert seed_statistics(group([0.9]).runs).standard_deviation is None
    assert seed_statistics([run()]) is None


def test_repeats_have_the_seeds_from_its_own_upwards_and_around_less_those_that_ran() -> None:
    start = experiment(training__seed=5)
    copies = seed_experiments(start, 3)
    assert [copy.training.seed for copy in copies] == [5, 6, 7]
    assert {canonical(copy.replace({"training.seed": 0})) for copy in copies} == {Experiment()}
    assert [copy.training.seed for copy in seed_experiments(start, 3, [start])] == [6, 7]
    last = experiment(training__seed=2**31 - 1)
    assert [copy.training.seed for copy in seed_experiments(last, 2)] == [2**31 - 1, 0]
    with pytest.raises(InvalidExperiment, match="0 seeds are none: choose 1 or more"):
        seed_experiments(Experiment(), 0)


def test_the_distance_of_two_groups_is_in_standard_errors_after_welch() -> None:
    mine, theirs = group([0.90, 0.92, 0.94]), group([0.80, 0.90], model__dropout=0.5)
    result = compare_seeds(mine, theirs)
    # s = 0.02 and sqrt(0.005); the means are 0.92 and 0.85.
    error = sqrt(0.02**2 / 3 + 0.005 / 2)
    assert result.difference == pytest.approx(-0.07)
    assert result.standard_deviations == pytest.approx(0.07 / error)
    assert result.is_noise
    assert result.sentence == (
        "dropout 0 → 0.5, all else equal: mean validation accuracy −7.0 points "
        "(92.0 ± 2.0 %, 3 seeds → 85.0 ± 7.1 %, 2 seeds), 1.3 standard deviations apart: "
        "within seed noise."
    )
    clear = compare_seeds(group([0.90, 0.91, 0.92]), group([0.95, 0.96], model__dropout=0.5))
    assert clear.is_noise is False
    assert clear.sentence.endswith("standard deviations apart: more than seed noise.")
    several = group([0.8, 0.9], model__dropout=0.5, training__batch_size=32)
    assert "cause cannot be told apart" in compare_seeds(group([0.8, 0.9]), several).sentence


@given(st.floats(0.0, 0.2), st.floats(0.001, 0.05))
def test_noise_ends_at_exactly_two_standard_errors(shift: float, spread: float) -> None:
    mine = group([0.5 - spread, 0.5 + spread])
    theirs = group([0.5 - spread + shift, 0.5 + spread + shift], model__dropout=0.5)
    result = compare_seeds(mine, theirs)
    assert result.standard_deviations is not None
    # Both variances are 2 × spread², so the standard error is spread × sqrt(2).
    assert result.standard_deviations == pytest.approx(shift / (spread * sqrt(2)), abs=1e-9)
    assert result.is_noise is (result.standard_deviations < 2)
    assert ("within seed noise" in result.sentence) is result.is_noise
    assert not (result.is_noise and "2.0 standard" in result.sentence)


def test_seeds_without_any_spread_do_not_divide_by_zero() -> None:
    same = compare_seeds(group([0.9, 0.9]), group([0.9, 0.9], model__dropout=0.5))
    assert (same.standard_deviations, same.is_noise) == (0.0, True)
    other = compare_seeds(group([0.9, 0.9]), group([0.8, 0.8], model__dropout=0.5))
    assert (other.standard_deviations, other.is_noise) == (inf, False)
    assert "no spread between seeds" in other.sentence


def test_too_few_seeds_say_how_many_are_missing() -> None:
    waiting = SeedGroup((run(name="new", status="queued"), run([0.5], training__seed=1)))
    result = compare_seeds(group([0.9]), waiting)
    assert result.is_noise is None
    assert result.sentence == (
        "To tell a difference from seed noise, each needs at least 2 seeds with an epoch: "
        '"base 0" has 1, add 1 more seed and "new" has 1, wait for 1 more seed.'
    )


def test_the_band_is_mean_and_one_standard_deviation_of_the_runs_that_got_so_far() -> None:
    points = band([run([0.5, 0.90]), run([0.5, 0.94]), run([0.8])])
    assert [point.epoch for point in points] == [1, 2]
    assert [point.count for point in points] == [3, 2]
    assert points[0].mean == pytest.approx(0.6)
    assert points[1].low == pytest.approx(0.92 - 0.04 / sqrt(2))
    assert points[1].high == pytest.approx(0.92 + 0.04 / sqrt(2))
    assert band([]) == []


def test_the_band_stays_among_possible_values_and_leaves_out_what_is_no_number() -> None:
    wild = replace(run(), epochs=(epoch(1, 1.0, inf),))
    (accuracy,) = band([wild, run([0.5])])
    assert (accuracy.high, accuracy.count) == (1.0, 2)
    (loss,) = band([wild, run([0.5])], "validation_loss")
    assert (loss.count, loss.low) == (1, loss.mean)


def test_an_unknown_metric_is_refused_with_the_choices() -> None:
    with pytest.raises(UnknownChoice, match='Unknown metric "loss": choose one of validation_a'):
        band([], "loss")
