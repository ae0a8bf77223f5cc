"""Find a learning rate: the dialog, from the button to the sidebar."""

from __future__ import annotations

from collections.abc import Callable

from app_page import AppPage

from playground.run.questions import FindLearningRate
from playground.service import service
from playground.ui.state import Key

Open = Callable[..., AppPage]


def keys(page: AppPage) -> set[str | None]:
    return {button.key for button in page.app.button}


def test_the_suggestion_is_drawn_and_taken_into_the_sidebar(open_page: Open) -> None:
    page = open_page({"optimizer.learning_rate": "0.5"})
    assert "rate-use" not in keys(page)
    page.press("find-rate")
    page.until(lambda: "rate-use" in keys(page))
    [use] = [button for button in page.app.button if button.key == "rate-use"]
    assert page.says("the loss falls without a break")
    rate = float(use.label.removeprefix("Use "))
    page.press("rate-use")
    assert page.draft.optimizer.learning_rate == rate
    assert page.widget("optimizer.learning_rate").value == use.label.removeprefix("Use ")
    slider = f"slide-learning-rate-{page.app.session_state['learning-rate-slider']}"
    assert page.app.get_by_key(slider).value == rate
    assert not keys(page) & {"rate-use", "rate-cancel"}


def test_a_network_that_cannot_learn_has_no_clear_valley(open_page: Open) -> None:
    page = open_page({"model.architecture": "linear", "training.pitfalls": '["shuffled_labels"]'})
    page.press("find-rate")
    page.until(lambda: page.says("No clear valley."))
    assert "rate-use" not in keys(page)


def test_the_run_shown_can_be_the_beginning_and_cancel_gives_up(open_page: Open) -> None:
    page = open_page({"training.epochs": "2"})
    page.press("find-rate")
    page.until(lambda: "rate-use" in keys(page))
    assert Key("rate-trained").name not in {toggle.key for toggle in page.app.toggle}
    page.press("rate-use")
    page.train()
    page.press("find-rate")
    page.app.toggle(key="rate-trained").set_value(True)
    page.look()
    asked = page.app.session_state["rate-asked"]
    assert asked == FindLearningRate.of(page.draft, page.run_id, 2)
    page.until(lambda: service().inquiries.known(asked).is_ready and page.says("Line: mean"))
    answer = service().inquiries.known(asked).result
    assert answer is not None
    assert answer.epoch == 2
    page.app.session_state["rate-asked"] = slow = FindLearningRate.of(
        page.draft.chosen({"model.architecture": "simple_cnn", "model.hidden_sizes": [256, 256]})
    )
    page.look()
    page.press("rate-cancel")
    page.until(lambda: service().inquiries.known(slow).refusal == "Cancelled.")
    assert "rate-cancel" not in keys(page)
