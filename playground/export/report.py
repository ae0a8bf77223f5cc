"""The report of a run card: one page of HTML that opens offline, in light and dark.

All of it is in the page, charts and images as `data:` addresses; it runs no script and asks for
nothing, which its policy says to the browser as well. Whatever people have named is escaped.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

from playground.analysis.wording import marks_text, percent_text, value_text
from playground.charts.export import chart_bytes
from playground.charts.history import accuracy_chart, loss_chart
from playground.charts.inspection import confusion_chart
from playground.charts.palette import BACKGROUND, PANEL, TEXT, WRONG_TEXT, Shades
from playground.experiment import Experiment
from playground.experiment.fields import title
from playground.frames.history import history_frame
from playground.frames.inspection import confusion_frame
from playground.run.info import StoredRun
from playground.run.names import visible

_SETTINGS_WORDS = "What is not here is as it is by default; experiment.json has all."
_ROWS = 60  # of the table of epochs; of more, the last ones

_STYLE = """
:root { color-scheme: light dark; --page: %s; --panel: %s; --text: %s; --wrong: %s; }
@media (prefers-color-scheme: dark) { :root { --page: %s; --panel: %s; --text: %s; --wrong: %s; } }
* { box-sizing: border-box; }
body { background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif;
  margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 4rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .5rem; }
figure { margin: 0; overflow-x: auto; }
figure img { display: block; height: auto; max-width: 100%%; min-width: 32rem; }
table { border-collapse: collapse; } th, td { padding: .2rem 1rem .2rem 0; text-align: left;
  vertical-align: top; font-variant-numeric: tabular-nums; }
th { font-weight: 600; white-space: nowrap; } caption { text-align: left; padding-bottom: .25rem; }
.wide { overflow-x: auto; } .wide td { white-space: nowrap; }
.wide:focus-visible, figure:focus-visible { outline: 2px solid; }
.numbers { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; padding: 0; }
.numbers div { background: var(--panel); border-radius: .5rem; padding: .6rem .9rem; }
.numbers dt { font-size: .85rem; } .numbers dd { font-size: 1.35rem; margin: 0; }
.mistakes { display: grid; gap: .75rem; list-style: none; margin: 0; padding: 0;
  grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); }
.mistakes li { background: var(--panel); border-radius: .5rem; font-size: .85rem; padding: .6rem; }
.mistakes img { display: block; height: 5rem; image-rendering: pixelated; margin-bottom: .4rem;
  min-width: 5rem; object-fit: contain; }
.wrong { color: var(--wrong); }
"""
_SHADES = (BACKGROUND, PANEL, TEXT, WRONG_TEXT)
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'"


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong answer: the image as a PNG, and what is said of it in words."""

    png: bytes
    words: str
    index: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a report tells beside the run: answers after `epoch`, mistakes, what it was made with.

    `counts` is the confusion matrix `[classes, classes]` after that epoch, None without answers.
    """

    epoch: int
    counts: Any
    mistakes: Sequence[Mistake]
    environment: Mapping[str, str]
    files: Sequence[tuple[str, str]]


def report(run: StoredRun, told: Told, name: str) -> bytes:
    """Return the page, of a run that people call `name`."""
    snapshot = run.snapshot
    classes = snapshot.started.class_names if snapshot.started else ()
    parts = [
        _heading(run, name),
        _numbers(run, told.epoch),
        *(_curves(run, classes) if snapshot.epochs else ()),
        *(_confusion(told, classes) if told.counts is not None else ()),
        *_mistakes(told),
        _section("Settings", f"<p>{_SETTINGS_WORDS}</p>{_table(_settings(snapshot.experiment))}"),
        _section("Epochs", _epochs(run)),
        _section("Made with", _table(told.environment.items())),
        _section("In this card", _table(told.files)),
    ]
    colours = [getattr(shades, kind) for kind in ("light", "dark") for shades in _SHADES]
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{_text(name)}</title><style>{_STYLE % tuple(colours)}</style></head>",
            "<body><main>",
            *parts,
            "</main></body></html>\n",
        ]
    ).encode()


def _heading(run: StoredRun, name: str) -> str:
    created = datetime.fromtimestamp(run.info.created_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    marks = marks_text(run.snapshot.experiment)
    marked = f"<p><strong>{_text(marks)}</strong></p>" if marks else ""
    said = f"Run {run.info.run_id}, {run.snapshot.status.value}, started {created}."
    return f"<h1>{_text(name)}</h1><p>{_text(said)}</p>{marked}"


def _numbers(run: StoredRun, epoch: int) -> str:
    snapshot = run.snapshot
    best = snapshot.best
    found = {
        "Best validation accuracy": f"{percent_text(best.validation_accuracy, 2)}, epoch "
        f"{best.epoch}"
        if best
        else "none",
        "Epochs": f"{len(snapshot.epochs)} of {snapshot.experiment.training.epochs}",
        "Parameters": f"{snapshot.started.parameters:,}" if snapshot.started else "not known",
        "Computing": f"{snapshot.computing_seconds:.1f} s",
        "Weights in this card": f"epoch {epoch}" if epoch else "none",
    }
    cells = (
        f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>" for name, value in found.items()
    )
    return f'<dl class="numbers">{"".join(cells)}</dl>'


def _curves(run: StoredRun, classes: Sequence[str]) -> Iterable[str]:
    snapshot = run.snapshot
    planned, count = snapshot.experiment.training.epochs, max(2, len(classes))
    frame = history_frame(
        snapshot.epochs,
        snapshot.batches,
        continued=run.info.parent_epoch,
        planned=planned,
        classes=count,
    )
    last = snapshot.epochs[-1]
    loss = (
        f"Loss over {len(snapshot.epochs)} epochs; at the end {last.train_loss:.4g} in training "
        f"and {last.validation_loss:.4g} in validation."
    )
    accuracy = (
        f"Accuracy over the epochs; at the end {percent_text(last.train_accuracy)} in training and "
        f"{percent_text(last.validation_accuracy)} in validation."
    )
    yield _section("Loss", _picture(loss_chart(frame, planned, count), loss))
    yield _section("Accuracy", _picture(accuracy_chart(frame, planned, count), accuracy))


def _confusion(told: Told, classes: Sequence[str]) -> Iterable[str]:
    names = tuple(map(visible, classes))
    if len(set(names)) < len(names):
        return
    frame = confusion_frame(told.counts, names, "counts", None)
    right = int(told.counts.trace())
    words = (
        f"Confusion matrix after epoch {told.epoch}: true classes down, answers across. {right:,} "
        f"of {int(told.counts.sum()):,} validation images are right."
    )
    yield _section("Confusion", _picture(confusion_chart(frame, names), words))


def _mistakes(told: Told) -> Iterable[str]:
    if not told.mistakes:
        return
    items = (
        f'<li><img src="{_uri(each.png, "image/png")}" alt="validation image {each.index}">'
        f'<span class="wrong" aria-hidden="true">✗</span> {_text(each.words)}</li>'
        for each in told.mistakes
    )
    words = f"The worst answers after epoch {told.epoch}, the largest loss first."
    yield _section("Mistakes", f'<p>{words}</p><ul class="mistakes">{"".join(items)}</ul>')


def _settings(experiment: Experiment) -> Iterable[tuple[str, str]]:
    kept = {"data.dataset", "model.architecture", "optimizer.name", "optimizer.learning_rate"}
    changed = {change.path for change in Experiment().differences(experiment)}
    for path, value in experiment.settings().items():
        if path in kept | changed and path not in experiment.unused():
            yield title(path), value_text(path, value)


def _epochs(run: StoredRun) -> str:
    heads = ("Epoch", "Train loss", "Train acc.", "Validation loss", "Validation acc.", "Rate")
    rows = "".join(
        f'<tr><th scope="row">{each.epoch}</th><td>{each.train_loss:.4g}</td>'
        f"<td>{percent_text(each.train_accuracy)}</td><td>{each.validation_loss:.4g}</td>"
        f"<td>{percent_text(each.validation_accuracy)}</td><td>{each.learning_rate:.3g}</td></tr>"
        for each in run.snapshot.epochs[-_ROWS:]
    )
    more = len(run.snapshot.epochs) - _ROWS
    caption = f"<caption>The last {_ROWS}; curves.csv has all.</caption>" if more > 0 else ""
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="Table of epochs">'
        f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _table(rows: Iterable[tuple[str, str]]) -> str:
    body = "".join(
        f'<tr><th scope="row">{_text(name)}</th><td>{_text(value)}</td></tr>'
        for name, value in rows
    )
    return f"<table><tbody>{body}</tbody></table>"


def _section(heading: str, content: str) -> str:
    return f"<section><h2>{_text(heading)}</h2>{content}</section>"


def _picture(chart: Any, words: str) -> str:
    """Return a chart as a figure, in the colours of the theme that the browser has."""
    light, dark = (
        _uri(chart_bytes(chart, "svg", background), "image/svg+xml")
        for background in _both(BACKGROUND)
    )
    return (
        '<figure tabindex="0"><picture>'
        f'<source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img src="{light}" alt="{_text(words)}"></picture></figure>'
    )


def _both(shades: Shades) -> tuple[str, str]:
    return shades.light, shades.dark


def _uri(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{b64encode(content).decode()}"


def _text(words: str) -> str:
    return escape(visible(words))
