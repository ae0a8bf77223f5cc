from __future__ import annotations

import gzip
import hashlib
import os
import signal
import threading
import time
from functools import partial
from pathlib import Path

import psutil
import pytest
from mirror import (
    BATCHES,
    IMAGES,
    MNIST_FILES,
    NOISE,
    PIXELS,
    RAW,
    TIME_LIMIT,
    Mirror,
    assert_true_mnist,
    cifar_archive,
    failure,
    files,
    idx,
    put,
    until,
)
from processes import PATIENCE, finish, start_process
from torchvision.datasets import CIFAR10, KMNIST, MNIST

from playground.engine.images.data import drain
from playground.engine.images.sources import acquisition
from playground.engine.images.sources.archives import Job
from playground.engine.images.sources.dataset import Source
from playground.engine.images.sources.loading import is_available, load_dataset
from playground.run.records import PreparationRecord


def test_a_data_set_is_downloaded_whole_and_only_once(folder: Path, mirror: Mirror) -> None:
    assert not is_available("mnist")
    assert_true_mnist(drain(load_dataset("mnist")))
    assert is_available("mnist")
    assert files(folder) == sorted(RAW)
    for name, content in RAW.items():
        assert (folder / "MNIST/raw" / name).read_bytes() == content
    asked = len(mirror.requests)
    assert_true_mnist(drain(load_dataset("mnist")))
    assert len(mirror.requests) == asked


def test_cifar_is_unpacked_by_name_and_nothing_else_is_written(
    folder: Path, mirror: Mirror, tmp_path: Path
) -> None:
    source = drain(load_dataset("cifar10"))
    assert source.train.labels.tolist() == [label for label in range(5) for _ in range(4)]
    assert source.test.labels.tolist() == [5] * 4
    assert source.test.images.flatten(1).tolist() == PIXELS.tolist()
    assert files(tmp_path) == BATCHES
    assert {path.parent for path in folder.rglob("*_batch*")} == {folder / "cifar-10-batches-py"}


def test_progress_counts_the_bytes_of_all_files(folder: Path, mirror: Mirror) -> None:
    records: list[PreparationRecord] = []
    path = "/MNIST/t10k-images-idx3-ubyte.gz"
    mirror.stalls.add(path)
    preparation = load_dataset("mnist")
    done = {name: len(content) for name, content in MNIST_FILES.items() if name.startswith("train")}
    half = len(mirror.files[path]) // 2
    expected = (sum(done.values()) + half) / sum(len(content) for content in MNIST_FILES.values())

    def reached() -> bool:
        records.append(next(preparation))
        return records[-1].fraction == pytest.approx(expected)

    until(reached)
    preparation.close()
    assert records[-1].message == "Downloading MNIST, file 3 of 4"
    assert all(record.waiting for record in records)
    fractions = [record.fraction for record in records if record.fraction is not None]
    assert fractions == sorted(fractions)


def test_the_time_left_follows_from_the_pace_so_far(
    folder: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/cifar-10-python.tar.gz"
    mirror.stalls.add(path)
    preparation = load_dataset("cifar10")

    def half_way() -> bool:
        return next(preparation).fraction == pytest.approx(0.5, abs=0.01)

    until(half_way)
    later = time.monotonic() + 10
    with monkeypatch.context() as patch:
        patch.setattr("playground.engine.images.sources.acquisition.time.monotonic", lambda: later)
        assert next(preparation).seconds_left == pytest.approx(10, rel=0.1)
    preparation.close()


def test_a_server_that_tells_no_sizes_in_advance_works_as_well(
    folder: Path, mirror: Mirror
) -> None:
    mirror.no_head = True
    assert_true_mnist(drain(load_dataset("mnist")))


def test_closing_in_the_middle_ends_the_transfer_and_leaves_nothing(
    folder: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acquisition, "Job", partial(Job, timeout=3600.0))
    mirror.stalls.add(f"/MNIST/{IMAGES}.gz")
    before = psutil.Process().children()
    preparation = load_dataset("mnist")
    until(lambda: next(preparation) is not None and mirror.stalling.is_set())
    [fetching] = set(psutil.Process().children()).difference(before)
    preparation.close()
    assert not fetching.is_running()  # though the server has neither sent more nor hung up
    assert not mirror.release.is_set()
    assert files(folder) == []


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_a_process_that_is_ended_in_the_middle_takes_its_own_with_it_and_blocks_nothing(
    folder: Path, mirror: Mirror, end: signal.Signals
) -> None:
    mirror.stalls.add(f"/MNIST/{IMAGES}.gz")
    code = (  # without torch, so that it starts at once
        "import sys; from pathlib import Path\n"
        "from playground.engine.images.sources.acquisition import acquire\n"
        "from playground.engine.images.sources.archives import Archive\n"
        "path, lock = map(Path, sys.argv[1:3])\n"
        "archive = Archive(path, (sys.argv[3],), None, (path.with_suffix(''),), len)\n"
        "list(acquire('MNIST', [archive], lock))"
    )
    places = [f"{folder}/MNIST/raw/{IMAGES}.gz", f"{folder}/.mnist.lock"]
    process = start_process("-c", code, *places, f"{mirror.address}/MNIST/{IMAGES}.gz")
    assert mirror.stalling.wait(PATIENCE)
    (fetching,) = psutil.Process(process.pid).children()
    process.send_signal(end)
    _, _, complaint = finish(process)
    assert complaint.count("\nKeyboardInterrupt") == (end == signal.SIGINT)  # not twice
    until(lambda: not fetching.is_running())
    mirror.stalls.clear()
    assert_true_mnist(drain(load_dataset("mnist")))
    assert files(folder) == sorted(RAW)
    assert [path for path in folder.rglob("*") if "fetching" in path.name] == []


def test_a_download_that_was_interrupted_succeeds_the_next_time(
    folder: Path, mirror: Mirror
) -> None:
    path = "/MNIST/t10k-images-idx3-ubyte.gz"
    mirror.lengths[path] = 10**6
    failure()
    assert files(folder) == sorted([IMAGES, "train-labels-idx1-ubyte"])
    del mirror.lengths[path]
    assert_true_mnist(drain(load_dataset("mnist")))
    assert mirror.gets(f"/MNIST/{IMAGES}.gz") == 1  # what was there is not fetched again
    assert files(folder) == sorted(RAW)


def test_leftovers_of_a_killed_process_are_removed_and_other_files_are_not(
    folder: Path, mirror: Mirror
) -> None:
    raw = folder / "MNIST/raw"
    leftover = raw / ".fetching-0123456789ab" / f"{IMAGES}.gz"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"half")
    tomorrow = time.time() + 86400
    os.utime(leftover, (tomorrow, tomorrow))
    (folder / ".mnist.lock").touch()
    by_hand = raw / f"{IMAGES}.gz.part"  # as a browser calls it
    by_hand.write_bytes(b"half")
    messages = {record.message for record in load_dataset("mnist")}
    assert not [message for message in messages if message.startswith("Waiting")]
    assert_true_mnist(drain(load_dataset("mnist")))
    assert files(folder) == sorted([*RAW, by_hand.name])


def test_a_second_run_waits_for_the_first_and_fetches_nothing_itself(
    folder: Path, mirror: Mirror
) -> None:
    mirror.stalls.add("/cifar-10-python.tar.gz")
    first, second = load_dataset("cifar10"), load_dataset("cifar10")
    until(lambda: next(first) is not None and mirror.stalling.is_set())
    until(lambda: next(second).message.startswith("Waiting for CIFAR-10, which another run"))
    assert mirror.gets("/cifar-10-python.tar.gz") == 1
    mirror.stalls.clear()
    first.close()  # now the second has to do it
    assert drain(second).test.labels.tolist() == [5] * 4
    assert mirror.gets("/cifar-10-python.tar.gz") == 2


def test_a_run_that_is_paused_while_it_downloads_holds_up_nobody(
    folder: Path, mirror: Mirror
) -> None:
    first = load_dataset("mnist")
    until(lambda: next(first) is not None and mirror.gets(f"/MNIST/{IMAGES}.gz") == 1)
    assert_true_mnist(drain(load_dataset("mnist")))
    assert mirror.gets(f"/MNIST/{IMAGES}.gz") == 1
    assert_true_mnist(drain(first))


def test_a_transfer_goes_on_where_it_broke_off(folder: Path, mirror: Mirror) -> None:
    path = "/cifar-10-python.tar.gz"
    mirror.breaks.add(path)
    assert drain(load_dataset("cifar10")).test.images.flatten(1).tolist() == PIXELS.tolist()
    assert mirror.gets(path) > 5  # half, half of the rest, …


def test_many_runs_at_once_all_get_whole_files(folder: Path, mirror: Mirror) -> None:
    results: list[Source] = []
    threads = [
        threading.Thread(target=lambda: results.append(drain(load_dataset("mnist"))))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIME_LIMIT)
    assert len(results) == 6
    for source in results:
        assert_true_mnist(source)
    assert files(folder) == sorted(RAW)


@pytest.mark.parametrize("download", [True, False])
def test_archives_put_there_by_hand_are_unpacked_without_a_network(
    folder: Path, monkeypatch: pytest.MonkeyPatch, download: bool
) -> None:
    monkeypatch.setenv("PLAYGROUND_MIRROR", "nonsense")
    put(folder / "MNIST/raw", MNIST_FILES)
    (folder / "cifar-10-python.tar.gz").write_bytes(cifar_archive())
    assert is_available("mnist")
    assert is_available("cifar10")
    assert_true_mnist(drain(load_dataset("mnist", download)))
    assert len(drain(load_dataset("cifar10", download)).train) == 20
    assert files(folder) == sorted([*RAW, *MNIST_FILES, *BATCHES, "cifar-10-python.tar.gz"])


@pytest.fixture
def official(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> Mirror:
    """Let torchvision's own lists name the server: a host without this file, then a good one."""
    monkeypatch.delenv("PLAYGROUND_MIRROR")
    hosts = [f"{mirror.address}/gone/", f"{mirror.address}/MNIST/"]
    sums = [
        (name, hashlib.md5(content, usedforsecurity=False).hexdigest())
        for name, content in MNIST_FILES.items()
    ]
    monkeypatch.setattr(MNIST, "mirrors", hosts)
    monkeypatch.setattr(MNIST, "resources", sums)
    return mirror


def test_official_hosts_are_tried_in_turn(folder: Path, official: Mirror) -> None:
    assert_true_mnist(drain(load_dataset("mnist")))
    assert official.gets(f"/gone/{IMAGES}.gz") == official.gets(f"/MNIST/{IMAGES}.gz") == 1


def test_a_checksum_is_compared_with_official_hosts(folder: Path, official: Mirror) -> None:
    other = gzip.compress(idx(255 - NOISE), mtime=0)  # sound in itself, and not what it should be
    official.files[f"/MNIST/{IMAGES}.gz"] = other
    sentence = failure()
    assert "from 127.0.0.1 (it is not there: error 404) nor from 127.0.0.1 " in sentence
    assert "(what arrived is damaged: its checksum differs)" in sentence
    assert files(folder) == []


def test_a_mirror_may_hold_other_images_of_the_same_form(folder: Path, mirror: Mirror) -> None:
    mirror.files[f"/MNIST/{IMAGES}.gz"] = gzip.compress(idx(255 - NOISE))
    source = drain(load_dataset("mnist"))
    assert source.train.images[:, 0].tolist() == (255 - NOISE).tolist()


def test_addresses_and_checksums_are_torchvisions() -> None:
    from playground.engine.images.sources.torchvision_files import archives as archives_of

    for archive, (name, md5) in zip(archives_of("kmnist"), KMNIST.resources, strict=True):
        assert archive.addresses == tuple(mirror + name for mirror in KMNIST.mirrors)
        assert archive.md5 == md5
    (cifar,) = archives_of("cifar10")
    assert cifar.addresses == (CIFAR10.url,)
    assert cifar.md5 == CIFAR10.tgz_md5
    assert [path.name for path in cifar.contents] == BATCHES
