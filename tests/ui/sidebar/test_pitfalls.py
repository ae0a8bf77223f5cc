"""Pitfalls in the page: the switches, the marks, and the mystery that hides one of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from app_page import AppPage, plain
from compared import experiment

from playground.errors import InvalidExperiment
from playground.experiment import Experiment
from playground.experiment.catalog import PITFALLS
from playground.experiment.pitfalls import CODE_LETTERS, hidden_pitfall
from playground.recipes import RECIPES
from playground.ui.guesses import Guesses
from playground.ui.sidebar.pitfall_switches import parse_code, summary
from playground.ui.state import pitfall_key

Open = Callable[..., AppPage]

SHORT = {"training.epochs": "2", "data.training_images": "100", "training.batch_size": "50"}


def code_hiding(name: str) -> str:
    """Return a code that hides this pitfall."""
    source = random.Random(name)
    while True:
        code = "".join(source.choice(CODE_LETTERS) for _ in range(4))
        if hidden_pitfall(code).name == name:
            return code


def switch(page: AppPage, name: str) -> Any:
    return page.app.toggle(key=pitfall_key(name).name)


def flip(page: AppPage, name: str, value: bool) -> None:
    switch(page, name).set_value(value)
    page.look()


def heading(page: AppPage) -> str:
    [found] = [each.label for each in page.app.expander if each.label.startswith("Pitfalls")]
    return str(found)


def guess(page: AppPage, name: str) -> None:
    [box] = [box for box in page.app.selectbox if box.label == "Which one is it?"]
    box.set_value(name)
    page.look()
    page.press("guess")


def everything_sent(page: AppPage) -> str:
    """Return all that the browser gets, but for what names every pitfall: switches and choice."""
    parts = []
    for element in page.app.main, page.app.sidebar:
        for child in element:
            proto = getattr(child, "proto", None)
            key = getattr(child, "key", None) or ""
            if proto is not None and "pitfalls" not in key and not key.startswith("guess-"):
                parts.append(str(proto))
    return "\n".join(parts)


# Switches.


def test_every_pitfall_has_a_switch_that_is_off_and_explains_itself(open_page: Open) -> None:
    page = open_page()
    assert heading(page) == "Pitfalls"
    for pitfall in PITFALLS:
        toggle = switch(page, pitfall.name)
        assert toggle.label == pitfall.label
        assert toggle.value is False
        assert not toggle.disabled
        for text in (pitfall.summary, pitfall.why, pitfall.see, pitfall.when):
            assert text in plain(toggle.help)


def test_switches_go_into_the_draft_in_the_order_of_the_catalogue(open_page: Open) -> None:
    page = open_page()
    flip(page, "noisy_labels", True)
    flip(page, "softmax_twice", True)
    assert page.draft.training.pitfalls == ("softmax_twice", "noisy_labels")
    assert heading(page) == "Pitfalls · 2 on"
    flip(page, "noisy_labels", False)
    assert page.draft.training.pitfalls == ("softmax_twice",)
    assert heading(page) == "Pitfalls · 1 on"


def test_a_link_sets_the_switches_and_the_defaults_reset_them(open_page: Open) -> None:
    page = open_page({"training.pitfalls": '["sorted"]'})
    assert switch(page, "sorted").value is True
    assert heading(page) == "Pitfalls · 1 on"
    page.press_label("Back to the defaults")
    assert switch(page, "sorted").value is False
    assert page.draft == Experiment()


def test_a_switch_without_effect_says_why(open_page: Open) -> None:
    page = open_page()
    words = "No effect: there is neither dropout nor batch norm."
    assert page.words.count(words) == 2
    page.choose("model.dropout", 0.5)
    assert words not in page.words
    page.choose("data.normalization", "none")
    assert "No effect: the pixels are not normalized anyway." in page.words


def test_a_pitfall_that_is_on_offers_the_recipe_that_shows_it(open_page: Open) -> None:
    page = open_page({"training.pitfalls": '["eval_mode"]'})
    assert [button.key for button in page.app.button if "show-" in (button.key or "")] == [
        "show-eval_mode"
    ]
    page.press("show-eval_mode")
    assert page.draft == RECIPES["pitfall_eval_mode"].experiment()
    assert page.session.recipe == "pitfall_eval_mode"
    assert switch(page, "eval_mode").value is True


def test_the_chips_name_each_pitfall_that_the_next_run_switches(open_page: Open) -> None:
    page = open_page(SHORT)
    page.train()
    flip(page, "sorted", True)
    flip(page, "leaked", True)
    chips = next(text for text in page.words if "The next run changes" in text)
    assert ":orange-badge[⚠ Never shuffled, sorted by class: on]" in chips
    assert ":orange-badge[⚠ Validation images leaked into training: on]" in chips


# Marks.


def test_a_run_with_pitfalls_names_them_and_how_to_see_them(open_page: Open) -> None:
    page = open_page({**SHORT, "training.pitfalls": '["softmax_twice","eval_mode"]'})
    assert not page.warnings
    page.train()
    [text] = page.warnings
    assert "⚠ Pitfall: Softmax before cross-entropy.** How to see it: " in text
    assert PITFALLS["softmax_twice"].see in text
    assert "⚠ Pitfall: Left in eval mode.** It changes nothing in this run: " in text
    flip(page, "softmax_twice", False)
    assert page.warnings == [text]  # the run shown has it still
    page.train()
    assert "Softmax" not in page.warnings[0]
    assert page.app.button(key="dismiss").label == "Dismiss ⚠ previous run"
    assert "⚠ Softmax before cross-entropy" in plain(page.app.button(key="dismiss").help)


# Mystery.


@pytest.mark.parametrize("typed", ["K7QF", "k7qf", "  k7 qf ", "k7qf\n"])
def test_a_code_is_read_from_however_it_is_typed(typed: str) -> None:
    assert parse_code(typed) == "K7QF"


@pytest.mark.parametrize("typed", ["", "K7Q", "K7QFX", "K7-F", "ÄÖÜß"])
def test_what_is_no_code_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(InvalidExperiment, match="four letters or digits"):
        parse_code(typed)


def test_the_heading_tells_of_a_mystery() -> None:
    assert summary(experiment(training__mystery="K7QF")) == "Pitfalls · ⚠ mystery K7QF"


def test_a_hidden_pitfall_puts_the_switches_off_until_the_mystery_ends(open_page: Open) -> None:
    page = open_page()
    flip(page, "sorted", True)
    page.press("hide-one")
    code = page.draft.training.mystery
    assert code
    assert page.draft.training.pitfalls == ()
    assert all(switch(page, name).disabled for name in PITFALLS.names)
    assert not any(switch(page, name).value for name in PITFALLS.names)
    assert page.says("No switch works while a mystery is on")
    assert code in [block.value for block in page.app.code]
    page.press("end-mystery")
    assert page.draft == Experiment()
    assert not switch(page, "sorted").disabled


def test_a_code_that_was_shared_is_taken_and_a_wrong_one_told(open_page: Open) -> None:
    page = open_page()
    page.app.text_input(key="mystery-code").set_value("nonsense")
    page.look()
    assert any('"nonsense" is no code of a mystery' in text for text in page.errors)
    assert page.draft == Experiment()
    page.app.text_input(key="mystery-code").set_value(" k7 qf")
    page.look()
    assert not page.errors
    assert page.draft.training.mystery == "K7QF"


@pytest.mark.parametrize("name", PITFALLS.names)
def test_nothing_on_the_page_tells_what_a_mystery_hides(open_page: Open, name: str) -> None:
    code = code_hiding(name)
    page = open_page({**SHORT, "training.mystery": code})
    assert any(PITFALLS[other].label in switch(page, other).label for other in PITFALLS.names)
    sent = everything_sent(page)
    page.press("step")
    page.until(lambda: page.progress.startswith("Paused after 1"))
    sent += everything_sent(page)
    assert f"Mystery {code}: one of eleven mistakes is hidden in this run." in sent
    for text in (name, PITFALLS[name].label, PITFALLS[name].summary, PITFALLS[name].see):
        assert text not in plain(sent)


def test_guesses_are_counted_until_the_mystery_is_found(open_page: Open) -> None:
    code = code_hiding("shuffled_labels")
    page = open_page({**SHORT, "training.mystery": code})
    page.train()
    assert not page.can_press("guess")
    guess(page, "leaked")
    assert page.says(PITFALLS["leaked"].see)
    assert "1 guess so far." in page.words
    guess(page, "leaked")
    assert "1 guess so far." in page.words
    guess(page, "shuffled_labels")
    words = "\n".join(page.words)
    assert f"Mystery {code}: Shuffled labels.** ✓ Found after 2 guesses." in words
    for text in (PITFALLS["shuffled_labels"].summary, PITFALLS["shuffled_labels"].why):
        assert text in words
    assert f"You know this mystery {code}: Shuffled labels." in words
    assert page.draft.training.mystery == code
    other = open_page({"run": page.run_id})
    assert not other.says("Found after")
    assert other.app.button(key="reveal")


def test_revealing_says_what_it_was_and_that_it_changed_nothing(open_page: Open) -> None:
    code = code_hiding("eval_mode")
    page = open_page({**SHORT, "training.mystery": code})
    page.train()
    page.press("reveal")
    assert page.says("Left in eval mode.** Revealed after no guesses.")
    assert page.says("In this run it changed nothing")


def test_a_guess_that_is_right_solves_the_code_for_every_run() -> None:
    code = code_hiding("leaked")
    guesses = Guesses()
    guesses.guess(code, "sorted")
    guesses.guess(code, "eval_mode")
    guesses.guess(code, "sorted")
    assert guesses.wrong == {code: ("eval_mode", "sorted")}
    assert not guesses.revealed
    guesses.guess(code, "leaked")
    assert guesses.revealed == {code}
    assert guesses.wrong == {code: ("eval_mode", "sorted")}
