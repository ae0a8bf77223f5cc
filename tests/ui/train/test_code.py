"""The settings as code on the Train page: shown, marked where they changed, and verified."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from app_page import AppPage

from playground.experiment import Experiment
from playground.export.script import script_of
from playground.run.verification import read_verification
from playground.service import service

OpenPage = Callable[..., AppPage]


def show_code(page: AppPage) -> None:
    page.app.toggle(key="show-code").set_value(True)
    page.look()


def lines_shown(page: AppPage) -> list[str]:
    """Return the lines of the code on the page, as they are heard: those changed say so."""
    html = page.html.partition('<div class="script"')[2].partition("</code>")[0]
    lines = html.split('<span class="line')[1:]
    heard = (re.sub(r'<span class="glyph".*?</span>', "", line) for line in lines)
    return [unescape(re.sub(r"<[^>]*>", "", line.partition(">")[2])) for line in heard]


def test_the_code_follows_the_settings_and_marks_what_the_last_change_touched(
    open_page: OpenPage,
) -> None:
    page = open_page()
    assert not lines_shown(page)
    show_code(page)
    assert lines_shown(page) == script_of(Experiment()).splitlines()
    page.choose("optimizer.learning_rate", 0.01)
    marked = [line for line in lines_shown(page) if line.startswith("changed: ")]
    assert marked == [
        "changed: optimizer = torch.optim.Adam(model.parameters(), lr=0.01, fused=True)"
    ]
    number = 1 + lines_shown(page).index(marked[0])
    assert page.says(f"▸ marks what the last change touched: line {number}.")
    page.choose("training.epochs", 3)
    marked = [line for line in lines_shown(page) if line.startswith("changed: ")]
    assert marked == ["changed: EPOCHS = 3"]
    assert page.html.count('class="glyph"') == 1
    labels = [button.label for button in page.app.get("download_button")]
    assert {"Script (.py)", "Notebook (.ipynb)"} <= {*labels}


def test_a_mystery_is_not_given_away_by_its_script(open_page: OpenPage) -> None:
    page = open_page({"training.mystery": "AB3D"})
    show_code(page)
    assert page.says("solve it first")
    assert not lines_shown(page)
    page.session.guesses.give_up("AB3D")
    page.look()
    assert any("# Pitfall: " in line for line in lines_shown(page))


def test_settings_without_a_script_say_why(open_page: OpenPage) -> None:
    page = open_page({"model.architecture": "cnn_20_50"})
    show_code(page)
    assert page.says("There is no script of these settings. The network does not fit these images")


def test_a_run_is_verified_by_its_script_and_carries_the_stamp(open_page: OpenPage) -> None:
    page = open_page({"training.epochs": "2"})
    page.train()
    page.choose("training.epochs", 5)
    show_code(page)
    assert "changed: EPOCHS = 5" in lines_shown(page)
    page.app.get_by_key("code-of").set_value("This run")
    page.look()
    assert "EPOCHS = 2" in lines_shown(page)
    page.press("verify")
    assert page.says("Running the script of this run")
    page.until(lambda: page.says("to the last digit"))
    assert page.says(
        "✓ The script came to the run's numbers to the last digit: loss and accuracy in training "
        "and validation of 2 epochs (torch "
    )
    stamp = read_verification(page.run_id)
    assert stamp is not None
    assert (stamp.epochs, stamp.difference, stamp.tolerance) == (2, 0.0, 0.0)
    page.press("verify")
    page.press("cancel-verify")
    assert page.says("✗ Not verified. It was cancelled.")
    assert service().verifying.latest is not None
    assert read_verification(page.run_id) == stamp
