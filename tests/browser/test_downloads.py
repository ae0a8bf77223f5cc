"""Data sets that come over the network: here from a mirror on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from app_server import App, serving_app
from browser_page import Open, query
from mirror import IMAGES, MNIST_FILES, Mirror, files, flipped, serving, until
from playwright.sync_api import expect

FOLDERS = ("MNIST", "FashionMNIST", "KMNIST")  # one for each test: the worker keeps what it loaded


@pytest.fixture(scope="module")
def mirror() -> Iterator[Mirror]:
    with serving() as running:
        for folder in FOLDERS:
            for name, content in MNIST_FILES.items():
                running.files[f"/{folder}/{name}"] = content
        yield running


@pytest.fixture(scope="module")
def app_with_mirror(mirror: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("mirrored")
    with serving_app(folder, PLAYGROUND_MIRROR=mirror.address) as server:
        yield server


def settings(dataset: str) -> str:
    return query(data__dataset=dataset, training__batch_size="8", training__epochs="3")


def test_mnist_is_fetched_and_trained_by_pressing_train(
    open_page: Open, app_with_mirror: App, mirror: Mirror
) -> None:
    page = open_page(settings("mnist"), server=app_with_mirror)
    expect(page.alert("MNIST is not on this machine")).to_be_visible()
    page.press("Train")
    page.expect_progress("^Finished 3 epochs")
    expect(page.tiles.first).to_be_visible()
    assert mirror.gets(f"/MNIST/{IMAGES}.gz") == 1


def test_a_download_that_stalls_is_shown_and_can_be_stopped(
    open_page: Open, app_with_mirror: App, mirror: Mirror
) -> None:
    path = f"/FashionMNIST/{IMAGES}.gz"
    mirror.stalls.add(path)
    page = open_page(settings("fashion_mnist"), server=app_with_mirror)
    page.press("Train")
    page.expect_progress("^Downloading Fashion-MNIST, file 1 of 4")
    until(lambda: mirror.gets(path) == 1)
    page.press("Stop")
    page.expect_progress("^Stopped after 0 of 3 epochs")
    home = app_with_mirror.home
    until(lambda: not files(home / "datasets" / "FashionMNIST"))
    mirror.stalls.discard(path)
    page.press("Train")
    page.expect_progress("^Finished 3 epochs")


def test_a_damaged_file_is_told_and_the_app_works_on(
    open_page: Open, app_with_mirror: App, mirror: Mirror
) -> None:
    path = f"/KMNIST/{IMAGES}.gz"
    mirror.files[path] = flipped(mirror.files[path], 40)
    page = open_page(settings("kmnist"), server=app_with_mirror)
    page.press("Train")
    expect(page.alert("KMNIST could not be downloaded").first).to_contain_text(
        "Digits or Shapes, which need no download"
    )
    page.expect_progress("^Failed after 0 of 3 epochs")
    page.go(query(training__epochs="2"))
    page.press("Train")
    page.expect_progress("^Finished 2 epochs")
