"""The Lab page, turned to one of its pieces."""

from __future__ import annotations

from app_page import AppPage

LAB_PAGE = "playground/ui/pages/lab.py"


def turn_to_lab(page: AppPage, piece: str) -> None:
    """Turn to the page of the concept lab at the address of `piece`, and wait for what it finds."""
    page.app.query_params["piece"] = piece
    page.app.switch_page(LAB_PAGE)
    look(page)


def look(page: AppPage) -> None:
    """Look at the page until nothing is being computed any more."""
    page.look()
    page.until(lambda: not page.app.get("progress"))


def press(page: AppPage, piece: str, name: str) -> None:
    """Press a button of the piece."""
    page.press(f"lab-{piece}-{name}")
    look(page)


def move(page: AppPage, piece: str, **values: object) -> None:
    """Set inputs of the piece."""
    for name, value in values.items():
        page.app.get_by_key(f"lab-{piece}-{name}").set_value(value)
    look(page)


def code_of(page: AppPage) -> str:
    """Return all code on the page."""
    return "\n".join(block.value for block in page.app.code)
