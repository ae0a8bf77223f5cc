"""The app in a real browser, in the words of the person who uses it."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Locator, Page, expect

TIME_LIMIT = 60_000.0  # milliseconds: shared machines are slow


class BrowserPage:
    """One visitor's tab. What waits, waits for a condition."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address

    def go(self, query: str = "") -> None:
        pace = "" if "pace=" in query else "pace=full"  # else the first run is slow, to be watched
        self.page.goto(f"{self.address}/?{'&'.join(filter(None, (query, pace)))}")
        self.until_drawn()

    def reload(self) -> None:
        self.page.reload()
        self.until_drawn()

    def until_drawn(self) -> None:
        expect(self.button("Train")).to_be_visible()

    def until_ready(self) -> None:
        """Wait until PyTorch is loaded and the images of the wall are there."""
        expect(self.page.get_by_text("Starting PyTorch")).to_have_count(0)
        expect(self.tiles).to_have_count(24)

    def button(self, name: str) -> Locator:
        # Streamlit has a Stop of its own, for a page that takes long to draw.
        ours = self.page.locator(":not([kind=header])")
        return self.page.get_by_role("button", name=name, exact=True).and_(ours)

    def press(self, name: str) -> None:
        button = self.button(name)
        expect(button).to_be_enabled()
        button.click()
        self.page.mouse.move(0, 0)  # away: the button's explanation would lie over its neighbours

    def setting(self, label: str) -> Locator:
        return self.page.get_by_test_id("stSidebar").get_by_label(label, exact=True)

    def type(self, label: str, text: str) -> None:
        """Type into a field of the sidebar and press Enter."""
        field = self.setting(label)
        field.fill(text)
        field.press("Enter")

    def alert(self, text: str) -> Locator:
        return self.page.get_by_test_id("stAlert").filter(has_text=text)

    def assert_fits(self) -> None:
        """Nothing is wider than the window or than the part of the page it is in."""
        assert not self.page.evaluate(TOO_WIDE)

    @property
    def progress(self) -> Locator:
        return self.page.get_by_test_id("stMain").get_by_test_id("stProgress").first

    @property
    def tiles(self) -> Locator:
        return self.page.locator(".wall .tile")

    @property
    def run_id(self) -> str:
        """The run that the address names; "" without one."""
        return parse_qs(urlsplit(self.page.url).query).get("run", [""])[0]

    def metric(self, label: str) -> Locator:
        return (
            self.page.get_by_test_id("stMetric")
            .filter(has_text=label)
            .get_by_test_id("stMetricValue")
        )

    def expect_progress(self, pattern: str) -> None:
        expect(self.progress).to_have_text(re.compile(pattern))

    def epoch(self) -> int:
        """Return the epoch that the progress names, under way or done; 0 before the first."""
        found = re.search(r"(?:Epoch|after) (\d+)", self.progress.inner_text())
        return int(found[1]) if found else 0

    def until(self, condition: Callable[[], bool]) -> None:
        """Look again and again until the condition holds."""
        waited = 0.0
        while not condition():
            assert waited < TIME_LIMIT, f"never came; progress: {self.progress.inner_text()}"
            self.page.wait_for_timeout(100)
            waited += 100

    def until_later_epoch(self) -> None:
        seen = self.epoch()
        self.until(lambda: self.epoch() > seen)

    def end_run(self) -> None:
        """Stop the run shown, so that it takes nothing from the tests that follow."""
        button = self.button("Stop")
        if button.count() and button.is_enabled():
            button.click()
            self.expect_progress("^(Stopped|Finished|Failed)")


def query(**settings: str) -> str:
    """Return the address's part after the question mark; `__` stands for the dot of a path."""
    return urlencode({name.replace("__", "."): value for name, value in settings.items()})


TOO_WIDE = """() => [document.documentElement, ...document.querySelectorAll(
    '[data-testid=stApp], [data-testid=stMain], [data-testid=stSidebarContent]')]
    .filter(part => part.getBoundingClientRect().right > 0)  // a closed sidebar is outside
    .filter(part => part.scrollWidth > part.clientWidth)
    .map(part => `${part.dataset.testid}: ${part.scrollWidth} > ${part.clientWidth}`)"""


Open = Callable[..., BrowserPage]  # what the fixture `open_page` gives
