"""Try it: what is drawn or brought, and what the network says of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from app_page import AppPage
from brought import bring, bring_points, images
from inspecting import fill
from processes import wait_until

from playground.drawing.strokes import read_drawing
from playground.engine.images.sources.dataset import Source
from playground.own.brought import Brought, Wishes
from playground.service import service
from playground.ui.state import TRAIN_PAGE
from playground.ui.tryit import inputs, sources

Open = Callable[..., AppPage]

PAGE = "playground/ui/pages/try_it.py"
DATA = Path(__file__).resolve().parents[2] / "data"
DRAWN = json.loads((DATA / "drawn_digits.json").read_text(encoding="utf-8"))
SMALL = {"training.epochs": "3", "training.batch_size": "256", "model.hidden_sizes": "[16]"}
SEEN = re.compile(r'<img src="([^"]+)" alt="The image as the network sees it"')


def trained(open_page: Open, **settings: str) -> AppPage:
    page = open_page(SMALL | settings)
    page.train("Finished 3 epochs")
    page.turn_to(PAGE)
    return page


def draw(page: AppPage, number: int = 8) -> None:
    """Let the page have a drawing, as the canvas gives it."""
    page.app.session_state["try-canvas-drawing"] = read_drawing(DRAWN[number]["strokes"])
    page.look()
    page.until(lambda: not page.app.get("progress"))


def answered(page: AppPage, key: str, value: object) -> None:
    fill(page, key, value)
    page.until(lambda: not page.app.get("progress"))


def test_before_there_is_a_network_it_is_said_where_to_get_one(open_page: Open) -> None:
    page = open_page({"pace": "batch"})
    page.app.toggle(key="try-open").set_value(True)
    page.look()
    assert page.says("Once a network is trained, draw here")
    page.turn_to(PAGE)
    assert page.says("There is no network to try yet")
    page.turn_to(TRAIN_PAGE)
    page.press("train")
    page.turn_to(PAGE)
    assert page.says("The network is asked here once it has trained its first epoch.")


def test_what_is_drawn_is_shown_as_the_network_sees_it_with_a_bar_for_each_class(
    open_page: Open,
) -> None:
    page = trained(open_page)
    assert page.says("Draw: the bars appear")
    draw(page)
    assert len(re.findall(r'<th scope="row">\d</th>', page.html)) == 10
    assert "8×8 pixels" in page.html
    assert page.says("Weights of epoch 3.")
    [seen], said = SEEN.findall(page.html), page.html
    answered(page, "try-framing", False)
    assert SEEN.findall(page.html) != [seen]
    answered(page, "try-framing", True)
    assert page.html == said
    answered(page, f"try-epoch-{page.run_id}", "0")
    assert page.says("The untrained network.")
    assert SEEN.findall(page.html) == [seen]
    assert page.html != said
    answered(page, "try-evidence", True)
    for title in ("Input gradient", "Occlusion"):
        assert f'alt="{title}, untrained"' in page.html
    page.turn_to(TRAIN_PAGE)  # the drawing goes along
    page.app.toggle(key="try-open").set_value(True)
    page.until(lambda: SEEN.findall(page.html) == [seen])


def test_two_runs_are_shown_the_same(open_page: Open) -> None:
    bring("patches", Source(images(90, 12, 12, 3), images(30, 12, 12, 3)))
    other = trained(open_page, **{"data.dataset": "patches", "training.batch_size": "32"})
    answered(other, "try-ground", "black")
    draw(other)
    assert "12×12 pixels" in other.html
    assert re.findall(r'<th scope="row">(\w+)</th>', other.html) == ["left", "middle", "right"]
    [dark] = SEEN.findall(other.html)
    answered(other, "try-ground", "white")
    assert SEEN.findall(other.html) != [dark]
    page = trained(open_page)
    answered(page, "try-beside", True)
    answered(page, "try-other", other.run_id)
    draw(page)
    assert len(SEEN.findall(page.html)) == 2
    assert page.says("Patches")


def test_a_network_of_numbers_is_told_to_have_nothing_to_draw_for(open_page: Open) -> None:
    bring_points()
    page = trained(
        open_page,
        **{"data.dataset": "points", "data.validation": "official", "training.batch_size": "64"},
    )
    assert page.says("are no images")


def test_several_files_give_a_table_and_what_is_none_is_told(open_page: Open) -> None:
    page = trained(open_page)
    fill(page, "try-source", sources.UPLOAD)
    grey = np.full((30, 40), 230, dtype=np.uint8)
    grey[8:22, 18:22] = 20
    content = inputs._png(grey)
    files = {"one.png": content, "<b>.png": content, "no.png": b"?"}
    field = page.app.file_uploader[0]
    field.set_value([(name, each, "image/png") for name, each in files.items()])
    page.look()
    page.until(lambda: "tried-table" in page.html and not page.app.get("progress"))
    assert "<td>one.png</td>" in page.html
    assert "<td>&lt;b&gt;.png</td>" in page.html
    assert any(words.startswith("no.png: It is no PNG") for words in page.warnings)
    assert page.html.count("<tr><td><img") == 2


def test_what_is_shown_goes_into_ones_own_data_set_with_the_right_label(open_page: Open) -> None:
    page = open_page(SMALL | {"training.batch_size": "8"})
    sets, person = service().own_sets, page.session.person
    inbox = sets.inbox(person)
    rng = np.random.default_rng(0)
    for number in range(12):
        for name, low in (("dark", 0), ("light", 150)):
            pixels = rng.integers(low, low + 100, (20, 20), dtype=np.uint8)
            sets.put(person, inbox.token, f"{name}/{number}.png", inputs._png(pixels))
    token = sets.begin(person, Brought("files", inbox.folder), Wishes(side=16))
    wait_until(lambda: sets.look(person, token).state != "reading", "the end of the reading")
    entry = sets.keep(person, token, "Greys")
    page.look()
    page.choose("data.dataset", entry.name)
    page.train("Finished 3 epochs")
    page.turn_to(PAGE)
    draw(page)
    label = page.app.selectbox(key="try-label")
    assert label.options == ["dark", "light"]
    label.set_value("light")
    page.press("try-add")
    assert page.says("1 image added to Greys as “light”. Train again")
    [own] = [each for each in sets.of(person) if each.entry.name == entry.name]
    assert own.images == 25
    assert "try-canvas-drawing" not in page.app.session_state
