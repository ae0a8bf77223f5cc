"""The command that says what ails a run, on runs of real digits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from playground.__main__ import main
from playground.analysis.doctor.diagnosis import RULES
from playground.service.store.store import RunStore

KEYS = ["rule", "is_illness", "since_epoch", "evidence", "fix"]


def trained(capsys: pytest.CaptureFixture[str], **settings: Any) -> str:
    """Train on the digits and return the id of the run."""
    given = [f"{path.replace('__', '.')}={json.dumps(value)}" for path, value in settings.items()]
    main(["train", *(word for each in given for word in ("--set", each))])
    capsys.readouterr()
    return RunStore().runs()[0].info.run_id


def diagnosed(capsys: pytest.CaptureFixture[str], run_id: str) -> list[dict[str, Any]]:
    assert main(["diagnose", run_id, "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_healthy_run_prints_no_illness(capsys: pytest.CaptureFixture[str]) -> None:
    run_id = trained(capsys)
    found = diagnosed(capsys, run_id)
    assert [each["rule"] for each in found if each["is_illness"]] == []
    assert main(["diagnose", run_id]) == 0
    assert f"No illness seen ({len(RULES)} rules looked)." in capsys.readouterr().out


SICK: dict[str, tuple[str, dict[str, Any]]] = {
    "softmax_twice": ("softmax_twice", {"training__epochs": 5}),
    "sorted_batches": ("sorted", {"training__epochs": 3}),
    "gradients_not_zeroed": ("not_zeroed", {"training__epochs": 3}),
    "unscaled_inputs": ("raw_pixels", {"training__epochs": 3}),
    "leaked_validation": ("leaked", {"training__epochs": 2}),
    "noisy_labels": ("noisy_labels", {"training__epochs": 4}),
    "meaningless_labels": ("shuffled_labels", {"training__epochs": 3}),
    "wrong_mode": (
        "validated_in_train_mode",
        {"training__epochs": 12, "model__dropout": 0.6, "optimizer__learning_rate": 0.003},
    ),
}


@pytest.mark.parametrize("rule", SICK)
def test_a_mistake_in_the_run_is_the_first_that_is_told(
    rule: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pitfall, settings = SICK[rule]
    found = diagnosed(capsys, trained(capsys, training__pitfalls=[pitfall], **settings))
    assert list(found[0])[:5] == KEYS
    assert (found[0]["rule"], found[0]["is_illness"]) == (rule, True)
    assert found[0]["fix"] == {"training.pitfalls": []}


def test_a_rate_far_too_high_or_too_low_is_told_from_a_short_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for changes, rule in (
        ({"optimizer__learning_rate": 1.0}, "rate_too_high"),
        ({"optimizer__learning_rate": 1e-4}, "rate_too_low"),
        ({"training__epochs": 4}, "stopped_early"),
    ):
        first = diagnosed(capsys, trained(capsys, **changes))[0]
        assert (first["rule"], first["is_illness"]) == (rule, True), changes
        assert first["fix"]


def test_a_mystery_is_not_given_away(capsys: pytest.CaptureFixture[str]) -> None:
    run_id = trained(capsys, training__mystery="AAAA", training__epochs=1)
    assert main(["diagnose", run_id, "--json"]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "guess it on the Train page" in told.err


def test_an_unknown_run_is_said_to_be_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", "no-such-run"]) == 1
    assert "run" in capsys.readouterr().err
