from __future__ import annotations

from dataclasses import replace
from math import inf, nan, sqrt

import pytest
from compared import epoch, experiment, run
from hypothesis import given
from hypothesis import strategies as st

from playground.analysis.comparison import (
    ComparedRun,
    canonical,
    causes,
    differing_settings,
)
from playground.analysis.pairs import SharedAnswers, compare_pair
from playground.analysis.seeds import (
    SeedGroup,
    band,
    compare_seeds,
    seed_experiments,
    seed_groups,
    seed_statistics,
)
from playground.analysis.wording import (
    changed_settings,
    marks_text,
    no_effect_text,
    p_text,
    percent_text,
    points_text,
    setting_text,
    value_text,
)
from playground.errors import InvalidExperiment, UnknownChoice
from playground.experiment import Experiment
from playground.experiment.catalog import ARCHITECTURES, OPTIMIZERS, PITFALLS
from playground.experiment.entries import PitfallEntry
from playground.experiment.fields import choices, paths
from playground.experiment.pitfalls import has_effect, hidden_pitfall
from playground.run.records import best_by_accuracy, best_by_loss

DECIMALS = st.integers(0, 3)

SIZES = {"model__hidden_sizes": [128]}

# How settings and results read.


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("data.training_images", None, "all"),
        ("data.image_size", None, "unchanged"),
        ("data.image_size", 28, "28 pixels"),
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


@pytest.mark.parametrize("path", choices())
def test_every_name_of_the_catalogue_reads_as_its_label(path: str) -> None:
    for entry in choices()[path]:
        assert value_text(path, entry.name) == entry.label


def test_every_setting_that_is_a_name_has_its_catalogue() -> None:
    words = {path for path in paths() if isinstance(Experiment().get(path), str)}
    found_here = {"training.device", "model.backbone"}  # not the same on every machine
    assert words - found_here == set(choices())


def test_the_default_experiment_has_no_changed_settings() -> None:
    assert changed_settings(Experiment()) == "defaults"


def test_changed_settings_are_short_and_in_the_order_of_the_sections() -> None:
    changed = experiment(
        optimizer__learning_rate=0.01,
        data__dataset="mnist",
        model__hidden_sizes=[128],
        model__batch_norm=True,
    )
    assert changed_settings(changed) == "MNIST · hidden sizes 128 · batch norm · lr 0.01"


def test_changed_settings_leave_out_what_the_network_does_not_have() -> None:
    changed = experiment(model__architecture="resnet18", model__hidden_sizes=[128])
    assert changed_settings(changed) == "ResNet-18"


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("model.batch_norm", True, "batch norm"),
        ("model.batch_norm", False, "no batch norm"),
        ("training.pitfalls", ("sorted",), "⚠ Never shuffled, sorted by class"),
        ("model.batch_norm", True, "batch norm"),
        ("model.batch_norm", False, "no batch norm"),
        ("training.pitfalls", (), "no pitfalls"),
        ("training.mystery", "K7QF", "mystery K7QF"),
        ("training.mystery", None, "no mystery"),
    ],
)
def test_a_setting_reads_short_and_says_what_it_is(path: str, value: object, text: str) -> None:
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


@pytest.mark.parametrize(
    ("share", "decimals", "text"),
    [
        (0.967, 1, "96.7 %"),
        (8_997 / 9_000, 1, "99.9 %"),
        (0.99999, 2, "99.99 %"),
        (0.995, 0, "99 %"),
        (1.0, 1, "100.0 %"),
        (1e-9, 1, "0.1 %"),
        (0.0, 1, "0.0 %"),
        (nan, 1, "–"),
    ],
)
def test_a_share_reads_in_percent(share: float, decimals: int, text: str) -> None:
    assert percent_text(share, decimals) == text


@given(st.integers(1, 10**9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), DECIMALS)
def test_only_all_is_100_percent_and_only_none_is_0(counts: tuple[int, int], decimals: int) -> None:
    right, images = counts
    shown = float(percent_text(right / images, decimals).removesuffix(" %"))
    assert (shown == 100, shown == 0) == (right == images, right == 0)
    assert abs(shown - 100 * right / images) <= 10.0**-decimals


# What differs.


def test_the_best_epoch_by_accuracy_and_by_loss_is_the_first_and_one_with_a_number() -> None:
    records = (epoch(1, nan, nan), epoch(2, 0.9, 0.5), epoch(3, 0.9, 0.3), epoch(4, 0.8, 0.3))
    assert replace(run(), epochs=records).best is best_by_accuracy(records) is records[1]
    assert best_by_loss(records) is records[2]
    assert best_by_accuracy(records[:1]) is None
    assert best_by_loss(records[:1]) is records[0]  # a checkpoint is kept from the first epoch on
    assert best_by_accuracy(()) is best_by_loss(()) is None


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


NO_TWIN = "The images that measure them are not the same."
SOFTMAX = "pitfall “Softmax before cross-entropy” switched"
FLAWED = run([0.925], training__pitfalls=["softmax_twice"])
K7QF, AB23 = (run([0.9], training__mystery=code) for code in ("K7QF", "AB23"))
MANY = {
    "model__hidden_sizes": [9],
    "model__dropout": 0.5,
    "model__batch_norm": True,
    "optimizer__weight_decay": 0.1,
    "training__epochs": 9,
    "training__batch_size": 9,
}


@pytest.mark.parametrize(
    ("baseline", "other", "parts"),
    [
        (
            run([0.5], training__epochs=1),
            run([0.5, 0.6], training__epochs=2),
            ("epochs 1 → 2, all else equal, same seed:", "after 1 and 2 epochs"),
        ),
        (
            run([0.5]),
            run([0.6], status="running", model__dropout=0.5),
            ("dropout 0 → 0.5, all else equal", "best epoch so far of each"),
        ),
        (
            run([0.9912]),
            run([0.9916], model__dropout=0.5),
            ("dropout", "+0.04 points (best epoch of each: 99.12 % → 99.16 %"),
        ),
        (
            run([0.5]),
            run([0.51], training__seed=3),
            (
                "seed 0 → 3, all else equal: validation accuracy +1.0 points",
                "Only chance differs: this is seed noise.",
            ),
        ),
        (
            run([0.5]),
            run([0.51], data__split_seed=3),
            ("split seed 0 → 3, all else equal", NO_TWIN, "this is seed noise."),
        ),
        (
            run([0.967]),
            FLAWED,
            (f"{SOFTMAX} on, all else equal, same seed: validation accuracy −4.2 points",),
        ),
        (FLAWED, run([0.967]), (f"{SOFTMAX} off, all else equal",)),
        (run([0.9]), run([1.0], training__pitfalls=["unseparated"]), ("pitfall", NO_TWIN)),
        (run([0.9]), K7QF, ("mystery K7QF switched on, all else equal, same seed: ",)),
        (K7QF, run([0.9]), ("mystery K7QF switched off, all else equal, same seed: ",)),
        (K7QF, AB23, ("mystery K7QF → AB23, all else equal, same seed: ",)),
        (
            run([0.5]),
            run([0.4], name="wild", status="failed", model__dropout=0.5),
            ("dropout", '"wild" failed'),
        ),
        (
            run([0.5]),
            run([0.5]),
            ("the same run twice: same settings, same seed: validation accuracy ±0.0 points",),
        ),
        (run([0.5]), run([0.5], **MANY), ("6 settings differ (hidden sizes", "; 2 more)")),
    ],
)
def test_a_pair_is_told_in_a_sentence(
    baseline: ComparedRun, other: ComparedRun, parts: tuple[str, ...]
) -> None:
    pair = compare_pair(baseline, other)
    assert pair.sentence.startswith(parts[0])
    assert all(part in pair.sentence for part in parts)
    assert pair.is_single_cause is ("all else equal" in pair.sentence)
    assert (NO_TWIN in pair.sentence) is (NO_TWIN in parts)
    for code in ("K7QF", "AB23"):
        assert hidden_pitfall(code).label not in pair.sentence


def test_a_pair_says_how_sure_it_is() -> None:
    before, after = run([0.5, 0.9]), run([0.6, 0.95], model__dropout=0.5)
    few = compare_pair(before, after, answers=SharedAnswers(216, 9, 8)).sentence
    assert few.endswith(
        "Of 216 validation images, the baseline alone has 9 right and this run alone 8: chance "
        "alone may make these two networks differ so (McNemar's exact test, p = 1.00)."
    )
    many = compare_pair(before, after, answers=SharedAnswers(9000, 100, 150)).sentence
    assert "differ by more than chance; whether the setting is why, seeds tell (McN" in many
    measured = [replace(each, validation_images=216) for each in (before, after)]
    assert "95 % interval +0.02 to +10.34 points by the number of images: these two networks" in (
        compare_pair(*measured).sentence
    )
    assert "95 %" not in compare_pair(before, measured[1]).sentence


def test_the_best_of_more_epochs_is_corrected_and_of_seeds_nothing_is_claimed() -> None:
    before, after = run([0.9]), run([0.9] * 30, training__epochs=30)
    pair = compare_pair(before, after, answers=SharedAnswers(9000, 100, 150)).sentence
    assert "networks differ so (McNemar's exact test, corrected for 30 epochs, p = 0.056)" in pair
    seeds = compare_pair(before, run([0.95], training__seed=1), answers=SharedAnswers(900, 1, 99))
    assert seeds.sentence.endswith("after 1 epoch). Only chance differs: this is seed noise.")


@pytest.mark.parametrize(
    ("p", "text"),
    [(1.0, "p = 1.00"), (0.0494, "p = 0.049"), (0.001, "p = 0.001"), (0.0009, "p < 0.001")],
)
def test_a_p_value_reads_as_is_usual(p: float, text: str) -> None:
    assert p_text(p) == text


def test_a_run_that_was_forked_is_not_all_else_equal_and_says_from_what() -> None:
    parent = run([0.5], training__epochs=1)
    forked = replace(run([0.5, 0.6], training__epochs=2), origin="base at epoch 1")
    pair = compare_pair(parent, forked)
    words = "epochs 1 → 2, same seed, this run forked from base at epoch 1: validation"
    assert pair.sentence.startswith(words)
    assert not pair.is_single_cause
    assert "the baseline forked from base at epoch 1" in compare_pair(forked, parent).sentence
    sister = replace(run([0.5, 0.7], training__epochs=2, model__dropout=0.5), origin=forked.origin)
    both = compare_pair(forked, sister)
    assert "all else equal, same seed, both forked from base at epoch 1: " in both.sentence
    assert both.is_single_cause


def test_another_seed_is_named_and_the_twin_with_the_same_seed_is_offered() -> None:
    other = run([0.6], training__seed=3, optimizer__learning_rate=0.01)
    pair = compare_pair(run([0.5]), other)
    assert "all else equal, seeds 0 and 3: validation accuracy +10.0 points" in pair.sentence
    assert pair.sentence.endswith("Part of it may be the seed: run the twin with seed 0.")
    assert not pair.is_single_cause
    assert pair.missing_twins == (experiment(optimizer__learning_rate=0.01),)


def test_another_split_is_named_and_the_twin_with_the_same_one_is_offered() -> None:
    other = run([0.6], data__split_seed=5, optimizer__learning_rate=0.01)
    pair = compare_pair(run([0.5]), other)
    assert "0.001 → 0.01, same seed, split seeds 0 and 5: validation" in pair.sentence
    assert pair.sentence.endswith(
        f"{NO_TWIN} Part of it may be the split seed: run the twin with split seed 0."
    )
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


def test_a_fork_is_no_seed_of_a_run_that_began_anew() -> None:
    straight = run([0.5, 0.6], name="a", training__seed=1)
    fork = replace(run([0.5, 0.6], name="b", training__seed=2), origin="a at epoch 1")
    assert [len(found.runs) for found in seed_groups([straight, fork])] == [1, 1]


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
    last = experiment(training__seed=2**31 - 1)  # after which they go on from zero
    assert [copy.training.seed for copy in seed_experiments(last, 2)] == [2**31 - 1, 0]
    with pytest.raises(InvalidExperiment, match="0 seeds are none: choose 1 or more"):
        seed_experiments(Experiment(), 0)


def test_two_groups_are_compared_in_pairs_of_the_same_seed() -> None:
    mine = group([0.90, 0.92, 0.94, 0.96])
    theirs = group([0.91, 0.94, 0.95], model__dropout=0.5)  # +1, +2 and +1 points
    result = compare_seeds(mine, theirs)
    # t(2) = 4.303 and the standard error is 1/3 of a point around 4/3.
    assert result.difference is not None
    assert result.difference.interval == pytest.approx((-0.001, 0.02768), abs=1e-5)
    assert result.sentence == (
        "dropout 0 → 0.5, all else equal: mean validation accuracy +1.3 points (92.0 % → 93.3 %), "
        "95 % interval −0.1 to +2.8 points by the paired t test over 3 seeds: chance alone may do "
        "that."
    )
    clear = compare_seeds(mine, group([0.93, 0.951, 0.97], model__dropout=0.5))
    assert clear.sentence.endswith("over 3 seeds: more than chance.")
    several = group([0.8, 0.9, 0.9], model__dropout=0.5, training__batch_size=32)
    assert "cause cannot be told apart" in compare_seeds(mine, several).sentence
    waiting = SeedGroup((*theirs.runs[:2], replace(theirs.runs[2], status="running")))
    assert "+1.3 points so far" in compare_seeds(mine, waiting).sentence
    failed = SeedGroup((*theirs.runs[:2], replace(theirs.runs[2], status="failed")))
    assert compare_seeds(mine, failed).sentence.endswith("Not all of these runs finished.")
    elsewhere = group([0.93, 0.951, 0.97], data__validation="official")
    assert "not the same, which alone may be the cause." in compare_seeds(mine, elsewhere).sentence


def test_seeds_without_any_spread_do_not_divide_by_zero() -> None:
    same = compare_seeds(group([0.9] * 3), group([0.9] * 3, model__dropout=0.5))
    assert "±0.0 points (90.0 % → 90.0 %), 95 % interval +0.0 to +0.0 points" in same.sentence
    assert same.sentence.endswith("chance alone may do that.")
    other = compare_seeds(group([0.9] * 3), group([0.8] * 3, model__dropout=0.5))
    assert other.sentence.endswith("more than chance.")


def test_too_few_seeds_in_common_say_how_many_there_are() -> None:
    queued = run(name="new", status="queued", training__seed=2)
    others = (run([0.5], name="other"), run([0.5], training__seed=1), queued)
    result = compare_seeds(group([0.9] * 5), SeedGroup(others))
    assert result.difference is None
    assert result.sentence == (
        "To tell a difference from chance takes 3 seeds that both have run, with an epoch at "
        'least: "base 0" and "other" share 2. Repeat both with 3 seeds.'
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
