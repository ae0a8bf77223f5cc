"""Take it away: a file is made when somebody asks for it, and a run card comes back as a run."""

from __future__ import annotations

from carded import card_of, forged, keep_run, members_of
from inspecting import Open

from playground.export import card
from playground.service import service
from playground.service.exports import Wish
from playground.ui.state import RUNS_PAGE, TRAIN_PAGE


def saves(page: object) -> list[str]:
    return [button.label for button in page.app.get("download_button")]  # type: ignore[attr-defined]


def test_a_run_is_taken_away_from_the_train_page(open_page: Open) -> None:
    page = open_page({"training.epochs": "2"})
    page.train("Finished 2 epochs")
    page.app.session_state["take-away-train"] = True
    page.look()
    page.app.get_by_key("take-away-train-format").set_value("csv")
    page.look()
    page.press("take-away-train-go")
    page.until(lambda: any(label.startswith("Save (") for label in saves(page)))
    assert not page.can_press("take-away-train-go")
    version = f"finished 2 {service().info(page.run_id).name}"
    making = service().exports.known(Wish(page.run_id, "csv", version=version))
    assert making
    assert making.file
    assert making.file.read_text().count("\n") == 3
    page.app.get_by_key("take-away-train-format").set_value("safetensors")
    page.look()
    epochs = page.app.get_by_key(f"take-away-train-epoch-{page.run_id}")
    assert "2 (the best and the last)" in epochs.options or "2 (the last)" in epochs.options


def test_what_cannot_be_made_says_why(open_page: Open) -> None:
    open_page()
    wish = Wish("nobody", "csv")
    service().exports.ask(wish)
    from processes import wait_until

    wait_until(lambda: (m := service().exports.known(wish)) is not None and m.is_over, "its end")
    making = service().exports.known(wish)
    assert making
    assert "not known here" in making.problem


def test_a_run_card_is_imported_and_a_forged_one_refused(open_page: Open) -> None:
    whole = card_of(keep_run("carded", name="Brought along"))
    page = open_page()
    page.turn_to(RUNS_PAGE)
    page.app.session_state["import-box"] = True
    page.look()
    members = members_of(whole)
    members[card.RUN] = members[card.RUN].replace(b'"finished"', b'"running"')
    page.app.file_uploader[0].upload("card.zip", forged(members), "application/zip")
    page.look()
    assert any("not over" in text for text in page.warnings)
    before = {run.info.run_id for run in service().runs()}
    page.app.file_uploader[0].upload("card.zip", whole, "application/zip")
    page.look()
    [imported] = [run for run in service().runs() if run.info.run_id not in before]
    assert imported.info.owner == page.session.owner
    assert any("imported · Brought along" in name for name in page.app.dataframe[0].value["Run"])
    page.session.show(imported.info.run_id)
    page.turn_to(TRAIN_PAGE)
    page.until(lambda: page.says("not verified"))
