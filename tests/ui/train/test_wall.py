from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from playground.service.predictions import Tile
from playground.ui.train.wall import tile_html

NAMES = ("cat", "dog", "<b>&\"'")
URI = "data:image/png;base64,AAAA"


class Parsed(HTMLParser):
    """What a browser makes of a tile: its tags in order, their attributes, its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def attribute(self, tag: str, name: str) -> str:
        return next(attributes[name] or "" for found, attributes in self.tags if found == tag)


def tile(truth: int, *top: tuple[int, float]) -> Tile:
    return Tile(3, 1234, truth, top, truth_share=dict(top).get(truth, 0.004))


def parsed(shown: Tile) -> Parsed:
    page = Parsed(tile_html(shown, NAMES, URI))
    assert not page.open, "every tag is closed"
    return page


def test_a_right_answer_has_a_tick_and_says_right() -> None:
    page = parsed(tile(0, (0, 0.984), (1, 0.016)))
    assert page.text.startswith("✓ cat (98 %)")
    assert "right" in page.attribute("div", "class").split()
    assert page.attribute("img", "alt") == "Validation image 1234: right: cat, 98 % sure"
    assert page.attribute("img", "src") == URI


def test_a_wrong_answer_has_a_cross_and_each_class_has_its_own_share() -> None:
    page = parsed(tile(1, (0, 0.61), (1, 0.39)))
    assert page.text.startswith("✗ says cat (61 %) true: dog (39 %)")
    assert "wrong" in page.attribute("div", "class").split()
    assert page.attribute("img", "alt") == (
        "Validation image 1234: wrong: it says cat, 61 %; the true class is dog, 39 %"
    )


def test_before_the_first_epoch_there_is_the_true_class_and_no_verdict() -> None:
    page = parsed(tile(1))
    assert page.text == "dog"
    assert page.attribute("img", "alt") == "Validation image 1234: dog, no prediction yet"
    assert not re.search("right|wrong|[✓✗]", page.attribute("div", "class") + page.text)


@pytest.mark.parametrize("top", [(), ((2, 0.9), (0, 0.1)), ((0, 0.9), (2, 0.1))])
def test_a_class_name_is_text_and_never_html(top: tuple[tuple[int, float], ...]) -> None:
    page = parsed(tile(2, *top))
    assert NAMES[2] in page.text
    assert NAMES[2] in page.attribute("img", "alt")
    # One <b> is the mark's own, the other is round the true class beside the tile.
    assert [tag for tag, _ in page.tags].count("b") == 2 * bool(top)


def test_the_panel_lists_the_likeliest_classes_with_their_shares() -> None:
    page = parsed(tile(0, (0, 0.5), (1, 0.4), (2, 0.1)))
    panel = page.text.partition("50 %)")[2]
    assert panel == f"cat (true)50.0 %dog40.0 %{NAMES[2]}10.0 %image 1234"


def test_the_panel_names_the_true_class_also_where_it_is_not_among_the_likeliest() -> None:
    page = parsed(tile(2, (0, 0.6), (1, 0.396)))
    assert page.text.endswith(f"cat60.0 %dog39.6 %{NAMES[2]} (true)0.4 %image 1234")


def test_a_tile_can_be_reached_by_keyboard_and_is_an_item_of_the_list() -> None:
    page = parsed(tile(0, (0, 1.0)))
    assert page.attribute("div", "tabindex") == "0"
    assert page.attribute("div", "role") == "listitem"
