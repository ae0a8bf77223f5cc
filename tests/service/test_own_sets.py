"""Own data sets as pages ask for them: each is its owner's, and nobody else learns of it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from brought_files import encoded, picture, two_classes, write_files, write_zip
from processes import wait_until

from playground.errors import (
    DatasetUnavailable,
    InvalidExperiment,
    NoRoom,
    NotYours,
    PlaygroundError,
    UnknownChoice,
)
from playground.experiment import Experiment
from playground.experiment.catalog import DATASETS
from playground.experiment.entries import DatasetEntry
from playground.own import library
from playground.own.brought import Brought, Wishes
from playground.run import datasets
from playground.run.info import RunInfo
from playground.run.records import StartedRecord
from playground.run.snapshot import RunSnapshot
from playground.service.own_sets import Importing, OwnSets
from playground.service.permission import OPERATOR, Person

ME, YOU, TEACHER = Person("me"), Person("you"), Person("teacher", is_teacher=True)


@pytest.fixture
def sets() -> OwnSets:
    datasets.follow()
    return OwnSets()


def looked(sets: OwnSets, person: Person, token: str) -> Importing:
    """Return how a reading has ended."""
    wait_until(lambda: sets.look(person, token).state != "reading", "the reading")
    return sets.look(person, token)


def sent(sets: OwnSets, person: Person, files: dict[str, bytes]) -> Brought:
    """Return what somebody has sent from a browser."""
    inbox = sets.inbox(person)
    for name, content in files.items():
        sets.put(person, inbox.token, name, content)
    return Brought("files", inbox.folder)


@pytest.fixture
def entry(sets: OwnSets) -> DatasetEntry:
    """Return a data set of mine."""
    token = sets.begin(ME, sent(sets, ME, two_classes(5)), Wishes())
    assert looked(sets, ME, token).state == "ready"
    return sets.keep(ME, token, "Pets")


def run_on(name: str, owner: str = "", started: StartedRecord | None = None) -> RunSnapshot:
    experiment = Experiment().replace({"data.dataset": name, "training.batch_size": 4})
    return RunSnapshot("run", experiment, started=started)


def started(entry: DatasetEntry) -> StartedRecord:
    return StartedRecord(
        1, 1, 1, 1, entry.class_names, "cpu", 1, "", "", "", entry.label, entry.content
    )


def test_what_was_sent_is_shown_and_kept(sets: OwnSets, playground_home: Path) -> None:
    token = sets.begin(ME, sent(sets, ME, two_classes(5)), Wishes())
    found = looked(sets, ME, token).found
    assert found is not None
    assert [len(samples) for samples in found.samples] == [4, 4]
    entry = sets.keep(ME, token, " My \x1b pets ")
    assert (entry.label, entry.class_counts) == ("My pets", ((4, 1), (4, 1)))
    assert DATASETS[entry.name] == entry
    (own,) = sets.of(ME)
    assert (own.is_mine, own.images, own.fingerprint) == (True, 10, found.fingerprint)
    assert entry.content == found.fingerprint
    assert OwnSets().of(ME) == sets.of(ME)  # a server that starts anew knows it too
    assert not list((playground_home / "imports").iterdir())


def test_nobody_else_can_list_guess_or_fetch_it(sets: OwnSets, entry: DatasetEntry) -> None:
    assert entry.name not in DATASETS.names
    assert entry not in list(DATASETS)
    with pytest.raises(UnknownChoice) as error:
        Experiment().replace({"data.dataset": f"{entry.name[:-1]}_"})
    assert entry.name not in str(error.value)
    for person in (YOU, TEACHER):
        assert sets.of(person) == ()
        assert not sets.may_use(person, entry.name)
        assert sets.usable(person, ["digits", entry.name]) == ["digits"]
        for change in (
            lambda person=person: sets.rename(person, entry.name, "x"),
            lambda person=person: sets.share(person, entry.name, True),
            lambda person=person: sets.delete(person, entry.name),
            lambda person=person: sets.add(person, entry.name, [("cat", b"")]),
        ):
            with pytest.raises(NotYours, match="no longer here, or it is not yours"):
                change()
    assert sets.may_use(ME, entry.name)
    assert sets.may_use(Person("other", also=("me",)), entry.name)
    assert sets.may_use(OPERATOR, entry.name)


def test_what_is_shared_can_be_used_and_not_changed(sets: OwnSets, entry: DatasetEntry) -> None:
    sets.share(ME, entry.name, True)
    (seen,) = sets.of(YOU)
    assert (seen.is_shared, seen.is_mine, sets.may_use(YOU, entry.name)) == (True, False, True)
    with pytest.raises(NotYours, match="you may use it, not change it"):
        sets.delete(YOU, entry.name)
    sets.share(ME, entry.name, False)
    assert sets.of(YOU) == ()


def test_runs_on_it_are_seen_by_their_owner_and_its_owner(
    sets: OwnSets, entry: DatasetEntry
) -> None:
    run, of_you = run_on(entry.name), RunInfo("run", 0.0, owner="you")
    by_command = RunInfo("run", 0.0)
    for person, may_see in ((ME, True), (YOU, False), (TEACHER, False), (OPERATOR, True)):
        assert sets.may_see_run(person, by_command, run) == may_see
    assert sets.may_see_run(YOU, of_you, run)
    assert sets.may_see_run(YOU, by_command, run_on("digits"))
    sets.share(ME, entry.name, True)
    assert sets.may_see_run(YOU, by_command, run)
    sets.delete(ME, entry.name)
    assert sets.may_see_run(YOU, by_command, run)


def test_readings_and_inboxes_are_their_owners_alone(sets: OwnSets) -> None:
    inbox = sets.inbox(ME)
    with pytest.raises(NotYours):
        sets.put(YOU, inbox.token, "cat/1.png", b"")
    brought = sent(sets, ME, two_classes(2))
    with pytest.raises(InvalidExperiment, match="cannot be read"):
        sets.begin(YOU, brought, Wishes())
    token = sets.begin(ME, brought, Wishes())
    assert looked(sets, YOU, token) == looked(sets, YOU, "no such token")
    assert looked(sets, ME, token).state == "ready"
    sets.cancel(YOU, token)
    with pytest.raises(InvalidExperiment, match="nothing to keep"):
        sets.keep(YOU, token, "Mine now")
    sets.cancel(ME, token)
    assert sets.look(ME, token).state == "refused"


def test_names_of_files_stay_in_their_inbox(sets: OwnSets) -> None:
    inbox = sets.inbox(ME)
    for path in ("../../x/1.png", "/etc/1.png", "..\\..\\1.png", "a/../../../2.png", "", "\0/\0"):
        file = sets.put(ME, inbox.token, path, b"x")
        assert inbox.folder in file.resolve().parents
    twice = {sets.put(ME, inbox.token, "cat/image.jpg", b"x") for _ in range(3)}
    assert {file.name for file in twice} == {"image.jpg", "image 2.jpg", "image 3.jpg"}
    long = sets.put(ME, inbox.token, f"{'ä' * 300}/{'b' * 300}.jpeg", b"x")
    assert long.suffix == ".jpeg"


def test_a_path_of_the_server_is_read_only_below_folders_named_for_it(
    sets: OwnSets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed, private = tmp_path / "allowed", tmp_path / "private"
    write_files(allowed / "pets", two_classes(2))
    write_zip(private / "a.zip", two_classes(2))
    (allowed / "link").symlink_to(private)
    monkeypatch.setenv("PLAYGROUND_IMAGE_FOLDERS", f"{allowed}{os.pathsep}{tmp_path / 'none'}")
    assert sets.image_folders() == (allowed.resolve(),)
    token = sets.begin(ME, Brought("folder", allowed / "pets"), Wishes())
    assert looked(sets, ME, token).state == "ready"
    refused = []
    for path in (
        private / "a.zip",
        allowed / "link/a.zip",
        allowed / "../private/a.zip",
        private / "nothing.zip",
        Path("/etc/passwd"),
        Path("x" * 5000),
        Path("\0"),
    ):
        with pytest.raises(InvalidExperiment, match="cannot be read") as error:
            sets.begin(ME, Brought("zip", path), Wishes())
        refused.append(str(error.value).split(" cannot", 1)[1])
    assert len(set(refused)) == 1  # whether it is there is not told


def test_images_are_added_with_a_new_class_and_the_old_labels_stay(
    sets: OwnSets, entry: DatasetEntry
) -> None:
    new = [(name, encoded(picture(90 + n))) for n, name in enumerate(("ape", "cat", "ape"))]
    seen, left_out = sets.add(ME, entry.name, [*new, ("ape", b"no image")])
    assert seen.entry.class_names == ("cat", "dog", "ape")
    assert seen.entry.class_counts == ((5, 1), (4, 1), (1, 1))
    assert (left_out[0].count, left_out[0].examples) == (1, ("ape/3",))
    assert seen.entry.content != entry.content
    assert DATASETS[entry.name] == seen.entry
    with pytest.raises(InvalidExperiment, match="None of the images can be read"):
        sets.add(ME, entry.name, [("cat", b"no image")])
    assert DATASETS[entry.name] == seen.entry
    run = run_on(entry.name, started=started(entry))
    assert "has been added to since" in sets.said_of(run)
    assert sets.said_of(run_on(entry.name, started=started(seen.entry))) == ""


def test_a_new_name_is_told_of_the_runs_before(sets: OwnSets, entry: DatasetEntry) -> None:
    sets.rename(ME, entry.name, "Animals")
    run = run_on(entry.name, started=started(entry))
    assert sets.said_of(run) == "The data set Animals was called Pets then."
    assert DATASETS[entry.name].content == entry.content
    with pytest.raises(InvalidExperiment, match="needs a name"):
        sets.rename(ME, entry.name, " \x1b ")


def test_runs_on_what_was_deleted_stay_and_say_so(
    sets: OwnSets, entry: DatasetEntry, playground_home: Path
) -> None:
    run = run_on(entry.name, started=started(entry))
    sets.delete(ME, entry.name)
    assert not (playground_home / "own" / entry.name / "arrays.npz").exists()
    assert sets.said_of(run).startswith("The data set of this run, Pets, was deleted")
    assert DATASETS[entry.name].label == "Pets (deleted)"
    assert Experiment.from_json(run.experiment.to_json()) == run.experiment
    assert (sets.of(ME), sets.quota(ME).used) == ((), 0)
    assert not sets.may_use(ME, entry.name)
    for change in (library.delete, lambda name: library.rename(name, "x")):
        with pytest.raises(DatasetUnavailable, match="no longer here"):
            change(entry.name)


def test_room_is_counted_told_and_kept(
    sets: OwnSets, entry: DatasetEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sets.quota(ME).used == library.story(entry.name).bytes > 0  # type: ignore[union-attr]
    assert sets.quota(ME).sentence == sets.quota(YOU).sentence == ""
    token = sets.begin(ME, sent(sets, ME, two_classes(5)), Wishes())
    assert looked(sets, ME, token).state == "ready"
    monkeypatch.setenv("PLAYGROUND_DISK_GB", "0.001")
    path = datasets.arrays_file(entry.name).with_name("own.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "bytes": 499_999}))
    assert "Your data sets take 500 kB of the 500 kB" in sets.quota(ME).sentence
    assert "All data sets of this server take" in sets.quota(YOU).sentence
    with pytest.raises(NoRoom, match="delete one"):
        sets.keep(ME, token, "More")
    assert len(sets.of(ME)) == 1


def test_what_says_damaged_things_of_its_owner_is_nobodys(
    sets: OwnSets, entry: DatasetEntry
) -> None:
    for content in ("", "[]", '{"owner": 5}', '{"is_shared": "yes"}', "\x00"):
        datasets.arrays_file(entry.name).with_name("own.json").write_text(content)
        assert (sets.of(ME), sets.of(YOU)) == ((), ())
        assert sets.may_use(OPERATOR, entry.name)


@pytest.mark.parametrize(
    ("wishes", "words"),
    [(Wishes(side=4), "4 pixels"), (Wishes(side=4000), "4000"), (Wishes(test_share=0.9), "0.9")],
)
def test_wishes_that_cannot_be_are_refused(sets: OwnSets, wishes: Wishes, words: str) -> None:
    with pytest.raises(InvalidExperiment, match=words):
        sets.begin(ME, sent(sets, ME, two_classes(2)), wishes)


def test_what_cannot_be_read_ends_in_a_sentence(sets: OwnSets) -> None:
    inbox = sets.inbox(ME)
    file = sets.put(ME, inbox.token, "images.zip", b"PK no archive")
    token = sets.begin(ME, Brought("zip", file), Wishes())
    assert "no zip archive, or it is damaged" in looked(sets, ME, token).sentence


def test_another_reading_of_the_same_person_takes_the_place_of_the_first(sets: OwnSets) -> None:
    brought = sent(sets, ME, two_classes(2))
    tokens = [sets.begin(ME, brought, Wishes()) for _ in range(3)]
    assert looked(sets, ME, tokens[-1]).state == "ready"
    assert [sets.look(ME, token).state for token in tokens] == ["refused", "refused", "ready"]
    ask: Callable[[], DatasetEntry] = lambda: sets.keep(ME, tokens[0], "x")  # noqa: E731
    with pytest.raises(PlaygroundError, match="nothing to keep"):
        ask()
