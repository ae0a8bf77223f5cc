"""What lies under the home is counted as it is, and what can be made again goes when it must."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from filled import KEYS, MB, bytes_by_walk, put

from playground.run.disk import Kind, count, size_text
from playground.run.home import home
from playground.run.image_sets import ImageSet
from playground.run.sweeping import cut_log, limit, make_room, note_look, remove

LONG_AGO = 100_000.0
PART = "0123456789ab.part"


def names() -> set[str]:
    """Return the files and links of the home."""
    return {
        str(path.relative_to(home()))
        for path in home().rglob("*")
        if path.is_symlink() or not path.is_dir()
    }


def item_places() -> list[str]:
    return [str(item.path.relative_to(home())) for item in count().items]


def test_every_file_is_counted_once_by_what_it_is_for() -> None:
    last = put("runs/one/checkpoint.pt", 700)
    os.link(last, last.with_name("checkpoint-best.pt"))
    sizes = {
        "runs/one/run.json": (Kind.RUNS, 5),
        "runs/one/probabilities-0001.npy": (Kind.RUNS, 30),
        "runs/two/weights-0003.npz": (Kind.WEIGHTS, 1000),
        f"runs/two/run.json.{PART}": (Kind.LEFTOVERS, 2),
        "runs/three.erased/checkpoint.pt": (Kind.LEFTOVERS, 20_000),
        f"validation/{KEYS[0]}/images.npy": (Kind.IMAGES, 400),
        f"samples/{KEYS[1]}/after.npy": (Kind.IMAGES, 50),
        "cache/shapes-v1.npz": (Kind.CACHES, 6),
        "own/mine/arrays.npz": (Kind.OWN, 7),
        "datasets/MNIST/raw/train": (Kind.DATASETS, 8),
        "datasets/MNIST/raw/.fetching-0123456789ab/train.gz": (Kind.LEFTOVERS, 9),
        "playground.db": (Kind.REST, 11),
        "playground.db.damaged-20250101-000000": (Kind.LEFTOVERS, 12),
        "something/else/of/somebody": (Kind.REST, 13),
    }
    for place, (_, size) in sizes.items():
        put(place, size)
    expected = {kind: sum(size for of, size in sizes.values() if of == kind) for kind in Kind}
    expected[Kind.WEIGHTS] += 700
    usage = count()
    assert usage.kinds == expected
    assert usage.total == bytes_by_walk(home())
    assert usage.runs == {"one": 735, "two": 1000}
    assert usage.total - usage.kept == sum(expected[k] for k in (Kind.IMAGES, Kind.LEFTOVERS)) + 6


def test_data_sets_elsewhere_are_not_counted_and_links_are_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / KEYS[0]).mkdir(parents=True)
    (elsewhere / KEYS[0] / "images.npy").write_bytes(bytes(MB))
    put(f"samples/{KEYS[1]}/labels.npy", 10)
    (home() / "validation").symlink_to(elsewhere)
    (home() / "samples" / KEYS[0]).symlink_to(elsewhere / KEYS[0])
    monkeypatch.setenv("PLAYGROUND_DATASETS", str(elsewhere))
    usage = count()
    assert usage.total == bytes_by_walk(home()) < 1000
    assert item_places() == [f"samples/{KEYS[1]}"]
    monkeypatch.setenv("PLAYGROUND_DATASETS", str(home() / "kept" / "here"))
    put("kept/here/MNIST/raw/train", 5)
    assert count().kinds[Kind.DATASETS] == 5


def test_a_home_that_is_not_there_is_empty() -> None:
    shutil.rmtree(home(), ignore_errors=True)
    assert (count().total, count().items) == (0, ())


def test_the_longest_unseen_goes_first_and_no_more_than_must(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PLAYGROUND_DISK_GB", "0.01")
    put("runs/one/checkpoint.pt", 3 * MB, LONG_AGO)
    put(f"validation/{KEYS[0]}/images.npy", 2 * MB, 3 * LONG_AGO)
    put(f"samples/{KEYS[1]}/after.npy", 2 * MB, LONG_AGO)
    put("cache/shapes-v1.npz", 2 * MB, 2 * LONG_AGO)
    before = names()
    assert make_room().total == 9 * MB
    assert make_room(MB).total == 9 * MB  # it just fits
    assert names() == before
    note_look(home() / "validation" / KEYS[0])  # somebody did: it is the last to go
    assert make_room(2 * MB).total == 7 * MB
    assert before - names() == {"cache/shapes-v1.npz"}
    assert make_room(8 * MB).kinds[Kind.WEIGHTS] == 3 * MB
    assert names() == {"runs/one/checkpoint.pt", f"validation/{KEYS[0]}/images.npy"}


def test_what_is_looked_at_stays_also_where_that_was_noted_after_the_count() -> None:
    put(f"samples/{KEYS[0]}/after.npy", 5, LONG_AGO)
    put(f"samples/{KEYS[1]}/after.npy", 5, LONG_AGO)
    first, second = count().items
    ImageSet("samples", first.path.name).array("after")
    assert [remove(first), remove(second)] == [False, True]
    assert first.path.exists()
    assert not second.path.exists()
    assert not remove(second)


def test_a_long_log_begins_anew_under_whoever_writes_it() -> None:
    log = put("worker.log", 11 * MB)
    with log.open("ab") as stream:
        cut_log()
        stream.write(b"after")
    assert log.read_bytes() == b"after"
    cut_log()
    assert log.read_bytes() == b"after"


def test_what_is_not_ours_stays_in_a_home_that_holds_other_things_too() -> None:
    for place in (
        "samples/song/one.npy",
        "validation/report.txt",
        "cache/firefox/entry",
        "cache/thesis.npz",
        f"elsewhere/paper.tex.{PART}",
        "datasets/mine/.fetching-notes/a",
        "own/mine/arrays.npz",
        "runs/one/run.json",
        "runs/notes.txt",
    ):
        put(place, MB, LONG_AGO)
    assert item_places() == []


def test_before_large_images_are_written_room_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_DISK_GB", "0.02")
    old = put(f"validation/{KEYS[0]}/images.npy", 12 * MB, LONG_AGO)
    images = {"images": np.zeros((9 * MB,), np.uint8)}
    ImageSet("validation", KEYS[1]).put(images)
    assert not old.exists()
    assert bytes_by_walk(home()) < limit() == 20 * MB
    ImageSet("validation", KEYS[1]).put(images)  # is there: nothing to make room for


@pytest.mark.parametrize(
    ("value", "gigabytes"),
    [("", 10), ("0.5", 0.5), (" 25 ", 25), ("0", 10), ("1e3", 10), ("-1", 10), ("0,5", 10)],
)
def test_the_limit_is_a_number_of_gigabytes_with_fractions(
    value: str, gigabytes: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_DISK_GB", value)
    assert limit() == round(gigabytes * 1e9)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (9_940, "9.9 kB"), (294e6, "294 MB"),
     (1_234e6, "1.2 GB"), (1_234e9, "1,234 GB")],
)  # fmt: skip
def test_sizes_are_written_as_people_read_them(size: float, text: str) -> None:
    assert size_text(size) == text
