"""Diagnosis: every rule asked, the surest finding first."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from playground.analysis.doctor import beginnings, endings, images, layers, mistakes, rates, slopes
from playground.analysis.doctor.evidence import Evidence
from playground.analysis.doctor.finding import Finding

Rule = Callable[[Evidence], Finding | None]

RULES: dict[str, Rule] = {
    "diverged": rates.diverged,
    "bad_start": beginnings.bad_start,
    "unscaled_inputs": beginnings.unscaled_inputs,
    "symmetric_weights": beginnings.symmetric_weights,
    "not_learning": rates.not_learning,
    "rate_too_high": rates.rate_too_high,
    "rate_too_low": slopes.rate_too_low,
    "stopped_early": slopes.stopped_early,
    "oscillating": rates.oscillating,
    "validation_too_small": images.validation_too_small,
    "overfitting": endings.overfitting,
    "overconfident": endings.overconfident,
    "too_small": endings.too_small,
    "vanishing_gradients": layers.vanishing_gradients,
    "exploding_gradients": layers.exploding_gradients,
    "gradients_not_zeroed": mistakes.gradients_not_zeroed,
    "dead_units": layers.dead_units,
    "saturated_units": layers.saturated_units,
    "softmax_twice": mistakes.softmax_twice,
    "sorted_batches": mistakes.sorted_batches,
    "meaningless_labels": images.meaningless_labels,
    "noisy_labels": images.noisy_labels,
    "leaked_validation": images.leaked_validation,
    "validation_better_explained": endings.validation_better_explained,
    "wrong_mode": mistakes.wrong_mode,
    "neglected_class": images.neglected_class,
}
"""The rules by name: a function that says what it sees, None where it sees nothing."""

_COURSE = frozenset(
    {
        "diverged",
        "bad_start",
        "not_learning",
        "rate_too_high",
        "rate_too_low",
        "stopped_early",
        "oscillating",
        "overfitting",
        "overconfident",
        "too_small",
        "vanishing_gradients",
        "exploding_gradients",
        "dead_units",
        "saturated_units",
    }
)
"""What is seen in the course of a run, whatever made it so."""

_STUCK = frozenset({"not_learning", "rate_too_low", "stopped_early", "too_small", "overconfident"})

# What comes of weights that are gone, the only time that not learning is the surer finding.
_OF_WEIGHTS = frozenset({"dead_units", "vanishing_gradients", "rate_too_high", "saturated_units"})

EXPLAINS: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            "unscaled_inputs",
            "symmetric_weights",
            "softmax_twice",
            "gradients_not_zeroed",
            "sorted_batches",
            "meaningless_labels",
            "wrong_mode",
        ),
        _COURSE,
    ),
    "noisy_labels": frozenset({"overfitting", "overconfident", "too_small", "stopped_early"}),
    "exploding_gradients": _STUCK | {"diverged", "bad_start", "rate_too_high", "oscillating"},
    "vanishing_gradients": _STUCK | {"saturated_units"},
    "dead_units": _STUCK,
    "saturated_units": _STUCK | {"vanishing_gradients"},
    "bad_start": frozenset({"diverged"}),
    "diverged": frozenset({"rate_too_high", "oscillating", "bad_start"}),
    "rate_too_high": _STUCK | {"oscillating", "overfitting", "dead_units", "saturated_units"},
    "not_learning": frozenset({"rate_too_low", "too_small", "stopped_early"}) | _OF_WEIGHTS,
    "rate_too_low": frozenset({"not_learning", "stopped_early", "too_small"}),
}
"""Which findings an illness makes mere notes, for it is why they are there."""


def diagnose(evidence: Evidence) -> list[Finding]:
    """Return what ails a run, the surest first, and then what else is worth a note.

    Nothing of a run with a mystery that nobody has guessed yet: every symptom would be a hint.
    """
    if evidence.is_secret:
        return []
    found = [finding for name, rule in RULES.items() if (finding := _ask(name, rule, evidence))]
    found.sort(key=lambda finding: -finding.certainty)
    judged = [_judged(finding, found) for finding in found]
    return sorted(judged, key=lambda finding: not finding.is_illness)


def _judged(finding: Finding, found: list[Finding]) -> Finding:
    """Return a finding as it is, or as a note where a surer illness is why it is there."""
    for other in found:
        if other is finding:
            return finding
        if other.is_illness and finding.rule in EXPLAINS.get(other.rule, ()):
            why = f"Probably this comes of the {words(other.rule)}."
            return replace(finding, is_illness=False, meaning=why, fix=None)
    return finding


def words(rule: str) -> str:
    """Return the name of a rule as a sentence has it: "rate too high"."""
    return rule.replace("_", " ")


def _ask(name: str, rule: Rule, evidence: Evidence) -> Finding | None:
    """Return what a rule sees; numbers that no run has written are no reason to fail."""
    try:
        return rule(evidence)
    except (ArithmeticError, IndexError, TypeError, ValueError) as error:
        logging.getLogger(__name__).warning("the rule %s cannot judge a run: %r", name, error)
        return None
