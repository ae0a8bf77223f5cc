"""The server as it is started, asked as strangers would ask it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from app_server import ROOT, App, serving_app
from processes import wait_until
from stranger import SOCKET, Visit, ask, open_page, visit
from websockets.exceptions import InvalidStatus

SUPPORT = Path(__file__).parents[1] / "support"
WITNESS = str(SUPPORT / "witness")
MEGABYTE = 1024 * 1024
PATHS = ("/", "/runs", "/manifest.json", "/_stcore/health", "/_stcore/host-config", "/media/a.png")
ALL = (*PATHS, SOCKET)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[App]:
    """The app as one person starts it who has a screen, with few files allowed at first."""
    browser = folder / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {folder}/opened\n')
    browser.chmod(0o755)
    with serving_app(
        folder,
        *("--server.headless", "false", "--server.disconnectedSessionTTL", "1"),
        through=["sh", "-c", 'ulimit -Sn 128; exec "$@"', "sh"],
        PYTHONPATH=WITNESS,
        OUTSIDE_LOG=str(folder / "outside"),
        BROWSER=f"{browser} %s",
    ) as running:
        yield running
    assert running.process.returncode == 0


def test_the_process_that_trains_is_started_before_anybody_visits(server: App) -> None:
    wait_until(lambda: bool(server.workers()), "the worker")


@pytest.mark.parametrize("path", ALL)
def test_its_own_addresses_are_answered(server: App, path: str) -> None:
    port = urlsplit(server.address).port
    for host in ("127.0.0.1", "localhost", "localhost.", "[::1]"):
        for headers in ({}, {"Origin": f"http://{host}:{port}"}):
            answer = ask(server.address, path, hosts=(f"{host}:{port}",), **headers)
            assert answer.status in (101, 200, 404 if path.startswith("/media") else 200), host


@pytest.mark.parametrize("path", ALL)
@pytest.mark.parametrize(
    "hosts",
    [
        ("evil.example",),
        ("evil.example:8501",),
        ("127.0.0.1.evil.example",),
        ("localhost.evil.example",),
        ("evil.localhost",),
        ("192.168.1.5",),
        ("0.0.0.0",),
        ("localhost@evil.example",),
        ("evil.example@localhost",),
        ("localhost, evil.example",),
        ("127.1",),
        ("[::ffff:9.9.9.9]",),
        ("",),
        (),
        ("localhost", "evil.example"),
    ],
    ids=str,
)
def test_another_name_gets_nothing(server: App, path: str, hosts: tuple[str, ...]) -> None:
    answer = ask(server.address, path, hosts=hosts)
    assert answer.status in (400, 403)  # 400 from uvicorn, for what is no request at all
    assert len(answer.body) < 300
    assert b"<" not in answer.body


@pytest.mark.parametrize("path", ALL)
def test_pages_of_other_sites_get_nothing(server: App, path: str) -> None:
    port = urlsplit(server.address).port
    for origin in (
        "http://evil.example",
        f"http://evil.example:{port}",
        "null",
        "http://localhost:3000",
        f"http://localhost:{port}",
        f"http://127.0.0.1:{port}@evil.example",
        "http://[",
        "file://",
        "",
    ):
        answer = ask(server.address, path, Origin=origin)
        assert answer.status == 403, origin
        assert b"is another site" in answer.body


def test_images_and_scripts_of_the_app_are_not_for_other_sites_and_links_are(
    server: App,
) -> None:
    for site in ("cross-site", "same-site"):
        no_link = {"Sec__Fetch__Site": site, "Sec__Fetch__Mode": "no-cors"}
        assert ask(server.address, "/media/a.png", **no_link).status == 403
        link = {"Sec__Fetch__Site": site, "Sec__Fetch__Mode": "navigate"}
        assert ask(server.address, "/runs", **link).status == 200
    own = {"Sec__Fetch__Site": "same-origin", "Sec__Fetch__Mode": "no-cors"}
    assert ask(server.address, "/manifest.json", **own).status == 200


def send(server: App, page: Visit, size: int, number: int, **headers: str) -> int:
    """Send a file of `size` bytes as a page does; return the status."""
    body = (
        b'--edge\r\nContent-Disposition: form-data; name="f"; filename="f.json"\r\n\r\n'
        + b"x" * size
        + b"\r\n--edge--\r\n"
    )
    answer = ask(
        server.address,
        f"/_stcore/upload_file/{page.session}/{number}",
        method="PUT",
        body=body,
        **page.headers,
        Content__Type="multipart/form-data; boundary=edge",
        **headers,
    )
    return answer.status


def test_files_are_taken_up_to_a_sum_for_each_page_and_for_all(server: App) -> None:
    before = server.process.memory_info().rss
    with ExitStack() as open_pages:
        first = open_pages.enter_context(visit(server.address))
        assert send(server, first, 1000, 0, Origin="http://evil.example") == 403
        assert send(server, first, 1000, 0) == 204
        assert [send(server, first, 66 * MEGABYTE, 1 + number) for number in range(3)] == [413] * 3
        assert send(server, first, 63 * MEGABYTE, 4) == 204
        assert send(server, first, 2 * MEGABYTE, 5) == 413
        small = [send(server, first, 1, 6 + number) for number in range(70)]
        assert small == [204] * small.index(413) + [413] * (70 - small.index(413))
        others = [open_pages.enter_context(visit(server.address)) for _ in range(4)]
        assert [send(server, page, 63 * MEGABYTE, 0) for page in others] == [204] * 3 + [503]
        assert server.process.memory_info().rss - before < 400 * MEGABYTE


def test_the_size_of_a_file_has_to_be_said(server: App) -> None:
    with visit(server.address) as page:
        path = f"/_stcore/upload_file/{page.session}/0"
        chunked = {"Transfer__Encoding": "chunked"}
        answer = ask(server.address, path, method="PUT", **page.headers, **chunked)
        assert answer.status == 411


def test_the_browser_is_opened_and_the_address_told(server: App, folder: Path) -> None:
    wait_until((folder / "opened").exists, "the browser")
    wait_until(lambda: (folder / "opened").read_text() != "", "its address")
    assert (folder / "opened").read_text().strip() == server.address
    assert f"The playground is at {server.address}\n" in (server.home / "server.log").read_text()


def test_it_may_have_as_many_files_open_as_the_machine_allows(server: App) -> None:
    limit, most = server.process.rlimit(psutil.RLIMIT_NOFILE)
    assert limit == (10_240 if most == psutil.RLIM_INFINITY else min(10_240, most))


def test_pages_that_have_gone_keep_nothing_open(server: App) -> None:
    with ExitStack() as pages:
        pages.enter_context(visit(server.address))
        for _ in range(20):
            pages.enter_context(open_page(server.address))
        most = server.process.num_fds()
    # A page has four. A few the server may have opened for itself meanwhile, and keeps.
    wait_until(lambda: server.process.num_fds() <= most - 21 * 4 + 10, "the end of their sessions")


def test_nothing_was_asked_of_any_other_machine(server: App, folder: Path) -> None:
    with visit(server.address):
        wait_until(server.workers, "PyTorch")
    for origin in ("http://evil.example", "http://192.0.2.7"):
        assert ask(server.address, SOCKET, Origin=origin).status == 403
    assert not (folder / "outside").exists(), (folder / "outside").read_text()


def test_few_files_make_few_pages_and_those_that_are_open_go_on(tmp_path: Path) -> None:
    few = ["sh", "-c", 'ulimit -n 160; exec "$@"', "sh"]
    with serving_app(tmp_path, through=few) as server:
        with ExitStack() as pages:
            with pytest.raises(InvalidStatus) as refusal:
                for _ in range(60):
                    pages.enter_context(open_page(server.address))
            assert refusal.value.response.status_code == 503
            refused = ask(server.address, Accept="text/html")
            assert refused.status == 503
            assert b"Try again in a few minutes" in refused.body
            assert ask(server.address, "/_stcore/health").status == 200
        with ExitStack() as pages:  # nobody waits for those who have gone
            for _ in range(10):
                pages.enter_context(open_page(server.address))
            with visit(server.address):
                pass
    log = (server.home / "server.log").read_text()
    assert "may have only 160 files open at a time" in log
    assert "`ulimit -Hn` says 4096 or more" in log
    assert "Too many open files" not in log


def test_a_class_without_a_name_server_is_served_and_nobody_outside_is_asked(
    tmp_path: Path,
) -> None:
    alone = ["unshare", "--map-root-user", "--net"]
    try:
        subprocess.run([*alone, "true"], check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no network namespace can be made here: {error}")
    done = subprocess.run(
        [*alone, sys.executable, str(SUPPORT / "closed_network.py"), str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / "outside").exists(), (tmp_path / "outside").read_text()


def test_the_witness_sees_who_asks(tmp_path: Path) -> None:
    log = tmp_path / "outside"
    ask_for_a_number = (
        "import socket; socket.getaddrinfo('192.0.2.1', 80, flags=socket.AI_NUMERICHOST)"
    )
    environment = {**os.environ, "PYTHONPATH": WITNESS, "OUTSIDE_LOG": str(log)}
    subprocess.run(
        [sys.executable, "-c", ask_for_a_number], env=environment, check=True, timeout=60
    )
    assert log.read_text() == "socket.getaddrinfo 192.0.2.1\n"
