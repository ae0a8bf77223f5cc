"""Who may do what with whose run, asked of the service itself."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest

from playground.errors import NotYours
from playground.experiment import Experiment
from playground.run.info import RunInfo
from playground.service import RunSnapshot, RunStatus, TrainingService
from playground.service.permission import OPERATOR, Action, Person, may
from playground.service.store.store import RunStore

ROOT = Path(__file__).resolve().parents[2]
MINE, ANNS = "a" * 24, "b" * 24
VISITOR, TEACHER = Person(MINE), Person(MINE, is_teacher=True)

# As each page does it: what a person does with a run, through the service.
DEEDS: dict[str, Callable[[TrainingService, Person], Any]] = {
    "pause": lambda service, person: service.control("run", "pause", person),
    "resume": lambda service, person: service.control("run", "resume", person),
    "step": lambda service, person: service.control("run", "step", person),
    "stop": lambda service, person: service.control("run", "stop", person),
    "slow": lambda service, person: service.paces.change("run", "slow", person),
    "rename": lambda service, person: service.change("run", person, name="Mine"),
    "star": lambda service, person: service.change("run", person, is_starred=True),
    "delete": lambda service, person: service.change("run", person, deleted_at=5.0),
    "judge": lambda service, person: service.verdicts.judge("run", 1, 2, "ambiguous", person),
    "verify": lambda service, person: service.verifying.cancel("run", person),
    "keep": lambda service, person: service.require(person, "keep", ["run"]),
    "undo": lambda service, person: service.change("run", person, deleted_at=None),
}
NOT_FOR_TEACHERS = {"step", "slow", "unseal", "keep"}


class Silent:
    """A lane that does nothing."""

    def __init__(self, *_: Any) -> None: ...

    def send(self, command: object) -> None: ...

    def kill(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def service() -> Iterator[TrainingService]:
    service = TrainingService(Silent)
    yield service
    service.close()


def store_run(owner: str, run_id: str = "run") -> None:
    """Store a run that was stopped."""
    store = RunStore()
    info = RunInfo(run_id, 1.0, "Theirs", owner)
    store.save(info, RunSnapshot(run_id, Experiment(), RunStatus.STOPPED))
    store.close()


def test_every_deed_is_tried_below() -> None:
    assert {"delete" if deed == "undo" else deed for deed in DEEDS} == {*get_args(Action)} - {
        "unseal"
    }


@pytest.mark.parametrize(("deed", "owner"), [*product(DEEDS, (ANNS, ""))])
def test_a_visitor_does_nothing_to_the_run_of_anybody_else(
    deed: str, owner: str, service: TrainingService
) -> None:
    store_run(owner)
    before = service.info("run")
    with pytest.raises(NotYours, match=r"cannot be \w+ed by you"):
        DEEDS[deed](service, VISITOR)
    assert service.info("run") == before
    assert service.snapshot("run").status is RunStatus.STOPPED
    with pytest.raises(NotYours):  # nor does somebody of whom nothing is known
        DEEDS[deed](service, Person(""))


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize(
    ("person", "owner"),
    [
        (VISITOR, MINE),
        (Person(ANNS, also=(MINE,)), MINE),
        (OPERATOR, ANNS),
        (OPERATOR, ""),
        (TEACHER, ANNS),
        (TEACHER, ""),
    ],
)
def test_who_may_does(deed: str, person: Person, owner: str, service: TrainingService) -> None:
    store_run(owner)
    if person is TEACHER and deed in NOT_FOR_TEACHERS:
        with pytest.raises(NotYours):
            DEEDS[deed](service, person)
        return
    DEEDS[deed](service, person)
    match deed:
        case "resume":
            assert service.snapshot("run").status.is_live
        case "rename":
            assert service.info("run").name == "Mine"
        case "delete":
            assert service.runs() == []


def test_a_teacher_opens_nobodys_seal_and_the_operator_any() -> None:
    theirs = RunInfo("run", 1.0, owner=ANNS)
    assert not may(TEACHER, "unseal", theirs)
    assert not may(VISITOR, "unseal", theirs)
    assert may(OPERATOR, "unseal", theirs)
    assert may(Person(ANNS), "unseal", theirs)


def test_the_sentence_says_whose_it_is_and_how_many(service: TrainingService) -> None:
    service.people.take(ANNS, "Ann")
    for number, owner in enumerate((ANNS, "", MINE, "c" * 24)):
        store_run(owner, f"run{number}")
    for run_id, whose in (("run0", "to Ann:"), ("run1", "the operator"), ("run3", "somebody else")):
        with pytest.raises(NotYours, match=whose):
            service.require(VISITOR, "delete", [run_id])
    with pytest.raises(NotYours, match=r"3 of these 4 runs .* cannot be deleted by you"):
        service.require(VISITOR, "delete", [f"run{number}" for number in range(4)])


def test_nobody_gives_a_run_another_owner(service: TrainingService) -> None:
    store_run(ANNS)
    with pytest.raises(KeyError):
        service.change("run", Person(ANNS), owner=MINE)


def test_a_name_is_one_line_and_too_short_to_harm_its_document(service: TrainingService) -> None:
    run_id = service.submit(Experiment(), name="a\n" * 2000, group="\x1b[2J" + "b" * 2000)
    service.change(run_id, name="\u202e evil\r\n\x1b]0;name\x07 " + "x" * 5000)
    service._keeper.flush()
    store = RunStore()
    found = store.load(run_id).info
    store.close()
    assert found.name.startswith("evil ]0;name xxx")
    assert found.group.startswith("[2Jbbb")
    assert len(found.name) == len(found.group) == 300


def test_every_page_says_who_asks() -> None:
    """The default of the service is the operator, whom no page may be."""
    silent = []
    for file in (ROOT / "playground" / "ui").rglob("*.py"):
        text = file.read_text()
        assert "OPERATOR" not in text, file
        for call in ast.walk(ast.parse(text)):
            match call:
                case ast.Call(
                    func=ast.Attribute(
                        value=ast.Call(func=ast.Name(id="service")),
                        attr="control" | "change" | "submit" | "require",
                    )
                ):
                    said = ast.unparse(call)
                    if ".person" not in said and "owner=" not in said:
                        silent.append(f"{file.name}: {said}")
    assert silent == []
