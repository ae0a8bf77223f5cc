"""What others keep to themselves is on no page of mine; what is gone gives way to other images."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from app_page import DATA_PAGE, AppPage
from brought_files import two_classes, write_files

from playground.experiment import Experiment
from playground.experiment.entries import DatasetEntry
from playground.own import imports, library
from playground.own.brought import Brought, Wishes
from playground.run import datasets
from playground.run.info import RunInfo
from playground.run.snapshot import RunSnapshot, RunStatus
from playground.service import service

LAB_PAGE = "playground/ui/pages/lab.py"
Open = Callable[..., AppPage]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[imports.Found, Path]]:
    """Return what a reading has found, and where its arrays lie."""
    root = tmp_path_factory.mktemp("read")
    folder = root / "out"
    folder.mkdir()
    brought = Brought("folder", write_files(root / "in", two_classes(10)))
    yield imports.read(brought, Wishes(), folder), folder


def kept(found: tuple[imports.Found, Path], tmp_path: Path, owner: str) -> DatasetEntry:
    """Return a data set of somebody's."""
    copy = tmp_path / owner
    write_files(copy, {"arrays.npz": (found[1] / "arrays.npz").read_bytes()})
    return library.keep(found[0], copy, library.Story(owner=owner), f"Pets of {owner}")


def test_only_my_own_are_offered_and_they_give_way_once_deleted(
    open_page: Open, found: tuple[imports.Found, Path], tmp_path: Path
) -> None:
    page = open_page({})
    theirs, mine = (
        kept(found, tmp_path, owner) for owner in ("somebody", page.session.person.owner)
    )
    page.look()
    box = page.widget("data.dataset")
    assert mine.label in box.options
    assert theirs.label not in str(box.options) + box.help
    page.choose_all({"data.dataset": mine.name, "training.batch_size": "8"})
    page.turn_to(DATA_PAGE)
    page.until(lambda: page.metrics.get("Image") == "3×16×16")
    page.turn_to(LAB_PAGE)
    library.delete(mine.name)
    page.turn_to(DATA_PAGE)
    assert page.session.draft.data.dataset == "digits"
    assert "is no longer here, or belongs to somebody" in page.session.notice + str(page.words)
    page.until(lambda: page.metrics.get("Image") == "1×8×8")


def test_a_description_that_went_away_by_hand_breaks_no_page(
    open_page: Open, found: tuple[imports.Found, Path], tmp_path: Path
) -> None:
    page = open_page({})
    mine = kept(found, tmp_path, page.session.person.owner)
    page.look()
    page.choose_all({"data.dataset": mine.name, "training.batch_size": "8"})
    assert page.session.draft.data.dataset == mine.name
    page.turn_to(LAB_PAGE)
    datasets.arrays_file(mine.name).with_name("description.json").unlink()
    page.turn_to(DATA_PAGE)
    assert page.session.draft.data.dataset == "digits"


def test_a_link_to_what_others_keep_is_not_followed_nor_is_their_run_shown(
    open_page: Open, found: tuple[imports.Found, Path], tmp_path: Path
) -> None:
    theirs = kept(found, tmp_path, "somebody")
    experiment = Experiment().replace({"data.dataset": theirs.name, "training.batch_size": 4})
    snapshot = RunSnapshot("theirs", experiment, RunStatus.FINISHED)
    page = open_page({"data.dataset": theirs.name, "training.batch_size": "4"})
    service().store.save(RunInfo("theirs", 1.0, owner="somebody"), snapshot)
    assert page.session.draft.data.dataset == "digits"
    assert theirs.label not in str(page.words)
    assert "theirs" in [run.info.run_id for run in service().runs()]
    mine = service().runs(person=page.session.person)
    assert "theirs" not in [run.info.run_id for run in mine]
    page.session.run_id = "theirs"
    assert page.session.refresh() is None
    assert "somebody keeps to themselves" in page.session.notice
