from __future__ import annotations

import re
from pathlib import Path

import pytest
from processes import ROOT, finish, start_process

from playground.run import environment, home
from playground.service.lanes import lane

NUMBERS = ["²", "٣", "-1", "1e3", "0x10", "9" * 5000, "many", "3; rm", "\x1b[2J", "\udcff"]


@pytest.fixture(autouse=True)
def forget_complaints() -> None:
    environment._say_once.cache_clear()


@pytest.mark.parametrize("value", NUMBERS)
def test_a_number_that_is_none_gets_a_sentence_once_and_the_default(
    value: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PLAYGROUND_WORKERS", value)
    assert lane.workers() == lane.workers() == 1
    (sentence,) = caplog.messages
    assert sentence.startswith('PLAYGROUND_WORKERS is "')
    assert sentence.endswith('", which is not a whole number from 1 to 64: 1 is used.')
    assert sentence.isprintable()


@pytest.mark.parametrize(("value", "expected"), [("", 1), (" 3 ", 3), ("0", 1), ("64", 64)])
def test_a_number_is_taken_without_a_word(
    value: str, expected: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PLAYGROUND_WORKERS", value)
    assert lane.workers() == expected
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("value", "default", "expected", "told"),
    [("", True, True, 0), ("1", False, True, 0), ("0", True, False, 0), ("no", True, True, 1)],
)
def test_a_switch_is_1_or_0(
    value: str,
    default: bool,
    expected: bool,
    told: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("PLAYGROUND_RESUME", value)
    assert environment.switch("PLAYGROUND_RESUME", default) == expected
    assert len(caplog.messages) == told


def test_a_folder_of_nobody_or_in_a_circle_is_replaced_by_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    for value in ("~no-such-person/x", str(circle / "x")):
        monkeypatch.setenv("PLAYGROUND_HOME", value)
        assert home.home() == tmp_path / ".playground"
        assert caplog.messages[-1].startswith(f'PLAYGROUND_HOME is "{value[:50]}')
        assert caplog.messages[-1].endswith(f": {tmp_path}/.playground is used.")


# The command line is tried with one column after the other; "" is not set.
HOSTILE = {
    "PLAYGROUND_HOME": ["~no-such-person/x", "x" * 5000, "\udcff", "/dev/null/x", ""],
    "PLAYGROUND_DATASETS": ["~no-such-person/x", "x" * 5000, "\udcff", "/dev/null", ""],
    "PLAYGROUND_MIRROR": ["http://[", "²", "http://a b", "\udcff", "\n"],
    "PLAYGROUND_WORKERS": ["²", "-1", "9" * 5000, "\udcff", "1e9"],
    "PLAYGROUND_THREADS": ["²", "-1", "9" * 5000, "\udcff", "many"],
    "PLAYGROUND_WEIGHTS_MB": ["²", "-1", "9" * 5000, "\udcff", "many"],
    "PLAYGROUND_DISK_GB": ["²", "-1", "9" * 5000, "\udcff", "nan"],
    "PLAYGROUND_IMAGE_FOLDERS": ["~no-such-person/x", "x" * 5000, "\udcff", "/dev/null", ":"],
    "PLAYGROUND_OWN_MB": ["²", "-1", "9" * 5000, "\udcff", "many"],
    "PLAYGROUND_RESUME": ["²", "-1", "yes", "\udcff", " "],
    "PLAYGROUND_INSPECTION": ["²", "-1", "off", "\udcff", " "],
    "PLAYGROUND_CUDA_GRAPHS": ["²", "-1", "off", "\udcff", " "],
    "PLAYGROUND_TEACHER_KEY": ["²", "short", "9" * 5000, "\udcff", " "],
}


def test_every_variable_is_read_here_and_tried_below() -> None:
    read = set()
    for file in (ROOT / "playground").rglob("*.py"):
        text = file.read_text()
        assert not re.search(r'environ[^\n]*(get\(|\[)"PLAYGROUND_', text), file
        reading = r'(?:text|number|whole_number|switch|secret|folders?)\(\s*"(PLAYGROUND_\w+)"'
        read |= set(re.findall(reading, text))
    assert read == set(HOSTILE)


@pytest.mark.parametrize(
    ("command", "column"),
    [*(("runs", column) for column in range(5)), *(("train", column) for column in (1, 3))],
)
def test_no_value_gives_a_traceback_on_the_command_line(
    command: str, column: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("no_proxy", "*")
    for name, values in HOSTILE.items():
        monkeypatch.setenv(name, values[column])
    arguments = ("--set", "data.dataset=mnist") if command == "train" else ()
    status, output, errors = finish(start_process("-m", "playground", command, *arguments))
    assert "Traceback" not in output + errors
    if command == "train":  # MNIST is not here, and there is no such mirror
        assert "MNIST could not be" in output + errors
    elif status:
        assert "playground.db cannot be used" in errors
    else:
        assert "No runs yet" in output + errors


def test_a_working_directory_that_is_gone_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    monkeypatch.delenv("PLAYGROUND_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    gone.rmdir()
    status, _, errors = finish(start_process("-m", "playground", "runs"))
    assert status == 0
    assert errors.startswith("The folder in which this was started is gone: ")
    assert "Traceback" not in errors
