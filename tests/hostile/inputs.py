"""Hostile links, files and names: sentences may come of them, and nothing else."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Callable
from random import Random
from typing import Any

import torch  # noqa: F401  # to load it is no step of a trial
from tally import Tally, TooManySteps, bounded

from playground.__main__ import main
from playground.commands.recording import Recording
from playground.errors import PlaygroundError
from playground.experiment import Experiment
from playground.experiment.fields import paths
from playground.experiment.hidden_sizes import parse_hidden_sizes
from playground.experiment.links import follow_link
from playground.recipes import RECIPES
from playground.run.home import run_folder
from playground.run.image_sets import ImageSet
from playground.run.info import RunInfo
from playground.run.protocol import decode
from playground.run.questions import DescribeNetwork, PreviewImages, read_question
from playground.run.seal import openings
from playground.run.snapshot import RunSnapshot, RunStatus
from playground.run.transfer import unpack
from playground.service.store.store import RunStore

_STEPS, _STEPS_PER_LETTER = 1_500_000, 10

# Nothing else in a link can stand against these.
VALID = {"training.seed": "77", "optimizer.learning_rate": "0.02", "training.epochs": "9"}

ODD_TEXTS = [
    *("", " ", "null", "true", "[]", "{}", "NaN", "-Infinity", "1e999", "-0", "0x10", "1_000"),
    *("²", "٣", "\0", "a\0b", "\ud800", "‮txt.exe", "e\u0301" * 40, "🧨" * 30, "\r\n\t", "\x1b[2J"),
    *("../../etc/passwd", "/dev/zero", "C:\\con", "~root", "--help", "-x", "-", "--", "$(reboot)"),
    *("<script>alert(1)</script>", "javascript:alert(1)", "=1+1", "%00", "'; DROP TABLE runs; --"),
    *("9" * 5000, "1" + "0" * 400, "[" * 5000, '{"a":' * 3000, '"' * 99, "[1,[2,[3]]]", "1e-999"),
    *("[1e999]", "[NaN]", "[99999999999999999999]", "[null]", '["a"]', "[-1]", "[1.5]", "[true]"),
]


def odd_text(chance: Random) -> str:
    """Return something that nobody would write for good."""
    match chance.randrange(6):
        case 0:
            return "".join(
                chr(chance.randrange(1, 0x11000)) for _ in range(chance.randrange(1, 60))
            )
        case 1:
            return chance.choice(ODD_TEXTS) * chance.choice([1, 2, 50])
        case 2:
            return chance.choice(["a", "[", "\0", "💥", "9,", " "]) * 10 ** chance.randint(2, 5)
        case _:
            return chance.choice(ODD_TEXTS)


def mutated(text: str, chance: Random) -> str:
    """Return a text with some letters changed, doubled or left out."""
    letters = list(text)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(letters) + 1)
        match chance.randrange(4):
            case 0:
                letters[place : place + chance.randint(1, 9)] = []
            case 1:
                letters.insert(place, chance.choice(ODD_TEXTS))
            case 2:
                letters[place:place] = letters[: chance.randint(0, 80)]
            case _:
                letters[place : place + 1] = chr(chance.randrange(1, 0x3000))
    return "".join(letters)


def link_of(chance: Random) -> dict[str, str]:
    """Return a link's parameters: valid ones, and odd ones before, between and behind them."""
    odd: dict[str, str] = {}
    for _ in range(chance.randint(1, 4)):
        name = chance.choice([path for path in paths() if path not in VALID])
        value = chance.choice([odd_text(chance), mutated(str(Experiment().get(name)), chance)])
        match chance.randrange(6):
            case 0:
                name = mutated(name, chance)
            case 1:
                name = odd_text(chance)
            case 2:
                value = json.dumps(chance.choice([10**30, -1, 0.5, [], [1] * 99, {}, "x", None]))
        if name not in VALID:
            odd[name] = value
    pairs = [*VALID.items(), *odd.items()]
    chance.shuffle(pairs)
    return dict(pairs)


def wrong_link(chance: Random) -> list[str]:
    link = link_of(chance)
    with _asked("".join([*link, *link.values()])):
        base = chance.choice([None, RECIPES[chance.choice(RECIPES.names)].experiment()])
        experiment, problems = follow_link(link, base)
        again = Experiment.from_link(experiment.to_link())
    found = {path: str(experiment.get(path)) for path in VALID}
    wrong = [] if found == VALID else [f"{found} holds of {link!r}"]
    wrong += [] if again == experiment else [f"{link!r} does not survive its own link"]
    return wrong + [f"{link!r}: {problem!r}" for problem in problems if not _is_sentence(problem)]


def wrong_file(chance: Random) -> list[str]:
    """Open a file as an experiment, as the page and the command line do."""
    content = _file(chance)
    with _asked(content):
        try:
            Experiment.from_json(content)
        except PlaygroundError as error:
            return [] if _is_sentence(str(error)) else [f"{content[:200]!r}: {error!r}"]
    return []


def _file(chance: Random) -> bytes:
    text = Experiment().to_json()
    match chance.randrange(6):
        case 0:
            return mutated(text, chance).encode(errors="surrogatepass")
        case 1:
            content = bytearray(
                text.encode(chance.choice(["utf-8", "utf-16", "utf-32", "latin-1"]))
            )
            for _ in range(chance.randint(0, 5)):
                content[chance.randrange(len(content))] = chance.randrange(256)
            return bytes(content[: chance.randrange(len(content) + 1)])
        case 2:
            return chance.randbytes(chance.randrange(3000))
        case 3:
            return chance.choice([b"[", b'{"a":', b"9", b" ", b'{"data":{']) * 100_000
        case 4:
            fields = json.loads(text)
            section = chance.choice(list(fields))
            fields[section][chance.choice([*fields[section], "x"])] = _odd_value(chance)
            return json.dumps(fields).encode()
        case _:
            section = chance.choice(["training", "\ud800", "a" * 100_000, ""])
            twice = json.dumps({section: _odd_value(chance)})[1:-1]
            return f"{{{twice}, {twice}}}".encode()


def _odd_value(chance: Random) -> Any:
    odd = [None, True, -1, 10**400, 1e308, float("nan"), [], [[]], {}, {"": {}}, "x" * 10_000]
    return chance.choice([*odd, odd_text(chance)])


def wrong_name(chance: Random) -> list[str]:
    """Use a text wherever a name or an id comes from outside."""
    text = chance.choice([odd_text, lambda chance: mutated("interrupted-run", chance)])(chance)
    wrong = []
    readers: list[Callable[[str], object]] = [
        run_folder,
        openings,
        RunStore().load,
        Recording.of_stored,
        parse_hidden_sizes,
        lambda name: RECIPES[name],
        lambda key: ImageSet("validation", key).array("images"),
        lambda name: unpack({"place": f"runs/{name}", "name": name, "data": "AA=="}),
        lambda line: read_question(DescribeNetwork, {"experiment": line}),
        lambda line: read_question(PreviewImages, {line: line}),
    ]
    with _asked(text):
        for read in readers:
            with contextlib.suppress(PlaygroundError):
                read(text)
        with contextlib.suppress(ValueError):
            decode(text)
    for command in (
        ["resume", text],
        ["train", "--set", text],
        ["train", text],
        ["runs", text],
    ):
        if _can_be_typed(text) and not (command[0] == "train" and ("=" in text or text == "--")):
            status, said = _main(command)
            if "Traceback" in said or status not in (1, 2):
                wrong.append(f"{command!r}: {status} {said[-300:]}")
    return wrong + _kept(text)


def _can_be_typed(text: str) -> bool:
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _kept(text: str) -> list[str]:
    """Let a run have this name, and a new one after: it stays a run like others."""
    store = RunStore()
    try:
        store.save(RunInfo("named-run", 1.0, name=text), RunSnapshot("named-run", Experiment()))
        store.change("named-run", name=text[::-1], is_starred=True)
    except PlaygroundError as error:
        return [] if _is_sentence(str(error)) else [repr(error)]
    finally:
        store.close()
    again = RunStore()
    found = again.load("named-run")
    again.close()
    name = text[::-1][:1000].encode(errors="replace").decode()
    is_same = found.info.name == name and found.snapshot.status is not RunStatus.UNREADABLE
    return [] if is_same else [f"the run called {text[:99]!r} is {found.snapshot.message}"]


def _main(arguments: list[str]) -> tuple[int, str]:
    """Run a command line that cannot train; return its status and what it says."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            status = main(arguments)
        except SystemExit as end:  # said by the parser of options
            status = int(end.code or 0)
            status = 2 if status == 0 and "usage" in said.getvalue() else status
    return status, said.getvalue()


@contextlib.contextmanager
def _asked(content: str | bytes) -> Any:
    try:
        with bounded(_STEPS + _STEPS_PER_LETTER * len(content)):
            yield
    except TooManySteps as error:
        raise AssertionError(f"{error} for {content[:200]!r}… ({len(content)})") from None


def _is_sentence(text: str) -> bool:
    return 10 < len(text) < 5000 and text.isprintable() and text.rstrip()[-1:] in ".?:!"


KINDS: dict[str, Callable[[Random], list[str]]] = {
    "links": wrong_link,
    "experiment files": wrong_file,
    "names and ids": wrong_name,
}


def trial(seed: int, tally: Tally) -> list[str]:
    chance = Random(seed)
    kind = chance.choices(list(KINDS), [5, 3, 2])[0]
    tally.count(kind)
    return [f"{kind}: {problem}" for problem in KINDS[kind](chance)]


def _whole(text: str) -> str:
    return text[:2000].encode(errors="replace").decode()


def page_trial(seed: int, tally: Tally) -> list[str]:
    """Open the Train page with a hostile address, and turn to the Runs page."""
    from app_page import AppPage

    chance = Random(seed)
    asked = link_of(chance)
    for name in ("run", "recipe", "piece"):
        if chance.random() < 0.3:
            asked[name] = odd_text(chance)
    # An address has no halves of letters, and of a very long one Streamlit takes nothing.
    link = {_whole(name): _whole(value) for name, value in asked.items() if name != "self"}
    tally.count("pages")
    page = AppPage(**link)
    found = {path: str(page.draft.get(path)) for path in VALID}
    page.turn_to("playground/ui/pages/runs.py")
    return [] if found == VALID else [f"{found} holds of the page of {link!r}"]
