"""The table: per rule, and in all per data set, what was planted, harmful, found and mended."""

from __future__ import annotations

from collections.abc import Sequence

from playground.analysis.estimates import wilson
from playground.examination.faults import FAULTS
from playground.examination.rows import Row, share
from playground.examination.setups import TUNED_ON

_HEAD = (
    "rule                         planted  harmful   found   right   fixes better  than random"
    "  random better"
)


def table(rows: Sequence[Row]) -> str:
    """Return the table of all rows, rule by rule, and then a summary of each data set."""
    lines = [_HEAD]
    for rule in FAULTS:
        of_rule = [row for row in rows if row.rule == rule]
        lines.append(_line(rule, of_rule))
    datasets = sorted({row.dataset for row in rows}, key=lambda name: (name != TUNED_ON, name))
    for dataset in datasets:
        lines += ["", *summary(dataset, [row for row in rows if row.dataset == dataset])]
    return "\n".join(lines)


def summary(dataset: str, rows: Sequence[Row]) -> list[str]:
    """Return what there is to say of one data set, with 95 % intervals."""
    healthy = [row for row in rows if row.is_healthy]
    sick = [row for row in rows if not row.is_healthy and row.is_harmful]
    planted = sum(not row.is_healthy for row in rows)
    ill = sum(bool(row.first) for row in healthy)
    use = "tuned on" if dataset == TUNED_ON else "reported, never tuned on"
    return [
        f"{dataset} ({use}): {planted} planted, {planted - len(sick)} of them without harm",
        f"  sick found                    {_share(*share(sick, 'is_found'))}",
        f"  first diagnosis right         {_share(*share(sick, 'is_right'))}",
        f"  healthy called ill            {_share(ill, len(healthy))}",
        f"  fixes better by 2 errors      {_share(*share(sick, 'helps'))}",
        f"  better than a random change   {_share(*share(sick, 'beats'))}",
        f"  random changes better         {_share(*share(sick, 'random_helps'))}",
    ]


def _line(rule: str, rows: Sequence[Row]) -> str:
    sick = [row for row in rows if row.is_harmful]
    parts = [share(sick, name) for name in ("helps", "beats", "random_helps")]
    helps, beats, chance = (f"{count}/{of}" if of else "–" for count, of in parts)
    found, right = (share(sick, name)[0] for name in ("is_found", "is_right"))
    return (
        f"{rule:<28} {len(rows):>7}  {len(sick):>7}  {found:>6}  {right:>6}  "
        f"{helps:>13}  {beats:>11}  {chance:>13}"
    )


def _share(count: int, of: int) -> str:
    if not of:
        return "–"
    low, high = wilson(count, of)
    return f"{count:>4} of {of:<4} {count / of:>6.1%}  ({low:.1%} to {high:.1%})"
