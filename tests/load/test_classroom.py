"""A small class on one server. How fast it is, `python tests/load/measure.py` tells."""

from __future__ import annotations

from pathlib import Path

import pytest
from classroom import Lesson, hold_lesson
from onlooker import CHROMIUM
from truth import alone, complaints, experiment_of

pytestmark = pytest.mark.slow

STUDENTS = 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("class")


@pytest.fixture(scope="module")
def lesson(folder: Path) -> Lesson:
    return hold_lesson(folder, students=STUDENTS, rounds=1, arrival=1.0)


def test_no_page_of_a_class_gets_stuck(lesson: Lesson) -> None:
    assert lesson.troubles == []


def test_every_run_of_a_class_finishes(lesson: Lesson) -> None:
    words = [text for student in lesson.students for text in student.runs.values()]
    assert len(words) == STUDENTS
    assert all(text.startswith("Finished 20 epochs in ") for text in words), words


def test_every_run_of_a_class_has_the_numbers_it_has_alone(folder: Path, lesson: Lesson) -> None:
    assert complaints(folder / "home" / "playground.db", lesson.students, rounds=1) == []


def test_runs_of_different_seeds_have_different_numbers(lesson: Lesson) -> None:
    # Or the test above would not notice one student's numbers in another's run.
    last = {alone(experiment_of(student))[-1].train_loss for student in lesson.students}
    assert len(last) == STUDENTS


def test_no_page_of_a_class_shows_an_error(lesson: Lesson) -> None:
    assert lesson.errors == []


def test_a_page_keeps_looking_while_its_run_is_under_way(lesson: Lesson) -> None:
    for student in lesson.students:
        looks = [each for each in student.tab.requests if each.kind == "look" and each.seconds]
        assert looks, f"seed {student.seed}: the fragments' timers were never set"


def test_a_real_browser_among_them_sees_the_run_of_somebody_else_end(lesson: Lesson) -> None:
    if lesson.onlooker is None:
        pytest.skip(f"needs {CHROMIUM} (apt install chromium)")
    assert len(lesson.onlooker.seen) == 1
    assert lesson.onlooker.seen[0].startswith("Finished 20 epochs in ")
