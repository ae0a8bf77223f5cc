from __future__ import annotations

import json
import signal
from math import inf
from pathlib import Path

import psutil
import pytest
from processes import finish, start_process, wait_until
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from playground.benchmark.page import (
    AT_REST_SECONDS,
    click,
    come_to_rest,
    cpu,
    memory,
    run_document,
    write_random_mnist,
)
from playground.benchmark.server import is_worker, serving
from playground.benchmark.tab import Tab, open_tab
from playground.engine.images.data import drain
from playground.engine.images.sources.loading import load_dataset
from playground.errors import PlaygroundError
from playground.experiment import catalog
from playground.ui.train.live import IDLE_SECONDS, POLL_SECONDS


def test_random_images_are_read_as_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_random_mnist(tmp_path)
    monkeypatch.setenv("PLAYGROUND_DATASETS", str(tmp_path))
    source = drain(load_dataset("mnist", download=False))
    entry = catalog.DATASETS["mnist"]
    assert (len(source.train), len(source.test)) == (entry.training_images, entry.test_images)
    assert source.train.images[:100].float().std() > 60
    assert source.test.labels.unique().tolist() == list(range(10))


def parts_drawn(tab: Tab) -> list[list[str]]:
    """Return a list that takes the fragments of each run of the page, none for the whole page."""
    parts: list[list[str]] = []
    take = tab.take

    def noting(message: ForwardMsg) -> None:
        if message.WhichOneof("type") == "new_session":
            parts.append(list(message.metadata.run.fragment_ids))
        take(message)

    tab.take = noting  # type: ignore[method-assign]
    return parts


@pytest.mark.slow
def test_a_page_is_measured_from_its_start_to_the_end_of_a_run(tmp_path: Path) -> None:
    with serving(tmp_path / "home") as app:
        assert app.ready_seconds > 0
        with open_tab(app.address, "training.epochs=3") as tab:
            assert 0 < tab.first_paint < 60
            come_to_rest(tab)
            parts = parts_drawn(tab)
            measured = click(tab, 2)
            assert 0 < measured.value < 60
            assert tab.progress.startswith("Finished 3 epochs")
            # From the click to the end the whole page is never drawn, and then nobody looks again.
            assert parts and all(parts)
            assert tab.shortest_interval == inf
            assert tab.number("Validation accuracy").endswith("%")
            assert len(run_document(app.home, tab.run_id)["epochs"]) == 3
            measures = [*memory(app, tab), cpu("idle_page_cpu", app, tab, 0.2)]
            with pytest.raises(PlaygroundError, match="did not show the button nothing within 0 s"):
                tab.until(lambda: False, "the button nothing", limit=0.0)
    values = {measure.name: measure.value for measure in measures}
    assert 50 < values["server_memory"] < values["worker_memory"] < 3000
    assert 0 <= values["idle_page_cpu"] <= 200


def test_the_first_epoch_of_a_run_is_not_the_last_of_the_one_before() -> None:
    tab = Tab("http://127.0.0.1:9")
    number = ForwardMsg()
    number.delta.new_element.metric.label = "Validation accuracy"
    number.delta.new_element.metric.body = "97.0 %"
    number.metadata.delta_path.extend([0, 1])
    tab.take(number)
    assert tab.number("Validation accuracy") == "97.0 %"
    moved = ForwardMsg()
    moved.page_info_changed.query_string = "run=abc"
    tab.take(moved)
    assert (tab.run_id, tab.number("Validation accuracy")) == ("abc", "")


def test_a_page_that_fails_is_a_sentence() -> None:
    failure = ForwardMsg()
    failure.delta.new_element.exception.type = "KeyError"
    with pytest.raises(PlaygroundError, match="The page failed: KeyError"):
        Tab("http://127.0.0.1:9").take(failure)


def test_a_page_at_rest_looks_as_seldom_as_the_app_says() -> None:
    assert POLL_SECONDS < AT_REST_SECONDS <= IDLE_SECONDS


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
def test_a_benchmark_that_is_ended_leaves_no_process_and_no_folder(
    number: signal.Signals, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    arguments = ("benchmark", "--quick", "--json", "--only", "page")
    process = start_process("-m", "playground", *arguments)
    family = psutil.Process(process.pid)
    wait_until(lambda: [*tmp_path.glob("playground-benchmark-*/*/home")], "the app's home")
    wait_until(lambda: any(map(is_worker, family.children(recursive=True))), "the worker")
    started = family.children(recursive=True)
    process.send_signal(number)
    ended, output, errors = finish(process)
    assert ended == status
    assert json.loads(output.splitlines()[-1])["environment"]["stopped"] is True
    assert "Traceback" not in errors
    _, staying = psutil.wait_procs(started, timeout=5)  # multiprocessing's tracker follows us
    assert staying == []
    assert [*tmp_path.glob("playground-benchmark-*")] == []
