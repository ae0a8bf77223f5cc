from __future__ import annotations

import os

import pytest

from playground.__main__ import main
from playground.run.threads import WAITING, choose_waiting


def test_every_command_chooses_how_threads_wait_before_torch_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in WAITING:
        monkeypatch.setenv(name, "")  # which notes that it is to be put back
        monkeypatch.delenv(name)
    assert main(["recipes"]) == 0  # as the worker does: it is a command too
    assert {name: os.environ.get(name) for name in WAITING} == WAITING


@pytest.mark.parametrize("name", WAITING)
def test_what_a_person_has_set_stands(name: str) -> None:
    environment = {name: "0"}
    choose_waiting(environment)
    assert environment == {name: "0"}
