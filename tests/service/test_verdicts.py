"""Verdicts are kept with the run, by whom it belongs to, and never overwritten unread."""

from __future__ import annotations

import json

import pytest

from playground.errors import NotYours, PlaygroundError, UnknownRun
from playground.run.folder import RunFolder
from playground.run.info import RunInfo
from playground.run.verdicts import Judged, read_verdicts
from playground.service.permission import OPERATOR, Action, Person, require
from playground.service.verdicts import Verdicts

RUN = RunInfo("20250101-000000-abcdef", 1.0, owner="ada")
ADA, BOB = Person("ada"), Person("bob")


def guard(person: Person, action: Action, run_ids: list[str]) -> None:
    require(person, action, [RUN for _ in run_ids], lambda owner: owner.capitalize())


@pytest.fixture
def verdicts() -> Verdicts:
    return Verdicts(guard)


def test_a_verdict_is_kept_changed_and_taken_back(verdicts: Verdicts) -> None:
    assert verdicts.of(RUN.run_id) == {}
    verdicts.judge(RUN.run_id, 507, 3, "label wrong", ADA)
    verdicts.judge(RUN.run_id, 12, 4, "ambiguous", ADA)
    verdicts.judge(RUN.run_id, 507, 3, "network's fault", OPERATOR)
    kept = {12: Judged(12, 4, "ambiguous"), 507: Judged(507, 3, "network's fault")}
    assert verdicts.of(RUN.run_id) == kept
    assert list(read_verdicts(RUN.run_id)) == [12, 507]
    verdicts.judge(RUN.run_id, 12, 4, None, ADA)
    assert list(verdicts.of(RUN.run_id)) == [507]
    assert json.loads(RunFolder.of(RUN.run_id).verdicts.read_text())["version"] == 1


def test_nobody_judges_in_another_persons_run(verdicts: Verdicts) -> None:
    with pytest.raises(NotYours, match="belongs to Ada: it cannot be judged by you"):
        verdicts.judge(RUN.run_id, 1, 1, "ambiguous", BOB)
    assert verdicts.of(RUN.run_id) == {}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"version": 2, "verdicts": []}',
        b'{"version": 1, "verdicts": [{"image": -1, "label": 0, "verdict": "ambiguous"}]}',
        b'{"version": 1, "verdicts": [{"image": 1, "label": 0, "verdict": "nonsense"}]}',
        b"\xff\xfe" + b"9" * 5000,
    ],
)
def test_a_file_that_is_not_what_was_written_is_told_and_left_as_it_is(
    verdicts: Verdicts, content: bytes
) -> None:
    file = RunFolder.of(RUN.run_id).verdicts
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    with pytest.raises(PlaygroundError, match=r"cannot be read.*verdicts\.json.*mend it"):
        verdicts.of(RUN.run_id)
    with pytest.raises(PlaygroundError, match="cannot be read"):
        verdicts.judge(RUN.run_id, 1, 1, "ambiguous", ADA)
    assert file.read_bytes() == content


def test_what_is_no_run_has_no_verdicts(verdicts: Verdicts) -> None:
    with pytest.raises(UnknownRun):
        verdicts.of("../elsewhere")
