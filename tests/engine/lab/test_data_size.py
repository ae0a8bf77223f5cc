"""More images: the gap closes, and a network too small stays low."""

from __future__ import annotations

from statistics import fmean

from asking import ask

from playground.lab.data_size import SIZES, DataSizeQuestion


def test_more_images_close_the_gap_of_a_large_network() -> None:
    found = ask(DataSizeQuestion(seeds=1))
    assert [each.images for each in found.trained] == list(SIZES)
    assert found.validation_images == 216
    gaps = [fmean(each.train) - fmean(each.validation) for each in found.trained]
    assert gaps[0] > 0.2
    assert gaps[-1] < 0.1
    assert found.trained[-1].validation[0] > 0.9
    assert "loss.backward()" in found.code


def test_a_network_too_small_has_a_small_gap_and_stays_low() -> None:
    last = ask(DataSizeQuestion(units="2", seeds=2)).trained[-1]
    assert len(last.train) == len(last.validation) == 2
    assert max(last.train) < 0.85
    assert abs(fmean(last.train) - fmean(last.validation)) < 0.1


def test_the_numbers_repeat() -> None:
    question = DataSizeQuestion(units="8", seeds=1)
    assert ask(question) == ask(question)
