"""Nicknames and codes: back to one's own runs, and nobody else's."""

from __future__ import annotations

import json
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from playground.errors import NotRecognized, StoreUnavailable
from playground.service import people_file
from playground.service.attempts import EACH, IN_ALL, SECONDS, Attempts
from playground.service.codes import LENGTH, LETTERS, hashed, new_code, new_salt
from playground.service.people import People
from playground.service.permission import Person
from playground.service.teachers_key import TeachersKey

HOME, SCHOOL, OTHER = "a" * 24, "b" * 24, "c" * 24  # browsers


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "people.json"


@pytest.fixture
def people(file: Path) -> People:
    return People(file)


def test_without_a_nickname_a_browser_owns_what_it_starts(people: People, file: Path) -> None:
    assert people.person(HOME) == Person(HOME)
    assert people.nickname_at(HOME) == people.nickname_of(HOME) == ""
    assert not file.exists()


def test_a_nickname_brings_its_runs_to_another_browser_and_takes_them_along(
    people: People, file: Path
) -> None:
    code = people.take(HOME, "  Ann   Lee ")
    assert people.person(HOME).owner == HOME  # the runs so far are hers still
    assert people.nickname_of(HOME) == people.nickname_at(HOME) == "Ann Lee"
    people.come_back(SCHOOL, "ann lee", f" {code.lower().replace('-', ' ')} ")
    assert people.person(SCHOOL) == Person(HOME, also=(SCHOOL,))
    assert People(file).nickname_at(SCHOOL) == "Ann Lee"  # the server was started again
    people.leave(SCHOOL)
    assert people.person(SCHOOL) == Person(SCHOOL)
    assert people.person(HOME).owner == HOME


def test_after_leaving_the_browser_has_no_part_in_the_runs_of_its_nicknames(
    people: People,
) -> None:
    """The next pupil at the same machine has the same cookie."""
    owners = set()
    for name in ("Ann", "Ben", "Cem"):
        people.take(HOME, name)
        owners.add(people.person(HOME).owner)
        people.leave(HOME)
        person = people.person(HOME)
        assert not owners & {person.owner, *person.also}
        assert people.nickname_at(HOME) == ""
    assert len(owners) == 3


def test_one_browser_is_that_of_one_person(people: People) -> None:
    ann, _ben = people.take(HOME, "Ann"), people.take(SCHOOL, "Ben")
    people.come_back(SCHOOL, "Ann", ann)
    assert people.nickname_at(SCHOOL) == "Ann"
    assert SCHOOL not in (people.person(SCHOOL).owner, *people.person(SCHOOL).also)


@pytest.mark.parametrize("code", ["", "0", "AAAAA-AAAAA", "x" * 10_000, "\ud800", "ÄÖÜ"])
def test_a_wrong_code_or_nickname_leads_nowhere(code: str, people: People) -> None:
    right = people.take(HOME, "Ann")
    for name, tried in (("Ann", code), ("Bob", right), ("", right), ("Ann", right[:-1])):
        with pytest.raises(NotRecognized, match="do not belong together"):
            people.come_back(SCHOOL, name, tried)
    assert people.person(SCHOOL) == Person(SCHOOL)


@pytest.mark.parametrize(
    "name", ["Ann", "ann", " A n n ", "ANN", "Ａｎｎ", "An\u200bn", "A\u202enn"]
)
def test_a_nickname_that_looks_like_another_is_taken(name: str, people: People) -> None:
    people.take(HOME, "Ann")
    with pytest.raises(NotRecognized, match="is taken: choose another, or come back"):
        people.take(SCHOOL, name)


@pytest.mark.parametrize("name", ["", " ", "\u200b", "\x1b\x07", "Operator", "The Teacher", "you"])
def test_some_nicknames_cannot_be(name: str, people: People, file: Path) -> None:
    with pytest.raises(NotRecognized, match=r"cannot be a nickname|Write a nickname first"):
        people.take(HOME, name)
    assert not file.exists()


@pytest.mark.parametrize(
    "name", ["Zoë", "علي", "王小明", "👩‍🔬", "**x**", "n" * 5000, "\x1b[31mAnn"]
)
def test_a_nickname_is_any_text_without_commands(name: str, people: People) -> None:
    code = people.take(HOME, name)
    kept = people.nickname_of(HOME)
    assert kept == name or len(kept) == people_file.LONGEST_NICKNAME or kept == "[31mAnn"
    people.come_back(SCHOOL, name, code)


def test_codes_are_long_unlike_each_other_and_easy_to_read() -> None:
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    half = f"[{LETTERS}]{{{LENGTH // 2}}}"
    assert all(re.fullmatch(f"{half}-{half}", code) for code in codes)
    assert not set("01OIL") & set(LETTERS)
    assert len(LETTERS) ** LENGTH > 2**49
    assert {letter for code in codes for letter in code} == {*LETTERS, "-"}


def test_only_a_salted_hash_of_a_code_is_kept_and_nothing_is_logged(
    people: People, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    code = people.take(HOME, "Ann")
    people.come_back(SCHOOL, "Ann", code)
    files = [each for each in file.parent.iterdir() if each.is_file()]
    kept = " ".join([*(each.read_text() for each in files), caplog.text]).upper()
    assert code not in kept
    assert code.replace("-", "") not in kept
    assert file.stat().st_mode & 0o077 == 0
    [person] = json.loads(file.read_text())["people"]
    assert person["hash"] == hashed(code, person["salt"])
    assert hashed(code, new_salt()) != person["hash"]


def test_attempts_are_bounded_for_each_browser_and_for_all() -> None:
    now = [0.0]
    attempts = Attempts(lambda: now[0])
    for _ in range(EACH):
        attempts.begin("one")
    with pytest.raises(NotRecognized, match="Wait a minute"):
        attempts.begin("one")
    for number in range(IN_ALL - EACH):
        attempts.begin(str(number))
    with pytest.raises(NotRecognized):
        attempts.begin("yet another")
    now[0] = SECONDS
    for _ in range(10 * IN_ALL):  # who is right is not held up
        attempts.begin("one")
        attempts.succeed("one")


def test_codes_are_not_guessed_in_a_row(people: People) -> None:
    code = people.take(HOME, "Ann")
    refused = []
    for _ in range(EACH + 1):
        with pytest.raises(NotRecognized) as caught:
            people.come_back(SCHOOL, "Ann", new_code())
        refused.append(str(caught.value))
    assert [text.startswith("Too many") for text in refused] == [False] * EACH + [True]
    with pytest.raises(NotRecognized, match="Too many"):  # the right one does not tell itself apart
        people.come_back(SCHOOL, "Ann", code)
    people.come_back(OTHER, "Ann", code)


def test_two_who_want_one_nickname_at_once_do_not_both_get_it(file: Path) -> None:
    def take(number: int) -> bool:
        try:
            People(file).take(f"{number:024x}", "Ann")  # each in a process of its own
        except NotRecognized:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1
    assert len(json.loads(file.read_text())["people"]) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"people": 3}', b'{"version": 2, "people": []}', b"\xff", b"[" * 100_000],
)
def test_a_file_that_is_none_is_left_alone_and_told(
    content: bytes, people: People, file: Path
) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    assert people.person(HOME) == Person(HOME)
    with pytest.raises(StoreUnavailable, match="until it is mended, or moved away"):
        people.take(HOME, "Ann")
    assert file.read_bytes() == content
    file.unlink()
    people.take(HOME, "Ann")


@pytest.mark.parametrize(
    "changes",
    [
        {"owner": ""},
        {"owner": "../" * 8},
        {"salt": "x" * 32},
        {"hash": None},
        {"browsers": "a" * 24},
        {"name": 3},
    ],
)
def test_an_entry_that_somebody_has_tampered_with_is_nobody(
    changes: dict[str, Any], people: People, file: Path
) -> None:
    people.take(HOME, "Ann")
    people.take(SCHOOL, "Ben")
    fields = json.loads(file.read_text())
    fields["people"][0] |= changes
    file.write_text(json.dumps(fields))
    assert people.person(HOME) == Person(HOME)
    assert people.nickname_of("") == ""
    assert people.nickname_at(SCHOOL) == "Ben"


def test_a_disk_that_refuses_is_told_and_those_known_stay(
    people: People, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    people.take(HOME, "Ann")
    monkeypatch.setattr(people_file, "replacing", full)
    with pytest.raises(StoreUnavailable, match="cannot be written: the disk is full"):
        people.take(SCHOOL, "Ben")
    assert people.nickname_at(HOME) == "Ann"


@pytest.mark.parametrize(
    ("value", "is_set"), [("", False), ("too short", False), ("long enough, I think", True)]
)
def test_the_teachers_key_has_a_least_length_and_is_never_told(
    value: str, is_set: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PLAYGROUND_TEACHER_KEY", value)
    key = TeachersKey()
    assert key.is_set == is_set
    for wrong in ("", "long enough", "\ud800" * 20):
        with pytest.raises(NotRecognized, match="not the teacher's key"):
            key.check(HOME, wrong)
    if is_set:
        key.check(HOME, f" {value} ")
    for _ in range(EACH - 3):
        with pytest.raises(NotRecognized, match="not the teacher's key"):
            key.check(HOME, "guess")
    with pytest.raises(NotRecognized, match="Too many"):
        key.check(HOME, value)
    assert "too short" not in caplog.text
    assert "long enough" not in caplog.text
