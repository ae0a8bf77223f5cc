"""`python -m playground rate`."""

from __future__ import annotations

import json

import pytest

from playground.__main__ import main
from playground.experiment import Experiment

NEVER = ("--set", "model.architecture=linear", "--set", 'training.pitfalls=["shuffled_labels"]')


def test_a_rate_is_suggested_with_its_range_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rate", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["low"] <= 1.01 * found["rate"]
    assert found["rate"] <= 1.01 * found["high"]
    assert found["reason"].startswith("From ")
    Experiment().replace({"optimizer.learning_rate": found["rate"]})


def test_where_there_is_no_clear_valley_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rate", *NEVER]) == 0
    assert capsys.readouterr().out.startswith("No clear valley. At no rate does the loss fall far")
    assert main(["rate", "--set", "training.batch_size=0"]) == 2
