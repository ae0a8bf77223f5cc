from __future__ import annotations

import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mirror import BATCHES, IMAGES, RAW, assert_true_mnist, idx, put
from sklearn.datasets import load_digits
from torch import Tensor

from playground.engine.images.data import drain
from playground.engine.images.sources.archives import Damaged
from playground.engine.images.sources.cifar_batches import read_cifar_batch
from playground.engine.images.sources.dataset import Dataset
from playground.engine.images.sources.loading import LOADERS, is_available, load_dataset
from playground.errors import DatasetUnavailable, UnknownChoice
from playground.experiment import catalog
from playground.run.datasets import is_here

IDX_FOLDERS = {"mnist": "MNIST", "fashion_mnist": "FashionMNIST", "kmnist": "KMNIST"}
NEED_FILES = [entry.name for entry in catalog.DATASETS if entry.needs_download]


def random_images(count: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, *shape), dtype=np.uint8)


def write_cifar(root: Path) -> dict[str, tuple[np.ndarray, list[int]]]:
    """Write the six batches of a small data set; return pixels `[N, 3072]` and labels."""
    content = {}
    for number, file in enumerate(BATCHES):
        labels = [(number + i) % 10 for i in range(3 + number)]
        content[file] = (random_images(3 + number, 3072), labels)
    rest = {b"batch_label": b"a part", b"filenames": [b""]}
    batches = {
        file: pickle.dumps({**rest, b"labels": labels, b"data": pixels}, protocol=2)
        for file, (pixels, labels) in content.items()
    }
    put(root / "cifar-10-batches-py", batches)
    return content


def tree(root: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in root.rglob("*")}


def test_every_data_set_of_the_catalogue_has_a_loader_and_only_arrays_wait_for_others() -> None:
    kinds = {entry.kind or entry.name for entry in catalog.DATASETS}
    assert set(LOADERS) == {*kinds, "arrays"}


@pytest.mark.parametrize("call", [load_dataset, is_available])
def test_an_unknown_data_set_names_the_choices(call: Callable[[str], object]) -> None:
    with pytest.raises(UnknownChoice, match="Did you mean mnist"):
        call("minst")


@pytest.mark.parametrize("name", catalog.DATASETS.names)
def test_only_what_needs_no_download_is_available_on_a_fresh_machine(name: str) -> None:
    assert is_available(name) == is_here(name) == (not catalog.DATASETS[name].needs_download)


@pytest.mark.parametrize("name", [n for n in catalog.DATASETS.names if n not in NEED_FILES])
def test_a_data_set_made_here_is_what_the_catalogue_says(name: str) -> None:
    entry = catalog.DATASETS[name]
    source = drain(load_dataset(name, download=False))
    assert (len(source.train), len(source.test)) == (entry.training_images, entry.test_images)
    for part in (source.train, source.test):
        assert part.input_shape == entry.input_shape
        assert (part.images.dtype, part.labels.dtype) == (torch.uint8, torch.int64)
        assert part.class_names == entry.class_names
        assert part.labels.unique().tolist() == list(range(10))
        counts = torch.bincount(part.labels) / len(part)
        assert float((counts - 0.1).abs().max()) < 0.01


def test_digits_are_those_of_scikit_learn_each_once_in_all_256_levels() -> None:
    source = drain(load_dataset("digits"))
    bunch = load_digits()
    expected = {
        (label, *np.rint(image.flatten() * 255 / 16).astype(int).tolist())
        for image, label in zip(bunch.images, bunch.target, strict=True)
    }
    loaded = {
        (int(label), *image.flatten().tolist())
        for part in (source.train, source.test)
        for image, label in zip(part.images, part.labels, strict=True)
    }
    assert loaded == expected
    assert int(source.train.images.max()) == 255


def test_digits_are_split_the_same_way_each_time() -> None:
    torch.manual_seed(1)
    first = drain(load_dataset("digits")).test.labels
    torch.manual_seed(2)
    assert torch.equal(drain(load_dataset("digits")).test.labels, first)


def test_a_subset_has_the_images_in_the_order_asked_for() -> None:
    images = torch.arange(5, dtype=torch.uint8).view(5, 1, 1, 1)
    part = Dataset(images, torch.arange(5), ("a",)).subset(torch.tensor([4, 0]))
    assert part.images.flatten().tolist() == part.labels.tolist() == [4, 0]
    assert len(part) == 2


@pytest.mark.parametrize("name", IDX_FOLDERS)
def test_idx_files_are_read_as_they_are_and_nothing_is_written(folder: Path, name: str) -> None:
    put(folder / IDX_FOLDERS[name] / "raw", RAW)
    before = tree(folder)
    assert is_available(name)
    assert is_here(name)
    source = drain(load_dataset(name, download=False))
    assert_true_mnist(source)
    for part in (source.train, source.test):
        assert (part.labels.dtype, part.images.dtype) == (torch.int64, torch.uint8)
        assert part.class_names == catalog.DATASETS[name].class_names
    assert tree(folder) == before


def test_cifar_batches_are_read_as_they_are_and_nothing_is_written(folder: Path) -> None:
    truth = write_cifar(folder)
    before = tree(folder)
    assert is_available("cifar10")
    assert is_here("cifar10")
    source = drain(load_dataset("cifar10", download=False))
    _, test_labels = truth.pop("test_batch")
    pixels = np.concatenate([pixels for pixels, _ in truth.values()])
    assert torch.equal(source.train.images, torch.from_numpy(pixels).view(-1, 3, 32, 32))
    assert source.train.labels.tolist() == [each for _, labels in truth.values() for each in labels]
    assert source.test.labels.tolist() == test_labels
    assert len(source.test) == 8
    assert tree(folder) == before


NUMBERS = [3, 1, 4, 1, 5, 9, 2]
AS_LABELS: dict[str, Callable[[list[int]], object]] = {
    "list": list,
    "tuple": tuple,
    "array": np.array,
    "bytes": lambda labels: np.array(labels, dtype=np.uint8),
    "big-endian": lambda labels: np.array(labels, dtype=">i4"),
    "numbers of numpy": lambda labels: [np.int64(label) for label in labels],
}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("order", ["C", "F", "read-only"])
@pytest.mark.parametrize("labels", AS_LABELS)
def test_a_cifar_batch_is_read_whatever_wrote_it(
    tmp_path: Path, protocol: int, order: str, labels: str
) -> None:
    pixels = random_images(7, 3072)
    data = np.array(pixels, order="F" if order == "F" else "C")
    data.flags.writeable = order != "read-only"
    for kind in (str, str.encode):
        batch = {
            kind("data"): data,
            kind("labels"): AS_LABELS[labels](NUMBERS),
            kind("more"): [b""],
        }
        path = tmp_path / "batch"
        path.write_bytes(pickle.dumps(batch, protocol))
        read, numbers = read_cifar_batch(path, (3, 32, 32), 10)
        assert read.tobytes() == pixels.tobytes()
        assert (read.shape, read.dtype, numbers.dtype) == ((7, 3, 32, 32), np.uint8, np.int64)
        assert numbers.tolist() == NUMBERS


IMAGES_ELSEWHERE = pickle.dumps(
    {"data": random_images(2, 3072), "labels": [0, 1]}, 5, buffer_callback=lambda buffer: None
)


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x04}" + b"K\x01" + b"\x85" * 300_000 + b"K\x01s.",  # a key nested that deep
        b"\x80\x04]r\xff\xff\xff\xff.",  # a place in a memo of 32 GB
        b"\x80\x05\x96" + struct.pack("<Q", 1 << 40) + b".",  # a terabyte is announced
        b"\x80\x04\x8e" + struct.pack("<Q", 1 << 40) + b".",
        b"cnumpy\ndtype\n}U\x04nameU\x01xs\x86b.",  # a state for a class
        IMAGES_ELSEWHERE,
    ],
    ids=lambda content: f"{len(content)} bytes",
)
def test_a_cifar_batch_made_to_do_harm_does_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "batch").write_bytes(content)
    with pytest.raises(Damaged):
        read_cifar_batch(tmp_path / "batch", (3, 32, 32), 10)


@given(
    st.sampled_from(range(pickle.HIGHEST_PROTOCOL + 1)),
    st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=6)), min_size=1, max_size=4),
    st.booleans(),
)
def test_a_cifar_batch_with_garbage_in_it_is_damaged_or_harmless(
    tmp_path_factory: pytest.TempPathFactory,
    protocol: int,
    garbage: list[tuple[int, bytes]],
    replaces: bool,
) -> None:
    labels = AS_LABELS["numbers of numpy"]([0, 1])
    content = pickle.dumps({"labels": labels, "data": random_images(2, 6)}, protocol)
    for position, new in garbage:
        rest = position + len(new) if replaces else position
        content = content[:position] + new + content[rest:]
    path = tmp_path_factory.getbasetemp() / "garbage"
    path.write_bytes(content)
    try:
        images, numbers = read_cifar_batch(path, (1, 2, 3), 10)
    except Damaged:
        return
    assert images.shape == (len(numbers), 1, 2, 3)
    assert images.dtype == np.uint8
    assert all(0 <= number < 10 for number in numbers.tolist())


def test_a_cifar_batch_written_by_python_2_is_read(folder: Path) -> None:
    """The official files: strings of bytes, and numpy's module by its old name."""
    write_cifar(folder)
    header = b"\x80\x02}(U\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n"
    numbers = b"K\x00\x85U\x01b\x87R(K\x01K\x01M\x00\x0c\x86cnumpy\ndtype\n"
    dtype = b"U\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    pixels = random_images(1, 3072)
    body = b"\x89T" + struct.pack("<i", 3072) + pixels.tobytes() + b"tbU\x06labels]K\x07au."
    path = folder / "cifar-10-batches-py" / "test_batch"
    path.write_bytes(header + numbers + dtype + body)
    old = pickle.loads(path.read_bytes(), encoding="bytes")  # the file is as meant
    assert old[b"data"].tolist() == pixels.tolist()
    source = drain(load_dataset("cifar10", download=False))
    assert torch.equal(source.test.images.flatten(), torch.from_numpy(pixels).flatten())
    assert source.test.labels.tolist() == [7]


@pytest.mark.parametrize("name", NEED_FILES)
def test_without_files_and_download_the_sentence_says_where_to_put_them(
    folder: Path, name: str
) -> None:
    with pytest.raises(DatasetUnavailable) as caught:
        drain(load_dataset(name, download=False))
    sentence = str(caught.value)
    assert sentence.startswith(f"{catalog.DATASETS[name].label} is not on this machine: ")
    assert str(folder) in sentence
    assert sentence.endswith("or choose Digits or Shapes, which need no download.")
    assert not folder.exists()


def test_one_missing_file_is_named(folder: Path) -> None:
    put(folder / "MNIST/raw", RAW)
    (folder / "MNIST/raw/t10k-labels-idx1-ubyte").unlink()
    assert not is_available("mnist")
    with pytest.raises(DatasetUnavailable, match=r"t10k-labels-idx1-ubyte\.gz is not in"):
        drain(load_dataset("mnist", download=False))


LABELS = "train-labels-idx1-ubyte"


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        (IMAGES, idx(random_images(12, 28, 28))[:-1], "its header announces 9,424"),
        (IMAGES, idx(random_images(12, 28, 28)) + b"x", "9,425 bytes"),
        (IMAGES, b"", "header"),
        (IMAGES, b"<html>Log in to the network first</html>", "header"),
        (IMAGES, idx(np.zeros(12, np.uint8)), "idx3"),
        (IMAGES, idx(random_images(12, 8, 8)), "8×8 pixels, not 28×28"),
        (IMAGES, idx(np.zeros((0, 28, 28), np.uint8)), "no images"),
        (LABELS, idx(np.zeros(11, np.uint8)), "11 labels for the 40 images"),
        (LABELS, idx(np.full(12, 10, np.uint8)), "the label 10, and there are 10 classes"),
        (LABELS, idx(np.zeros(0, np.uint8)), "no labels"),
    ],
)
def test_a_damaged_idx_file_is_named_with_the_reason_and_the_way_out(
    folder: Path, file: str, content: bytes, reason: str
) -> None:
    path = folder / "MNIST/raw" / file
    put(path.parent, {**RAW, file: content})
    with pytest.raises(DatasetUnavailable, match=reason) as caught:
        drain(load_dataset("mnist"))
    assert str(caught.value).startswith(f"{path} is damaged: ")
    assert "Delete it so that it is fetched again" in str(caught.value)


class Evil:
    """Runs a command when it is unpickled the ordinary way."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.trace,))


def good_batch() -> dict[bytes, object]:
    return {b"data": random_images(2, 3072), b"labels": [0, 1]}


@pytest.mark.parametrize(
    "batch",
    [
        [],
        {},
        {**good_batch(), b"labels": [0]},
        {**good_batch(), b"labels": [0, 10]},
        {**good_batch(), b"labels": [0, -1]},
        {**good_batch(), b"labels": [0, 1.0]},
        {**good_batch(), b"labels": None},
        {**good_batch(), b"data": random_images(2, 3071)},
        {**good_batch(), b"data": random_images(3072, 2)},
        {**good_batch(), b"data": random_images(2, 3, 32, 32)},
        {**good_batch(), b"data": random_images(2, 3072).astype(np.float32)},
        {**good_batch(), b"data": np.array([[object()]])},
        {**good_batch(), b"data": random_images(0, 3072), b"labels": []},
        {**good_batch(), b"data": b"bytes"},
    ],
    ids=lambda batch: f"{len(batch)} keys",
)
def test_a_cifar_batch_of_another_form_is_damaged(folder: Path, batch: object) -> None:
    write_cifar(folder)
    path = folder / "cifar-10-batches-py/data_batch_3"
    path.write_bytes(pickle.dumps(batch, protocol=2))
    with pytest.raises(DatasetUnavailable, match="data_batch_3 is damaged"):
        drain(load_dataset("cifar10"))


@pytest.mark.parametrize("keep", [0, 1, 100, -1])
def test_a_cifar_batch_cut_short_is_damaged(folder: Path, keep: int) -> None:
    write_cifar(folder)
    path = folder / "cifar-10-batches-py/test_batch"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DatasetUnavailable, match="test_batch is damaged: it is not a CIFAR batch"):
        drain(load_dataset("cifar10"))


def test_nothing_in_a_hostile_cifar_batch_is_run(folder: Path, tmp_path: Path) -> None:
    write_cifar(folder)
    path = folder / "cifar-10-batches-py/data_batch_1"
    trace = tmp_path / "trace"
    path.write_bytes(pickle.dumps({**good_batch(), b"more": Evil(trace)}, protocol=2))
    with pytest.raises(DatasetUnavailable, match="it asks for"):
        drain(load_dataset("cifar10"))
    assert not trace.exists()
    pickle.loads(path.read_bytes())
    assert trace.exists()  # the file does run something, where it is allowed to


def test_loading_lets_others_take_their_turn_between_files(folder: Path) -> None:
    write_cifar(folder)
    messages = [record.message for record in load_dataset("cifar10")]
    assert set(messages) == {"Loading CIFAR-10"}
    assert len(messages) == 12  # six files read, and put together


def test_images_do_not_share_memory_with_what_was_read(folder: Path) -> None:
    write_cifar(folder)
    images: Tensor = drain(load_dataset("cifar10")).test.images
    images[0, 0, 0, 0] ^= 1  # a read-only buffer would fail here
    assert images.is_contiguous()
