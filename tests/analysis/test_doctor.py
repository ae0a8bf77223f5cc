"""The doctor: each rule on a run that is ill, and on its nearest look-alike that is well."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from compared import experiment
from hypothesis import given, settings
from hypothesis import strategies as st
from patients import (
    CLASSES,
    EPOCHS,
    IMAGES,
    answers_of,
    layer,
    layers,
    losses,
    patient,
    rehearsal,
    start,
)

from playground.analysis.doctor.diagnosis import EXPLAINS, RULES, diagnose
from playground.analysis.doctor.evidence import Evidence
from playground.errors import InvalidExperiment
from playground.experiment import catalog
from playground.run.facts import EpochFacts, StartFacts
from playground.run.records import EpochRecord, StartedRecord

BADLY = [0.1 + 0.02 * number / EPOCHS for number in range(EPOCHS)]
GUESSING = [2.303] * EPOCHS
POOR = [0.6 - 0.3 * 0.6**number for number in range(EPOCHS)]
RISING = [*losses(last=0.3, epochs=8), *np.linspace(0.35, 0.9, 12).tolist()]
FLOOR = 1.4612


def few_images(images: int) -> StartedRecord:
    return StartedRecord(4810, 1000, images, 16, tuple("0123456789"), "cpu", 1, "", "key")


def of(**changes: Any) -> Any:
    return experiment(**{"training__epochs": EPOCHS, **changes})


def half_wrong_class() -> Evidence:
    """Class 3 has a twentieth of the others' images, and none of it is answered."""
    plain = patient(start=start(train_counts=(200.0,) * 3 + (10.0,) + (200.0,) * 6))
    assert plain.answers is not None
    said = plain.answers.said.copy()
    said[:, plain.answers.labels == 3] = 5
    return replace(plain, answers=replace(plain.answers, said=said))


def swinging(step: float) -> list[float]:
    return [0.8 + (step if number % 2 else 0.0) for number in range(EPOCHS - 1)] + [0.8]


TWICE = {
    "train": [FLOOR + 0.3 - 0.01 * number for number in range(EPOCHS)],
    "validation": [FLOOR + 0.3 - 0.01 * number for number in range(EPOCHS)],
    "answers": answers_of([0.1] + [0.9] * EPOCHS, [2.3] + [0.3] * EPOCHS),
    "facts": {0: rehearsal(losses=(2.3, 2.2), cross_entropies=(2.5, 2.0))},
}

ILL: dict[str, Evidence] = {
    "diverged": patient(status="failed", message="The loss became NaN (not a number) in epoch 21."),
    "bad_start": patient(accuracy=POOR, facts={0: rehearsal(train=(500.0, 13.0, 0.1))}, layers=()),
    "unscaled_inputs": patient(layers=(layers(input_mean=33.0, input_std=79.0),)),
    "symmetric_weights": patient(layers=(layers(0, layer(unit_variation=0.0), layer()),)),
    "not_learning": patient(GUESSING, GUESSING, BADLY, facts={}),
    "rate_too_high": patient(
        accuracy=POOR, update_ratio=0.2, facts={0: rehearsal(update_ratios=(0.4, 0.5))}
    ),
    "rate_too_low": patient(
        np.linspace(2.2, 1.5, EPOCHS).tolist(), accuracy=POOR, update_ratio=0.0008
    ),
    "stopped_early": patient(np.linspace(2.2, 0.5, EPOCHS).tolist(), accuracy=POOR),
    "oscillating": patient(accuracy=swinging(0.12), facts={}),
    "validation_too_small": patient(started=few_images(60)),
    "overfitting": patient(
        RISING,
        accuracy=[0.8] * EPOCHS,
        train_accuracy=[0.99] * EPOCHS,
        facts={EPOCHS: EpochFacts(train=(500.0, 0.01, 0.99))},
    ),
    "overconfident": patient(RISING, sure=0.999),
    "too_small": patient(accuracy=POOR, facts={EPOCHS: EpochFacts(train=(500.0, 1.2, 0.6))}),
    "vanishing_gradients": patient(
        GUESSING, accuracy=POOR, layers=(layers(0, layer(gradient_norm=1e-6), layer()),)
    ),
    "exploding_gradients": patient(
        accuracy=POOR, layers=(layers(0, layer(gradient_norm=90.0), layer()),)
    ),
    "gradients_not_zeroed": patient(facts={1: rehearsal(held=(1.0,))}),
    "dead_units": patient(accuracy=POOR, layers=(layers(0, layer(silent_units=60), layer()),)),
    "saturated_units": patient(
        accuracy=POOR, layers=(layers(0, layer(activation="tanh", saturated_share=0.8), layer()),)
    ),
    "softmax_twice": patient(**TWICE),
    "sorted_batches": patient(facts={1: rehearsal(label_entropy=(0.3, 2.2))}),
    "meaningless_labels": patient(
        [2.4] * EPOCHS,
        accuracy=[0.1] * EPOCHS,
        train_accuracy=[0.3] * EPOCHS,
        start=start(
            linear_validation=(400.0, 41.0),
            linear_train=(1000.0, 97.0),
            neighbours_validation=(400.0, 38.0),
            neighbours_train=(1000.0, 104.0),
        ),
    ),
    "noisy_labels": patient(start=start(neighbours_train=(1000.0, 780.0))),
    "leaked_validation": patient(start=start(exact=(400.0,), near=(400.0,))),
    "wrong_mode": patient(
        layers=(layers(), layers(EPOCHS, validation_cross_entropy=0.1, validation_accuracy=0.98))
    ),
    "neglected_class": half_wrong_class(),
}

WELL: dict[str, list[Evidence]] = {
    "diverged": [
        patient(status="failed", message="The disk is full."),
        patient(train=[500.0, *losses(epochs=19)]),  # raw pixels, and it recovers
    ],
    "bad_start": [patient(facts={0: rehearsal(train=(500.0, 3.0, 0.1))})],
    "unscaled_inputs": [patient(layers=(layers(input_mean=0.3, input_std=0.4),))],
    "symmetric_weights": [patient(layers=(layers(0, layer(unit_variation=0.01), layer()),))],
    "not_learning": [
        patient([2.2] * EPOCHS, losses(2.3, 1.9), [0.3] * EPOCHS),
        patient(GUESSING[:1], GUESSING[:1], BADLY[:1], status="running", experiment=of()),
    ],
    "rate_too_high": [
        patient(update_ratio=0.12),
        patient(  # long steps and a rough loss, and nearly all is right
            train=[*losses(epochs=10), *[0.4] * 10],
            accuracy=[0.98] * EPOCHS,
            update_ratio=0.2,
            facts={0: rehearsal(update_ratios=(0.4, 0.5))},
        ),
    ],
    "rate_too_low": [patient(update_ratio=0.0008)],  # it has arrived all the same
    "stopped_early": [
        patient(),
        patient(
            np.linspace(2.2, 1.4, 9).tolist(), accuracy=POOR[:9], status="stopped", experiment=of()
        ),
    ],
    "oscillating": [
        patient(accuracy=swinging(0.02)),
        patient(accuracy=[0.4 + 0.03 * number for number in range(EPOCHS - 1)] + [0.97]),
    ],
    "validation_too_small": [patient(started=few_images(160))],
    "overfitting": [patient(RISING, train=RISING)],  # training gets worse as well
    "overconfident": [patient(RISING, sure=0.951)],
    "too_small": [patient(facts={EPOCHS: EpochFacts(train=(500.0, 0.2, 0.93))})],
    "vanishing_gradients": [patient(layers=(layers(0, layer(gradient_norm=1e-6), layer()),))],
    "exploding_gradients": [patient(layers=(layers(0, layer(gradient_norm=90.0), layer()),))],
    "gradients_not_zeroed": [patient(facts={1: rehearsal(cosines=(0.97, 0.98))})],
    "dead_units": [
        patient(accuracy=POOR, layers=(layers(0, layer(zero_share=0.9), layer()),)),
        patient(layers=(layers(0, layer(silent_units=60), layer()),)),
    ],
    "saturated_units": [
        patient(accuracy=POOR, layers=(layers(0, layer(beyond_five=0.8), layer()),)),  # of ReLU
    ],
    "softmax_twice": [
        patient(
            **{
                **TWICE,
                "facts": {0: rehearsal(losses=(2.3, 2.2), cross_entropies=(2.3, 2.2))},
                "answers": answers_of([0.1] * 21, [2.3, *TWICE["validation"]]),
            }
        ),  # type: ignore[dict-item]
    ],
    "sorted_batches": [
        patient(facts={1: rehearsal(label_entropy=(0.6, 0.65))}),  # batches of two images
    ],
    "meaningless_labels": [patient(accuracy=[0.1] * EPOCHS)],  # others learn these labels
    "noisy_labels": [
        patient(train_accuracy=[0.6] * EPOCHS),  # with dropout on
        patient(start=start(neighbours_train=(1000.0, 950.0))),
    ],
    "leaked_validation": [
        patient(start=start(near=(40.0,), near_control=(0.1,))),  # images that look alike anyway
    ],
    "validation_better_explained": [patient()],
    "wrong_mode": [
        patient(layers=(layers(EPOCHS, validation_cross_entropy=0.22, validation_accuracy=0.95),)),
    ],
    "neglected_class": [
        patient(start=start(train_counts=(10.0,) + (200.0,) * 9)),  # few, and known
    ],
}


def illnesses(evidence: Evidence) -> list[str]:
    return [finding.rule for finding in diagnose(evidence) if finding.is_illness]


def test_a_healthy_run_has_no_illness() -> None:
    assert illnesses(patient()) == []


@pytest.mark.parametrize("rule", ILL)
def test_what_ails_a_run_is_the_first_diagnosis(rule: str) -> None:
    found = diagnose(ILL[rule])
    assert found, "nothing seen"
    assert (found[0].rule, found[0].is_illness) == (rule, True)
    assert found[0].evidence.endswith(".")
    assert found[0].meaning.endswith(".")
    assert 0 <= found[0].since_epoch <= EPOCHS + 1


@pytest.mark.parametrize(
    ("rule", "number"), [(rule, number) for rule in WELL for number in range(len(WELL[rule]))]
)
def test_its_look_alike_is_not_called_ill(rule: str, number: int) -> None:
    assert rule not in illnesses(WELL[rule][number])


def test_each_rule_has_both() -> None:
    assert set(WELL) == set(RULES) == set(ILL) | {"validation_better_explained"}
    assert set(EXPLAINS) | set().union(*EXPLAINS.values()) <= set(RULES)


def test_validation_above_training_is_explained_and_no_illness() -> None:
    shares = [0.6] * EPOCHS
    found = diagnose(patient(train_accuracy=shares, experiment=of(model__dropout=0.5)))
    told = {finding.rule: finding for finding in found}
    assert not told["validation_better_explained"].is_illness
    assert "with dropout on" in told["validation_better_explained"].meaning
    assert illnesses(patient(train_accuracy=shares)) == []


@pytest.mark.parametrize("rule", ILL)
def test_a_fix_is_another_experiment_that_a_run_can_have(rule: str) -> None:
    for finding in diagnose(ILL[rule]):
        if finding.fix:
            assert ILL[rule].experiment.replace(finding.fix) != ILL[rule].experiment


@pytest.mark.parametrize("rule", ["softmax_twice", "sorted_batches", "noisy_labels"])
def test_a_mistake_is_found_by_what_was_recorded_alone(rule: str) -> None:
    asked = ILL[rule]
    (fix,) = {str(each.fix) for each in diagnose(asked) if each.rule == rule}
    assert fix == "None"
    for pitfall in catalog.PITFALLS.names:
        switched = replace(asked, experiment=of(training__pitfalls=(pitfall,)))
        found = diagnose(switched)
        assert [each.rule for each in found] == [each.rule for each in diagnose(asked)]
        assert found[0].fix == {"training.pitfalls": []}
        assert illnesses(patient(experiment=of(training__pitfalls=(pitfall,)))) == []


def test_nothing_is_told_of_a_mystery_that_nobody_has_guessed() -> None:
    assert diagnose(replace(ILL["sorted_batches"], is_secret=True)) == []


def test_what_a_surer_illness_explains_is_a_note_without_advice() -> None:
    dead = patient(
        accuracy=POOR,
        layers=(layers(0, layer(silent_units=60), layer(), input_mean=33.0, input_std=79.0),),
    )
    first, second = diagnose(dead)[:2]
    assert (first.rule, second.rule) == ("unscaled_inputs", "dead_units")
    assert not second.is_illness
    assert second.fix is None
    assert "unscaled inputs" in second.meaning


def test_a_rate_that_is_not_the_one_that_was_set_is_taken_back() -> None:
    ill = ILL["rate_too_high"]
    taken = {0: rehearsal(update_ratios=(0.4, 0.5), learning_rate=(0.1,))}
    asked = replace(ill, experiment=of(training__pitfalls=("rate_times_100",)), facts=taken)
    assert diagnose(asked)[0].fix == {"training.pitfalls": []}
    assert diagnose(ill)[0].fix == {"optimizer.learning_rate": 3e-05}


numbers = st.floats(allow_nan=True, allow_infinity=True, width=32) | st.sampled_from([0.0, -1.0])
rows = st.lists(numbers, max_size=12).map(tuple)
start_facts = st.builds(StartFacts, **{each.name: rows for each in fields(StartFacts)})
epoch_facts = st.builds(EpochFacts, **{each.name: rows for each in fields(EpochFacts)})
epoch_records = st.lists(
    st.builds(
        EpochRecord,
        epoch=st.just(1),
        **{each.name: numbers for each in fields(EpochRecord) if each.name != "epoch"},
    ),
    max_size=6,
).map(lambda found: tuple(replace(each, epoch=at + 1) for at, each in enumerate(found)))


@settings(max_examples=60, deadline=None)
@given(
    records=epoch_records,
    beginning=start_facts | st.none(),
    facts=st.dictionaries(st.integers(0, 6), epoch_facts, max_size=4),
    status=st.sampled_from(["running", "finished", "failed"]),
    known=st.booleans(),
)
def test_no_garbage_makes_the_doctor_fail(
    records: tuple[EpochRecord, ...],
    beginning: StartFacts | None,
    facts: dict[int, EpochFacts],
    status: str,
    known: bool,
) -> None:
    few = answers_of([0.5] * (len(records) + 1), [1.0] * (len(records) + 1))
    with np.errstate(all="ignore"):
        found = diagnose(
            Evidence(
                experiment(),
                status,
                "The loss became infinite in epoch 1.",
                few_images(IMAGES) if known else None,
                records,
                answers=few if known else None,
                start=beginning,
                facts=facts,
            )
        )
    for finding in found:
        assert finding.rule in RULES
        try:
            assert experiment().replace(finding.fix or {})
        except InvalidExperiment:
            raise AssertionError(finding) from None


def test_nothing_is_seen_where_nothing_was_recorded() -> None:
    assert diagnose(Evidence(experiment())) == []
    assert Evidence(experiment(), started=few_images(1)).classes == CLASSES
