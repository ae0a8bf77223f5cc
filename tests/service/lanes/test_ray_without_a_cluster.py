"""What `PLAYGROUND_RAY` says where there is no Ray, or none that answers."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from brought import bring_points
from processes import await_event, finish, start_process, wait_until

from playground.ray_lane.luggage import Luggage, playground
from playground.run import datasets
from playground.run.home import run_folder
from playground.service import TrainingService


def test_without_ray_a_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ray.py").write_text('raise ImportError("no ray")\n')
    monkeypatch.setenv("PLAYGROUND_RAY", "auto")
    process = start_process("-m", "playground", "ray-lane", path=tmp_path)
    try:
        assert "Ray is not installed here" in await_event(process, "broken")["message"]
    finally:
        assert finish(process)[0] == 1


def test_an_address_without_a_cluster_is_told_and_nothing_is_trained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("ray")
    with socket.socket() as free:  # bound, and it takes no connection
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        monkeypatch.setenv("PLAYGROUND_RAY", address)
        service = TrainingService()
        service.warm_up()
        wait_until(lambda: service.problem, "word of the cluster")
        assert f'There is no Ray cluster at "{address}"' in service.problem
        assert service.environment is None
        service.close()


def test_a_file_or_a_data_set_that_a_node_has_does_not_travel_again(playground_home: Path) -> None:
    bring_points()
    folder = run_folder("mine")
    folder.mkdir(parents=True)
    (folder / "checkpoint.pt").write_bytes(b"before")
    (folder / "run.json").write_text('{"experiment": {"data": {"dataset": "points"}}}')
    command = {"command": "start", "run": "mine", "begin": {"resumes": True}}
    luggage = Luggage()
    sent: list[str] = []

    def take() -> list[bytes]:
        luggage.send_sets(command, lambda *_: True, lambda name, *_: sent.append(name))
        return [file["data"] for file in luggage.pack(command).get("files", [])]

    assert take() == [b"before"]
    assert take() == []
    (folder / "checkpoint.pt").write_bytes(b"by another lane")
    assert take() == [b"by another lane"]
    arriving = {"place": "runs/mine", "name": "checkpoint.pt", "data": b"from this node"}
    luggage.unpack({"event": "file", **arriving})
    assert (folder / "checkpoint.pt").read_bytes() == b"from this node"
    assert take() == []
    assert luggage.drop({"event": "finished", "run": "mine"}) == {"drop": "runs/mine"}
    assert take() == [b"from this node"]
    assert sent == ["points"]
    datasets.arrays_file("points").write_bytes(b"brought anew")
    take()
    assert sent == ["points", "points"]


def test_the_playground_that_travels_is_this_one_and_the_same_each_time() -> None:
    assert playground() == playground()
    assert len(playground()) < 5_000_000
