"""What the rate finder suggests is measured: the table is whole, and its claims hold."""

from __future__ import annotations

import pytest
import rate_truth
from rate_truth import ASKED, CASES, RATES, Verdict, accuracies, verdict
from rate_truth import test_of as sweeps_of

from playground.analysis.learning_rate import advise

TABLE = rate_truth.table()
VERDICTS = {name: verdict(rows) for name, rows in TABLE.items()}
ABLE = {name: each for name, each in VERDICTS.items() if each.can_learn}


def judged() -> dict[str, Verdict]:
    """Return the cases that learn and had no part in the choice of constants."""
    return {name: each for name, each in ABLE.items() if not CASES[name].tuned}


def test_the_table_has_every_case_at_every_rate_and_every_question() -> None:
    assert list(TABLE) == list(CASES)
    for rows in TABLE.values():
        assert [float(row[3]) for row in rows if row[1] == "truth"] == list(RATES)
        assert [int(row[2]) for row in rows if row[1] == "found"] == list(ASKED)
    assert sum(CASES[name].tuned for name in CASES) == len(CASES) / 2


def share(found: dict[str, Verdict]) -> float:
    """Return how many of the suggestions are within two standard errors of the best rate."""
    good, made = (
        sum(each) for each in zip(*((it.good, len(it.lost)) for it in found.values()), strict=True)
    )
    return good / made


def test_nine_of_ten_suggestions_are_as_good_as_the_best_rate_and_the_others_lose_little() -> None:
    assert share(ABLE) > 0.9
    assert share(judged()) > 0.88  # the others are all of one case: AdamW with batches of 16
    assert max(lost for each in ABLE.values() for lost in each.lost) < 0.02
    assert sum(rate is None for each in ABLE.values() for rate in each.suggested) <= 2


def test_networks_that_learn_at_no_rate_get_no_suggestion() -> None:
    unable = VERDICTS.keys() - ABLE.keys()
    assert len(unable) >= 6
    for name in unable:
        assert set(VERDICTS[name].suggested) == {None}, name


def test_ten_questions_to_a_network_lie_within_a_factor_of_three() -> None:
    for name, found in ABLE.items():
        rates = [rate for rate in found.suggested if rate]
        assert max(rates, default=1.0) <= 3 * min(rates, default=1.0), name


@pytest.mark.parametrize("name", ["first", "silent_adam"])
def test_the_table_says_what_the_finder_says(name: str) -> None:
    [told] = [row[3] for row in TABLE[name] if row[1] == "found" and row[2] == "10"]
    rate = advise(sweeps_of(CASES[name], 10)).rate
    assert rate == (pytest.approx(float(told), rel=0.2) if told else None)


def test_the_table_says_what_a_training_says() -> None:
    [told] = [row for row in TABLE["linear_adam_128"] if row[1] == "truth" and row[3] == "0.0061"]
    found = accuracies(CASES["linear_adam_128"], 0.0061)
    assert found == pytest.approx([float(each) for each in told[4:]], abs=0.02)
