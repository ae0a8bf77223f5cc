"""A page of the app as Streamlit's AppTest sees it: elements without a browser."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pandas as pd
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df
from streamlit.testing.v1 import AppTest

from playground.experiment import Experiment
from playground.experiment.fields import paths
from playground.service import RunSnapshot, service
from playground.ui.session import Session
from playground.ui.state import setting_key

ROOT = Path(__file__).resolve().parents[2]
TRAIN_PAGE = "playground/ui/pages/train.py"
DATA_PAGE = "playground/ui/pages/data.py"
TIME_LIMIT = 60.0  # seconds after which a test that waits has failed


class AppPage:
    """One visitor. Every look at the page makes sure that no exception is on it."""

    def __init__(self, **query: str) -> None:
        self.app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=TIME_LIMIT)
        for name, value in {"pace": "full", **query}.items():
            self.app.query_params[name] = value
        self.look()

    def look(self) -> None:
        """Run the page once, as a click or the live part's timer does."""
        for box in self.app.selectbox:
            if isinstance(box.value, str) and box.key == setting_key("training.batch_size").name:
                box.options.append(box.value)  # AppTest knows no typing of new options
        self.app.run()
        assert not self.app.exception, [element.message for element in self.app.exception]

    def until(self, condition: Callable[[], object]) -> None:
        """Look again and again until the condition holds."""
        end = time.monotonic() + TIME_LIMIT
        while not condition():
            assert time.monotonic() < end, f"never came; the page says: {self.words}"
            time.sleep(0.05)
            self.look()

    def until_ready(self) -> None:
        """Wait until PyTorch is there and the network has been described, or refused."""
        self.until(lambda: not any("Starting PyTorch" in text for text in self.words))

    def press(self, key: str) -> None:
        self.app.button(key=key).click()
        self.look()

    def train(self, ending: str = "Finished") -> None:
        """Start a run and wait for its end."""
        self.press("train")
        self.until(lambda: self.progress.startswith(ending))

    def turn_to(self, page: str) -> None:
        self.app.switch_page(page)
        self.look()

    def press_label(self, label: str) -> None:
        next(button for button in self.app.button if button.label == label).click()
        self.look()

    def can_press(self, key: str) -> bool:
        return not self.app.button(key=key).disabled

    def widget(self, path: str) -> Any:
        """Return the widget of a setting, such as "training.epochs"."""
        return self.app.get_by_key(setting_key(path).name)

    def until_images(self) -> None:
        """Wait until the images of the wall are there, or refused."""
        self.until(lambda: not any("Preparing the images" in text for text in self.words))

    def choose(self, path: str, value: Any) -> None:
        self.choose_all({path: value})

    def choose_all(self, values: dict[str, Any]) -> None:
        """Set several settings before the page runs again."""
        for path, value in values.items():
            widget = self.widget(path)
            is_typed = widget.type == "text_input"
            widget.set_value(str(value) if is_typed else value)
        self.look()

    def show_on_wall(self, which: str) -> None:
        chooser: Any = self.app.get_by_key("wall-filter")
        chooser.set_value(which)
        self.look()

    @property
    def offered(self) -> set[str]:
        """The settings that the sidebar shows."""
        keys = {
            widget.key
            for kind in (
                "checkbox",
                "multiselect",
                "number_input",
                "selectbox",
                "select_slider",
                "slider",
                "text_input",
                "toggle",
            )
            for widget in self.app.get(kind)
        }
        return {path for path in paths() if setting_key(path).name in keys}

    @property
    def session(self) -> Session:
        return cast(Session, self.app.session_state["session"])

    @property
    def draft(self) -> Experiment:
        return self.session.draft

    @property
    def run_id(self) -> str:
        """The run that the address names; "" without one."""
        value = self.app.query_params.get("run", "")
        return value if isinstance(value, str) else value[-1]

    @property
    def run(self) -> RunSnapshot:
        """What the service has of the run shown, now."""
        return service().snapshot(self.run_id)

    @property
    def progress(self) -> str:
        return plain(self.app.get("progress")[0].proto.text)

    @property
    def metrics(self) -> dict[str, str]:
        return {metric.label: metric.value for metric in self.app.metric}

    @property
    def errors(self) -> list[str]:
        return [plain(element.value) for element in self.app.error]

    @property
    def warnings(self) -> list[str]:
        return [plain(element.value) for element in self.app.warning]

    @property
    def words(self) -> list[str]:
        """All text of the page but its HTML."""
        kinds = ("caption", "error", "info", "markdown", "subheader", "warning")
        elements: list[Any] = [element for kind in kinds for element in self.app.get(kind)]
        texts = [plain(element.value) for element in elements]
        return texts + [plain(bar.proto.text) for bar in self.app.get("progress")]

    def says(self, text: str) -> bool:
        """Whether this is part of the page's text."""
        return any(text in words for words in self.words)

    @property
    def html(self) -> str:
        return "\n".join(element.proto.body for element in self.app.get("html"))

    def chart_rows(self, number: int) -> pd.DataFrame:
        """Return the rows that the chart of this number (0: loss, 1: accuracy) draws."""
        proto = self.app.get("vega_lite_chart")[number].proto
        content = proto.datasets[0].data.data if proto.datasets else proto.data.data
        return convert_arrow_bytes_to_pandas_df(content)

    def chart_spec(self, number: int) -> dict[str, Any]:
        return cast(dict[str, Any], json.loads(self.app.get("vega_lite_chart")[number].proto.spec))


def plain(markdown: str) -> str:
    """Return what a person reads where marks of Markdown are escaped."""
    shown = re.sub(r"^&#32;|&#32;$", " ", markdown.replace(":small[]", ""))
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", shown)
