"""Who may start: nobody starves, nobody floods."""

from __future__ import annotations

import pytest

from playground.errors import TooManyRuns
from playground.service.admission import (
    PAUSED_BYTES,
    PAUSED_RUNS,
    RUNNING_IN_ALL,
    RUNNING_PER_OWNER,
    WAITING_PER_OWNER,
    Ticket,
    check_room,
    to_put_aside,
    to_start,
)


def tickets(owner: str, count: int) -> list[Ticket]:
    return [Ticket(f"{owner}{number}", owner) for number in range(count)]


def test_one_person_gets_a_few_runs_at_a_time() -> None:
    assert to_start(tickets("a", 9), []) == [f"a{number}" for number in range(RUNNING_PER_OWNER)]
    assert to_start(tickets("a", 9), tickets("a", RUNNING_PER_OWNER)) == []


def test_who_has_nothing_under_way_comes_before_who_floods() -> None:
    waiting = [*tickets("a", 60), *tickets("b", 1)]
    assert to_start(waiting, [])[:2] == ["a0", "b0"]
    assert to_start(waiting, tickets("a", 2))[0] == "b0"


def test_thirty_people_all_start_at_once_and_there_is_an_end_to_what_one_machine_holds() -> None:
    waiting = [ticket for person in range(60) for ticket in tickets(f"p{person}-", 1)]
    assert len(to_start(waiting[:30], [])) == 30
    assert len(to_start(waiting, [])) == RUNNING_IN_ALL
    assert to_start(waiting, waiting[:RUNNING_IN_ALL]) == []


def test_too_many_waiting_runs_are_refused_with_the_numbers() -> None:
    check_room("a", 64, [])
    check_room("b", 1, tickets("a", WAITING_PER_OWNER + RUNNING_PER_OWNER))
    with pytest.raises(TooManyRuns, match="66 runs waiting: with 3 more"):
        check_room("a", 3, tickets("a", 66))


def test_paused_runs_are_put_aside_the_longest_paused_first_and_never_the_last_one() -> None:
    quarter = PAUSED_BYTES // 4
    assert to_put_aside([]) == []
    assert to_put_aside([quarter] * 4) == []
    assert to_put_aside([quarter] * 6) == [0, 1]
    assert to_put_aside([1, 2 * PAUSED_BYTES]) == [0]
    assert to_put_aside([1] * (PAUSED_RUNS + 3)) == [0, 1, 2]
