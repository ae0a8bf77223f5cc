"""Run cards: there and back, and whatever else a file of that name may hold."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from carded import EPOCHS, NAMES, card_of, forged, keep_run, members_of, npy, zipped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load, save

from playground.analysis.confusion import confusions
from playground.errors import NoRoom, PlaygroundError
from playground.export import card
from playground.export.card import CardRefused
from playground.export.installing import install
from playground.export.reading import read_card
from playground.run.artifacts import WEIGHTS
from playground.run.folder import RunFolder
from playground.service.resuming import Resuming
from playground.service.room import Room
from playground.service.store.store import RunStore
from playground.service.stored_answers import stored_answers

Members = dict[str, bytes]


@pytest.fixture(scope="module")
def first_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("first")


@pytest.fixture(scope="module")
def whole(first_home: Path) -> bytes:
    """Return a run card, drawn once for all tests: its charts take a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_HOME", str(first_home))
        return card_of(keep_run())


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to another playground, in which nothing is."""
    home = tmp_path / "elsewhere"
    monkeypatch.setenv("PLAYGROUND_HOME", str(home))
    return home


def test_a_card_becomes_the_same_run_of_somebody_else(whole: bytes, elsewhere: Path) -> None:
    read = read_card(whole)
    store = RunStore()
    run_id = install(read, store, Room(store), "me")
    run = RunStore().load(run_id)
    assert (run.info.owner, run.info.group, run.info.name) == (
        *("me", ""),
        "=Mine <script>alert(1)</script>",
    )
    assert run.info.imported == f"source {json.loads(members_of(whole)[card.MANIFEST])['checksum']}"
    assert "not verified" in run.snapshot.note
    assert read.snapshot.epochs == run.snapshot.epochs
    assert len(run.snapshot.epochs) == EPOCHS
    assert run.snapshot.started
    answers = stored_answers(run_id, run.snapshot.started.validation_key, EPOCHS)
    assert answers
    said = json.loads(members_of(whole)[card.CONFUSION])
    assert confusions(answers)[-1].tolist() == said["counts"]
    assert answers.right[-1].mean() == run.snapshot.epochs[-1].validation_accuracy
    weights = RunFolder.of(run_id).arrays(WEIGHTS, EPOCHS)
    assert weights
    assert {name: array.shape for name, array in weights.items()} == {
        "output.weight": (3, 64),
        "output.bias": (3,),
    }
    again = read_card(card_of(run))
    assert again.snapshot.epochs == read.snapshot.epochs
    with pytest.raises(PlaygroundError, match="imported from a run card"):
        Resuming(store, *[_Nothing()] * 2).take_up(run_id)  # type: ignore[arg-type]


class _Nothing:
    """A roster that has no run."""

    def __init__(self) -> None:
        from threading import RLock

        self.lock, self.runs = RLock(), {}


def test_a_card_tells_nothing_of_this_playground_alone(whole: bytes, first_home: Path) -> None:
    for name, content in members_of(whole).items():
        for secret in (b"a secret owner", b"a group", str(first_home).encode()):
            assert secret not in content, name


def test_a_card_that_finds_no_room_leaves_nothing(whole: bytes, elsewhere: Path) -> None:
    class Full:
        def check(self, owner: str) -> None:
            raise NoRoom("full")

    with pytest.raises(NoRoom):
        install(read_card(whole), RunStore(), Full())
    assert not list(elsewhere.rglob("*.np*"))


def test_a_card_that_the_disk_does_not_take_leaves_no_run(
    whole: bytes, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("playground.export.installing.ImageSet.put", full)
    store = RunStore()
    with pytest.raises(PlaygroundError, match="the disk is full"):
        install(read_card(whole), store, Room(store))
    assert store.runs() == []
    assert not list((elsewhere / "runs").glob("*"))


class _Page(HTMLParser):
    """What a page asks a browser to load, and the names of its tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.tags: list[str] = []
        self.unnamed = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self.loads += [found[key] or "" for key in ("src", "srcset", "href") if key in found]
        self.unnamed += tag == "img" and not found.get("alt")


def test_the_report_opens_offline_and_runs_nothing(whole: bytes) -> None:
    text = members_of(whole)[card.REPORT].decode()
    page = _Page(text)
    assert not {"script", "b", "i", "link", "iframe", "base"} & {*page.tags}
    assert all(address.startswith("data:image/") for address in page.loads)
    assert page.tags.count("picture") == 3  # each in light and dark
    assert page.unnamed == 0
    assert "&lt;script&gt;" in text
    assert "default-src 'none'" in text
    assert not re.search(r"url\(|@import|https?://", text)


def _record(members: Members, **changes: Any) -> None:
    record = json.loads(members[card.RUN])
    for path, value in changes.items():
        *places, last = path.split("__")
        found: Any = record
        for place in places:
            found = found[int(place) if place.isdigit() else place]
        found[last] = value
    members[card.RUN] = json.dumps(record).encode()


def _array(members: Members, name: str, change: Callable[[np.ndarray], None]) -> None:
    content = members[name]
    array = np.load(__import__("io").BytesIO(content)).copy()
    change(array)
    members[name] = npy(array)


def _set(place: Any, value: Any) -> Callable[[np.ndarray], None]:
    def change(array: np.ndarray) -> None:
        array[place] = value

    return change


def _weights(members: Members, **changes: np.ndarray) -> None:
    members[card.WEIGHTS] = save(
        {**load(members[card.WEIGHTS]), **changes}, {"layers": '{"1": "output"}'}
    )


LAST = card.answers_name(EPOCHS)
FORGERIES: dict[str, tuple[Callable[[Members], object], str]] = {
    "a better accuracy": (lambda m: _record(m, epochs__0__validation_accuracy=0.975), "accuracy"),
    "a smaller loss": (lambda m: _record(m, epochs__1__validation_loss=0.001), "validation loss"),
    "a larger loss": (lambda m: _record(m, epochs__1__validation_loss=5.0), "validation loss"),
    "other counts": (
        lambda m: m.update({card.CONFUSION: m[card.CONFUSION].replace(b"[", b"[9,", 1)}),
        "confusion.json",
    ),
    "other labels": (lambda m: _array(m, card.LABELS, lambda a: np.copyto(a, a[::-1])), "epoch 1"),
    "other images": (lambda m: _array(m, card.IMAGES, _set((0, 0, 0, 0), 77)), "images"),
    "no probability": (lambda m: _array(m, LAST, _set((0, 0), 2.0)), "no probabilities"),
    "NaN for one": (lambda m: _array(m, LAST, _set((0, 0), np.nan)), "no probabilities"),
    "a label of no class": (lambda m: _array(m, card.LABELS, _set(0, 3)), "cannot be"),
    "too few images": (lambda m: m.update({card.LABELS: npy(np.zeros(3, np.int64))}), "labels.npy"),
    "pickled answers": (
        lambda m: m.update({LAST: npy(np.array([{}, print]), pickled=True)}),
        "no array of numbers",
    ),
    "other settings": (
        lambda m: m.update({card.EXPERIMENT: m[card.EXPERIMENT].replace(b'"linear"', b'"mlp"')}),
        "other settings",
    ),
    "a setting of no version": (
        lambda m: _record(m, experiment__model__brains=3),
        "does not know a setting",
    ),
    "a run under way": (lambda m: _record(m, status="running"), "not over"),
    "an epoch too many": (lambda m: _record(m, experiment__training__epochs=2), "planned"),
    "epochs out of order": (lambda m: _record(m, epochs__1__epoch=7), "out of order"),
    "a share above one": (lambda m: _record(m, epochs__0__train_accuracy=1.5), "epoch 1"),
    "an endless loss": (lambda m: _record(m, epochs__0__train_loss="inf"), "epoch 1"),
    "a number that JSON has not": (
        lambda m: m.update({card.RUN: m[card.RUN].replace(b'"seconds": 0.0', b'"seconds": NaN')}),
        "NaN is no number",
    ),
    "a number of 5,000 digits": (
        lambda m: (
            _record(m, started__parameters=0)
            or m.update(
                {card.RUN: m[card.RUN].replace(b'"parameters": 0', b'"parameters": ' + b"9" * 5000)}
            )
        ),
        "digits",
    ),
    "brackets without end": (lambda m: m.update({card.RUN: b"[" * 100_000}), "nested"),
    "a name twice": (
        lambda m: m.update({card.RUN: m[card.RUN].replace(b"{", b'{"name": "a", ', 1)}),
        "twice",
    ),
    "weights of another network": (
        lambda m: _weights(m, **{"1.bias": np.zeros(4, np.float32)}),
        "196 numbers",
    ),
    "weights that are no numbers": (
        lambda m: _weights(m, **{"1.bias": np.full(3, np.inf, np.float32)}),
        "no numbers",
    ),
    "weights of another kind": (
        lambda m: _weights(m, **{"1.bias": np.zeros(3, np.float64)}),
        "no network here",
    ),
    "a name that leads elsewhere": (lambda m: m.update({"../../evil": b"x"}), "evil"),
    "a whole path": (lambda m: m.update({"/tmp/evil": b"x"}), "evil"),
    "a pickle": (lambda m: m.update({"checkpoint.pt": b"x"}), "checkpoint.pt"),
    "no record": (lambda m: m.pop(card.RUN), "run.json"),
    "a control in a class": (
        lambda m: _record(m, started__class_names=["a", "\x1b[2J", "c"]),
        "of no run",
    ),
    "a time that never was": (lambda m: _record(m, created_at=1e12), "no time there is"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_contradicts_itself_is_refused_whatever_its_checksums(
    forgery: str, whole: bytes, elsewhere: Path
) -> None:
    members = members_of(whole)
    change, words = FORGERIES[forgery]
    change(members)
    with pytest.raises(CardRefused, match=re.escape(words)) as refused:
        read_card(forged(members))
    assert str(refused.value).endswith(".")
    assert not elsewhere.exists()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"version": 2}, "another version"),
        ({"kind": "cake"}, 'says that it is "cake"'),
        ({"weights_epoch": 9}, "no epoch"),
        ({"weights_epoch": 0}, "whether it has weights"),
        ({"weights_epoch": True}, "no epoch"),
    ],
)
def test_a_manifest_of_another_kind_is_refused(
    said: dict[str, Any], words: str, whole: bytes
) -> None:
    with pytest.raises(CardRefused, match=words):
        read_card(forged(members_of(whole), **said))


def test_damage_is_told_by_the_checksums(whole: bytes) -> None:
    members = members_of(whole)
    members[card.CURVES] += b" "
    with pytest.raises(CardRefused, match=r"damaged: curves\.csv"):
        read_card(zipped(members))
    del members[card.CURVES]
    with pytest.raises(CardRefused, match="damaged: the files"):
        read_card(zipped(members))
    manifest = members[card.MANIFEST]
    members[card.MANIFEST] = manifest.replace(b'"source"', b'"sauce"')
    with pytest.raises(CardRefused, match=r"damaged: card\.json"):
        read_card(zipped(members))


def test_what_is_no_card_is_told_with_the_way_out() -> None:
    for content in (b"", b"PK", b"hello", zipped({"a.txt": b""}), zipped({})):
        with pytest.raises(CardRefused, match="Take it away"):
            read_card(content)


def test_a_name_that_readers_of_zips_cut_is_refused(whole: bytes) -> None:
    content = zipped({**members_of(whole), "answers/labels.npyX.pkl": b""})
    with pytest.raises(CardRefused, match=r"\.pkl"):
        read_card(content.replace(b"npyX", b"npy\0"))


def test_a_zip_that_unpacks_to_too_much_is_not_unpacked(whole: bytes) -> None:
    members = members_of(whole)
    with pytest.raises(CardRefused, match=r"script\.py in this run card has 5\.0 MB"):
        read_card(forged({**members, card.SCRIPT: bytes(5_000_000)}))
    with pytest.raises(CardRefused, match="unpacks to"):
        read_card(whole, 10_000)
    bomb = bytearray(forged({**members, card.SCRIPT: bytes(900_000)}))
    place = bomb.rindex(b"script.py") - 46  # in the directory at the end, which says the size
    assert bomb[place : place + 4] == b"PK\x01\x02"
    bomb[place + 24 : place + 28] = struct.pack("<I", 100)
    with pytest.raises(CardRefused, match="damaged"):
        read_card(bytes(bomb))
    with pytest.raises(CardRefused, match="files"):
        read_card(zipped({f"answers/probabilities-{n:04}.npy": b"" for n in range(200)} | members))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_there_twice_is_refused(whole: bytes) -> None:
    members = members_of(whole)
    twice = bytearray(zipped({**members, "mistakes/98.png": b"x", "mistakes/99.png": b"x"}))
    for _ in range(2):  # before its content, and in the directory at the end
        place = twice.index(b"mistakes/99.png")
        twice[place : place + 15] = b"mistakes/98.png"
    with pytest.raises(CardRefused, match=r"mistakes/98\.png twice"):
        read_card(bytes(twice))


_HOME_IS_FRESH = settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@_HOME_IS_FRESH
@given(st.data())
def test_no_damage_raises_anything_but_a_refusal(
    whole: bytes, elsewhere: Path, data: st.DataObject
) -> None:
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    _read(bytes(content[: data.draw(st.integers(0, len(content)))]), elsewhere)


@_HOME_IS_FRESH
@given(st.data())
def test_no_forged_member_raises_anything_but_a_refusal(
    whole: bytes, elsewhere: Path, data: st.DataObject
) -> None:
    members = members_of(whole)
    name = data.draw(st.sampled_from([card.RUN, card.WEIGHTS, card.CONFUSION, card.LABELS, LAST]))
    content = bytearray(members[name])
    place = data.draw(st.integers(0, min(len(content) - 1, 3000)))
    junk = st.one_of(
        st.binary(max_size=8), st.sampled_from([b"1e999", b"null", b"{}", b'"x"', b"-"])
    )
    content[place : place + data.draw(st.integers(0, 8))] = data.draw(junk)
    _read(forged({**members, name: bytes(content)}), elsewhere)


def _read(content: bytes, elsewhere: Path) -> None:
    try:
        read = read_card(content)
    except CardRefused as error:
        assert len(str(error)) < 700
    else:
        assert read.snapshot.started
        assert (
            read.snapshot.started.class_names == NAMES
            or read.images is None
            or read.labels is not None
        )
    assert not elsewhere.exists()
